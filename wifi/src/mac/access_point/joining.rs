//! How stations come and go: probing, authenticating, associating, leaving.

use super::super::frame::{
    association, authentication, departure, probe, Header, Kind, Rate, ReasonCode, Result,
    StatusCode,
};
use super::super::MacAddress;
use super::{AccessPoint, Delivery, Outbox};
use crate::wpa2::rsn;

impl AccessPoint {
    pub(super) fn receive_probe(
        &mut self,
        header: &Header<&[u8]>,
        now: u64,
        out: &mut impl Outbox,
    ) -> Result<()> {
        let meant = |address| address == self.address || address == MacAddress::BROADCAST;
        let request = probe::Repr::parse(header.body())?;
        if meant(header.receiver()) && meant(header.address_3()) && request.is_for(&self.ssid) {
            let delivery = Delivery::to_station(Rate::Mbps1).with_timestamp();
            let response = self.description(now, None);
            let (kind, receiver) = (Kind::ProbeResponse, header.transmitter());
            self.send(
                kind,
                receiver,
                delivery,
                response.buffer_len(),
                out,
                |body| response.emit(body),
            );
        }
        Ok(())
    }

    pub(super) fn receive_authentication(
        &mut self,
        header: &Header<&[u8]>,
        out: &mut impl Outbox,
    ) -> Result<()> {
        let request = authentication::Repr::parse(header.body())?;
        let station = header.transmitter();
        let status = if request.algorithm != authentication::OPEN_SYSTEM {
            StatusCode::ALGORITHM_NOT_SUPPORTED
        } else if request.transaction != 1 {
            StatusCode::SEQUENCE_OUT_OF_ORDER
        } else {
            // An associated station that authenticates again stays associated (11.3.4.3).
            if !self.stations.contains(station) {
                self.lobby.admit(station);
            }
            StatusCode::SUCCESS
        };
        let response = authentication::Repr {
            transaction: request.transaction.wrapping_add(1),
            status,
            ..request
        };
        let len = authentication::BODY_LEN;
        self.answer(Kind::Authentication, station, len, out, |body| {
            response.emit(body)
        });
        Ok(())
    }

    pub(super) fn receive_association(
        &mut self,
        header: &Header<&[u8]>,
        again: bool,
        now: u64,
        out: &mut impl Outbox,
    ) -> Result<()> {
        let station = header.transmitter();
        if !self.stations.contains(station) && !self.lobby.contains(station) {
            let reason = ReasonCode::CLASS_2_FROM_UNAUTHENTICATED;
            self.refuse(Kind::Deauthentication, station, reason, now, out);
            return Ok(());
        }
        let request = association::Request::parse(header.body(), again)?;
        let refusal = self.security.as_ref().and_then(|_| refusal(request.rsn));
        let joined = if request.ssid != Some(self.ssid) {
            Err(StatusCode::UNSPECIFIED_FAILURE)
        } else if !request.has_basic_rates {
            Err(StatusCode::BASIC_RATES_NOT_SUPPORTED)
        } else if let Some(status) = refusal {
            Err(status)
        } else {
            self.stations
                .join(station, now)
                .ok_or(StatusCode::TOO_MANY_STATIONS)
        };
        if joined.is_ok() {
            self.lobby.dismiss(station);
        }
        let response = association::Response {
            status: joined.err().unwrap_or(StatusCode::SUCCESS),
            association_id: joined.unwrap_or(0),
            has_key: self.has_key(),
        };
        let kind = if again {
            Kind::ReassociationResponse
        } else {
            Kind::AssociationResponse
        };
        let len = association::Response::BODY_LEN;
        self.answer(kind, station, len, out, |body| response.emit(body));
        if let (Ok(_), Some(element)) = (joined, request.rsn) {
            self.authenticate(out, |it, door| it.join(station, element, now, door));
        }
        Ok(())
    }

    pub(super) fn receive_departure(
        &mut self,
        header: &Header<&[u8]>,
        out: &mut impl Outbox,
    ) -> Result<()> {
        departure::Repr::parse(header.body())?;
        let station = header.transmitter();
        let was_joined = self.stations.leave(station);
        self.authenticate(out, |it, door| it.leave(station, door));
        if header.kind() == Kind::Deauthentication {
            self.lobby.dismiss(station);
        } else if was_joined {
            self.lobby.admit(station);
        }
        Ok(())
    }
}

/// Why a station that asks to join with this RSN element cannot join a network with a key.
fn refusal(element: Option<rsn::Repr>) -> Option<StatusCode> {
    let Some(element) = element else {
        return Some(StatusCode::INVALID_ELEMENT);
    };
    if !element.group_ccmp {
        Some(StatusCode::GROUP_CIPHER_REFUSED)
    } else if !element.pairwise_ccmp {
        Some(StatusCode::PAIRWISE_CIPHER_REFUSED)
    } else if !element.psk {
        Some(StatusCode::KEY_MANAGEMENT_REFUSED)
    } else if element.requires_protection() {
        Some(StatusCode::PROTECTION_REFUSED)
    } else {
        None
    }
}
