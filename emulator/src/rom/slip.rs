//! SLIP frames (RFC 1055), as the ROM takes them apart and puts them together.
//!
//! Bytes in, bytes out; what a frame means is the download protocol's business.

const END: u8 = 0xC0;
const ESCAPE: u8 = 0xDB;
const ESCAPED_END: u8 = 0xDC;
const ESCAPED_ESCAPE: u8 = 0xDD;

/// What a byte from the line turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Part of the framing, or noise between frames.
    Nothing,
    /// The next byte of the frame.
    Byte(u8),
    /// The frame is complete.
    End,
    /// An escape nobody defined: what came of this frame is void.
    Broken,
}

/// Takes frames apart. Noise before the first delimiter is dropped, empty frames are none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decoder {
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Waiting for a delimiter.
    #[default]
    Outside,
    /// After a delimiter that may open a frame.
    Opened,
    Inside,
    Escaped,
}

impl Decoder {
    /// The next byte from the line.
    pub fn push(&mut self, byte: u8) -> Step {
        let (state, step) = match (self.state, byte) {
            (State::Outside | State::Opened, END) => (State::Opened, Step::Nothing),
            (State::Outside, _) => (State::Outside, Step::Nothing),
            (State::Inside, END) => (State::Outside, Step::End),
            (State::Escaped, ESCAPED_END) => (State::Inside, Step::Byte(END)),
            (State::Escaped, ESCAPED_ESCAPE) => (State::Inside, Step::Byte(ESCAPE)),
            // The delimiter that cut an escape short opens the next frame.
            (State::Escaped, END) => (State::Opened, Step::Broken),
            (State::Escaped, _) => (State::Outside, Step::Broken),
            (State::Opened | State::Inside, ESCAPE) => (State::Escaped, Step::Nothing),
            (State::Opened | State::Inside, _) => (State::Inside, Step::Byte(byte)),
        };
        self.state = state;
        step
    }
}

/// Puts a frame together.
pub fn encode(frame: &[u8]) -> Vec<u8> {
    let mut bytes = vec![END];
    for byte in frame {
        match *byte {
            END => bytes.extend([ESCAPE, ESCAPED_END]),
            ESCAPE => bytes.extend([ESCAPE, ESCAPED_ESCAPE]),
            other => bytes.push(other),
        }
    }
    bytes.push(END);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All frames in `bytes`; `None` for a broken one.
    fn frames(bytes: &[u8]) -> Vec<Option<Vec<u8>>> {
        let mut decoder = Decoder::default();
        let (mut frames, mut frame) = (Vec::new(), Vec::new());
        for byte in bytes {
            match decoder.push(*byte) {
                Step::Nothing => {}
                Step::Byte(byte) => frame.push(byte),
                Step::End => frames.push(Some(std::mem::take(&mut frame))),
                Step::Broken => {
                    frame.clear();
                    frames.push(None);
                }
            }
        }
        frames
    }

    #[test]
    fn delimiters_inside_a_frame_are_escaped() {
        let bytes = encode(&[1, 0xC0, 2, 0xDB, 3]);
        assert_eq!(bytes, [0xC0, 1, 0xDB, 0xDC, 2, 0xDB, 0xDD, 3, 0xC0]);
        assert_eq!(frames(&bytes), [Some(vec![1, 0xC0, 2, 0xDB, 3])]);
    }

    #[test]
    fn noise_before_a_frame_and_empty_frames_are_dropped() {
        assert_eq!(
            frames(&[7, 0x55, 0xC0, 0xC0, 0xC0, 9, 0xC0, 0xDB]),
            [Some(vec![9])]
        );
    }

    #[test]
    fn an_undefined_escape_voids_its_frame_and_no_other() {
        let bytes = [0xC0, 1, 0xDB, 2, 3, 0xC0, 4, 0xC0];
        assert_eq!(frames(&bytes), [None, Some(vec![4])]);
        let cut = [0xC0, 1, 0xDB, 0xC0, 4, 0xC0];
        assert_eq!(frames(&cut), [None, Some(vec![4])]);
    }

    proptest! {
        #[test]
        fn every_frame_survives_the_line(frame in proptest::collection::vec(any::<u8>(), 1..200)) {
            prop_assert_eq!(frames(&encode(&frame)), [Some(frame)]);
        }
    }
}
