//! The report of one risk event: everything that is known of it, once, in the form that is asked for.
//!
//! A document of headings, lines, facts and tables is composed here; each form is one file beside. No form
//! holds a secret, because no value here does. Names come from outside: each form escapes them its own way.

mod html;
mod markdown;
pub mod ocsf;
mod pdf;

use claviger_model::{Evidence, KeyUsage, Plan, RiskEvent, RiskType, SourceUsage, StepState};
use jiff::Timestamp;

use crate::text;

/// Rows of one table: a report is read by people, and the whole is in the API's answer.
const ROWS_MAX: usize = 500;

/// What a report is made of.
#[derive(Debug, Clone)]
pub struct ReportInput<'a> {
    /// The risk event.
    pub event: &'a RiskEvent,
    /// Its evidence.
    pub evidence: &'a [Evidence],
    /// What was done with the key.
    pub usage: &'a KeyUsage,
    /// What happened, oldest first.
    pub lines: &'a [ReportLine],
    /// Its plans, newest first.
    pub plans: &'a [Plan],
    /// Where it can be looked at.
    pub link: Option<&'a str>,
    /// When the report is made.
    pub now: Timestamp,
}

/// One line of the timeline.
#[derive(Debug, Clone)]
pub struct ReportLine {
    /// When.
    pub at: Timestamp,
    /// What kind of thing, as one word.
    pub kind: String,
    /// What happened.
    pub text: String,
    /// Who did it.
    pub actor: Option<String>,
}

/// A report before it has a form.
pub(crate) struct Document {
    title: String,
    parts: Vec<Part>,
}

/// A part of a report.
enum Part {
    Heading(&'static str),
    Facts(Vec<(String, String)>),
    Lines(Vec<String>),
    Table { head: &'static [&'static str], rows: Vec<Vec<String>>, more: usize },
}

/// As Markdown (CommonMark with tables).
#[must_use]
pub fn markdown(input: &ReportInput<'_>) -> String {
    markdown::render(&document(input))
}

/// As one HTML page that needs nothing else, and prints.
#[must_use]
pub fn html(input: &ReportInput<'_>) -> String {
    html::render(&document(input))
}

/// As PDF.
#[must_use]
pub fn pdf(input: &ReportInput<'_>) -> Vec<u8> {
    pdf::render(&document(input))
}

fn document(input: &ReportInput<'_>) -> Document {
    let event = input.event;
    let title = format!("{}: {}", event.risk_type.title(), text::plain(&event.subject));
    let mut parts = vec![Part::Facts(facts(input))];
    if !event.judgement.is_empty() {
        parts.push(Part::Heading("Findings"));
        parts.push(Part::Lines(event.judgement.iter().map(|line| text::plain(line)).collect()));
    }
    if !input.evidence.is_empty() {
        parts.push(Part::Heading("Evidence"));
        parts.push(evidence(input.evidence));
    }
    if event.access_key_id.is_some() {
        access(input.usage, &mut parts);
    }
    if !input.plans.is_empty() {
        parts.push(Part::Heading("Handling"));
        plans(input.plans, &mut parts);
    }
    parts.push(Part::Heading("Timeline"));
    let row = |line: &ReportLine| {
        vec![
            text::time(line.at),
            line.kind.replace('_', " "),
            text::plain(&line.text),
            line.actor.as_deref().map(text::plain).unwrap_or_default(),
        ]
    };
    parts.push(table(&["Time", "What", "Words", "By"], input.lines.iter().map(row)));
    Document { title, parts }
}

fn facts(input: &ReportInput<'_>) -> Vec<(String, String)> {
    let event = input.event;
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = vec![
        fact("Level", event.level.title().to_owned()),
        fact("State", event.work_state.title().to_owned()),
    ];
    if let Some(key) = &event.access_key_id {
        let account = event.account.as_deref().map_or("not known".to_owned(), text::plain);
        let state = &event.key_state;
        facts.push(fact("AccessKey ID", key.to_string()));
        facts.push(fact("Account of AccessKey Pair", account));
        facts.push(fact(
            "AccessKey Pair Status",
            format!(
                "{} ({}, {})",
                state.status.title(),
                text::plain(&state.proof),
                text::time(state.checked_at)
            ),
        ));
    }
    facts.push(fact("First Detection Time", text::time(event.first_detected_at)));
    facts.push(fact("Latest Detection Time", text::time(event.latest_detected_at)));
    let sources: Vec<&str> = event.sources.iter().map(|source| source.title()).collect();
    if !sources.is_empty() {
        facts.push(fact("Intelligence Source", sources.join(", ")));
    }
    if event.access_key_id.is_some() && event.risk_type != RiskType::SharedAccount {
        facts.push(fact("Requests since the leak", event.uses.to_string()));
    }
    facts.push(fact("Event", event.id.to_string()));
    facts.extend(input.link.map(|link| fact("Address", link.to_owned())));
    facts.push(fact("Report made", text::time(input.now)));
    facts
}

