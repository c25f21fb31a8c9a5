//! A network with a key: who may ask, and what passes before anybody has proven anything.

use super::*;
use crate::wpa2::key_frame::{Information, KeyFrame};
use crate::wpa2::{rsn, Pmk, ETHERNET_TYPE};

/// After its first poll, and what that put into the key table.
fn with_key() -> (AccessPoint, Air) {
    let config = Config {
        ssid: ssid(),
        channel: Channel::new(6).unwrap(),
        key: Some(Pmk::new([7; Pmk::LEN])),
    };
    let (mut access_point, mut air) = (AccessPoint::new(config, ACCESS_POINT, 0), Air::new());
    access_point.poll(0, &mut air);
    air.sent.clear();
    (access_point, air)
}

fn request(element: &[u8]) -> Vec<u8> {
    let mut frame = association_request(station(1), Some(ssid()), false);
    frame.extend(element);
    frame
}

/// Makes a data frame look as if it were under a key: the flag, a packet number, room for the code.
fn call_protected(frame: &mut Vec<u8>) {
    frame[1] |= Flags::PROTECTED.0;
    frame.splice(24..24, [1, 0, 0, 0x20, 0, 0, 0, 0]);
    frame.extend([0; 8]);
}

fn status(air: &mut Air) -> StatusCode {
    let sent = air.only();
    association::Response::parse(sent.header().body())
        .unwrap()
        .status
}

#[test]
fn the_group_key_is_in_the_table_before_anybody_comes() {
    let (_, air) = with_key();
    let (station, id, _) = air.keys[&4].unwrap();
    assert_eq!((station, id), (MacAddress::BROADCAST, 1));
    assert_eq!(air.keys.len(), 1);
}

#[test]
fn a_request_is_refused_by_what_its_element_lacks() {
    let (mut access_point, mut air) = with_key();
    authenticate(&mut access_point, station(1), 0);
    let other = |at: usize, byte: u8| {
        let mut element = rsn::OURS;
        element[at] = byte;
        element
    };
    for (element, expected) in [
        (&[][..], StatusCode::INVALID_ELEMENT),
        (&other(7, 2), StatusCode::GROUP_CIPHER_REFUSED),
        (&other(13, 2), StatusCode::PAIRWISE_CIPHER_REFUSED),
        (&other(19, 8), StatusCode::KEY_MANAGEMENT_REFUSED),
        (&other(20, 0xC0), StatusCode::PROTECTION_REFUSED),
    ] {
        access_point.receive(&request(element), 0, &mut air);
        assert_eq!(status(&mut air), expected);
    }
    let cut = request(&rsn::OURS[..20]);
    assert_eq!(access_point.receive(&cut, 0, &mut air), Verdict::Malformed);
    air.expect_silence();
}

#[test]
fn message_1_follows_the_association_and_nobody_is_joined_yet() {
    let (mut access_point, mut air) = with_key();
    authenticate(&mut access_point, station(1), 0);
    access_point.receive(&request(&rsn::OURS), 0, &mut air);
    let message = air.sent.pop().unwrap();
    assert_eq!(status(&mut air), StatusCode::SUCCESS);
    assert_eq!(message.queue, Queue::Data);
    assert_eq!(message.delivery.key, None);
    let header = message.header();
    let eapol = data::payload_of(&header, ETHERNET_TYPE).unwrap();
    let frame = KeyFrame::new_checked(eapol).unwrap();
    assert_eq!(frame.information(), Information::MESSAGE_1);
    assert!(!is_joined(&access_point, station(1)));
}

#[test]
fn no_data_passes_before_the_handshake_in_either_direction() {
    let (mut access_point, mut air) = with_key();
    authenticate(&mut access_point, station(1), 0);
    access_point.receive(&request(&rsn::OURS), 0, &mut air);
    air.sent.clear();
    for to in [ACCESS_POINT, MacAddress::BROADCAST] {
        let mut frame = data_frame(station(1), to, 7);
        assert_eq!(
            access_point.receive(&frame, 0, &mut air),
            Verdict::Malformed
        );
        // Neither does it help to call it protected.
        call_protected(&mut frame);
        assert_eq!(
            access_point.receive(&frame, 0, &mut air),
            Verdict::Malformed
        );
    }
    for to in [station(1), MacAddress::BROADCAST] {
        let mut frame = vec![0; access_point.ethernet_offset() + 20];
        let start = access_point.ethernet_offset();
        frame[start..start + 6].copy_from_slice(&to.0);
        assert_eq!(access_point.encapsulate(&mut frame), None);
    }
    air.expect_silence();
}

#[test]
fn protected_data_means_nothing_to_an_open_network() {
    let (mut access_point, mut air) = (access_point(), Air::new());
    join(&mut access_point, station(1), 0);
    let mut frame = data_frame(station(1), ACCESS_POINT, 7);
    call_protected(&mut frame);
    assert_eq!(
        access_point.receive(&frame, 0, &mut air),
        Verdict::Malformed
    );
}
