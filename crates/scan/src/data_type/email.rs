//! E-mail addresses: the common subset of RFC 5321, with a top-level domain of letters.

use super::Verdict;
use super::value::Value;

/// Longest local part (RFC 5321 §4.5.3.1.1).
const LOCAL_MAX: usize = 64;
/// Longest domain (RFC 5321 §4.5.3.1.2).
const DOMAIN_MAX: usize = 255;
/// How far back `://` makes what stands before `@` the user of an address.
const SCHEME_REACH: usize = 80;
/// Longest top-level domain that is believed.
const TOP_MAX: usize = 18;

/// Endings of files that stand after an `@` in their names, as in `icon@2x.png`.
const FILE_ENDINGS: [&[u8]; 9] =
    [b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"css", b"js", b"json"];
/// Names that nobody has (RFC 2606).
const RESERVED: [&str; 7] =
    ["example.com", "example.org", "example.net", ".example", ".test", ".invalid", ".localhost"];

/// Which bytes the part before the `@` may have, and which a domain.
const LOCAL: u8 = 1;
const DOMAIN: u8 = 1 << 1;

const ALLOWED: [u8; 256] = {
    let (mut allowed, mut byte) = ([0; 256], 0);
    while byte < 256 {
        allowed[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' => LOCAL | DOMAIN,
            b'_' | b'%' | b'+' => LOCAL,
            _ => 0,
        };
        byte += 1;
    }
    allowed
};

/// The address whose `@` stands at `at`: where it begins and ends, and what it is.
pub(super) fn around(text: &[u8], at: usize) -> Option<(usize, usize, Verdict)> {
    let start = local_start(text, at)?;
    let end = domain_end(text, at + 1)?;
    if is_user_of_address(text, start) {
        return None;
    }
    Some((start, end, verdict(&text[at + 1..end])))
}

/// What an address is in a domain.
fn verdict(domain: &[u8]) -> Verdict {
    let last = domain.last().map(u8::to_ascii_lowercase);
    let is_in = |name: &[u8]| {
        let end = domain.len().checked_sub(name.len()).map(|from| &domain[from..]);
        end.is_some_and(|end| end.eq_ignore_ascii_case(name))
    };
    let mut names = RESERVED.iter().map(|name| name.as_bytes());
    let reserved = names.any(|name| name.last().copied() == last && is_in(name));
    if reserved { Verdict::Reserved } else { Verdict::Right }
}

/// What a value is that is a plain address and nothing else, by bits; `None` where that is to be looked at closely.
pub(super) fn whole(value: &Value<'_>) -> Option<Verdict> {
    let bytes = value.raw.as_bytes();
    let made = value.made_with(|byte| ALLOWED[usize::from(byte)] & LOCAL != 0 || byte == b'@')?;
    let others = made.others();
    let joints = value.those(others, |byte| matches!(byte, b'.' | b'-'));
    let dots = value.those(joints, |byte| byte == b'.');
    let ats = value.those(others & !joints, |byte| byte == b'@');
    let (local, domain) = (ats.wrapping_sub(1), made.all & !(ats | ats.wrapping_sub(1)));
    let local_fits = dots & (1 | ats >> 1) == 0 && made.alnums & local != 0;
    let before_label = ats | (dots & domain);
    let labels_fit = others & domain & !joints == 0
        && before_label << 1 & joints == 0
        && (joints & domain) << 1 & dots == 0
        && made.alnums > made.all / 2;
    let last = (dots & domain).checked_ilog2()?;
    let top = &bytes[last as usize + 1..];
    let top_fits = domain & !made.letters() & (u64::MAX << last << 1) == 0 && is_top(top);
    let plain = ats.is_power_of_two() && local_fits && labels_fit && top_fits;
    (plain && !bytes.starts_with(b"git@"))
        .then(|| verdict(&bytes[ats.trailing_zeros() as usize + 1..]))
}

/// Whether what follows the last dot may be a top-level domain, by its length, and is no ending of a file.
fn is_top(top: &[u8]) -> bool {
    let is_file = || FILE_ENDINGS.iter().any(|ending| top.eq_ignore_ascii_case(ending));
    (2..=TOP_MAX).contains(&top.len()) && !is_file()
}

