//! The way the core came: its last calls and returns, for crash reports.

use core::fmt::{self, Display, Formatter};

/// How many are remembered.
const COUNT: usize = 64;

/// A call or a return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// The instruction.
    pub from: u32,
    /// Where it went.
    pub to: u32,
    /// Which of the two.
    pub is_call: bool,
}

impl Display for Transfer {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{:#010x} -> {:#010x}", self.from, self.to)
    }
}

/// A ring of the last transfers. Costs a store for each.
#[derive(Clone)]
pub(super) struct History {
    ring: [Transfer; COUNT],
    /// How many there were.
    count: u64,
}

impl History {
    pub fn new() -> History {
        History {
            ring: [Transfer::default(); COUNT],
            count: 0,
        }
    }

    #[inline(always)]
    pub fn add(&mut self, transfer: Transfer) {
        self.ring[self.count as usize % COUNT] = transfer;
        self.count += 1;
    }

    /// Those remembered, newest first.
    pub fn newest_first(&self) -> Vec<Transfer> {
        let oldest = self.count.saturating_sub(COUNT as u64);
        let numbers = (oldest..self.count).rev();
        numbers
            .map(|number| self.ring[number as usize % COUNT])
            .collect()
    }
}

/// The calls among `transfers` (newest first) that have not returned, innermost first: as much of the
/// call stack as the history knows.
pub fn open_calls(transfers: &[Transfer]) -> Vec<Transfer> {
    let mut returned = 0u32;
    let mut open = Vec::new();
    for transfer in transfers {
        match (transfer.is_call, returned) {
            (false, _) => returned += 1,
            (true, 0) => open.push(*transfer),
            (true, _) => returned -= 1,
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(is_call: bool, from: u32) -> Transfer {
        Transfer {
            from,
            to: from + 0x100,
            is_call,
        }
    }

    #[test]
    fn the_last_transfers_are_remembered() {
        let mut history = History::new();
        assert!(history.newest_first().is_empty());
        (0..100).for_each(|from| history.add(transfer(true, from)));
        let last: Vec<u32> = history.newest_first().iter().map(|t| t.from).collect();
        assert_eq!(last, (36..100).rev().collect::<Vec<u32>>());
    }

    #[test]
    fn calls_that_returned_are_not_open() {
        // main calls a, which returns; main calls b, b calls c and d; only d has not returned.
        let (call, ret) = (|from| transfer(true, from), transfer(false, 0));
        let mut transfers = vec![call(1), ret, call(2), call(3), ret, call(4)];
        transfers.reverse();
        let open: Vec<u32> = open_calls(&transfers).iter().map(|t| t.from).collect();
        assert_eq!(open, [4, 2]);
    }

    #[test]
    fn a_return_whose_call_is_forgotten_takes_no_other_with_it() {
        let transfers = [transfer(false, 9), transfer(false, 8)];
        assert!(open_calls(&transfers).is_empty());
    }
}
