//! DHCP exchanges, message by message.

use super::*;
use smoltcp::time::Duration;
use smoltcp::wire::{DhcpPacket, DhcpRepr};

const NOW: Instant = Instant::ZERO;

fn client(number: u8) -> EthernetAddress {
    EthernetAddress([2, 0, 0, 0, 0, number])
}

fn pool(index: u8) -> Ipv4Address {
    Ipv4Address::new(192, 168, 123, 100 + index)
}

fn message(kind: DhcpMessageType, client: EthernetAddress) -> DhcpRepr<'static> {
    DhcpRepr {
        message_type: kind,
        transaction_id: 0x1234_5678,
        secs: 3,
        client_hardware_address: client,
        client_ip: Ipv4Address::UNSPECIFIED,
        your_ip: Ipv4Address::UNSPECIFIED,
        server_ip: Ipv4Address::UNSPECIFIED,
        router: None,
        subnet_mask: None,
        relay_agent_ip: Ipv4Address::UNSPECIFIED,
        broadcast: false,
        requested_ip: None,
        client_identifier: Some(client),
        server_identifier: None,
        parameter_request_list: Some(&[1, 3, 6]),
        dns_servers: None,
        max_size: None,
        lease_duration: None,
        renew_duration: None,
        rebind_duration: None,
        additional_options: &[],
    }
}

fn bytes(message: &DhcpRepr) -> Vec<u8> {
    let mut bytes = vec![0; message.buffer_len()];
    message
        .emit(&mut DhcpPacket::new_unchecked(&mut bytes[..]))
        .unwrap();
    bytes
}

fn ask(server: &mut Server, now: Instant, message: &DhcpRepr) -> Option<Reply> {
    let query = Query::parse(&bytes(message)).expect("a good message");
    server.answer(now, &query)
}

fn discover(server: &mut Server, number: u8) -> Option<Reply> {
    ask(
        server,
        NOW,
        &message(DhcpMessageType::Discover, client(number)),
    )
}

fn request(server: &mut Server, now: Instant, number: u8, address: Ipv4Address) -> Option<Reply> {
    let request = DhcpRepr {
        requested_ip: Some(address),
        server_identifier: Some(ADDRESS),
        ..message(DhcpMessageType::Request, client(number))
    };
    ask(server, now, &request)
}

#[test]
fn a_client_is_offered_an_address_and_granted_it() {
    let mut server = Server::new();
    let offer = discover(&mut server, 1).unwrap();
    assert_eq!(
        (offer.kind, offer.address),
        (DhcpMessageType::Offer, pool(0))
    );
    assert_eq!(offer.to, Ipv4Address::BROADCAST);
    let ack = request(&mut server, NOW, 1, pool(0)).unwrap();
    assert_eq!((ack.kind, ack.address), (DhcpMessageType::Ack, pool(0)));
    assert_eq!(server.leases().holder(pool(0)), Some(client(1)));
}

#[test]
fn a_reply_is_written_into_whatever_was_there_before() {
    let mut server = Server::new();
    let mut query = message(DhcpMessageType::Discover, client(1));
    query.broadcast = true;
    let reply = ask(&mut server, NOW, &query).unwrap();
    let mut buffer = [0xA5; Reply::LEN];
    reply.emit(&mut buffer);
    let packet = DhcpPacket::new_checked(&buffer[..]).unwrap();
    let repr = DhcpRepr::parse(&packet).unwrap();
    assert_eq!(repr.message_type, DhcpMessageType::Offer);
    assert_eq!(repr.transaction_id, 0x1234_5678);
    assert_eq!(repr.client_hardware_address, client(1));
    assert_eq!(repr.your_ip, pool(0));
    assert_eq!(repr.subnet_mask, Some(SUBNET_MASK));
    assert_eq!(repr.server_identifier, Some(ADDRESS));
    assert_eq!(repr.lease_duration, Some(7200));
    assert!(repr.router.is_none());
    assert!(repr.broadcast);
    let rest = &buffer[repr.buffer_len()..];
    assert!(rest.iter().all(|byte| *byte == 0), "{rest:?}");
}

