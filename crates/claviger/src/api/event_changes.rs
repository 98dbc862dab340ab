//! What is done with the work on risk events: of one, and of many at once.

use axum::extract::State;
use claviger_model::{RiskEventId, WorkState};
use claviger_service::{Answered, Change, Chosen, NotChanged, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path, Query};
use super::event_body::EventView;
use super::event_filter::{Where, time};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(change)).routes(routes!(count)).routes(routes!(change_many))
}

/// What to do with the work on an event.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
enum ChangeBody {
    /// "I have seen it."
    Acknowledge,
    /// "It needs no work."
    Ignore {
        /// For whoever asks later.
        reason: String,
        /// RFC 3339: then it waits for somebody again; for good unless given.
        until: Option<String>,
    },
    /// "It needs work again."
    Reopen,
    /// "This one works on it."
    Assign {
        /// A user's name; nobody unless given.
        to: Option<String>,
    },
    /// Its key, or each place of what is no key, is put on the allowlist.
    Allow {
        /// For whoever asks later.
        reason: String,
        /// Said twice: also where anybody may read the secret.
        #[serde(default)]
        also_public: bool,
    },
    /// Words on its timeline.
    Note {
        /// The words.
        text: String,
    },
}

impl ChangeBody {
    fn parse(self) -> Result<Change, Problem> {
        Ok(match self {
            Self::Acknowledge => Change::Acknowledge,
            Self::Ignore { reason, until } => {
                let until = until.as_deref().map(|text| time("until", text)).transpose()?;
                Change::Ignore { reason, until }
            }
            Self::Reopen => Change::Reopen,
            Self::Assign { to } => Change::Assign { to },
            Self::Allow { reason, also_public } => Change::Allow { reason, also_public },
            Self::Note { text } => Change::Note { text },
        })
    }
}

/// Which risk events are changed, and how: `ids`, or `where` with the `token` of its count.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeMany {
    /// At most 10,000.
    ids: Option<Vec<String>>,
    /// All that fit, if they are those that were counted.
    #[serde(rename = "where")]
    filter: Option<Where>,
    /// What `GET /api/v1/events/count` told.
    token: Option<String>,
    /// What to do with each.
    #[serde(rename = "do")]
    change: ChangeBody,
}

impl ChangeMany {
    fn chosen(
        ids: Option<Vec<String>>,
        filter: Option<Where>,
        token: Option<String>,
    ) -> Result<Chosen, Problem> {
        match (ids, filter, token) {
            (Some(ids), None, None) => {
                Ok(Chosen::Ids(ids.into_iter().map(RiskEventId::from).collect()))
            }
            (None, Some(filter), Some(token)) => {
                Ok(Chosen::Where { filter: Box::new(filter.parse()?), token })
            }
            (None, Some(_), None) => Err(Problem::field(
                "token",
                "the events that fit are changed by the token of their count",
                "ask `GET /api/v1/events/count` with the same words first",
            )),
            _ => Err(Problem::field(
                "ids",
                "events are named by `ids`, or by `where` with `token`",
                "give one of the two",
            )),
        }
    }
}

/// How many risk events fit.
#[derive(Serialize, ToSchema)]
struct CountView {
    count: u64,
    /// Names these very events to a bulk change; none where they are more than 10,000.
    token: Option<String>,
}

/// What became of many risk events.
#[derive(Serialize, ToSchema)]
struct ChangedView {
    changed: usize,
    refused: usize,
    /// One each, in the order in which they were named.
    events: Vec<AnsweredView>,
}

/// What became of one of them.
#[derive(Serialize, ToSchema)]
struct AnsweredView {
    id: String,
    /// Whether it was changed.
    done: bool,
    /// How far the work on it is, where it was changed.
    work_state: Option<String>,
    /// A stable word where it was not: `conflict`, `not_found`, …
    code: Option<String>,
    /// Why it was not.
    why: Option<String>,
    /// The way out.
    hint: Option<String>,
}

impl From<Answered> for AnsweredView {
    fn from(answered: Answered) -> Self {
        let (state, refused) = match answered.outcome {
            Ok(state) => (Some(state), None),
            Err(refused) => (None, Some(refused)),
        };
        let NotChanged { code, why, hint } = match refused {
            Some(refused) => refused,
            None => NotChanged { code: "", why: String::new(), hint: None },
        };
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            id: answered.id.to_string(),
            done: state.is_some(),
            work_state: state.map(WorkState::as_str).map(str::to_owned),
            code: filled(code.to_owned()),
            why: filled(why),
            hint,
        }
    }
}

/// Acknowledges, ignores, reopens, assigns, allows or comments an event.
#[utoipa::path(post, path = "/api/v1/events/{id}/change", tag = "events",
    params(("id" = String, Path)), request_body = ChangeBody,
    responses((status = 200, body = EventView), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn change(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<ChangeBody>,
) -> Result<Json<EventView>, Problem> {
    let id = RiskEventId::from(id);
    let event = service.change_risk_event(&visitor.actor, &id, body.parse()?).await?;
    Ok(Json(event.into()))
}

/// How many risk events fit, and the token by which these very events can be changed.
#[utoipa::path(get, path = "/api/v1/events/count", tag = "events", params(Where),
    responses((status = 200, body = CountView), (status = 422, body = Problem)))]
async fn count(
    State(service): State<Service>,
    _: Visitor,
    Query(which): Query<Where>,
) -> Result<Json<CountView>, Problem> {
    let counted = service.count_risk_events(&which.parse()?).await?;
    Ok(Json(CountView { count: counted.count, token: counted.token }))
}

/// Does the same with many risk events. Each has its answer; what cannot be changed stops no other. 409 where others
/// fit now than were counted: then nothing was changed.
#[utoipa::path(post, path = "/api/v1/events/change", tag = "events", request_body = ChangeMany,
    responses((status = 200, body = ChangedView), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn change_many(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<ChangeMany>,
) -> Result<Json<ChangedView>, Problem> {
    let chosen = ChangeMany::chosen(body.ids, body.filter, body.token)?;
    let change = body.change.parse()?;
    let answers = service.change_risk_events(&visitor.actor, chosen, change).await?;
    let changed = answers.iter().filter(|answer| answer.outcome.is_ok()).count();
    Ok(Json(ChangedView {
        changed,
        refused: answers.len() - changed,
        events: answers.into_iter().map(AnsweredView::from).collect(),
    }))
}
