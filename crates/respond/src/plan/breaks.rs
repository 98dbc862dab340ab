//! What may break, in words with numbers: out of the key's past, for each action.

use claviger_model::{Action, KeyStatus, Language, Provider, SourceUsage, StepKind};
use jiff::SignedDuration;

use super::DraftInput;
use super::limits::is_own_pair;
use super::words::{NAME_MAX, listed};
use crate::catalogue::Catalogue;
use crate::text;
use crate::what_if::Requests;

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
            stops_siblings(words, input, kinds, &mut lines);
            strangers(words, language, input, &mut lines);
        }
        Action::RestrictNetwork | Action::DenyPolicy | Action::DenyBucket => {
            restricted(words, input, &mut lines);
            shared(words, input, action, &mut lines);
        }
        Action::Rotate => {
            lines.push(words.text("plan.rotates"));
            lines.push(good_use(words, input));
            goes_on(words, input, kinds, &mut lines);
        }
        Action::RotateStored => {
            lines.push(words.text("plan.rotates_stored"));
            lines.push(good_use(words, input));
            goes_on(words, input, kinds, &mut lines);
        }
        Action::RotateManaged => {
            lines.push(words.text("plan.rotates_managed"));
            lines.push(good_use(words, input));
            goes_on(words, input, kinds, &mut lines);
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

/// Whom a rotation does not stop at once, unless it begins with disabling the old key.
fn goes_on(words: &Catalogue, input: &DraftInput<'_>, kinds: &[StepKind], lines: &mut Vec<String>) {
    let strangers = input.usage.sources.iter().filter(|one| !one.before_leak && one.allowed > 0);
    let strangers = strangers.count() as u64;
    let stops_first = matches!(kinds.first(), Some(StepKind::DisableKey(_)));
    if strangers > 0 && !stops_first {
        let sources = words.count("sources", strangers);
        lines.push(words.say("plan.goes_on", &[("sources", &sources)]));
    }
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

/// What a policy stops, judged on the key's past: the requests of strangers stopped, the good ones lost.
fn restricted(words: &Catalogue, input: &DraftInput<'_>, lines: &mut Vec<String>) {
    let Some(judged) = input.what_if else { return };
    let requests = |of: &Requests| words.count("requests", of.count);
    let sources = |of: &Requests| words.count("sources", of.sources.len() as u64);
    lines.push(words.say(
        "plan.would_stop",
        &[
            ("stopped", &sources(&judged.stopped)),
            ("all", &judged.stranger_count().to_string()),
            ("requests", &requests(&judged.stopped)),
        ],
    ));
    if judged.lost.count == 0 {
        lines.push(words.say("plan.would_keep", &[("sources", &sources(&judged.kept))]));
    } else {
        let names: Vec<String> = judged.lost.sources.iter().cloned().collect();
        lines.push(words.say(
            "plan.would_lose",
            &[
                ("sources", &sources(&judged.lost)),
                ("requests", &requests(&judged.lost)),
                ("addresses", &listed(words, &names)),
            ],
        ));
    }
    if judged.unknown.count > 0 {
        lines.push(words.say("plan.would_not_know", &[("requests", &requests(&judged.unknown))]));
    }
}

/// A policy of a user binds every key of it: no provider has a condition on the id of a key.
fn shared(words: &Catalogue, input: &DraftInput<'_>, action: Action, lines: &mut Vec<String>) {
    let binds_one = matches!(input.provider, Provider::Aliyun | Provider::Minio);
    let binds_user = action != Action::RestrictNetwork || !binds_one;
    if !binds_user {
        return;
    }
    let names: Vec<String> = input.siblings.iter().map(|key| key.as_str().to_owned()).collect();
    lines.push(match names.is_empty() {
        true => words.text("plan.binds_user_alone"),
        false => words.say("plan.binds_user", &[("keys", &listed(words, &names))]),
    });
}

/// MinIO stops the access keys of a user with the pair that the user is.
fn stops_siblings(
    words: &Catalogue,
    input: &DraftInput<'_>,
    kinds: &[StepKind],
    lines: &mut Vec<String>,
) {
    let names: Vec<String> = input.siblings.iter().map(|key| key.as_str().to_owned()).collect();
    let is_own = matches!(kinds, [StepKind::DisableKey(key), ..] if is_own_pair(key));
    if input.provider == Provider::Minio && is_own && !names.is_empty() {
        lines.push(words.say("plan.stops_user", &[("keys", &listed(words, &names))]));
    }
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
