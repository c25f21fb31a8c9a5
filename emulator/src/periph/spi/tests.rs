use super::*;

const APB_HZ: u64 = 80_000_000;

/// Remembers what it was asked and answers with counting bytes.
#[derive(Default)]
struct Probe(Vec<(u8, Option<u32>, Vec<u8>, usize)>);

impl SpiChip for Probe {
    fn transact(&mut self, opcode: u8, address: Option<u32>, out: &[u8], back: &mut [u8], _: Time) {
        self.0.push((opcode, address, out.to_vec(), back.len()));
        for (number, byte) in back.iter_mut().enumerate() {
            *byte = number as u8 + 1;
        }
    }
}

#[test]
fn a_read_carries_address_and_count_and_takes_its_bits() {
    let (mut spi, mut chip) = (SpiController::new(APB_HZ), Probe::default());
    spi.write(ADDR, 8 << 24 | 0x01_2345, Time(0), &mut chip);
    spi.write(CMD, CMD_READ, Time(0), &mut chip);
    assert_eq!(chip.0, [(0x03, Some(0x01_2345), vec![], 8)]);
    assert_eq!(spi.read(W0, Time(0)), Some(0x0403_0201));
    assert_eq!(spi.read(CMD, Time(0)), Some(CMD_READ));
    // 8 + 24 + 64 bits at 20 MHz.
    assert_eq!(spi.read(CMD, Time::from_nanos(4_799)), Some(CMD_READ));
    assert_eq!(spi.read(CMD, Time::from_nanos(4_800)), Some(0));
}

#[test]
fn programming_sends_the_buffer() {
    let (mut spi, mut chip) = (SpiController::new(APB_HZ), Probe::default());
    spi.write(W0, 0x4433_2211, Time(0), &mut chip);
    spi.write(ADDR, 3 << 24 | 0x1000, Time(0), &mut chip);
    spi.write(CMD, CMD_PP, Time(0), &mut chip);
    assert_eq!(chip.0, [(0x02, Some(0x1000), vec![0x11, 0x22, 0x33], 0)]);
}

#[test]
fn a_user_command_spells_the_transaction_out() {
    let (mut spi, mut chip) = (SpiController::new(APB_HZ), Probe::default());
    // Read SFDP: command 0x5A, 24-bit address, 8 dummy clocks, 4 bytes back.
    spi.write(
        USER,
        USER_COMMAND | USER_ADDRESS | USER_DUMMY | USER_MISO,
        Time(0),
        &mut chip,
    );
    spi.write(USER1, 23 << 26 | 31 << 8 | 7, Time(0), &mut chip);
    spi.write(USER2, 7 << 28 | 0x5A, Time(0), &mut chip);
    spi.write(ADDR, 0x00_0010 << 8, Time(0), &mut chip);
    spi.write(CMD, CMD_USER, Time(0), &mut chip);
    assert_eq!(chip.0, [(0x5A, Some(0x10), vec![], 4)]);
}

#[test]
fn a_command_during_a_command_is_not_started() {
    let (mut spi, mut chip) = (SpiController::new(APB_HZ), Probe::default());
    spi.write(CMD, CMD_RDSR, Time(0), &mut chip);
    spi.write(CMD, CMD_RDID, Time(1), &mut chip);
    assert_eq!(chip.0.len(), 1);
    assert_eq!(spi.read(RD_STATUS, Time(0)), Some(1));
}

#[test]
fn the_read_mode_follows_the_control_bits() {
    for (bits, opcode) in [
        (1 << 24, 0xEB),
        (1 << 23, 0xBB),
        (1 << 20, 0x6B),
        (1 << 14, 0x3B),
        (1 << 13, 0x0B),
    ] {
        let (mut spi, mut chip) = (SpiController::new(APB_HZ), Probe::default());
        spi.write(CTRL, bits | 3, Time(0), &mut chip);
        spi.write(ADDR, 4 << 24, Time(0), &mut chip);
        spi.write(CMD, CMD_READ, Time(0), &mut chip);
        assert_eq!(chip.0[0].0, opcode);
    }
}

#[test]
fn an_unconnected_bus_reads_ones() {
    let mut spi = SpiController::new(APB_HZ);
    spi.write(CMD, CMD_RDID, Time(0), &mut Unconnected);
    assert_eq!(spi.read(W0, Time(0)), Some(0x00FF_FFFF));
}
