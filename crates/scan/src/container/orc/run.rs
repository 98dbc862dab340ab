//! Run lengths of ORC: bytes and flags, and whole numbers in version 1 and 2 (ORC specification v1, "Run
//! Length Encoding").

use super::protobuf::varint;

/// Runs of bytes: a count and a byte, or a count and so many bytes.
pub(super) fn bytes(mut rest: &[u8], most: usize) -> Vec<u8> {
    let mut made = Vec::new();
    while let Some((head, after)) = rest.split_first() {
        if made.len() >= most {
            break;
        }
        if *head < 0x80 {
            let Some((byte, after)) = after.split_first() else { break };
            made.extend(std::iter::repeat_n(*byte, usize::from(*head) + 3));
            rest = after;
        } else {
            let count = 256 - usize::from(*head);
            let (literal, after) = after.split_at(count.min(after.len()));
            made.extend_from_slice(literal);
            rest = after;
        }
    }
    made.truncate(most);
    made
}

/// Flags: bits in runs of bytes, most significant first.
pub(super) fn flags(rest: &[u8], count: usize) -> Vec<bool> {
    let bytes = bytes(rest, count.div_ceil(8));
    let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 != 0));
    bits.take(count).collect()
}

/// Whole numbers of version 1: runs with a step, or literals.
pub(super) fn first_version(mut rest: &[u8], signed: bool, count: usize) -> Vec<i64> {
    let mut numbers = Vec::new();
    while let Some((head, after)) = rest.split_first().filter(|_| numbers.len() < count) {
        rest = after;
        if *head < 0x80 {
            let Some((step, after)) = rest.split_first() else { break };
            rest = after;
            let step = i64::from(i8::from_ne_bytes([*step]));
            let Some(base) = number(&mut rest, signed) else { break };
            let run = 0..i64::from(*head) + 3;
            numbers.extend(run.map(|at| base.wrapping_add(step.wrapping_mul(at))));
        } else {
            for _ in 0..256 - usize::from(*head) {
                let Some(literal) = number(&mut rest, signed) else { return numbers };
                numbers.push(literal);
            }
        }
    }
    numbers.truncate(count);
    numbers
}

/// Whole numbers of version 2: short repeats, packed numbers, patched ones, and steps.
pub(super) fn second_version(mut rest: &[u8], signed: bool, count: usize) -> Vec<i64> {
    let mut numbers = Vec::new();
    while !rest.is_empty() && numbers.len() < count {
        let run = match rest[0] >> 6 {
            0 => repeated(&mut rest, signed),
            1 => direct(&mut rest, signed),
            2 => patched(&mut rest),
            _ => steps(&mut rest, signed),
        };
        let Some(run) = run else { break };
        numbers.extend(run);
    }
    numbers.truncate(count);
    numbers
}

fn repeated(rest: &mut &[u8], signed: bool) -> Option<Vec<i64>> {
    let head = rest[0];
    let width = usize::from(head >> 3 & 7) + 1;
    let value = rest.get(1..=width)?;
    let value = value.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    *rest = &rest[1 + width..];
    Some(vec![meant(value, signed); usize::from(head & 7) + 3])
}

/// Width in bits and number of values that the two bytes at the head of a run tell.
fn head(rest: &[u8]) -> Option<(u32, usize)> {
    let (first, second) = (*rest.first()?, *rest.get(1)?);
    let length = (usize::from(first & 1) << 8 | usize::from(second)) + 1;
    Some((width(first >> 1 & 31), length))
}

fn direct(rest: &mut &[u8], signed: bool) -> Option<Vec<i64>> {
    let (width, length) = head(rest)?;
    let numbers = packed(rest.get(2..)?, width, length)?;
    *rest = &rest[2 + bytes_of(width, length)..];
    Some(numbers.into_iter().map(|number| meant(number, signed)).collect())
}

fn patched(rest: &mut &[u8]) -> Option<Vec<i64>> {
    let (bits, length) = head(rest)?;
    let (third, fourth) = (*rest.get(2)?, *rest.get(3)?);
    let base_bytes = usize::from(third >> 5) + 1;
    let (patch_bits, gap_bits) = (width(third & 31), u32::from(fourth >> 5) + 1);
    let patches = usize::from(fourth & 31);
    let base = rest.get(4..4 + base_bytes)?;
    let base = base.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    // The most significant bit of the base is its sign.
    let sign = 1u64 << (8 * base_bytes - 1);
    let base = if base & sign != 0 { -((base & !sign).cast_signed()) } else { base.cast_signed() };
    let mut at = 4 + base_bytes;
    let mut numbers = packed(rest.get(at..)?, bits, length)?;
    at += bytes_of(bits, length);
    let patch_width = closest(patch_bits + gap_bits);
    let list = packed(rest.get(at..)?, patch_width, patches)?;
    at += bytes_of(patch_width, patches);
    let mut place = 0usize;
    for entry in list {
        let gap = entry.checked_shr(patch_bits).unwrap_or(0);
        place += usize::try_from(gap).ok()?;
        let patch = entry & 1u64.checked_shl(patch_bits).map_or(u64::MAX, |limit| limit - 1);
        *numbers.get_mut(place)? |= patch.checked_shl(bits).unwrap_or(0);
    }
    *rest = &rest[at..];
    Some(numbers.into_iter().map(|number| base.wrapping_add(number.cast_signed())).collect())
}

