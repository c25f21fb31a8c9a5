//! The UART download mode: what esptool talks to before its stub runs.
//!
//! Hardware facts 3.3. Requests and their data pass through the ROM's packet
//! buffer in guest memory, flash through SPI0: nothing here has a way of its own
//! to either.

use super::port::Port;
use super::slip::{self, Decoder, Step};
use super::{flash, layout, memory, print, receiver, system};

/// The packet buffer, in the user's data RAM.
const BUFFER: u32 = 0x3FFF_A000;
const BUFFER_LEN: u32 = 0x2000;
/// Direction, operation, size, checksum.
const HEADER_LEN: u32 = 8;
const PAYLOAD: u32 = BUFFER + HEADER_LEN;
/// Length, sequence number and two words nobody uses, in front of a block's data.
const BLOCK_HEADER_LEN: u32 = 16;
const DATA: u32 = PAYLOAD + BLOCK_HEADER_LEN;
/// The largest block of data.
const BLOCK_LIMIT: u32 = 0x1800;

const DIRECTION_REQUEST: u8 = 0;
const DIRECTION_RESPONSE: u8 = 1;
const CHECKSUM_SEED: u8 = 0xEF;
const SYNC_LEN: u32 = 36;
/// The first word of a SYNC request, and what its replies carry as value.
const SYNC_WORD: u32 = 0x2012_0707;
const SYNC_FILL: u32 = 0x5555_5555;
const SYNC_REPLIES: usize = 8;
/// Block-protect bits 2 to 0, set when the loader is done with flash.
const STATUS_PROTECTED: u32 = 0x1C;

/// The error byte of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// Bad size or sequence number, or an operation that there is not.
    Invalid = 5,
    /// It was tried and did not work.
    Failed = 6,
    /// The data does not have the checksum that came with it.
    Checksum = 7,
    /// Flash reads back differently.
    ReadBack = 8,
}

type Answer = Result<(), Refusal>;

/// What a BEGIN announced and how much of it has come.
#[derive(Clone, Copy, Debug, Default)]
struct Transfer {
    size: u32,
    blocks: u32,
    block_len: u32,
    address: u32,
    blocks_done: u32,
    bytes_done: u32,
}

impl Transfer {
    fn is_complete(&self) -> bool {
        self.blocks_done == self.blocks && self.bytes_done >= self.size
    }

    fn count(&mut self, length: u32) {
        self.blocks_done += 1;
        self.bytes_done = self.bytes_done.saturating_add(length);
    }
}

/// A request, its payload still in the packet buffer.
#[derive(Clone, Copy, Debug)]
struct Request {
    operation: u8,
    length: u32,
    checksum: u32,
}

struct Loader<'a> {
    port: &'a Port,
    frames: Decoder,
    /// The value of responses: the last register read, whatever the request was.
    value: u32,
    flash: Transfer,
    memory: Transfer,
    leaving: bool,
}

/// Serves a host until it starts a program (its entry is then in `user_start`) or ends with flash.
pub async fn serve(port: &Port) {
    receiver::match_speed(port).await;
    receiver::start(port).await;
    let mut loader = Loader {
        port,
        frames: Decoder::default(),
        value: 0,
        flash: Transfer::default(),
        memory: Transfer::default(),
        leaving: false,
    };
    while !loader.leaving {
        let request = loader.request().await;
        let answer = loader.obey(request).await;
        let replies = match (request.operation, answer) {
            (0x08, Ok(())) => SYNC_REPLIES,
            _ => 1,
        };
        for _ in 0..replies {
            loader.reply(request.operation, answer).await;
        }
    }
    receiver::stop(port).await;
}

