//! The worker's queue: a ring of messages.
//!
//! Inlined into its callers in instruction RAM, like the heap.

/// One message: a signal and its argument.
pub type Message = [u32; 2];

/// A ring of at most `LEN` messages.
pub struct Mail<const LEN: usize> {
    messages: [Message; LEN],
    first: usize,
    waiting: usize,
}

impl<const LEN: usize> Default for Mail<LEN> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const LEN: usize> Mail<LEN> {
    /// An empty ring.
    pub const fn new() -> Self {
        Mail {
            messages: [[0; 2]; LEN],
            first: 0,
            waiting: 0,
        }
    }

    /// Messages in the ring.
    #[inline(always)]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Appends a message; false if there is no room.
    #[inline(always)]
    pub fn send(&mut self, message: Message) -> bool {
        if self.waiting >= LEN {
            return false;
        }
        let mut at = self.first + self.waiting;
        if at >= LEN {
            at -= LEN;
        }
        if let Some(place) = self.messages.get_mut(at) {
            *place = message;
        }
        self.waiting += 1;
        true
    }

    /// Takes the oldest message.
    #[inline(always)]
    pub fn receive(&mut self) -> Option<Message> {
        if self.waiting == 0 {
            return None;
        }
        let message = self.messages.get(self.first).copied();
        self.first += 1;
        if self.first >= LEN {
            self.first = 0;
        }
        self.waiting -= 1;
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    proptest! {
        #[test]
        fn messages_come_in_order_and_a_full_ring_refuses(sends in prop::collection::vec(any::<bool>(), 0..200)) {
            let mut mail = Mail::<5>::new();
            let mut model = VecDeque::new();
            for (number, send) in sends.into_iter().enumerate() {
                if send {
                    let message = [number as u32, !(number as u32)];
                    let room = model.len() < 5;
                    prop_assert_eq!(mail.send(message), room);
                    if room {
                        model.push_back(message);
                    }
                } else {
                    prop_assert_eq!(mail.receive(), model.pop_front());
                }
                prop_assert_eq!(mail.waiting(), model.len());
            }
        }
    }
}
