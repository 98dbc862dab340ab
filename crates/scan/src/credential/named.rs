//! What a named value is: the credential of a vendor that is mentioned, the password of an account, the id of
//! an access key, or something that only its name gives away.

use super::assignment::{Assignment, Sign};
use super::claim::{Claim, judged, lower};
use super::index::{Mention, Owner, Shaped};
use super::judge::{self, Worth};
use super::rule::At;
use crate::rule::{Rules, SeenId, mixes_cases};

/// Text before a name in which a vendor may be mentioned, and lines of it.
pub(super) const BEFORE: usize = 240;
const LINES_BEFORE: usize = 3;
/// Text after a value in which a vendor may be mentioned.
pub(super) const AFTER: usize = 80;
/// The same to both sides, for what is said once for a whole group of settings.
pub(super) const AROUND: usize = 512;
/// Names of what stands beside the password of an account, in lower case.
const ACCOUNT_NAMES: [&str; 10] = [
    "user",
    "login",
    "host",
    "server",
    "jdbc:",
    "database",
    "dbname",
    "uid=",
    "data source",
    "用户",
];

/// Shortest value that is looked at.
const VALUE_MIN: usize = 6;

/// Whether a value can be a credential at all: words alone are none.
pub(super) fn may_open(value: &[u8]) -> bool {
    let sign = |byte: &u8| byte.is_ascii_digit() || b"!@#$%^&*+=~?".contains(byte);
    value.len() >= VALUE_MIN && (value.iter().any(sign) || mixes_cases(value))
}

/// The text before an assignment and on its lines in lower case, and where the name stands in it.
fn near(text: &[u8], assignment: &Assignment) -> (Vec<u8>, std::ops::Range<usize>) {
    let name = assignment.name.clone();
    let from = name.start.saturating_sub(BEFORE);
    let mut breaks = memchr::memrchr_iter(b'\n', &text[from..name.start]);
    let begin = breaks.nth(LINES_BEFORE).map_or(from, |at| from + at + 1);
    let rest = &text[assignment.value.end..text.len().min(assignment.value.end + AFTER)];
    let rest = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let mut context = lower(text, begin, name.end);
    // The value itself says nothing about the vendor.
    context.push(b' ');
    context.extend(lower(text, assignment.value.end, assignment.value.end + rest));
    (context, name.start - begin..name.end - begin)
}

/// The credential of a vendor that is mentioned in or before the name.
pub(super) fn of_vendor(
    text: &[u8],
    assignment: &Assignment,
    name: &str,
    rules: &Rules,
) -> Option<Claim> {
    let (context, name_place) = near(text, assignment);
    let mentions = rules.credentials().mentioned(&context, name_place);
    let value = assignment.value.clone();
    let mut claims = mentions.into_iter().filter_map(|Mention { owner, in_name }| {
        let Owner::Credential(index) = owner else { return None };
        let rule = rules.credentials().rule(index);
        let named =
            rule.names.is_empty() || rule.names.iter().any(|word| name.contains(word.as_str()));
        if rule.at != At::Named || !named {
            return None;
        }
        let shaped = rule.shapes.iter().enumerate().find_map(|(shape, known)| {
            let end = known.end(text, value.start).filter(|end| *end == value.end)?;
            Some(Shaped { rule: index, shape, start: value.start, end })
        })?;
        let mut claim = judged(text, rules, shaped);
        let whose = if in_name { "its name says whose" } else { "its vendor is mentioned near it" };
        claim.why.push(whose.to_owned());
        claim.judged = claim.judged.map(|sure| if in_name { sure } else { sure - 0.1 });
        Some(claim)
    });
    // What is none of one vendor's may be another's: `TWILIO_AUTH_TOKEN` is no `_auth` of npm.
    let first = claims.next()?;
    let is_credential = |claim: &Claim| claim.judged.is_ok();
    if is_credential(&first) { Some(first) } else { claims.find(is_credential).or(Some(first)) }
}

