//! A stretch of a text as far as it is UTF-8, which is asked once for all values in it.

/// As much of a stretch as is UTF-8.
pub(super) struct Utf8<'t> {
    text: &'t str,
    /// Where that begins.
    begin: usize,
}

impl<'t> Utf8<'t> {
    /// The UTF-8 that a text is from `from` on, up to where it is none any more.
    pub(super) fn of(text: &'t [u8], from: usize) -> Self {
        let rest = &text[from..];
        // A character may have begun before.
        let cut = rest.iter().take(3).take_while(|byte| (0x80..0xC0).contains(*byte)).count();
        let rest = &rest[cut..];
        let known = |error: std::str::Utf8Error| {
            std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default()
        };
        Self { text: std::str::from_utf8(rest).unwrap_or_else(known), begin: from + cut }
    }

    /// What stands between two places of the text; `None` where that is not known to be UTF-8.
    #[inline]
    pub(super) fn get(&self, start: usize, end: usize) -> Option<&'t str> {
        self.text.get(start.checked_sub(self.begin)?..end - self.begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_utf_8_is_told_and_nothing_else() {
        let text = "é,b,\u{5bc6}".as_bytes();
        let utf8 = Utf8::of(text, 1);
        assert_eq!((utf8.get(0, 2), utf8.get(3, 4), utf8.get(5, 8)), (None, Some("b"), Some("密")));
        assert_eq!((utf8.get(5, 6), utf8.get(5, 9)), (None, None));
        let utf8 = Utf8::of(b"ab\xFFcd", 0);
        assert_eq!((utf8.get(0, 2), utf8.get(1, 3), utf8.get(3, 5)), (Some("ab"), None, None));
    }
}
