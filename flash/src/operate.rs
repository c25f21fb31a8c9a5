//! What runs while the flash cache is off: all of it is in instruction RAM.
//!
//! Rules for this file, checked on the linked ELF: no calls but to the mask ROM, no panics, no copies of whole
//! structs or slices (they become `memcpy`, which lives in flash), no constants in flash. Each function takes
//! flash from the cache and gives it back, whatever happens in between.

use crate::controller::{
    Controller, EraseUnit, PROGRAM_LEN, STATUS_BUSY, STATUS_PROTECTED, STATUS_WRITE_ENABLED,
    TRANSFER_LEN,
};
use crate::error::Error;

/// Status reads that take a millisecond at least: one is sixteen clocks on the wire, at most at 80 MHz.
const POLLS_PER_MILLISECOND: u32 = 5000;
/// Twice the longest page program of a W25Q32 data sheet.
const PROGRAM_POLLS: u32 = 2 * 3 * POLLS_PER_MILLISECOND;
/// Twice the longest status register write.
const STATUS_POLLS: u32 = 2 * 15 * POLLS_PER_MILLISECOND;

const TRANSFER_WORDS: usize = TRANSFER_LEN as usize / 4;
const PROGRAM_WORDS: usize = PROGRAM_LEN as usize / 4;
/// What erased flash reads as.
const ERASED: u32 = u32::MAX;

/// Twice the longest erase.
const fn erase_polls(unit: EraseUnit) -> u32 {
    2 * POLLS_PER_MILLISECOND
        * match unit {
            EraseUnit::Sector => 400,
            EraseUnit::Block32K => 1600,
            EraseUnit::Block64K => 2000,
        }
}

/// Reads words from a multiple of four on.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.read")]
pub fn read<C: Controller>(
    controller: &mut C,
    offset: u32,
    words: &mut [u32],
) -> Result<(), Error> {
    controller.open();
    let result = read_all(controller, offset, words);
    controller.close();
    result
}

#[inline(always)]
fn read_all<C: Controller>(
    controller: &mut C,
    mut offset: u32,
    words: &mut [u32],
) -> Result<(), Error> {
    ready(controller)?;
    for piece in words.chunks_mut(TRANSFER_WORDS) {
        controller.read(offset, piece)?;
        offset += TRANSFER_LEN;
    }
    Ok(())
}

/// Whether flash holds these words, from a multiple of four on.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.holds")]
pub fn holds<C: Controller>(controller: &mut C, offset: u32, words: &[u32]) -> Result<bool, Error> {
    controller.open();
    let result = holds_all(controller, offset, words);
    controller.close();
    result
}

#[inline(always)]
fn holds_all<C: Controller>(
    controller: &mut C,
    mut offset: u32,
    words: &[u32],
) -> Result<bool, Error> {
    ready(controller)?;
    let mut kept = [0; TRANSFER_WORDS];
    let mut difference = 0;
    let mut rest = words;
    while !rest.is_empty() {
        let (piece, behind) = split(rest, TRANSFER_WORDS);
        controller.read(offset, &mut kept)?;
        for (word, kept) in piece.iter().zip(&kept) {
            difference |= word ^ kept;
        }
        offset += TRANSFER_LEN;
        rest = behind;
    }
    Ok(difference == 0)
}

/// How many transfers' worth of flash read as erased, of at most `count`.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.erased")]
pub fn erased<C: Controller>(controller: &mut C, offset: u32, count: u32) -> Result<u32, Error> {
    controller.open();
    let result = count_erased(controller, offset, count);
    controller.close();
    result
}

#[inline(always)]
fn count_erased<C: Controller>(controller: &mut C, offset: u32, count: u32) -> Result<u32, Error> {
    ready(controller)?;
    let mut words = [0; TRANSFER_WORDS];
    for number in 0..count {
        controller.read(offset + number * TRANSFER_LEN, &mut words)?;
        let mut all = ERASED;
        for word in &words {
            all &= word;
        }
        if all != ERASED {
            return Ok(number);
        }
    }
    Ok(count)
}

/// Programs words from a multiple of [`PROGRAM_LEN`] on, or less than that without crossing one. Each time the chip
/// has begun a program, `meanwhile` has the core.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.program")]
pub fn program<C: Controller>(
    controller: &mut C,
    offset: u32,
    words: &[u32],
    meanwhile: impl FnMut(),
) -> Result<(), Error> {
    controller.open();
    let result = program_all(controller, offset, words, meanwhile);
    controller.close();
    result
}

