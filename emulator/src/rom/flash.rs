//! The SPI flash routines, done through SPI0's registers as the ROM does them.
//!
//! Hardware facts 4.1 and 5.4, boot facts 1.3. Flash timing, write enable and
//! protection are the chip's; nothing here takes a short cut to its contents.

use super::layout::FLASHCHIP_POINTER;
use super::port::Port;

const CMD: u32 = 0x6000_0200;
const ADDR: u32 = 0x6000_0204;
const CTRL: u32 = 0x6000_0208;
const RD_STATUS: u32 = 0x6000_0210;
const USER: u32 = 0x6000_021C;
const W0: u32 = 0x6000_0240;
const DPORT_CACHE: u32 = 0x3FF0_000C;
const DPORT_IRAM_BANKS: u32 = 0x3FF0_0024;
const IOMUX_CONF: u32 = 0x6000_0800;
const IOMUX_SD_CLK: u32 = 0x6000_081C;
const IOMUX_SD_CMD: u32 = 0x6000_0830;

/// Analog pads, given back to the digital side with the flash pins.
const ANALOG_PADS: u32 = 0x6000_0D48;

const IOMUX_FUNCTION: u32 = 0x130;
const IOMUX_PULL_UP: u32 = 1 << 7;
const IOMUX_CONF_SPI0_UNDIVIDED: u32 = 1 << 8;
const USER_FLASH_MODE: u32 = 1 << 2;
const MODE_SLOW: u32 = 5;

const CMD_READ: u32 = 1 << 31;
const CMD_WREN: u32 = 1 << 30;
const CMD_RDSR: u32 = 1 << 27;
const CMD_WRSR: u32 = 1 << 26;
const CMD_PP: u32 = 1 << 25;
pub const CMD_SECTOR_ERASE: u32 = 1 << 24;
pub const CMD_BLOCK_ERASE: u32 = 1 << 23;
const CMD_CHIP_ERASE: u32 = 1 << 22;
const CMD_RELEASE: u32 = 1 << 20;

const CTRL_BASE: u32 = 0x0028_8000;
const CTRL_DIV4: u32 = 0x313;
const CTRL_CACHE: u32 = 1 << 17;
const CTRL_TWO_BYTE_STATUS: u32 = 1 << 22;
/// Every mode bit of CTRL: QIO, DIO, QOUT, DOUT, fast.
const CTRL_MODES: u32 = 1 << 24 | 1 << 23 | 1 << 20 | 1 << 14 | 1 << 13;

const STATUS_WIP: u32 = 1;
const STATUS_WEL: u32 = 2;
const STATUS_QE: u32 = 0x200;
/// The ROM moves at most this much per command.
const PIECE_LEN: u32 = 32;

/// The ROM's description of the flash chip.
struct FlashChip {
    size: u32,
    block: u32,
    sector: u32,
    page: u32,
    status_mask: u32,
}

impl FlashChip {
    async fn load(port: &Port) -> FlashChip {
        let base = port.load(FLASHCHIP_POINTER).await;
        FlashChip {
            size: port.load(base.wrapping_add(4)).await,
            block: port.load(base.wrapping_add(8)).await,
            sector: port.load(base.wrapping_add(12)).await,
            page: port.load(base.wrapping_add(16)).await.max(1),
            status_mask: port.load(base.wrapping_add(20)).await,
        }
    }
}

/// Cycles between two looks at a command in progress, and at a chip that erases or programs. The
/// ROM's loops are tighter; nobody can tell, and the host has less to do.
const COMMAND_POLL_CYCLES: u64 = 16;
const BUSY_POLL_CYCLES: u64 = 512;

async fn command(port: &Port, bit: u32) {
    port.store(CMD, bit).await;
    while port.load(CMD).await != 0 {
        port.pass(COMMAND_POLL_CYCLES).await;
    }
}

/// `SPI_read_status`: repeats until the chip is no longer busy.
pub async fn read_status(port: &Port) -> u32 {
    let mask = FlashChip::load(port).await.status_mask;
    loop {
        port.store(RD_STATUS, 0).await;
        command(port, CMD_RDSR).await;
        let status = port.load(RD_STATUS).await & mask;
        if status & STATUS_WIP == 0 {
            return status;
        }
        port.pass(BUSY_POLL_CYCLES).await;
    }
}

/// `Wait_SPI_Idle`: the controller, then the chip.
pub async fn wait_idle(port: &Port) {
    while port.load(DPORT_CACHE).await & 1 << 9 != 0 {}
    read_status(port).await;
}

/// `SPI_write_enable`: until the chip says so.
pub async fn write_enable(port: &Port) {
    wait_idle(port).await;
    command(port, CMD_WREN).await;
    while read_status(port).await & STATUS_WEL == 0 {}
}

