//! How the streams of PDF are packed (ISO 32000-1 §7.4): Flate, LZW, run lengths, ASCII85, hexadecimal, and
//! the predictors before them. Pictures stay packed.

use super::object::{Dictionary, Object};
use crate::codec::{Deflate, salvage};
use crate::decode::hex_byte;

/// Filters one after another.
const FILTERS_MAX: usize = 8;

/// The data of a stream, at most `most` bytes, as far as they are not damaged; `None` for what is no text,
/// such as pictures.
pub(super) fn unpacked(dictionary: &Dictionary, data: &[u8], most: usize) -> Option<Vec<u8>> {
    let filters = match either(dictionary, "Filter", "F") {
        Object::Array(filters) => filters.clone(),
        Object::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let parameters = match either(dictionary, "DecodeParms", "DP") {
        Object::Array(parameters) => parameters.clone(),
        one => vec![one.clone()],
    };
    let mut data = std::borrow::Cow::Borrowed(data);
    for (index, filter) in filters.iter().take(FILTERS_MAX).enumerate() {
        let empty = Dictionary::default();
        let parameters = parameters.get(index).and_then(Object::dictionary).unwrap_or(&empty);
        let made = match filter.name()? {
            b"FlateDecode" | b"Fl" => {
                let (made, _) = salvage(&mut Deflate::zlib(), &data, most);
                predicted(made, parameters)
            }
            b"LZWDecode" | b"LZW" => {
                let early = parameters.get("EarlyChange").count() != Some(0);
                predicted(lzw(&data, early, most), parameters)
            }
            b"ASCII85Decode" | b"A85" => ascii85(&data),
            b"ASCIIHexDecode" | b"AHx" => {
                let end = memchr::memchr(b'>', &data).unwrap_or(data.len());
                hexadecimal(&data[..end])
            }
            b"RunLengthDecode" | b"RL" => run_lengths(&data, most),
            b"Crypt" => continue,
            _ => return None,
        };
        data = made.into();
    }
    Some(data.into_owned())
}

fn either<'d>(dictionary: &'d Dictionary, long: &str, short: &str) -> &'d Object {
    match dictionary.get(long) {
        Object::Null => dictionary.get(short),
        found => found,
    }
}

/// Undoes a predictor: each row tells how it differs from the row above.
fn predicted(data: Vec<u8>, parameters: &Dictionary) -> Vec<u8> {
    let number = |name: &str, otherwise: usize| parameters.get(name).count().unwrap_or(otherwise);
    let predictor = number("Predictor", 1);
    let bits = number("Colors", 1).clamp(1, 64) * number("BitsPerComponent", 8).clamp(1, 16);
    let row = (bits * number("Columns", 1).clamp(1, 1 << 20)).div_ceil(8);
    let pixel = bits.div_ceil(8);
    if predictor < 10 {
        return data;
    }
    let mut made: Vec<u8> = Vec::with_capacity(data.len());
    for line in data.chunks(row + 1) {
        let above = made.len().checked_sub(row);
        let start = made.len();
        let Some((kind, line)) = line.split_first() else { break };
        for (at, byte) in line.iter().enumerate() {
            let left = if at < pixel { 0 } else { made[start + at - pixel] };
            let up = above.map_or(0, |above| made[above + at]);
            let corner = match above {
                Some(above) if at >= pixel => made[above + at - pixel],
                _ => 0,
            };
            let guess = match kind {
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => 0,
            };
            made.push(byte.wrapping_add(guess));
        }
    }
    made
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let p = a + b - c;
    let (pa, pb, pc) = ((p - a).abs(), (p - b).abs(), (p - c).abs());
    if pa <= pb && pa <= pc {
        left
    } else if pb <= pc {
        up
    } else {
        corner
    }
}

