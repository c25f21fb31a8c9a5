//! From power-on to a receiving MAC, and back to a silent one: the order of docs/wifi-mac-registers.md, section 1.

use super::super::MacAddress;
use super::receive_ring::ReceiveRing;
use super::registers::{
    ACCESS_POINT_BSSID, ACCESS_POINT_MAC, ACKNOWLEDGEMENT_RATES, ADDRESS_SLOT_ENABLED,
    CORE_OPTIONS, CORE_TIMING, CORE_TIMING_MASK, CORE_TIMING_RAISE, CORE_TIMING_SHIFT,
    DECRYPTION_OFF, EVENTS_CLEAR, EVENTS_ENABLED, EVENTS_WANTED, INTERRUPT_ROUTE,
    INTERRUPT_ROUTE_MASK, RECEIVER, RECEIVER_ENABLED, RECEIVE_BASE, RECEIVE_FILTER,
    RECEIVE_FILTER_CLEARED, RECEIVE_FILTER_SET, RECEIVE_OPTION, RECEIVE_OPTION_SET,
    STATION_BSSID_MASK_HIGH,
};
use super::resources::{Resources, RECEIVE_COUNT, RECEIVE_LEN};
use super::transmitter::Transmitter;
use super::{dma::Place, key_table, modify, Registers};

/// Sets the MAC up as an access point with this address, and starts receiving.
pub fn start<R: Registers>(
    registers: &R,
    resources: &'static mut Resources,
    address: MacAddress,
) -> (ReceiveRing<R>, Transmitter<R>) {
    // From here on the hardware shares this memory: no exclusive reference to it may remain.
    let resources: &'static Resources = resources;

    modify(registers, INTERRUPT_ROUTE, INTERRUPT_ROUTE_MASK, 0);
    registers.write(EVENTS_ENABLED, 0);
    registers.write(EVENTS_CLEAR, u32::MAX);
    modify(registers, RECEIVER, RECEIVER_ENABLED, 0);
    set_options(registers);
    let ring = prepare_receiving(registers, &resources.receive);
    modify(registers, STATION_BSSID_MASK_HIGH, ADDRESS_SLOT_ENABLED, 0);
    enable_wakeup(registers);
    set_address(registers, ACCESS_POINT_MAC, address);
    set_address(registers, ACCESS_POINT_BSSID, address);
    modify(registers, RECEIVER, 0, RECEIVER_ENABLED);

    let transmitter = Transmitter::new(
        registers.clone(),
        &resources.beacon,
        &resources.management,
        &resources.data,
    );
    (ring, transmitter)
}

/// Silences the MAC: it writes no memory, raises no interrupt, and knows no key any more.
pub fn stop<R: Registers>(registers: &R) {
    modify(registers, RECEIVER, RECEIVER_ENABLED, 0);
    registers.write(RECEIVE_BASE, 0);
    registers.write(EVENTS_ENABLED, 0);
    key_table::clear_all(registers);
}

/// Lets events raise the interrupt.
pub fn enable_wakeup<R: Registers>(registers: &R) {
    registers.write(EVENTS_ENABLED, EVENTS_WANTED);
}

fn set_options<R: Registers>(registers: &R) {
    for (address, clear, set) in CORE_OPTIONS {
        modify(registers, address, clear, set);
    }
    let timing = registers.read(CORE_TIMING);
    let raised = (timing >> CORE_TIMING_SHIFT).wrapping_add(CORE_TIMING_RAISE) & CORE_TIMING_MASK;
    let rest = timing & !(CORE_TIMING_MASK << CORE_TIMING_SHIFT);
    registers.write(CORE_TIMING, rest | raised << CORE_TIMING_SHIFT);
    for (address, value) in DECRYPTION_OFF {
        registers.write(address, value);
    }
    key_table::clear_all(registers);
}

fn prepare_receiving<R: Registers>(
    registers: &R,
    places: &'static [Place<RECEIVE_LEN>; RECEIVE_COUNT],
) -> ReceiveRing<R> {
    let ring = ReceiveRing::new(registers.clone(), places);
    for (address, value) in ACKNOWLEDGEMENT_RATES {
        registers.write(address, value);
    }
    modify(
        registers,
        RECEIVE_FILTER,
        RECEIVE_FILTER_CLEARED,
        RECEIVE_FILTER_SET,
    );
    modify(registers, RECEIVE_OPTION, 0, RECEIVE_OPTION_SET);
    ring
}

/// Fills one address slot and switches it on (section 4).
fn set_address<R: Registers>(registers: &R, slot: [u32; 4], address: MacAddress) {
    let [low, high, mask_low, mask_high] = slot;
    let [a, b, c, d, e, f] = address.0;
    registers.write(low, u32::from_le_bytes([a, b, c, d]));
    registers.write(high, u32::from_le_bytes([e, f, 0, 0]));
    registers.write(mask_low, u32::MAX);
    registers.write(mask_high, 0xFFFF);
    registers.write(mask_high, ADDRESS_SLOT_ENABLED | 0xFFFF);
}
