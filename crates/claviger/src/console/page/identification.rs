//! Identification tasks: which buckets were looked through, how far, and what stands in the way.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use claviger_model::{Asset, AssetId, Authorization};
use claviger_service::{Service, ServiceError, TaskView};
use claviger_store::tasks::TaskState;
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::part::{address, amount, moment, progress, state};
use crate::console::{Frame, Person, Refusal, Room};

/// Tasks shown at first.
const PAGE: u32 = 100;

/// Most tasks of one page; older ones are history.
const PAGE_MAX: u32 = 1000;

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/identification", get(show))
}

/// Which tasks.
#[derive(Deserialize)]
struct Which {
    /// Only of this bucket.
    #[serde(default)]
    asset_id: String,
    /// At most so many.
    limit: Option<u32>,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(which): Query<Which>,
) -> Result<Markup, Refusal> {
    let only = Some(AssetId::from(which.asset_id.clone())).filter(|_| !which.asset_id.is_empty());
    let limit = which.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let mut tasks = service.tasks(only.as_ref(), limit + 1).await?;
    let more = tasks.len() > limit as usize;
    tasks.truncate(limit as usize);
    let assets = assets_of(&service, &tasks, only.as_ref()).await?;
    let bucket = only.as_ref().and_then(|id| assets.get(id)).map(|asset| asset.bucket.as_str());
    let title = title(&tasks, &assets);
    let frame =
        Frame { room: Room::Identification, place: bucket, title: &title, live: &["assets"] };
    let older = (more && limit < PAGE_MAX).then(|| {
        let limit = limit.saturating_mul(2).min(PAGE_MAX).to_string();
        address::with("/identification", &[("asset_id", &which.asset_id), ("limit", &limit)])
    });
    let body = html! {
        @if only.is_some() { p { a href="/identification" { "Tasks of every bucket" } } }
        section data-part="tasks" data-calm aria-label="Tasks" {
            @if tasks.is_empty() { (nothing()) } @else {
                (table(&tasks, &assets))
                @if let Some(older) = &older {
                    nav.pager aria-label="More rows" { a.button href=(older) { "Older tasks too" } }
                } @else if more {
                    (state::partial("These are the newest tasks; older ones are not shown."))
                }
            }
        }
    };
    Ok(frame.around(&person, &body))
}

/// The buckets that the tasks are about.
async fn assets_of(
    service: &Service,
    tasks: &[TaskView],
    only: Option<&AssetId>,
) -> Result<BTreeMap<AssetId, Asset>, ServiceError> {
    let mut assets = BTreeMap::new();
    for id in tasks.iter().map(|view| &view.task.asset_id).chain(only) {
        if !assets.contains_key(id) {
            match service.asset(id).await {
                Ok(asset) => drop(assets.insert(id.clone(), asset)),
                // It went, with its tasks, since they were listed.
                Err(ServiceError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(assets)
}

/// The answer to "is everything identified?".
fn title(tasks: &[TaskView], assets: &BTreeMap<AssetId, Asset>) -> String {
    let running = tasks.iter().filter(|view| {
        let authorized = |asset: &Asset| asset.authorization != Authorization::NotAuthorized;
        view.task.state == TaskState::Running
            && assets.get(&view.task.asset_id).is_some_and(authorized)
    });
    let (waiting, running): (Vec<_>, Vec<_>) = running.partition(|view| view.task.error.is_some());
    let unreadable: u64 = newest(tasks).map(|view| view.task.unreadable).sum();
    let tasks_of = |count: usize| amount::counted(count as u64, "task", "tasks");
    match (tasks.len(), waiting.len(), running.len()) {
        (0, ..) => "Nothing was identified yet".to_owned(),
        (_, 0, 0) if unreadable > 0 => {
            let objects = amount::counted(unreadable, "object", "objects");
            format!("Identification is done, but for {objects} that could not be read")
        }
        (_, 0, 0) => "Identification is done".to_owned(),
        (_, 0, running) => format!("{} running", tasks_of(running)),
        (_, waiting, 0) => format!("{} cannot go on", tasks_of(waiting)),
        (_, waiting, running) => format!("{} running, {waiting} cannot go on", tasks_of(running)),
    }
}

/// The newest task of each bucket.
fn newest(tasks: &[TaskView]) -> impl Iterator<Item = &TaskView> {
    let mut seen = std::collections::BTreeSet::new();
    tasks.iter().filter(move |view| seen.insert(&view.task.asset_id))
}

fn nothing() -> Markup {
    state::empty(
        "Authorizing a bucket makes an identification task and runs it at once: it finds keys, personal \
         data and business data in the bucket's objects.",
        &html! {
            p { a.button.main href="/assets?authorization=not_authorized" { "Authorize" } }
        },
    )
}

fn table(tasks: &[TaskView], assets: &BTreeMap<AssetId, Asset>) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { "Bucket" }
                th scope="col" { "State" }
                th scope="col" { "Progress" }
                th scope="col" { "Begun" }
                th scope="col" { "Took" }
                th scope="col" { "Template" }
            } }
            tbody { @for view in tasks { (row(view, assets.get(&view.task.asset_id))) } }
        } }
    }
}

fn row(view: &TaskView, asset: Option<&Asset>) -> Markup {
    let task = &view.task;
    let template = claviger_scan::template(&task.template);
    let authorization = asset.map_or(Authorization::NotAuthorized, |asset| asset.authorization);
    html! {
        tr {
            th.bucket scope="row" {
                a href=(format!("/assets/{}", task.asset_id)) {
                    code { (asset.map_or(task.asset_id.as_str(), |asset| asset.bucket.as_str())) }
                }
            }
            td.state {
                (progress::word(view, authorization))
                @if let Some(error) = &task.error { p.quiet { (error) } }
            }
            td.state { (progress::bar(view)) }
            td { (moment::ago(task.started_at)) }
            td {
                @if let Some(ended) = task.ended_at {
                    (progress::stretch(ended.duration_since(task.started_at).as_secs_f64()))
                    @if task.objects_done > 0 {
                        p.quiet { (progress::rate(view.objects_per_second)) }
                    }
                } @else { "–" }
            }
            td.template {
                @match template {
                    Some(template) => {
                        (template.title()) p.quiet { "version " (template.version()) }
                    }
                    None => (task.template),
                }
            }
        }
    }
}
