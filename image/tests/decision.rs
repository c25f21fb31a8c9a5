//! The slot decision, exhaustively: every kind of newest entry against every pair of images.

use d1_image::decision::{decide, Append, Decision, ImageStatus, Why};
use d1_image::handoff::Handoff;
use d1_image::record::{Entry, Kind, Reason, ATTEMPTS_MAX};
use d1_image::verify::Fault;
use d1_image::Slot;

const CRC: Fault = Fault::BadCrc;
const GOOD: [ImageStatus; 2] = [
    ImageStatus::Good { build: 1 },
    ImageStatus::Good { build: 2 },
];

fn entry(kind: Kind, slot: Slot) -> Entry {
    Entry {
        sequence: 9,
        kind,
        slot,
        from_build: 10,
        to_build: 20,
    }
}

fn every_entry() -> Vec<Option<Entry>> {
    let mut kinds = vec![
        Kind::Select { trial: false },
        Kind::Select { trial: true },
        Kind::Confirm,
        Kind::FallBack {
            reason: Reason::Bad(CRC),
        },
        Kind::FallBack {
            reason: Reason::NotConfirmed,
        },
    ];
    kinds.extend((0..=u8::MAX).map(|number| Kind::Attempt { number }));
    let slots = |kind| Slot::ALL.map(|slot| Some(entry(kind, slot)));
    let mut entries: Vec<_> = kinds.into_iter().flat_map(slots).collect();
    entries.push(None);
    entries
}

fn every_pair_of_images() -> Vec<[ImageStatus; 2]> {
    let good = |slot: Slot| ImageStatus::Good {
        build: slot.number().into(),
    };
    let bad = |_| ImageStatus::Bad(CRC);
    let (one, two) = (Slot::One, Slot::Two);
    vec![
        [good(one), good(two)],
        [good(one), bad(two)],
        [bad(one), good(two)],
        [bad(one), bad(two)],
    ]
}

/// Asks as the loader does: an image is looked at when the decision wants to know about it.
fn settle(newest: Option<&Entry>, images: [ImageStatus; 2]) -> (Decision, Vec<Slot>) {
    let mut known = [ImageStatus::Unknown; 2];
    let mut asked = Vec::new();
    loop {
        match decide(newest, known) {
            Decision::Verify(slot) => {
                assert!(!asked.contains(&slot), "{slot:?} asked for twice");
                asked.push(slot);
                known[slot.index()] = images[slot.index()];
            }
            decision => return (decision, asked),
        }
    }
}

fn boot(slot: Slot, why: Why, append: Option<Append>) -> Decision {
    Decision::Boot { slot, why, append }
}

#[test]
fn only_good_images_are_started_and_one_is_if_there_is_one() {
    for newest in every_entry() {
        for images in every_pair_of_images() {
            let is_good = |slot: Slot| matches!(images[slot.index()], ImageStatus::Good { .. });
            match settle(newest.as_ref(), images).0 {
                Decision::Boot { slot, .. } => assert!(is_good(slot), "{newest:?} {images:?}"),
                Decision::Nothing => {
                    assert!(!Slot::ALL.into_iter().any(is_good), "{newest:?} {images:?}")
                }
                Decision::Verify(_) => unreachable!("settled"),
            }
        }
    }
}

#[test]
fn whatever_is_appended_names_what_is_started() {
    for newest in every_entry() {
        for images in every_pair_of_images() {
            let (decision, _) = settle(newest.as_ref(), images);
            if let Decision::Boot {
                slot,
                append: Some(append),
                ..
            } = decision
            {
                assert_eq!(
                    images[slot.index()],
                    ImageStatus::Good {
                        build: append.to_build
                    }
                );
            }
        }
    }
}

#[test]
fn knowing_both_images_beforehand_changes_nothing() {
    for newest in every_entry() {
        for images in every_pair_of_images() {
            assert_eq!(
                settle(newest.as_ref(), images).0,
                decide(newest.as_ref(), images)
            );
        }
    }
}

#[test]
fn a_good_chosen_image_is_the_only_one_looked_at() {
    for kind in [
        Kind::Select { trial: false },
        Kind::Select { trial: true },
        Kind::Confirm,
    ] {
        for slot in Slot::ALL {
            assert_eq!(settle(Some(&entry(kind, slot)), GOOD).1, [slot]);
        }
    }
    assert_eq!(settle(None, GOOD).1, [Slot::One]);
}

