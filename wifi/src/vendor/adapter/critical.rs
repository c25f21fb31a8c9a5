//! Keeping interrupts and the radio's NMI out.
//!
//! Two depths of it, both nesting, both nothing to an NMI in progress (`NMIIrqIsOn`): level 1 only, and level 1
//! together with all radio events but the TSF alarm. Everything here lies in instruction RAM.

use core::ptr::{addr_of, addr_of_mut};

use xtensa_lx::interrupt;

use crate::vendor::libraries::{NMIIrqIsOn, WDEV_INTEREST_EVENT};

/// DPORT: bit 0 routes the MAC to the NMI.
const NMI_GATE: *mut u32 = 0x3FF0_0000 as *mut u32;
/// Which of the MAC's events ask for an interrupt.
const EVENTS_ENABLED: *mut u32 = 0x3FF2_0C18 as *mut u32;
/// The one event that a lock lets through: the TSF alarm.
const TSF_ALARM: u32 = 1 << 27;

struct Depths {
    level_1: u32,
    /// PS before the outermost.
    ps: u32,
    radio: u32,
}

static mut DEPTHS: Depths = Depths {
    level_1: 0,
    ps: 0,
    radio: 0,
};

#[inline(always)]
fn in_nmi() -> bool {
    // SAFETY: a byte of the library, written by the NMI only, which ends before anything else goes on.
    unsafe { addr_of!(NMIIrqIsOn).read_volatile() != 0 }
}

/// Holds off level 1.
#[no_mangle]
#[link_section = ".rwtext.wifi.enter_critical"]
pub extern "C" fn vPortEnterCritical() {
    if in_nmi() {
        return;
    }
    let ps = interrupt::hold();
    // SAFETY: nothing else runs that comes here: level 1 is held off, the NMI has returned above.
    unsafe {
        let depths = addr_of_mut!(DEPTHS);
        if (*depths).level_1 == 0 {
            (*depths).ps = ps;
        }
        (*depths).level_1 += 1;
    }
}

/// Undoes [`vPortEnterCritical`].
#[no_mangle]
#[link_section = ".rwtext.wifi.exit_critical"]
pub extern "C" fn vPortExitCritical() {
    if in_nmi() {
        return;
    }
    // SAFETY: as above; the processor status is that of the outermost entry.
    unsafe {
        let depths = addr_of_mut!(DEPTHS);
        if (*depths).level_1 == 0 {
            return;
        }
        (*depths).level_1 -= 1;
        if (*depths).level_1 == 0 {
            interrupt::release((*depths).ps);
        }
    }
}

/// Holds off level 1 and quiets the radio's NMI.
#[no_mangle]
#[link_section = ".rwtext.wifi.lock"]
pub extern "C" fn vPortETSIntrLock() {
    if in_nmi() {
        return;
    }
    vPortEnterCritical();
    // SAFETY: registers of the MAC and of its interrupt's route. The route is closed while the mask changes, so
    // that no NMI comes between the two; the write is repeated until the MAC has taken it.
    unsafe {
        (*addr_of_mut!(DEPTHS)).radio += 1;
        let gate = NMI_GATE.read_volatile();
        NMI_GATE.write_volatile(0);
        loop {
            EVENTS_ENABLED.write_volatile(TSF_ALARM);
            if EVENTS_ENABLED.read_volatile() == TSF_ALARM {
                break;
            }
        }
        NMI_GATE.write_volatile(gate);
    }
}

/// Undoes [`vPortETSIntrLock`].
#[no_mangle]
#[link_section = ".rwtext.wifi.unlock"]
pub extern "C" fn vPortETSIntrUnlock() {
    if in_nmi() {
        return;
    }
    // SAFETY: the library says which events it wants.
    unsafe {
        let depths = addr_of_mut!(DEPTHS);
        if (*depths).radio > 0 {
            (*depths).radio -= 1;
        }
        if (*depths).radio == 0 {
            EVENTS_ENABLED.write_volatile(addr_of!(WDEV_INTEREST_EVENT).read_volatile());
        }
    }
    vPortExitCritical();
}

/// Runs `f` with level 1 and the radio's NMI kept out. Callers lie in instruction RAM themselves if the NMI
/// calls them.
#[inline(always)]
pub fn locked<T>(f: impl FnOnce() -> T) -> T {
    vPortETSIntrLock();
    let result = f();
    vPortETSIntrUnlock();
    result
}

/// Runs `f` with level 1 kept out.
#[inline(always)]
pub fn critical<T>(f: impl FnOnce() -> T) -> T {
    vPortEnterCritical();
    let result = f();
    vPortExitCritical();
    result
}
