//! The boot record on the driver, on the model, with the power cut everywhere.

mod chip;

use chip::{over, Wire};
use d1_flash::Flash;
use d1_image::layout::SECTOR_LEN;
use d1_image::record::{scan, Entry, Kind, Scan};
use d1_image::source::{ReadError, Source};
use d1_image::{FlashMap, Slot};
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use nor_model::{Chip, CutPoint, Nor};

const MAP: FlashMap = FlashMap::M1;

struct Whole<'a>(&'a mut Flash<Wire>);

impl Source for Whole<'_> {
    fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), ReadError> {
        self.0.read(offset, buffer).map_err(|_| ReadError)
    }
}

fn scanned(flash: &mut Flash<Wire>) -> Scan {
    scan(&mut Whole(flash), MAP).unwrap()
}

/// Appends as loader and firmware do; the flash's own errors are the power's business here.
fn append(flash: &mut Flash<Wire>, slot: Slot) -> Entry {
    let scan = scanned(flash);
    let plan = scan.plan(MAP);
    let entry = scan.entry(Kind::Select { trial: false }, slot, 1, 2);
    if let Some(sector) = plan.erase {
        let _ = flash.erase(sector.get(), sector.get() + SECTOR_LEN);
    }
    let _ = flash.write(plan.write.get(), &entry.emit());
    entry
}

/// A chip on which `count` entries were appended, all for slot 2.
fn with_entries(count: u32) -> Nor {
    let mut flash = over(Nor::erased(Chip::W25Q32));
    for _ in 0..count {
        append(&mut flash, Slot::Two);
    }
    flash.release().power_cycle()
}

#[test]
fn cut_anywhere_in_an_append_leaves_the_old_or_the_new_entry() {
    // Into an empty record, behind an entry, and rolling over into either sector.
    for count in [0, 1, 128, 256] {
        let prepared = with_entries(count);
        let plan = scanned(&mut over(prepared.clone())).plan(MAP);
        let operations = if plan.erase.is_some() { 2 } else { 1 };
        for operation in 1..=operations {
            for at in [CutPoint::Before, CutPoint::Inside, CutPoint::After] {
                for seed in 0..20 {
                    let mut nor = prepared.clone();
                    nor.set_seed(seed);
                    nor.cut_power_at(operation, at);
                    let mut flash = over(nor);
                    let old = scanned(&mut flash).newest();
                    let new = append(&mut flash, Slot::One);

                    let mut flash = over(flash.release().power_cycle());
                    let now = scanned(&mut flash).newest();
                    let context =
                        format!("{count} entries, cut {at:?} operation {operation}, seed {seed}");
                    assert!(now == old || now == Some(new), "{now:?}: {context}");

                    let later = append(&mut flash, Slot::Two);
                    assert_eq!(scanned(&mut flash).newest(), Some(later), "{context}");
                    assert_eq!(flash.release().nor.violations(), [], "{context}");
                }
            }
        }
    }
}