/// LZW with codes of 9 to 12 bits, 256 to clear and 257 to end; `early`: codes grow one code too soon.
fn lzw(data: &[u8], early: bool, most: usize) -> Vec<u8> {
    let mut made: Vec<u8> = Vec::new();
    // Each entry as a stretch of what was made.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let (mut width, mut bits, mut count) = (9, 0u32, 0);
    let mut last: Option<(usize, usize)> = None;
    for byte in data {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        if count < width {
            continue;
        }
        count -= width;
        let code = (bits >> count) as usize & ((1 << width) - 1);
        bits &= (1 << count) - 1;
        let start = made.len();
        match code {
            0..=255 => made.push(code as u8),
            256 => {
                table.clear();
                (width, last) = (9, None);
                continue;
            }
            257 => break,
            _ => match (table.get(code - 258).copied(), last) {
                (Some((from, length)), _) => made.extend_from_within(from..from + length),
                (None, Some((from, length))) if code - 258 == table.len() => {
                    made.extend_from_within(from..from + length);
                    made.push(made[start]);
                }
                _ => break,
            },
        }
        if let Some((from, length)) = last
            && table.len() < 4096 - 258
        {
            // What follows the last entry is what this one begins with.
            table.push((from, length + 1));
        }
        last = Some((start, made.len() - start));
        let next = table.len() + 258 + 1 + usize::from(early);
        width = match next {
            0..=512 => 9,
            513..=1024 => 10,
            1025..=2048 => 11,
            _ => 12,
        };
        if made.len() > most {
            break;
        }
    }
    made.truncate(most);
    made
}

/// ASCII85: five characters for four bytes, `z` for four zeros, `~>` at the end.
fn ascii85(data: &[u8]) -> Vec<u8> {
    let (mut made, mut group, mut count) = (Vec::new(), 0u64, 0);
    let data = data.strip_prefix(b"<~").unwrap_or(data);
    for byte in data {
        match byte {
            b'z' if count == 0 => made.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                group = group * 85 + u64::from(byte - b'!');
                count += 1;
                if count == 5 {
                    made.extend_from_slice(&(group as u32).to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            b'~' => break,
            _ => {}
        }
    }
    if count > 1 {
        for _ in count..5 {
            group = group * 85 + 84;
        }
        made.extend_from_slice(&(group as u32).to_be_bytes()[..count - 1]);
    }
    made
}

/// Pairs of hexadecimal digits; a last one alone has a zero behind it.
pub(super) fn hexadecimal(data: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = data.iter().copied().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks(2);
    pairs.filter_map(|pair| hex_byte(pair[0], *pair.get(1).unwrap_or(&b'0'))).collect()
}

fn run_lengths(data: &[u8], most: usize) -> Vec<u8> {
    let (mut made, mut rest) = (Vec::new(), data);
    while let Some((length, after)) = rest.split_first() {
        let taken = match length {
            0..=127 => {
                let literal = &after[..after.len().min(usize::from(*length) + 1)];
                made.extend_from_slice(literal);
                literal.len()
            }
            128 => break,
            _ => {
                let Some(byte) = after.first() else { break };
                made.extend(std::iter::repeat_n(*byte, 257 - usize::from(*length)));
                1
            }
        };
        rest = &after[taken..];
        if made.len() > most {
            break;
        }
    }
    made.truncate(most);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii85_run_lengths_and_lzw_are_undone() {
        assert_eq!(ascii85(b"<~87cURD]i,\"Ebo80~>"), b"Hello World!");
        assert_eq!(run_lengths(&[1, b'a', b'b', 254, b'c', 128, 9], 100), b"abccc");
        // ISO 32000-1 §7.4.4.2, example 1.
        let packed = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        assert_eq!(lzw(&packed, true, 100), [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]);
    }

    #[test]
    fn rows_that_tell_differences_are_added_up() {
        let parameters = Dictionary(vec![
            (b"Predictor".to_vec(), Object::Number(12.0)),
            (b"Columns".to_vec(), Object::Number(2.0)),
        ]);
        assert_eq!(predicted(vec![2, 1, 2, 2, 1, 1, 1, 5, 5], &parameters), [1, 2, 2, 3, 5, 10]);
    }
}
