//! What must hold for any bytes that come from outside: one function per format.
//!
//! Each panics when it does not hold. `targets/` gives them to libFuzzer, `harness/tests/any_bytes.rs` to
//! proptest and to every file of `corpus/`.

use d1_emulator::rom::slip;
use d1_image::history::Event;
use d1_image::intake::{self, Expected};
use d1_image::log::{CELL_COUNT, CELL_LEN};
use d1_image::manifest::Manifest;
use d1_image::record::{scan, Entry, Kind};
use d1_image::source::{ReadError, Source};
use d1_image::verify::verify;
use d1_image::{FlashMap, Slot};
use d1_ota::dhcp::{Query, Reply, Server};
use d1_ota::http::{Method, Request, Status};
use d1_ota::names;
use d1_ota::network::ADDRESS;
use d1_ota::update::reply::{self, Wanted};
use d1_wifi::mac::access_point::{AccessPoint, Delivery, Key, Outbox, Queue, MAX_STATIONS};
use d1_wifi::mac::frame::{association, authentication, beacon, departure, probe, Header};
use d1_wifi::wpa2::key_frame::{KeyFrame, Repr};
use d1_wifi::wpa2::{rsn, Authenticator, Pmk, Port, TemporalKey};
use d1_wifi::{Channel, Config, MacAddress, Ssid};
use smoltcp::time::Instant;

/// A property, which panics where it does not hold.
pub type Property = fn(&[u8]);

/// By name, as in `corpus/`.
pub const ALL: [(&str, Property); 10] = [
    ("image", image),
    ("manifest", manifest),
    ("boot_record", boot_record),
    ("http_request", http_request),
    ("http_response", http_response),
    ("dhcp", dhcp),
    ("dns", dns),
    ("management_frames", management_frames),
    ("eapol", eapol),
    ("slip", slip),
];

/// What verifies does so by its own bytes alone, and was acceptable by its first ones.
pub fn image(bytes: &[u8]) {
    for map in FlashMap::ALL {
        for slot in Slot::ALL {
            let len = Some(bytes.len() as u32);
            let _ = intake::check(bytes, Expected { map, slot, len });
            let Ok(verified) = verify(&mut &bytes[..], map, slot) else {
                continue;
            };
            let own = &bytes[..verified.len as usize];
            assert_eq!(verify(&mut &own[..], map, slot), Ok(verified));
            assert!(verified.len <= map.slot(slot).len);
            let len = Some(verified.len);
            assert!(intake::check(own, Expected { map, slot, len }).is_ok());
            if let Some(last) = own.last() {
                // The CRC word counts.
                let mut broken = own.to_vec();
                *broken.last_mut().expect("not empty") = last ^ 1;
                assert!(verify(&mut &broken[..], map, slot).is_err());
            }
        }
    }
}

/// First bytes of a download, with whatever they say of themselves.
pub fn manifest(bytes: &[u8]) {
    for map in FlashMap::ALL {
        for slot in Slot::ALL {
            let expected = Expected {
                map,
                slot,
                len: None,
            };
            if let Ok(outer) = intake::check(bytes, expected) {
                let found: Option<Manifest> = intake::manifest(bytes, &outer);
                let _ = found.map(|manifest| (manifest.build, manifest.release));
            }
        }
    }
}

/// The boot record's two sectors, and no more flash than that: it is filled for each input.
struct Sectors([u8; Sectors::LEN]);

impl Sectors {
    const MAP: FlashMap = FlashMap::K512;
    const LEN: usize = 2 * CELL_COUNT as usize * CELL_LEN;

    /// `len` bytes at `offset` of the chip.
    fn at(&mut self, offset: u32, len: usize) -> Option<&mut [u8]> {
        let start = Sectors::MAP.record_sectors()[0].get();
        let from = offset.checked_sub(start)? as usize;
        self.0.get_mut(from..)?.get_mut(..len)
    }
}

impl Source for Sectors {
    fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), ReadError> {
        let bytes = self.at(offset, buffer.len()).ok_or(ReadError)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}

