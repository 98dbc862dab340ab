//! One bucket: who may read it, whether it is watched, and what was found in its objects.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use claviger_model::{Asset, AssetId, Authorization, Connection, Sensitivity};
use claviger_service::{Act, Actor, Service, ServiceError, TaskView};
use claviger_store::log_files::LogTotals;
use claviger_store::objects::ObjectRow;
use claviger_store::rejects::Reject;
use claviger_store::tasks::TaskState;
use maud::{Markup, html};
use serde::Deserialize;

use super::assets_table::{authorization, known, log_target};
use super::objects_table;
use crate::console::part::{acl, address, amount, badge, moment, name, progress, role, state};
use crate::console::{Frame, Person, Refusal, Room};

/// Objects of a page.
const PAGE: usize = 100;

/// Tasks shown; the rest is on the page of identification.
const TASKS: u32 = 3;

/// Log lines shown that could not be read: enough to see what is wrong with them.
const REJECTS: u32 = 20;

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/assets/{id}", get(show))
        .route("/assets/{id}/authorize", post(authorize))
        .route("/assets/{id}/deauthorize", post(deauthorize))
        .route("/assets/{id}/identify", post(identify))
}

/// Which objects.
#[derive(Deserialize)]
struct Which {
    /// The last name of the page before.
    after: Option<String>,
}

/// What the page is made of.
struct Seen {
    asset: Asset,
    connection: Connection,
    tasks: Vec<TaskView>,
    log: LogTotals,
    rejects: Vec<Reject>,
    objects: Vec<ObjectRow>,
    /// Whether more objects follow.
    more: bool,
}

impl Seen {
    async fn read(
        service: &Service,
        id: &AssetId,
        after: Option<&str>,
    ) -> Result<Self, ServiceError> {
        let asset = service.asset(id).await?;
        let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
        let mut objects = service.objects(id, after, limit).await?;
        let more = objects.len() > PAGE;
        objects.truncate(PAGE);
        Ok(Self {
            connection: service.connection(&asset.connection_id).await?,
            tasks: service.tasks(Some(id), TASKS).await?,
            log: service.log_totals(id).await?,
            rejects: service.rejected_lines(Some(id.as_str()), REJECTS).await?,
            asset,
            objects,
            more,
        })
    }

    /// The answer to "what is in it?".
    fn title(&self) -> String {
        let bucket = &self.asset.bucket;
        let running = self.tasks.first().is_some_and(|view| view.task.state == TaskState::Running);
        match (self.asset.authorization, self.asset.sensitivity) {
            (Authorization::NotAuthorized, _) => format!("{bucket} is not authorized"),
            (Authorization::Failed, _) => {
                format!("{bucket} could not be looked into")
            }
            (Authorization::Authorized, Sensitivity::NotAvailable) if running => {
                format!("{bucket} is being identified")
            }
            (Authorization::Authorized, Sensitivity::NotAvailable) => {
                format!("Nothing sensitive was found in {bucket}")
            }
            (Authorization::Authorized, level) => {
                format!("{bucket} holds data of level {}", level.as_str())
            }
        }
    }
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Markup, Refusal> {
    let id = AssetId::from(id);
    let after = which.after.as_deref().filter(|after| !after.is_empty());
    let seen = Seen::read(&service, &id, after).await?;
    let (asset, title) = (&seen.asset, seen.title());
    let live = ["assets", "connections"];
    let frame =
        Frame { room: Room::Assets, place: Some(&asset.bucket), title: &title, live: &live };
    let next = seen.objects.last().filter(|_| seen.more).map(|last| {
        address::with(&format!("/assets/{}", asset.id), &[("after", last.name.as_str())])
    });
    let body = html! {
        div data-part="failure" { (failure(asset)) }
        div data-part="facts" { (facts(asset, &seen.connection)) }
        div data-part="acts" { (acts(asset, &person.actor)) }
        (tasks(asset, &seen.tasks))
        (log(asset, &seen.log, &seen.rejects))
        section #objects aria-labelledby="objects-title" data-part="objects" data-calm {
            h2 #objects-title { "Objects" }
            @if seen.objects.is_empty() { (nothing(asset, after)) } @else {
                (objects_table::table(&seen.objects))
                (state::more(next.as_deref()))
            }
        }
    };
    Ok(frame.around(&person, &body))
}

async fn authorize(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    let id = AssetId::from(id);
    service.authorize(&person.actor, std::slice::from_ref(&id)).await?;
    Ok(to_page(&id))
}

async fn deauthorize(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    let id = AssetId::from(id);
    service.deauthorize(&person.actor, std::slice::from_ref(&id)).await?;
    Ok(to_page(&id))
}

async fn identify(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    let id = AssetId::from(id);
    service.identify(&person.actor, &id).await?;
    Ok(to_page(&id))
}

fn to_page(id: &AssetId) -> Redirect {
    Redirect::to(&format!("/assets/{}", address::escaped(id.as_str())))
}

/// What the provider refuses, with the way out.
fn failure(asset: &Asset) -> Markup {
    html! {
        @if let Some(failure) = &asset.failure {
            div.notice.bad {
                p { strong { (failure) } }
                p {
                    a href=(format!("/connections/{}?test=true#abilities", asset.connection_id)) {
                        "Test what the connection may do"
                    }
                }
            }
        }
    }
}

