/* Switching between the main loop and the worker, and where a worker begins.
 *
 * Call0 ABI: a0, a1 and a12 to a15 are what a called function must keep; the rest the caller expects to lose.
 */

/* fn(save: *mut *mut u32, resume: *mut u32) */
    .section .rwtext.d1_wifi_switch, "ax", @progbits
    .global d1_wifi_switch
    .type   d1_wifi_switch, @function
    .balign 4
d1_wifi_switch:
    addi    a1, a1, -32
    s32i    a0, a1, 0
    s32i    a12, a1, 4
    s32i    a13, a1, 8
    s32i    a14, a1, 12
    s32i    a15, a1, 16
    s32i    a1, a2, 0
    mov     a1, a3
    l32i    a0, a1, 0
    l32i    a12, a1, 4
    l32i    a13, a1, 8
    l32i    a14, a1, 12
    l32i    a15, a1, 16
    addi    a1, a1, 32
    ret
    .size   d1_wifi_switch, . - d1_wifi_switch

/* A new context comes here with its function in a12 and the argument in a13. The function does not return. */
    .section .rwtext.d1_wifi_begin, "ax", @progbits
    .global d1_wifi_begin
    .type   d1_wifi_begin, @function
    .balign 4
d1_wifi_begin:
    mov     a2, a13
    callx0  a12
1:  j       1b
    .size   d1_wifi_begin, . - d1_wifi_begin
