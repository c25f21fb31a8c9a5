//! What an ELF file holds that an image needs.

use object::elf::{FileHeader32, EM_XTENSA, ET_EXEC, PT_LOAD};
use object::read::elf::{ElfFile, FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, Object, ObjectSymbol};

use crate::convert::{stranger, ConvertError};

/// The CPU's window onto flash: what is linked there stays in flash.
const FLASH_WINDOW: std::ops::Range<u32> = 0x4020_0000..0x4030_0000;
/// Where an ESP32 has what an ESP8266 has elsewhere: its flash windows for code and data.
const ESP32_WINDOWS: [std::ops::Range<u32>; 2] =
    [0x400C_2000..0x4010_0000, 0x3F40_0000..0x3F80_0000];

/// Bytes to be loaded to RAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where to.
    pub address: u32,
    /// What.
    pub data: Vec<u8>,
}

/// A linked program for the ESP8266.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf {
    /// Address of the first instruction.
    pub entry: u32,
    /// Address of the first byte that stays in flash; 0 without any.
    pub irom_address: u32,
    /// The bytes that stay in flash.
    pub irom: Vec<u8>,
    /// What is loaded to RAM, in the file's order.
    pub segments: Vec<Segment>,
    /// Value of the symbol `_d1_slot`.
    pub slot: Option<u32>,
    /// Value of the symbol `_d1_build_number`.
    pub build_number: Option<u32>,
    /// Value of the symbol `_d1_release`.
    pub release: Option<u32>,
    /// Value of the symbol `_d1_flash_size`, in bytes.
    pub flash_size: Option<u32>,
}

type File<'data> = ElfFile<'data, FileHeader32<Endianness>>;

impl Elf {
    /// Reads a linked ELF file.
    ///
    /// # Errors
    ///
    /// [`ConvertError`] when the bytes are no ELF, or one for another machine.
    pub fn parse(bytes: &[u8]) -> Result<Elf, ConvertError> {
        check_machine(bytes)?;
        let file =
            File::parse(bytes).map_err(|error| ConvertError::BrokenElf(error.to_string()))?;
        let endian = file.endian();
        if file.elf_header().e_type(endian) != ET_EXEC {
            return Err(ConvertError::NotLinked);
        }
        let mut elf = Elf {
            entry: file.elf_header().e_entry(endian),
            irom_address: 0,
            irom: Vec::new(),
            segments: Vec::new(),
            slot: None,
            build_number: None,
            release: None,
            flash_size: None,
        };
        let mut in_flash = Vec::new();
        for segment in loadable(&file, bytes)? {
            if FLASH_WINDOW.contains(&segment.address) {
                in_flash.push(segment);
            } else if ESP32_WINDOWS
                .iter()
                .any(|window| window.contains(&segment.address))
            {
                return Err(ConvertError::Esp32Elf {
                    address: segment.address,
                });
            } else {
                elf.segments.push(segment);
            }
        }
        (elf.irom_address, elf.irom) = join(in_flash)?;
        for symbol in file.symbols() {
            let value = symbol.address() as u32;
            match symbol.name() {
                Ok("_d1_slot") => elf.slot = Some(value),
                Ok("_d1_build_number") => elf.build_number = Some(value),
                Ok("_d1_release") => elf.release = Some(value),
                Ok("_d1_flash_size") => elf.flash_size = Some(value),
                _ => {}
            }
        }
        Ok(elf)
    }
}

/// Refuses what is no ELF for this machine, by what the first bytes say.
fn check_machine(bytes: &[u8]) -> Result<(), ConvertError> {
    if !bytes.starts_with(b"\x7FELF") {
        return Err(ConvertError::Stranger(stranger(bytes)));
    }
    let (Some(&class), Some(machine)) = (bytes.get(4), bytes.get(18..20)) else {
        return Err(ConvertError::BrokenElf(
            "the file ends inside its header".into(),
        ));
    };
    let little_endian = bytes[5] == 1;
    let machine = u16::from_le_bytes([machine[0], machine[1]]);
    if class != 1 || !little_endian || machine != EM_XTENSA {
        return Err(ConvertError::Machine {
            machine,
            bits: if class == 2 { 64 } else { 32 },
        });
    }
    Ok(())
}

/// The bytes of all loadable segments, at their load addresses.
fn loadable(file: &File, bytes: &[u8]) -> Result<Vec<Segment>, ConvertError> {
    let endian = file.endian();
    let mut segments = Vec::new();
    for header in file.elf_program_headers() {
        if header.p_type(endian) != PT_LOAD || header.p_filesz(endian) == 0 {
            continue;
        }
        let (start, address) = (header.p_offset(endian), header.p_paddr(endian));
        let len = header.p_filesz(endian);
        let end = start
            .checked_add(len)
            .filter(|end| *end as usize <= bytes.len());
        let Some(end) = end else {
            return Err(ConvertError::BrokenElf(format!(
                "the segment at {address:#010x} reaches beyond the end of the file"
            )));
        };
        // Linkers like to map the file's own headers in front of the first section.
        let skipped = if start == 0 {
            first_section(file).map_or(0, |at| at.min(end))
        } else {
            0
        };
        if skipped == end {
            continue;
        }
        segments.push(Segment {
            address: address.wrapping_add(skipped),
            data: bytes[(start + skipped) as usize..end as usize].to_vec(),
        });
    }
    Ok(segments)
}

/// File offset of the first section that has bytes.
fn first_section(file: &File) -> Option<u32> {
    let endian = file.endian();
    let sections = file.elf_section_table().iter();
    sections
        .map(|section| section.sh_offset(endian))
        .filter(|offset| *offset != 0)
        .min()
}

/// Joins segments that stay in flash into one range; what lies between them is zero.
fn join(mut segments: Vec<Segment>) -> Result<(u32, Vec<u8>), ConvertError> {
    segments.sort_by_key(|segment| segment.address);
    let Some(start) = segments.first().map(|segment| segment.address) else {
        return Ok((0, Vec::new()));
    };
    let mut joined = Vec::new();
    for segment in segments {
        let offset = (segment.address - start) as usize;
        if offset < joined.len() {
            return Err(ConvertError::BrokenElf(format!(
                "two segments overlap at {:#010x}",
                segment.address
            )));
        }
        joined.resize(offset, 0);
        joined.extend(segment.data);
    }
    Ok((start, joined))
}
