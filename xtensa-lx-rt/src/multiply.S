/* Products of 64 bits, for a core that multiplies 32 bits into 32.
 *
 * In place of compiler_builtins' `__muldi3`, which takes twice as long. `xlink` calls `__multiply_words` itself where
 * the upper words are known to be zero: most products of Ed25519.
 */

/* a2 times a4, into a3:a2, with a5 to a8 for scratch. */
    .section .text.__multiply_words, "ax", @progbits
    .global __multiply_words
    .type   __multiply_words, @function
    .balign 4
__multiply_words:
    extui   a3, a2, 16, 16
    extui   a5, a4, 16, 16
    mul16u  a6, a2, a4          /* of the lower halves */
    mul16u  a7, a3, a4
    mul16u  a8, a2, a5
    mul16u  a3, a3, a5          /* of the upper halves */
    mull    a2, a2, a4
    extui   a6, a6, 16, 16
    add     a7, a7, a6          /* no carry: the product of two halves has room for another half */
    add     a7, a7, a8
    extui   a6, a7, 16, 16
    add     a3, a3, a6
    bltu    a7, a8, 1f
    ret
1:  movi    a6, 1               /* the carry of the sum of both middle products */
    slli    a6, a6, 16
    add     a3, a3, a6
    ret
    .size   __multiply_words, . - __multiply_words

/* a3:a2 times a5:a4, into a3:a2. */
    .section .text.__muldi3, "ax", @progbits
    .global __muldi3
    .type   __muldi3, @function
    .balign 4
__muldi3:
    mov     a10, a0
    mull    a3, a3, a4
    mull    a5, a5, a2
    add     a9, a3, a5
    call0   __multiply_words
    add     a3, a3, a9
    jx      a10
    .size   __muldi3, . - __muldi3
