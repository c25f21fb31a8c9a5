//! The engine on Espressif's libraries: the unmodified libraries in the emulated chip.

use d1_harness::{Bench, Images, Server, Wait};

#[test]
fn the_libraries_bring_the_access_point_up_and_a_station_gets_an_address() {
    let Some(images) = Images::load_vendor() else {
        return;
    };
    let mut bench = Bench::power_on(&images.flash, Server::of(&images.user1, &images.user2));
    for _ in 0..10 {
        bench.pass(Wait(100));
        println!("{} {:?}", bench.machine.now().as_micros(), bench.station().state());
    }
    println!("{}\n{:#?}", bench.console, bench.reports);
    bench.join();
    println!("{}", bench.page());
}
