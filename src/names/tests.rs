//! Queries as resolvers send them, and as nobody should.

use super::*;
use std::vec::Vec;

/// A query with these questions: name, type, class.
fn query(questions: &[(&str, u16, u16)]) -> Vec<u8> {
    let mut bytes = b"\x12\x34\x01\x00".to_vec();
    bytes.extend((questions.len() as u16).to_be_bytes());
    bytes.extend([0; 6]);
    for (name, kind, class) in questions {
        for label in name.split('.') {
            bytes.push(label.len() as u8);
            bytes.extend(label.as_bytes());
        }
        bytes.push(0);
        bytes.extend(kind.to_be_bytes());
        bytes.extend(class.to_be_bytes());
    }
    bytes
}

fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = [0xA5; ANSWER_LEN_MAX];
    let len = Query::parse(query)?.answer(ADDRESS, 0, &mut buffer)?;
    Some(buffer[..len].to_vec())
}

fn is_about_us(query: &[u8]) -> bool {
    let query = Query::parse(query).unwrap();
    let mut questions = query.questions();
    questions.any(|question| question.wants_address() && question.is_about(NAME))
}

#[test]
fn every_name_leads_to_the_device_and_nobody_may_keep_that() {
    let asked = query(&[("connectivitycheck.gstatic.com", 1, 1)]);
    let mut golden = b"\x12\x34\x85\x00\x00\x01\x00\x01\x00\x00\x00\x00".to_vec();
    golden.extend(&asked[12..]);
    golden.extend(b"\xC0\x0C\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\xC0\xA8\x7B\x01");
    assert_eq!(answer(&asked), Some(golden));
}

#[test]
fn other_kinds_of_record_do_not_exist() {
    // AAAA, HTTPS; and an address of another class.
    for (kind, class) in [(28, 1), (65, 1), (1, 3)] {
        let asked = query(&[("example.com", kind, class)]);
        let answer = answer(&asked).unwrap();
        assert_eq!(answer[2..8], [0x85, 0, 0, 1, 0, 0], "{kind} {class}");
        assert_eq!(answer[12..], asked[12..]);
    }
}

#[test]
fn the_longest_name_there_can_be_is_answered_and_a_longer_one_is_not() {
    let label = "x".repeat(63);
    let longest = format!("{label}.{}", "x".repeat(62));
    let answer_len = answer(&query(&[(&longest, 1, 1)])).map(|answer| answer.len());
    assert_eq!(answer_len, Some(ANSWER_LEN_MAX));
    let longer = format!("{label}.{label}");
    assert_eq!(answer(&query(&[(&longer, 1, 1)])), None);
}

#[test]
fn answers_and_what_is_cut_short_are_not_answered() {
    let mut asked = query(&[("example.com", 1, 1)]);
    for len in 0..asked.len() {
        assert_eq!(answer(&asked[..len]), None, "{len}");
    }
    asked[2] |= 0x80;
    assert_eq!(answer(&asked), None);
}

#[test]
fn our_name_is_known_however_it_is_written() {
    for name in ["d1-ota.local", "D1-OTA.Local"] {
        assert!(is_about_us(&query(&[(name, 1, 1)])), "{name}");
        assert!(is_about_us(&query(&[(name, 255, 0x8001)])), "{name}");
    }
    for name in ["d1-ota.locale", "d1-ot.local", "d1-ota", "x.d1-ota.local"] {
        assert!(!is_about_us(&query(&[(name, 1, 1)])), "{name}");
    }
    assert!(!is_about_us(&query(&[("d1-ota.local", 28, 1)])));
}

#[test]
fn a_name_that_points_back_at_another_question_is_followed() {
    let mut asked = query(&[("d1-ota.local", 28, 1), ("x", 1, 1)]);
    let last = asked.len() - 7;
    asked.truncate(last);
    asked.extend(b"\xC0\x0C\x00\x01\x00\x01");
    assert!(is_about_us(&asked));
    // `d1-ota` and a pointer at `local`.
    asked.truncate(last);
    asked.extend(b"\x06d1-ota\xC0\x13\x00\x01\x00\x01");
    assert!(is_about_us(&asked));
}

#[test]
fn pointers_in_a_circle_have_an_end() {
    for target in [12, 14, 0xFF] {
        let mut asked = b"\0\0\0\0\0\x02\0\0\0\0\0\0".to_vec();
        asked.extend([0xC0, target, 0, 1, 0, 1, 0xC0, 12, 0, 1, 0, 1]);
        assert!(!is_about_us(&asked));
        assert_eq!(answer(&asked), None, "there is nothing to repeat");
    }
}

#[test]
fn an_announcement_is_golden() {
    let mut buffer = [0xA5; MDNS_SEND_LEN];
    let len = announce(NAME, ADDRESS, NAME_TTL, &mut buffer).unwrap();
    let golden = b"\0\0\x84\0\0\0\0\x01\0\0\0\0\x06d1-ota\x05local\0\
        \0\x01\x80\x01\0\0\0\x78\0\x04\xC0\xA8\x7B\x01";
    assert_eq!(buffer[..len], golden[..]);
}
