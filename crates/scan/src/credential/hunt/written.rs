//! What tells itself by how it is written: an address with a password or a token, a private key, a header.

use super::Clip;
use crate::credential::claim::{Claim, judged, lower};
use crate::credential::named::AROUND;
use crate::credential::pem::Pem;
use crate::credential::rule::At;
use crate::credential::userinfo::{self, Userinfo};
use crate::engine::Window;
use crate::rule::Rules;

/// Longest scheme of an address that is a credential.
const SCHEME_MAX: usize = 8;
/// How far before a header the word may stand that says what it is.
const HEADER_BEFORE: usize = 48;

/// The credential that the address at a `://` is or holds.
pub(super) fn address(window: &Window<'_>, clip: &Clip<'_>, rules: &Rules) -> Option<Claim> {
    let text = clip.text;
    let credentials = rules.credentials();
    let whole =
        credentials.at(At::Url).find_map(|(rule, known)| known.shaped(rule, text, clip.end));
    if let Some(shaped) = whole {
        // What is used is the whole address.
        return Some(Claim {
            start: scheme_start(text, clip.start),
            ..judged(text, rules, shaped)
        });
    }
    // Most addresses have no user.
    window.sheet().ats().next(clip.end, clip.end + userinfo::USERINFO_MAX)?;
    let info = Userinfo::read(text, clip.start, clip.end)?;
    if credentials.token(text, info.password.start).is_some() {
        return None;
    }
    let scheme = info.scheme.as_str();
    let of_scheme = |name: &String| scheme == name || scheme.ends_with(&format!(":{name}"));
    let (rule, known) =
        credentials.at(At::Userinfo).find(|(_, rule)| rule.names.iter().any(of_scheme))?;
    let (judged, why) = match info.judge(text, known.confidence) {
        Ok((sure, why)) => (Ok(sure), why),
        Err(reason) => (Err(reason), Vec::new()),
    };
    let (start, end) = (info.password.start, info.password.end);
    Some(Claim { rule, start, end, judged, why })
}

/// Where the scheme begins that ends at `end`.
fn scheme_start(text: &[u8], end: usize) -> usize {
    let before = text[..end].iter().rev().take(SCHEME_MAX);
    end - before.take_while(|byte| byte.is_ascii_alphabetic()).count()
}

/// The private key at a `-----BEGIN`.
pub(super) fn pem(clip: &Clip<'_>, rules: &Rules) -> Option<Claim> {
    let pem = Pem::read(clip.text, clip.end)?;
    let around = lower(clip.text, clip.start.saturating_sub(AROUND), pem.end + AROUND);
    let of_label = |names: &[String]| names.contains(&pem.label);
    let has_word = |word: &String| memchr::memmem::find(&around, word.as_bytes()).is_some();
    let mut fitting: Vec<_> = rules
        .credentials()
        .at(At::Pem)
        .filter(|(_, rule)| of_label(&rule.names))
        .filter(|(_, rule)| rule.words.is_empty() || rule.words.iter().all(has_word))
        .collect();
    fitting.sort_by_key(|(index, rule)| (rule.words.is_empty(), *index));
    let (rule, known) = fitting.first()?;
    let (judged, mut why) = match pem.inside {
        Ok(inside) => (Ok(known.confidence), vec![inside]),
        Err(reason) => (Err(reason), Vec::new()),
    };
    let judged = if pem.encrypted { judged.map(|sure| sure - 0.3) } else { judged };
    if pem.encrypted {
        why.push("it needs a passphrase".to_owned());
    }
    Some(Claim { rule: *rule, start: clip.start, end: pem.end, judged, why })
}

/// What follows `Bearer` or `Basic` in a header.
pub(super) fn header(clip: &Clip<'_>, rules: &Rules) -> Option<Claim> {
    let text = clip.text;
    let word = text[clip.start..clip.end].to_ascii_lowercase();
    let before = lower(text, clip.start.saturating_sub(HEADER_BEFORE), clip.start);
    memchr::memmem::find(&before, b"auth")?;
    if rules.credentials().token(text, clip.end).is_some() {
        return None;
    }
    let shaped = rules.credentials().at(At::Header).find_map(|(rule, known)| {
        let named = known.names.iter().any(|name| name.as_bytes().ends_with(word.trim_ascii()));
        named.then(|| known.shaped(rule, text, clip.end)).flatten()
    })?;
    Some(judged(text, rules, shaped))
}