/// What only its name gives away: the password of an account, any password, any secret.
pub(super) fn of_name(
    text: &[u8],
    assignment: &Assignment,
    name: &str,
    rules: &Rules,
) -> Option<Claim> {
    let value = assignment.value.clone();
    let token = &text[value.clone()];
    let (written, between) =
        (&text[assignment.name.clone()], text.get(assignment.name.end..value.start));
    if judge::echoes(written, token, assignment.quoted)
        || judge::is_listed(written, between.unwrap_or_default(), token)
    {
        return None;
    }
    let credentials = rules.credentials();
    let (index, rule) = credentials
        .at(At::Password)
        .chain(credentials.at(At::Generic))
        .filter(|(_, rule)| rule.names.iter().any(|word| name.contains(word.as_str())))
        .find(|(_, rule)| {
            rule.id.as_ref().is_none_or(|id| id.read(text, value.clone()).is_some())
        })?;
    let worth = match rule.at {
        At::Password => {
            let called = matches!(text[value.end..], [b'(', ..] | [b'!', b'(' | b'[', ..]);
            if called && !assignment.quoted || in_arn(text, assignment) {
                return None;
            }
            let is_text = assignment.quoted || assignment.sign == Sign::Element;
            judge::password(token, is_text, assignment.leads, rule.confidence)
        }
        _ if in_arn(text, assignment) => return None,
        _ => judge::token(token, assignment.quoted || assignment.leads, rule.confidence),
    };
    let mut claim = Claim {
        rule: index,
        start: value.start,
        end: value.end,
        judged: match worth {
            Worth::Credential(sure) => Ok(sure),
            Worth::Not(reason) => Err(reason),
            Worth::Nothing => return None,
        },
        why: vec![format!("named `{}`", shown(text, assignment, name))],
    };
    if rule.at == At::Password
        && rule.id.is_none()
        && let (Some((account, beside)), Ok(sure)) =
            (account(text, assignment, rules), claim.judged)
    {
        claim.rule = account;
        claim.judged = Ok(sure.max(credentials.rule(account).confidence));
        claim.why.push(beside);
    }
    Some(claim)
}

/// The name as it stands; of a cell, and of what no name announces, what it was taken for.
fn shown<'t>(text: &'t [u8], assignment: &Assignment, name: &'t str) -> std::borrow::Cow<'t, str> {
    let as_it_stands = &text[assignment.name.clone()];
    match as_it_stands.iter().any(u8::is_ascii_alphabetic) || !as_it_stands.is_ascii() {
        true => String::from_utf8_lossy(as_it_stands),
        false => name.into(),
    }
}

/// Whether a name is a part of the name of a resource: `arn:aws:secretsmanager:eu-west-1:1:secret:web`.
fn in_arn(text: &[u8], assignment: &Assignment) -> bool {
    let before = &text[assignment.name.start.saturating_sub(BEFORE)..assignment.name.start];
    let word =
        before.iter().rev().take_while(|byte| **byte > b' ' && !b"\"'".contains(byte)).count();
    let word = &before[before.len() - word..];
    word.ends_with(b":") && memchr::memmem::find(word, b"arn:").is_some()
        || text[assignment.name.clone()].starts_with(b"arn")
}

/// The rule of the account that a password belongs to, by what is said around it.
fn account(text: &[u8], assignment: &Assignment, rules: &Rules) -> Option<(usize, String)> {
    let start = assignment.name.start.saturating_sub(AROUND);
    let (name, value) = (&assignment.name, &assignment.value);
    let mut context = lower(text, start, name.end);
    context.push(b' ');
    context.extend(lower(text, value.end, value.end + AROUND));
    let beside = ACCOUNT_NAMES
        .into_iter()
        .find(|word| memchr::memmem::find(&context, word.as_bytes()).is_some())?;
    let mentions = rules.credentials().mentioned(&context, name.start - start..name.end - start);
    mentions.into_iter().find_map(|mention| match mention.owner {
        Owner::Credential(index) if rules.credentials().rule(index).at == At::Account => {
            Some((index, format!("`{beside}` stands beside it")))
        }
        _ => None,
    })
}

/// An id of an access key that only its name and its vendor give away.
pub(super) fn id(
    text: &[u8],
    assignment: &Assignment,
    name: &str,
    rules: &Rules,
) -> Option<SeenId> {
    let value = assignment.value.clone();
    if !rules.may_name_id(name, value.len()) {
        return None;
    }
    let start = assignment.name.start.saturating_sub(AROUND);
    let context = lower(text, start, value.end + AROUND);
    let place = assignment.name.start - start..assignment.name.end - start;
    let mentions = rules.credentials().mentioned(&context, place);
    let known = mentions.into_iter().find_map(|mention| match mention.owner {
        Owner::AccessKey(index) => {
            rules.named_id(index, text, (value.start, value.end), name, mention.in_name)
        }
        Owner::Credential(_) => None,
    });
    // Whoever names an access key and a secret key means a store, whichever it is.
    known
        .or_else(|| rules.named_id(rules.any_store()?, text, (value.start, value.end), name, false))
}
