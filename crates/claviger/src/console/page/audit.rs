//! The audit log: who did what, newest first, and the proof that nobody changed it since.

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use claviger_service::Service;
use claviger_store::audit::{AuditEntry, AuditProof};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use crate::console::part::badge::{Tone, toned};
use crate::console::part::{amount, key, moment, state};
use crate::console::{Frame, Person, Refusal, Room};

/// Acts of one page.
const ROWS: u32 = 100;

/// Digits of a hash that are shown; the whole of it is copied.
const HASH_SHOWN: usize = 12;

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/audit", get(show))
}

/// Which acts, and whether to walk the chain.
#[derive(Deserialize)]
struct Which {
    before: Option<i64>,
    #[serde(default)]
    verify: bool,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(which): Query<Which>,
) -> Result<Markup, Refusal> {
    let proof = if which.verify { Some(service.verify_audit_log().await?) } else { None };
    let newest = service.audit_log(None, 1).await?.pop();
    let entries = service.audit_log(which.before, ROWS).await?;
    let title = title(newest.as_ref(), proof);
    let next = entries
        .last()
        .filter(|oldest| entries.len() == ROWS as usize && oldest.sequence > 1)
        .map(|oldest| format!("/audit?before={}", oldest.sequence));
    let frame = Frame { room: Room::Audit, place: None, title: &title, live: &[] };
    let body = html! {
        section aria-labelledby="proof" {
            h2 #proof { "Was it changed?" }
            (proof_in_words(proof, newest.as_ref()))
            form method="get" action="/audit" {
                input type="hidden" name="verify" value="true";
                button.main { "Verify the chain" }
            }
        }
        section aria-labelledby="acts" {
            h2 #acts { "Acts" }
            @if entries.is_empty() {
                (state::empty("No older act.", &html! { p { a href="/audit" { "The newest acts" } } }))
            } @else { (table(&entries)) }
            (state::more(next.as_deref()))
        }
    };
    Ok(frame.around(&person, &body))
}

fn title(newest: Option<&AuditEntry>, proof: Option<AuditProof>) -> String {
    let acts = newest.map_or(0, |entry| entry.sequence.unsigned_abs());
    match proof {
        Some(AuditProof { broken_at: Some(place), .. }) => {
            format!("The audit log was changed at act {place}")
        }
        Some(proof) => {
            format!("{} on record, none changed", amount::counted(proof.entries, "act", "acts"))
        }
        None => format!("{} on record", amount::counted(acts, "act", "acts")),
    }
}

/// What the chain proves, and what it does not.
fn proof_in_words(proof: Option<AuditProof>, newest: Option<&AuditEntry>) -> Markup {
    html! {
        @match proof {
            None => p {
                "Each act carries a hash over itself and the act before it: a changed, removed or inserted \
                 act breaks the chain at its place."
            },
            Some(AuditProof { entries, broken_at: None }) => div.notice.fine role="status" {
                p {
                    strong { "The chain holds: " (amount::counted(entries, "act", "acts")) "." }
                    " Every hash was computed anew and is what was written; none is missing."
                }
                @if let Some(newest) = newest {
                    p {
                        "Last hash: " code { (newest.hash) } (key::copy(&newest.hash, "Copy the last hash"))
                    }
                    p.quiet {
                        "Keep it elsewhere: whoever rewrites the whole chain cannot make the same one."
                    }
                }
            },
            Some(AuditProof { entries, broken_at: Some(place) }) => div.notice.bad role="alert" {
                p {
                    strong { "The chain breaks at act " (place) "." }
                    " What stands there is not what was written: it was changed, removed or cut off. "
                    @if entries > 0 { "Acts 1 to " (entries) " hold." }
                }
                p {
                    "Compare the database with a backup, and look who may write to it."
                }
            },
        }
    }
}

fn table(entries: &[AuditEntry]) -> Markup {
    html! {
        div.scroll role="region" aria-label="Acts, newest first" { table {
            thead { tr {
                th.number scope="col" { "Act" }
                th scope="col" { "When" }
                th scope="col" { "Who" }
                th scope="col" { "What" }
                th scope="col" { "About" }
                th scope="col" { "Outcome" }
                th scope="col" { "Hash" }
            } }
            tbody {
                @for entry in entries { tr {
                    th.number scope="row" { (entry.sequence) }
                    td { (moment::exact(entry.at)) }
                    td { (entry.actor) }
                    td { (in_words(&entry.act)) }
                    td.name { (entry.subject) }
                    td {
                        (outcome(&entry.outcome))
                        @if let Value::String(words) = &entry.details { p.quiet { (words) } }
                    }
                    td { code title=(entry.hash) { (entry.hash.get(..HASH_SHOWN).unwrap_or_default()) } }
                } }
            }
        } }
    }
}

/// `set_policy` as `Set policy`.
fn in_words(act: &str) -> String {
    let words = act.replace('_', " ");
    let mut characters = words.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn outcome(word: &str) -> Markup {
    match word {
        "done" => toned(Tone::Fine, "Done"),
        "failed" => toned(Tone::Medium, "Failed"),
        "refused" => toned(Tone::High, "Refused"),
        other => toned(Tone::Unknown, other),
    }
}

#[cfg(test)]
mod tests {
    use super::{in_words, title};
    use claviger_store::audit::AuditProof;

    #[test]
    fn an_act_reads_as_words() {
        assert_eq!(in_words("set_policy"), "Set policy");
        assert_eq!(in_words(""), "");
    }

    #[test]
    fn the_title_names_the_place_of_a_change() {
        let proof = |broken_at| Some(AuditProof { entries: 16, broken_at });
        assert_eq!(title(None, proof(Some(17))), "The audit log was changed at act 17");
        assert_eq!(title(None, proof(None)), "16 acts on record, none changed");
    }
}
