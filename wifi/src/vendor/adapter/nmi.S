/* The radio's NMI: entry and exit. Takes the place of xtensa-lx-rt's `__enter_nmi`.
 *
 * Nothing masks an NMI on this core, itself included. What keeps it quiet is the gate, DPORT 0x3FF00000: the
 * library closes it as the last thing its handler does, and this code opens it again just before it returns. So
 * there are three places in which an NMI can strike:
 *
 *   - Anywhere outside: the interrupted state is saved in a frame of its own and put back at the end.
 *   - Between opening the gate and `rfi 3`: the frame still holds all of the state interrupted first, since
 *     the way out only reads it. The new NMI keeps the frame, starts the handler anew, and leaves by the same
 *     way. What it interrupted was on the way to that very state, so nothing is lost. EPC3 tells this case.
 *   - In the handler, if the MAC drops its line and raises it again before the gate is closed. The
 *     handler's work cannot be nested and need not be: the event stays pending, and opening the gate
 *     makes a new edge of it. So it returns at once. `busy` tells this case. It cannot come before the handler
 *     runs, as the line stays up until then.
 *
 * Source: Xtensa ISA reference manual 4.4.6 (NMI, RFI); facts of the gate from the SDK's own port.
 */

    .set    FRAME_A1, 0
    .set    FRAME_EPC3, 4
    .set    FRAME_EPS3, 8
    .set    FRAME_SAR, 12
    .set    FRAME_EPC1, 16
    .set    FRAME_EXCCAUSE, 20
    .set    FRAME_EXCVADDR, 24
    .set    FRAME_EXCSAVE1, 28
    .set    FRAME_A0, 32
    .set    FRAME_A2, 40            /* and on to a15 in words */
    .set    BUSY, 96
    .set    SPARE_A1, 100
    .set    SPARE_A0, 104
    .set    COUNT, 108
    .set    NESTED, 112
    .set    TAIL, 116
    .set    FRAME_LEN, 128

    .set    GATE, 0x3FF00000
    .set    PS_UM, 0x20
    .set    LEVEL, 3

    .section .bss.d1_wifi_nmi_frame, "aw", @nobits
    .global d1_wifi_nmi_frame
    .balign 16
d1_wifi_nmi_frame:
    .space  FRAME_LEN

    .section .rwtext.__enter_nmi, "ax", @progbits
    .literal_position
    .global __enter_nmi
    .type   __enter_nmi, @function
    .balign 4
__enter_nmi:                        /* the vector has put a0 into EXCSAVE3 */
    movi    a0, d1_wifi_nmi_frame
    s32i    a1, a0, SPARE_A1
    rsr.epc3 a1
    movi    a0, leave
    bltu    a1, a0, 1f
    movi    a0, left
    bltu    a1, a0, again
1:  movi    a1, d1_wifi_nmi_frame
    l32i    a0, a1, BUSY
    bnez    a0, nested

    /* The first: save everything. */
    l32i    a0, a1, SPARE_A1
    s32i    a0, a1, FRAME_A1
    rsr.excsave3 a0
    s32i    a0, a1, FRAME_A0
    .irp    n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    s32i    a\n, a1, FRAME_A2 + 4 * (\n - 2)
    .endr
    rsr.epc3 a0
    s32i    a0, a1, FRAME_EPC3
    rsr.eps3 a0
    s32i    a0, a1, FRAME_EPS3
    rsr.sar a0
    s32i    a0, a1, FRAME_SAR
    rsr.epc1 a0
    s32i    a0, a1, FRAME_EPC1
    rsr.exccause a0
    s32i    a0, a1, FRAME_EXCCAUSE
    rsr.excvaddr a0
    s32i    a0, a1, FRAME_EXCVADDR
    rsr.excsave1 a0
    s32i    a0, a1, FRAME_EXCSAVE1
    j       run
again:
    movi    a1, d1_wifi_nmi_frame
    l32i    a0, a1, TAIL
    addi    a0, a0, 1
    s32i    a0, a1, TAIL
run:
    movi    a0, 1
    s32i    a0, a1, BUSY
    l32i    a0, a1, COUNT
    addi    a0, a0, 1
    s32i    a0, a1, COUNT
    /* On its own stack, with exceptions possible (narrow loads are emulated by one), and level 1 held off. */
    movi    a1, _nmi_stack_start
    movi    a0, PS_UM | LEVEL
    wsr.ps  a0
    rsync
    movi    a0, wDev_ProcessFiq
    callx0  a0

    /* The way out, from here to `left`, only reads the frame. The gate is closed until it is opened below. */
leave:
    movi    a1, d1_wifi_nmi_frame
    movi    a0, 0
    s32i    a0, a1, BUSY
    l32i    a0, a1, FRAME_SAR
    wsr.sar a0
    l32i    a0, a1, FRAME_EPC1
    wsr.epc1 a0
    l32i    a0, a1, FRAME_EXCCAUSE
    wsr.exccause a0
    l32i    a0, a1, FRAME_EXCVADDR
    wsr.excvaddr a0
    l32i    a0, a1, FRAME_EXCSAVE1
    wsr.excsave1 a0
    l32i    a0, a1, FRAME_EPC3
    wsr.epc3 a0
    l32i    a0, a1, FRAME_EPS3
    wsr.eps3 a0
    rsync
    .irp    n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    l32i    a\n, a1, FRAME_A2 + 4 * (\n - 2)
    .endr
    movi    a2, GATE
    movi    a3, 1
    memw
    s32i    a3, a2, 0
    l32i    a2, a1, FRAME_A2
    l32i    a3, a1, FRAME_A2 + 4
    l32i    a0, a1, FRAME_A0
    l32i    a1, a1, FRAME_A1
    rfi     3
left:

nested:                             /* a1 = frame */
    l32i    a0, a1, NESTED
    addi    a0, a0, 1
    s32i    a0, a1, NESTED
    l32i    a1, a1, SPARE_A1
    rsr.excsave3 a0
    rfi     3
    .size   __enter_nmi, . - __enter_nmi
