//! What is made once and kept over starts, each in a flash sector of its own: the radio's calibration, the network's
//! master key.
//!
//! Here it is bytes, good for the parameters that they were made from. The header is written last, so that
//! whatever power cut or wear leaves behind counts as nothing. Nothing depends on there being something: without it a
//! start takes a little longer.

use d1_image::crc::Crc32;
use d1_image::layout::SECTOR_LEN;
use d1_image::Region;

use crate::flash::Flash;
use crate::identity::Identity;

/// "D1KP".
const MAGIC: [u8; 4] = *b"D1KP";
/// The magic, and the CRC of parameters and results.
const HEADER_LEN: usize = 8;
/// Bytes of a page, the most that is programmed at a time.
const PAGE_LEN: usize = 256;
/// Where the results are, from the sector's start: at its second page.
const RESULTS: u32 = PAGE_LEN as u32;

/// Reads what was kept in `sector` into `results`; false, and nothing but zeros, when there is nothing for
/// `parameters`.
pub fn load<F: Flash>(
    flash: &mut F,
    sector: Region,
    parameters: &[u8],
    results: &mut [u8],
) -> bool {
    let start = sector.start.get();
    let mut header = [0; HEADER_LEN];
    let is_good = flash.read(start, &mut header).is_ok()
        && flash.read(start + RESULTS, results).is_ok()
        && header == emit(parameters, results);
    if !is_good {
        results.fill(0);
    }
    is_good
}

/// Keeps `results` in `sector`; false when flash will not have it, or the chip ends before its map does.
pub fn save<F: Flash>(
    flash: &mut F,
    identity: &Identity,
    sector: Region,
    parameters: &[u8],
    results: &[u8],
) -> bool {
    let start = sector.start.get();
    identity.chip_len >= identity.map.flash_len()
        && flash.erase(start, start + SECTOR_LEN).is_ok()
        && (start + RESULTS..)
            .step_by(PAGE_LEN)
            .zip(results.chunks(PAGE_LEN))
            .all(|(at, page)| flash.write(at, page).is_ok())
        && flash.write(start, &emit(parameters, results)).is_ok()
}

fn emit(parameters: &[u8], results: &[u8]) -> [u8; HEADER_LEN] {
    let mut crc = Crc32::new();
    crc.update(parameters);
    crc.update(results);
    let mut header = [0; HEADER_LEN];
    header[..4].copy_from_slice(&MAGIC);
    header[4..].copy_from_slice(&crc.zlib().to_le_bytes());
    header
}
