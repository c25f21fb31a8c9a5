//! Data: to us, to other stations, to everybody, and from us.

use super::super::frame::{ccmp, data, header, Flags, Header, HeaderRepr, Kind, ReasonCode};
use super::super::MacAddress;
use super::{AccessPoint, Delivery, Outbox, Queue, Verdict};
use crate::wpa2::ETHERNET_TYPE;

impl AccessPoint {
    /// Where an Ethernet frame must start in a buffer for [`AccessPoint::encapsulate`].
    pub fn ethernet_offset(&self) -> usize {
        data::ethernet_offset(self.has_key())
    }

    /// Turns the Ethernet frame at [`AccessPoint::ethernet_offset`] in `frame` into a data frame, and says how to
    /// send it. Nothing, and the frame is as it was, when nobody joined could receive it.
    ///
    /// # Panics
    /// When the Ethernet frame is shorter than its header.
    pub fn encapsulate(&mut self, frame: &mut [u8]) -> Option<Delivery> {
        let start = self.ethernet_offset();
        let destination = MacAddress::from_bytes(&frame[start..start + 6]);
        let (delivery, protection) = self.way_to(destination)?;
        let (sequence, duration) = (self.sequence.advance(), delivery.duration());
        data::from_ethernet(frame, self.address, sequence, duration, protection);
        Some(delivery)
    }

    pub(super) fn receive_data(
        &mut self,
        header: &Header<&[u8]>,
        now: u64,
        out: &mut impl Outbox,
    ) -> Verdict {
        if header.receiver() != self.address || !header.flags().contains(Flags::TO_DS) {
            return Verdict::Done;
        }
        let transmitter = header.transmitter();
        let Some(station) = self.stations.find(transmitter) else {
            let kind = if self.lobby.contains(transmitter) {
                Kind::Disassociation
            } else {
                Kind::Deauthentication
            };
            let reason = ReasonCode::CLASS_3_FROM_UNASSOCIATED;
            self.refuse(kind, transmitter, reason, now, out);
            return Verdict::Done;
        };
        station.heard(now);
        station.sleeps = header.flags().contains(Flags::POWER_MANAGEMENT);
        let retry = header.flags().contains(Flags::RETRY);
        if station.is_duplicate(header.traffic_id(), header.sequence(), retry) {
            return Verdict::Done;
        }
        if matches!(header.kind(), Kind::Null | Kind::QosNull) {
            return Verdict::Done;
        }
        if data::check(header).is_err() {
            return Verdict::Malformed;
        }
        let destination = data::destination(header);
        let may_pass = self.may_pass(header);
        if let (Some(eapol), true, Some(_)) = (
            data::payload_of(header, ETHERNET_TYPE),
            destination == self.address,
            may_pass,
        ) {
            self.authenticate(out, |it, door| it.receive(transmitter, eapol, now, door));
            return Verdict::Done;
        }
        if may_pass != Some(true) {
            return Verdict::Malformed;
        }
        if destination == self.address {
            return Verdict::Deliver;
        }
        self.forward(header, destination, out);
        if destination.is_multicast() {
            Verdict::Deliver
        } else {
            Verdict::Done
        }
    }

    /// Whether a data frame may pass as far as its protection goes. `None`: nothing in it may; `false`: only
    /// what is for the authenticator.
    fn may_pass(&mut self, header: &Header<&[u8]>) -> Option<bool> {
        match (&mut self.security, header.is_protected()) {
            (None, is_protected) => (!is_protected).then_some(true),
            (Some(_), false) => Some(false),
            (Some(security), true) => {
                let protection = ccmp::Repr::parse(header.body()).ok()?;
                security.keys.accept(header.transmitter(), protection)
            }
        }
    }

    /// Sends a station's data on to another station, or to all.
    fn forward(&mut self, header: &Header<&[u8]>, destination: MacAddress, out: &mut impl Outbox) {
        let source = data::source(header);
        if destination == source {
            return;
        }
        // One frame waits for a station that sleeps, not more: they are in the way of everybody's.
        let sleeps = self.stations.get(destination).is_some_and(|it| it.sleeps);
        if sleeps && out.has_data_for(destination) {
            return;
        }
        let (Some((delivery, protection)), Some(content)) =
            (self.way_to(destination), data::content(header))
        else {
            return;
        };
        let forwarded = HeaderRepr {
            kind: Kind::Data,
            flags: data::flags(protection.is_some()),
            duration: delivery.duration(),
            receiver: destination,
            transmitter: self.address,
            address_3: source,
            sequence: self.sequence.advance(),
        };
        let protection_len = protection.map_or(0, |_| ccmp::HEADER_LEN);
        let len = header::HEADER_LEN + protection_len + content.len();
        out.push(Queue::Data, delivery, len, |frame| {
            forwarded.emit(frame);
            let body = data::emit_protection(&mut frame[header::HEADER_LEN..], protection);
            body.copy_from_slice(content);
        });
    }

    /// How data to `destination` is sent and protected, if anybody joined could receive it.
    fn way_to(&mut self, destination: MacAddress) -> Option<(Delivery, Option<ccmp::Repr>)> {
        let rate = self.rate_to(destination);
        if let Some(security) = &mut self.security {
            let (delivery, protection) = security.keys.protect(destination, rate)?;
            return Some((delivery, Some(protection)));
        }
        let delivery = if destination.is_multicast() {
            (!self.stations.is_empty()).then_some(Delivery::GROUP)
        } else {
            self.stations
                .contains(destination)
                .then_some(Delivery::to_station(rate))
        };
        Some((delivery?, None))
    }
}