fn evidence(all: &[Evidence]) -> Part {
    let row = |found: &Evidence| {
        let mut place = text::plain(&found.location.uri);
        for inner in &found.location.path {
            place.push_str(" › ");
            place.push_str(&text::plain(inner));
        }
        vec![
            found.source.title().to_owned(),
            format!("{place}, line {}", found.location.line),
            found.state.title().to_owned(),
            found.masked.clone().unwrap_or_default(),
            found.readable_since.map(text::time).unwrap_or_default(),
            text::time(found.found_at),
        ]
    };
    let head = &["Source", "Place", "State", "Secret, masked", "Readable since", "Found"];
    table(head, all.iter().map(row))
}

fn access(usage: &KeyUsage, parts: &mut Vec<Part>) {
    parts.push(Part::Heading("Access"));
    let least = if usage.partial { "at least " } else { "" };
    let requests = if usage.allowed == 1 { "request" } else { "requests" };
    parts.push(Part::Lines(vec![format!(
        "{least}{} {requests} carried out, {} refused, {} read",
        usage.allowed,
        usage.denied,
        text::bytes(usage.bytes_out)
    )]));
    let source = |one: &SourceUsage| {
        vec![
            text::plain(&one.source_ip),
            if one.before_leak { "before the leak, too" } else { "not before the leak" }.to_owned(),
            one.allowed.to_string(),
            one.denied.to_string(),
            text::bytes(one.bytes_out),
            text::time(one.first_at),
            text::time(one.last_at),
        ]
    };
    if !usage.sources.is_empty() {
        let head = &["Source", "Known", "Carried out", "Refused", "Bytes", "First", "Last"];
        parts.push(table(head, usage.sources.iter().map(source)));
    }
    let objects = usage.buckets.iter().flat_map(|bucket| {
        bucket.objects.iter().map(|object| {
            vec![
                text::plain(&format!("{}/{}", bucket.bucket, object.object)),
                object.sensitivity.to_string(),
                object.allowed.to_string(),
                object.denied.to_string(),
                text::bytes(object.bytes_out),
            ]
        })
    });
    let objects: Vec<Vec<String>> = objects.collect();
    if !objects.is_empty() {
        let head = &["Object", "Sensitivity", "Carried out", "Refused", "Bytes"];
        parts.push(table(head, objects.into_iter()));
    }
}

/// The steps of the plans that somebody confirmed; those that nobody did are counted.
fn plans(all: &[Plan], parts: &mut Vec<Part>) {
    let (run, drafts): (Vec<&Plan>, Vec<&Plan>) =
        all.iter().partition(|plan| plan.confirmed_at.is_some());
    let rows = run.into_iter().flat_map(|plan| plan.steps.iter().map(move |step| (plan, step)));
    let rows = rows.map(|(plan, step)| {
        vec![
            text::plain(&step.title),
            plan.state.title().to_owned(),
            fared(&step.state),
            plan.confirmed_by.as_deref().map(text::plain).unwrap_or_default(),
            plan.ended_at.map(text::time).unwrap_or_default(),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if !rows.is_empty() {
        let head = &["Step", "State of the plan", "Proof", "Confirmed by", "Ended"];
        parts.push(table(head, rows.into_iter()));
    }
    if !drafts.is_empty() {
        let line = match drafts.len() {
            1 => "1 plan was drafted and never confirmed: it changed nothing".to_owned(),
            many => format!("{many} plans were drafted and never confirmed: they changed nothing"),
        };
        parts.push(Part::Lines(vec![line]));
    }
}

/// What the provider answered about a step, or what it waits for.
fn fared(state: &StepState) -> String {
    match state {
        StepState::Verified { proof, .. } | StepState::Undone { proof, .. } => text::plain(proof),
        StepState::Failed { message, .. } => text::plain(message),
        StepState::Held { why, .. } => text::plain(why),
        StepState::Waiting | StepState::Applied { .. } => String::new(),
    }
}

fn table(head: &'static [&'static str], rows: impl ExactSizeIterator<Item = Vec<String>>) -> Part {
    let more = rows.len().saturating_sub(ROWS_MAX);
    Part::Table { head, rows: rows.take(ROWS_MAX).collect(), more }
}
