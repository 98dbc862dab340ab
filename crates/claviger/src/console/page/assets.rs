//! Asset Authorization: which buckets Claviger may look into, and how the connections to them fare.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use claviger_model::{Asset, AssetId, Authorization, Connection, ConnectionId};
use claviger_service::{Act, Actor, Service, ServiceError, TaskView};
use claviger_store::assets::AssetStatistics;
use claviger_store::tasks::TaskState;
use maud::{Markup, html};

use super::assets_asked::{PAGE, Which};
use super::assets_table;
use crate::console::part::{address, amount, health, moment, role, state};
use crate::console::{Frame, Person, Refusal, Room};

/// Tasks looked through for those that run: the newest.
const TASKS: u32 = 1000;

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/assets", get(show))
        .route("/assets/synchronize", post(synchronize))
        .route("/assets/authorize", post(authorize))
        .route("/assets/deauthorize", post(deauthorize))
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(which): Query<Which>,
) -> Result<Markup, Refusal> {
    page(&service, &person, &which, None).await
}

/// Lists buckets and keys anew: of the connection that is named, or of all.
async fn synchronize(
    State(service): State<Service>,
    person: Person,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Redirect, Refusal> {
    let named: Vec<ConnectionId> = ids(&fields, "synchronize").map(ConnectionId::from).collect();
    let all = service.connections().await?.into_iter().map(|connection| connection.id);
    let chosen = if named.is_empty() { all.collect() } else { named };
    for id in &chosen {
        service.synchronize(&person.actor, id).await?;
    }
    Ok(back(&Which::sent(&fields), "synchronizing", chosen.len()))
}

async fn authorize(
    State(service): State<Service>,
    person: Person,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let (which, chosen) = (Which::sent(&fields), buckets(&fields));
    if chosen.is_empty() {
        return none_chosen(&service, &person, &which).await;
    }
    service.authorize(&person.actor, &chosen).await?;
    Ok(back(&which, "authorized", chosen.len()).into_response())
}

async fn deauthorize(
    State(service): State<Service>,
    person: Person,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let (which, chosen) = (Which::sent(&fields), buckets(&fields));
    if chosen.is_empty() {
        return none_chosen(&service, &person, &which).await;
    }
    service.deauthorize(&person.actor, &chosen).await?;
    Ok(back(&which, "deauthorized", chosen.len()).into_response())
}

/// The bucket whose own button was pressed; otherwise those that are ticked.
fn buckets(fields: &[(String, String)]) -> Vec<AssetId> {
    let one: Vec<AssetId> = ids(fields, "only").map(AssetId::from).collect();
    if one.is_empty() { ids(fields, "ids").map(AssetId::from).collect() } else { one }
}

fn ids(fields: &[(String, String)], name: &str) -> impl Iterator<Item = String> {
    fields.iter().filter(move |(sent, _)| sent == name).map(|(_, value)| value.clone())
}

fn back(which: &Which, done: &str, count: usize) -> Redirect {
    Redirect::to(&which.address(&[("done", done), ("count", &count.to_string())]))
}

async fn none_chosen(
    service: &Service,
    person: &Person,
    which: &Which,
) -> Result<Response, Refusal> {
    let page = page(service, person, which, Some("Tick at least one bucket first.")).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// What the page is made of.
struct Seen {
    connections: Vec<Connection>,
    statistics: Vec<AssetStatistics>,
    assets: Vec<Asset>,
    /// Whether more rows follow.
    more: bool,
    /// The running task of a bucket.
    running: BTreeMap<AssetId, TaskView>,
}

impl Seen {
    async fn read(service: &Service, which: &Which) -> Result<Self, ServiceError> {
        let mut assets = service.assets(&which.filter()).await?;
        let more = assets.len() > PAGE;
        assets.truncate(PAGE);
        let tasks = service.tasks(None, TASKS).await?;
        let running = tasks.into_iter().filter(|view| view.task.state == TaskState::Running);
        Ok(Self {
            connections: service.connections().await?,
            statistics: service.asset_statistics().await?,
            assets,
            more,
            running: running.map(|view| (view.task.asset_id.clone(), view)).collect(),
        })
    }

    /// Buckets of a state, or all.
    fn count(&self, state: Option<Authorization>) -> u64 {
        let counts = self.statistics.iter().map(|row| match state {
            Some(Authorization::Authorized) => row.authorized,
            Some(Authorization::NotAuthorized) => row.not_authorized,
            Some(Authorization::Failed) => row.failed,
            None => row.authorized + row.not_authorized + row.failed,
        });
        counts.sum()
    }

    /// The answer to "what may Claviger look into?".
    fn title(&self) -> String {
        let all = self.count(None);
        let authorized = self.count(Some(Authorization::Authorized));
        let failed = self.count(Some(Authorization::Failed));
        match (self.connections.len(), all, failed) {
            (0, ..) => "No cloud account is connected".to_owned(),
            (_, 0, _) => "No bucket is known yet".to_owned(),
            (.., 0) => format!(
                "{} of {} authorized",
                amount::count(authorized),
                amount::counted(all, "bucket", "buckets")
            ),
            _ => format!(
                "{} of {} authorized, {} failed",
                amount::count(authorized),
                amount::counted(all, "bucket", "buckets"),
                amount::count(failed)
            ),
        }
    }
}

async fn page(
    service: &Service,
    person: &Person,
    which: &Which,
    wrong: Option<&str>,
) -> Result<Markup, Refusal> {
    let seen = Seen::read(service, which).await?;
    let title = seen.title();
    let frame =
        Frame { room: Room::Assets, place: None, title: &title, live: &["assets", "connections"] };
    let next =
        seen.assets.last().filter(|_| seen.more).map(|last| {
            which.address(&[("after", format!("{}/{}", last.bucket, last.id).as_str())])
        });
    let body = html! {
        (told(which))
        @if let Some(wrong) = wrong { div.notice.bad role="alert" { p { (wrong) } } }
        (connections(&seen.connections, &person.actor))
        @if !seen.connections.is_empty() {
            section aria-labelledby="authorization" {
                h2 #authorization { "Asset Authorization" }
                div data-part="tabs" { (tabs(&seen, which)) }
                (filters(&seen.connections, which))
                div data-part="assets" data-calm {
                    @if seen.assets.is_empty() { (nothing(&seen, which)) } @else {
                        (assets_table::form(which, &seen.assets, &seen.running, &person.actor))
                        (state::more(next.as_deref()))
                    }
                }
            }
        }
    };
    Ok(frame.around(person, &body))
}

/// What was just done, and what follows from it.
fn told(which: &Which) -> Markup {
    let count: u64 = which.count.parse().unwrap_or(1);
    let buckets = amount::counted(count, "bucket", "buckets");
    html! {
        @match which.done.as_str() {
            "authorized" => { div.notice.fine role="status" { p {
                strong { (buckets) " authorized." }
                " Identification runs at once, and the access log is read from now on. "
                a href="/identification" { "Identification tasks" }
            } } }
            "deauthorized" => { div.notice.fine role="status" { p {
                strong { (buckets) " de-authorized." }
                " Claviger looks into them no more; what was found stays."
            } } }
            "synchronizing" => { div.notice.fine role="status" { p {
                strong { "Asset synchronization has begun." }
                " Buckets and keys of " (amount::counted(count, "connection", "connections"))
                " are listed anew; this page follows."
            } } }
            _ => {}
        }
    }
}

fn connections(all: &[Connection], actor: &Actor) -> Markup {
    let (cannot_list, cannot_connect) =
        (role::missing(actor, Act::Synchronize), role::missing(actor, Act::Connect));
    html! {
        section data-part="connections" data-calm aria-labelledby="connections" {
            div.head {
                h2 #connections { "Connections" }
                div.acts {
                    @if !all.is_empty() {
                        form method="post" action="/assets/synchronize" {
                            button disabled[cannot_list.is_some()] title=[cannot_list.as_deref()] {
                                "Asset synchronization"
                            }
                        }
                    }
                    @if cannot_connect.is_none() {
                        a.button.main[all.is_empty()] href="/assets/connect" { "Connect an account" }
                    } @else {
                        button disabled title=[cannot_connect.as_deref()] { "Connect an account" }
                    }
                }
            }
            @if all.is_empty() {
                (state::empty("Claviger watches the buckets of the accounts that are connected. A key \
                     that may only read is enough to begin.", &html! {}))
            }
            @for connection in all { (health::notice(connection)) }
            ul.rows { @for connection in all { li.connection {
                div {
                    a href=(format!("/connections/{}", connection.id)) { (connection.name) } " "
                    span.quiet {
                        (connection.provider.title())
                        @if !connection.region.is_empty() { " · " (connection.region) }
                    }
                }
                div { (health::word(&connection.health)) }
                div.quiet {
                    @match connection.synchronized_at {
                        Some(at) => { "buckets listed " (moment::ago(at)) }
                        None => "buckets not listed yet",
                    }
                }
                form method="post" action="/assets/synchronize" {
                    input type="hidden" name="synchronize" value=(connection.id);
                    button.plain disabled[cannot_list.is_some()] title=[cannot_list.as_deref()]
                        aria-label=(format!("Synchronize {}", connection.name)) { "Synchronize" }
                }
            } } }
        }
    }
}

fn tabs(seen: &Seen, which: &Which) -> Markup {
    let tab = |state: Option<Authorization>, title: &str| {
        let word = state.map_or("", Authorization::as_str);
        let rows = Which {
            authorization: word.to_owned(),
            connection_id: which.connection_id.clone(),
            search: which.search.clone(),
            ..Which::default()
        };
        html! {
            a href=(rows.address(&[])) aria-current=[(which.tab() == state).then_some("page")] {
                (title) " " span.quiet { (amount::count(seen.count(state))) }
            }
        }
    };
    html! {
        nav.tabs aria-label="Authorization" {
            (tab(Some(Authorization::Authorized), "Authorized"))
            (tab(Some(Authorization::NotAuthorized), "Not authorized"))
            (tab(Some(Authorization::Failed), "Failed"))
            (tab(None, "All"))
        }
    }
}

fn filters(connections: &[Connection], which: &Which) -> Markup {
    html! {
        form.filters method="get" action="/assets" role="search" {
            input type="hidden" name="authorization" value=(which.authorization);
            label { "Bucket" input type="search" name="search" value=(which.search); }
            @if connections.len() > 1 {
                label { "Connection" select name="connection_id" {
                    option value="" { "All connections" }
                    @for one in connections {
                        option value=(one.id) selected[one.id.as_str() == which.connection_id] {
                            (one.name)
                        }
                    }
                } }
            }
            button { "Search" }
        }
    }
}

/// No row: why, and the way on.
fn nothing(seen: &Seen, which: &Which) -> Markup {
    let link = |to: &str, words: &str| html! { p { a href=(to) { (words) } } };
    if !which.search.is_empty() || !which.connection_id.is_empty() {
        let all = address::with("/assets", &[("authorization", &which.authorization)]);
        return state::empty("No bucket fits the search.", &link(&all, "Show all of this tab"));
    }
    match which.tab() {
        _ if seen.count(None) == 0 => state::empty(
            "No bucket is known. Asset synchronization lists them; a connection that fails says above \
             why it cannot.",
            &html! {},
        ),
        Some(Authorization::Authorized) => state::empty(
            "No bucket is authorized: nothing is scanned and no log is read.",
            &link("/assets?authorization=not_authorized", "Choose buckets to authorize"),
        ),
        Some(Authorization::NotAuthorized) => {
            state::empty("Every known bucket is authorized, or was and failed.", &html! {})
        }
        Some(Authorization::Failed) | None => {
            state::empty("No provider refuses an authorized bucket.", &html! {})
        }
    }
}
