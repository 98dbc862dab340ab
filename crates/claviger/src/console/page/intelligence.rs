//! Self-managed intelligence: keys that a person knows, or fears, to be leaked, one by a form or many by a
//! text.

mod canaries;
mod repositories;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use claviger_intel::self_managed::{Format, Reject};
use claviger_model::Evidence;
use claviger_service::{Act, Service};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

use crate::api::Problem;
use crate::api::TEXT_BYTES_MAX;
use crate::console::part::entered::Entered;
use crate::console::part::form::{Field, failure};
use crate::console::part::{amount, badge, key, moment, role, state};
use crate::console::{Frame, Person, Refusal, Room};

/// Entries of the page; all of them are risk events, and listed there.
const ROWS: u32 = 100;

/// Rejected lines that are named; the rest is counted.
const REJECTS_SHOWN: usize = 50;

/// Longest text that is put back into its field for a second try.
const TEXT_SHOWN_BYTES: usize = 512 * 1024;

/// The fields of one entry, as `claviger-intel` names them.
const FIELDS: [&str; 6] = ["access_key_id", "link", "user", "note", "seen_at", "claim"];

const CLAIMS: [(&str, &str); 2] = [("leaked", "Leaked"), ("suspected", "Suspected")];

const FORMATS: [(&str, &str); 2] = [("csv", "CSV"), ("json_lines", "JSON lines")];

pub(super) fn routes() -> Router<Service> {
    // A form's text grows up to threefold on its way.
    let limit = DefaultBodyLimit::max(3 * TEXT_BYTES_MAX);
    Router::new()
        .route("/intelligence", get(show).post(add_one))
        .route("/intelligence/canaries", post(canaries::add))
        .route("/intelligence/canaries/{id}/confirm", post(canaries::confirm))
        .route("/intelligence/canaries/{id}/retire", post(canaries::retire))
        .route("/intelligence/repositories", post(repositories::add))
        .route("/intelligence/repositories/{id}/scan", post(repositories::scan))
        .route("/intelligence/repositories/{id}/again", post(repositories::again))
        .route("/intelligence/repositories/{id}/remove", post(repositories::remove))
        .route("/intelligence/upload", post(upload).layer(limit))
}

/// How many entries the act before kept.
#[derive(Deserialize)]
struct Done {
    kept: Option<u64>,
}

/// What stands in the two forms, and what became of them.
#[derive(Default)]
struct Drafts {
    one: [String; FIELDS.len()],
    one_problem: Option<Problem>,
    text: String,
    format: String,
    text_problem: Option<Problem>,
    kept: Option<u64>,
    rejects: Vec<Reject>,
    canary: canaries::Draft,
    repository: repositories::Draft,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(done): Query<Done>,
) -> Result<Markup, Refusal> {
    page(&service, &person, &Drafts { kept: done.kept, ..Drafts::default() }).await
}