fn steps(rest: &mut &[u8], signed: bool) -> Option<Vec<i64>> {
    let (first, second) = (*rest.first()?, *rest.get(1)?);
    let length = (usize::from(first & 1) << 8 | usize::from(second)) + 1;
    let bits = match first >> 1 & 31 {
        0 => 0,
        code => width(code),
    };
    let mut after = &rest[2..];
    let base = number(&mut after, signed)?;
    let step = number(&mut after, true)?;
    let mut numbers = vec![base];
    if length > 1 {
        numbers.push(base.wrapping_add(step));
    }
    if bits == 0 {
        while numbers.len() < length {
            let last = numbers.last().copied().unwrap_or(base);
            numbers.push(last.wrapping_add(step));
        }
    } else {
        let count = length.saturating_sub(2);
        for size in packed(after, bits, count)? {
            let last = numbers.last().copied().unwrap_or(base);
            let size = size.cast_signed();
            numbers.push(last.wrapping_add(if step < 0 { size.wrapping_neg() } else { size }));
        }
        after = &after[bytes_of(bits, count)..];
    }
    numbers.truncate(length);
    *rest = after;
    Some(numbers)
}

/// Numbers of some bits one after another, most significant bit first.
fn packed(bytes: &[u8], width: u32, count: usize) -> Option<Vec<u64>> {
    let bytes = bytes.get(..bytes_of(width, count))?;
    let (mut numbers, mut held, mut bits) = (Vec::with_capacity(count), 0u128, 0u32);
    for byte in bytes {
        held = held << 8 | u128::from(*byte);
        bits += 8;
        while bits >= width && numbers.len() < count {
            bits -= width;
            numbers.push(u64::try_from(held >> bits & ((1u128 << width) - 1)).ok()?);
        }
    }
    Some(numbers)
}

fn bytes_of(width: u32, count: usize) -> usize {
    (width as usize * count).div_ceil(8)
}

/// The bits that a code of five bits stands for.
fn width(code: u8) -> u32 {
    match code {
        0..=23 => u32::from(code) + 1,
        24 => 26,
        25 => 28,
        26 => 30,
        27 => 32,
        28 => 40,
        29 => 48,
        30 => 56,
        _ => 64,
    }
}

/// The narrowest width that a code can stand for and that has room.
fn closest(bits: u32) -> u32 {
    (0..32).map(width).find(|width| *width >= bits).unwrap_or(64)
}

fn number(rest: &mut &[u8], signed: bool) -> Option<i64> {
    varint(rest).map(|number| meant(number, signed))
}

/// Numbers with a sign have it in their lowest bit.
fn meant(number: u64, signed: bool) -> i64 {
    match signed {
        true => (number >> 1).cast_signed() ^ -(number & 1).cast_signed(),
        false => number.cast_signed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the specification.
    #[test]
    fn runs_of_every_kind_are_read() {
        assert_eq!(bytes(&[0x61, 0, 0xFE, 0x44, 0x45], 102), [&[0; 100][..], b"DE"].concat());
        assert_eq!(
            flags(&[0xFF, 0x80], 8),
            [true, false, false, false, false, false, false, false]
        );
        assert_eq!(first_version(&[0x61, 0xFF, 0x64], false, 3), [100, 99, 98]);
        assert_eq!(first_version(&[0xFB, 2, 3, 4, 7, 0xB], false, 5), [2, 3, 4, 7, 11]);
        assert_eq!(second_version(&[0x0A, 0x27, 0x10], false, 5), [10_000; 5]);
        let direct = [0x5E, 3, 0x5C, 0xA1, 0xAB, 0x1E, 0xDE, 0xAD, 0xBE, 0xEF];
        assert_eq!(second_version(&direct, false, 4), [23713, 43806, 57005, 48879]);
        let steps = [0xC6, 9, 2, 2, 0x22, 0x42, 0x42, 0x46];
        assert_eq!(second_version(&steps, false, 10), [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
        let patched = [
            0x8E, 0x09, 0x2B, 0x21, 0x07, 0xD0, 0x1E, 0x00, 0x14, 0x70, 0x28, 0x32, 0x3C, 0x46,
            0x50, 0x5A, 0xFC, 0xE8,
        ];
        let expected = [2030, 2000, 2020, 1_000_000, 2040, 2050, 2060, 2070, 2080, 2090];
        assert_eq!(second_version(&patched, false, 10), expected);
    }
}
