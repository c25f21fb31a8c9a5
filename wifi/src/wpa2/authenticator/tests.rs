//! The authenticator as stations meet it.

use std::sync::OnceLock;
use std::vec;
use std::vec::Vec;

use aes_kw::KekAes128;
use proptest::prelude::*;

use super::*;
use crate::wpa2::session::{MAX_TRIES, PATIENCE};
use crate::wpa2::Passphrase;
use crate::Ssid;

const ACCESS_POINT: MacAddress = MacAddress([0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A]);
const PASSPHRASE: &str = "correct horse";
const SSID: &[u8] = b"D1-OTA-DDEE0A";

fn address(number: u8) -> MacAddress {
    MacAddress([2, 0, 0, 0, 0, number])
}

fn element() -> rsn::Repr {
    rsn::Repr::parse(&rsn::OURS[2..]).unwrap()
}

/// What the authenticator had done.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Order {
    Send(MacAddress, Vec<u8>),
    SetKey(usize, MacAddress, TemporalKey),
    Open(usize, MacAddress),
    Close(usize, MacAddress),
    SetGroupKey(u8, TemporalKey),
    Expel(MacAddress, u16),
}

#[derive(Default)]
struct Orders {
    list: Vec<Order>,
    random: u32,
}

impl Port for Orders {
    fn send(&mut self, station: MacAddress, len: usize, fill: impl FnOnce(&mut [u8])) {
        let mut frame = vec![0xA5; len];
        fill(&mut frame);
        self.list.push(Order::Send(station, frame));
    }

    fn set_key(&mut self, place: usize, station: MacAddress, key: &TemporalKey) {
        self.list.push(Order::SetKey(place, station, *key));
    }

    fn open(&mut self, place: usize, station: MacAddress, _key: &TemporalKey) {
        self.list.push(Order::Open(place, station));
    }

    fn close(&mut self, place: usize, station: MacAddress) {
        self.list.push(Order::Close(place, station));
    }

    fn set_group_key(&mut self, id: u8, key: &TemporalKey) {
        self.list.push(Order::SetGroupKey(id, *key));
    }

    fn group_sequence(&self) -> u64 {
        0x1234
    }

    fn expel(&mut self, station: MacAddress, reason: u16) {
        self.list.push(Order::Expel(station, reason));
    }

    fn random(&mut self) -> u32 {
        self.random += 1;
        self.random
    }
}

/// The authenticator, and all it ordered since the last look.
struct World {
    authenticator: Authenticator,
    orders: Orders,
    now: u64,
}

impl World {
    fn new() -> World {
        World {
            authenticator: Authenticator::new(ACCESS_POINT, pmk(PASSPHRASE)),
            orders: Orders::default(),
            now: 0,
        }
    }

    /// After the first poll; returns the group key.
    fn ready() -> (World, TemporalKey) {
        let mut world = World::new();
        world.authenticator.poll(0, &mut world.orders);
        let orders = world.orders();
        let [Order::SetGroupKey(1, key)] = orders[..] else {
            panic!("{orders:?}")
        };
        (world, key)
    }

    fn orders(&mut self) -> Vec<Order> {
        core::mem::take(&mut self.orders.list)
    }

    /// The one frame that was sent since the last look.
    #[track_caller]
    fn sent(&mut self) -> Vec<u8> {
        let orders = self.orders();
        let [Order::Send(_, frame)] = &orders[..] else {
            panic!("{orders:?}")
        };
        frame.clone()
    }

    #[track_caller]
    fn expect(&mut self, expected: &[Order]) {
        assert_eq!(self.orders(), expected);
    }

    fn join(&mut self, number: u8) {
        self.authenticator
            .join(address(number), element(), self.now, &mut self.orders);
    }

    fn receive(&mut self, number: u8, bytes: &[u8]) {
        self.authenticator
            .receive(address(number), bytes, self.now, &mut self.orders);
    }

    fn wait(&mut self, time: u64) {
        self.now += time;
        self.authenticator.poll(self.now, &mut self.orders);
    }

    fn refused(&self) -> u32 {
        self.authenticator.counters().refused
    }

    /// Lets a station go through the whole handshake.
    fn admit(&mut self, number: u8) -> Guest {
        let mut guest = Guest::new(number, PASSPHRASE);
        self.join(number);
        let message_1 = self.sent();
        self.receive(number, &guest.message_2(&message_1));
        let orders = self.orders();
        let Some(Order::Send(_, message_3)) = orders.last() else {
            panic!("{orders:?}")
        };
        let message_4 = guest.message_4(message_3);
        self.receive(number, &message_4);
        assert!(self.authenticator.is_open(address(number)));
        self.orders();
        guest
    }
}