async fn add_one(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Response, Refusal> {
    let one = FIELDS.map(|name| entered.text(name).to_owned());
    let line: serde_json::Map<_, _> =
        FIELDS.iter().zip(&one).map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    // The same reader as for an upload: a form is one line.
    let text = serde_json::Value::Object(line).to_string();
    let (entries, rejects) = service.parse_intelligence(&text, Format::JsonLines);
    let outcome = match rejects.first() {
        Some(reject) => Err(at_its_field(&reject.why)),
        None => service.add_intelligence(&person.actor, &entries).await.map_err(Problem::from),
    };
    match outcome {
        Ok(kept) => Ok(Redirect::to(&format!("/intelligence?kept={kept}")).into_response()),
        Err(problem) => {
            let status = problem.status();
            let drafts = Drafts { one, one_problem: Some(problem), ..Drafts::default() };
            Ok((status, page(&service, &person, &drafts).await?).into_response())
        }
    }
}

async fn upload(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Response, Refusal> {
    let (text, format) = (entered.text("entries"), entered.text("format"));
    let read_as = if format == "csv" { Format::Csv } else { Format::JsonLines };
    let (entries, rejects) = service.parse_intelligence(text, read_as);
    let outcome = if entries.is_empty() && rejects.is_empty() {
        Err(Problem::field("entries", "There is no entry.", "Paste lines, or choose a file."))
    } else {
        service.add_intelligence(&person.actor, &entries).await.map_err(Problem::from)
    };
    let fits = text.len() <= TEXT_SHOWN_BYTES;
    let mut drafts = Drafts {
        text: if fits { text.to_owned() } else { String::new() },
        format: format.to_owned(),
        rejects,
        ..Drafts::default()
    };
    match outcome {
        Ok(kept) if drafts.rejects.is_empty() => {
            Ok(Redirect::to(&format!("/intelligence?kept={kept}")).into_response())
        }
        Ok(kept) => {
            drafts.kept = Some(kept as u64);
            let page = page(&service, &person, &drafts).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(problem) => {
            let status = problem.status();
            drafts.text_problem = Some(problem);
            Ok((status, page(&service, &person, &drafts).await?).into_response())
        }
    }
}

/// A reader's refusal begins with the field it means.
fn at_its_field(why: &str) -> Problem {
    let named = why.split('`').nth(1).unwrap_or_default();
    let field = FIELDS.into_iter().find(|name| *name == named).unwrap_or(FIELDS[0]);
    Problem::field(field, &why.replace('`', ""), "Change it and add the entry again.")
}

async fn page(service: &Service, person: &Person, drafts: &Drafts) -> Result<Markup, Refusal> {
    let entries = service.intelligence(ROWS).await?;
    let planted = service.canaries().await?;
    let watched = service.repositories().await?;
    let title = match entries.len() {
        0 => "No key was entered by hand".to_owned(),
        many if many == ROWS as usize => format!("More than {ROWS} entries made by hand"),
        many => format!("{} made by hand", amount::counted(many as u64, "entry", "entries")),
    };
    let refused = role::missing(&person.actor, Act::AddIntelligence);
    let frame = Frame {
        room: Room::Intelligence,
        place: None,
        title: &title,
        live: &["events", "repositories"],
    };
    let body = html! {
        (said(drafts))
        @if let Some(why) = &refused { p.notice { (why) "." } }
        div.split {
            section aria-labelledby="entries-made" {
                h2 #entries-made { "Self-managed Intelligence" }
                div data-part="made" { (table(&entries)) }
            }
            div {
                (one_form(drafts, refused.is_some()))
                (upload_form(drafts, refused.is_some()))
            }
        }
        (repositories::section(person, &watched, &drafts.repository))
        (canaries::section(&planted, &drafts.canary, refused.is_some()))
    };
    Ok(frame.around(person, &body))
}

/// What the act before kept and what it did not.
fn said(drafts: &Drafts) -> Markup {
    html! {
        @if let Some(kept) = drafts.kept.filter(|kept| *kept > 0) {
            div.notice.fine role="status" {
                p {
                    strong { (amount::counted(kept, "entry is", "entries are")) " kept." }
                    " Each is evidence of a risk event: " a href="/events" { "Risk events" }
                }
            }
        }
        @if !drafts.rejects.is_empty() {
            div.notice.bad role="alert" {
                p {
                    strong {
                        (amount::counted(drafts.rejects.len() as u64, "line was", "lines were"))
                        " not kept."
                    }
                    " Mend the text below and send it again: an entry that is kept already is not made twice."
                }
                table {
                    thead { tr { th.number scope="col" { "Line" } th scope="col" { "Why" } } }
                    tbody {
                        @for reject in drafts.rejects.iter().take(REJECTS_SHOWN) {
                            tr { th.number scope="row" { (reject.line) } td { (reject.why) } }
                        }
                    }
                }
                @if drafts.rejects.len() > REJECTS_SHOWN {
                    p { "The first " (REJECTS_SHOWN) " are named." }
                }
            }
        }
    }
}

fn one_form(drafts: &Drafts, refused: bool) -> Markup {
    let problem = drafts.one_problem.as_ref();
    let [access_key_id, link, user, note, seen_at, claim] = &drafts.one;
    html! {
        section aria-labelledby="one" {
            h2 #one { "Add Intelligence" }
            (failure(problem))
            form method="post" action="/intelligence" {
                fieldset.column disabled[refused] {
                    (Field { name: "access_key_id", label: "AccessKey ID",
                        effect: "The id alone. A secret has no place here." }
                        .input("text", access_key_id, true, problem))
                    (Field { name: "link", label: "Link",
                        effect: "Where it can be read: begins with https:// or http://." }
                        .input("text", link, false, problem))
                    (Field { name: "user", label: "User", effect: "Who says so, or whose it is." }
                        .input("text", user, false, problem))
                    (Field { name: "note", label: "Note", effect: "Anything else worth knowing." }
                        .input("text", note, false, problem))
                    (Field { name: "seen_at", label: "Readable since",
                        effect: "As 2026-01-02T03:04:05Z. What was done with the key since then is joined." }
                        .input("text", seen_at, false, problem))
                    (Field { name: "claim", label: "What is said of it",
                        effect: "A leaked key is an AccessKey Pair Leak; one that is only suspected is \
                            watched as Custom Intelligence." }
                        .select(&CLAIMS, claim, problem))
                    button.main { "Add" }
                }
            }
        }
    }
}

fn upload_form(drafts: &Drafts, refused: bool) -> Markup {
    let problem = drafts.text_problem.as_ref();
    html! {
        section aria-labelledby="upload" {
            h2 #upload { "Add many" }
            (failure(problem))
            form method="post" action="/intelligence/upload" {
                fieldset.column disabled[refused] {
                    (Field { name: "format", label: "Format",
                        effect: "CSV begins with a line of column names: access_key_id, link, user, note, \
                            seen_at, claim. JSON lines use the same names. Only the first is needed." }
                        .select(&FORMATS, &drafts.format, problem))
                    div.field hidden data-file-into="entries" {
                        label for="file" { "File" }
                        input #file type="file" accept=".csv,.json,.jsonl,.ndjson,.txt,text/*";
                    }
                    (Field { name: "entries", label: "Entries", effect: "Paste them, or choose a file." }
                        .area(&drafts.text, true, problem))
                    button.main { "Add all" }
                }
            }
        }
    }
}

fn table(entries: &[Evidence]) -> Markup {
    html! {
        @if entries.is_empty() {
            (state::empty(
                "Enter a key that you know to be leaked, or fear to be: its use is watched from then on.",
                &html! {}))
        } @else {
            div.scroll role="region" aria-label="Entries" { table {
                thead { tr {
                    th scope="col" { "AccessKey ID" }
                    th scope="col" { "Source" }
                    th scope="col" { "State" }
                    th scope="col" { "Entered" }
                } }
                tbody { @for entry in entries { tr {
                    th scope="row" {
                        @if let Some(id) = &entry.access_key_id { (key::id(id)) }
                        br; a.quiet href=(format!("/events/{}", entry.risk_event_id)) { "Risk event" }
                    }
                    td.name {
                        @if let Some(link) = &entry.link {
                            a href=(link) rel="noreferrer noopener" { (link) }
                        } @else { (entry.location.uri) }
                        @for words in &entry.why { p.quiet { (words) } }
                    }
                    td { (badge::evidence(entry.state)) }
                    td { (moment::ago(entry.found_at)) }
                } } }
            } }
            @if entries.len() == ROWS as usize { p.quiet { "The newest " (ROWS) " are shown." } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::at_its_field;

    #[test]
    fn a_refusal_stands_at_the_field_it_names() {
        let field = |why| at_its_field(why).at_field().map(str::to_owned);
        assert_eq!(field("`link` must begin with http://").as_deref(), Some("link"));
        assert_eq!(field("nothing named").as_deref(), Some("access_key_id"));
    }
}
