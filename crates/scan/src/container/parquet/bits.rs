//! Numbers of Parquet in few bits: the hybrid of run lengths and packed bits, and packed differences.

/// Numbers that a page holds at most.
pub(super) const VALUES_MAX: usize = 1 << 24;

/// Reads `count` numbers of `width` bits, in runs and packed groups (Parquet format, "Encodings", RLE).
pub(super) fn hybrid(bytes: &[u8], width: u32, count: usize) -> Vec<u32> {
    let (mut numbers, mut at) = (Vec::new(), 0);
    let count = count.min(VALUES_MAX);
    if width > 32 {
        return numbers;
    }
    while numbers.len() < count {
        let Some((head, used)) = varint(bytes.get(at..).unwrap_or_default()) else { break };
        at += used;
        let left = count - numbers.len();
        if head & 1 == 0 {
            let length = (width as usize).div_ceil(8);
            let Some(value) = bytes.get(at..at + length) else { break };
            at += length;
            let value = value.iter().rev().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
            let run = usize::try_from(head >> 1).unwrap_or(usize::MAX);
            numbers.extend(std::iter::repeat_n(value, run.min(left)));
            if run == 0 {
                break;
            }
        } else {
            let groups = usize::try_from(head >> 1).unwrap_or(usize::MAX);
            let length = groups.saturating_mul(width as usize);
            let part = &bytes[at.min(bytes.len())..];
            let part = &part[..part.len().min(length)];
            numbers.extend(
                packed(part, width).take(left.min(groups.saturating_mul(8))).map(|n| n as u32),
            );
            at += length;
            if part.is_empty() && width > 0 {
                break;
            }
        }
    }
    numbers
}

/// Numbers of `width` bits one after another, least significant bit first; for ever zero where `width`
/// is 0.
pub(super) fn packed(bytes: &[u8], width: u32) -> impl Iterator<Item = u64> {
    let (mut at, mut held, mut bits) = (0, 0u128, 0u32);
    std::iter::from_fn(move || {
        while bits < width {
            held |= u128::from(*bytes.get(at)?) << bits;
            bits += 8;
            at += 1;
        }
        let number = held & ((1u128 << width) - 1);
        held >>= width;
        bits -= width;
        u64::try_from(number).ok()
    })
}

/// Packed differences (DELTA_BINARY_PACKED): the numbers, and the bytes that they take.
pub(super) fn differences(bytes: &[u8]) -> Option<(Vec<i64>, usize)> {
    let mut at = 0;
    let mut next = || {
        let (number, used) = varint(bytes.get(at..)?)?;
        at += used;
        Some(number)
    };
    let (block, minis) = (usize::try_from(next()?).ok()?, usize::try_from(next()?).ok()?);
    let count = usize::try_from(next()?).ok()?.min(VALUES_MAX);
    let first = zigzag(next()?);
    let each = block.checked_div(minis).filter(|each| *each > 0 && *each <= 1 << 16)?;
    let mut numbers = vec![first];
    while numbers.len() < count {
        let (least, used) = varint(bytes.get(at..)?)?;
        let least = zigzag(least);
        at += used;
        let widths = bytes.get(at..at + minis)?;
        at += minis;
        for width in widths {
            if numbers.len() >= count {
                break;
            }
            let width = u32::from(*width);
            if width > 64 {
                return None;
            }
            let length = each * width as usize / 8;
            let part = bytes.get(at..).unwrap_or_default();
            let part = &part[..part.len().min(length)];
            for step in packed(part, width).take(each.min(count - numbers.len())) {
                let last = numbers.last().copied().unwrap_or(first);
                numbers.push(last.wrapping_add(least).wrapping_add(step.cast_signed()));
            }
            at += length;
        }
        if at > bytes.len() {
            break;
        }
    }
    numbers.truncate(count);
    Some((numbers, at.min(bytes.len())))
}

fn zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// A number in seven bits a byte, least significant first, and its bytes.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7F).checked_shl(7 * at as u32)?;
        if byte & 0x80 == 0 {
            return Some((number, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_packed_groups_alternate() {
        // 3 times 5, then 8 numbers of 3 bits.
        let bytes = [6, 5, 3, 0x88, 0xC6, 0xFA];
        assert_eq!(hybrid(&bytes, 3, 11), [5, 5, 5, 0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(hybrid(&bytes, 3, 4), [5, 5, 5, 0]);
    }

    #[test]
    fn differences_are_added_up() {
        // Block of 8 in one part: 7, then steps of 1 + 2-bit numbers.
        let bytes = [8, 1, 5, 14, 2, 2, 0b1110_0100, 0];
        assert_eq!(differences(&bytes), Some((vec![7, 8, 10, 13, 17], 8)));
    }
}