/// The other side of the handshakes.
struct Guest {
    address: MacAddress,
    pmk: Pmk,
    keys: Option<PairwiseKeys>,
    group: Option<(u8, Vec<u8>)>,
}

impl Guest {
    fn new(number: u8, passphrase: &'static str) -> Guest {
        Guest {
            address: address(number),
            pmk: pmk(passphrase),
            keys: None,
            group: None,
        }
    }

    fn message_2(&mut self, message_1: &[u8]) -> Vec<u8> {
        self.message_2_with(message_1, &rsn::OURS)
    }

    fn message_2_with(&mut self, message_1: &[u8], element: &[u8]) -> Vec<u8> {
        let said = said(message_1);
        assert_eq!(said.information, Information::MESSAGE_1);
        let nonce = [0x77; NONCE_LEN];
        let keys = PairwiseKeys::derive(
            &self.pmk,
            [self.address, ACCESS_POINT],
            [&nonce, &said.nonce],
        );
        let answer = answer(
            Repr {
                information: Information::MESSAGE_2,
                nonce,
                data: element,
                ..said
            },
            &keys,
        );
        self.keys = Some(keys);
        answer
    }

    fn message_4(&mut self, message_3: &[u8]) -> Vec<u8> {
        self.group_answer(message_3, Information::MESSAGE_3, Information::MESSAGE_4)
    }

    fn group_2(&mut self, group_1: &[u8]) -> Vec<u8> {
        self.group_answer(group_1, Information::GROUP_1, Information::GROUP_2)
    }

    fn group_answer(&mut self, bytes: &[u8], wanted: Information, reply: Information) -> Vec<u8> {
        let keys = self.keys.clone().unwrap();
        assert!(KeyFrame::new_checked(bytes)
            .unwrap()
            .is_signed_by(&keys.confirmation));
        let said = said(bytes);
        assert_eq!(said.information, wanted);
        let mut plain = vec![0; said.data.len() - 8];
        KekAes128::from(keys.encryption)
            .unwrap(said.data, &mut plain)
            .unwrap();
        if wanted == Information::MESSAGE_3 {
            assert_eq!(plain[..22], rsn::OURS);
            plain.drain(..22);
        }
        assert_eq!(plain[..6], [0xDD, 22, 0x00, 0x0F, 0xAC, 1]);
        self.group = Some((plain[6], plain[8..24].to_vec()));
        answer(
            Repr {
                information: reply,
                key_len: 0,
                nonce: [0; NONCE_LEN],
                receive_sequence: 0,
                data: &[],
                ..said
            },
            &keys,
        )
    }
}

/// The master key. That of [`PASSPHRASE`] is derived once for all tests.
fn pmk(passphrase: &'static str) -> Pmk {
    static KNOWN: OnceLock<Pmk> = OnceLock::new();
    let derive = || {
        let passphrase = Passphrase::new(passphrase).unwrap();
        Pmk::derive(passphrase, &Ssid::new(SSID).unwrap())
    };
    match passphrase {
        PASSPHRASE => KNOWN.get_or_init(derive).clone(),
        _ => derive(),
    }
}

fn said(bytes: &[u8]) -> Repr<'_> {
    Repr::parse(&KeyFrame::new_checked(bytes).unwrap())
}

fn answer(repr: Repr<'_>, keys: &PairwiseKeys) -> Vec<u8> {
    let mut bytes = vec![0; repr.buffer_len()];
    repr.emit(&mut bytes);
    key_frame::sign(&mut bytes, &keys.confirmation);
    bytes
}

#[test]
fn a_station_that_knows_the_key_gets_all_keys() {
    let (mut world, group) = World::ready();
    let mut guest = Guest::new(1, PASSPHRASE);
    world.join(1);
    let message_1 = world.sent();
    world.receive(1, &guest.message_2(&message_1));
    let orders = world.orders();
    let [Order::SetKey(0, station, key), Order::Send(_, message_3)] = &orders[..] else {
        panic!("{orders:?}")
    };
    assert_eq!(*station, address(1));
    assert_eq!(*key, guest.keys.as_ref().unwrap().temporal);
    assert_eq!(said(message_3).receive_sequence, 0x1234);
    assert!(!world.authenticator.is_open(address(1)));
    let message_4 = guest.message_4(message_3);
    assert_eq!(guest.group, Some((1, group.to_vec())));
    world.receive(1, &message_4);
    world.expect(&[Order::Open(0, address(1))]);
    assert!(world.authenticator.is_open(address(1)));
    assert_eq!(
        world.authenticator.counters(),
        Counters {
            opened: 1,
            ..Counters::default()
        }
    );
}

