//! Who is joined, as far as events tell.

/// What the libraries have room for.
const MOST: usize = 10;

/// A set of addresses.
#[derive(Debug)]
pub struct Stations {
    /// Addresses and association ids.
    addresses: [Option<([u8; 6], u8)>; MOST],
}

impl Stations {
    /// Nobody.
    pub const fn new() -> Stations {
        Stations {
            addresses: [None; MOST],
        }
    }

    /// A station has joined, or joined again.
    pub fn came(&mut self, address: [u8; 6], id: u8) {
        self.left(address);
        if let Some(place) = self.addresses.iter_mut().find(|place| place.is_none()) {
            *place = Some((address, id));
        }
    }

    /// Its association id, if it is joined.
    pub fn id_of(&self, address: [u8; 6]) -> Option<u8> {
        let mut stations = self.addresses.iter().flatten();
        let (_, id) = stations.find(|(station, _)| *station == address)?;
        Some(*id)
    }

    /// A station has left or was sent away.
    pub fn left(&mut self, address: [u8; 6]) {
        for place in &mut self.addresses {
            if place.is_some_and(|(station, _)| station == address) {
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
        let stations = self.addresses.iter().flatten();
        stations.map(|(address, _)| *address)
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
    fn more_stations_than_places_do_no_harm() {
        let mut stations = Stations::new();
        for number in 0..20 {
            stations.came([number; 6], number);
        }
        assert_eq!(stations.iter().count(), MOST);
    }
}
