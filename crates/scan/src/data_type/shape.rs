//! How values look: `9` is a digit, `A` a letter, `X` a letter or digit, `h` a hexadecimal digit, `*` at the end
//! any further letters, digits, blanks and dashes; anything else is itself.

/// Longest value with a shape.
pub(super) const LENGTH_MAX: usize = 40;

/// A shape.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pattern: Vec<u8>,
    /// Whether more may follow.
    is_open: bool,
}

impl Shape {
    /// Reads a shape.
    pub(super) fn parse(text: &str) -> Self {
        let (body, is_open) = match text.strip_suffix('*') {
            Some(body) => (body, true),
            None => (text, false),
        };
        Self { pattern: body.as_bytes().to_vec(), is_open }
    }

    /// Its length; `None` when values of it differ in length.
    pub(super) fn length(&self) -> Option<usize> {
        (!self.is_open).then_some(self.pattern.len())
    }

    /// Whether a value has it. In a text small letters are words; in a cell they may be a number's.
    pub(super) fn fits(&self, value: &[u8], in_text: bool) -> bool {
        let letter = |byte: u8| match in_text {
            true => byte.is_ascii_uppercase(),
            false => byte.is_ascii_alphabetic(),
        };
        let fits = |class: u8, byte: u8| match class {
            b'9' => byte.is_ascii_digit(),
            b'A' => letter(byte),
            b'X' => byte.is_ascii_digit() || letter(byte),
            b'h' => byte.is_ascii_hexdigit(),
            class => byte == class || (!in_text && byte.eq_ignore_ascii_case(&class)),
        };
        let Some((head, rest)) = value.split_at_checked(self.pattern.len()) else { return false };
        let rest_fits = match self.is_open {
            true => {
                value.len() <= LENGTH_MAX
                    && rest.iter().all(|byte| {
                        byte.is_ascii_digit() || letter(*byte) || matches!(byte, b' ' | b'-')
                    })
            }
            false => rest.is_empty(),
        };
        rest_fits && self.pattern.iter().zip(head).all(|(class, byte)| fits(*class, *byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_tells_digits_letters_and_itself() {
        let fits = |shape: &str, value: &str| Shape::parse(shape).fits(value.as_bytes(), true);
        assert!(fits("999-99-9999", "123-45-6789") && !fits("999-99-9999", "123-45-678A"));
        assert!(fits("A999999(X)", "A123456(3)") && !fits("A999999(X)", "a123456(3)"));
        assert!(fits("AA99*", "GB82 WEST 1234") && !fits("AA99*", "GB8"));
        assert!(Shape::parse("A99").fits(b"a12", false));
    }
}
