//! The five lines that answer the questions of 03:00.

use claviger_model::{KeyStatus, KeyUsage, RiskType, Sensitivity, SourceUsage};

use super::{NoticeInput, key_whole};
use crate::text;

/// Characters of a name in a line; the facts below have it whole.
const NAME_MAX: usize = 120;

/// Addresses named in a line; the facts below have more.
const ADDRESSES_MAX: usize = 3;

/// Whose key, where it leaked, what it touched, how bad, what to press.
pub(super) fn lead(input: &NoticeInput<'_>) -> Vec<String> {
    vec![whose(input), where_leaked(input), touched(input), how_bad(input), what_to_press(input)]
}

pub(super) fn whose(input: &NoticeInput<'_>) -> String {
    let words = input.words();
    let event = input.event;
    let status = words.text(&format!("status.{}", event.key_state.status.as_str()));
    let proof = text::short(&event.key_state.proof, NAME_MAX);
    let account = event.account.as_deref().map(|name| text::short(name, NAME_MAX));
    let message = if account.is_some() { "lead.whose" } else { "lead.whose_unknown" };
    words.say(
        message,
        &[
            ("key", &key_whole(event)),
            ("account", account.as_deref().unwrap_or_default()),
            ("status", &status),
            ("proof", &proof),
            ("at", &text::time(event.key_state.checked_at)),
        ],
    )
}

pub(super) fn where_leaked(input: &NoticeInput<'_>) -> String {
    let words = input.words();
    let Some(worst) = input.worst_evidence() else {
        let no_leak =
            matches!(input.event.risk_type, RiskType::AbnormalAccess | RiskType::SharedAccount);
        return words.text(if no_leak { "lead.no_leak" } else { "lead.where_unknown" });
    };
    let source = words.text(&format!("source.{}", worst.source.as_str()));
    let place = text::place(words, worst, NAME_MAX);
    let more = match input.evidence.len() - 1 {
        0 => String::new(),
        more => words.count("lead.more_places", more as u64),
    };
    let since = worst.readable_since.map(text::time);
    let message = if since.is_some() { "lead.where" } else { "lead.where_since_unknown" };
    words.say(
        message,
        &[
            ("place", &place),
            ("source", &source),
            ("since", since.as_deref().unwrap_or_default()),
            ("found", &text::time(worst.found_at)),
            ("more", &more),
        ],
    )
}

fn touched(input: &NoticeInput<'_>) -> String {
    let words = input.words();
    let Some(usage) = input.usage else { return words.text("lead.usage_unknown") };
    if usage.allowed + usage.denied == 0 {
        let nothing = if usage.partial { "lead.unused_partial" } else { "lead.unused" };
        return words.text(nothing);
    }
    let objects: usize = usage.buckets.iter().map(|bucket| bucket.objects.len()).sum();
    let what = words.say(
        if usage.partial { "lead.touched_partial" } else { "lead.touched" },
        &[
            ("requests", &words.count("requests", usage.allowed)),
            ("denied", &usage.denied.to_string()),
            ("objects", &words.count("objects", objects as u64)),
            ("buckets", &words.count("buckets", usage.buckets.len() as u64)),
            ("bytes", &text::bytes(usage.bytes_out)),
        ],
    );
    words.say("lead.touched_by", &[("what", &what), ("who", &who(input, usage))])
}

/// Which addresses the use came from, those that nobody knew before the leak first.
fn who(input: &NoticeInput<'_>, usage: &KeyUsage) -> String {
    let words = input.words();
    let strangers: Vec<&SourceUsage> =
        usage.sources.iter().filter(|source| !source.before_leak).collect();
    if strangers.is_empty() {
        return words.text("lead.who_known");
    }
    let names: Vec<String> = strangers
        .iter()
        .take(ADDRESSES_MAX)
        .map(|source| text::short(&source.source_ip, NAME_MAX))
        .collect();
    let mut addresses = text::list(input.language, &names);
    if strangers.len() > names.len() {
        addresses.push_str(&words.count("more", (strangers.len() - names.len()) as u64));
    }
    let anybody_before = usage.sources.iter().any(|source| source.before_leak);
    let message = if anybody_before { "lead.who_new" } else { "lead.who" };
    words.say(message, &[("addresses", &addresses)])
}

fn how_bad(input: &NoticeInput<'_>) -> String {
    let words = input.words();
    let judge = match input.event.judgement.first() {
        Some(reason) => words.say("lead.judge", &[("reason", &text::short(reason, 2 * NAME_MAX))]),
        None => String::new(),
    };
    let used = input.usage.filter(|usage| usage.allowed + usage.denied > 0);
    let what = match used.and_then(most_sensitive) {
        _ if used.is_none() => {
            let level = words.text(&format!("level.{}", input.event.level.as_str()));
            let leaked = !input.evidence.is_empty();
            let message = if leaked { "lead.bad_unused" } else { "lead.bad_level" };
            words.say(message, &[("level", &level)])
        }
        Some((level, name)) => words.say(
            "lead.bad",
            &[("sensitivity", level.as_str()), ("name", &text::short(&name, NAME_MAX))],
        ),
        None => words.text("lead.bad_unknown"),
    };
    words.say("lead.bad_and_judge", &[("what", &what), ("judge", &judge)]).trim_end().to_owned()
}

/// The most sensitive object that was touched, else the most sensitive bucket; `None` where nothing
/// sensitive is known.
fn most_sensitive(usage: &KeyUsage) -> Option<(Sensitivity, String)> {
    let mut objects = usage.buckets.iter().flat_map(|bucket| {
        let name = |object: &str| format!("{}/{object}", bucket.bucket);
        bucket.objects.iter().map(move |object| (object.sensitivity, name(&object.object)))
    });
    let mut buckets =
        usage.buckets.iter().map(|bucket| (bucket.sensitivity, bucket.bucket.clone()));
    // The first of equals: busier objects and buckets come first.
    let worst = |all: &mut dyn Iterator<Item = (Sensitivity, String)>| {
        all.filter(|(level, _)| *level > Sensitivity::NotAvailable)
            .reduce(|worst, next| if next.0 > worst.0 { next } else { worst })
    };
    worst(&mut objects).or_else(|| worst(&mut buckets))
}

fn what_to_press(input: &NoticeInput<'_>) -> String {
    let words = input.words();
    let status = input.event.key_state.status;
    if !matches!(status, KeyStatus::Active | KeyStatus::Unknown) {
        let status = words.text(&format!("status.{}", status.as_str()));
        return words.say("lead.press_nothing", &[("status", &status)]);
    }
    let Some(usage) = input.usage else { return words.text("lead.press_breaks_unknown") };
    let good: Vec<&SourceUsage> =
        usage.sources.iter().filter(|source| source.before_leak && source.allowed > 0).collect();
    let Some(last) = good.iter().map(|source| source.last_at).max() else {
        let nobody = if usage.partial { "lead.press_breaks_unknown" } else { "lead.press_unused" };
        return words.text(nobody);
    };
    words.say(
        "lead.press_breaks",
        &[
            ("sources", &words.count("sources", good.len() as u64)),
            ("ago", &text::ago(words, last, input.now)),
        ],
    )
}
