//! The same change of many risk events: those that are named, or all that a filter means and a person has seen the
//! number of. Each is answered for; what cannot be changed stops no other.

use std::collections::{HashMap, HashSet};

use claviger_model::{RiskEvent, RiskEventId, WorkState};
use claviger_store::risk_events::{self, RiskEventFilter};
use claviger_store::{Conn, audit};
use jiff::Timestamp;
use serde_json::json;

use super::change_event::{Change, apply};
use crate::{Actor, Service, ServiceError, chain};

/// Events that one request changes.
pub const EVENTS_MAX: usize = 10_000;

/// Events changed in one transaction: few enough that other writers wait for a fraction of a second.
const BATCH: usize = 200;

/// Events whose own pages are told; of more, the list is.
const TOLD_MAX: usize = 100;

/// Characters of the mark of a set of events: nobody meets another set by chance.
const MARK_BYTES: usize = 8;

/// Which events are changed.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// These.
    Ids(Vec<RiskEventId>),
    /// All that a filter means, if they are the ones that were counted.
    Where {
        /// The filter; its page and limit do not count.
        filter: Box<RiskEventFilter>,
        /// What [`Service::count_risk_events`] told.
        token: String,
    },
}

/// How many events a filter means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub count: u64,
    /// Names these very events to [`Chosen::Where`]; `None` where they are more than [`EVENTS_MAX`].
    pub token: Option<String>,
}

/// What became of one event.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The event.
    pub id: RiskEventId,
    /// How far the work on it is now, or why it was not changed.
    pub outcome: Result<WorkState, NotChanged>,
}

/// Why an event was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChanged {
    /// A stable word: `not_found`, `conflict`, …
    pub code: &'static str,
    /// Why.
    pub why: String,
    /// The way out.
    pub hint: Option<String>,
}

impl From<ServiceError> for NotChanged {
    fn from(error: ServiceError) -> Self {
        Self { code: error.code(), why: chain(&error), hint: error.hint() }
    }
}

