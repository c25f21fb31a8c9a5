//! Who is joined, and who is at the door: the two lists an access point keeps.

use super::super::frame::SequenceControl;
use super::super::MacAddress;
use super::Pace;

/// How many stations can be joined at a time.
pub const MAX_STATIONS: usize = 8;

/// A station that was silent for this long is asked for a sign of life: 5 minutes, in microseconds.
pub const INACTIVITY: u64 = 5 * 60 * 1_000_000;
/// How long it may take to answer, in microseconds. One that sleeps hears of the question in a beacon, and need not
/// listen to each of them.
pub const ANSWER_TIME: u64 = 2_000_000;

/// How long a station has been silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Not long, or it was asked just now: nothing to do.
    Short,
    /// For [`INACTIVITY`]: it should be asked for a sign of life.
    Long,
    /// Even when asked: it is gone.
    Final,
}

/// One joined station.
#[derive(Debug, Clone, Copy)]
pub struct Station {
    /// Its address.
    pub address: MacAddress,
    /// When it joined, in microseconds.
    pub joined_at: u64,
    /// At which rate it is spoken to.
    pub pace: Pace,
    /// It receives nothing but beacons and what follows them, until it says otherwise.
    pub sleeps: bool,
    /// It has asked for a frame all the same.
    pub polls: bool,
    /// When it last gave a sign of life, in microseconds.
    heard_at: u64,
    /// When it was asked for a sign of life, if the answer is still due.
    asked_at: Option<u64>,
    /// Traffic id and sequence control of its last data frame.
    last_data: Option<(Option<u8>, SequenceControl)>,
}

impl Station {
    /// Notes a sign of life.
    pub fn heard(&mut self, now: u64) {
        self.heard_at = now;
        self.asked_at = None;
    }

    /// Whether it gave no sign of life since it joined.
    pub fn is_unheard(&self) -> bool {
        self.heard_at == self.joined_at
    }

    /// Notes that it was asked for one.
    pub fn asked(&mut self, now: u64) {
        self.asked_at = Some(now);
    }

    /// How long it has been silent.
    pub fn silence(&self, now: u64) -> Silence {
        match self.asked_at {
            Some(asked_at) if now.saturating_sub(asked_at) >= ANSWER_TIME => Silence::Final,
            None if now.saturating_sub(self.heard_at) >= INACTIVITY => Silence::Long,
            _ => Silence::Short,
        }
    }

    /// Notes a data frame and says whether it came before (10.3.2.11): same numbers, marked as a retry.
    pub fn is_duplicate(
        &mut self,
        traffic_id: Option<u8>,
        sequence: SequenceControl,
        retry: bool,
    ) -> bool {
        let data = Some((traffic_id, sequence));
        let duplicate = retry && self.last_data == data;
        self.last_data = data;
        duplicate
    }
}

/// The joined stations. A station's place is its association id, less one.
#[derive(Debug, Default)]
pub struct Stations {
    places: [Option<Station>; MAX_STATIONS],
}

impl Stations {
    /// Gives the station a place, or the one it has, and starts its record anew. Returns its association id;
    /// nothing when every place is taken.
    pub fn join(&mut self, address: MacAddress, now: u64) -> Option<u16> {
        let held = |place: &Option<Station>| place.is_some_and(|s| s.address == address);
        let place = self
            .places
            .iter()
            .position(held)
            .or_else(|| self.places.iter().position(Option::is_none))?;
        self.places[place] = Some(Station {
            address,
            joined_at: now,
            pace: Pace::NEW,
            sleeps: false,
            polls: false,
            heard_at: now,
            asked_at: None,
            last_data: None,
        });
        Some(association_id(place))
    }

    /// Frees the station's place. `false` when it had none.
    pub fn leave(&mut self, address: MacAddress) -> bool {
        for place in &mut self.places {
            if place.is_some_and(|station| station.address == address) {
                *place = None;
                return true;
            }
        }
        false
    }

    /// The station with this address.
    pub fn find(&mut self, address: MacAddress) -> Option<&mut Station> {
        self.places
            .iter_mut()
            .flatten()
            .find(|station| station.address == address)
    }

    /// The same, only to look at.
    pub fn get(&self, address: MacAddress) -> Option<&Station> {
        self.places
            .iter()
            .flatten()
            .find(|station| station.address == address)
    }

