//! Flash maps as people have them: 512K, 1M, 4M. What fits runs; what does not is refused by name.

use d1_harness::{Bench, Images, Server, Wait};
use d1_image::{FlashMap, Slot};
use nor_model::{Chip, Nor};

#[test]
fn on_the_512k_map_updates_go_both_ways() {
    let images = Images::load_for(FlashMap::K512);
    let chip = Chip::with_len(FlashMap::K512.flash_len()).expect("there are chips of 512 KB");
    let nor = Nor::new(chip, &images.flash).unwrap();
    let mut bench = Bench::power_on_with(nor, images.server());
    bench.join();
    assert!(bench.console.contains("512K map"), "{}", bench.console);
    for line in ["user2 @ 0x41000", "user1 @ 0x1000"] {
        bench.console.clear();
        bench.begin_update();
        bench.until_console(line, Wait::UPDATE);
        bench.join();
    }
    assert!(bench.machine.flash().violations().is_empty());
}

#[test]
fn image_for_another_map_is_refused_by_name_before_anything_is_erased() {
    for device in FlashMap::ALL {
        let images = Images::load_for(device);
        let mut bench = Bench::with(&images);
        for other in FlashMap::ALL.into_iter().filter(|map| *map != device) {
            let wrong = Images::load_for(other);
            bench.server = Server::of(&wrong.user1, &wrong.user2);
            bench.console.clear();
            let trigger = bench.begin_update();
            let cause = format!("an image for another flash map ({})", other.name());
            bench.until_console(&cause, Wait::UPDATE);
            // The trigger has two sockets.
            bench.station().close(trigger);
            bench.pass(Wait(500));
        }
        let region = device.slot(Slot::Two);
        let slot = region.start.get() as usize..region.end().get() as usize;
        let flash = bench.machine.flash().contents();
        assert!(
            flash[slot].iter().all(|byte| *byte == 0xFF),
            "something was written on the {} map",
            device.name()
        );
    }
}

#[test]
fn chip_smaller_than_the_map_runs_and_refuses_to_update() {
    let images = Images::load();
    let chip = Chip::with_len(0x8_0000).expect("there are chips of 512 KB");
    let nor = Nor::new(chip, &images.flash[..0x8_0000]).unwrap();
    let mut bench = Bench::power_on_with(nor, images.server());
    bench.join();
    let path = bench.link("begin update");
    let answer = bench.get(88, &path);
    assert_eq!(answer.status, 503);
    let answer = answer.body;
    assert!(
        answer.contains("the flash chip has 524288 bytes, this firmware is built for 1048576"),
        "{answer}"
    );
}
