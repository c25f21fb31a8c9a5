//! Synthetic ELF files for this crate's tests.
#![allow(dead_code)] // shared by unit and integration tests, each of which uses a part

use d1_image::{FlashMap, Slot};
use object::elf::{EM_XTENSA, ET_EXEC, PF_R, PF_X, PT_LOAD, SHN_ABS, STB_GLOBAL};
use object::write::elf::{FileHeader, ProgramHeader, SectionIndex, Sym, Writer};
use object::Endianness;

/// What the ELF is made of.
#[derive(Clone, Debug)]
pub struct Sample {
    pub entry: u32,
    pub segments: Vec<(u32, Vec<u8>)>,
    pub symbols: Vec<(&'static str, u32)>,
}

impl Sample {
    /// A small firmware with code in flash, code in RAM and data.
    pub fn for_slot(map: FlashMap, slot: Slot) -> Sample {
        Sample {
            entry: 0x4010_0004,
            segments: vec![
                (map.irom_origin(slot).get(), (0..100).collect()),
                (0x4010_0000, (0..36).collect()),
                (0x3FFE_8000, (0..23).collect()),
            ],
            symbols: vec![
                ("_d1_slot", slot.number().into()),
                ("_d1_build_number", 1),
                ("_d1_flash_size", map.flash_len()),
            ],
        }
    }

    /// A small boot loader.
    pub fn boot() -> Sample {
        Sample {
            entry: 0x4010_E000,
            segments: vec![
                (0x4010_E000, (1..9).collect()),
                (0x3FFF_EB30, vec![5, 6, 7, 8]),
            ],
            symbols: vec![],
        }
    }

    /// Sets the build number.
    pub fn build(mut self, number: u32) -> Sample {
        self.symbols.retain(|(name, _)| *name != "_d1_build_number");
        self.symbols.push(("_d1_build_number", number));
        self
    }

    /// The ELF file.
    pub fn emit(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut writer = Writer::new(Endianness::Little, false, &mut file);
        writer.reserve_file_header();
        writer.reserve_program_headers(self.segments.len() as u32);
        let offsets: Vec<usize> = self
            .segments
            .iter()
            .map(|(_, data)| writer.reserve(data.len(), 4))
            .collect();
        let names: Vec<_> = self
            .symbols
            .iter()
            .map(|(name, _)| writer.add_string(name.as_bytes()))
            .collect();
        writer.reserve_null_symbol_index();
        for _ in &self.symbols {
            writer.reserve_symbol_index(None);
        }
        writer.reserve_symtab_section_index();
        writer.reserve_symtab();
        writer.reserve_strtab_section_index();
        writer.reserve_strtab();
        writer.reserve_shstrtab_section_index();
        writer.reserve_shstrtab();
        writer.reserve_section_headers();

        let header = FileHeader {
            os_abi: 0,
            abi_version: 0,
            e_type: ET_EXEC,
            e_machine: EM_XTENSA,
            e_entry: self.entry.into(),
            e_flags: 0,
        };
        writer.write_file_header(&header).unwrap();
        writer.write_align_program_headers();
        for ((address, data), offset) in self.segments.iter().zip(&offsets) {
            writer.write_program_header(&ProgramHeader {
                p_type: PT_LOAD,
                p_flags: PF_R | PF_X,
                p_offset: *offset as u64,
                p_vaddr: (*address).into(),
                p_paddr: (*address).into(),
                p_filesz: data.len() as u64,
                p_memsz: data.len() as u64,
                p_align: 4,
            });
        }
        for (_, data) in &self.segments {
            writer.write_align(4);
            writer.write(data);
        }
        writer.write_null_symbol();
        for ((_, value), name) in self.symbols.iter().zip(names) {
            writer.write_symbol(&Sym {
                name: Some(name),
                section: None::<SectionIndex>,
                st_info: STB_GLOBAL << 4,
                st_other: 0,
                st_shndx: SHN_ABS,
                st_value: (*value).into(),
                st_size: 0,
            });
        }
        writer.write_strtab();
        writer.write_shstrtab();
        writer.write_null_section_header();
        writer.write_symtab_section_header(1);
        writer.write_strtab_section_header();
        writer.write_shstrtab_section_header();
        file
    }
}
