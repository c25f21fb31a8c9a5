//! Exceptions and interrupts while the vectors are the ROM's.
//!
//! Hardware facts 1.2, 4.2 and 4.4: a table of assembly handlers by cause, one of
//! C handlers, one of interrupt handlers, and the register frame they share.

use super::layout::{self, handler};
use super::port::Port;
use super::{print, Exit};
use crate::cpu::special::{ps, Special};

/// The frame below the interrupted stack pointer.
const FRAME_LEN: u32 = 256;
mod frame {
    pub const EPC1: u32 = 0;
    pub const PS: u32 = 4;
    pub const SAR: u32 = 8;
    pub const PRIORITY: u32 = 12;
    pub const A0: u32 = 16;
    pub const CAUSE: u32 = 76;
    /// a2 to a15 follow a0: there is no a1.
    pub const fn of(register: u8) -> u32 {
        20 + 4 * (register as u32 - 2)
    }
}
/// What C handlers run with: user vectors, exceptions allowed, nothing masked.
const PS_HANDLER: u32 = ps::UM;

/// Handlers the ROM leaves to the code it starts (boot facts 1.2, step 9).
const FATAL: [(u32, u32); 7] = [
    (0, handler::FATAL),
    (2, handler::FATAL),
    (3, handler::FATAL),
    (8, handler::FATAL),
    (9, handler::UNALIGNED),
    (28, handler::FATAL),
    (29, handler::FATAL),
];

/// Installs them.
pub async fn install_fatal_handlers(port: &Port) {
    for (cause, function) in FATAL {
        layout::set_exception_handler(port, cause, function).await;
    }
}

/// The user vector: makes room for the frame and goes to the cause's assembly handler.
pub async fn user_vector(port: Port) -> Exit {
    let sp = port.register(1).await.wrapping_sub(FRAME_LEN);
    for register in [2, 3, 4] {
        let value = port.register(register).await;
        port.store(sp.wrapping_add(frame::of(register)), value)
            .await;
    }
    port.set_register(1, sp).await;
    let cause = port.special(Special::Exccause).await;
    Exit::Jump(port.load(layout::EXCEPTION_TABLE + 4 * (cause & 63)).await)
}

/// Saves what the vector did not, so that C code may run.
async fn save(port: &Port, sp: u32) {
    for (register, offset) in [
        (Special::Epc1, frame::EPC1),
        (Special::Ps, frame::PS),
        (Special::Sar, frame::SAR),
    ] {
        let value = port.special(register).await;
        port.store(sp + offset, value).await;
    }
    let value = port.register(0).await;
    port.store(sp + frame::A0, value).await;
    for register in 5..16 {
        let value = port.register(register).await;
        port.store(sp + frame::of(register), value).await;
    }
}

/// Restores everything from the frame and leaves the exception.
async fn restore(port: &Port, sp: u32) -> Exit {
    let level = port.special(Special::Ps).await | ps::EXCM;
    port.set_special(Special::Ps, level).await;
    let sar = port.load(sp + frame::SAR).await;
    port.set_special(Special::Sar, sar).await;
    let epc = port.load(sp + frame::EPC1).await;
    let state = port.load(sp + frame::PS).await;
    let a0 = port.load(sp + frame::A0).await;
    port.set_register(0, a0).await;
    for register in 2..16 {
        let value = port.load(sp + frame::of(register)).await;
        port.set_register(register, value).await;
    }
    port.set_register(1, sp.wrapping_add(FRAME_LEN)).await;
    port.set_special(Special::Epc1, epc).await;
    port.set_special(Special::Ps, state & !ps::EXCM).await;
    Exit::Resume(epc)
}

/// The assembly handler of causes with a C handler: calls it with frame and cause.
pub async fn call_c_handler(port: Port) -> Exit {
    let sp = port.register(1).await;
    save(&port, sp).await;
    let cause = port.special(Special::Exccause).await;
    port.store(sp + frame::CAUSE, cause).await;
    let function = port
        .load(layout::C_EXCEPTION_TABLE + 4 * (cause & 63))
        .await;
    port.set_special(Special::Ps, PS_HANDLER).await;
    port.call(function, &[sp, cause]).await;
    restore(&port, sp).await
}

