//! The labelled lines below the lead: every field that the details page names, whole.

use claviger_model::NoticeFact;
use jiff::Timestamp;

use super::{NoticeInput, key_whole, thing};
use crate::text;

/// Lines of one label; the details page has all.
const LINES_MAX: usize = 20;

/// Characters of a name: above the 1,024 bytes that an object's name may have, each escaped, with its
/// bucket, so that it is whole.
const NAME_MAX: usize = 8_192;

/// The labelled lines. A label with several values has one line for each.
pub(super) fn facts(input: &NoticeInput<'_>) -> Vec<NoticeFact> {
    let mut facts = Facts { input, lines: Vec::new() };
    facts.about();
    facts.evidence();
    facts.sources();
    facts.objects();
    facts.chain();
    facts.lines
}

struct Facts<'a> {
    input: &'a NoticeInput<'a>,
    lines: Vec<NoticeFact>,
}

impl Facts<'_> {
    fn add(&mut self, label: &str, value: String) {
        let label = self.input.words().text(&format!("fact.{label}"));
        self.lines.push(NoticeFact { label, value });
    }

    /// One line a value, and how many more there are.
    fn add_all(&mut self, label: &str, values: Vec<String>, total: usize) {
        let shown = values.len();
        for value in values {
            self.add(label, value);
        }
        if total > shown {
            let more = self.input.words().count("fact.more", (total - shown) as u64);
            self.add(label, more);
        }
    }

    /// What the event is about, and since when it is known.
    fn about(&mut self) {
        let event = self.input.event;
        match event.access_key_id {
            Some(_) => self.key(),
            None => self.add("subject", text::short(&event.subject, NAME_MAX)),
        }
        let found = event.judgement.iter().map(|reason| text::short(reason, NAME_MAX));
        if thing::is_one(self.input) {
            self.add_all("found", found.take(LINES_MAX).collect(), event.judgement.len());
        }
        self.times();
    }

    fn key(&mut self) {
        let words = self.input.words();
        let event = self.input.event;
        self.add("access_key_id", key_whole(event));
        let account = match &event.account {
            Some(account) => text::short(account, NAME_MAX),
            None => words.text("fact.account_unknown"),
        };
        self.add("account", account);
        let status = words.text(&format!("status.{}", event.key_state.status.as_str()));
        let status = words.say(
            "fact.status_proved",
            &[
                ("status", &status),
                ("proof", &text::short(&event.key_state.proof, NAME_MAX)),
                ("at", &text::time(event.key_state.checked_at)),
            ],
        );
        self.add("status", status);
    }

    fn times(&mut self) {
        let words = self.input.words();
        let event = self.input.event;
        self.add("first_detected", text::time(event.first_detected_at));
        self.add("latest_detected", text::time(event.latest_detected_at));
        let sources: Vec<String> = event
            .sources
            .iter()
            .map(|source| words.text(&format!("source.{}", source.as_str())))
            .collect();
        if !sources.is_empty() {
            self.add("source", text::list(self.input.language, &sources));
        }
    }

    fn evidence(&mut self) {
        let words = self.input.words();
        let evidence = self.input.evidence;
        let places = evidence
            .iter()
            .take(LINES_MAX)
            .map(|one| {
                let state = words.text(&format!("evidence.{}", one.state.as_str()));
                let place = text::place(words, one, NAME_MAX);
                words.say("fact.evidence_line", &[("place", &place), ("state", &state)])
            })
            .collect();
        self.add_all("evidence", places, evidence.len());
    }

    fn sources(&mut self) {
        let words = self.input.words();
        let Some(usage) = self.input.usage else { return };
        let lines = usage
            .sources
            .iter()
            .take(LINES_MAX)
            .map(|source| {
                let known = if source.before_leak { "fact.known" } else { "fact.new" };
                let agents: Vec<String> = source
                    .user_agents
                    .iter()
                    .take(3)
                    .map(|agent| text::short(agent, 120))
                    .collect();
                words.say(
                    "fact.source_line",
                    &[
                        ("address", &text::short(&source.source_ip, NAME_MAX)),
                        ("known", &words.text(known)),
                        ("allowed", &source.allowed.to_string()),
                        ("denied", &source.denied.to_string()),
                        ("bytes", &text::bytes(source.bytes_out)),
                        ("last", &text::time(source.last_at)),
                        ("agents", &text::list(self.input.language, &agents)),
                    ],
                )
            })
            .collect();
        self.add_all("sources", lines, usage.sources.len());
    }

    fn objects(&mut self) {
        let words = self.input.words();
        let Some(usage) = self.input.usage else { return };
        let objects = || {
            usage.buckets.iter().flat_map(|bucket| {
                bucket.objects.iter().map(move |object| (bucket.bucket.as_str(), object))
            })
        };
        let lines = objects()
            .take(LINES_MAX)
            .map(|(bucket, object)| {
                words.say(
                    "fact.object_line",
                    &[
                        ("name", &text::short(&format!("{bucket}/{}", object.object), NAME_MAX)),
                        ("sensitivity", object.sensitivity.as_str()),
                        ("bytes", &text::bytes(object.bytes_out)),
                        ("allowed", &object.allowed.to_string()),
                        ("denied", &object.denied.to_string()),
                    ],
                )
            })
            .collect();
        self.add_all("objects", lines, objects().count());
    }

    /// How long the access took to become this message, step by step; what is not known is left out.
    fn chain(&mut self) {
        let Some(access) = self.input.latest else { return };
        let words = self.input.words();
        let steps = [
            ("chain.delivered", self.input.delivered_at),
            ("chain.read", self.input.read_at),
            ("chain.alarm", Some(self.input.now)),
        ];
        // A log that tells whole seconds makes the first step up to a second too long.
        let whole_second = access.time.subsec_nanosecond() == 0;
        let start = if whole_second { "chain.event_whole_second" } else { "chain.event" };
        let at = Timestamp::from_millisecond(access.time.as_millisecond()).unwrap_or(access.time);
        let mut chain = words.say(start, &[("at", &at.to_string())]);
        let mut before = access.time;
        for (step, at) in steps {
            let Some(at) = at else { continue };
            let milliseconds = format!("{:+}", milliseconds(before, at));
            chain.push_str(&words.say(step, &[("ms", &milliseconds)]));
            before = at;
        }
        let total = milliseconds(access.time, self.input.now).to_string();
        chain.push_str(&words.say("chain.total", &[("ms", &total)]));
        self.add("chain", chain);
    }
}

/// Negative where the clocks disagree; shown as it is.
fn milliseconds(from: Timestamp, to: Timestamp) -> i128 {
    to.duration_since(from).as_millis()
}