impl Service {
    /// How many events a filter means, and the token that names them.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn count_risk_events(
        &self,
        filter: &RiskEventFilter,
    ) -> Result<Counted, ServiceError> {
        let mut reader = self.store().read().await?;
        let ids = all_ids(&mut reader, filter).await?;
        if ids.len() > EVENTS_MAX {
            let filter = RiskEventFilter { after: None, ..filter.clone() };
            let count = risk_events::count(&mut reader, &filter).await?;
            return Ok(Counted { count, token: None });
        }
        Ok(Counted { count: ids.len() as u64, token: Some(self.token_of(&ids)?) })
    }

    /// Changes many events. One answer each, in the order in which they were named. Goes on to its end even if
    /// nobody waits for the answer any more.
    ///
    /// # Errors
    /// The actor may not, the change makes no sense, too many events or none are meant, or the filter means other
    /// events than those that were counted. Then nothing was changed.
    pub async fn change_risk_events(
        &self,
        actor: &Actor,
        chosen: Chosen,
        change: Change,
    ) -> Result<Vec<Answered>, ServiceError> {
        let (service, actor) = (self.clone(), actor.clone());
        let work = tokio::spawn(async move {
            let subject = format!("{} many risk events", change.as_str());
            let work = service.change_all(&actor, chosen, &change);
            service.perform(&actor, change.act(), &subject, work).await
        });
        work.await.map_err(|fault| ServiceError::Internal(format!("the change broke: {fault}")))?
    }

    async fn change_all(
        &self,
        actor: &Actor,
        chosen: Chosen,
        change: &Change,
    ) -> Result<Vec<Answered>, ServiceError> {
        self.check_change(change).await?;
        let ids = self.ids_of(chosen).await?;
        let mut answers: Vec<Answered> = Vec::with_capacity(ids.len());
        for (number, batch) in ids.chunks(BATCH).enumerate() {
            match self.change_batch(actor, batch, change).await {
                Ok(some) => answers.extend(some),
                Err(error) if number == 0 => return Err(error),
                Err(error) => {
                    // What was changed stays so and is told; of the rest nothing was.
                    let why = NotChanged::from(error);
                    let left = ids.iter().skip(answers.len()).cloned();
                    answers.extend(left.map(|id| Answered { id, outcome: Err(why.clone()) }));
                    break;
                }
            }
            self.wake_workers();
        }
        for id in ids.iter().filter(|_| ids.len() <= TOLD_MAX) {
            self.tell_pages(id.as_str());
        }
        self.tell_pages("events");
        Ok(answers)
    }

    /// The events that are meant, each once.
    async fn ids_of(&self, chosen: Chosen) -> Result<Vec<RiskEventId>, ServiceError> {
        let too_many = |field, count: usize| {
            let words = format!("{count} events are more than the {EVENTS_MAX} of one request");
            Err(ServiceError::invalid(field, words, "name fewer, and the rest in another request"))
        };
        match chosen {
            Chosen::Ids(ids) => {
                let mut seen = HashSet::new();
                let ids: Vec<_> = ids.into_iter().filter(|id| seen.insert(id.clone())).collect();
                match ids.len() {
                    0 => {
                        Err(ServiceError::invalid("ids", "no event is named", "name one at least"))
                    }
                    count if count > EVENTS_MAX => too_many("ids", count),
                    _ => Ok(ids),
                }
            }
            Chosen::Where { filter, token } => {
                let mut reader = self.store().read().await?;
                let ids = all_ids(&mut reader, &filter).await?;
                if ids.len() > EVENTS_MAX {
                    return too_many("where", ids.len());
                }
                if self.token_of(&ids)? != token {
                    let message = format!(
                        "these are not the events that were counted: now {} match",
                        ids.len()
                    );
                    let hint = "look at them and count them again".to_owned();
                    return Err(ServiceError::Conflict { message, hint });
                }
                Ok(ids)
            }
        }
    }

    /// Names a set of events: their number, and a mark that no other set has.
    fn token_of(&self, ids: &[RiskEventId]) -> Result<String, ServiceError> {
        let mut sorted: Vec<&str> = ids.iter().map(RiskEventId::as_str).collect();
        sorted.sort_unstable();
        let mark = self.vault().tag("events", &sorted.join("\n"))?;
        Ok(format!("{}-{}", ids.len(), hex::encode(&mark[..MARK_BYTES])))
    }

    /// Changes some events in one transaction, with one line of the audit log that names them all.
    async fn change_batch(
        &self,
        actor: &Actor,
        ids: &[RiskEventId],
        change: &Change,
    ) -> Result<Vec<Answered>, ServiceError> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        let held = risk_events::all_for_update(&mut tx, ids).await?;
        let mut held: HashMap<RiskEventId, RiskEvent> =
            held.into_iter().map(|event| (event.id.clone(), event)).collect();
        let mut answers = Vec::with_capacity(ids.len());
        for id in ids {
            let outcome = match held.get_mut(id) {
                Some(event) => change_one(&mut tx, actor, event, change, now).await?,
                None => Err(ServiceError::not_found("risk event", id).into()),
            };
            answers.push(Answered { id: id.clone(), outcome });
        }
        let (done, refused): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.outcome.is_ok());
        let details = json!({
            "change": change.as_str(),
            "done": done.iter().map(|one| &one.id).collect::<Vec<_>>(),
            "refused": refused.iter().map(|one| &one.id).collect::<Vec<_>>(),
        });
        let subject = format!("{} risk events", ids.len());
        let act = change.act().as_str();
        let who = actor.in_audit_log();
        audit::append(&mut tx, now, &who, act, &subject, "done", &details).await?;
        tx.commit().await?;
        Ok(answers)
    }
}

/// Changes one event; what it does not allow is its answer, what the database meets ends the batch.
async fn change_one(
    tx: &mut Conn,
    actor: &Actor,
    event: &mut RiskEvent,
    change: &Change,
    now: Timestamp,
) -> Result<Result<WorkState, NotChanged>, ServiceError> {
    match apply(tx, actor, event, change, now).await {
        Ok(()) => Ok(Ok(event.work_state)),
        Err(error @ (ServiceError::Conflict { .. } | ServiceError::Invalid { .. })) => {
            Ok(Err(error.into()))
        }
        Err(error) => Err(error),
    }
}

/// All that a filter means, and one more than may be changed at once where they are too many.
async fn all_ids(
    reader: &mut Conn,
    filter: &RiskEventFilter,
) -> Result<Vec<RiskEventId>, ServiceError> {
    let limit = u32::try_from(EVENTS_MAX + 1).unwrap_or(u32::MAX);
    let all = RiskEventFilter { after: None, limit, ..filter.clone() };
    Ok(risk_events::ids(reader, &all).await?)
}
