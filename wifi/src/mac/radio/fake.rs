//! A model of the MAC for this crate's tests, written from docs/wifi-mac-registers.md with numbers of its
//! own.
//!
//! It moves frames when a test says so: [`Fake::hear`] puts one into the ring, [`Fake::sending`] shows what
//! is on the air, [`Fake::report`] ends the transmission. The emulator's model is another one, and knows much
//! more.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::vec::Vec;

use super::{Registers, Resources};

/// The station address in this chip's efuses is 5C:CF:7F:DD:EE:0A.
const EFUSE_WORDS: [u32; 4] = [0x0A00_0000, 0x0000_DDEE, 0x6400_B000, 0x005C_CF7F];
/// Where the resources are, as the DMA engine sees it.
const MEMORY: u32 = 0x3FFE_9000;

const EVENT_RECEIVED: u32 = 8;
const EVENT_TRANSMITTED: u32 = 19;
const EVENT_EXPIRED: u32 = 29;
/// Slot 2: 48 bytes below slot 0.
const SLOT: u32 = 0x3FF2_0DC4 - 48;

/// When the receiver reads a descriptor's `next`: nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// When the descriptor is full. If there is nothing it stops until it is given a new base.
    Early,
    /// When the next frame arrives.
    Late,
}

impl Links {
    pub const ALL: [Links; 2] = [Links::Early, Links::Late];
}

#[derive(Clone, Copy)]
enum Position {
    At(u32),
    After(u32),
}

/// Results of a transmission.
pub const SENT: u32 = 0;
pub const NO_CTS: u32 = 2;
pub const NO_ACKNOWLEDGEMENT: u32 = 5;

/// A frame as it was handed to the hardware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// Without frame check sequence.
    pub frame: Vec<u8>,
    pub rate_code: u32,
    pub wants_acknowledgement: bool,
    pub backoff: u32,
    pub duration: u32,
}

/// The model. Clones are the same hardware.
#[derive(Clone)]
pub struct Fake(Rc<Model>);

struct Model {
    words: RefCell<HashMap<u32, u32>>,
    resources: usize,
    links: Links,
    position: Cell<Position>,
    events: Cell<u32>,
    sending: RefCell<Option<Sending>>,
    random: Cell<u32>,
}

impl Registers for Fake {
    fn read(&self, address: u32) -> u32 {
        match address {
            0x3FF0_0050..=0x3FF0_005C => EFUSE_WORDS[(address - 0x3FF0_0050) as usize / 4],
            0x3FF2_0C1C => self.0.events.get(),
            0x3FF2_0C20 => self.0.events.get() & self.word(0x3FF2_0C18),
            0x3FF2_0E44 => {
                let random = self.0.random.get().wrapping_mul(1_664_525);
                self.0.random.set(random.wrapping_add(1_013_904_223));
                self.0.random.get() >> 8
            }
            _ => self.word(address),
        }
    }

    fn write(&self, address: u32, value: u32) {
        self.set_word(address, value);
        match address {
            0x3FF2_0008 => self.0.position.set(Position::At(value)),
            0x3FF2_0C24 => self.0.events.set(self.0.events.get() & !value),
            SLOT if value >> 30 == 3 => self.begin_sending(value),
            SLOT => *self.0.sending.borrow_mut() = None,
            _ => {}
        }
    }

    fn bus_address(&self, memory: *const u8) -> u32 {
        let offset = memory.expose_provenance() - self.0.resources;
        assert!(offset <= size_of::<Resources>(), "DMA outside its memory");
        MEMORY + offset as u32
    }
}

impl Fake {
    /// A chip after reset, with these resources in its memory.
    pub fn new(resources: &Resources, links: Links) -> Fake {
        Fake(Rc::new(Model {
            words: RefCell::default(),
            resources: core::ptr::from_ref(resources).addr(),
            links,
            position: Cell::new(Position::At(0)),
            events: Cell::new(0),
            sending: RefCell::new(None),
            random: Cell::new(1),
        }))
    }

    /// What a register was last written.
    pub fn word(&self, address: u32) -> u32 {
        self.0.words.borrow().get(&address).copied().unwrap_or(0)
    }

    /// Changes a register behind the driver's back.
    pub fn set_word(&self, address: u32, value: u32) {
        self.0.words.borrow_mut().insert(address, value);
    }

    /// Raises an event.
    pub fn raise(&self, event: u32) {
        self.0.events.set(self.0.events.get() | 1 << event);
    }

    /// Whether the interrupt is up.
    pub fn interrupts(&self) -> bool {
        self.read(0x3FF2_0C20) != 0
    }

    /// A frame arrives from the air. `false` when it is lost for want of a descriptor, or since the receiver
    /// is off.
    pub fn hear(&self, frame: &[u8]) -> bool {
        self.hear_with_end_state(frame, 0)
    }

