//! Data: to us, to other stations, to everybody, and from us.

use super::super::frame::{data, header, Flags, Header, HeaderRepr, Kind, ReasonCode};
use super::super::MacAddress;
use super::{AccessPoint, Delivery, Outbox, Queue, Verdict, DATA_RATE};

impl AccessPoint {
    /// Turns the Ethernet frame at [`data::ETHERNET_OFFSET`] in `frame` into a data frame, and says how to
    /// send it. Nothing, and the frame is as it was, when nobody joined could receive it.
    ///
    /// # Panics
    /// When the Ethernet frame is shorter than its header.
    pub fn encapsulate(&mut self, frame: &mut [u8]) -> Option<Delivery> {
        let delivery = self.delivery_to(data::ethernet_destination(frame))?;
        let sequence = self.sequence.advance();
        data::from_ethernet(frame, self.address, sequence, delivery.duration());
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

    /// Sends a station's data on to another station, or to all.
    fn forward(&mut self, header: &Header<&[u8]>, destination: MacAddress, out: &mut impl Outbox) {
        let source = data::source(header);
        if destination == source {
            return;
        }
        let Some(delivery) = self.delivery_to(destination) else {
            return;
        };
        let forwarded = HeaderRepr {
            kind: Kind::Data,
            flags: Flags::FROM_DS,
            duration: delivery.duration(),
            receiver: destination,
            transmitter: self.address,
            address_3: source,
            sequence: self.sequence.advance(),
        };
        let body = header.body();
        out.push(
            Queue::Data,
            delivery,
            header::HEADER_LEN + body.len(),
            |frame| {
                forwarded.emit(frame);
                frame[header::HEADER_LEN..].copy_from_slice(body);
            },
        );
    }

    /// How data to `destination` is sent, if anybody joined could receive it.
    fn delivery_to(&self, destination: MacAddress) -> Option<Delivery> {
        if destination.is_multicast() {
            (!self.stations.is_empty()).then_some(Delivery::GROUP)
        } else {
            self.stations
                .contains(destination)
                .then_some(Delivery::to_station(DATA_RATE))
        }
    }
}
