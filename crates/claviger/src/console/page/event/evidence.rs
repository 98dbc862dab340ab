//! Where the key was seen, by source: what stands there, since when it can be read, what became of it.

use claviger_model::{Action, Evidence, EvidenceState, IntelligenceSource, RiskEvent, RiskType};
use claviger_service::Act;
use claviger_store::objects::ObjectRow;
use maud::{Markup, html};

use super::code;
use super::trouble::{Place, Trouble, entered, told};
use crate::console::Person;
use crate::console::part::{acl, address, amount, badge, moment, name, role};

/// Evidence and what is known of its file.
type Found<'a> = (&'a Evidence, Option<&'a ObjectRow>);

/// Who may put places on the allowlist, and what the last try met.
struct Allowing<'a> {
    refused: Option<&'a str>,
    trouble: Option<&'a Trouble>,
}

/// A table a source.
pub(super) fn section(
    person: &Person,
    event: &RiskEvent,
    evidence: &[Evidence],
    files: &[Option<ObjectRow>],
    trouble: Option<&Trouble>,
) -> Markup {
    let refused = role::missing(&person.actor, Act::SetAllowlist);
    let allowing = Allowing { refused: refused.as_deref(), trouble };
    let all: Vec<Found<'_>> = evidence.iter().zip(files.iter().map(Option::as_ref)).collect();
    html! {
        section data-part="evidence" aria-labelledby="evidence" {
            h2 #evidence { (heading(event.risk_type)) }
            @if all.is_empty() { p.quiet { "No place is known where it can be read." } }
            @for source in IntelligenceSource::ALL {
                @let of_source: Vec<Found<'_>> =
                    all.iter().copied().filter(|(found, _)| found.source == source).collect();
                @if !of_source.is_empty() {
                    h3 { (source.title()) " · "
                        (amount::counted(of_source.len() as u64, "place", "places")) }
                    (table(source, &of_source, &allowing))
                }
            }
        }
    }
}

/// What the section is called.
fn heading(risk_type: RiskType) -> &'static str {
    match risk_type {
        RiskType::DatabaseAccountLeak => "Database account leak details",
        RiskType::PublicStorageOfSensitiveInformation => "Files that anybody may read",
        _ => "AccessKey leak details",
    }
}

fn table(source: IntelligenceSource, all: &[Found<'_>], allowing: &Allowing<'_>) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(source.title()) { table {
            thead { tr {
                @for title in columns(source) { th scope="col" { (title) } }
                th scope="col" { "Secret" }
                th scope="col" { "Readable since" }
                th scope="col" { "Found" }
                th scope="col" { "State" }
            } }
            tbody { @for (found, file) in all { (place(source, found, *file, allowing)) } }
        } }
    }
}

/// A place, and below it what can be done about it.
fn place(
    source: IntelligenceSource,
    found: &Evidence,
    file: Option<&ObjectRow>,
    allowing: &Allowing<'_>,
) -> Markup {
    html! {
        tr {
            (cells(source, found, file))
            td {
                @match (&found.masked, &found.access_key_id) {
                    (Some(masked), _) => code { (masked) },
                    (None, Some(_)) => code { "id alone" },
                    (None, None) => {},
                }
                @if found.access_key_id.is_none() {
                    @for words in &found.why { div.quiet { (name::object(words)) } }
                }
            }
            td { (moment::exact_or_dash(found.readable_since)) }
            td { (moment::exact(found.found_at)) }
            td { (badge::evidence(found.state)) }
        }
        tr.below { td colspan=(columns(source).len() + 4) {
            div.acts { (close(found, allowing)) (allow(found, allowing)) }
        } }
    }
}

/// The columns that tell the place, as the original product has them.
fn columns(source: IntelligenceSource) -> &'static [&'static str] {
    match source {
        IntelligenceSource::Github | IntelligenceSource::Repository => {
            &["File Name", "Username", "Repository Name"]
        }
        IntelligenceSource::PublicPlaintextStorage
        | IntelligenceSource::PrivatePlaintextStorage => &["File", "Bucket", "File ACL", "Place"],
        IntelligenceSource::ThreatIntelligence
        | IntelligenceSource::SelfManagedIntelligence
        | IntelligenceSource::Canary => &["Entry", "User and note"],
    }
}

fn cells(source: IntelligenceSource, found: &Evidence, file: Option<&ObjectRow>) -> Markup {
    match source {
        IntelligenceSource::Github | IntelligenceSource::Repository => match &found.code {
            Some(code) => code::cells(found, code),
            None => github_cells(found),
        },
        IntelligenceSource::PublicPlaintextStorage
        | IntelligenceSource::PrivatePlaintextStorage => file_cells(found, file),
        IntelligenceSource::ThreatIntelligence
        | IntelligenceSource::SelfManagedIntelligence
        | IntelligenceSource::Canary => entry_cells(found),
    }
}

fn file_cells(found: &Evidence, file: Option<&ObjectRow>) -> Markup {
    html! {
        th.name scope="row" {
            (name::object(found.object.as_deref().unwrap_or(&found.location.uri)))
            @for inner in &found.location.path { div.quiet { "› " (name::object(inner)) } }
        }
        td {
            @match (&found.asset_id, &found.bucket) {
                (Some(asset), Some(bucket)) => a href=(format!("/assets/{asset}")) { (bucket) },
                (None, Some(bucket)) => (bucket),
                _ => "–",
            }
        }
        td { (acl::shown(file.and_then(|file| file.acl))) }
        td.place { "line " (found.location.line) ", column " (found.location.column) }
    }
}

