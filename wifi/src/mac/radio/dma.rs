//! Memory that the MAC reads and writes beside us: descriptors and buffers.
//!
//! This file, the receive ring and the transmit queue are all the unsafe code there is on the host's side of
//! the registers. The rule that makes it sound: a buffer is either the hardware's or ours, and we look into
//! ours only.

use core::cell::UnsafeCell;
use core::sync::atomic::{fence, Ordering};

use super::Registers;

/// The first word of a descriptor (docs/wifi-mac-registers.md, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control(pub u32);

impl Control {
    const LENGTH_SHIFT: u32 = 12;
    const FIELD_MASK: u32 = 0xFFF;
    const START_OF_FRAME: u32 = 1 << 29;
    const END_OF_FRAME: u32 = 1 << 30;
    const HARDWARE_OWNS: u32 = 1 << 31;

    /// For an empty receive buffer of `size` bytes.
    pub const fn to_receive(size: usize) -> Control {
        let size = size as u32 & Self::FIELD_MASK;
        Control(Self::HARDWARE_OWNS | size << Self::LENGTH_SHIFT | size)
    }

    /// For a transmit buffer that holds a whole frame of `len` bytes, room for the frame check sequence
    /// included.
    pub const fn to_transmit(len: usize) -> Control {
        let len = len as u32 & Self::FIELD_MASK;
        let whole = Self::START_OF_FRAME | Self::END_OF_FRAME;
        Control(Self::HARDWARE_OWNS | whole | len << Self::LENGTH_SHIFT | len)
    }

    /// Whether the last byte of a frame is in this buffer.
    pub const fn ends_frame(self) -> bool {
        self.0 & Self::END_OF_FRAME != 0
    }
}

/// Twelve bytes that tell the DMA engine of one buffer.
#[repr(C, align(4))]
pub struct Descriptor {
    control: UnsafeCell<u32>,
    buffer: UnsafeCell<u32>,
    next: UnsafeCell<u32>,
}

impl Descriptor {
    /// Points nowhere.
    pub const fn new() -> Descriptor {
        Descriptor {
            control: UnsafeCell::new(0),
            buffer: UnsafeCell::new(0),
            next: UnsafeCell::new(0),
        }
    }

    /// Where the DMA engine finds this descriptor.
    pub fn bus_address<R: Registers>(&self, registers: &R) -> u32 {
        registers.bus_address(core::ptr::from_ref(self).cast())
    }

    /// The control word, as the hardware left it. What it says is in the buffer is there.
    pub fn control(&self) -> Control {
        // SAFETY: the cell is alive as long as `self`, aligned, and any bits are a `u32`; volatile, because
        // the hardware writes it.
        let control = Control(unsafe { self.control.get().read_volatile() });
        fence(Ordering::Acquire);
        control
    }

    /// Fills in a descriptor that is the last of its list.
    pub fn set(&self, control: Control, buffer: u32) {
        // SAFETY: as in `control`. The hardware does not own this descriptor: it is in no list.
        unsafe {
            self.buffer.get().write_volatile(buffer);
            self.next.get().write_volatile(0);
            self.control.get().write_volatile(control.0);
        }
        fence(Ordering::Release);
    }

    /// Appends the descriptor at bus address `next` to the list that this one ends. The hardware may follow
    /// at once.
    pub fn link(&self, next: u32) {
        fence(Ordering::Release);
        // SAFETY: as in `control`. The hardware only reads this word.
        unsafe { self.next.get().write_volatile(next) }
    }
}

/// Bytes that the DMA engine fills or sends.
#[repr(C, align(4))]
pub struct Buffer<const LEN: usize>(UnsafeCell<[u8; LEN]>);

impl<const LEN: usize> Buffer<LEN> {
    /// All zero.
    pub const fn new() -> Buffer<LEN> {
        Buffer(UnsafeCell::new([0; LEN]))
    }

    /// Where the DMA engine finds the first byte.
    pub fn bus_address<R: Registers>(&self, registers: &R) -> u32 {
        registers.bus_address(self.0.get().cast())
    }

    /// The bytes.
    ///
    /// # Safety
    /// For as long as the slice lives, the hardware must not write this buffer and no other slice of it may
    /// exist.
    #[allow(clippy::mut_from_ref)] // That is what `UnsafeCell` is for; the caller vouches for the rest.
    pub unsafe fn bytes(&self) -> &mut [u8; LEN] {
        // SAFETY: the pointer is valid and aligned; that it is the only one is the caller's promise.
        unsafe { &mut *self.0.get() }
    }
}

/// A descriptor and the buffer it is for.
#[repr(C)]
pub struct Place<const LEN: usize> {
    /// Tells of the buffer.
    pub descriptor: Descriptor,
    /// The buffer.
    pub buffer: Buffer<LEN>,
}

impl<const LEN: usize> Place<LEN> {
    /// In no list, all zero.
    pub const fn new() -> Place<LEN> {
        Place {
            descriptor: Descriptor::new(),
            buffer: Buffer::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_words_are_those_of_the_sheet() {
        assert_eq!(Control::to_receive(1600).0, 0x8064_0640);
        assert_eq!(Control::to_transmit(100).0, 0xE006_4064);
        let received = Control(0x6003_2640);
        assert!(received.ends_frame());
        assert!(!Control::to_receive(1600).ends_frame());
    }
}
