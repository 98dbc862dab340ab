//! Drafts a handling: the exact call, what it changes, what may break, how to take it back.
//!
//! A draft changes nothing. What is not known is said, not left out.

use claviger_model::{
    AccessKeyId, Action, ConnectionId, KeyStatus, KeyUsage, Language, Plan, PlanId, PlanState,
    Provider, RiskEvent, SourceUsage, Step, StepKind, StepState,
};
use jiff::{SignedDuration, Timestamp};

use crate::catalogue::{self, Catalogue};
use crate::text;

/// How far back use counts as use of today's workloads: weekly jobs are among them.
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Addresses named in a sentence.
const ADDRESSES_MAX: usize = 3;

/// Characters of a name in a sentence.
const NAME_MAX: usize = 120;

/// What the draft of *Disable* is made of.
#[derive(Debug, Clone)]
pub struct DisableInput<'a> {
    /// The plan's id.
    pub plan_id: PlanId,
    /// The risk event.
    pub event: &'a RiskEvent,
    /// The RAM or IAM user of the key.
    pub user_name: &'a str,
    /// Whose accounts' API carries it out.
    pub provider: Provider,
    /// The connection that carries it out.
    pub connection_id: ConnectionId,
    /// The key's past, before and since the leak.
    pub usage: &'a KeyUsage,
    /// Who drafts it.
    pub drafted_by: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// Drafts the disabling of a key, in English.
#[must_use]
pub fn disable(input: &DisableInput<'_>) -> Plan {
    disable_in(input, Language::English)
}

/// Drafts the disabling of a key, in words of a language.
#[must_use]
pub fn disable_in(input: &DisableInput<'_>, language: Language) -> Plan {
    let words = catalogue::of(language);
    let key = match &input.event.access_key_id {
        Some(key) => Some(key.clone()),
        None => AccessKeyId::parse(&input.event.subject).ok(),
    };
    let (steps, breaks) = match key {
        Some(key) => (vec![disable_step(words, input, key)], breaks(words, language, input)),
        None => (Vec::new(), vec![words.text("plan.no_key")]),
    };
    Plan {
        id: input.plan_id.clone(),
        risk_event_id: input.event.id.clone(),
        connection_id: input.connection_id.clone(),
        action: Action::Disable,
        steps,
        breaks,
        drafted_by: input.drafted_by.to_owned(),
        confirmed_by: None,
        state: PlanState::Drafted,
        drafted_at: input.now,
        confirmed_at: None,
        ended_at: None,
    }
}

fn disable_step(words: &Catalogue, input: &DisableInput<'_>, key: AccessKeyId) -> Step {
    let short = key.short();
    let user = text::short(input.user_name, NAME_MAX);
    let status = words.text(&format!("status.{}", input.event.key_state.status.as_str()));
    let values = [("key", short.as_str()), ("user", user.as_str()), ("status", status.as_str())];
    let (call, command) = call(input.provider, input.user_name, &key);
    Step {
        title: words.say("plan.title", &values),
        call: call.to_owned(),
        changes: words.say("plan.changes", &values),
        command,
        undo: Some(words.say("plan.undo", &values)),
        state: StepState::Waiting,
        kind: StepKind::DisableKey { access_key_id: key, user_name: input.user_name.to_owned() },
    }
}

/// The provider's call, and the same as a command of its own tool. Stores that speak S3 speak IAM for
/// their accounts where they have any.
fn call(provider: Provider, user_name: &str, key: &AccessKeyId) -> (&'static str, String) {
    match provider {
        Provider::Aliyun => (
            "ram:UpdateAccessKey",
            format!(
                "aliyun ram UpdateAccessKey {} {} --Status Inactive",
                option("--UserName", user_name),
                option("--UserAccessKeyId", key.as_str())
            ),
        ),
        Provider::Aws | Provider::S3 | Provider::Folder => (
            "iam:UpdateAccessKey",
            format!(
                "aws iam update-access-key {} {} --status Inactive",
                option("--user-name", user_name),
                option("--access-key-id", key.as_str())
            ),
        ),
    }
}

/// An option with its value, safe to paste into a shell. A value that begins with `-` would be read as
/// an option of its own.
fn option(name: &str, value: &str) -> String {
    let separator = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{separator}{}", quoted(value))
}

/// One word of a POSIX shell (POSIX.1-2017, Shell Command Language, 2.2.2).
fn quoted(value: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_.,/@:+=".contains(&b);
    if !value.is_empty() && value.bytes().all(safe) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// What may break, in words with numbers.
fn breaks(words: &Catalogue, language: Language, input: &DisableInput<'_>) -> Vec<String> {
    let usage = input.usage;
    let state = &input.event.key_state;
    let mut breaks = Vec::new();
    if !matches!(state.status, KeyStatus::Active | KeyStatus::Unknown) {
        let status = words.text(&format!("status.{}", state.status.as_str()));
        let at = text::time(state.checked_at);
        breaks.push(words.say("plan.already", &[("status", &status), ("at", &at)]));
    }
    breaks.push(good_use(words, input));
    let strangers: Vec<&SourceUsage> =
        usage.sources.iter().filter(|source| !source.before_leak).collect();
    if !strangers.is_empty() {
        let names: Vec<String> = strangers
            .iter()
            .take(ADDRESSES_MAX)
            .map(|source| text::short(&source.source_ip, NAME_MAX))
            .collect();
        let mut addresses = text::list(language, &names);
        if strangers.len() > names.len() {
            addresses.push_str(&words.count("more", (strangers.len() - names.len()) as u64));
        }
        let sources = words.count("sources", strangers.len() as u64);
        breaks
            .push(words.say("plan.strangers", &[("sources", &sources), ("addresses", &addresses)]));
    }
    if usage.partial {
        breaks.push(words.text("plan.partial"));
    }
    breaks
}

/// What the workloads that used the key before the leak lose.
fn good_use(words: &Catalogue, input: &DisableInput<'_>) -> String {
    let good: Vec<&SourceUsage> = input
        .usage
        .sources
        .iter()
        .filter(|source| source.before_leak && source.allowed > 0)
        .collect();
    let Some(last) = good.iter().max_by_key(|source| source.last_at) else {
        return words.text("plan.unused");
    };
    let recent =
        good.iter().filter(|source| input.now.duration_since(source.last_at) <= RECENT).count();
    let (message, sources) =
        if recent > 0 { ("plan.used", recent) } else { ("plan.used_earlier", good.len()) };
    words.say(
        message,
        &[
            ("sources", &words.count("sources", sources as u64)),
            ("ago", &text::ago(words, last.last_at, input.now)),
            ("address", &text::short(&last.source_ip, NAME_MAX)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_shell_stays_one_word() {
        let cases = [
            ("billing-export", "billing-export"),
            ("a@b.example", "a@b.example"),
            ("", "''"),
            ("two words", "'two words'"),
            ("o'brien; rm -rf ~", r"'o'\''brien; rm -rf ~'"),
            ("$(id)", "'$(id)'"),
            ("~root", "'~root'"),
        ];
        for (value, expected) in cases {
            assert_eq!(quoted(value), expected);
        }
        assert_eq!(option("--user-name", "-x"), "--user-name=-x");
    }
}