#[test]
fn a_client_keeps_its_address_and_a_wish_is_granted_when_it_can_be() {
    let mut server = Server::new();
    let wish = DhcpRepr {
        requested_ip: Some(pool(5)),
        ..message(DhcpMessageType::Discover, client(1))
    };
    assert_eq!(ask(&mut server, NOW, &wish).unwrap().address, pool(5));
    assert_eq!(discover(&mut server, 1).unwrap().address, pool(5));
    // The same wish of somebody else, and one from another network.
    let wish = DhcpRepr {
        requested_ip: Some(pool(5)),
        ..message(DhcpMessageType::Discover, client(2))
    };
    assert_eq!(ask(&mut server, NOW, &wish).unwrap().address, pool(0));
    let elsewhere = Some(Ipv4Address::new(10, 0, 0, 7));
    let wish = DhcpRepr {
        requested_ip: elsewhere,
        ..message(DhcpMessageType::Discover, client(3))
    };
    assert_eq!(ask(&mut server, NOW, &wish).unwrap().address, pool(1));
}

#[test]
fn a_full_pool_offers_nothing_until_an_offer_or_a_lease_runs_out() {
    let mut server = Server::new();
    for number in 0..POOL_LEN {
        discover(&mut server, number).unwrap();
        request(&mut server, NOW, number, pool(number)).unwrap();
    }
    assert_eq!(discover(&mut server, 99), None);
    let later = NOW + Duration::from_secs(7201);
    let again = message(DhcpMessageType::Discover, client(99));
    assert_eq!(ask(&mut server, later, &again).unwrap().address, pool(0));

    let mut server = Server::new();
    for number in 0..POOL_LEN {
        discover(&mut server, number).unwrap();
    }
    assert_eq!(discover(&mut server, 99), None);
    let later = NOW + Duration::from_secs(31);
    assert_eq!(ask(&mut server, later, &again).unwrap().address, pool(0));
}

#[test]
fn an_address_of_somebody_else_or_from_elsewhere_is_refused_by_broadcast() {
    let mut server = Server::new();
    request(&mut server, NOW, 1, pool(0)).unwrap();
    for address in [pool(0), pool(POOL_LEN), Ipv4Address::new(10, 0, 0, 7)] {
        let refusal = request(&mut server, NOW, 2, address).unwrap();
        assert_eq!(
            (refusal.kind, refusal.to),
            (DhcpMessageType::Nak, Ipv4Address::BROADCAST)
        );
        assert_eq!(refusal.address, Ipv4Address::UNSPECIFIED);
    }
}

#[test]
fn a_client_that_returns_after_our_restart_keeps_its_address() {
    // INIT-REBOOT: no server named, the address it remembers.
    let mut server = Server::new();
    let returns = DhcpRepr {
        requested_ip: Some(pool(3)),
        ..message(DhcpMessageType::Request, client(1))
    };
    let ack = ask(&mut server, NOW, &returns).unwrap();
    assert_eq!((ack.kind, ack.address), (DhcpMessageType::Ack, pool(3)));
}

#[test]
fn a_renewal_is_answered_to_the_clients_own_address() {
    let mut server = Server::new();
    request(&mut server, NOW, 1, pool(0)).unwrap();
    let renews = DhcpRepr {
        client_ip: pool(0),
        ..message(DhcpMessageType::Request, client(1))
    };
    let half = NOW + Duration::from_secs(3600);
    let ack = ask(&mut server, half, &renews).unwrap();
    assert_eq!(
        (ack.kind, ack.address, ack.to),
        (DhcpMessageType::Ack, pool(0), pool(0))
    );
    let still_held = NOW + Duration::from_secs(8000);
    assert_eq!(
        request(&mut server, still_held, 2, pool(0)).unwrap().kind,
        DhcpMessageType::Nak
    );
}

#[test]
fn a_client_that_takes_another_servers_offer_frees_ours() {
    let mut server = Server::new();
    discover(&mut server, 1).unwrap();
    let elsewhere = DhcpRepr {
        requested_ip: Some(Ipv4Address::new(192, 168, 1, 5)),
        server_identifier: Some(Ipv4Address::new(192, 168, 1, 1)),
        ..message(DhcpMessageType::Request, client(1))
    };
    assert_eq!(ask(&mut server, NOW, &elsewhere), None);
    assert_eq!(server.leases().holder(pool(0)), None);
}