/// `SPI_write_status`.
pub async fn write_status(port: &Port, status: u32) {
    wait_idle(port).await;
    port.store(RD_STATUS, status).await;
    command(port, CMD_WRSR).await;
}

/// `Enable_QMode`: sets the quad enable bit with a two-byte status write.
pub async fn enable_quad(port: &Port) {
    port.modify(CTRL, 0, CTRL_TWO_BYTE_STATUS).await;
    write_enable(port).await;
    write_status(port, STATUS_QE).await;
}

/// `Disable_QMode`: writes the low status byte back, and with it a second one of zeros.
pub async fn disable_quad(port: &Port) {
    port.modify(CTRL, 0, CTRL_TWO_BYTE_STATUS).await;
    write_enable(port).await;
    let status = read_status(port).await;
    write_status(port, status & 0xFF).await;
}

/// CTRL bits of a read mode: 0 QIO, 1 QOUT, 2 DIO, 3 DOUT, 4 fast, anything else slow.
fn mode_bits(mode: u32) -> u32 {
    match mode {
        0 => 1 << 24 | 1 << 13,
        1 => 1 << 20 | 1 << 13,
        2 => 1 << 23 | 1 << 13,
        3 => 1 << 14 | 1 << 13,
        4 => 1 << 13,
        _ => 0,
    }
}

/// `SPIReadModeCnfig`.
pub async fn configure_read_mode(port: &Port, mode: u32) {
    port.modify(CTRL, CTRL_MODES, 0).await;
    if mode <= 1 {
        enable_quad(port).await;
    } else {
        disable_quad(port).await;
    }
    port.modify(CTRL, 0, mode_bits(mode)).await;
}

/// `SelectSpiFunction`: flash pins GPIO6 to 11 to function 1, without pull-ups.
pub async fn select_function(port: &Port) {
    for pin in (IOMUX_SD_CLK..=IOMUX_SD_CMD).step_by(4) {
        port.modify(pin, IOMUX_PULL_UP | IOMUX_FUNCTION, 1 << 4)
            .await;
    }
    port.store(ANALOG_PADS, 0).await;
}

/// `spi_flash_attach`: pins, a quarter of the APB clock, slow reads, chip awake.
pub async fn attach(port: &Port) {
    select_function(port).await;
    port.modify(USER, 0, USER_FLASH_MODE).await;
    port.modify(IOMUX_CONF, IOMUX_CONF_SPI0_UNDIVIDED, 0).await;
    port.store(CTRL, CTRL_BASE | CTRL_DIV4).await;
    command(port, CMD_RELEASE).await;
    configure_read_mode(port, MODE_SLOW).await;
}

/// `SPIUnlock` and `SPILock`: clear the protection bits, set them.
pub async fn protect(port: &Port, bits: u32) {
    write_enable(port).await;
    write_status(port, bits).await;
}

/// `SPIEraseChip`.
pub async fn erase_chip(port: &Port) -> u32 {
    write_enable(port).await;
    erase_all(port).await
}

/// `SPIEraseSector`, `SPIEraseBlock`: 0, or 1 when there is no such unit.
pub async fn erase(port: &Port, bit: u32, number: u32) -> u32 {
    let chip = FlashChip::load(port).await;
    let unit = if bit == CMD_SECTOR_ERASE {
        chip.sector
    } else {
        chip.block
    };
    match number.checked_mul(unit) {
        Some(address) if address < chip.size => {
            write_enable(port).await;
            erase_at(port, bit, address).await
        }
        _ => 1,
    }
}

/// The inner routine for one unit: the caller has enabled writing. Only sectors are looked at for
/// alignment, to 4 KiB whatever the chip's sectors are.
pub async fn erase_at(port: &Port, bit: u32, address: u32) -> u32 {
    if bit == CMD_SECTOR_ERASE && address & 0xFFF != 0 {
        return 1;
    }
    wait_idle(port).await;
    port.store(ADDR, address & 0xFF_FFFF).await;
    command(port, bit).await;
    wait_idle(port).await;
    0
}

/// The inner routine for the whole chip.
pub async fn erase_all(port: &Port) -> u32 {
    wait_idle(port).await;
    command(port, CMD_CHIP_ERASE).await;
    wait_idle(port).await;
    0
}

/// `SPIEraseArea`: sectors up to a block boundary, blocks, sectors. The ROM does not count the
/// first of these: up to twice the area goes (hardware facts 3.3; esptool's `get_erase_size`).
pub async fn erase_area(port: &Port, address: u32, length: u32) -> u32 {
    configure_read_mode(port, MODE_SLOW).await;
    let chip = FlashChip::load(port).await;
    let (sector_len, block_len) = (chip.sector.max(1), chip.block.max(1));
    if address.wrapping_add(length) > chip.size || !address.is_multiple_of(sector_len) {
        return 1;
    }
    protect(port, 0).await;
    let per_block = (block_len / sector_len).max(1);
    let mut sector = address / sector_len;
    let mut left = length.div_ceil(sector_len);
    let head = left.min(per_block - sector % per_block);
    for _ in 0..head {
        if erase(port, CMD_SECTOR_ERASE, sector).await != 0 {
            return 1;
        }
        sector += 1;
    }
    while left > 0 {
        let (bit, number, count) = match left > per_block {
            true => (CMD_BLOCK_ERASE, sector / per_block, per_block),
            false => (CMD_SECTOR_ERASE, sector, 1),
        };
        if erase(port, bit, number).await != 0 {
            return 1;
        }
        sector = sector.saturating_add(count);
        left -= count;
    }
    0
}