/// Level-1 interrupts: the highest number first, until none is pending.
pub async fn level1(port: Port) -> Exit {
    let sp = port.register(1).await;
    save(&port, sp).await;
    let priority = port.load(layout::PRIORITY_MASK).await;
    port.store(sp + frame::PRIORITY, priority).await;
    loop {
        let enabled = port.special(Special::Intenable).await;
        let pending = port.special(Special::Interrupt).await & enabled & 0x3FFF;
        if pending == 0 {
            break;
        }
        let number = 31 - pending.leading_zeros();
        port.set_special(Special::Intclear, 1 << number).await;
        // Only interrupts above this one may nest.
        let above = !0u32 << number << 1;
        port.store(layout::PRIORITY_MASK, priority & above).await;
        port.set_special(Special::Intenable, enabled & above).await;
        let entry = layout::interrupt_entry(number);
        let (function, argument) = (port.load(entry).await, port.load(entry + 4).await);
        port.set_special(Special::Ps, PS_HANDLER).await;
        port.call(function, &[argument, 0]).await;
        let state = port.special(Special::Ps).await;
        port.set_special(Special::Ps, state | 1).await;
        port.store(layout::PRIORITY_MASK, priority).await;
        let mask = port.load(layout::INTERRUPT_MASK).await;
        port.set_special(Special::Intenable, mask & priority).await;
    }
    restore(&port, sp).await
}

/// Nobody handles this exception: BREAK, with no debugger to take it.
pub async fn unhandled_exception(port: Port) -> Exit {
    let (cause, epc, address) = (
        port.special(Special::Exccause).await,
        port.special(Special::Epc1).await,
        port.special(Special::Excvaddr).await,
    );
    let text = format!("exception {cause} at {epc:#010x} (excvaddr {address:#010x}) has no handler: the chip hangs");
    stop(port, text).await
}

/// No interrupt handler, no C handler: returns.
pub async fn ignore(_: Port) -> Exit {
    Exit::Return(0)
}

/// The ROM's fatal handler: says where and returns, to the instruction that cannot be executed, and
/// so over and over.
pub async fn fatal(port: Port, cause: u32) -> Exit {
    let mut registers = String::new();
    for (name, register) in [
        ("epc1", Special::Epc1),
        ("epc2", Special::Epc2),
        ("epc3", Special::Epc3),
        ("excvaddr", Special::Excvaddr),
        ("depc", Special::Depc),
    ] {
        let value = port.special(register).await;
        let comma = if registers.is_empty() { "" } else { ", " };
        registers += &format!("{comma}{name}=0x{value:08x}");
    }
    print::print(
        &port,
        &format!("Fatal exception ({cause}): \n{registers}\n"),
    )
    .await;
    port.report(format!(
        "fatal exception {cause}: {registers}; the ROM says so over and over"
    ))
    .await;
    Exit::Return(0)
}

/// Kernel and double exception vectors: BREAK, then a loop.
pub async fn kernel_or_double(port: Port, which: &'static str) -> Exit {
    let (cause, epc, depc) = (
        port.special(Special::Exccause).await,
        port.special(Special::Epc1).await,
        port.special(Special::Depc).await,
    );
    stop(
        port,
        format!("{which} exception {cause} (epc1 {epc:#010x}, depc {depc:#010x}): the chip hangs"),
    )
    .await
}

/// The NMI vector: nothing but a return.
pub async fn nmi(port: Port) -> Exit {
    let state = port.special(Special::Eps3).await;
    port.set_special(Special::Ps, state).await;
    Exit::Jump(port.special(Special::Epc3).await)
}

/// Says why and stays there for good, interrupts masked.
async fn stop(port: Port, why: String) -> Exit {
    port.set_special(Special::Ps, ps::RESET).await;
    port.report(why).await;
    port.spin().await
}
