//! Deltas of git packs: an object as copies out of another and new bytes (gitformat-pack, "Deltified
//! representation").

/// What a delta makes of `base`, at most `most` bytes; `None` when it is damaged or makes more.
#[must_use]
pub fn apply(base: &[u8], delta: &[u8], most: usize) -> Option<Vec<u8>> {
    let (base_bytes, used) = size(delta)?;
    let (bytes, more) = size(&delta[used..])?;
    let bytes = usize::try_from(bytes).ok().filter(|bytes| *bytes <= most)?;
    if usize::try_from(base_bytes).ok()? != base.len() {
        return None;
    }
    let mut rest = &delta[used + more..];
    let mut made = Vec::with_capacity(bytes);
    while let Some((code, after)) = rest.split_first() {
        rest = after;
        if code & 0x80 == 0 {
            let (new, after) = rest.split_at_checked(usize::from(*code)).filter(|_| *code > 0)?;
            made.extend_from_slice(new);
            rest = after;
        } else {
            let mut number = |bits: std::ops::Range<u32>| {
                let first = bits.start;
                bits.filter(|bit| code >> bit & 1 != 0).try_fold(0usize, |sum, bit| {
                    let (byte, after) = rest.split_first()?;
                    rest = after;
                    Some(sum | usize::from(*byte) << (8 * (bit - first)))
                })
            };
            let from = number(0..4)?;
            let length = match number(4..7)? {
                0 => 0x1_0000,
                length => length,
            };
            made.extend_from_slice(base.get(from..from.checked_add(length)?)?);
        }
        if made.len() > bytes {
            return None;
        }
    }
    (made.len() == bytes).then_some(made)
}

/// A size in seven bits a byte, least significant first, and its bytes.
fn size(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut size = 0u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        size |= u64::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((size, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_new_bytes_make_an_object() {
        let delta = [6, 5, 0x91, 2, 3, 2, b'x', b'y'];
        assert_eq!(apply(b"abcdef", &delta, 100).as_deref(), Some(&b"cdexy"[..]));
        assert_eq!(apply(b"abcde", &delta, 100), None);
        assert_eq!(apply(b"abcdef", &delta, 4), None);
        assert_eq!(apply(b"abcdef", &[6, 5, 0x91, 5, 3, 2, b'x', b'y'], 100), None);
    }
}
