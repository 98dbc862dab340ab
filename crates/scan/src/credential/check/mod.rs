//! Checks of a credential's inside that need no network: one file a family, registered here.
//!
//! A check says that the structure holds, that it cannot be what the rule looks for, or nothing.

mod encoded;
mod sum;
mod web_token;

use serde::Deserialize;

/// A check, by the name that rules use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Check {
    /// The last six characters are the CRC-32 of those between prefix and them, in base 62.
    Crc32Base62,
    /// The same, where the issuer does not document it: it can raise confidence only.
    Crc32Base62Maybe,
    /// The last eight characters are the CRC-32 of what comes before `_`, in hexadecimal.
    Crc32HexMaybe,
    /// A JSON web token (RFC 7519): header and payload are JSON objects.
    WebToken,
    /// 64 bytes of base64.
    Base64Of64,
    /// 32 bytes of base64.
    Base64Of32,
    /// base64 of `user:password` (RFC 7617).
    BasicAuthorization,
    /// The part before the first dot is base64 of a number, as of a Discord user.
    NumberInBase64,
    /// A macaroon of the Python package index: names its location.
    PypiMacaroon,
    /// base64 of JSON.
    JsonInBase64,
    /// Text that mixes upper case, lower case and digits as random text does.
    Random,
    /// Holds a digit and a letter.
    Mixed,
}

/// What a check says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// The structure holds; the reason in words.
    Holds(String),
    /// Nothing is known.
    Unknown,
    /// It cannot be one; the reason in words.
    Fails(&'static str),
}

impl Check {
    /// Checks a credential, of which `prefix` bytes are its fixed beginning.
    pub(super) fn run(self, token: &[u8], prefix: usize) -> Verdict {
        match self {
            Self::Crc32Base62 => match sum::crc32_base62(token, prefix) {
                true => Verdict::Holds("its checksum is right".to_owned()),
                false => Verdict::Fails("its checksum is wrong"),
            },
            Self::Crc32Base62Maybe => holds_or_unknown(sum::crc32_base62(token, prefix)),
            Self::Crc32HexMaybe => holds_or_unknown(sum::crc32_hex(token)),
            Self::WebToken => web_token::check(token),
            Self::Base64Of64 => encoded::bytes(token, 64),
            Self::Base64Of32 => encoded::bytes(token, 32),
            Self::BasicAuthorization => encoded::basic_authorization(token),
            Self::NumberInBase64 => encoded::number(token),
            Self::PypiMacaroon => encoded::pypi_macaroon(&token[prefix..]),
            Self::JsonInBase64 => encoded::json(&token[prefix..]),
            Self::Random => match crate::rule::is_random(&token[prefix..]) {
                true => Verdict::Unknown,
                false => Verdict::Fails("it does not look random"),
            },
            Self::Mixed => {
                let body = &token[prefix..];
                let mixed =
                    body.iter().any(u8::is_ascii_digit) && body.iter().any(u8::is_ascii_alphabetic);
                if mixed { Verdict::Unknown } else { Verdict::Fails("it does not look random") }
            }
        }
    }
}

fn holds_or_unknown(holds: bool) -> Verdict {
    if holds { Verdict::Holds("its checksum is right".to_owned()) } else { Verdict::Unknown }
}
