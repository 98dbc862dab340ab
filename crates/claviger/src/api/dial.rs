//! The alarm dial: how many alarms a day somebody wants to look at, and what other values would have raised.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_service::{
    DialView as Dial, PreviewResult, PreviewView as Preview, PreviewedAlarm, PreviewedDial, Service,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::Json;
use super::{Problem, Visitor};

/// Days that a preview counts where nobody says.
pub(crate) const DAYS: u16 = 30;

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(dial, turn)).routes(routes!(
        latest_preview,
        preview,
        cancel_preview
    ))
}

/// How the alarm dial stands.
#[derive(Serialize, ToSchema)]
struct DialView {
    /// About how many alarms a day, over all keys.
    alarms_per_day: f64,
    /// What the configuration says: the start, until somebody turns the dial.
    configured: f64,
    /// Since when it stands so, RFC 3339; none where nobody turned it. Accesses from then on are judged by it.
    since: Option<String>,
    /// Who turned it.
    turned_by: Option<String>,
    /// How it stood, the oldest first.
    turns: Vec<DialTurnView>,
}

/// The dial was turned.
#[derive(Serialize, ToSchema)]
struct DialTurnView {
    alarms_per_day: f64,
    /// RFC 3339; 1970 for what stood before the first turn.
    turned_at: String,
    turned_by: String,
}

impl From<Dial> for DialView {
    fn from(dial: Dial) -> Self {
        let latest = dial.latest().cloned();
        Self {
            alarms_per_day: dial.alarms_per_day,
            configured: dial.configured,
            since: latest.as_ref().map(|turn| turn.turned_at.to_string()),
            turned_by: latest.map(|turn| turn.turned_by),
            turns: dial
                .turns
                .into_iter()
                .map(|turn| DialTurnView {
                    alarms_per_day: turn.alarms_per_day,
                    turned_at: turn.turned_at.to_string(),
                    turned_by: turn.turned_by,
                })
                .collect(),
        }
    }
}

/// Where to turn the dial to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TurnDial {
    /// About how many alarms a day, over all keys: 0.001 to 10000.
    alarms_per_day: f64,
}

/// What to preview.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskPreview {
    /// At how many alarms a day; the present value where it is left out.
    alarms_per_day: Option<f64>,
    /// Over how many of the last days, 1 to 365; 30 where it is left out.
    days: Option<u16>,
}

/// What other values of the dial would have raised over the recorded history.
#[derive(Serialize, ToSchema)]
struct DialPreviewView {
    /// `running`, `done`, `failed` or `cancelled`.
    state: String,
    /// The value that was asked for.
    alarms_per_day: f64,
    /// How the dial stood then.
    present: f64,
    days: u16,
    asked_by: String,
    /// RFC 3339.
    asked_at: String,
    /// RFC 3339.
    ended_at: Option<String>,
    /// How far it is, while it runs.
    progress: Option<ProgressView>,
    /// Why it failed, with the way out.
    failure: Option<String>,
    result: Option<PreviewResultView>,
}

/// How far a preview is.
#[derive(Serialize, ToSchema)]
struct ProgressView {
    /// Events that were read so far.
    events: u64,
    /// About how many there are to read; 0 until that is known.
    of: u64,
}

/// What the history would have raised.
#[derive(Serialize, ToSchema)]
struct PreviewResultView {
    /// From when on alarms are counted, RFC 3339.
    since: String,
    /// Up to when, RFC 3339.
    until: String,
    /// From when on habits were learned, RFC 3339; none where no use of a key was read.
    learned_since: Option<String>,
    /// Events that were read.
    events: u64,
    /// Keys used in the time that is counted.
    keys: u64,
    /// Events of earlier days that were left out.
    events_left_out: u64,
    took_ms: u64,
    /// What is to be known before the numbers are believed.
    cautions: Vec<String>,
    /// Each value, the lowest first: the one asked for, the present one, and 1, 5 and 20.
    dials: Vec<PreviewedDialView>,
    /// The alarms of the value asked for, and those of the present one that would be gone, by time.
    alarms: Vec<PreviewedAlarmView>,
    /// Alarms of the value asked for that are not listed.
    alarms_unlisted: u64,
    /// RFC 3339; from then on more alarms are raised than are listed, so that it is not told which are new or gone.
    /// None where all are listed.
    compared_until: Option<String>,
}

/// What one value would have raised.
#[derive(Serialize, ToSchema)]
struct PreviewedDialView {
    alarms_per_day: f64,
    alarms: u64,
    /// Alarms a day, over the days of which anything is known.
    mean: f64,
    /// The day with most alarms, in UTC.
    worst_day: Option<String>,
    /// How many it had.
    worst_alarms: u64,
    /// Keys with an alarm.
    keys: u64,
}