/// Whatever two sectors hold: the next entry goes to erased cells, becomes the newest, and stays it.
pub fn boot_record(bytes: &[u8]) {
    const MAP: FlashMap = Sectors::MAP;
    let mut flash = Sectors([0xFF; Sectors::LEN]);
    let len = bytes.len().min(Sectors::LEN);
    flash.0[..len].copy_from_slice(&bytes[..len]);
    for number in 0..3 {
        let found = scan(&mut flash, MAP).expect("it is there");
        let plan = found.plan(MAP);
        // An attacker with a serial cable may write the highest number; nothing is newer than that.
        if plan.sequence < found.newest().map_or(0, |entry| entry.sequence) {
            return;
        }
        if let Some(sector) = plan.erase {
            let sector = flash
                .at(sector.get(), 4096)
                .expect("a sector of the record");
            sector.fill(0xFF);
        }
        let cell = flash
            .at(plan.write.get(), CELL_LEN)
            .expect("a cell of the record");
        assert!(cell.iter().all(|byte| *byte == 0xFF), "programmed twice");
        let entry = found.entry(Kind::Attempt { number }, Slot::Two, 1, 2);
        cell.copy_from_slice(&entry.emit());
        let newest = scan(&mut flash, MAP).expect("it is there").newest();
        assert_eq!(newest, Some(entry));
    }
    for cell in bytes.chunks_exact(CELL_LEN) {
        let cell: &[u8; CELL_LEN] = cell.try_into().expect("as long");
        if let Some(event) = Event::parse(cell) {
            assert_eq!(event.emit(), *cell);
        }
        if let Some(entry) = Entry::parse(cell) {
            assert_eq!(Entry::parse(&entry.emit()), Some(entry));
        }
    }
}

/// A complete request stays what it is whatever follows; an incomplete one waits only while there is room.
pub fn http_request(bytes: &[u8]) {
    const ROOM: usize = 1216;
    let bytes = &bytes[..bytes.len().min(ROOM)];
    match Request::parse(bytes, ROOM) {
        Ok(None) => assert!(bytes.len() < ROOM, "waits for what does not fit"),
        Ok(Some(request)) => {
            let mut more = bytes.to_vec();
            more.extend_from_slice(b"GET / HTTP/1.1\r\n\r\n");
            more.truncate(ROOM);
            assert_eq!(Request::parse(&more, ROOM), Ok(Some(request.clone())));
            assert!(request.host.is_private());
            let link = request.host.url(80, 8).to_string();
            assert!(!link.contains(['"', '<', '>', '&', ' ']), "{link}");
            assert!(matches!(
                request.method,
                Method::Get | Method::Head | Method::Post
            ));
        }
        Err(status) => assert_ne!(status, Status::OK),
    }
}

/// A head is found where it ends, and the same with nothing behind it.
pub fn http_response(bytes: &[u8]) {
    for start in [0, 4096] {
        let wanted = Wanted {
            slot: Slot::Two,
            start,
        };
        if let Ok(Some(found)) = reply::parse(bytes, wanted) {
            assert!(found.head_len <= bytes.len());
            assert!(found.start == 0 || found.start == start);
            let again = reply::parse(&bytes[..found.head_len], wanted);
            assert_eq!(
                again.map(|again| again.map(|again| (again.start, again.image_len))),
                Ok(Some((found.start, found.image_len)))
            );
        }
    }
}

/// Answers fit their buffer, and grant addresses of the pool alone.
pub fn dhcp(bytes: &[u8]) {
    let mut server = Server::new();
    // Several messages: each behind its length.
    let mut rest = bytes;
    let mut now = 0;
    while let Some((len, behind)) = rest.split_first() {
        let (message, next) = behind.split_at(behind.len().min(usize::from(*len) * 3));
        rest = next;
        now += 1_000;
        let answer = Query::parse(message)
            .and_then(|query| server.answer(Instant::from_millis(now), &query));
        if let Some(answer) = answer {
            let mut buffer = vec![0xA5; Reply::LEN];
            answer.emit(&mut buffer);
            let packet = smoltcp::wire::DhcpPacket::new_checked(&buffer[..]).expect("a packet");
            let given = packet.your_ip();
            let is_of_pool = given.octets()[..3] == [192, 168, 123] && given.octets()[3] >= 100;
            assert!(given.is_unspecified() || is_of_pool, "{given}");
        }
    }
}

/// An answer repeats the question and has room for it; a question about us is one for an address or not.
pub fn dns(bytes: &[u8]) {
    let Some(query) = names::Query::parse(bytes) else {
        return;
    };
    for question in query.questions() {
        let _ = (question.wants_address(), question.is_about(names::NAME));
    }
    let mut buffer = [0xA5; names::ANSWER_LEN_MAX];
    if let Some(len) = query.answer(ADDRESS, 0, &mut buffer) {
        let asked = len.min(bytes.len());
        assert_eq!(buffer[..2], bytes[..2]);
        assert_eq!(buffer[2] & 0xF8, 0x80, "an answer");
        assert!(names::Query::parse(&buffer[..len]).is_none());
        let question = match buffer[7] {
            0 => 12..len,
            _ => 12..len - 16,
        };
        assert!(question.end <= asked);
        assert_eq!(buffer[question.clone()], bytes[question]);
    }
}

/// The access point answers whole frames only, and has no more stations than places.
pub fn management_frames(bytes: &[u8]) {
    let _ = (beacon::Repr::parse(bytes), probe::Repr::parse(bytes));
    let _ = (
        authentication::Repr::parse(bytes),
        departure::Repr::parse(bytes),
    );
    let _ = (
        association::Request::parse(bytes, false),
        association::Request::parse(bytes, true),
    );

    for key in [None, Some(Pmk::new([0x42; Pmk::LEN]))] {
        let config = Config {
            ssid: Ssid::new(b"D1-OTA").expect("short enough"),
            channel: Channel::new(6).expect("a channel"),
            key,
        };
        answers(config, bytes);
    }
}

