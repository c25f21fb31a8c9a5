/* Exceptions, level-1 interrupts and the NMI: save, call the Rust handler, restore.
 *
 * Handlers are `extern "C" fn(u32, Context)`. rustc passes a Context by value on the stack, from the
 * caller's stack pointer up, and the memory is the handler's to change. So every register is saved twice:
 * once for the handler (CTX_*, the layout of `exception::Context`) and once for the way back (OWN_*, the
 * layout of `narrow_load::Registers`).
 *
 * Each vector has its own return address and scratch register: level 1 EPC1/EXCSAVE1, debug EPC2/EXCSAVE2,
 * NMI EPC3/EXCSAVE3, double exception DEPC/EXCSAVE2 (a debug exception cannot happen while PS.EXCM is set).
 * Source: Xtensa ISA reference manual 4.4.1 (exceptions), 4.4.4 to 4.4.6 (interrupts); LX106 configuration:
 * debug level 2, NMI level 3, vectors at 0x10 debug, 0x20 NMI, 0x30 kernel, 0x50 user, 0x70 double.
 */

    .set    CTX_PC, 0
    .set    CTX_PS, 4
    .set    CTX_A0, 8           /* and on to A15 in words */
    .set    CTX_A1, CTX_A0 + 4
    .set    CTX_SAR, 72
    .set    CTX_EXCCAUSE, 76
    .set    CTX_EXCVADDR, 80
    .set    OWN_PC, 96
    .set    OWN_PS, 100
    .set    OWN_A0, 104         /* and on to A15 in words */
    .set    OWN_A1, OWN_A0 + 4
    .set    OWN_SAR, 168
    .set    FRAME_LEN, 256      /* one `addmi`; a multiple of 16 */

    .set    PS_UM, 0x20
    .set    CAUSE_NARROW, 3
    .set    CAUSE_LEVEL_1, 4

/* The vectors: 6 bytes each. */

    .macro  vector name, scratch, entry
    .section .\name\()Exception.text, "ax", @progbits
    .global _\name\()ExceptionVector
_\name\()ExceptionVector:
    wsr.\scratch a0
    j       \entry
    .endm

    vector  Debug,  excsave2, enter_debug
    vector  NMI,    excsave3, __enter_nmi
    vector  Kernel, excsave1, enter_level_1
    vector  User,   excsave1, enter_level_1
    vector  Double, excsave2, enter_double

    .section .rwtext.exceptions, "ax", @progbits
    .literal_position

/* Opens a frame at a1, when the interrupted a1 is in a0: saves what the calls below would destroy. */
    .macro  open pc, ps, scratch
    s32i    a0, a1, CTX_A1
    s32i    a0, a1, OWN_A1
    rsr.\pc a0
    s32i    a0, a1, CTX_PC
    s32i    a0, a1, OWN_PC
    rsr.\ps a0
    s32i    a0, a1, CTX_PS
    s32i    a0, a1, OWN_PS
    rsr.\scratch a0
    s32i    a0, a1, CTX_A0
    s32i    a0, a1, OWN_A0
    call0   save
    .endm

/* The frame of an interruption that cannot trust the interrupted stack, or may hit it anywhere. */
    .macro  switch_stack top
    movi    a0, \top - FRAME_LEN
    s32i    a1, a0, OWN_A1
    mov     a1, a0
    l32i    a0, a1, OWN_A1
    .endm

/* Calls a handler with a2 and the frame, at an interrupt level, with exceptions possible again. */
    .macro  handle level
    movi    a0, PS_UM | \level
    wsr.ps  a0
    rsync
    mov     a3, a1
    callx0  a4
    .endm

/* Puts everything back but the stack pointer and a0, which come last. */
    .macro  close pc, ps
    l32i    a0, a1, OWN_PS
    wsr.\ps a0
    rsync                       /* level 1 and double: PS.EXCM is set again, nothing can come between */
    l32i    a0, a1, OWN_PC
    wsr.\pc a0
    call0   restore
    l32i    a0, a1, OWN_A0
    l32i    a1, a1, OWN_A1
    .endm

/* Exceptions and level-1 interrupts, on the interrupted stack. */
    .balign 4
enter_level_1:
    mov     a0, a1
    addmi   a1, a1, -FRAME_LEN
    open    epc1, ps, excsave1
    rsr.exccause a2
    bnei    a2, CAUSE_NARROW, 1f
    /* A narrow load from flash may be emulated: a2 = the registers to go on with, a3 = address. */
    addi    a2, a1, OWN_PC
    rsr.excvaddr a3
    movi    a4, __narrow_load
    movi    a0, PS_UM | 1
    wsr.ps  a0
    rsync
    callx0  a4
    bnez    a2, 3f
    movi    a2, CAUSE_NARROW
1:  movi    a4, __exception
    bnei    a2, CAUSE_LEVEL_1, 2f
    movi    a2, 1
    movi    a4, __level_1_interrupt
2:  handle  1
3:  close   epc1, ps
    rfe

/* The NMI, on a stack of its own. Its source must be quiet until `rfi`: a second NMI would take this frame. */
    .balign 4
__default_enter_nmi:
    .global __default_enter_nmi
    switch_stack _nmi_stack_start
    open    epc3, eps3, excsave3
    movi    a2, 3
    movi    a4, __level_3_interrupt
    handle  3
    close   epc3, eps3
    rfi     3

/* `break` without a debugger, on the stack for what should not happen. */
    .balign 4
enter_debug:
    switch_stack _exception_stack_start
    open    epc2, eps2, excsave2
    movi    a2, 2
    movi    a4, __level_2_interrupt
    handle  2
    close   epc2, eps2
    rfi     2

/* An exception within enter_level_1: most likely a stack pointer that points nowhere. */
    .balign 4
enter_double:
    switch_stack _exception_stack_start
    open    depc, ps, excsave2
    rsr.exccause a2
    movi    a4, __double_exception
    handle  3
    close   depc, ps
    rfde

/* Saves a2 to a15 and the special registers in the frame at a1. */
    .balign 4
save:
    .irp    n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    s32i    a\n, a1, CTX_A0 + 4 * \n
    s32i    a\n, a1, OWN_A0 + 4 * \n
    .endr
    .irp    n, 12, 13, 14, 15
    s32i    a\n, a1, CTX_A0 + 4 * \n
    s32i    a\n, a1, OWN_A0 + 4 * \n
    .endr
    rsr.sar a2
    s32i    a2, a1, CTX_SAR
    s32i    a2, a1, OWN_SAR
    rsr.exccause a2
    s32i    a2, a1, CTX_EXCCAUSE
    rsr.excvaddr a2
    s32i    a2, a1, CTX_EXCVADDR
    ret

/* Restores a2 to a15 and SAR from the frame at a1. */
    .balign 4
restore:
    l32i    a2, a1, OWN_SAR
    wsr.sar a2
    .irp    n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    l32i    a\n, a1, OWN_A0 + 4 * \n
    .endr
    ret
