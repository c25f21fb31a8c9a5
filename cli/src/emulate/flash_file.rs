//! The flash chip's contents in a file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use nor_model::{Chip, Nor, SECTOR_LEN};

use crate::problem::Problem;

/// An open flash file and what it holds.
pub(super) struct FlashFile {
    path: PathBuf,
    file: File,
    /// The chip as the file has it; sectors it shares with the running one need no writing.
    held: Nor,
}

impl FlashFile {
    /// Reads the file into a chip: the one given, or the one of the file's length (a D1 mini's
    /// 4 MB for anything shorter).
    pub(super) fn open(path: &Path, chip: Option<Chip>) -> Result<(FlashFile, Nor), Problem> {
        let problem = |error: io::Error| open_problem(path, &error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(problem)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Problem::new(format!(
                    "{} is in use by another emulator",
                    path.display()
                ))
                .with_help("end it, or work on a copy"));
            }
            // Some file systems have no locks: the user has to know what runs.
            Err(TryLockError::Error(_)) => {}
        }
        let mut contents = Vec::new();
        file.read_to_end(&mut contents).map_err(problem)?;
        let by_length = u32::try_from(contents.len()).ok().and_then(Chip::with_len);
        let chip = chip.or(by_length).unwrap_or(Chip::W25Q32);
        let nor = Nor::new(chip, &contents).map_err(|error| {
            Problem::new(format!("{}: {error}", path.display()))
                .with_help("choose a larger --chip-size")
        })?;
        let path = path.to_path_buf();
        let flash = FlashFile {
            path,
            file,
            held: nor.clone(),
        };
        if contents.len() < chip.len as usize {
            flash.extend(contents.len(), chip.len as usize)?;
        }
        Ok((flash, nor))
    }

    /// Writes the sectors that changed since the last time.
    pub(super) fn save(&mut self, nor: &Nor) -> Result<(), Problem> {
        let mut bytes = [0; SECTOR_LEN as usize];
        for sector in nor.differing_sectors(&self.held) {
            let address = sector * SECTOR_LEN;
            nor.peek(address, &mut bytes);
            self.write(address.into(), &bytes)?;
        }
        self.held = nor.clone();
        Ok(())
    }

    /// Fills the file up with erased flash to the chip's length.
    fn extend(&self, from: usize, to: usize) -> Result<(), Problem> {
        self.write(from as u64, &vec![0xFF; to - from])
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Problem> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(at))
            .and_then(|_| file.write_all(bytes))
            .map_err(|error| Problem::file("write", &self.path, &error))
    }
}

fn open_problem(path: &Path, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound => {
            Problem::new(format!("there is no flash file {}", path.display())).with_help(
                "`cargo xtask build` makes target/d1/flash.bin; an empty file is an erased chip",
            )
        }
        _ => Problem::file("open", path, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nor_model::{Erase, Pace};
    use proptest::prelude::*;

    fn program(nor: &mut Nor, address: u32, data: &[u8]) {
        nor.set_pace(Pace::Instant);
        nor.write_enable(0);
        nor.page_program(address, data, 0);
    }

    #[test]
    fn changed_sectors_reach_the_file_and_others_are_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flash.bin");
        std::fs::write(&path, vec![0x55; 0x8_0000]).unwrap();
        let (mut flash, mut nor) = FlashFile::open(&path, None).unwrap();
        assert_eq!(nor.chip().len, 0x8_0000);
        // Somebody else's change, to prove that an unchanged sector is not written.
        let mut other = std::fs::read(&path).unwrap();
        other[0x3000] = 0x77;
        std::fs::write(&path, &other).unwrap();

        program(&mut nor, 0x1004, &[0x50]);
        flash.save(&nor).unwrap();
        let written = std::fs::read(&path).unwrap();
        assert_eq!((written[0x1004], written[0x3000]), (0x50, 0x77));

        nor.write_enable(0);
        nor.erase(Erase::Sector, 0x1000, 0);
        flash.save(&nor).unwrap();
        assert_eq!(
            std::fs::read(&path).unwrap()[0x1000..0x2000],
            [0xFF; 0x1000]
        );
    }

    #[test]
    fn short_file_is_an_erased_chip_beyond_its_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flash.bin");
        std::fs::write(&path, [1, 2, 3]).unwrap();
        let (_, nor) = FlashFile::open(&path, None).unwrap();
        assert_eq!(nor.chip(), &Chip::W25Q32);
        let written = std::fs::read(&path).unwrap();
        assert_eq!(written.len(), 0x40_0000);
        assert_eq!(written[..5], [1, 2, 3, 0xFF, 0xFF]);
    }

    #[test]
    fn file_longer_than_the_chip_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flash.bin");
        std::fs::write(&path, vec![0; 0x10_0000]).unwrap();
        let refused = FlashFile::open(&path, Chip::with_len(0x8_0000))
            .err()
            .unwrap();
        assert!(refused.help().unwrap().contains("--chip-size"));
    }

    #[test]
    fn two_emulators_cannot_share_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flash.bin");
        std::fs::write(&path, []).unwrap();
        let _first = FlashFile::open(&path, None).unwrap();
        let refused = FlashFile::open(&path, None).err().unwrap();
        assert!(refused.message().contains("another emulator"));
    }

    /// Lengths around every chip's, and any other.
    fn file_len() -> impl Strategy<Value = usize> {
        let around = (19..=22u32, -2..=2i32)
            .prop_map(|(power, off)| ((1usize << power) as i64 + i64::from(off)) as usize);
        prop_oneof![around, 0..0x50_0000usize]
    }

    proptest! {
        // PROPTEST_CASES in the environment makes this longer.
        #![proptest_config(ProptestConfig { max_shrink_iters: 64, ..ProptestConfig::with_cases(
            std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24)
        ) })]

        /// Any file is a chip, filled up with erased flash, or a refusal that names it.
        #[test]
        fn any_file_is_opened_whole_or_refused_by_name(
            len in file_len(),
            piece in proptest::collection::vec(any::<u8>(), 1..64),
            chip_power in proptest::option::of(19..=24u32),
        ) {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("flash.bin");
            let contents: Vec<u8> = piece.iter().copied().cycle().take(len).collect();
            std::fs::write(&path, &contents).unwrap();
            let chip = chip_power.and_then(|power| Chip::with_len(1 << power));
            match FlashFile::open(&path, chip) {
                Ok((_, nor)) => {
                    let held = nor.contents();
                    prop_assert!(held[..len] == contents[..]);
                    prop_assert!(held[len..].iter().all(|byte| *byte == 0xFF));
                    prop_assert!(std::fs::read(&path).unwrap() == held);
                }
                Err(problem) => {
                    let room = chip.map_or(Chip::W25Q32.len, |chip| chip.len);
                    prop_assert!(len > room as usize, "{}", problem);
                    prop_assert!(problem.message().contains("flash.bin"));
                    prop_assert!(std::fs::read(&path).unwrap() == contents);
                }
            }
        }
    }
}
