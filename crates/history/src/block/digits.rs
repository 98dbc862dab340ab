//! Ids as most services write them, hexadecimal digits with or without dashes between, in half the bytes.
//!
//! All ids of a column must look alike: as long, dashes at the same places, letters of one case. Then what
//! comes out is, byte by byte, what went in.

/// What all values look like: the first of them with `0` for each digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape<'a> {
    text: &'a [u8],
    /// Whether there is nothing but digits.
    is_plain: bool,
}

impl<'a> Shape<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, is_plain: text.iter().all(|byte| *byte == b'0') }
    }

    pub(super) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Bytes of a value.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// Bytes of a packed value; `None` where it cannot be packed.
    pub(super) fn packed(&self) -> Option<usize> {
        let digits = self.text.iter().filter(|byte| **byte == b'0').count();
        (digits > 0 && digits.is_multiple_of(2)).then_some(digits / 2)
    }
}

/// What values look like that look like this one.
pub(super) fn shape_of(value: &[u8]) -> Vec<u8> {
    value.iter().map(|byte| if byte.is_ascii_hexdigit() { b'0' } else { *byte }).collect()
}

/// Packs values that stand one after the other, and says whether their letters are upper case; `None` where
/// one looks otherwise.
pub(super) fn pack(values: &[u8], shape: Shape<'_>) -> Option<(Vec<u8>, bool)> {
    if shape.is_plain {
        return pack_digits(values);
    }
    let mut digits = Vec::with_capacity(values.len());
    for value in values.chunks_exact(shape.length()) {
        for (byte, like) in value.iter().zip(shape.text) {
            match like {
                b'0' => digits.push(*byte),
                _ if byte != like => return None,
                _ => {}
            }
        }
    }
    pack_digits(&digits)
}

fn pack_digits(digits: &[u8]) -> Option<(Vec<u8>, bool)> {
    // Flags over all bytes rather than a way out at the first: processors take many at a time then.
    let (mut is_lower, mut is_upper) = (true, true);
    for digit in digits {
        let is_number = digit.wrapping_sub(b'0') < 10;
        is_lower &= is_number | (digit.wrapping_sub(b'a') < 6);
        is_upper &= is_number | (digit.wrapping_sub(b'A') < 6);
    }
    let value = |digit: u8| (digit & 0x0f) + 9 * (digit >> 6);
    let packed = digits.as_chunks::<2>().0.iter();
    let packed = packed.map(|[high, low]| (value(*high) << 4) | value(*low)).collect();
    (is_lower || is_upper).then_some((packed, !is_lower))
}

/// Appends the values that were packed.
pub(super) fn unpack(packed: &[u8], shape: Shape<'_>, is_upper: bool, out: &mut Vec<u8>) {
    let letters = if is_upper { b'A' - b'9' - 1 } else { b'a' - b'9' - 1 };
    let digit = |value: u8| value + b'0' + if value > 9 { letters } else { 0 };
    if shape.is_plain {
        let start = out.len();
        out.resize(start + packed.len() * 2, 0);
        let room = out.get_mut(start..).unwrap_or_default().as_chunks_mut::<2>().0;
        for (pair, byte) in room.iter_mut().zip(packed) {
            *pair = [digit(byte >> 4), digit(byte & 0x0f)];
        }
        return;
    }
    let mut digits = packed.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]);
    let values = packed.len() / shape.packed().unwrap_or(1).max(1);
    for like in std::iter::repeat_n(shape.text, values).flatten() {
        out.push(if *like == b'0' { digits.next().unwrap_or_default() } else { *like });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&str], is_packed: bool) {
        let text = values.concat();
        let shape = shape_of(values[0].as_bytes());
        let shape = Shape::new(&shape);
        let packed = shape.packed().and_then(|_| pack(text.as_bytes(), shape));
        assert_eq!(packed.is_some(), is_packed, "{values:?}");
        if let Some((packed, is_upper)) = packed {
            assert_eq!(packed.len(), shape.packed().unwrap() * values.len());
            let mut out = Vec::new();
            unpack(&packed, shape, is_upper, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    #[test]
    fn digits_come_back_in_their_case_and_with_their_dashes() {
        check(&["0123456789abcdef", "ffffffffffffffff", "0000000000000000"], true);
        check(&["5C06A3B67B8B5A3DA422299D", "000000000000000000000000"], true);
        check(&["12345678", "00000000"], true);
        check(
            &["1b4e28ba-2fa1-11d2-883f-0016d3cca427", "00000000-0000-0000-0000-000000000000"],
            true,
        );
    }

    #[test]
    fn what_looks_otherwise_is_left_alone() {
        check(&["abcdef", "ABCDEF"], false);
        check(&["aB"], false);
        check(&["abc"], false);
        check(&["----"], false);
        check(&["1b4e-8ba", "1b4e28ba"], false);
        check(&["12 4", "12:4"], false);
        check(&["12", "1\u{3a}"], false);
        check(&["12", "1`"], false);
        check(&["12", "1g"], false);
        check(&["ab", "/0"], false);
    }
}
