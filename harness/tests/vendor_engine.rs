//! The engine on Espressif's libraries: the unmodified libraries in the emulated chip.

use d1_harness::{Bench, Images, Server, Wait};

#[test]
fn the_libraries_bring_the_access_point_up_and_a_station_gets_an_address() {
    let Some(images) = Images::load_vendor() else {
        return;
    };
    let mut bench = Bench::power_on(&images.flash, Server::of(&images.user1, &images.user2));
    for _ in 0..20 {
        bench.pass(Wait(100));
        println!("{} {:?} {:x} {:x}", bench.machine.now().as_micros(), bench.station().state(), bench.machine.cpu().pc(), bench.machine.cpu().ar(0));
    }
    println!("{}\n", bench.console);
    for line in &bench.reports { if !line.contains("narrow access") { println!("{line}") } }
    if std::env::var("MORE").is_err() { return }
    bench.join();
    println!("{}", bench.page());
}
