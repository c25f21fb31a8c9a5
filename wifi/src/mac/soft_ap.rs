//! The soft-AP: radio and access point behind one smoltcp `Device`.

#[cfg(test)]
mod tests;

use heapless::Deque;
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use super::access_point::{AccessPoint, Queue, Verdict, BEACON_INTERVAL};
use super::frame::data::{self, MAX_ETHERNET_LEN};
use super::radio::{
    self, Events, Finished, ReceiveRing, Reception, Registers, Resources, Taken, Transmitter,
    MAX_TAKEN,
};
use super::StationInfo;
use crate::config::Config;
use crate::{efuse, wpa2, MacAddress};

/// Ethernet frames that wait for smoltcp. One place fewer than may be taken from the ring, so that management
/// frames still come through when smoltcp does not keep up.
const MAX_PENDING: usize = MAX_TAKEN - 1;
/// Frames taken from the ring in one poll: then smoltcp gets a turn, so that a burst as long as the ring is not
/// too long for [`MAX_PENDING`].
const FRAMES_PER_POLL: usize = MAX_PENDING;
/// How old the last beacon may be while we call ourselves beaconing, in microseconds: ten intervals.
const BEACONING: u64 = 10 * BEACON_INTERVAL;

/// What happened so far. Each counter wraps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Good frames of any kind taken from the air.
    pub received: u32,
    /// Received frames given up: damaged, malformed, or no room for them.
    pub dropped: u32,
    /// Frames sent, and acknowledged where that was due.
    pub sent: u32,
    /// Second and later attempts at a frame.
    pub retries: u32,
    /// Frames given up after the last attempt, or for want of a queue place or of a receiver.
    pub failures: u32,
}

/// A soft-AP, open or with a key. Put a smoltcp interface with [`SoftAp::address`] on it, and call [`SoftAp::poll`]
/// whenever the MAC's interrupt woke the core or [`SoftAp::next_deadline`] has come.
///
/// A main loop's turn:
///
/// ```
/// # use d1_wifi::{mac::radio::Registers, SoftAp};
/// # use smoltcp::{iface::{Interface, SocketSet}, time::Instant};
/// # fn turn<R: Registers>(
/// #     soft_ap: &mut SoftAp<R>, interface: &mut Interface, sockets: &mut SocketSet<'_>, now: Instant,
/// # ) {
/// soft_ap.poll(now.total_micros() as u64);
/// interface.poll(now, soft_ap, sockets);
/// // Sockets have their turn. Then, with interrupts masked:
/// soft_ap.enable_wakeup();
/// // WAITI, until an interrupt or `soft_ap.next_deadline()`.
/// # }
/// ```
///
/// It occupies a few hundred bytes itself; frames are in [`Resources`] and are never copied between there and
/// smoltcp.
pub struct SoftAp<R: Registers> {
    registers: R,
    address: MacAddress,
    access_point: AccessPoint,
    receiver: ReceiveRing<R>,
    transmitter: Transmitter<R>,
    pending: Deque<Pending, MAX_PENDING>,
    received: u32,
    dropped: u32,
    beacon_sent_at: Option<u64>,
    has_backlog: bool,
    now: u64,
}

/// An Ethernet frame in the receive buffer it arrived in.
struct Pending {
    taken: Taken,
    start: u16,
    end: u16,
}

impl<R: Registers> SoftAp<R> {
    /// Starts the access point at `now`, in microseconds since any fixed moment. The first poll sends the
    /// first beacon, and tells stations of an earlier run that they are no longer joined.
    pub fn new(config: Config, resources: &'static mut Resources, registers: R, now: u64) -> Self {
        let address = efuse::access_point_address(|address| registers.read(address));
        let (receiver, mut transmitter) = radio::start(&registers, resources, address);
        let mut access_point = AccessPoint::new(config, address, now);
        access_point.announce(&mut transmitter);
        SoftAp {
            registers,
            address,
            access_point,
            receiver,
            transmitter,
            pending: Deque::new(),
            received: 0,
            dropped: 0,
            beacon_sent_at: None,
            has_backlog: false,
            now,
        }
    }

    /// Takes in what the air brought, runs the timers, feeds the transmitter. Never waits.
    pub fn poll(&mut self, now: u64) {
        self.now = now;
        let events = Events::take(&self.registers);
        let finished = if events.is_fatal() {
            self.receiver.restart();
            self.transmitter.abandon()
        } else {
            self.transmitter.poll(&events, now)
        };
        if let Some(finished) = finished {
            self.note(finished);
        }
        self.receive_frames();
        let beacon_was_due = self.access_point.poll(now, &mut self.transmitter);
        if beacon_was_due {
            self.transmitter.age(&self.access_point);
            if !self.has_backlog {
                self.receiver.watch();
            }
        }
        feed(&mut self.transmitter, &mut self.access_point, now);
    }

    /// The time, in microseconds, at which [`SoftAp::poll`] has something to do even if no interrupt comes.
    pub fn next_deadline(&self) -> u64 {
        if self.has_backlog {
            return self.now;
        }
        let beacon = self.access_point.next_deadline();
        match self.transmitter.next_deadline() {
            Some(transmitter) => beacon.min(transmitter),
            None => beacon,
        }
    }

    /// The access point's own address (BSSID): the interface's hardware address.
    pub fn address(&self) -> MacAddress {
        self.address
    }

