//! How a slot is written: what flash holds already is left alone, and large units are erased where they fit.

use super::*;

/// Long enough for units of all three sizes in slot 2 of the 1M map, which starts at 0x81000.
const LEN: usize = 0x1_A000;

fn sector(offset: usize) -> usize {
    (MAP.slot(Slot::Two).start.get() as usize + offset) / 4096
}

/// Updates a device whose slot 2 holds `before`; how often the slot's sectors were erased.
fn erases(before: &[u8], new: &[u8]) -> Vec<u32> {
    let mut world = World::joined(Act::image(new));
    world.chip.put(MAP.slot(Slot::Two).start.get(), before);
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(super::story::boots(&world.chip), (Slot::Two, 2));
    assert_eq!(world.chip.violations(), []);
    let slot = MAP.slot(Slot::Two);
    let counts = world.chip.erase_counts();
    counts[sector(0)..sector(slot.len as usize)].to_vec()
}

#[test]
fn what_flash_holds_already_is_neither_erased_nor_programmed() {
    let new = image(Slot::Two, 2, LEN);
    assert!(erases(&new, &new).iter().all(|count| *count == 0));
}

#[test]
fn only_what_differs_is_erased_in_units_that_fit() {
    let new = image(Slot::Two, 2, LEN);
    let mut old = new.clone();
    // The third sector; and from the block at 0x88000 on, which begins with the eighth, everything.
    old[2 * 4096 + 77] ^= 1;
    old[7 * 4096..].fill(0);
    let counts = erases(&old, &new);
    let erased: Vec<usize> = (0..counts.len()).filter(|at| counts[*at] > 0).collect();
    // 32 KB up to 0x90000, then 64 KB, of which the image needs more than half.
    let expected: Vec<usize> = [2].into_iter().chain(7..7 + 8 + 16).collect();
    assert_eq!(erased, expected);
    assert!(counts.iter().all(|count| *count <= 1));
}

/// The erase counts of the sector in front of slot 2, and of slot 2's first, after an update of a device that has `front`
/// there.
fn erases_of_the_first_block(front: &[u8]) -> [u32; 2] {
    let new = image(Slot::Two, 2, LEN);
    let mut world = World::joined(Act::image(&new));
    let slot = MAP.slot(Slot::Two).start.get();
    world.chip.put(slot - front.len() as u32, front);
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    let contents = world.chip.contents();
    assert_eq!(contents[slot as usize - front.len()..slot as usize], *front);
    let counts = world.chip.erase_counts();
    [counts[sector(0) - 1], counts[sector(0)]]
}

#[test]
fn the_first_block_of_slot_2_is_erased_whole_if_nothing_is_in_front() {
    assert_eq!(erases_of_the_first_block(&[0xFF; 4096]), [1, 1]);
}

#[test]
fn what_somebody_keeps_in_front_of_slot_2_stays() {
    let mut front = [0xFF; 4096];
    front[4095] = 0x7F;
    assert_eq!(erases_of_the_first_block(&front), [0, 1]);
}

#[test]
fn an_update_that_broke_off_goes_on_where_flash_differs() {
    let new = image(Slot::Two, 2, LEN);
    let mut world = World::joined(Act::with_len(&new[..20_000], new.len()));
    world.begin_update();
    world.until_console("update failed: ");
    world.server.set_script(Act::image(&new));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    let counts = world.chip.erase_counts();
    // Four sectors were complete.
    assert_eq!(counts[sector(0)..sector(4 * 4096)], [1; 4]);
    assert_eq!(
        counts[sector(4 * 4096)],
        2,
        "it was erased with its block before"
    );
}

#[test]
fn what_a_power_cut_may_have_left_half_written_is_written_again_however_it_reads() {
    let new = image(Slot::Two, 2, LEN);
    let mut world = World::joined(Act::image(&new));
    let all = super::power_cut::operations_of_an_update(&new);
    // The image is in flash by then; what is missing is the switch.
    world
        .chip
        .cut_power_at(all - 1, nor_model::CutPoint::Before);
    world.begin_update();
    world.until("the cut", |world| world.chip.is_dead());
    world.chip.power_on();
    world.restart(Slot::One, 1);
    let before = world.chip.erase_counts().to_vec();
    world.join();
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    let used = sector(0)..sector(LEN);
    let again = world.chip.erase_counts()[used.clone()].iter();
    assert!(again
        .zip(&before[used])
        .all(|(now, before)| *now == before + 1));

    // That one has written it: the next to this slot, should the loader ever go back, finds it settled.
    world.restart(Slot::One, 1);
    let before = world.chip.erase_counts().to_vec();
    world.join();
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(world.chip.erase_counts(), before);
}

/// What the last request wanted from which byte on, and of what.
fn resumed(world: &World) -> Option<(usize, String)> {
    let request = world.server.requests.last()?;
    let (_, from) = request.split_once("Range: bytes=")?;
    let (start, rest) = from.split_once("-\r\n")?;
    let (_, tag) = rest.split_once("If-Range: ")?;
    Some((start.parse().ok()?, tag.split_once("\r\n")?.0.into()))
}

/// An update whose connection broke, and whose server has `after` for whoever comes back.
fn broken(new: &[u8], after: Vec<Act>) -> World {
    let mut world = World::joined(Act::named("\"1-a\"", &new[..9_000], new.len()));
    world.begin_update();
    world.until("the request", |world| !world.server.requests.is_empty());
    world.server.set_script(after);
    world.until("the end", |world| {
        world.has_restarted || world.console.contains("update failed")
    });
    world
}

#[test]
fn a_connection_that_breaks_is_made_again_and_brings_the_rest() {
    let new = image(Slot::Two, 2, 30_000);
    let world = broken(&new, Act::rest("\"1-a\"", &new, 9_000));
    assert_eq!(resumed(&world), Some((9_000, "\"1-a\"".into())));
    assert_eq!(super::story::boots(&world.chip), (Slot::Two, 2));
    let counts = world.chip.erase_counts();
    assert!(counts[sector(0)..].iter().all(|count| *count <= 1));
}

#[test]
fn a_server_that_has_another_image_by_now_sends_all_of_that() {
    let other = image(Slot::Two, 3, 31_000);
    let world = broken(
        &image(Slot::Two, 2, 30_000),
        Act::named("\"2-b\"", &other, other.len()),
    );
    assert_eq!(super::story::boots(&world.chip), (Slot::Two, 3));
}

#[test]
fn a_part_of_other_bytes_is_refused() {
    let new = image(Slot::Two, 2, 30_000);
    for rest in [
        Act::rest("\"2-b\"", &new, 9_000),
        Act::rest("\"1-a\"", &new, 8_000),
        Act::rest("\"1-a\"", &new[..29_000], 9_000),
    ] {
        let world = broken(&new, rest);
        assert!(
            world.console.contains("answered with status 206"),
            "{}",
            world.console
        );
        assert_eq!(super::story::boots(&world.chip), (Slot::One, 1));
    }
}

#[test]
fn a_server_that_breaks_off_again_and_again_is_given_up() {
    let new = image(Slot::Two, 2, 30_000);
    let world = broken(&new, vec![Act::Abort]);
    let given_up = "update failed: the connection was closed before an image came";
    assert!(world.console.contains(given_up), "{}", world.console);
    assert!((10..30).contains(&world.server.requests.len()));
}