#[test]
fn a_station_with_another_key_is_never_sent_message_3_and_goes() {
    let (mut world, _) = World::ready();
    let mut guest = Guest::new(1, "wrong horse");
    world.join(1);
    let mut message_1 = world.sent();
    for _ in 1..MAX_TRIES {
        world.receive(1, &guest.message_2(&message_1));
        world.expect(&[]);
        world.wait(PATIENCE);
        message_1 = world.sent();
    }
    world.wait(PATIENCE);
    world.expect(&[Order::Expel(address(1), 15)]);
    let counters = world.authenticator.counters();
    assert_eq!(
        (counters.wrong_keys, counters.timeouts),
        (u32::from(MAX_TRIES) - 1, 1)
    );
    assert!(!world.authenticator.is_open(address(1)));
}

#[test]
fn stations_that_come_before_the_master_key_is_derived_wait_for_it() {
    let mut world = World::new();
    world.join(1);
    world.join(2);
    world.expect(&[]);
    while world.authenticator.next_deadline() == 0 {
        world.wait(3_000);
    }
    let orders = world.orders();
    assert!(matches!(orders[0], Order::SetGroupKey(1, _)));
    let begun: Vec<_> = orders[1..]
        .iter()
        .map(|order| match order {
            Order::Send(station, _) => *station,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(begun, [address(1), address(2)]);
}

#[test]
fn an_answer_to_any_copy_of_a_message_counts_once() {
    let (mut world, _) = World::ready();
    let mut guest = Guest::new(1, PASSPHRASE);
    world.join(1);
    let first = world.sent();
    world.wait(PATIENCE);
    let second = world.sent();
    assert_eq!(said(&first).nonce, said(&second).nonce);
    assert_ne!(said(&first).replay_counter, said(&second).replay_counter);
    let message_2 = guest.message_2(&first);
    world.receive(1, &message_2);
    assert_eq!(world.orders().len(), 2);
    // It came again, and so did its answer to the other copy.
    world.receive(1, &message_2);
    world.receive(1, &guest.message_2(&second));
    world.expect(&[]);
    assert_eq!(world.refused(), 2);
}

#[test]
fn nothing_that_is_repeated_sets_a_key_again() {
    let (mut world, _) = World::ready();
    let mut guest = Guest::new(1, PASSPHRASE);
    world.join(1);
    let message_1 = world.sent();
    let message_2 = guest.message_2(&message_1);
    world.receive(1, &message_2);
    let Some(Order::Send(_, message_3)) = world.orders().pop() else {
        panic!("no message 3")
    };
    // The station's answer is lost: message 3 is repeated with the same nonce and key.
    world.wait(PATIENCE);
    let again = world.sent();
    assert_eq!(said(&again).nonce, said(&message_3).nonce);
    let message_4 = guest.message_4(&again);
    world.receive(1, &message_4);
    world.expect(&[Order::Open(0, address(1))]);
    for bytes in [&message_2, &message_4, &guest.message_4(&message_3)] {
        world.receive(1, bytes);
    }
    world.expect(&[]);
    assert_eq!(world.refused(), 3);
}

#[test]
fn a_station_that_joins_again_starts_from_nothing() {
    let (mut world, _) = World::ready();
    world.admit(1);
    world.join(1);
    let orders = world.orders();
    assert!(
        matches!(orders[..], [Order::Close(0, _), Order::Send(..)]),
        "{orders:?}"
    );
    assert!(!world.authenticator.is_open(address(1)));
}

#[test]
fn another_element_than_that_of_the_association_ends_it() {
    let (mut world, _) = World::ready();
    let mut guest = Guest::new(1, PASSPHRASE);
    world.join(1);
    let message_1 = world.sent();
    let mut changed = rsn::OURS;
    changed[20] = 1;
    world.receive(1, &guest.message_2_with(&message_1, &changed));
    world.expect(&[Order::Expel(address(1), 17)]);
}

#[test]
fn forged_cut_and_misplaced_frames_are_refused_and_counted() {
    let (mut world, _) = World::ready();
    let mut guest = Guest::new(1, PASSPHRASE);
    world.join(1);
    let message_1 = world.sent();
    let message_2 = guest.message_2(&message_1);
    let mut refused = 0;
    let mut expect_refusal = |world: &mut World, number: u8, bytes: &[u8]| {
        world.receive(number, bytes);
        refused += 1;
        world.expect(&[]);
        assert_eq!(world.refused(), refused);
    };
    for len in 0..message_2.len() {
        expect_refusal(&mut world, 1, &message_2[..len]);
    }
    expect_refusal(&mut world, 2, &message_2);
    expect_refusal(&mut world, 1, &message_1);
    let mut forged = message_2.clone();
    forged[17] ^= 1;
    expect_refusal(&mut world, 1, &forged);
    let mut late = said(&message_2);
    late.replay_counter += 1;
    let late = answer(late, guest.keys.as_ref().unwrap());
    expect_refusal(&mut world, 1, &late);
    // And the right one is still taken.
    world.receive(1, &message_2);
    assert_eq!(world.orders().len(), 2);
}

#[test]
fn a_new_group_key_is_used_once_everybody_has_it() {
    let (mut world, old) = World::ready();
    let (mut one, mut two) = (world.admit(1), world.admit(2));
    world.wait(GROUP_KEY_LIFETIME);
    let orders = world.orders();
    let [Order::Send(_, to_one), Order::Send(_, to_two)] = &orders[..] else {
        panic!("{orders:?}")
    };
    assert!(world.authenticator.is_open(address(1)), "data flows on");
    let answer = one.group_2(to_one);
    world.receive(1, &answer);
    world.wait(1);
    world.expect(&[]);
    let answer = two.group_2(to_two);
    world.receive(2, &answer);
    world.wait(1);
    let orders = world.orders();
    let [Order::SetGroupKey(2, new)] = orders[..] else {
        panic!("{orders:?}")
    };
    assert_ne!(new, old);
    assert_eq!(one.group, Some((2, new.to_vec())));
    assert_eq!(one.group, two.group);
    assert_eq!(said(to_one).receive_sequence, 0);
}

#[test]
fn who_does_not_take_the_new_group_key_goes_and_the_others_stay() {
    let (mut world, _) = World::ready();
    let mut one = world.admit(1);
    world.admit(2);
    world.wait(GROUP_KEY_LIFETIME);
    let orders = world.orders();
    let Order::Send(_, to_one) = &orders[0] else {
        panic!("{orders:?}")
    };
    world.receive(1, &one.group_2(to_one));
    for _ in 1..MAX_TRIES {
        world.wait(PATIENCE);
        assert_eq!(said(&world.sent()).information, Information::GROUP_1);
    }
    world.wait(PATIENCE);
    let orders = world.orders();
    assert!(
        matches!(
            orders[..],
            [
                Order::Close(1, _),
                Order::Expel(_, 16),
                Order::SetGroupKey(2, _)
            ]
        ),
        "{orders:?}"
    );
    assert!(world.authenticator.is_open(address(1)));
}

#[test]
fn a_station_that_got_the_old_group_key_while_it_changed_gets_the_new_one_too() {
    let (mut world, _) = World::ready();
    world.admit(1);
    let mut two = Guest::new(2, PASSPHRASE);
    world.now = GROUP_KEY_LIFETIME - 1;
    world.join(2);
    let message_1 = world.sent();
    world.receive(2, &two.message_2(&message_1));
    let Some(Order::Send(_, message_3)) = world.orders().pop() else {
        panic!("no message 3")
    };
    world.wait(1);
    world.orders();
    let message_4 = two.message_4(&message_3);
    assert_eq!(two.group.as_ref().map(|group| group.0), Some(1));
    world.receive(2, &message_4);
    let orders = world.orders();
    let [Order::Open(1, _), Order::Send(_, group_1)] = &orders[..] else {
        panic!("{orders:?}")
    };
    two.group_2(group_1);
    assert_eq!(two.group.as_ref().map(|group| group.0), Some(2));
}

#[test]
fn more_stations_than_places_are_left_without_keys() {
    let (mut world, _) = World::ready();
    for number in 0..MAX_STATIONS as u8 {
        world.join(number);
    }
    assert_eq!(world.orders().len(), MAX_STATIONS);
    world.join(99);
    world.expect(&[]);
    world.authenticator.leave(address(0), &mut world.orders);
    world.join(99);
    world.sent();
}

proptest! {
    /// Whatever comes: no panic, and nobody gets in.
    #[test]
    fn any_bytes_are_survived(
        frames in proptest::collection::vec((0u8..3, proptest::collection::vec(any::<u8>(), 0..140), any::<bool>()), 1..20),
    ) {
        let (mut world, _) = World::ready();
        world.join(1);
        for (number, mut bytes, shaped) in frames {
            if shaped && bytes.len() >= 99 {
                let len = bytes.len() as u8 - 4;
                bytes[..5].copy_from_slice(&[2, 3, 0, len, 2]);
                bytes[5..7].copy_from_slice(&Information::MESSAGE_2.0.to_be_bytes());
                bytes[9..17].copy_from_slice(&1u64.to_be_bytes());
                bytes[97] = 0;
            }
            world.receive(number, &bytes);
            world.wait(100_000);
        }
        prop_assert!(!world.authenticator.is_open(address(1)));
        prop_assert_eq!(world.authenticator.counters().opened, 0);
    }
}