/// `SPIWrite`: programs page by page, from word-aligned memory.
pub async fn write(port: &Port, mut address: u32, mut source: u32, length: u32) -> u32 {
    let chip = FlashChip::load(port).await;
    if address.wrapping_add(length) > chip.size {
        return 1;
    }
    let mut left = length;
    loop {
        let piece = left.min(chip.page - address % chip.page);
        if program_page(port, address, source, piece).await != 0 {
            return 1;
        }
        left -= piece;
        if left == 0 {
            return 0;
        }
        address = address.wrapping_add(piece);
        source = source.wrapping_add(piece);
    }
}

/// The inner routine for (a part of) one page: 1 for what is not whole words in one page.
pub async fn program_page(port: &Port, mut address: u32, mut source: u32, length: u32) -> u32 {
    let chip = FlashChip::load(port).await;
    if !length.is_multiple_of(4) || address % chip.page + length > chip.page {
        return 1;
    }
    wait_idle(port).await;
    let mut left = length;
    while left > 0 {
        let piece = left.min(PIECE_LEN);
        port.store(ADDR, address & 0xFF_FFFF | piece << 24).await;
        for offset in (0..piece).step_by(4) {
            let word = port.load(source.wrapping_add(offset)).await;
            port.store(W0 + offset, word).await;
        }
        write_enable(port).await;
        command(port, CMD_PP).await;
        wait_idle(port).await;
        address = address.wrapping_add(piece);
        source = source.wrapping_add(piece);
        left -= piece;
    }
    0
}

/// `SPIRead`: into word-aligned memory, whole words.
pub async fn read(port: &Port, address: u32, target: u32, length: u32) -> u32 {
    let chip = FlashChip::load(port).await;
    if address.wrapping_add(length) > chip.size {
        return 1;
    }
    wait_idle(port).await;
    // More than can be counted with a sign is nothing.
    let length = i32::try_from(length).map_or(0, |length| length as u32);
    for start in (0..length).step_by(PIECE_LEN as usize) {
        let piece = (length - start).min(PIECE_LEN);
        let at = address.wrapping_add(start) & 0xFF_FFFF;
        port.store(ADDR, at | piece << 24).await;
        command(port, CMD_READ).await;
        for offset in (0..piece).step_by(4) {
            let word = port.load(W0 + offset).await;
            port.store(target.wrapping_add(start + offset), word).await;
        }
    }
    0
}

/// `SPIParamCfg`: fills the description of the chip.
pub async fn configure_chip(port: &Port, fields: [u32; 6]) {
    let base = port.load(FLASHCHIP_POINTER).await;
    for (index, value) in fields.into_iter().enumerate() {
        port.store(base.wrapping_add(4 * index as u32), value).await;
    }
}

async fn flush_cache(port: &Port) {
    port.modify(DPORT_CACHE, 1, 0).await;
    port.modify(DPORT_CACHE, 0, 1).await;
    while port.load(DPORT_CACHE).await & 2 == 0 {}
    port.modify(DPORT_CACHE, 1, 0).await;
}

/// `Cache_Read_Disable`.
pub async fn cache_disable(port: &Port) {
    port.modify(CTRL, CTRL_CACHE, 0).await;
    port.modify(DPORT_CACHE, 1 << 8, 0).await;
    flush_cache(port).await;
}

/// `Cache_Read_Enable`: megabyte 2 * `pair` + `half`, 32 KiB of cache when `large`.
pub async fn cache_enable(port: &Port, half: u32, pair: u32, large: u32) {
    cache_disable(port).await;
    port.modify(CTRL, 0, CTRL_CACHE).await;
    let half = match half {
        0 => 0,
        1 => 1 << 25,
        _ => 1 << 24,
    };
    let select = half | (pair & 7) << 16 | (large & 1) << 26;
    port.modify(DPORT_CACHE, 3 << 24 | 7 << 16 | 1 << 26, select)
        .await;
    port.modify(
        DPORT_IRAM_BANKS,
        0,
        if large & 1 != 0 { 0x18 } else { 0x08 },
    )
    .await;
    port.modify(DPORT_CACHE, 0, 1 << 8).await;
    while port.load(DPORT_CACHE).await & 1 << 8 == 0 {}
}
