//! Snappy blocks, as Parquet, Avro and ORC have them: always in memory as a whole.
//!
//! Source: `format_description.txt` of Snappy. The length comes first, then literals and copies.

/// Unpacks a block to at most `most` bytes.
///
/// # Errors
/// The block is damaged or claims to be longer; the reason in words.
pub(crate) fn snappy(block: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let (length, mut at) = length(block).ok_or("damaged Snappy length")?;
    if length > most {
        return Err(format!("unpacks to more than {most} bytes"));
    }
    let mut output = Vec::with_capacity(length);
    let damaged = || "damaged Snappy data".to_owned();
    while let Some(tag) = block.get(at).copied() {
        at += 1;
        let number = |at: usize, bytes: usize| {
            let part = block.get(at..at + bytes)?;
            Some(part.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        };
        if tag & 3 == 0 {
            let bytes = match tag >> 2 {
                short @ 0..60 => usize::from(short) + 1,
                long => {
                    let extra = usize::from(long) - 59;
                    let bytes = number(at, extra).ok_or_else(damaged)? + 1;
                    at += extra;
                    bytes
                }
            };
            let literal = block.get(at..at.saturating_add(bytes)).ok_or_else(damaged)?;
            output.extend_from_slice(literal);
            at += bytes;
        } else {
            let (bytes, extra) = match tag & 3 {
                1 => (4 + usize::from(tag >> 2 & 7), 1),
                2 => (1 + usize::from(tag >> 2), 2),
                _ => (1 + usize::from(tag >> 2), 4),
            };
            let low = number(at, extra).ok_or_else(damaged)?;
            let back = if extra == 1 { usize::from(tag >> 5) << 8 | low } else { low };
            at += extra;
            copy(&mut output, back, bytes).ok_or_else(damaged)?;
        }
        if output.len() > length {
            return Err(damaged());
        }
    }
    if output.len() == length { Ok(output) } else { Err("ends too early".to_owned()) }
}

/// Appends `bytes` bytes that begin `back` bytes before the end; they may overlap what is appended.
fn copy(output: &mut Vec<u8>, back: usize, bytes: usize) -> Option<()> {
    let from = output.len().checked_sub(back).filter(|_| back > 0)?;
    for at in from..from + bytes {
        output.push(output[at]);
    }
    Some(())
}

/// The length that a block unpacks to, in seven bits a byte, and where it ends.
fn length(block: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0u64;
    for (at, byte) in block.iter().take(5).enumerate() {
        length |= u64::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(length).ok()?, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_overlapping_copies_are_unpacked() {
        // "ab", then 8 bytes from 2 back, then a literal with a length of its own byte.
        let block = [&[72, 1 << 2, b'a', b'b', 1 | 4 << 2, 2, 60 << 2, 61][..], &[b'x'; 62]];
        let expected = format!("{}{}", "ab".repeat(5), "x".repeat(62));
        assert_eq!(snappy(&block.concat(), 100).unwrap(), expected.as_bytes());
        assert!(snappy(&block.concat(), 71).is_err());
        assert!(snappy(&[4, 1 | 4 << 2, 2], 100).is_err());
    }
}
