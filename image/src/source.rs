//! Where image and record bytes are read from: a slice, or flash in small pieces.

/// The bytes could not be read: flash reported an error or the offset is outside of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadError;

/// Whether these bytes are as an erase leaves them.
pub fn is_erased(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0xFF)
}

/// Random access to bytes.
///
/// The crate only asks for offsets and lengths that are multiples of four (images are made of words), so an
/// implementation over flash needs no unaligned path.
pub trait Source {
    /// Fills `buffer` from `offset` on, counted from the first byte of whatever the source stands for.
    ///
    /// # Errors
    /// [`ReadError`] if any of the bytes cannot be had.
    fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), ReadError>;
}

impl Source for &[u8] {
    fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), ReadError> {
        let bytes = self
            .get(offset as usize..)
            .and_then(|tail| tail.get(..buffer.len()))
            .ok_or(ReadError)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}

impl<S: Source> Source for &mut S {
    fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), ReadError> {
        (**self).read(offset, buffer)
    }
}
