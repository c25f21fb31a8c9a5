//! The ring and the transmitter against the model of the MAC.

use super::super::access_point::{Delivery, Gate, Outbox, Queue};
use super::super::frame::{data, Rate};
use super::super::MacAddress;
use super::fake::{Fake, Links, Sending, NO_ACKNOWLEDGEMENT, NO_CTS, SENT};
use super::receive_ring::Taken;
use super::resources::{DATA_COUNT, MANAGEMENT_COUNT, RECEIVE_COUNT};
use super::{start, Events, Finished, ReceiveRing, Reception, Resources, Transmitter, MAX_TAKEN};
use std::boxed::Box;
use std::vec::Vec;

const ADDRESS: MacAddress = MacAddress([0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A]);

fn running() -> (Fake, ReceiveRing<Fake>, Transmitter<Fake>) {
    running_with(Links::Late)
}

fn running_with(links: Links) -> (Fake, ReceiveRing<Fake>, Transmitter<Fake>) {
    let resources = Box::leak(Box::new(Resources::new()));
    let fake = Fake::new(resources, links);
    let (ring, transmitter) = start(&fake, resources, ADDRESS);
    (fake, ring, transmitter)
}

/// A frame that tells which one it is.
fn frame(number: u8) -> Vec<u8> {
    (0..60).map(|i: u8| i ^ number).collect()
}

mod bringing_up {
    use super::*;

    #[test]
    fn every_register_ends_as_the_sheet_says() {
        let resources = Box::leak(Box::new(Resources::new()));
        let fake = Fake::new(resources, Links::Late);
        // What must not be lost, what must be cleared, and a field to be raised beyond its end.
        fake.set_word(0x3FF0_0000, 0xFFFF_FF1F);
        fake.set_word(0x3FF2_0000, 0xFFFF_FFFF);
        fake.set_word(0x3FF2_006C, 0x1011);
        fake.set_word(0x3FF2_0C3C, 0x1_FFFF);
        fake.set_word(0x3FF2_0C68, 0x12F0_3456);
        fake.set_word(0x3FF2_0C6C, 0xABCD_FFFF);
        fake.set_word(0x3FF2_0C88, 0x0020_4008);
        fake.set_word(0x3FF2_0E08, 0xFFFF);
        let _ = start(&fake, resources, ADDRESS);
        for (address, value) in [
            (0x3FF0_0000, 0xFFFF_FF00),
            (0x3FF2_0C88, 0x8084_A000),
            (0x3FF2_0C90, 8),
            (0x3FF2_0C94, 3),
            (0x3FF2_0E08, 0xFF0F),
            (0x3FF2_0C68, 0x1202_3456),
            (0x3FF2_0C6C, 0xABCD_1616),
            (0x3FF2_0C14, 0xC000_00F0),
            (0x3FF2_0800, 0x0003_0000),
            (0x3FF2_0804, 0x0003_0000),
            (0x3FF2_0808, 0),
            (0x3FF2_0000, 0xDFFF_FF00),
            (0x3FF2_0400, 0x7650_3210),
            (0x3FF2_0404, 0xBBBB_BBBB),
            (0x3FF2_0408, 0xBBBB_BBBB),
            (0x3FF2_006C, 0x707),
            (0x3FF2_0178, 2),
            (0x3FF2_0C3C, 0xFFFF),
            (0x3FF2_0C30, 0xDD7F_CF5E),
            (0x3FF2_0C34, 0x0AEE),
            (0x3FF2_0C40, 0xFFFF_FFFF),
            (0x3FF2_0C44, 0x1_FFFF),
            (0x3FF2_0C50, 0xDD7F_CF5E),
            (0x3FF2_0C54, 0x0AEE),
            (0x3FF2_0C60, 0xFFFF_FFFF),
            (0x3FF2_0C64, 0x1_FFFF),
            (0x3FF2_0C18, 0x2088_0300),
            (0x3FF2_0004, 0x8000_0000),
        ] {
            assert_eq!(fake.word(address), value, "{address:#x}");
        }
        let memory = fake.word(0x3FF2_007C) - fake.word(0x3FF2_0080);
        assert_eq!(memory as usize, RECEIVE_COUNT * (1600 + 12));
        assert_eq!(fake.word(0x3FF2_0008), fake.word(0x3FF2_0080));
    }
}

