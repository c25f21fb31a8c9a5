//! Two senders on one channel.

use super::*;

/// Sends `left` frames with a fixed back-off, and notes when.
struct Talker {
    left: u32,
    backoff: u32,
    acknowledges: bool,
    started: Vec<u64>,
    outcomes: Vec<bool>,
    heard: usize,
    damaged: usize,
    ready: Time,
}

impl Talker {
    fn new(left: u32, backoff: u32) -> Talker {
        Talker {
            left,
            backoff,
            acknowledges: true,
            started: Vec::new(),
            outcomes: Vec::new(),
            heard: 0,
            damaged: 0,
            ready: Time::default(),
        }
    }
}

impl Radio for Talker {
    fn request(&self) -> Option<Request> {
        (self.left > 0).then_some(Request {
            ready: self.ready,
            backoff: self.backoff,
        })
    }
    fn start(&mut self, at: Time) -> Option<Frame> {
        self.left -= 1;
        self.started.push(at.as_micros());
        Some(Frame {
            bytes: vec![0x08; 96],
            rate: Rate::MBIT_1,
            expects_ack: true,
            signal: -40,
        })
    }
    fn sent(&mut self, acknowledged: bool, at: Time) {
        self.outcomes.push(acknowledged);
        self.ready = at;
    }
    fn receive(&mut self, frame: &Frame, _at: Time) -> Option<Rate> {
        self.heard += 1;
        self.acknowledges.then_some(frame.rate.answer())
    }
    fn receive_damaged(&mut self, _at: Time) {
        self.damaged += 1;
    }
}

fn run(medium: &mut Medium, one: &mut Talker, other: &mut Talker) {
    loop {
        let at = medium.next_event([one.request(), other.request()].into_iter());
        if at == Time::NEVER {
            return;
        }
        medium.step(at, &mut [one, other]);
    }
}

#[test]
fn a_frame_waits_for_quiet_takes_its_airtime_and_its_ack() {
    let (mut one, mut other) = (Talker::new(2, 0), Talker::new(0, 0));
    run(&mut Medium::new(1), &mut one, &mut other);
    // DIFS 50; the frame 192 + 800; SIFS 10 and ACK 304; DIFS again.
    assert_eq!(one.started, [50, 50 + 992 + 314 + 50]);
    assert_eq!(one.outcomes, [true, true]);
    assert_eq!(other.heard, 2);
}

#[test]
fn back_off_stands_still_while_another_one_sends() {
    let (mut one, mut other) = (Talker::new(1, 2), Talker::new(1, 5));
    run(&mut Medium::new(1), &mut one, &mut other);
    let end = 90 + 992 + 314;
    assert_eq!(one.started, [90]);
    // Two of its five slots had passed.
    assert_eq!(other.started, [end + 50 + 60]);
}

#[test]
fn nobody_answers_is_told_after_the_timeout() {
    let (mut one, mut other) = (Talker::new(2, 0), Talker::new(0, 0));
    other.acknowledges = false;
    run(&mut Medium::new(1), &mut one, &mut other);
    assert_eq!(one.outcomes, [false, false]);
    assert_eq!(one.started[1], 50 + 992 + 10 + 20 + 304 + 50);
}

#[test]
fn bad_air_loses_and_damages_frames_the_same_way_for_the_same_seed() {
    let play = |seed| {
        let mut medium = Medium::new(seed);
        medium.conditions = Conditions {
            loss: 0.3,
            damage: 0.2,
        };
        let (mut one, mut other) = (Talker::new(200, 3), Talker::new(0, 0));
        run(&mut medium, &mut one, &mut other);
        (one.outcomes, other.heard, other.damaged)
    };
    let (outcomes, heard, damaged) = play(7);
    assert!(heard < 150 && damaged > 10);
    // Some ACKs were lost too.
    let acknowledged = outcomes.iter().filter(|outcome| **outcome).count();
    assert!(acknowledged < heard && acknowledged > 40);
    assert_eq!(play(7), (outcomes.clone(), heard, damaged));
    assert_ne!(play(8).0, outcomes);
}