/// Where the part before the `@` begins.
fn local_start(text: &[u8], at: usize) -> Option<usize> {
    let allowed = |byte: &&u8| ALLOWED[usize::from(**byte)] & LOCAL != 0;
    let length = text[..at].iter().rev().take(LOCAL_MAX + 1).take_while(allowed).count();
    if length == 0 || length > LOCAL_MAX {
        return None;
    }
    let start = at - length;
    // In JSON, the letter of `\n` is no part of the address.
    let escaped =
        start > 0 && text[start - 1] == b'\\' && matches!(text[start], b'n' | b'r' | b't');
    let start = start + usize::from(escaped);
    let local = &text[start..at];
    let dotted = local.starts_with(b".") || local.ends_with(b".");
    (!dotted && local.iter().any(u8::is_ascii_alphanumeric)).then_some(start)
}

/// Where the domain that begins at `start` ends.
fn domain_end(text: &[u8], start: usize) -> Option<usize> {
    let allowed = |byte: &&u8| ALLOWED[usize::from(**byte)] & DOMAIN != 0;
    let length = text[start..].iter().take(DOMAIN_MAX + 1).take_while(allowed).count();
    if length > DOMAIN_MAX {
        return None;
    }
    let mut domain = &text[start..start + length];
    while let [rest @ .., b'.' | b'-'] = domain {
        domain = rest;
    }
    let top = &domain[domain.iter().rposition(|byte| *byte == b'.')? + 1..];
    let fits = is_top(top) && top.iter().all(u8::is_ascii_alphabetic) && has_labels(domain);
    fits.then_some(start + domain.len())
}

/// Whether each label between dots has something, and begins and ends with no dash; the last is known to.
fn has_labels(domain: &[u8]) -> bool {
    let mut before = b'.';
    domain.iter().all(|byte| {
        let fits = match before {
            b'.' => !matches!(byte, b'.' | b'-'),
            b'-' => *byte != b'.',
            _ => true,
        };
        before = *byte;
        fits
    })
}

/// `https://user:password@host.com` and `git@host.com:owner/repository` are no addresses of people.
fn is_user_of_address(text: &[u8], start: usize) -> bool {
    let before = &text[start.saturating_sub(SCHEME_REACH)..start];
    let word = before.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    let scheme = word.windows(3).rposition(|three| three == b"://");
    let in_address = scheme
        .is_some_and(|scheme| !word[scheme + 3..].iter().any(|b| matches!(b, b'/' | b'?' | b'"')));
    in_address || text[start..].starts_with(b"git@")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn addresses(text: &str) -> Vec<&str> {
        let at = text.match_indices('@').filter_map(|(at, _)| around(text.as_bytes(), at));
        at.map(|(start, end, _)| &text[start..end]).collect()
    }

    #[test]
    fn addresses_are_found_in_their_surroundings() {
        assert_eq!(
            addresses("<li.wei+a@mail.acme.cn>, x@y.io."),
            ["li.wei+a@mail.acme.cn", "x@y.io"]
        );
        assert_eq!(addresses(r#"{"to":"a\nbo@acme.com"}"#), ["bo@acme.com"]);
        assert_eq!(addresses("mailto:bo@acme.com?x"), ["bo@acme.com"]);
    }

    proptest! {
        #[test]
        fn a_whole_value_is_what_it_is_in_a_text(
            value in "[a.+]{0,3}(git)?[@a._-]{1,3}[a.@-]{0,4}[.-]?(example)?\\.(com|js|c|test|[a9.-]{1,4})",
        ) {
            let text = value.as_bytes();
            let at = memchr::memchr(b'@', text).and_then(|at| around(text, at));
            let expected = at.filter(|(start, end, _)| *start == 0 && *end == text.len());
            if let Some(verdict) = whole(&Value::of(&value)) {
                prop_assert_eq!(Some(verdict), expected.map(|(_, _, verdict)| verdict), "{}", value);
            }
        }
    }

    #[test]
    fn what_only_has_an_at_sign_is_no_address() {
        for text in [
            "git@github.com:a/b",
            "https://bo:pw@acme.com/",
            "icon@2x.png",
            "serde@1.0.3",
            "user@host",
            "@acme.com",
            ".a@",
            "a@.com",
        ] {
            assert!(addresses(text).is_empty(), "{text}");
        }
    }
}
