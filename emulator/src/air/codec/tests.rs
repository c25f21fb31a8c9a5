//! Golden frames, written out by hand from 802.11-2012.

use super::*;

const STATION: Mac = [0x02, 0xd1, 0, 0, 0, 1];
const AP: Mac = [0x5e, 0xcf, 0x7f, 0xdd, 0xee, 0xaa];

fn head(kind: u8, flags: u8, to: Mac, from: Mac, third: Mac) -> Vec<u8> {
    [&[kind, flags, 0, 0], &to[..], &from, &third, &[0, 0]].concat()
}

#[test]
fn requests_are_laid_out_as_the_standard_says() {
    let rates = [
        1, 8, 0x82, 0x84, 0x8b, 0x96, 12, 24, 48, 72, 50, 4, 18, 36, 96, 108,
    ];
    let name = [0, 4, b'n', b'a', b'm', b'e'];
    let probe = head(0x40, 0, BROADCAST, STATION, BROADCAST);
    assert_eq!(
        probe_request(STATION, "name"),
        [&probe[..], &name, &rates].concat()
    );
    let authentication = head(0xb0, 0, AP, STATION, AP);
    assert_eq!(
        authentication_request(STATION, AP),
        [&authentication[..], &[0, 0, 1, 0, 0, 0]].concat()
    );
    let association = head(0x00, 0, AP, STATION, AP);
    // Capabilities: ESS, short preamble. Listen interval 10.
    let fixed = [0x21, 0, 10, 0];
    assert_eq!(
        association_request(STATION, AP, "name"),
        [&association[..], &fixed, &name, &rates].concat()
    );
    let again = head(0x20, 0, AP, STATION, AP);
    assert_eq!(
        reassociation_request(STATION, AP, "name"),
        [&again[..], &fixed, &AP, &name, &rates].concat()
    );
    let farewell = head(0xc0, 0, AP, STATION, AP);
    assert_eq!(
        deauthentication(STATION, AP),
        [&farewell[..], &[3, 0]].concat()
    );
}

#[test]
fn ethernet_goes_out_with_llc_and_comes_back_the_same() {
    let ethernet = [&AP[..], &STATION, &[8, 0], b"packet"].concat();
    let snap = [0xaa, 0xaa, 3, 0, 0, 0];
    let out = head(0x08, 0x01, AP, STATION, AP);
    assert_eq!(
        data(AP, &ethernet),
        Some([&out[..], &snap, &[8, 0], b"packet"].concat())
    );
    let back = head(0x08, 0x02, STATION, AP, AP);
    assert_eq!(
        parse(&[&back[..], &snap, &[8, 0], b"packet"].concat()),
        Some(Received::Data(
            [&STATION[..], &AP, &[8, 0], b"packet"].concat()
        ))
    );
    assert_eq!(data(AP, &ethernet[..11]), None);
}

#[test]
fn a_beacon_names_the_network_its_rates_and_its_privacy() {
    let mut beacon = head(0x80, 0, BROADCAST, AP, AP);
    beacon.extend([0; 8]);
    beacon.extend([
        100, 0, 0x31, 0, 0, 2, b'h', b'i', 1, 2, 0x82, 12, 50, 1, 108,
    ]);
    let said = Received::Network(Network {
        bssid: AP,
        ssid: b"hi".to_vec(),
        private: true,
        rates: vec![2, 12, 108],
        rsn: Vec::new(),
    });
    assert_eq!(parse(&beacon), Some(said));
}

#[test]
fn what_is_no_business_of_a_station_says_nothing() {
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    // To the distribution system, encrypted, and without LLC.
    for (flags, body) in [(0x01, &snap[..]), (0x42, &snap[..]), (0x02, b"not LLC")] {
        let frame = head(0x08, flags, STATION, AP, AP);
        assert_eq!(parse(&[&frame[..], body].concat()), None);
    }
    let acknowledgement = [0xd4, 0, 0, 0, 2, 0xd1, 0, 0, 0, 1];
    assert_eq!(parse(&acknowledgement), None);
    assert_eq!(parse(&[]), None);
}