#[test]
fn blank_record_starts_slot_1_and_writes_nothing() {
    assert_eq!(settle(None, GOOD).0, boot(Slot::One, Why::Default, None));
}

#[test]
fn blank_record_and_bad_slot_1_starts_slot_2_and_says_why() {
    let reason = Reason::Bad(Fault::Blank);
    let images = [ImageStatus::Bad(Fault::Blank), GOOD[1]];
    let append = Append {
        kind: Kind::FallBack { reason },
        from_build: 0,
        to_build: 2,
    };
    assert_eq!(
        settle(None, images).0,
        boot(Slot::Two, Why::FellBack(reason), Some(append))
    );
}

#[test]
fn select_and_confirm_choose_and_write_nothing() {
    for kind in [Kind::Select { trial: false }, Kind::Confirm] {
        for slot in Slot::ALL {
            assert_eq!(
                settle(Some(&entry(kind, slot)), GOOD).0,
                boot(slot, Why::Selected, None)
            );
        }
    }
}

#[test]
fn bad_chosen_image_falls_back_with_its_fault() {
    let newest = entry(Kind::Select { trial: false }, Slot::Two);
    let images = [GOOD[0], ImageStatus::Bad(CRC)];
    let reason = Reason::Bad(CRC);
    let append = Append {
        kind: Kind::FallBack { reason },
        from_build: 20,
        to_build: 1,
    };
    assert_eq!(
        settle(Some(&newest), images).0,
        boot(Slot::One, Why::FellBack(reason), Some(append))
    );
}

#[test]
fn a_fall_back_stays_the_reason_and_is_written_once() {
    let reason = Reason::Bad(CRC);
    let newest = entry(Kind::FallBack { reason }, Slot::One);
    assert_eq!(
        settle(Some(&newest), GOOD).0,
        boot(Slot::One, Why::FellBack(reason), None)
    );
}

#[test]
fn a_trial_counts_its_attempts_and_then_falls_back() {
    let mut newest = entry(Kind::Select { trial: true }, Slot::Two);
    for attempt in 1..=ATTEMPTS_MAX {
        let append = Append {
            kind: Kind::Attempt { number: attempt },
            from_build: 10,
            to_build: 2,
        };
        let decision = settle(Some(&newest), GOOD).0;
        assert_eq!(
            decision,
            boot(Slot::Two, Why::Trial, Some(append)),
            "attempt {attempt}"
        );
        newest = entry(append.kind, Slot::Two);
    }
    let reason = Reason::NotConfirmed;
    let append = Append {
        kind: Kind::FallBack { reason },
        from_build: 20,
        to_build: 1,
    };
    assert_eq!(
        settle(Some(&newest), GOOD).0,
        boot(Slot::One, Why::FellBack(reason), Some(append))
    );
}

#[test]
fn a_confirmed_trial_is_a_selection() {
    assert_eq!(
        settle(Some(&entry(Kind::Confirm, Slot::Two)), GOOD).0,
        boot(Slot::Two, Why::Selected, None)
    );
}

#[test]
fn an_unconfirmed_image_is_better_than_none() {
    let newest = entry(
        Kind::Attempt {
            number: ATTEMPTS_MAX,
        },
        Slot::Two,
    );
    let images = [ImageStatus::Bad(CRC), GOOD[1]];
    assert_eq!(
        settle(Some(&newest), images).0,
        boot(Slot::Two, Why::Trial, None)
    );
}

#[test]
fn every_reason_reaches_the_firmware() {
    let mut reasons: Vec<Reason> = Fault::ALL.into_iter().map(Reason::Bad).collect();
    reasons.push(Reason::NotConfirmed);
    let mut whys = vec![Why::Default, Why::Selected, Why::Trial];
    whys.extend(reasons.into_iter().map(Why::FellBack));
    for why in whys {
        for slot in Slot::ALL {
            let handoff = Handoff {
                slot,
                why,
                build: 0xDEAD_BEEF,
            };
            assert_eq!(Handoff::parse(handoff.emit()), Some(handoff));
        }
    }
}

#[test]
fn a_changed_handoff_is_none() {
    let words = Handoff {
        slot: Slot::Two,
        why: Why::Selected,
        build: 3,
    }
    .emit();
    assert_eq!(words[1], 0x202, "slot in byte 0, reason in byte 1");
    for bit in 0..128 {
        let mut changed = words;
        changed[bit / 32] ^= 1 << (bit % 32);
        assert_eq!(Handoff::parse(changed), None, "bit {bit}");
    }
    assert_eq!(Handoff::parse([0; 4]), None);
}