/// An alarm that would have been raised.
#[derive(Serialize, ToSchema)]
struct PreviewedAlarmView {
    id: String,
    /// RFC 3339.
    time: String,
    access_key_id: String,
    /// Log-odds of a stranger, in nats.
    score: f64,
    sentence: String,
    /// Against the present value: `same`, `moved` (it tells of the same access at another time), `new`, `gone`, or
    /// `unknown` where too many alarms are raised to tell.
    change: String,
}

impl From<PreviewedDial> for PreviewedDialView {
    fn from(one: PreviewedDial) -> Self {
        Self {
            alarms_per_day: one.alarms_per_day,
            alarms: one.alarms,
            mean: one.mean,
            worst_day: one.worst.map(|(day, _)| day.to_string()),
            worst_alarms: one.worst.map_or(0, |(_, alarms)| alarms),
            keys: one.keys,
        }
    }
}

impl From<PreviewedAlarm> for PreviewedAlarmView {
    fn from(one: PreviewedAlarm) -> Self {
        Self {
            id: one.id,
            time: one.time.to_string(),
            access_key_id: one.access_key_id.into(),
            score: one.score,
            sentence: one.sentence,
            change: one.change.as_str().to_owned(),
        }
    }
}

impl From<PreviewResult> for PreviewResultView {
    fn from(result: PreviewResult) -> Self {
        Self {
            since: result.since.to_string(),
            until: result.until.to_string(),
            learned_since: result.learned_since.map(|at| at.to_string()),
            events: result.events,
            keys: result.keys,
            events_left_out: result.events_left_out,
            took_ms: result.took_ms,
            cautions: result.cautions,
            dials: result.dials.into_iter().map(PreviewedDialView::from).collect(),
            alarms: result.alarms.into_iter().map(PreviewedAlarmView::from).collect(),
            alarms_unlisted: result.alarms_unlisted,
            compared_until: result.compared_until.map(|at| at.to_string()),
        }
    }
}

impl From<Preview> for DialPreviewView {
    fn from(preview: Preview) -> Self {
        Self {
            state: preview.state.as_str().to_owned(),
            alarms_per_day: preview.asked.alarms_per_day,
            present: preview.asked.present,
            days: preview.asked.days,
            asked_by: preview.asked_by,
            asked_at: preview.asked_at.to_string(),
            ended_at: preview.ended_at.map(|at| at.to_string()),
            progress: preview.progress.map(|(events, of)| ProgressView { events, of }),
            failure: preview.failure,
            result: preview.result.map(PreviewResultView::from),
        }
    }
}

/// How the alarm dial stands.
#[utoipa::path(get, path = "/api/v1/policies/dial", tag = "policies",
    responses((status = 200, body = DialView)))]
async fn dial(State(service): State<Service>, _: Visitor) -> Result<Json<DialView>, Problem> {
    Ok(Json(service.dial().await?.into()))
}

/// Turns the alarm dial: accesses from now on are judged by it; alarms and events that stand are not affected.
#[utoipa::path(put, path = "/api/v1/policies/dial", tag = "policies", request_body = TurnDial,
    responses((status = 200, body = DialView), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn turn(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<TurnDial>,
) -> Result<Json<DialView>, Problem> {
    Ok(Json(service.set_dial(&visitor.actor, body.alarms_per_day).await?.into()))
}

/// The preview that was asked for last: how far it is, or what came of it.
#[utoipa::path(get, path = "/api/v1/policies/dial/preview", tag = "policies",
    responses((status = 200, body = DialPreviewView), (status = 404, body = Problem)))]
async fn latest_preview(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<DialPreviewView>, Problem> {
    let preview = service.dial_preview().await?.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "not_found", "no preview was asked for yet")
            .hint("ask for one: `claviger policy dial 5 --preview`")
    })?;
    Ok(Json(preview.into()))
}

/// Asks what the last days of the recorded history would have raised; it is worked out in the background.
#[utoipa::path(post, path = "/api/v1/policies/dial/preview", tag = "policies",
    request_body = AskPreview,
    responses((status = 202, body = DialPreviewView), (status = 403, body = Problem),
        (status = 409, description = "One is under way", body = Problem),
        (status = 422, body = Problem)))]
async fn preview(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<AskPreview>,
) -> Result<(StatusCode, Json<DialPreviewView>), Problem> {
    let alarms_per_day = match body.alarms_per_day {
        Some(value) => value,
        None => service.dial().await?.alarms_per_day,
    };
    let days = body.days.unwrap_or(DAYS);
    let preview = service.preview_dial(&visitor.actor, alarms_per_day, days).await?;
    Ok((StatusCode::ACCEPTED, Json(preview.into())))
}

/// Stops the preview that is under way.
#[utoipa::path(delete, path = "/api/v1/policies/dial/preview", tag = "policies",
    responses((status = 204), (status = 403, body = Problem),
        (status = 409, description = "None is under way", body = Problem)))]
async fn cancel_preview(
    State(service): State<Service>,
    visitor: Visitor,
) -> Result<StatusCode, Problem> {
    service.cancel_dial_preview(&visitor.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