#[test]
fn a_released_address_is_free_and_a_declined_one_is_left_alone_for_a_while() {
    let mut server = Server::new();
    request(&mut server, NOW, 1, pool(0)).unwrap();
    let release = DhcpRepr {
        client_ip: pool(0),
        server_identifier: Some(ADDRESS),
        ..message(DhcpMessageType::Release, client(1))
    };
    assert_eq!(ask(&mut server, NOW, &release), None);
    assert_eq!(discover(&mut server, 2).unwrap().address, pool(0));

    let decline = |number| DhcpRepr {
        requested_ip: Some(pool(0)),
        server_identifier: Some(ADDRESS),
        ..message(DhcpMessageType::Decline, client(number))
    };
    // Only its own: otherwise one message would take an address from another client.
    assert_eq!(ask(&mut server, NOW, &decline(7)), None);
    assert_eq!(server.leases().holder(pool(0)), Some(client(2)));
    assert_eq!(ask(&mut server, NOW, &decline(2)), None);
    assert_eq!(discover(&mut server, 2).unwrap().address, pool(1));
    let later = NOW + Duration::from_secs(601);
    let third = message(DhcpMessageType::Discover, client(3));
    assert_eq!(ask(&mut server, later, &third).unwrap().address, pool(0));
}

#[test]
fn a_client_with_an_address_of_its_own_is_informed() {
    let mut server = Server::new();
    let own = Ipv4Address::new(192, 168, 123, 50);
    let inform = DhcpRepr {
        client_ip: own,
        ..message(DhcpMessageType::Inform, client(1))
    };
    let ack = ask(&mut server, NOW, &inform).unwrap();
    assert_eq!(
        (ack.kind, ack.address, ack.to),
        (DhcpMessageType::Ack, Ipv4Address::UNSPECIFIED, own)
    );
}

#[test]
fn what_is_cut_short_or_odd_is_ignored() {
    let good = bytes(&message(DhcpMessageType::Discover, client(1)));
    for len in 0..241 {
        assert_eq!(
            Query::parse(&good[..len]).map(|query| query.kind),
            None,
            "{len} bytes"
        );
    }
    let spoilt = |offset: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[offset] = value;
        Query::parse(&bytes)
    };
    assert_eq!(spoilt(0, 2), None, "a reply");
    assert_eq!(spoilt(1, 6), None, "not Ethernet");
    assert_eq!(spoilt(2, 16), None, "a long hardware address");
    assert_eq!(spoilt(24, 10), None, "through a relay");
    assert_eq!(spoilt(28, 0xFF), None, "from a group");
    assert_eq!(spoilt(236, 0), None, "no cookie");
    let mut server = Server::new();
    let unknown = spoilt(242, 99).unwrap();
    assert_eq!(server.answer(NOW, &unknown), None, "an unknown kind");
}

#[test]
fn a_full_pool_makes_room_for_who_is_here() {
    let mut leases = Leases::new();
    let client = |number| EthernetAddress([2, 0, 0, 0, 0, number]);
    for number in 0..lease::POOL_LEN {
        let address = leases.offer(NOW, client(number), None).unwrap();
        assert!(leases.grant(NOW, client(number), address));
    }
    let is_here = |it| it != client(3);
    // One that has an address needs no room.
    leases.make_room(NOW, client(5), is_here);
    assert_eq!(leases.offer(NOW, client(99), None), None);
    // Everybody is here.
    leases.make_room(NOW, client(99), |_| true);
    assert_eq!(leases.offer(NOW, client(99), None), None);
    leases.make_room(NOW, client(99), is_here);
    let freed = Ipv4Address::new(192, 168, 123, lease::POOL_FIRST + 3);
    assert_eq!(leases.offer(NOW, client(99), None), Some(freed));
    // There is room now: nobody has to go.
    leases.release(client(0));
    leases.make_room(NOW, client(98), |_| false);
    assert_eq!(leases.holder(freed), Some(client(99)));
}
