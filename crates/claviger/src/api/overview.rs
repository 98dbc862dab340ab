//! The overview: what needs somebody now, what leaked from where, what is not watched.

use std::fmt::Write;

use axum::extract::State;
use claviger_service::{Overview, Service, ServiceError};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::Json;
use super::event_body::EventView;
use super::health::ConditionView;
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(overview))
}

/// What the overview page shows.
#[derive(Serialize, ToSchema)]
struct OverviewView {
    /// Open events, worst first, at most five.
    open: Vec<EventView>,
    counts: Vec<CountView>,
    leaks: Vec<LeakView>,
    /// Storage authorization statistics.
    assets: Vec<StatisticsView>,
    unwatched: Vec<UnwatchedView>,
    /// Risk types whose policy is disabled.
    disabled: Vec<String>,
    messages_waiting: u64,
    conditions: Vec<ConditionView>,
    at: String,
}

/// How many events there are of one type, level and state.
#[derive(Serialize, ToSchema)]
struct CountView {
    risk_type: String,
    level: String,
    work_state: String,
    count: u64,
}

/// How many keys leaked by one source.
#[derive(Serialize, ToSchema)]
struct LeakView {
    source: String,
    all: u64,
    unhandled: u64,
}

/// Storage authorization statistics of one provider.
#[derive(Serialize, ToSchema)]
struct StatisticsView {
    provider: String,
    authorized: u64,
    not_authorized: u64,
    failed: u64,
    bytes_authorized: u64,
}

/// An authorized bucket whose access nobody sees.
#[derive(Serialize, ToSchema)]
struct UnwatchedView {
    asset_id: String,
    bucket: String,
    why: String,
}

impl From<Overview> for OverviewView {
    fn from(overview: Overview) -> Self {
        Self {
            open: overview.open.into_iter().map(EventView::from).collect(),
            counts: overview
                .counts
                .into_iter()
                .map(|count| CountView {
                    risk_type: count.risk_type.as_str().to_owned(),
                    level: count.level.as_str().to_owned(),
                    work_state: count.work_state.as_str().to_owned(),
                    count: count.count,
                })
                .collect(),
            leaks: overview
                .leaks
                .into_iter()
                .map(|leak| LeakView {
                    source: leak.source.as_str().to_owned(),
                    all: leak.all,
                    unhandled: leak.unhandled,
                })
                .collect(),
            assets: overview
                .assets
                .into_iter()
                .map(|statistics| StatisticsView {
                    provider: statistics.provider.as_str().to_owned(),
                    authorized: statistics.authorized,
                    not_authorized: statistics.not_authorized,
                    failed: statistics.failed,
                    bytes_authorized: statistics.bytes_authorized,
                })
                .collect(),
            unwatched: overview
                .unwatched
                .into_iter()
                .map(|unwatched| UnwatchedView {
                    asset_id: unwatched.asset.id.to_string(),
                    bucket: unwatched.asset.bucket,
                    why: unwatched.why,
                })
                .collect(),
            disabled: overview.disabled.iter().map(|kind| kind.as_str().to_owned()).collect(),
            messages_waiting: overview.messages_waiting,
            conditions: overview.conditions.into_iter().map(ConditionView::from).collect(),
            at: overview.at.to_string(),
        }
    }
}

/// What needs somebody now, what leaked from where, what is not watched.
#[utoipa::path(get, path = "/api/v1/overview", tag = "overview",
    responses((status = 200, body = OverviewView)))]
async fn overview(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<OverviewView>, Problem> {
    Ok(Json(service.overview().await?.into()))
}

/// The same numbers for Prometheus.
pub(super) async fn metrics(service: &Service) -> Result<String, ServiceError> {
    let overview = service.overview().await?;
    let history = service.history_state().await?;
    let mut text = String::new();
    let mut line = |head: &str, rows: &mut dyn Iterator<Item = (String, u64)>| {
        text.push_str(head);
        for (labels, value) in rows {
            // Writing to a string cannot fail.
            writeln!(text, "{labels} {value}").ok();
        }
    };
    line(
        "# TYPE claviger_risk_events gauge\n",
        &mut overview.counts.iter().map(|count| {
            let labels = format!(
                "claviger_risk_events{{risk_type=\"{}\",level=\"{}\",work_state=\"{}\"}}",
                count.risk_type.as_str(),
                count.level.as_str(),
                count.work_state.as_str()
            );
            (labels, count.count)
        }),
    );
    line(
        "# TYPE claviger_assets gauge\n",
        &mut overview.assets.iter().flat_map(|statistics| {
            let provider = statistics.provider.as_str();
            [
                ("authorized", statistics.authorized),
                ("not_authorized", statistics.not_authorized),
                ("failed", statistics.failed),
            ]
            .map(|(state, count)| {
                let labels =
                    format!("claviger_assets{{provider=\"{provider}\",authorization=\"{state}\"}}");
                (labels, count)
            })
        }),
    );
    line(
        "# TYPE claviger_messages_waiting gauge\n",
        &mut std::iter::once(("claviger_messages_waiting".to_owned(), overview.messages_waiting)),
    );
    line(
        "# TYPE claviger_conditions gauge\n",
        &mut std::iter::once(("claviger_conditions".to_owned(), overview.conditions.len() as u64)),
    );
    let (keys, bytes) = service.keys_in_memory().await;
    let kept_for = service.events_kept_for().await.as_secs();
    for (name, value) in [
        ("claviger_events_kept_for_seconds", u64::try_from(kept_for).unwrap_or_default()),
        ("claviger_assets_unwatched", overview.unwatched.len() as u64),
        ("claviger_keys_in_memory", keys as u64),
        ("claviger_keys_in_memory_bytes", bytes as u64),
        ("claviger_history_bytes", history.bytes),
        ("claviger_history_days", history.days),
        ("claviger_history_damaged_files", history.damage.len() as u64),
    ] {
        line(&format!("# TYPE {name} gauge\n"), &mut std::iter::once((name.to_owned(), value)));
    }
    Ok(text)
}
