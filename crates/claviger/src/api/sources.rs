//! Where log lines come from, and how every source fares.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::Secret;
use claviger_service::{NewSource, Service, ServiceError, SourceView};
use claviger_store::GapKind;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::source_body::{FeedView, LogSourceView, address_of, view};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove)).routes(routes!(rotate))
}

/// A source to be set up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSourceBody {
    /// 1 to 64 letters, digits, `-`, `_` or `.`.
    name: String,
    feed: FeedView,
    /// The lines' format; recognised by itself unless given.
    log_format: Option<String>,
    /// The connection whose keys its requesters are; any unless given.
    connection_id: Option<String>,
    /// Shared key or password of the feed.
    secret: Option<String>,
}

/// A source with the token to send to it, which is told once.
#[derive(Serialize, ToSchema)]
struct SourceWithToken {
    id: String,
    name: String,
    kind: String,
    /// Where its lines are sent to.
    address: Option<String>,
    token: Option<String>,
}

/// Every source of log lines, and how it fares.
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources",
    responses((status = 200, body = [LogSourceView])))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<Vec<LogSourceView>>, Problem> {
    let all = service.sources().await?;
    Ok(Json(all.into_iter().map(|one| view(&service, one)).collect()))
}

/// Sets up a source. One that is sent to has a token, which is told once.
#[utoipa::path(post, path = "/api/v1/sources", tag = "sources", request_body = NewSourceBody,
    responses((status = 201, body = SourceWithToken), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn add(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<NewSourceBody>,
) -> Result<(StatusCode, Json<SourceWithToken>), Problem> {
    let new = NewSource {
        name: body.name,
        feed: body.feed.into(),
        log_format: body.log_format,
        connection_id: body.connection_id.map(Into::into),
        secret: body.secret.map(Secret::new),
    };
    let (source, token) = service.add_source(&visitor.actor, new).await?;
    let address = token.as_ref().map(|_| address_of(&service, &source.name));
    let told = SourceWithToken {
        id: source.id.to_string(),
        kind: source.feed.kind().to_owned(),
        address,
        name: source.name,
        token: token.map(|token| token.reveal().to_owned()),
    };
    Ok((StatusCode::CREATED, Json(told)))
}

/// How long the former token is still taken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// An hour unless given; 0 for a token that leaked.
    grace_seconds: Option<u32>,
}

/// A former token is taken for an hour, so that senders can be told the new one without losing a line.
const GRACE_SECONDS: u32 = 3600;

/// Gives a source another token, which is told once.
#[utoipa::path(post, path = "/api/v1/sources/{source}/token", tag = "sources",
    params(("source" = String, Path, description = "Name or id")), request_body = Rotation,
    responses((status = 200, body = SourceWithToken), (status = 404, body = Problem)))]
async fn rotate(
    State(service): State<Service>,
    visitor: Visitor,
    Path(name): Path<String>,
    Json(body): Json<Rotation>,
) -> Result<Json<SourceWithToken>, Problem> {
    let grace = SignedDuration::from_secs(body.grace_seconds.unwrap_or(GRACE_SECONDS).into());
    let (source, token) = service.rotate_source(&visitor.actor, &name, grace).await?;
    Ok(Json(SourceWithToken {
        id: source.id.to_string(),
        kind: source.feed.kind().to_owned(),
        address: Some(address_of(&service, &source.name)),
        name: source.name,
        token: Some(token.reveal().to_owned()),
    }))
}

/// Removes a source. Its events stay in the history.
#[utoipa::path(delete, path = "/api/v1/sources/{source}", tag = "sources",
    params(("source" = String, Path, description = "Name or id")),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(service): State<Service>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    service.remove_source(&visitor.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A number of each source for Prometheus: its name, its type, and how it is read.
type Metric = (&'static str, &'static str, fn(&SourceView) -> Option<f64>);

#[expect(clippy::cast_precision_loss, reason = "Prometheus counts in doubles")]
const METRICS: [Metric; 9] = [
    ("lines_total", "counter", |view| Some(view.progress.as_ref()?.lines as f64)),
    ("events_total", "counter", |view| Some(view.progress.as_ref()?.events as f64)),
    ("rejected_total", "counter", |view| Some(view.progress.as_ref()?.rejected as f64)),
    ("bytes_total", "counter", |view| Some(view.progress.as_ref()?.bytes as f64)),
    ("lag_seconds", "gauge", |view| Some(view.progress.as_ref()?.lag_ms? as f64 / 1000.0)),
    ("last_line_timestamp_seconds", "gauge", |view| {
        Some(view.progress.as_ref()?.last_line_at?.as_millisecond() as f64 / 1000.0)
    }),
    ("last_read_timestamp_seconds", "gauge", |view| {
        Some(view.progress.as_ref()?.last_read_at?.as_millisecond() as f64 / 1000.0)
    }),
    ("backlog", "gauge", |view| Some(view.progress.as_ref()?.backlog.as_ref()?.0 as f64)),
    ("failing", "gauge", |view| {
        Some(f64::from(view.progress.as_ref().is_some_and(|known| known.failure.is_some())))
    }),
];

/// How every source fares, for Prometheus.
pub(super) async fn metrics(service: &Service) -> Result<String, ServiceError> {
    let views = service.sources().await?;
    let mut text = String::new();
    let mut write = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        text.write_fmt(line).ok();
    };
    for (name, kind, read) in METRICS {
        write(format_args!("# TYPE claviger_source_{name} {kind}\n"));
        for view in &views {
            let Some(value) = read(view) else { continue };
            let (source, kind) = (&view.name, view.kind());
            write(format_args!(
                "claviger_source_{name}{{source=\"{source}\",kind=\"{kind}\"}} {value}\n"
            ));
        }
    }
    write(format_args!("# TYPE claviger_source_gap_seconds gauge\n"));
    for view in &views {
        for kind in GapKind::ALL {
            let gaps = view.gaps.iter().filter(|gap| gap.kind == kind);
            let seconds: f64 = gaps
                .map(|gap| gap.ended_at.duration_since(gap.begun_at).as_secs_f64())
                .fold(0.0, |a, b| a + b);
            write(format_args!(
                "claviger_source_gap_seconds{{source=\"{}\",kind=\"{}\",gap=\"{}\"}} {seconds}\n",
                view.name,
                view.kind(),
                kind.as_str()
            ));
        }
    }
    Ok(text)
}
