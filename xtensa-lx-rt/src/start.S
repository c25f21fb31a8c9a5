/* The first instructions of a program, where its boot loader jumps to.
 *
 * Found: the boot loader's or mask ROM's stack, flash cache off, interrupts off, .data already in its place
 * (it is a segment of the image). Left to main: its own stack, vectors, cache on, .bss zero.
 * Everything here lies in instruction RAM: nothing in flash can be reached before the cache is on.
 */

    .set    PS_UM, 0x20

    .section .rwtext.Reset, "ax", @progbits
    .literal_position
    .global Reset
    .type   Reset, @function
    .balign 4
Reset:
    movi    a2, 0
    wsr.intenable a2
    wsr.ccompare0 a2            /* also forgets a pending timer interrupt */
    movi    a2, -1
    wsr.intclear a2
    movi    a2, _init_start
    wsr.vecbase a2
    movi    a2, PS_UM
    wsr.ps  a2
    rsync
    movi    a1, _stack_start

    /* Cache_Read_Enable(half of a pair of megabytes, pair, 0): mask ROM; 0 = 16 KB of cache, so that IRAM
     * reaches to 0x4010C000. */
    movi    a2, _flash_half
    movi    a3, _flash_pair
    movi    a4, 0
    movi    a0, Cache_Read_Enable
    callx0  a0

    movi    a0, __pre_init
    callx0  a0

    movi    a2, _bss_start
    movi    a3, _bss_end
    movi    a4, 0
    j       2f
1:  s32i    a4, a2, 0
    addi    a2, a2, 4
2:  bltu    a2, a3, 1b

    movi    a0, main
    callx0  a0
3:  j       3b                  /* main does not return */
    .size   Reset, . - Reset

/* What `#[pre_init]` replaces. */
    .section .rwtext.DefaultPreInit, "ax", @progbits
    .global DefaultPreInit
    .type   DefaultPreInit, @function
    .balign 4
DefaultPreInit:
    ret
    .size   DefaultPreInit, . - DefaultPreInit

/* Where the compiler sends what cannot happen. An illegal instruction, so that the exception hook tells of
 * it; a0 of its frame says who called. */
    .section .rwtext.abort, "ax", @progbits
    .global abort
    .type   abort, @function
    .balign 4
abort:
    ill
    j       abort
    .size   abort, . - abort
