//! Signatures on the real images: who may take the running firmware's place, at what cost in time and stack.

use d1_emulator::board::debug::Register;
use d1_emulator::board::Stop;
use d1_harness::{image_directory, Act, Bench, Images, Server, Wait};
use d1_image::crc::seal;
use d1_image::layout::IMAGE_IROM_OFFSET;
use d1_image::manifest::{self, Manifest, ManifestView, Project};
use d1_image::{FlashMap, Slot};
use d1_signature::{sign, SecretKey, DEVELOPMENT};
use object::{Object, ObjectSymbol};

const OTHER: SecretKey = SecretKey::new([7; 32]);
/// Our images have their manifest in front.
const MANIFEST: usize = 16;

/// `image` with another manifest, signed by nobody.
fn with_manifest(image: &[u8], change: impl FnOnce(&mut Manifest)) -> Vec<u8> {
    let view = ManifestView::new_checked(&image[MANIFEST..]).expect("a manifest in front");
    let mut manifest = Manifest::parse(&view);
    manifest.key = None;
    change(&mut manifest);
    let mut image = image.to_vec();
    image[MANIFEST..MANIFEST + manifest::LEN].copy_from_slice(&manifest.emit());
    seal(&mut image);
    image
}

fn signed(mut image: Vec<u8>, key: &SecretKey) -> Vec<u8> {
    sign(&mut image, key).expect("a manifest in front");
    image
}

/// The image is refused with this cause on console and page, and build 1 stays, now and after a power cycle.
#[track_caller]
fn refused(body: &[u8], cause: &str) -> Bench {
    let images = Images::load();
    let mut bench = Bench::boot(&images.flash, Server::always(Act::ok(body)));
    let before = slot_two(&bench);
    bench.begin_update();
    bench.until_console("update failed: ", Wait::UPDATE);
    bench.until_console("; user1 keeps running", Wait::PAGE);
    assert!(bench.console.contains(cause), "{}", bench.console);
    let page = bench.page();
    assert!(page.contains(cause) && page.contains("build 1"), "{page}");
    let is_touched = slot_two(&bench) != before;
    assert_eq!(
        is_touched,
        bench.console.contains("reading back"),
        "what the manifest refuses must not cost an erase"
    );
    bench.power_cycle("user1 @ 0x1000");
    bench
}

/// What slot 2 of the 1M map holds. The history of updates, elsewhere, has every refusal.
fn slot_two(bench: &Bench) -> Vec<u8> {
    bench.machine.flash().contents()[0x8_1000..0xF_9000].to_vec()
}

#[test]
fn an_unsigned_image() {
    let image = with_manifest(&Images::load().user2, |_| ());
    refused(&image, "what came was an unsigned image");
}

#[test]
fn an_image_signed_by_another_key() {
    let image = signed(Images::load().user2, &OTHER);
    let cause = format!("signed by key {}, not by 47409e86", OTHER.public().id());
    refused(&image, &cause);
}

#[test]
fn another_key_under_the_trusted_ones_name() {
    let mut image = signed(Images::load().user2, &OTHER);
    ManifestView::new_unchecked(&mut image[MANIFEST..]).set_key(Some(DEVELOPMENT.id()));
    seal(&mut image);
    refused(&image, "bad signature");
}

#[test]
fn a_flipped_bit_with_its_crc_repaired() {
    let mut image = Images::load().user2;
    image[40_000] ^= 1;
    seal(&mut image);
    refused(&image, "bad signature");
}

#[test]
fn an_image_of_another_project() {
    let image = with_manifest(&Images::load().user2, |manifest| {
        manifest.project = Project::new("blinky");
    });
    let image = signed(image, &SecretKey::DEVELOPMENT);
    refused(&image, "another project (blinky)");
}

#[test]
fn an_image_without_a_manifest() {
    let mut image = Images::load().user2;
    image[MANIFEST..MANIFEST + 4].copy_from_slice(b"\0\0\0\0");
    seal(&mut image);
    refused(&image, "an image without a manifest");
}

#[test]
fn an_image_without_a_manifest_boots_nevertheless() {
    let images = Images::load();
    let mut flash = images.flash.clone();
    let image = &mut flash[0x1000..0x1000 + images.user1.len()];
    image[MANIFEST..MANIFEST + 4].copy_from_slice(b"\0\0\0\0");
    seal(image);
    let mut bench = Bench::boot(&flash, Server::absent());
    bench.until_console("user1 @ 0x1000", Wait::BOOT);
}

/// The address of that symbol: of a path's last parts, if it is of a Rust item.
fn address_of(elf: &str, symbol: &str) -> u32 {
    let bytes = std::fs::read(image_directory().join(elf)).expect("`cargo xtask build` writes it");
    let file = object::File::parse(&*bytes).expect("the linker writes ELF files");
    let parts = symbol.split("::");
    let mangled: String = parts.map(|part| format!("{}{part}", part.len())).collect();
    let found = file.symbols().find(|it| {
        it.name()
            .is_ok_and(|name| name == symbol || name.contains(&mangled))
    });
    found.expect("the symbol is there").address() as u32
}

