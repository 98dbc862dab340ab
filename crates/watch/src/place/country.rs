//! A country, as the data of places names it.

use core::fmt;

/// A country by its two letters (ISO 3166-1 alpha-2), in capitals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Two letters of any case. `None` for what stands for no country: `ZZ`, `??`, `-`, nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        let letters = letters.map(|letter| letter.to_ascii_uppercase());
        let is_country = letters.iter().all(u8::is_ascii_uppercase) && letters != *b"ZZ";
        is_country.then_some(Self(letters))
    }

    /// The two letters: `NL`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_letters_that_name_a_country_are_one() {
        assert_eq!(Country::parse("nl").map(|country| country.to_string()), Some("NL".to_owned()));
        for text in ["", "-", "N", "NLD", "??", "ZZ", "zz", "N1", "é"] {
            assert_eq!(Country::parse(text), None, "{text}");
        }
    }
}
