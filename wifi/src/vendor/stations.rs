//! Who is joined, as far as events tell.

/// What the libraries have room for.
const MOST: usize = 10;

/// For how long a station may be joined and say nothing, in microseconds. Whoever is there asks for an address
/// at once.
pub const PATIENCE: u64 = 15_000_000;

/// One that is joined.
#[derive(Clone, Copy, Debug)]
struct Station {
    address: [u8; 6],
    id: u8,
    silence: Silence,
}

/// Whether it has ever said anything.
#[derive(Clone, Copy, Debug)]
enum Silence {
    /// Not since it came.
    SinceItCame,
    /// Not since this time, which is when it was asked about first.
    Since(u64),
    /// It has.
    Broken,
}

/// A set of stations.
#[derive(Debug)]
pub struct Stations {
    places: [Option<Station>; MOST],
}

impl Stations {
    /// Nobody.
    pub const fn new() -> Stations {
        Stations {
            places: [None; MOST],
        }
    }

    /// A station has joined, or joined again.
    pub fn came(&mut self, address: [u8; 6], id: u8) {
        self.left(address);
        if let Some(place) = self.places.iter_mut().find(|place| place.is_none()) {
            *place = Some(Station {
                address,
                id,
                silence: Silence::SinceItCame,
            });
        }
    }

    /// A station sent a packet.
    pub fn spoke(&mut self, address: [u8; 6]) {
        for station in self.places.iter_mut().flatten() {
            if station.address == address {
                station.silence = Silence::Broken;
            }
        }
    }

    /// The association id of one of those who came and have said nothing for [`PATIENCE`]. To be asked now and then.
    pub fn ghost(&mut self, now: u64) -> Option<u8> {
        let mut ghost = None;
        for station in self.places.iter_mut().flatten() {
            match station.silence {
                Silence::SinceItCame => station.silence = Silence::Since(now),
                Silence::Since(then) if ghost.is_none() && now.saturating_sub(then) >= PATIENCE => {
                    // If it does not go, it is named again as late.
                    station.silence = Silence::Since(now);
                    ghost = Some(station.id);
                }
                _ => {}
            }
        }
        ghost
    }

    /// Its association id, if it is joined.
    pub fn id_of(&self, address: [u8; 6]) -> Option<u8> {
        let mut stations = self.places.iter().flatten();
        let station = stations.find(|station| station.address == address)?;
        Some(station.id)
    }

    /// A station has left or was sent away.
    pub fn left(&mut self, address: [u8; 6]) {
        for place in &mut self.places {
            if place.is_some_and(|station| station.address == address) {
                *place = None;
            }
        }
    }

    /// Whether that one is joined.
    pub fn contains(&self, address: [u8; 6]) -> bool {
        self.id_of(address).is_some()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = [u8; 6]> + '_ {
        self.places.iter().flatten().map(|station| station.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_that_joins_twice_leaves_once() {
        let mut stations = Stations::new();
        stations.came([1; 6], 1);
        stations.came([1; 6], 3);
        assert_eq!(stations.id_of([1; 6]), Some(3));
        stations.came([2; 6], 2);
        assert_eq!(stations.iter().count(), 2);
        stations.left([1; 6]);
        assert!(!stations.contains([1; 6]));
        assert!(stations.contains([2; 6]));
        stations.left([3; 6]);
        assert_eq!(stations.iter().count(), 1);
    }

    #[test]
    fn who_says_nothing_is_a_ghost_in_time() {
        let mut stations = Stations::new();
        stations.came([1; 6], 1);
        stations.came([2; 6], 2);
        assert_eq!(stations.ghost(7), None);
        stations.spoke([2; 6]);
        assert_eq!(stations.ghost(6 + PATIENCE), None);
        assert_eq!(stations.ghost(7 + PATIENCE), Some(1));
        assert_eq!(stations.ghost(8 + PATIENCE), None);
        assert_eq!(stations.ghost(7 + 2 * PATIENCE), Some(1));
        stations.left([1; 6]);
        stations.came([2; 6], 2);
        assert_eq!(stations.ghost(3 * PATIENCE), None);
        assert_eq!(stations.ghost(4 * PATIENCE), Some(2), "it came again");
    }

    #[test]
    fn more_stations_than_places_do_no_harm() {
        let mut stations = Stations::new();
        for number in 0..20 {
            stations.came([number; 6], number);
        }
        assert_eq!(stations.iter().count(), MOST);
    }
}