    /// The same, with what the receiver says about it at the end.
    pub fn hear_with_end_state(&self, frame: &[u8], end_state: u8) -> bool {
        if self.word(0x3FF2_0004) >> 31 == 0 {
            return false;
        }
        let len = frame.len() as u32 + 4;
        let first = 0xD8 | 0xB << 8 | len << 16 | 0xA000_0000;
        let header = [first, 0, u32::from(end_state)].map(u32::to_le_bytes);
        let mut bytes = [&header.concat(), frame].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0xA5);
        self.put(&bytes)
    }

    /// Puts raw bytes, receive header and all, into as many buffers as they take.
    pub fn put(&self, mut bytes: &[u8]) -> bool {
        let before = self.0.position.get();
        let mut start = 1 << 29;
        loop {
            let descriptor = self.next_descriptor();
            if descriptor == 0 || self.memory_word(descriptor) >> 31 == 0 {
                self.0.position.set(before);
                self.set_word(0x3FF2_019C, self.word(0x3FF2_019C) + 1);
                return false;
            }
            let control = self.memory_word(descriptor);
            let size = (control & 0xFFF) as usize;
            let (now, later) = bytes.split_at(size.min(bytes.len()));
            let buffer = self.memory_word(descriptor + 4);
            self.memory(buffer, now.len()).copy_from_slice(now);
            let end = if later.is_empty() { 1 << 30 } else { 0 };
            let control = control & 0xFFF | (now.len() as u32) << 12 | start | end;
            self.set_memory_word(descriptor, control);
            self.0.position.set(match self.0.links {
                Links::Early => Position::At(self.memory_word(descriptor + 8)),
                Links::Late => Position::After(descriptor),
            });
            (start, bytes) = (0, later);
            if later.is_empty() {
                self.set_word(0x3FF2_0014, descriptor);
                self.raise(EVENT_RECEIVED);
                return true;
            }
        }
    }

    fn next_descriptor(&self) -> u32 {
        match self.0.position.get() {
            Position::At(descriptor) => descriptor,
            Position::After(used) => self.memory_word(used + 8),
        }
    }

    /// The frame in the hardware's hands.
    pub fn sending(&self) -> Option<Sending> {
        self.0.sending.borrow().clone()
    }

    /// The transmission ends like this.
    #[track_caller]
    pub fn report(&self, result: u32) {
        assert!(self.0.sending.take().is_some(), "nothing is being sent");
        self.set_word(0x3FF2_0C84, result << 28 | 2 << 8);
        self.raise(EVENT_TRANSMITTED);
    }

    /// The frame waited too long for the medium.
    pub fn expire(&self) {
        assert!(self.0.sending.take().is_some(), "nothing is being sent");
        self.set_word(0x3FF2_0CC0, 1 << (16 + 2));
        self.raise(EVENT_EXPIRED);
    }

    /// Overwrites the control word of the descriptor the receiver will use next but `skip`.
    pub fn corrupt_receive_descriptor(&self, skip: usize, control: u32) {
        let mut descriptor = self.next_descriptor();
        for _ in 0..skip {
            descriptor = self.memory_word(descriptor + 8);
        }
        self.set_memory_word(descriptor, control);
    }

    fn begin_sending(&self, slot: u32) {
        let descriptor = 0x3FFC_0000 | slot & 0x3_FFFF;
        let control = self.memory_word(descriptor);
        let format = self.word(SLOT + 4);
        let len = (control >> 12 & 0xFFF) as usize;
        assert_eq!(control >> 29, 7, "one whole frame, handed over");
        assert_eq!(format & 0xFFF, len as u32, "slot and descriptor agree");
        assert_eq!(format >> 16, 0, "no key, 802.11b/g");
        assert_eq!(slot >> 21 & 3, 3, "802.11b/g without a TXOP limit");
        assert_ne!(self.word(SLOT + 16) >> 12, 0, "some lifetime");
        let buffer = self.memory_word(descriptor + 4);
        let previous = self.0.sending.replace(Some(Sending {
            frame: Vec::from(&self.memory(buffer, len)[..len - 4]),
            rate_code: format >> 12 & 0xF,
            wants_acknowledgement: slot >> 24 & 3 == 1,
            backoff: self.word(SLOT - 4) >> 12,
            duration: self.word(SLOT + 12) >> 16,
        }));
        assert_eq!(previous, None, "the slot was taken");
    }

    fn memory_word(&self, address: u32) -> u32 {
        let bytes = self.memory(address, 4);
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    fn set_memory_word(&self, address: u32, value: u32) {
        self.memory(address, 4)
            .copy_from_slice(&value.to_le_bytes());
    }

    /// Memory as the DMA engine reaches it.
    #[allow(clippy::mut_from_ref)] // The hardware asks nobody.
    fn memory(&self, address: u32, len: usize) -> &mut [u8] {
        let offset = address.checked_sub(MEMORY).expect("DMA below its memory") as usize;
        assert!(
            offset + len <= size_of::<Resources>(),
            "DMA beyond its memory"
        );
        let start = core::ptr::with_exposed_provenance_mut(self.0.resources + offset);
        // SAFETY: within the leaked resources of the test, whose cells were exposed by `bus_address`; the
        // driver looks at a buffer only while it is its own, which is what these tests are about, and all
        // this happens on one thread.
        unsafe { core::slice::from_raw_parts_mut(start, len) }
    }
}