fn entry_cells(found: &Evidence) -> Markup {
    html! {
        th.name scope="row" {
            @match web(found) {
                Some(link) => (link_to(link, &found.location.uri)),
                None => (name::object(&found.location.uri)),
            }
        }
        td.target { @for words in &found.why { div { (name::object(words)) } } }
    }
}

/// File, user and repository, each with the way to it; a link of another shape is shown whole.
fn github_cells(found: &Evidence) -> Markup {
    let Some((link, (user, repository, file))) =
        web(found).and_then(|link| Some((link, github_parts(link)?)))
    else {
        return html! {
            th.name scope="row" {
                @match web(found) {
                    Some(link) => (link_to(link, &found.location.uri)),
                    None => (name::object(&found.location.uri)),
                }
            }
            td { "–" } td { "–" }
        };
    };
    let home = format!("https://github.com/{}", address::escaped(user));
    let project = format!("{home}/{}", address::escaped(repository));
    html! {
        th.name scope="row" { (link_to(link, file)) }
        td { (link_to(&home, user)) }
        td { (link_to(&project, repository)) }
    }
}

/// User, repository and file of `https://github.com/USER/REPOSITORY/blob/VERSION/FILE`.
fn github_parts(link: &str) -> Option<(&str, &str, &str)> {
    let path = link.strip_prefix("https://github.com/")?.split(['?', '#']).next()?;
    let mut steps = path.splitn(5, '/');
    let (user, repository) = (steps.next()?, steps.next()?);
    let (kind, _version, file) = (steps.next()?, steps.next()?, steps.next()?);
    let whole = kind == "blob" && [user, repository, file].iter().all(|step| !step.is_empty());
    whole.then_some((user, repository, file))
}

/// The link of a piece of evidence, where a browser may follow it.
pub(super) fn web(found: &Evidence) -> Option<&str> {
    found.link.as_deref().filter(|link| link.starts_with("https://") || link.starts_with("http://"))
}

/// A link to a place outside, which is not told where it was followed from.
pub(super) fn link_to(link: &str, words: &str) -> Markup {
    html! { a href=(link) rel="noopener noreferrer" { (name::object(words)) } }
}

/// The form that puts the place on the allowlist.
fn allow(found: &Evidence, allowing: &Allowing<'_>) -> Markup {
    if found.state == EvidenceState::AddedToWhitelist {
        return html! { a href="/allowlist" { "On the allowlist" } };
    }
    let action = format!("/events/{}/evidence/{}/allowlist", found.risk_event_id, found.id);
    let place = Place::Evidence(found.id.to_string());
    let tried = allowing.trouble.is_some_and(|trouble| trouble.place == place);
    let refused = allowing.refused;
    html! {
        details id=(format!("allow-{}", found.id)) open[tried] {
            summary { "Add to Whitelist" }
            form.column method="post" action=(action) {
                (told(allowing.trouble, &place))
                label { "Reason"
                    input type="text" name="reason" autocomplete="off" required
                        value=(entered(allowing.trouble, &place, "reason"))
                        disabled[refused.is_some()];
                }
                @if claviger_respond::allowlist::is_public(found.source) {
                    label.check {
                        input type="checkbox" name="also_public" value="true" required
                            disabled[refused.is_some()];
                        "Anybody may read it there, and nobody will be told of its use: allow it all the same"
                    }
                }
                p.effect { "This place counts no more; the same key elsewhere still does." }
                button disabled[refused.is_some()] title=[refused] { "Add to Whitelist" }
            }
        }
    }
}

/// The ways to close the place itself: each drafts a plan first.
fn close(found: &Evidence, allowing: &Allowing<'_>) -> Markup {
    let (Some(bucket), Some(object)) = (&found.bucket, &found.object) else { return html! {} };
    if found.state != EvidenceState::Found {
        return html! {};
    }
    html! {
        form.acts method="post" action=(format!("/events/{}/plans", found.risk_event_id)) {
            input type="hidden" name="bucket" value=(bucket);
            input type="hidden" name="object" value=(object);
            button name="action" value=(Action::DeleteFile.as_str())
                disabled[allowing.refused.is_some()] title=[allowing.refused] { "Delete File" }
            button name="action" value=(Action::ObjectAcl.as_str())
                disabled[allowing.refused.is_some()] title=[allowing.refused] { "Make private" }
            button name="action" value=(Action::BlockPublicAccess.as_str())
                disabled[allowing.refused.is_some()] title=[allowing.refused] { "Block public access" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::github_parts;

    #[test]
    fn a_file_of_github_tells_its_user_and_repository() {
        assert_eq!(
            github_parts("https://github.com/ann/tools/blob/main/ci/deploy.sh#L4"),
            Some(("ann", "tools", "ci/deploy.sh"))
        );
        for other in [
            "https://github.com/ann/tools",
            "https://github.com//tools/blob/main/a",
            "https://github.com/ann/tools/tree/main/ci",
            "https://github.com.example/ann/tools/blob/main/a",
            "https://gist.github.com/ann/1",
        ] {
            assert_eq!(github_parts(other), None, "{other}");
        }
    }
}