mod receiving {
    use super::*;

    /// The next frame, which must be there.
    #[track_caller]
    fn take(ring: &mut ReceiveRing<Fake>) -> Taken {
        match ring.take() {
            Some(Reception::Frame(taken)) => taken,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn expect_frame(ring: &mut ReceiveRing<Fake>, number: u8) {
        let taken = take(ring);
        assert_eq!(ring.frame(&taken), frame(number));
        ring.release(taken);
    }

    #[track_caller]
    fn expect_lost(ring: &mut ReceiveRing<Fake>) {
        assert!(matches!(ring.take(), Some(Reception::Lost)));
    }

    #[test]
    fn frames_come_out_as_they_went_in_many_times_around() {
        for links in Links::ALL {
            let (fake, mut ring, _) = running_with(links);
            assert!(ring.take().is_none());
            for number in 0..100 {
                assert!(fake.hear(&frame(number)), "frame {number}");
                expect_frame(&mut ring, number);
                assert!(ring.take().is_none());
            }
        }
    }

    #[test]
    fn bursts_of_every_size_come_out_in_order() {
        for links in Links::ALL {
            let (fake, mut ring, _) = running_with(links);
            // One is parked: the hardware has all others.
            for burst in 1..RECEIVE_COUNT as u8 {
                for _ in 0..20 {
                    (0..burst).for_each(|number| assert!(fake.hear(&frame(number))));
                    (0..burst).for_each(|number| expect_frame(&mut ring, number));
                    assert!(ring.take().is_none());
                }
            }
        }
    }

    #[test]
    fn a_full_ring_loses_frames_and_goes_on() {
        for links in Links::ALL {
            let (fake, mut ring, _) = running_with(links);
            for round in 0..5 {
                let heard = (0..20).filter(|&number| fake.hear(&frame(number))).count();
                // After the first round one is parked.
                assert_eq!(heard, RECEIVE_COUNT - round.min(1));
                (0..heard as u8).for_each(|number| expect_frame(&mut ring, number));
                assert!(ring.take().is_none());
            }
        }
    }

    #[test]
    fn frames_kept_for_long_and_released_in_any_order_do_no_harm() {
        for links in Links::ALL {
            let (fake, mut ring, _) = running_with(links);
            for round in 0..50 {
                let mut kept: Vec<Taken> = Vec::new();
                for number in 0..MAX_TAKEN as u8 {
                    assert!(fake.hear(&frame(number)));
                    kept.push(take(&mut ring));
                }
                // Two are left for the hardware, and no more.
                assert!(fake.hear(&frame(100)) && fake.hear(&frame(101)));
                assert!(!fake.hear(&frame(102)));
                kept.rotate_left(round % MAX_TAKEN);
                for taken in kept {
                    assert_ne!(ring.frame(&taken)[0], 100);
                    ring.release(taken);
                }
                expect_frame(&mut ring, 100);
                expect_frame(&mut ring, 101);
            }
        }
    }

    #[test]
    fn damaged_and_foreign_frames_are_counted_and_cost_nothing() {
        for links in Links::ALL {
            let (fake, mut ring, _) = running_with(links);
            let raw = |first: u32, len: usize| {
                let mut bytes = std::vec![0x5A; len];
                bytes[..4].copy_from_slice(&first.to_le_bytes());
                bytes[8] = 0;
                bytes
            };
            for _ in 0..RECEIVE_COUNT * 3 {
                assert!(fake.hear_with_end_state(&frame(1), 0x01), "bad end state");
                assert!(fake.put(&raw(40 << 16 | 1 << 14, 52)), "HT");
                assert!(fake.put(&raw(1593 << 16, 1600)), "longer than a buffer");
                assert!(fake.put(&raw(3 << 16, 52)), "shorter than a checksum");
                assert!(fake.put(&raw(0xFFF << 16, 1600)), "longest there is");
                (0..5).for_each(|_| expect_lost(&mut ring));
                assert!(ring.take().is_none());
            }
            for end_state in [0x32, 0xF5] {
                assert!(fake.hear_with_end_state(&frame(1), end_state));
                expect_frame(&mut ring, 1);
            }
        }
    }

    #[test]
    fn a_frame_over_several_buffers_is_dropped_whole() {
        for links in Links::ALL {
            let (fake, mut ring, _) = running_with(links);
            for _ in 0..20 {
                assert!(fake.hear(&[0x11; 4000]));
                assert!(fake.hear(&frame(2)));
                expect_lost(&mut ring);
                expect_frame(&mut ring, 2);
                assert!(ring.take().is_none());
            }
        }
    }

    #[test]
    fn a_corrupted_descriptor_costs_frames_and_not_the_ring() {
        for links in Links::ALL {
            // Not the hardware's; without size; a frame that was never there; too long.
            for control in [0, 0x8000_0000, 0xC000_0640, 0xC0FF_F640] {
                for skip in 0..3 {
                    let (fake, mut ring, _) = running_with(links);
                    fake.corrupt_receive_descriptor(skip, control);
                    for number in 0..40 {
                        fake.hear(&frame(number));
                        while let Some(reception) = ring.take() {
                            if let Reception::Frame(taken) = reception {
                                ring.release(taken);
                            }
                        }
                        ring.watch();
                    }
                    assert!(fake.hear(&frame(77)));
                    expect_frame(&mut ring, 77);
                }
            }
        }
    }

    #[test]
    fn an_overflow_is_no_reason_for_a_restart() {
        for links in Links::ALL {
            let (fake, mut ring, _) = running_with(links);
            let heard = (0..20).filter(|&number| fake.hear(&frame(number))).count();
            assert_eq!(heard, RECEIVE_COUNT);
            (0..RECEIVE_COUNT as u8).for_each(|number| expect_frame(&mut ring, number));
            fake.set_word(0x3FF2_0008, 0);
            ring.watch();
            assert_eq!(fake.word(0x3FF2_0008), 0, "not written again");
            // A quiet air is none either.
            ring.watch();
            assert_eq!(fake.word(0x3FF2_0008), 0);
            // But frames that find no buffer, while all are free, are.
            fake.set_word(0x3FF2_019C, 99);
            ring.watch();
            assert_ne!(fake.word(0x3FF2_0008), 0);
        }
    }

    #[test]
    fn a_receiver_that_hears_nobody_for_two_seconds_is_restarted() {
        let (fake, mut ring, _) = running_with(Links::ALL[0]);
        let mut restarts = |frames: &mut dyn FnMut(usize) -> u32| {
            let restarts = (0..60).filter(|&beacon| {
                fake.set_word(0x3FF2_0008, 0);
                fake.set_word(0x3FF2_01C0, frames(beacon));
                ring.watch();
                fake.word(0x3FF2_0008) != 0
            });
            restarts.count()
        };
        assert_eq!(restarts(&mut |beacon| beacon as u32 / 19), 0);
        assert_eq!(
            restarts(&mut |_| 99),
            2,
            "in the 41st interval the third is near"
        );
        assert!(fake.hear(&frame(7)));
        expect_frame(&mut ring, 7);
    }

    #[test]
    fn a_hardware_that_points_nowhere_is_restarted() {
        for links in Links::ALL {
            for nowhere in [0x1234_5678, 0x3FFE_9001] {
                let (fake, mut ring, _) = running_with(links);
                assert!(fake.hear(&frame(1)));
                expect_frame(&mut ring, 1);
                fake.set_word(0x3FF2_0014, nowhere);
                assert!(ring.take().is_none(), "once is no proof");
                expect_lost(&mut ring);
                for _ in 0..3 {
                    assert!(ring.take().is_none(), "the old pointer is none either");
                }
                assert!(fake.hear(&frame(2)));
                expect_frame(&mut ring, 2);
            }
        }
    }

    #[test]
    fn a_restart_keeps_what_was_taken() {
        for links in Links::ALL {
            let (fake, mut ring, _) = running_with(links);
            assert!(fake.hear(&frame(1)));
            let taken = take(&mut ring);
            assert!(fake.hear(&frame(2)));
            ring.restart();
            assert!(ring.take().is_none(), "what was in the ring is lost");
            (0..RECEIVE_COUNT as u8 - 1).for_each(|number| assert!(fake.hear(&frame(number))));
            assert!(!fake.hear(&frame(9)));
            assert_eq!(ring.frame(&taken), frame(1));
            ring.release(taken);
            (0..RECEIVE_COUNT as u8 - 1).for_each(|number| expect_frame(&mut ring, number));
        }
    }
}

mod transmitting {
    use super::*;

    const TO_STATION: Delivery = Delivery::to_station(Rate::Mbps11);

    /// A data frame of 40 bytes to station `number`, without retry bit.
    fn to_station(number: u8) -> Vec<u8> {
        let mut bytes = std::vec![0x5A; 40];
        bytes[..4].copy_from_slice(&[0x08, 0x02, 213, 0]);
        bytes[4..10].copy_from_slice(&[2, 0, 0, 0, 0, number]);
        bytes
    }

    /// Nobody gets anything whose number is here; 0xFF are all.
    struct Asleep(&'static [u8]);

    impl Gate for Asleep {
        fn may_send(&self, receiver: MacAddress) -> bool {
            !self.0.contains(&receiver.0[5])
        }

        fn sends(&mut self, _receiver: MacAddress, more: bool) -> bool {
            more
        }
    }

    fn push(
        transmitter: &mut Transmitter<Fake>,
        queue: Queue,
        delivery: Delivery,
        bytes: &[u8],
    ) -> bool {
        transmitter.push(queue, delivery, bytes.len(), |frame| {
            frame.copy_from_slice(bytes);
        })
    }

    fn poll(fake: &Fake, transmitter: &mut Transmitter<Fake>, now: u64) -> Option<Finished> {
        let finished = transmitter.poll(&Events::take(fake), now);
        transmitter.feed(now, 0x0102_0304_0506_0708, &mut Asleep(&[]));
        finished
    }

    #[track_caller]
    fn sending(fake: &Fake) -> Sending {
        fake.sending().expect("something should be on the air")
    }

    #[test]
    fn a_frame_goes_out_as_it_was_written_and_is_reported() {
        let (fake, _ring, mut transmitter) = running();
        assert!(push(
            &mut transmitter,
            Queue::Data,
            TO_STATION,
            &to_station(7)
        ));
        assert_eq!(poll(&fake, &mut transmitter, 0), None);
        let sent = sending(&fake);
        assert_eq!(sent.frame, to_station(7));
        assert_eq!((sent.rate_code, sent.duration), (3, 213));
        assert!(sent.wants_acknowledgement);
        fake.report(SENT);
        let finished = Finished {
            queue: Queue::Data,
            receiver: Some(MacAddress([2, 0, 0, 0, 0, 7])),
            retries: 0,
            sent: true,
        };
        assert_eq!(poll(&fake, &mut transmitter, 1_000), Some(finished));
        assert_eq!(fake.sending(), None);
        assert_eq!(transmitter.counters().sent, 1);
        assert_eq!(transmitter.next_deadline(), None);
    }

    #[test]
    fn beacons_go_before_answers_and_answers_before_data() {
        let (fake, _ring, mut transmitter) = running();
        push(&mut transmitter, Queue::Data, TO_STATION, &to_station(1));
        push(&mut transmitter, Queue::Data, TO_STATION, &to_station(2));
        push(
            &mut transmitter,
            Queue::Management,
            TO_STATION,
            &to_station(3),
        );
        push(
            &mut transmitter,
            Queue::Beacon,
            Delivery::GROUP,
            &to_station(4),
        );
        let mut order = Vec::new();
        poll(&fake, &mut transmitter, 0);
        while let Some(sent) = fake.sending() {
            order.push(sent.frame[9]);
            fake.report(SENT);
            poll(&fake, &mut transmitter, 0);
        }
        assert_eq!(order, [4, 3, 1, 2]);
    }

    #[test]
    fn a_frame_for_one_that_sleeps_lets_the_others_pass() {
        let (fake, _ring, mut transmitter) = running();
        for (number, byte) in [(1, 0xA1), (2, 0xA2), (1, 0xA3)] {
            let frame = to_station(number);
            let buffer = transmitter.vacant().expect("room");
            buffer[..frame.len()].copy_from_slice(&frame);
            buffer[30] = byte;
            transmitter.commit(frame.len(), TO_STATION, &Asleep(&[]));
        }
        assert!(transmitter.has_data_for(MacAddress([2, 0, 0, 0, 0, 1])));
        let sent = |transmitter: &mut Transmitter<Fake>, mut gate: Asleep| {
            transmitter.feed(0, 0, &mut gate);
            let sent = fake.sending()?;
            fake.report(SENT);
            assert!(transmitter.poll(&Events::take(&fake), 0).unwrap().sent);
            // Which, and whether it says that more are waiting.
            Some((sent.frame[30], sent.frame[1] & 0x20 != 0))
        };
        assert_eq!(sent(&mut transmitter, Asleep(&[1])), Some((0xA2, false)));
        assert_eq!(sent(&mut transmitter, Asleep(&[1])), None);
        // In the order in which they came.
        assert_eq!(sent(&mut transmitter, Asleep(&[])), Some((0xA1, true)));
        assert_eq!(sent(&mut transmitter, Asleep(&[])), Some((0xA3, false)));
    }

    #[test]
    fn frames_held_back_leave_room_and_are_given_up_after_two_seconds() {
        let (_fake, _ring, mut transmitter) = running();
        let gate = Asleep(&[1]);
        let give = |transmitter: &mut Transmitter<Fake>, number: u8| {
            let buffer = transmitter.vacant().expect("room");
            buffer[..40].copy_from_slice(&to_station(number));
            transmitter.commit(40, TO_STATION, &gate);
        };
        for _ in 0..9 {
            give(&mut transmitter, 1);
        }
        assert_eq!(transmitter.counters().failures, 7, "two are held");
        give(&mut transmitter, 2);
        for beacon in 1..=20 {
            assert!(
                transmitter.has_data_for(MacAddress([2, 0, 0, 0, 0, 1])),
                "{beacon}"
            );
            transmitter.age(&gate);
        }
        assert!(!transmitter.has_data_for(MacAddress([2, 0, 0, 0, 0, 1])));
        assert!(transmitter.has_data_for(MacAddress([2, 0, 0, 0, 0, 2])));
        assert_eq!(transmitter.counters().failures, 9);
    }

    #[test]
    fn a_timestamp_is_set_when_the_frame_goes_out() {
        let (fake, _ring, mut transmitter) = running();
        let delivery = Delivery::GROUP.with_timestamp();
        push(&mut transmitter, Queue::Beacon, delivery, &to_station(1));
        poll(&fake, &mut transmitter, 0);
        let sent = sending(&fake);
        assert_eq!(sent.frame[24..32], [8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(sent.frame[32..], to_station(1)[32..]);
        assert_eq!(sent.rate_code, 0);
        assert!(!sent.wants_acknowledgement);
    }

    #[test]
    fn what_nobody_acknowledges_is_sent_eight_times_slower_and_with_growing_windows() {
        let (fake, _ring, mut transmitter) = running();
        push(&mut transmitter, Queue::Data, TO_STATION, &to_station(1));
        poll(&fake, &mut transmitter, 0);
        for attempt in 0..8 {
            let sent = sending(&fake);
            let mut expected = to_station(1);
            expected[1] |= if attempt > 0 { 0x08 } else { 0 };
            // 11, 5.5, 2 and 1 Mbit/s, and how long the acknowledgement takes at each.
            let (code, duration) = [(3, 213), (2, 223), (1, 258), (0, 314)][attempt / 2];
            assert_eq!((sent.rate_code, sent.duration), (code, duration));
            expected[2..4].copy_from_slice(&(duration as u16).to_le_bytes());
            assert_eq!(sent.frame, expected, "attempt {attempt}");
            assert!(sent.backoff < (16 << attempt).min(1024));
            fake.report([NO_ACKNOWLEDGEMENT, NO_CTS][attempt % 2]);
            let finished = poll(&fake, &mut transmitter, 0);
            assert_eq!(finished.is_some(), attempt == 7);
            assert!(finished.is_none_or(|f| !f.sent && f.retries <= 7));
        }
        assert_eq!(fake.sending(), None);
        let counters = transmitter.counters();
        assert_eq!(
            (counters.sent, counters.retries, counters.failures),
            (0, 7, 1)
        );
    }

    #[test]
    fn a_late_acknowledgement_ends_the_retries() {
        let (fake, _ring, mut transmitter) = running();
        push(&mut transmitter, Queue::Data, TO_STATION, &to_station(1));
        poll(&fake, &mut transmitter, 0);
        (0..3).for_each(|_| {
            fake.report(NO_ACKNOWLEDGEMENT);
            assert_eq!(poll(&fake, &mut transmitter, 0), None);
        });
        fake.report(SENT);
        assert!(poll(&fake, &mut transmitter, 0).unwrap().sent);
        // The next frame starts without the retry bit, from the same memory.
        for number in 0..DATA_COUNT as u8 {
            push(
                &mut transmitter,
                Queue::Data,
                TO_STATION,
                &to_station(number),
            );
            poll(&fake, &mut transmitter, 0);
            assert_eq!(sending(&fake).frame, to_station(number));
            fake.report(SENT);
            poll(&fake, &mut transmitter, 0);
        }
    }

    #[test]
    fn group_frames_are_sent_once_whatever_is_reported() {
        let (fake, _ring, mut transmitter) = running();
        push(
            &mut transmitter,
            Queue::Data,
            Delivery::GROUP,
            &to_station(1),
        );
        poll(&fake, &mut transmitter, 0);
        fake.report(NO_CTS);
        assert!(!poll(&fake, &mut transmitter, 0).unwrap().sent);
        assert_eq!(fake.sending(), None);
    }

    #[test]
    fn a_frame_that_waited_too_long_for_the_medium_is_given_up() {
        let (fake, _ring, mut transmitter) = running();
        push(&mut transmitter, Queue::Data, TO_STATION, &to_station(1));
        push(&mut transmitter, Queue::Data, TO_STATION, &to_station(2));
        poll(&fake, &mut transmitter, 0);
        fake.expire();
        assert!(!poll(&fake, &mut transmitter, 0).unwrap().sent);
        assert_eq!(fake.word(0x3FF2_0CC0), 0, "written back");
        assert_eq!(sending(&fake).frame, to_station(2));
    }

    #[test]
    fn a_silent_hardware_loses_the_frame_and_not_the_transmitter() {
        let (fake, _ring, mut transmitter) = running();
        push(&mut transmitter, Queue::Data, TO_STATION, &to_station(1));
        push(&mut transmitter, Queue::Data, TO_STATION, &to_station(2));
        poll(&fake, &mut transmitter, 1_000);
        let patience = transmitter.next_deadline().unwrap();
        assert_eq!(poll(&fake, &mut transmitter, patience - 1), None);
        assert_eq!(fake.word(0x3FF2_0C74), 0);

        assert_eq!(poll(&fake, &mut transmitter, patience), None);
        assert_eq!(fake.word(0x3FF2_0C74), 0xC000_0000, "transmission is held");
        assert!(fake.sending().is_some(), "not withdrawn yet");
        assert_eq!(transmitter.next_deadline(), Some(patience + 34));
        assert_eq!(poll(&fake, &mut transmitter, patience + 33), None);

        let finished = poll(&fake, &mut transmitter, patience + 34).unwrap();
        assert!(!finished.sent);
        assert_eq!(fake.word(0x3FF2_0C74), 0, "no longer held");
        assert_eq!(sending(&fake).frame, to_station(2));
    }

    #[test]
    fn a_report_while_withdrawing_counts() {
        for (result, sent) in [(SENT, true), (NO_ACKNOWLEDGEMENT, false)] {
            let (fake, _ring, mut transmitter) = running();
            push(&mut transmitter, Queue::Data, TO_STATION, &to_station(1));
            poll(&fake, &mut transmitter, 0);
            poll(&fake, &mut transmitter, 1_000_000);
            fake.report(result);
            let finished = poll(&fake, &mut transmitter, 1_000_010).unwrap();
            assert_eq!(finished.sent, sent, "and it is not sent again");
            assert_eq!(fake.word(0x3FF2_0C74), 0);
        }
    }

    #[test]
    fn a_report_about_another_slot_or_about_nothing_is_ignored() {
        let (fake, _ring, mut transmitter) = running();
        fake.raise(19);
        assert_eq!(poll(&fake, &mut transmitter, 0), None);
        push(&mut transmitter, Queue::Data, TO_STATION, &to_station(1));
        poll(&fake, &mut transmitter, 0);
        fake.set_word(0x3FF2_0C84, 3 << 8);
        fake.raise(19);
        assert_eq!(poll(&fake, &mut transmitter, 0), None);
        assert!(fake.sending().is_some());
    }

    #[test]
    fn queues_are_bounded_and_forwarded_frames_leave_room_for_ours() {
        let (_fake, _ring, mut transmitter) = running();
        let mut room = |queue| {
            let frame = to_station(1);
            (0..100)
                .take_while(|_| push(&mut transmitter, queue, TO_STATION, &frame))
                .count()
        };
        assert_eq!(room(Queue::Beacon), 1);
        assert_eq!(room(Queue::Management), MANAGEMENT_COUNT);
        assert_eq!(room(Queue::Data), DATA_COUNT - 1);
        assert!(transmitter.vacant().is_some());
        transmitter.commit(40, TO_STATION, &Asleep(&[]));
        assert!(transmitter.vacant().is_none());
        assert_eq!(transmitter.counters().failures, 3);
    }

    #[test]
    fn the_longest_frame_fits_and_a_longer_one_is_refused() {
        let (fake, _ring, mut transmitter) = running();
        let mut longest = to_station(1);
        longest.resize(data::MAX_FRAME_LEN, 0x77);
        assert!(push(&mut transmitter, Queue::Data, TO_STATION, &longest));
        poll(&fake, &mut transmitter, 0);
        assert_eq!(sending(&fake).frame, longest);
        longest.push(0);
        assert!(!push(&mut transmitter, Queue::Data, TO_STATION, &longest));
        assert!(!push(
            &mut transmitter,
            Queue::Management,
            TO_STATION,
            &longest
        ));
    }
}