/// The default flash with firmware that calls itself release `release`.
fn flash_of_release(images: &Images, release: u32) -> Vec<u8> {
    let mut image = images.user1.clone();
    let address = address_of("user1.elf", "image::RELEASE");
    // A constant stays in flash.
    let at = address - FlashMap::M1.irom_origin(Slot::One).get() + IMAGE_IROM_OFFSET;
    image[at as usize..][..4].copy_from_slice(&release.to_le_bytes());
    let image = signed(image, &SecretKey::DEVELOPMENT);
    let mut flash = images.flash.clone();
    flash[0x1000..0x1000 + image.len()].copy_from_slice(&image);
    flash
}

#[test]
fn an_older_release_is_refused_unless_the_pages_link_forces_it() {
    let images = Images::load();
    let older = with_manifest(&images.user2, |manifest| manifest.release = 4);
    let older = signed(older, &SecretKey::DEVELOPMENT);
    let server = Server::always(Act::ok(&older));
    let mut bench = Bench::boot(&flash_of_release(&images, 5), server);
    let status = bench.get(80, "/status.json").body;
    assert!(status.contains("\"release\":5"), "{status}");
    let before = slot_two(&bench);
    bench.begin_update();
    bench.until_console("an older image: release 4, and 5 runs", Wait::UPDATE);
    assert!(slot_two(&bench) == before, "the slot changed");
    let forced = bench.link("update to the older image");
    bench.pull(&forced.replace("&amp;", "&"));
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
    bench.join();
    assert!(bench.page().contains("build 2"));
}

#[test]
fn pages_are_served_while_the_image_is_verified_and_it_takes_this_long() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    bench.begin_update();
    bench.until_console("reading back", Wait::UPDATE);
    let begin = bench.machine.now();
    let page = bench.page();
    assert!(
        page.contains("verifying") && page.contains("build 1"),
        "{page}"
    );
    bench.until_console("user2 is good", Wait::UPDATE);
    let took = (bench.machine.now() - begin).as_micros() / 1000;
    let len = images.user2.len();
    println!("verifying {len} bytes took {took} ms (emulated), a page among them");
    assert!(took < 3_000, "{took} ms");
}

#[test]
fn no_step_of_a_verification_keeps_the_main_loop_for_long() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    let step = address_of("user1.elf", "Check::step");
    bench.machine.add_breakpoint(step);
    bench.begin_update();
    let mut steps: Vec<u64> = Vec::new();
    while !bench.console.contains("user2 is good") {
        if bench.slice() != Stop::Breakpoint {
            continue;
        }
        // On its first instruction the return address is still in its register.
        let back = bench.machine.register(Register::Address(0));
        let begin = bench.machine.now();
        bench.machine.add_breakpoint(back);
        bench.machine.resume();
        while bench.slice() != Stop::Breakpoint {}
        steps.push((bench.machine.now() - begin).as_micros());
        bench.machine.remove_breakpoint(back);
        bench.machine.resume();
    }
    let last = steps.pop().expect("a verification has steps");
    let longest = steps.iter().max().expect("several");
    println!(
        "structure: {} us, longest of {} pieces: {longest} us",
        steps[0],
        steps.len() - 1
    );
    println!("CRC, manifest and signature: {last} us");
    // The access point's beacons are 102 ms apart; the watchdog bites after 6.7 s.
    assert!(*longest < 100_000, "{longest} us");
    assert!(last < 1_000_000, "{last} us");
}

#[test]
fn start_and_verification_leave_room_on_the_stack() {
    const PAINT: u8 = 0xA5;
    let images = Images::load();
    let server = Server::of(&images.user1, &images.user2);
    let mut bench = Bench::power_on(&images.flash, server);
    let limit = address_of("user1.elf", "_stack_limit");
    let start = address_of("user1.elf", "_stack_start");
    // Mask ROM and boot loader have a stack of their own, above this one.
    let unused = vec![PAINT; (start - limit) as usize];
    assert!(bench.machine.write_memory(limit, &unused));
    bench.join();
    bench.begin_update();
    bench.until_console("user2 is good", Wait::UPDATE);
    let mut stack = vec![0; (start - limit) as usize];
    bench.machine.read_memory(limit, &mut stack);
    let left = stack.iter().take_while(|byte| **byte == PAINT).count();
    let used = stack.len() - left;
    println!("a start and an update used {used} bytes of stack, {left} were never touched");
    // An interrupt takes less than 300 bytes of it.
    assert!(left >= 8 * 1024, "{left} bytes");
}
