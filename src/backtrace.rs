//! Who called whom, guessed from the stack: words that point behind a call instruction.
//!
//! There are no frame pointers to follow. A word left over from an earlier call may be among them; the order is
//! right. `d1ota emulate` shows function and line for each, as `xtensa-lx106-elf-addr2line -fie user1.elf` does.

/// Addresses shown.
pub const LEN: usize = 12;

/// The first [`LEN`] return addresses among the words of a stack, innermost first. `code` reads the aligned word of
/// code at an address, if there is code.
pub fn return_addresses<'a>(
    stack: impl Iterator<Item = u32> + 'a,
    code: impl Fn(u32) -> Option<u32> + 'a,
) -> impl Iterator<Item = u32> + 'a {
    stack
        .filter(move |address| follows_call(*address, &code))
        .take(LEN)
}

/// Whether the three bytes before `address` are CALL0 or CALLX0 (Xtensa ISA reference manual, chapter 6: op0 = 5,
/// n = 0; and op0 = op1 = op2 = 0, m = 3, n = 0).
fn follows_call(address: u32, code: &impl Fn(u32) -> Option<u32>) -> bool {
    let start = address.wrapping_sub(3);
    let (Some(low), Some(high)) = (code(start & !3), code(address.wrapping_sub(1) & !3)) else {
        return false;
    };
    let both = u64::from(high) << 32 | u64::from(low);
    // Within one word, `high` is that word again and shifted out of sight.
    let instruction = (both >> (8 * (start & 3))) as u32;
    instruction & 0x3F == 0x05 || instruction & 0xFF_F0FF == 0x00_00C0
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: u32 = 0x4020_1000;

    /// Code of these bytes at [`BASE`].
    fn reader(bytes: &[u8]) -> impl Fn(u32) -> Option<u32> + '_ {
        move |address| {
            let offset = address.checked_sub(BASE)? as usize;
            let word = bytes.get(offset..offset + 4)?;
            Some(u32::from_le_bytes(word.try_into().ok()?))
        }
    }

    #[test]
    fn words_that_point_behind_a_call_are_found_wherever_it_lies() {
        for call in [[0x05, 0x12, 0x00], [0xC0, 0x08, 0x00]] {
            for place in 0..5u32 {
                let mut bytes = [0x3D; 12];
                bytes[place as usize..][..3].copy_from_slice(&call);
                let stack = [
                    0,
                    7,
                    BASE + place + 3,
                    BASE + place + 2,
                    0x3FFF_0000,
                    u32::MAX,
                ];
                let found: Vec<u32> = return_addresses(stack.into_iter(), reader(&bytes)).collect();
                assert_eq!(found, [BASE + place + 3], "{call:x?}");
            }
        }
    }

    #[test]
    fn other_instructions_are_no_calls() {
        // call4, jx a8, ret, l32r
        for bytes in [
            [0x15, 0, 0, 0],
            [0xA0, 8, 0, 0],
            [0x80, 0, 0, 0],
            [0x81, 0, 0, 0],
        ] {
            assert!(!follows_call(BASE + 3, &reader(&bytes)), "{bytes:x?}");
        }
    }

    #[test]
    fn a_long_stack_is_cut_off() {
        let bytes = [0x05, 0, 0, 0];
        let stack = std::iter::repeat_n(BASE + 3, 50);
        assert_eq!(return_addresses(stack, reader(&bytes)).count(), LEN);
    }
}