    /// The joined stations.
    pub fn stations(&self) -> impl Iterator<Item = StationInfo> + '_ {
        self.access_point.stations()
    }

    /// Whether a beacon went out in the second before the last poll.
    pub fn is_beaconing(&self) -> bool {
        self.beacon_sent_at
            .is_some_and(|sent_at| self.now.saturating_sub(sent_at) <= BEACONING)
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        let transmitted = self.transmitter.counters();
        Counters {
            received: self.received,
            dropped: self.dropped,
            sent: transmitted.sent,
            retries: transmitted.retries,
            failures: transmitted.failures,
        }
    }

    /// What the authenticator has seen: nothing in an open network.
    pub fn handshakes(&self) -> Option<wpa2::Counters> {
        self.access_point.handshakes()
    }

    /// Lets the MAC's interrupt wake the core again, after `on_interrupt` silenced it. Call it after the poll
    /// and before WAITI, with interrupts masked in between: an event that came since the poll raises the
    /// interrupt at once.
    pub fn enable_wakeup(&mut self) {
        radio::enable_wakeup(&self.registers);
    }

    /// Stops sending and receiving, for good. To be called before a restart, of which it is not known whether it
    /// stops the MAC: it must not go on writing into memory that belongs to the next program.
    pub fn stop(&mut self) {
        self.transmitter.abandon();
        radio::stop(&self.registers);
    }

    fn note(&mut self, finished: Finished) {
        if finished.sent && finished.queue == Queue::Beacon {
            self.beacon_sent_at = Some(self.now);
        }
        if let Some(station) = finished.receiver {
            let Finished {
                queue,
                sent,
                retries,
                ..
            } = finished;
            self.access_point
                .concluded(queue, station, sent, retries, self.now);
        }
    }

    fn receive_frames(&mut self) {
        for _ in 0..FRAMES_PER_POLL {
            match self.receiver.take() {
                Some(Reception::Frame(taken)) => self.receive_frame(taken),
                Some(Reception::Lost) => self.count_dropped(),
                None => {
                    self.has_backlog = false;
                    return;
                }
            }
        }
        self.has_backlog = true;
    }

    fn receive_frame(&mut self, taken: Taken) {
        self.received = self.received.wrapping_add(1);
        let frame = self.receiver.frame(&taken);
        let verdict = self
            .access_point
            .receive(frame, self.now, &mut self.transmitter);
        let ethernet = match verdict {
            Verdict::Done => return self.receiver.release(taken),
            Verdict::Malformed => None,
            Verdict::Deliver if self.pending.is_full() => None,
            Verdict::Deliver => data::into_ethernet(frame).ok(),
        };
        let Some(ethernet) = ethernet else {
            self.count_dropped();
            return self.receiver.release(taken);
        };
        let pending = Pending {
            taken,
            start: ethernet.start as u16,
            end: ethernet.end as u16,
        };
        if let Err(Pending { taken, .. }) = self.pending.push_back(pending) {
            // Cannot be: fullness was asked for above.
            self.receiver.release(taken);
        }
    }

    fn count_dropped(&mut self) {
        self.dropped = self.dropped.wrapping_add(1);
    }
}

/// Hands the next frame to the hardware, with the time of this moment in its timestamp.
fn feed<R: Registers>(transmitter: &mut Transmitter<R>, access_point: &mut AccessPoint, now: u64) {
    let timestamp = access_point.timestamp(now);
    transmitter.feed(now, timestamp, access_point);
}

/// One received Ethernet frame, still in the buffer the hardware put it in. The buffer goes back when the
/// token is gone.
pub struct RxToken<'a, R: Registers> {
    receiver: &'a mut ReceiveRing<R>,
    pending: Option<Pending>,
}

impl<R: Registers> phy::RxToken for RxToken<'_, R> {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, f: F) -> T {
        match &self.pending {
            Some(Pending { taken, start, end }) => {
                f(&self.receiver.frame(taken)[usize::from(*start)..usize::from(*end)])
            }
            None => f(&[]),
        }
    }
}

impl<R: Registers> Drop for RxToken<'_, R> {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.take() {
            self.receiver.release(pending.taken);
        }
    }
}

/// Room for one Ethernet frame, in the buffer it will be sent from.
pub struct TxToken<'a, R: Registers> {
    transmitter: &'a mut Transmitter<R>,
    access_point: &'a mut AccessPoint,
    now: u64,
}

impl<R: Registers> phy::TxToken for TxToken<'_, R> {
    /// # Panics
    /// When `len` is more than the capabilities allow.
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, len: usize, f: F) -> T {
        let start = self.access_point.ethernet_offset();
        let end = start + len;
        // A token is only made when there is room.
        let Some(buffer) = self.transmitter.vacant() else {
            unreachable!("a transmit token without a buffer")
        };
        let result = f(&mut buffer[start..end]);
        match self.access_point.encapsulate(&mut buffer[..end]) {
            Some(delivery) => {
                self.transmitter.commit(end, delivery, self.access_point);
                feed(self.transmitter, self.access_point, self.now);
            }
            None => self.transmitter.count_failure(),
        }
        result
    }
}

impl<R: Registers> Device for SoftAp<R> {
    type RxToken<'a>
        = RxToken<'a, R>
    where
        Self: 'a;
    type TxToken<'a>
        = TxToken<'a, R>
    where
        Self: 'a;

    fn receive(&mut self, _timestamp: Instant) -> Option<(RxToken<'_, R>, TxToken<'_, R>)> {
        // Without room for an answer the frame waits.
        self.transmitter.vacant()?;
        let pending = self.pending.pop_front()?;
        let received = RxToken {
            receiver: &mut self.receiver,
            pending: Some(pending),
        };
        let answer = TxToken {
            transmitter: &mut self.transmitter,
            access_point: &mut self.access_point,
            now: self.now,
        };
        Some((received, answer))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<TxToken<'_, R>> {
        self.transmitter.vacant()?;
        Some(TxToken {
            transmitter: &mut self.transmitter,
            access_point: &mut self.access_point,
            now: self.now,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MAX_ETHERNET_LEN;
        capabilities.max_burst_size = Some(MAX_PENDING);
        capabilities
    }
}
