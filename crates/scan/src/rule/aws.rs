//! Access key ids of AWS.

use super::Structure;

/// Accounts whose keys are made by public canary services: a use of one warns its owner.
const CANARY_ACCOUNTS: [u64; 10] = [
    52_310_077_262,
    171_436_882_533,
    534_261_010_715,
    595_918_472_158,
    717_712_589_309,
    819_147_034_852,
    992_382_622_183,
    730_335_385_048,
    266_735_846_894,
    893_192_397_702,
];

/// Four characters and 16 of base32. The id carries its account (observed, undocumented), except for
/// old ids whose fifth character is `I` or `J`. Without any digit it may be a word in capitals, as in
/// `ASIAANDPACIFICREGION`, unless a secret stands beside it.
pub(super) fn access_key(id: &str) -> Option<Structure> {
    let body = id.get(4..)?;
    let has_digit = body.bytes().any(|byte| byte.is_ascii_digit());
    let mut why = Vec::new();
    match account(body) {
        Some(account) if CANARY_ACCOUNTS.contains(&account) => {
            why.push(format!("canary: account {account:012} in the id makes decoy keys"));
        }
        Some(account) => why.push(format!("account {account:012} is encoded in the id")),
        None => why.push(format!("`{}` and 16 base32 characters, an older form", &id[..4])),
    }
    let confidence = if has_digit { 0.6 } else { 0.3 };
    Some(Structure { confidence, is_weak: !has_digit, why })
}

/// The account: bits 7 to 46 of the first 48 that the base32 characters hold.
fn account(body: &str) -> Option<u64> {
    if matches!(body.as_bytes().first()?, b'I' | b'J') {
        return None;
    }
    let bits = body.bytes().take(10).try_fold(0u64, |bits, byte| {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        Some(bits << 5 | u64::from(digit))
    })?;
    Some(((bits >> 2) & 0x7FFF_FFFF_FF80) >> 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_read_from_the_id() {
        assert_eq!(account("QNZGKIQY56JQ7WML"), Some(29_608_264_753));
        assert_eq!(account("IOSFODNN7EXAMPLE"), None);
    }

    #[test]
    fn a_word_in_capitals_needs_a_secret_beside_it() {
        assert!(access_key("ASIAANDPACIFICREGION").is_some_and(|structure| structure.is_weak));
        assert!(access_key("ASIAQNZGKIQY56JQ7WML").is_some_and(|structure| !structure.is_weak));
    }
}