#[inline(always)]
fn program_all<C: Controller>(
    controller: &mut C,
    mut offset: u32,
    words: &[u32],
    mut meanwhile: impl FnMut(),
) -> Result<(), Error> {
    let mut rest = words;
    while !rest.is_empty() {
        let (piece, behind) = split(rest, PROGRAM_WORDS);
        write_enable(controller)?;
        controller.program(offset, piece)?;
        meanwhile();
        finish(controller, PROGRAM_POLLS)?;
        offset += PROGRAM_LEN;
        rest = behind;
    }
    Ok(())
}

/// The first `len` words, or as many as there are, and the rest. `chunks` would be a function in flash.
#[inline(always)]
fn split(words: &[u32], len: usize) -> (&[u32], &[u32]) {
    words.split_at_checked(len).unwrap_or((words, &[]))
}

/// Erases one unit; if `in_slices`, halts that after the first. True if it is done.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.erase")]
pub fn erase<C: Controller>(
    controller: &mut C,
    offset: u32,
    unit: EraseUnit,
    in_slices: bool,
) -> Result<bool, Error> {
    controller.open();
    let result = write_enable(controller)
        .and_then(|()| controller.erase(offset, unit))
        .and_then(|()| slice(controller, unit, in_slices));
    controller.close();
    result
}

/// Takes up a halted erase, if there is one, for another slice or up to its end. True if it is done.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.continue")]
pub fn continue_erase<C: Controller>(
    controller: &mut C,
    unit: EraseUnit,
    in_slices: bool,
) -> Result<bool, Error> {
    controller.open();
    let result = ready(controller)
        .and_then(|()| controller.resume())
        .and_then(|()| slice(controller, unit, in_slices));
    controller.close();
    result
}

/// Lets an erase run for a slice. Whether the chip halted it or was done with it is found out when it is taken
/// up again: what is done does not become busy.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.slice")]
fn slice<C: Controller>(
    controller: &mut C,
    unit: EraseUnit,
    in_slices: bool,
) -> Result<bool, Error> {
    if !in_slices {
        return finish(controller, erase_polls(unit)).map(|()| true);
    }
    controller.begin_slice();
    while controller.status()? & STATUS_BUSY != 0 {
        if controller.is_slice_over() {
            controller.suspend()?;
            finish(controller, erase_polls(unit))?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Clears the chip's block protection if there is any.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.unprotect")]
pub fn unprotect<C: Controller>(controller: &mut C) -> Result<(), Error> {
    controller.open();
    let result = unprotect_all(controller);
    controller.close();
    result
}

#[inline(always)]
fn unprotect_all<C: Controller>(controller: &mut C) -> Result<(), Error> {
    ready(controller)?;
    if controller.status()? & STATUS_PROTECTED == 0 {
        return Ok(());
    }
    write_enable(controller)?;
    controller.unprotect()?;
    finish(controller, STATUS_POLLS)?;
    match controller.status()? & STATUS_PROTECTED {
        0 => Ok(()),
        _ => Err(Error::WriteProtected),
    }
}

/// Reads the chip's id.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.jedec_id")]
pub fn jedec_id<C: Controller>(controller: &mut C) -> Result<u32, Error> {
    controller.open();
    let result = ready(controller).and_then(|()| controller.jedec_id());
    controller.close();
    result
}

/// Waits until neither controller nor chip is busy with what was before.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.ready")]
fn ready<C: Controller>(controller: &mut C) -> Result<(), Error> {
    controller.settle()?;
    finish(controller, erase_polls(EraseUnit::Block64K))
}

/// The latch is set per operation and falls with its end, so it is asked for each time.
#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.write_enable")]
fn write_enable<C: Controller>(controller: &mut C) -> Result<(), Error> {
    ready(controller)?;
    controller.write_enable()?;
    match controller.status()? & STATUS_WRITE_ENABLED {
        0 => Err(Error::WriteProtected),
        _ => Ok(()),
    }
}

#[inline(never)]
#[cfg_attr(target_arch = "xtensa", link_section = ".rwtext.flash.finish")]
fn finish<C: Controller>(controller: &mut C, polls: u32) -> Result<(), Error> {
    let mut left = polls;
    while controller.status()? & STATUS_BUSY != 0 {
        if left == 0 {
            return Err(Error::Timeout);
        }
        left -= 1;
    }
    Ok(())
}
