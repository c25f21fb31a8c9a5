/* C's variadic functions: arguments in a2 to a7, then on the stack. Each puts the six registers right below
 * the stack's part, and calls a Rust function with the address of all of them in a row.
 */

    .macro  variadic name, target
    .section .rwtext.\name, "ax", @progbits
    .literal_position
    .global \name
    .type   \name, @function
    .balign 4
\name:
    addi    a1, a1, -32
    s32i    a0, a1, 0
    s32i    a2, a1, 8
    s32i    a3, a1, 12
    s32i    a4, a1, 16
    s32i    a5, a1, 20
    s32i    a6, a1, 24
    s32i    a7, a1, 28
    addi    a2, a1, 8
    movi    a0, \target
    callx0  a0
    l32i    a0, a1, 0
    addi    a1, a1, 32
    ret
    .size   \name, . - \name
    .endm

    variadic printf, d1_wifi_printf
    variadic ets_printf, d1_wifi_printf
    variadic sprintf, d1_wifi_sprintf
    variadic esp_log_write, d1_wifi_log_write