    /// Whether this address is joined.
    pub fn contains(&self, address: MacAddress) -> bool {
        self.get(address).is_some()
    }

    /// Whether nobody is joined.
    pub fn is_empty(&self) -> bool {
        self.places.iter().all(Option::is_none)
    }

    /// The stations with their association ids.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &Station)> {
        self.places
            .iter()
            .enumerate()
            .filter_map(|(place, station)| Some((association_id(place), station.as_ref()?)))
    }

    /// The station in a place from 0 to [`MAX_STATIONS`] - 1, for walking the table while changing it.
    pub fn at(&mut self, place: usize) -> &mut Option<Station> {
        &mut self.places[place]
    }
}

fn association_id(place: usize) -> u16 {
    place as u16 + 1
}

/// Stations that have authenticated and not yet associated. When there are too many, the first to come is
/// forgotten: a flood of authentications cannot keep anybody out for longer than the flood.
#[derive(Debug, Default)]
pub struct Lobby {
    addresses: [Option<MacAddress>; Lobby::LEN],
    next: usize,
}

impl Lobby {
    const LEN: usize = 8;

    /// Lets a station in.
    pub fn admit(&mut self, address: MacAddress) {
        if !self.contains(address) {
            self.addresses[self.next] = Some(address);
            self.next = (self.next + 1) % Self::LEN;
        }
    }

    /// Lets it out. `false` when it was not there.
    pub fn dismiss(&mut self, address: MacAddress) -> bool {
        for place in &mut self.addresses {
            if *place == Some(address) {
                *place = None;
                return true;
            }
        }
        false
    }

    /// Whether the station is there.
    pub fn contains(&self, address: MacAddress) -> bool {
        self.addresses.contains(&Some(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> MacAddress {
        MacAddress([2, 0, 0, 0, 0, last])
    }

    #[test]
    fn ids_start_at_1_and_a_freed_one_is_given_again() {
        let mut stations = Stations::default();
        for last in 0..MAX_STATIONS as u8 {
            assert_eq!(stations.join(address(last), 0), Some(u16::from(last) + 1));
        }
        assert_eq!(stations.join(address(99), 0), None);
        assert!(stations.leave(address(2)));
        assert!(!stations.leave(address(2)));
        assert_eq!(stations.join(address(99), 0), Some(3));
    }

    #[test]
    fn joining_again_keeps_the_id_and_forgets_the_numbers() {
        let mut stations = Stations::default();
        let id = stations.join(address(1), 10);
        let station = stations.find(address(1)).unwrap();
        assert!(!station.is_duplicate(None, SequenceControl(0x10), false));
        assert_eq!(stations.join(address(1), 20), id);
        let station = stations.find(address(1)).unwrap();
        assert_eq!(station.joined_at, 20);
        assert!(!station.is_duplicate(None, SequenceControl(0x10), true));
        assert_eq!(stations.iter().count(), 1);
    }

    #[test]
    fn a_duplicate_has_the_same_numbers_and_the_retry_bit() {
        let mut stations = Stations::default();
        stations.join(address(1), 0);
        let station = stations.find(address(1)).unwrap();
        let (a, b) = (SequenceControl(0x10), SequenceControl(0x20));
        assert!(
            !station.is_duplicate(None, a, true),
            "the first one was lost"
        );
        assert!(station.is_duplicate(None, a, true));
        assert!(station.is_duplicate(None, a, true), "and once more");
        assert!(!station.is_duplicate(None, a, false), "numbers went round");
        assert!(!station.is_duplicate(Some(0), a, true), "another counter");
        assert!(!station.is_duplicate(None, b, true));
    }

    #[test]
    fn the_lobby_forgets_the_first_to_come() {
        let mut lobby = Lobby::default();
        for last in 0..Lobby::LEN as u8 {
            lobby.admit(address(last));
            lobby.admit(address(last));
        }
        assert!(lobby.contains(address(0)));
        lobby.admit(address(99));
        assert!(!lobby.contains(address(0)));
        assert!(lobby.contains(address(1)) && lobby.contains(address(99)));
        assert!(lobby.dismiss(address(1)) && !lobby.dismiss(address(1)));
    }
}