fn answers(config: Config, bytes: &[u8]) {
    let address = MacAddress([0x5E, 0xCF, 0x7F, 1, 2, 3]);
    let mut access_point = AccessPoint::new(config, address, 0);
    let mut rest = bytes;
    let mut now = 0;
    while let Some((len, behind)) = rest.split_first() {
        let (frame, next) = behind.split_at(behind.len().min(usize::from(*len)));
        rest = next;
        now += 10_000;
        access_point.receive(frame, now, &mut Checked);
        access_point.poll(now, &mut Checked);
        assert!(access_point.stations().count() <= MAX_STATIONS);
    }
}

/// Whatever goes out is a frame.
struct Checked;

impl Outbox for Checked {
    fn push(&mut self, _: Queue, _: Delivery, len: usize, fill: impl FnOnce(&mut [u8])) -> bool {
        let mut frame = vec![0xA5; len];
        fill(&mut frame);
        assert!(Header::new_checked(&frame[..]).is_ok(), "{frame:02x?}");
        true
    }

    fn set_key(&mut self, _: u8, key: Option<Key<'_>>) {
        assert!(key.is_none_or(|key| key.station == MacAddress::BROADCAST));
    }

    fn has_data_for(&self, _: MacAddress) -> bool {
        false
    }

    fn has_group_data(&self) -> bool {
        true
    }

    fn random(&mut self) -> u32 {
        0
    }
}

/// What is no EAPOL-Key frame is refused, what is one reads the same when it is written; and nobody gets in who does
/// not know the key.
pub fn eapol(bytes: &[u8]) {
    let _ = rsn::find(bytes).map(rsn::Repr::parse);
    let address = MacAddress([0x5E, 0xCF, 0x7F, 1, 2, 3]);
    let station = MacAddress([2, 0, 0, 0, 0, 1]);
    let mut authenticator = Authenticator::new(address, Pmk::new([0x42; Pmk::LEN]));
    let element = rsn::Repr::parse(&rsn::OURS[2..]).expect("our own");
    authenticator.join(station, element, 0, &mut Closed);
    let (mut rest, mut now) = (bytes, 0);
    while let Some((len, behind)) = rest.split_first() {
        let (frame, next) = behind.split_at(behind.len().min(usize::from(*len)));
        rest = next;
        if let Ok(view) = KeyFrame::new_checked(frame) {
            let repr = Repr::parse(&view);
            let mut again = vec![0xA5; repr.buffer_len()];
            repr.emit(&mut again);
            let view = KeyFrame::new_checked(&again).expect("it was written by us");
            assert_eq!(Repr::parse(&view), repr);
        }
        authenticator.receive(station, frame, now, &mut Closed);
        now += 100_000;
        authenticator.poll(now, &mut Closed);
        assert!(!authenticator.is_open(station));
    }
}

/// A door that nobody comes through.
struct Closed;

impl Port for Closed {
    fn send(&mut self, _: MacAddress, len: usize, fill: impl FnOnce(&mut [u8])) {
        let mut frame = vec![0xA5; len];
        fill(&mut frame);
        assert!(KeyFrame::new_checked(&frame).is_ok(), "{frame:02x?}");
    }

    fn set_key(&mut self, _: usize, _: MacAddress, _: &TemporalKey) {
        panic!("a key for somebody who does not know it");
    }

    fn open(&mut self, _: usize, _: MacAddress, _: &TemporalKey) {
        panic!("opened for somebody who does not know the key");
    }

    fn close(&mut self, _: usize, _: MacAddress) {}

    fn set_group_key(&mut self, _: u8, _: &TemporalKey) {}

    fn group_sequence(&self) -> u64 {
        0
    }

    fn expel(&mut self, _: MacAddress, _: u16) {}

    fn random(&mut self) -> u32 {
        0
    }
}

/// Frames that were taken apart are the same when they are put together and taken apart again.
pub fn slip(bytes: &[u8]) {
    let frames = slip_frames(bytes);
    let line: Vec<u8> = frames
        .iter()
        .flat_map(|frame| slip::encode(frame))
        .collect();
    assert_eq!(slip_frames(&line), frames);
}

fn slip_frames(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut decoder = slip::Decoder::default();
    let (mut frames, mut frame) = (Vec::new(), Vec::new());
    for byte in bytes {
        match decoder.push(*byte) {
            slip::Step::Nothing => {}
            slip::Step::Byte(byte) => frame.push(byte),
            slip::Step::Broken => frame.clear(),
            slip::Step::End => frames.push(std::mem::take(&mut frame)),
        }
    }
    frames
}