impl Loader<'_> {
    /// The next frame that is a request. Of a frame longer than the buffer the rest is dropped;
    /// its size will not match its header.
    async fn request(&mut self) -> Request {
        let mut length = 0;
        loop {
            match self.frames.push(receiver::next_byte(self.port).await) {
                Step::Nothing => {}
                Step::Byte(byte) => {
                    if length < BUFFER_LEN {
                        self.port.store_byte(BUFFER + length, byte).await;
                    }
                    length = length.saturating_add(1);
                }
                Step::Broken => length = 0,
                Step::End => {
                    let [direction, operation, low, high] =
                        self.port.load(BUFFER).await.to_le_bytes();
                    if length >= HEADER_LEN && direction == DIRECTION_REQUEST {
                        let announced = u32::from(u16::from_le_bytes([low, high]));
                        let fits = length <= BUFFER_LEN && announced == length - HEADER_LEN;
                        return Request {
                            // A frame of the wrong size is answered as what it claims to be.
                            operation,
                            length: if fits { announced } else { u32::MAX },
                            checksum: self.port.load(BUFFER + 4).await,
                        };
                    }
                    length = 0;
                }
            }
        }
    }

    async fn reply(&self, operation: u8, answer: Answer) {
        let mut frame = vec![DIRECTION_RESPONSE, operation, 2, 0];
        frame.extend(self.value.to_le_bytes());
        match answer {
            Ok(()) => frame.extend([0, 0]),
            Err(refusal) => frame.extend([1, refusal as u8]),
        }
        for byte in slip::encode(&frame) {
            print::tx_one_char(self.port, byte).await;
        }
    }

    async fn word(&self, index: u32) -> u32 {
        self.port.load(PAYLOAD + 4 * index).await
    }

    async fn obey(&mut self, request: Request) -> Answer {
        match (request.operation, request.length) {
            (0x02, 16) => self.flash_begin().await,
            (0x03, _) => self.flash_data(request).await,
            (0x04, 4) => self.flash_end().await,
            (0x05, 16) => self.memory_begin().await,
            (0x06, 8) => self.memory_end().await,
            (0x07, _) => self.memory_data(request).await,
            (0x08, SYNC_LEN) => self.sync().await,
            (0x09, length) => self.write_registers(length).await,
            (0x0A, 4) => {
                let address = self.word(0).await;
                self.value = self.port.load(address).await;
                Ok(())
            }
            (0x0B, 24) => {
                let mut fields = [0; 6];
                for (index, field) in fields.iter_mut().enumerate() {
                    *field = self.word(index as u32).await;
                }
                flash::configure_chip(self.port, fields).await;
                Ok(())
            }
            _ => Err(Refusal::Invalid),
        }
    }

    async fn sync(&mut self) -> Answer {
        for index in 1..SYNC_LEN / 4 {
            if self.word(index).await != SYNC_FILL {
                return Err(Refusal::Invalid);
            }
        }
        match self.word(0).await {
            SYNC_WORD => {
                self.value = SYNC_WORD;
                Ok(())
            }
            _ => Err(Refusal::Invalid),
        }
    }

    /// The four words of FLASH_BEGIN and MEM_BEGIN.
    async fn announced(&self) -> Result<Transfer, Refusal> {
        let transfer = Transfer {
            size: self.word(0).await,
            blocks: self.word(1).await,
            block_len: self.word(2).await,
            address: self.word(3).await,
            ..Transfer::default()
        };
        if transfer.block_len > BLOCK_LIMIT {
            return Err(Refusal::Invalid);
        }
        Ok(transfer)
    }

    /// Length of the data of a block that is the next of `transfer` and arrived whole.
    async fn block(&self, request: Request, transfer: &Transfer) -> Result<u32, Refusal> {
        let Some(length) = request.length.checked_sub(BLOCK_HEADER_LEN) else {
            return Err(Refusal::Invalid);
        };
        let in_turn = transfer.blocks_done < transfer.blocks
            && self.word(1).await == transfer.blocks_done
            && self.word(0).await == length
            && length <= transfer.block_len;
        if !in_turn {
            return Err(Refusal::Invalid);
        }
        if self.checksum(length).await != request.checksum {
            return Err(Refusal::Checksum);
        }
        Ok(length)
    }

    /// The checksum of the data in the buffer.
    async fn checksum(&self, length: u32) -> u32 {
        let mut sum = CHECKSUM_SEED;
        for offset in 0..length {
            sum ^= self.port.load_byte(DATA + offset).await;
        }
        sum.into()
    }

    async fn flash_begin(&mut self) -> Answer {
        let transfer = self.announced().await?;
        self.flash = Transfer::default();
        flash::attach(self.port).await;
        flash::cache_disable(self.port).await;
        // This also lifts the protection that FLASH_END has set in an earlier session.
        if flash::erase_area(self.port, transfer.address, transfer.size).await != 0 {
            return Err(Refusal::Failed);
        }
        self.flash = transfer;
        Ok(())
    }

    async fn flash_data(&mut self, request: Request) -> Answer {
        let length = self.block(request, &self.flash).await?;
        if !length.is_multiple_of(4) {
            return Err(Refusal::Invalid);
        }
        let address = self.flash.address;
        let target = address
            .checked_add(self.flash.bytes_done)
            .ok_or(Refusal::Failed)?;
        if flash::write(self.port, target, DATA, length).await != 0
            || flash::read(self.port, target, DATA, length).await != 0
        {
            return Err(Refusal::Failed);
        }
        if self.checksum(length).await != request.checksum {
            return Err(Refusal::ReadBack);
        }
        self.flash.count(length);
        Ok(())
    }

    async fn flash_end(&mut self) -> Answer {
        flash::write_enable(self.port).await;
        flash::write_status(self.port, STATUS_PROTECTED).await;
        flash::wait_idle(self.port).await;
        self.leaving = true;
        match self.flash.is_complete() {
            true => Ok(()),
            false => Err(Refusal::Failed),
        }
    }

    async fn memory_begin(&mut self) -> Answer {
        self.memory = self.announced().await?;
        Ok(())
    }

    async fn memory_data(&mut self, request: Request) -> Answer {
        let length = self.block(request, &self.memory).await?;
        let target = self.memory.address.wrapping_add(self.memory.bytes_done);
        memory::copy(self.port, target, DATA, length).await;
        self.memory.count(length);
        Ok(())
    }

    async fn memory_end(&mut self) -> Answer {
        let (stay, entry) = (self.word(0).await, self.word(1).await);
        self.port.store(layout::USER_START, entry).await;
        self.leaving = stay == 0;
        Ok(())
    }

    /// WRITE_REG: groups of address, value, mask and a delay that comes first.
    async fn write_registers(&mut self, length: u32) -> Answer {
        if length == 0 || !length.is_multiple_of(16) || length > BUFFER_LEN {
            return Err(Refusal::Invalid);
        }
        for group in (0..length / 4).step_by(4) {
            let address = self.word(group).await;
            let value = self.word(group + 1).await;
            let mask = self.word(group + 2).await;
            system::delay(self.port, self.word(group + 3).await).await;
            let kept = match mask {
                // The whole register is meant: reading it first might have effects.
                u32::MAX => 0,
                _ => self.port.load(address).await & !mask,
            };
            self.port.store(address, value & mask | kept).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