fn facts(asset: &Asset, connection: &Connection) -> Markup {
    html! {
        dl.facts {
            div { dt { "State" } dd { (authorization(asset.authorization)) } }
            div { dt { "Sensitivity" } dd { (badge::sensitivity(asset.sensitivity)) } }
            div { dt { "Provider" } dd { (asset.provider.title()) } }
            div { dt { "Connection" } dd {
                a href=(format!("/connections/{}", connection.id)) { (connection.name) }
            } }
            @if !asset.region.is_empty() { div { dt { "Region" } dd { (asset.region) } } }
            div { dt { "ACL" } dd { (acl::shown(asset.acl)) } }
            div { dt { "Public access" } dd { (public_access(asset.public_access_blocked)) } }
            div { dt { "Access log" } dd { (log_target(asset.log_target.as_deref())) } }
            div { dt { "Objects" } dd { (known(asset.object_count, amount::count)) } }
            div { dt { "Size" } dd { (known(asset.bytes, amount::bytes)) } }
            div { dt { "Listed" } dd { (moment::exact(asset.synchronized_at)) } }
        }
    }
}

fn acts(asset: &Asset, actor: &Actor) -> Markup {
    let authorize = role::missing(actor, Act::Authorize);
    let identify = role::missing(actor, Act::Identify);
    let act = |act: &str, word: &str, class: &str, missing: Option<&str>| {
        html! {
            form method="post" action=(format!("/assets/{}/{act}", asset.id)) {
                button.(class) disabled[missing.is_some()] title=[missing] { (word) }
            }
        }
    };
    html! {
        div.acts.apart {
            @match asset.authorization {
                Authorization::NotAuthorized => {
                    (act("authorize", "Authorization", "main", authorize.as_deref()))
                }
                Authorization::Failed => {
                    (act("authorize", "Authorize again", "main", authorize.as_deref()))
                    (act("deauthorize", "De-authorize", "calm", authorize.as_deref()))
                }
                Authorization::Authorized => {
                    (act("identify", "Identify again", "calm", identify.as_deref()))
                    (act("deauthorize", "De-authorize", "calm", authorize.as_deref()))
                }
            }
            @if let Some(missing) = &authorize { span.quiet { (missing) "." } }
        }
    }
}

fn tasks(asset: &Asset, tasks: &[TaskView]) -> Markup {
    let all = address::with("/identification", &[("asset_id", asset.id.as_str())]);
    html! {
        section data-part="tasks" data-calm aria-labelledby="tasks" {
            h2 #tasks { "Identification" }
            @if tasks.is_empty() {
                p.quiet { "Authorizing the bucket runs it at once." }
            } @else {
                ul.rows { @for view in tasks { li {
                    (progress::word(view, asset.authorization)) " "
                    span.quiet { "begun " (moment::ago(view.task.started_at)) }
                    (progress::bar(view))
                    @if let Some(error) = &view.task.error { p { (error) } }
                } } }
                p { a href=(all) { "All its identification tasks" } }
            }
        }
    }
}

/// Whether public access is blocked.
fn public_access(blocked: Option<bool>) -> Markup {
    html! {
        @match blocked {
            Some(true) => "blocked",
            Some(false) => "not blocked",
            None => { span title="not read yet" { "–" } }
        }
    }
}

/// How much of the access log was read, and what of it could not be.
fn log(asset: &Asset, totals: &LogTotals, rejects: &[Reject]) -> Markup {
    html! {
        section data-part="log" aria-labelledby="log" {
            h2 #log { "Access log" }
            @if asset.log_target.is_none() {
                p { "This bucket is not watched: its access logging is off. Switch it on in the provider's \
                     console, then synchronize the connection." }
            } @else if asset.authorization != Authorization::Authorized && totals.files == 0 {
                p.quiet { "It is read once the bucket is authorized." }
            } @else if totals.files == 0 {
                p.quiet { "No log file has arrived yet." }
            } @else {
                p {
                    (amount::counted(totals.files, "file", "files")) " · "
                    (amount::counted(totals.lines, "line", "lines")) " = "
                    (amount::counted(totals.events, "access event", "access events")) " + "
                    (amount::count(totals.rejected)) " that could not be read"
                }
                @if let Some(at) = totals.read_at {
                    p.quiet { "Last file read " (moment::ago(at)) }
                }
            }
            @if !rejects.is_empty() { (rejected(totals.rejected, rejects)) }
        }
    }
}

/// Lines by reference: where they stand, not what they say.
fn rejected(all: u64, rejects: &[Reject]) -> Markup {
    html! {
        details #rejected {
            summary { (amount::counted(all, "line", "lines")) " could not be read" }
            @if all > rejects.len() as u64 {
                p.quiet { "The latest " (rejects.len()) " of them." }
            }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "File" }
                    th.number scope="col" { "Line" }
                    th.number scope="col" { "Bytes" }
                    th scope="col" { "Why" }
                } }
                tbody { @for line in rejects { tr {
                    th.name scope="row" { (name::object(&line.name)) }
                    td.number { (amount::count(line.line)) }
                    td.number { (line.start) "–" (line.end) }
                    td { (line.why) }
                } } }
            } }
        }
    }
}

fn nothing(asset: &Asset, after: Option<&str>) -> Markup {
    let words = match (after, asset.authorization) {
        (Some(_), _) => "No object follows.",
        (None, Authorization::NotAuthorized) => {
            "Its objects are listed and read once the bucket is authorized."
        }
        (None, Authorization::Authorized) => "No object was seen in it.",
        (None, Authorization::Failed) => "No object could be listed.",
    };
    state::empty(words, &html! {})
}
