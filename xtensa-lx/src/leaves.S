/* Instructions that Rust cannot write: leaf functions behind the API of this crate.
 *
 * Call0 ABI: arguments and result in a2.., return address in a0; a2 to a11 are ours to change.
 * All of it lies in instruction RAM, so that interrupt handlers and code that runs while the flash cache is
 * off may call it.
 * Source: Xtensa ISA reference manual, chapter 6 (instructions) and 4.4 (exceptions, interrupts, timers).
 */

    .macro  leaf name
    .section .rwtext.\name, "ax", @progbits
    .global \name
    .type   \name, @function
    .balign 4
\name:
    .endm

    .macro  end name
    .size   \name, . - \name
    .endm

/* fn(base: *const u32) */
leaf __xtensa_lx_set_vecbase
    wsr.vecbase a2
    isync
    ret
end __xtensa_lx_set_vecbase

/* fn() -> *const u32 */
leaf __xtensa_lx_stack_pointer
    mov     a2, a1
    ret
end __xtensa_lx_stack_pointer

/* fn(stack: *mut u32): the caller goes on, on the new stack */
leaf __xtensa_lx_set_stack_pointer
    mov     a1, a2
    ret
end __xtensa_lx_set_stack_pointer

/* fn() -> *const u32: where the caller goes on */
leaf __xtensa_lx_program_counter
    mov     a2, a0
    ret
end __xtensa_lx_program_counter

/* fn() -> u32 */
leaf __xtensa_lx_processor_id
    rsr.prid a2
    ret
end __xtensa_lx_processor_id

/* fn(address: u32) -> u32 */
leaf __xtensa_lx_external_register
    .byte   0x20, 0x62, 0x40    /* rer a2, a2; the assembler does not know it for this core */
    ret
end __xtensa_lx_external_register

/* fn() */
leaf __xtensa_lx_debug_break
    break   1, 15
    ret
end __xtensa_lx_debug_break

/* fn() -> u32: INTENABLE */
leaf __xtensa_lx_intenable
    rsr.intenable a2
    ret
end __xtensa_lx_intenable

/* fn(keep: u32, add: u32) -> u32: INTENABLE = INTENABLE & keep | add; returns what it was.
 * Level 1 is held off meanwhile, so that a handler's own change is not undone. */
leaf __xtensa_lx_change_intenable
    rsil    a6, 1
    rsr.intenable a5
    and     a4, a5, a2
    or      a4, a4, a3
    wsr.intenable a4
    wsr.ps  a6
    rsync
    mov     a2, a5
    ret
end __xtensa_lx_change_intenable

/* fn() -> u32: INTERRUPT, what is pending */
leaf __xtensa_lx_pending
    rsr.interrupt a2
    ret
end __xtensa_lx_pending

/* fn(mask: u32) */
leaf __xtensa_lx_raise
    wsr.intset a2
    rsync
    ret
end __xtensa_lx_raise

/* fn(mask: u32) */
leaf __xtensa_lx_clear
    wsr.intclear a2
    rsync
    ret
end __xtensa_lx_clear

/* fn() -> u32: PS */
leaf __xtensa_lx_ps
    rsr.ps  a2
    ret
end __xtensa_lx_ps

/* fn() -> u32: holds off every interrupt of level 1, all there are but the NMI; returns the PS before */
leaf __xtensa_lx_hold
    rsil    a2, 1
    ret
end __xtensa_lx_hold

/* fn(ps: u32) */
leaf __xtensa_lx_release
    wsr.ps  a2
    rsync
    ret
end __xtensa_lx_release

/* fn(): lets interrupts in, sleeps until one came, puts the level back */
leaf __xtensa_lx_wait
    rsr.ps  a2
    waiti   0
    wsr.ps  a2
    rsync
    ret
end __xtensa_lx_wait

/* fn() -> u32 */
leaf __xtensa_lx_ccount
    rsr.ccount a2
    ret
end __xtensa_lx_ccount

/* fn() -> u32 */
leaf __xtensa_lx_ccompare0
    rsr.ccompare0 a2
    ret
end __xtensa_lx_ccompare0

/* fn(at: u32) */
leaf __xtensa_lx_set_ccompare0
    wsr.ccompare0 a2
    esync
    ret
end __xtensa_lx_set_ccompare0
