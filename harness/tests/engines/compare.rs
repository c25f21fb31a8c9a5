//! What a station hears of each engine while it joins, field by field.
//!
//! What differs is listed here and reasoned in docs/vendor-engine.md; everything else must be equal.

use std::collections::BTreeMap;

use d1_emulator::air::StationConfig;
use d1_harness::beacons::Beacons;
use d1_harness::{Bench, Images, Server, Wait};

const BEACON: u8 = 0x80;
const PROBE_RESPONSE: u8 = 0x50;
const AUTHENTICATION: u8 = 0xB0;
const ASSOCIATION_RESPONSE: u8 = 0x10;

/// Elements (IEEE 802.11-2016 table 9-77).
const RATES: u8 = 1;
const TRAFFIC: u8 = 5;
const COUNTRY: u8 = 7;
const ERP: u8 = 42;
const EXTENDED_RATES: u8 = 50;

/// A frame taken apart.
struct Taken {
    /// Header and fixed fields.
    fixed: Vec<u8>,
    /// Elements by number.
    elements: BTreeMap<u8, Vec<u8>>,
}

impl Taken {
    fn of(frame: &[u8]) -> Taken {
        const HEADER: usize = 24;
        let fixed_len = HEADER
            + match frame[0] {
                BEACON | PROBE_RESPONSE => 12,
                _ => 6,
            };
        let (fixed, mut rest) = frame.split_at(fixed_len);
        let mut elements = BTreeMap::new();
        while let [number, len, more @ ..] = rest {
            let (value, next) = more.split_at(usize::from(*len));
            elements.insert(*number, value.to_vec());
            rest = next;
        }
        Taken {
            fixed: fixed.to_vec(),
            elements,
        }
    }

    /// All rates, in order.
    fn rates(&self) -> Vec<u8> {
        let elements = [RATES, EXTENDED_RATES].map(|number| self.elements[&number].clone());
        let mut rates = elements.concat();
        rates.sort_by_key(|rate| rate & 0x7F);
        rates
    }

    /// Elements that both engines fill alike, or should.
    fn others(&self) -> BTreeMap<u8, Vec<u8>> {
        let mut elements = self.elements.clone();
        elements.retain(|number, _| ![RATES, EXTENDED_RATES, COUNTRY, ERP].contains(number));
        elements
    }
}

/// The last frame of each kind that a station hears while it joins.
fn heard(images: &Images) -> BTreeMap<u8, Taken> {
    let mut bench = Bench::power_on(&images.flash, Server::of(&images.user1, &images.user2));
    let air = Beacons::listen(&mut bench);
    bench.join();
    // The first may have joined without an answer to its probe requests: it hears beacons too.
    let mac = [0x02, 0xd1, 0, 0, 0, 2];
    let second = bench.machine.air().add_station(StationConfig {
        mac,
        ..StationConfig::default()
    });
    bench.until("a second station to join", Wait::BOOT, |bench| {
        bench.machine.air().station(second).association().is_some()
    });
    bench.pass(Wait(300));
    [BEACON, PROBE_RESPONSE, AUTHENTICATION, ASSOCIATION_RESPONSE]
        .into_iter()
        .map(|kind| {
            (
                kind,
                Taken::of(&air.frames(kind).last().expect("it was sent").frame),
            )
        })
        .collect()
}

#[test]
fn stations_hear_the_same_of_both_engines_but_for_what_is_listed() {
    let Some(vendor) = Images::load_vendor() else {
        return;
    };
    let (vendor, ours) = (heard(&vendor), heard(&Images::load()));
    for kind in [BEACON, PROBE_RESPONSE, AUTHENTICATION, ASSOCIATION_RESPONSE] {
        let (vendor, ours) = (&vendor[&kind], &ours[&kind]);
        // Kind and addresses. Duration differs by the rate that the answer is expected at, and sequence numbers
        // by what was sent before.
        assert_eq!(vendor.fixed[..2], ours.fixed[..2], "{kind:#x}");
        assert_eq!(vendor.fixed[4..22], ours.fixed[4..22], "{kind:#x}");
        // Name, channel.
        assert_eq!(vendor.others(), ours.others(), "{kind:#x}");
        if kind != AUTHENTICATION {
            assert_eq!(vendor.rates(), ours.rates(), "{kind:#x}");
        }
    }
    // Interval and capabilities: ours allows short preambles too (0x20).
    for kind in [BEACON, PROBE_RESPONSE] {
        let (vendor, ours) = (&vendor[&kind], &ours[&kind]);
        assert_eq!(vendor.fixed[32..], [100, 0, 0x01, 0]);
        assert_eq!(ours.fixed[32..], [100, 0, 0x21, 0]);
        assert!(vendor.elements.contains_key(&COUNTRY) && !ours.elements.contains_key(&COUNTRY));
        assert!(ours.elements.contains_key(&ERP) && !vendor.elements.contains_key(&ERP));
    }
    // Nobody sleeps, so no traffic waits.
    assert_eq!(ours[&BEACON].elements[&TRAFFIC], [0, 1, 0, 0, 0]);
    // Algorithm, step, status; capabilities, status, identifier.
    assert_eq!(
        vendor[&AUTHENTICATION].fixed[24..],
        ours[&AUTHENTICATION].fixed[24..]
    );
    let joined = |engine: &BTreeMap<u8, Taken>| engine[&ASSOCIATION_RESPONSE].fixed[26..].to_vec();
    assert_eq!(joined(&vendor), joined(&ours));
}
