//! How a phone finds the page: DNS that knows one address, the answers to its probes, and `d1-ota.local` by mDNS.

use std::net::{Ipv4Addr, SocketAddrV4};

use d1_emulator::air::Datagram;

use d1_harness::{Bench, Images, Response, Server, Wait};
use simple_dns::rdata::{RData, A};
use simple_dns::{Name, Packet, PacketFlag, Question, CLASS, RCODE, TYPE};

const DEVICE: Ipv4Addr = Ipv4Addr::new(192, 168, 123, 1);
const DNS: SocketAddrV4 = SocketAddrV4::new(DEVICE, 53);
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const MDNS: SocketAddrV4 = SocketAddrV4::new(GROUP, 5353);
/// Where a resolver asks from.
const RESOLVER: u16 = 40_053;
const ID: u16 = 0x1234;

fn query(name: &str, kind: TYPE) -> Vec<u8> {
    let mut packet = Packet::new_query(ID);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name).expect("a name");
    let question = Question::new(name, kind.into(), CLASS::IN.into(), false);
    packet.questions.push(question);
    packet.build_bytes_vec().expect("it is small")
}

fn say(bench: &mut Bench, port: u16, to: SocketAddrV4, bytes: &[u8]) {
    assert!(bench.station().send_datagram(port, to, bytes), "no room");
}

/// What comes back to `port` when the station asks `to`.
#[track_caller]
fn ask(bench: &mut Bench, port: u16, to: SocketAddrV4, bytes: &[u8]) -> Datagram {
    say(bench, port, to, bytes);
    let mut answer = None;
    bench.until("an answer", Wait(1_000), |bench| {
        answer = bench.station().receive_datagram(port);
        answer.is_some()
    });
    answer.expect("it was waited for")
}

/// The one address that an answer gives, and for how many seconds.
#[track_caller]
fn address(answer: &Datagram, name: &str) -> (Ipv4Addr, u32) {
    let packet = Packet::parse(&answer.bytes).expect("a DNS message");
    assert!(packet.has_flags(PacketFlag::RESPONSE | PacketFlag::AUTHORITATIVE_ANSWER));
    assert_eq!(packet.rcode(), RCODE::NoError);
    let [record] = &packet.answers[..] else {
        panic!("{packet:?}")
    };
    assert_eq!(record.name.to_string(), name);
    let RData::A(A { address }) = record.rdata else {
        panic!("{record:?}")
    };
    (Ipv4Addr::from(address), record.ttl)
}

fn bench() -> Bench {
    Bench::boot(&Images::load().flash, Server::absent())
}

#[test]
fn a_phone_that_looks_for_the_internet_is_led_to_the_page() {
    const PROBE: &str = "connectivitycheck.gstatic.com";
    let mut bench = bench();
    let answer = ask(&mut bench, RESOLVER, DNS, &query(PROBE, TYPE::A));
    assert_eq!(
        (answer.from, Packet::parse(&answer.bytes).unwrap().id()),
        (DNS, ID)
    );
    // Nobody may keep it.
    assert_eq!(address(&answer, PROBE), (DEVICE, 0));

    let request = format!("GET /generate_204 HTTP/1.1\r\nHost: {PROBE}\r\n\r\n");
    let answer = bench.exchange(80, request.as_bytes(), Wait::PAGE);
    let answer = Response::parse(&answer).expect("HTTP");
    assert_eq!(answer.status, 302, "{answer:?}");
    let way = answer
        .header("location")
        .and_then(|url| url.strip_prefix("http://192.168.123.1"));
    let page = bench.get(80, way.expect("to the device's address"));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("build 1"), "{}", page.body);
    assert!(
        !page.body.contains("begin update"),
        "not in the mini-browser"
    );
}

#[test]
fn there_are_no_addresses_but_those_of_version_4() {
    let mut bench = bench();
    let answer = ask(&mut bench, RESOLVER, DNS, &query("example.com", TYPE::AAAA));
    let packet = Packet::parse(&answer.bytes).expect("a DNS message");
    assert_eq!((packet.rcode(), packet.answers.len()), (RCODE::NoError, 0));
}

/// Asks the group as a speaker of mDNS does, and as a program that only wants one answer.
fn hears_its_name(mut bench: Bench) {
    const NAME: &str = "d1-ota.local";
    let asked = query(NAME, TYPE::A);
    assert!(bench.station().join_group(GROUP));
    let answer = ask(&mut bench, MDNS.port(), MDNS, &asked);
    assert_eq!(
        (answer.from, answer.to),
        (SocketAddrV4::new(DEVICE, 5353), GROUP)
    );
    assert_eq!(address(&answer, NAME), (DEVICE, 120));

    let own = bench.station().address().expect("it has joined");
    let answer = ask(&mut bench, RESOLVER, MDNS, &asked);
    assert_eq!(
        (answer.from, answer.to),
        (SocketAddrV4::new(DEVICE, 5353), own)
    );
    let (found, seconds) = address(&answer, NAME);
    assert!(found == DEVICE && seconds <= 10, "{found} for {seconds} s");

    // Somebody else's name is not ours to answer.
    say(&mut bench, RESOLVER, MDNS, &query("printer.local", TYPE::A));
    bench.pass(Wait(500));
    assert_eq!(bench.station().receive_datagram(RESOLVER), None);
}

#[test]
fn its_name_is_heard_in_an_open_network() {
    hears_its_name(bench());
}

#[test]
fn its_name_is_heard_under_a_key_where_groups_have_a_key_of_their_own() {
    hears_its_name(Bench::with(&Images::load_wpa2()));
}

#[test]
fn datagrams_that_are_no_questions_are_nobodys_and_the_next_question_is_answered() {
    let mut bench = bench();
    let question = query("example.com", TYPE::A);
    let mut cases: Vec<Vec<u8>> = (0..question.len())
        .map(|len| question[..len].to_vec())
        .collect();
    cases.push(vec![0xFF; 512]);
    // A name that leads to itself; an answer instead of a question.
    cases
        .push(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xC0\x0C\x00\x01\x00\x01".to_vec());
    cases.push([&question[..2], &[0x81], &question[3..]].concat());
    for case in cases {
        for to in [DNS, MDNS] {
            say(&mut bench, RESOLVER, to, &case);
        }
        bench.pass(Wait(20));
        assert_eq!(
            bench.station().receive_datagram(RESOLVER),
            None,
            "{case:x?}"
        );
    }
    let answer = ask(&mut bench, RESOLVER, DNS, &question);
    assert_eq!(address(&answer, "example.com").0, DEVICE);
    assert!(bench.reports.is_empty(), "{:#?}", bench.reports);
}
