//! `memcpy` and friends, byte by byte as far as the guest can tell.

use super::port::Port;

/// Copies words when everything is aligned, as the ROM does: word-only memory allows nothing else.
pub async fn copy(port: &Port, target: u32, source: u32, length: u32) {
    let mut done = 0;
    if (target | source).is_multiple_of(4) {
        while length - done >= 4 {
            let word = port.load(source.wrapping_add(done)).await;
            port.store(target.wrapping_add(done), word).await;
            done += 4;
        }
    }
    while done < length {
        let byte = port.load_byte(source.wrapping_add(done)).await;
        port.store_byte(target.wrapping_add(done), byte).await;
        done += 1;
    }
}

/// `memmove`: copies so that overlapping ranges come out right.
pub async fn move_bytes(port: &Port, target: u32, source: u32, length: u32) {
    if target.wrapping_sub(source) >= length {
        return copy(port, target, source, length).await;
    }
    for offset in (0..length).rev() {
        let byte = port.load_byte(source.wrapping_add(offset)).await;
        port.store_byte(target.wrapping_add(offset), byte).await;
    }
}

/// Fills; whole words where it can.
pub async fn fill(port: &Port, target: u32, byte: u8, length: u32) {
    let mut done = 0;
    while done < length {
        let at = target.wrapping_add(done);
        if at.is_multiple_of(4) && length - done >= 4 {
            port.store(at, u32::from_le_bytes([byte; 4])).await;
            done += 4;
        } else {
            port.store_byte(at, byte).await;
            done += 1;
        }
    }
}

/// `memcmp`: difference of the first bytes that differ.
pub async fn compare(port: &Port, a: u32, b: u32, length: u32) -> u32 {
    for offset in 0..length {
        let (a, b) = (
            port.load_byte(a.wrapping_add(offset)).await,
            port.load_byte(b.wrapping_add(offset)).await,
        );
        if a != b {
            return u32::from(a).wrapping_sub(b.into());
        }
    }
    0
}

/// `strlen`.
pub async fn length(port: &Port, string: u32) -> u32 {
    let mut length = 0;
    while port.load_byte(string.wrapping_add(length)).await != 0 {
        length = length.wrapping_add(1);
    }
    length
}

/// `strcpy`, and `strncpy` with its padding.
pub async fn copy_string(port: &Port, target: u32, source: u32, limit: Option<u32>) -> u32 {
    let mut offset: u32 = 0;
    let mut ended = false;
    while limit.is_none_or(|limit| offset < limit) {
        let byte = if ended {
            0
        } else {
            port.load_byte(source.wrapping_add(offset)).await
        };
        port.store_byte(target.wrapping_add(offset), byte).await;
        ended |= byte == 0;
        if ended && limit.is_none() {
            break;
        }
        offset = offset.wrapping_add(1);
    }
    target
}

/// `strcmp` and `strncmp`.
pub async fn compare_strings(port: &Port, a: u32, b: u32, limit: Option<u32>) -> u32 {
    let mut offset: u32 = 0;
    while limit.is_none_or(|limit| offset < limit) {
        let (x, y) = (
            port.load_byte(a.wrapping_add(offset)).await,
            port.load_byte(b.wrapping_add(offset)).await,
        );
        if x != y || x == 0 {
            return u32::from(x).wrapping_sub(y.into());
        }
        offset = offset.wrapping_add(1);
    }
    0
}

/// `strstr`: 0 when there is none.
pub async fn find_string(port: &Port, haystack: u32, needle: u32) -> u32 {
    let wanted = length(port, needle).await;
    let mut at = haystack;
    loop {
        if compare_strings(port, at, needle, Some(wanted)).await == 0 {
            return at;
        }
        if port.load_byte(at).await == 0 {
            return 0;
        }
        at = at.wrapping_add(1);
    }
}
