//! Names for requests whose log has none that lasts: by the request id and what else tells one line of
//! a request from another.

use std::borrow::Cow;

use twox_hash::XxHash3_128;

/// Longest parts, in bytes, that are put together without asking for memory.
const PARTS_SHORT: usize = 512;

/// The name of what these parts tell apart: 32 hexadecimal digits, the same for ever.
///
/// The hash is fast and not proof against somebody who looks for two texts of one hash; such a one
/// would have to choose a request id, which the service draws. Where there is none, a whole record is
/// named by [`claviger_model::EventId::derived`].
pub(super) fn of(parts: &[&str]) -> Cow<'static, str> {
    let mut short = [0; PARTS_SHORT];
    let mut filled = 0;
    for part in parts {
        let length = (part.len() as u32).to_be_bytes();
        for bytes in [&length[..], part.as_bytes()] {
            let Some(room) = short.get_mut(filled..filled + bytes.len()) else {
                return long(parts);
            };
            room.copy_from_slice(bytes);
            filled += bytes.len();
        }
    }
    hex(XxHash3_128::oneshot(&short[..filled]))
}

/// The same for parts of any length.
fn long(parts: &[&str]) -> Cow<'static, str> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u32).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    hex(XxHash3_128::oneshot(&bytes))
}

fn hex(hash: u128) -> Cow<'static, str> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(32);
    for byte in hash.to_be_bytes() {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_for_ever_and_another_for_other_parts() {
        assert_eq!(of(&["oss", "5FF1", "GetObject", "a"]), "6bccd100cc0e97d6436161e59885677e");
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        let parts = ["x".repeat(100), "y".repeat(100)];
        let parts = parts.each_ref().map(String::as_str);
        assert_eq!(of(&parts), long(&parts));
        assert_ne!(of(&[&"x".repeat(600)]), of(&[&"x".repeat(601)]));
    }
}
