//! What may break, in words with numbers: out of the key's past, for each action.

use claviger_model::{Action, KeyStatus, Language, SourceUsage, StepKind};
use jiff::SignedDuration;

use super::words::{NAME_MAX, listed};
use super::{DraftInput, limits};
use crate::catalogue::Catalogue;
use crate::text;

/// How far back use counts as use of today's workloads: weekly jobs are among them.
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Addresses named in a sentence.
const ADDRESSES_MAX: usize = 3;

pub(super) fn of(
    words: &Catalogue,
    language: Language,
    input: &DraftInput<'_>,
    action: Action,
    kinds: &[StepKind],
) -> Vec<String> {
    if kinds.is_empty() {
        return vec![words.text("plan.no_key")];
    }
    let mut lines = Vec::new();
    match action {
        Action::Disable | Action::Delete => {
            already(words, input, &mut lines);
            lines.push(good_use(words, input));
            strangers(words, language, input, &mut lines);
        }
        Action::RestrictNetwork | Action::DenyPolicy => {
            restricted(words, input, kinds, &mut lines);
            shared(words, input, action, &mut lines);
        }
        Action::Rotate => {
            lines.push(words.text("plan.rotates"));
            lines.push(good_use(words, input));
            strangers(words, language, input, &mut lines);
        }
        Action::RotateManaged => {
            lines.push(words.text("plan.rotates_managed"));
            lines.push(good_use(words, input));
            strangers(words, language, input, &mut lines);
        }
        Action::Enable => lines.push(words.text("plan.enables")),
        Action::RevokeSessions => lines.push(words.text("plan.revokes")),
        Action::BucketAcl | Action::ObjectAcl => lines.push(words.text("plan.lists")),
        Action::BlockPublicAccess | Action::BlockAccountPublicAccess => {
            lines.push(words.text("plan.blocks"));
        }
        Action::DeleteFile => lines.push(readers(words, input, kinds)),
        Action::HostManaged => lines.push(words.text("plan.hosts")),
    }
    if input.usage.partial {
        lines.push(words.text("plan.partial"));
    }
    lines
}

fn already(words: &Catalogue, input: &DraftInput<'_>, lines: &mut Vec<String>) {
    let state = &input.event.key_state;
    if !matches!(state.status, KeyStatus::Active | KeyStatus::Unknown) {
        let status = words.text(&format!("status.{}", state.status.as_str()));
        let at = text::time(state.checked_at);
        lines.push(words.say("plan.already", &[("status", &status), ("at", &at)]));
    }
}

fn strangers(
    words: &Catalogue,
    language: Language,
    input: &DraftInput<'_>,
    lines: &mut Vec<String>,
) {
    let strangers: Vec<&SourceUsage> =
        input.usage.sources.iter().filter(|source| !source.before_leak).collect();
    if strangers.is_empty() {
        return;
    }
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
    lines.push(words.say("plan.strangers", &[("sources", &sources), ("addresses", &addresses)]));
}

/// Sources that were good: known from before the leak, and let in.
fn good<'a>(input: &DraftInput<'a>) -> Vec<&'a SourceUsage> {
    let sources = input.usage.sources.iter();
    sources.filter(|source| source.before_leak && source.allowed > 0).collect()
}

/// What the workloads that used the key before the leak lose.
fn good_use(words: &Catalogue, input: &DraftInput<'_>) -> String {
    let good = good(input);
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

/// What a restriction to some addresses stops, judged on the key's past: the requests of strangers
/// stopped, the good ones lost.
fn restricted(
    words: &Catalogue,
    input: &DraftInput<'_>,
    kinds: &[StepKind],
    lines: &mut Vec<String>,
) {
    let Some(addresses) = kinds.iter().find_map(admitted) else { return };
    let stops = |source: &&SourceUsage| !limits::admits(&addresses, &source.source_ip);
    let sources = &input.usage.sources;
    let strangers: Vec<&SourceUsage> = sources.iter().filter(|one| !one.before_leak).collect();
    let stopped: Vec<&SourceUsage> = strangers.iter().copied().filter(stops).collect();
    let good = good(input);
    let lost: Vec<&SourceUsage> = good.iter().copied().filter(stops).collect();
    let requests = |sources: &[&SourceUsage]| -> String {
        let sum: u64 = sources.iter().map(|source| source.allowed).sum();
        words.count("requests", sum)
    };
    let count = |sources: &[&SourceUsage]| words.count("sources", sources.len() as u64);
    lines.push(words.say(
        "plan.would_stop",
        &[
            ("stopped", &count(&stopped)),
            ("all", &strangers.len().to_string()),
            ("requests", &requests(&stopped)),
        ],
    ));
    if lost.is_empty() {
        lines.push(words.say("plan.would_keep", &[("sources", &count(&good))]));
    } else {
        let names: Vec<String> = lost.iter().map(|source| source.source_ip.clone()).collect();
        lines.push(words.say(
            "plan.would_lose",
            &[
                ("sources", &count(&lost)),
                ("requests", &requests(&lost)),
                ("addresses", &listed(words, &names)),
            ],
        ));
    }
}

/// The addresses that a step lets pass; `None` where it says nothing of addresses.
fn admitted(kind: &StepKind) -> Option<Vec<String>> {
    match kind {
        StepKind::RestrictKey { addresses, .. } => Some(addresses.clone()),
        StepKind::SetUserPolicy { document, .. } => {
            let document: serde_json::Value = serde_json::from_str(document).ok()?;
            let statements = document["Statement"].as_array()?;
            let condition =
                statements.iter().find_map(|one| one["Condition"]["NotIpAddress"].as_object());
            let list = condition?.values().next()?.as_array()?;
            Some(list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect())
        }
        _ => None,
    }
}

/// A policy of a user binds every key of it: no provider has a condition on the id of a key.
fn shared(words: &Catalogue, input: &DraftInput<'_>, action: Action, lines: &mut Vec<String>) {
    let binds_user =
        action == Action::DenyPolicy || input.provider != claviger_model::Provider::Aliyun;
    if !binds_user {
        return;
    }
    let names: Vec<String> = input.siblings.iter().map(|key| key.as_str().to_owned()).collect();
    lines.push(match names.is_empty() {
        true => words.text("plan.binds_user_alone"),
        false => words.say("plan.binds_user", &[("keys", &listed(words, &names))]),
    });
}

/// Who read the file that is to be deleted, with this key.
fn readers(words: &Catalogue, input: &DraftInput<'_>, kinds: &[StepKind]) -> String {
    let place = kinds.iter().find_map(|kind| match kind {
        StepKind::DeleteObject { bucket, object, .. } => Some((&bucket.name, object)),
        _ => None,
    });
    let usage = place.and_then(|(bucket, object)| {
        let bucket = input.usage.buckets.iter().find(|one| one.bucket == *bucket)?;
        bucket.objects.iter().find(|one| one.object == *object)
    });
    match usage {
        Some(usage) => words.say(
            "plan.read",
            &[
                ("requests", &words.count("requests", usage.allowed)),
                ("ago", &text::ago(words, usage.last_at, input.now)),
            ],
        ),
        None => words.text("plan.unread"),
    }
}
