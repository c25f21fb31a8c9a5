//! Packets of every length arrive, wherever the receive buffers end (docs/wifi-mac-registers.md, section 2).

use std::collections::BTreeSet;

use d1_harness::beacons::Beacons;
use d1_harness::{Bench, Images, Wait};

use super::either::*;

on_both! {
    packets_of_every_length_are_answered
    packets_of_every_length_are_answered_under_a_key
}

/// Around the ends of the libraries' buffers of 524 bytes, with and without what a key adds, and the longest there
/// are.
const LENGTHS: [std::ops::RangeInclusive<usize>; 4] = [28..=44, 464..=488, 988..=1012, 1490..=1500];

fn packets_of_every_length_are_answered(engine: Engine) {
    if let Some(images) = engine.images() {
        answers_to_every_length(&images);
    }
}

fn packets_of_every_length_are_answered_under_a_key(engine: Engine) {
    if let Some(images) = engine.images_with_key() {
        answers_to_every_length(&images);
    }
}

fn answers_to_every_length(images: &Images) {
    let mut bench = Bench::with(images);
    bench.page();
    let air = Beacons::listen(&mut bench);
    let asked: BTreeSet<usize> = LENGTHS.into_iter().flatten().collect();
    for len in &asked {
        let request = echo_request(
            &bench.station().address().expect("it joined").octets(),
            *len,
        );
        bench.station().say_ethernet(&request);
        bench.pass(Wait(40));
    }
    let answered: BTreeSet<usize> = [0x08, 0x88]
        .iter()
        .flat_map(|kind| air.frames(*kind))
        .filter(|heard| heard.frame[10..16] == DEVICE && heard.frame[4..10] == FIRST)
        .map(|heard| packet_len(&heard.frame))
        .collect();
    let missing: Vec<_> = asked.difference(&answered).collect();
    assert!(missing.is_empty(), "no answer to {missing:?}");
    assert_faultless(&bench);
}

/// An Ethernet frame to the device with an ICMP echo request from `address`, an IP packet of `len` bytes.
fn echo_request(address: &[u8; 4], len: usize) -> Vec<u8> {
    let mut echo = vec![8, 0, 0, 0, 0x82, 0x66, 0, 1];
    echo.extend((8..len - 20).map(|number| (number * 7) as u8));
    let sum = checksum(&echo);
    echo[2..4].copy_from_slice(&sum.to_be_bytes());
    let mut packet = vec![0x45, 0];
    packet.extend((len as u16).to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 1, 0, 0]);
    packet.extend(address);
    packet.extend([192, 168, 123, 1]);
    let sum = checksum(&packet);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    [&DEVICE[..], &FIRST, &[0x08, 0x00], &packet, &echo].concat()
}

/// The length of the packet in a data frame.
fn packet_len(frame: &[u8]) -> usize {
    const SNAP: usize = 8;
    const CCMP: usize = 16;
    let header = if frame[0] & 0x80 == 0 { 24 } else { 26 };
    let security = if frame[1] & 0x40 == 0 { 0 } else { CCMP };
    frame.len() - header - SNAP - security
}
