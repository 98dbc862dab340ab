//! Risk events: listed, looked at, moved through their life.

use claviger_history::DroppedDays;
use claviger_model::{
    AccessKeyId, ConnectionId, Delivery, Evidence, KeyUsage, Plan, RiskEvent, RiskEventId,
    WorkState,
};
use claviger_respond::life_cycle::{self, Happening};
use claviger_store::risk_events::{self, RiskCount, RiskEventFilter};
use claviger_store::timeline::{self, TimelineEntry};
use claviger_store::{AlarmRow, alarms, deliveries, evidence, plans};
use jiff::Timestamp;

use super::change_event::Change;
use crate::gather::usage;
use crate::{Actor, Service, ServiceError};

/// Alarms of one answer.
const ALARMS_MAX: u32 = 500;

/// Lines of a timeline that one answer holds.
const TIMELINE_MAX: u32 = 1000;

/// Messages of one event that one answer holds.
const DELIVERIES_MAX: u32 = 100;

/// Everything about one risk event.
#[derive(Debug, Clone)]
pub struct EventDetails {
    /// The event.
    pub event: RiskEvent,
    /// Where its key was seen.
    pub evidence: Vec<Evidence>,
    /// What was done with the key since the leak.
    pub usage: KeyUsage,
    /// Days since the leak that the history dropped, the oldest first.
    pub days_not_kept: Vec<DroppedDays>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Its plans, newest first.
    pub plans: Vec<Plan>,
    /// Its messages, newest first.
    pub deliveries: Vec<Delivery>,
}

impl Service {
    /// Risk events, latest first.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn risk_events(
        &self,
        filter: &RiskEventFilter,
    ) -> Result<Vec<RiskEvent>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(risk_events::list(&mut reader, filter).await?)
    }

    /// How many risk events there are of each type, level and state.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn risk_counts(&self) -> Result<Vec<RiskCount>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(risk_events::counts(&mut reader).await?.alike)
    }

    /// One risk event.
    ///
    /// # Errors
    /// It does not exist.
    pub async fn risk_event(&self, id: &RiskEventId) -> Result<RiskEvent, ServiceError> {
        let mut reader = self.store().read().await?;
        risk_events::get(&mut reader, id)
            .await?
            .ok_or_else(|| ServiceError::not_found("risk event", id))
    }

    /// The latest alarms of a risk event, those that stand no longer among them; the oldest first.
    ///
    /// # Errors
    /// It does not exist.
    pub async fn alarms_of(&self, id: &RiskEventId) -> Result<Vec<AlarmRow>, ServiceError> {
        self.risk_event(id).await?;
        let mut reader = self.store().read().await?;
        Ok(alarms::of_event(&mut reader, id, ALARMS_MAX).await?)
    }

    /// Everything about one risk event.
    ///
    /// # Errors
    /// It does not exist, or the history cannot be read.
    pub async fn event_details(&self, id: &RiskEventId) -> Result<EventDetails, ServiceError> {
        let event = self.risk_event(id).await?;
        let mut reader = self.store().read().await?;
        let evidence = evidence::of_event(&mut reader, id).await?;
        drop(reader);
        let leak = leak_in(&event, &evidence);
        let (usage, days_not_kept) = match &event.access_key_id {
            Some(key) => {
                (self.usage_since(key, leak.clone()).await?, self.days_not_kept(leak.1).await?)
            }
            None => (KeyUsage::default(), Vec::new()),
        };
        let mut reader = self.store().read().await?;
        Ok(EventDetails {
            evidence,
            timeline: timeline::of_event(&mut reader, id, TIMELINE_MAX).await?,
            plans: plans::of_event(&mut reader, id).await?,
            deliveries: deliveries::list(&mut reader, Some(id), None, DELIVERIES_MAX).await?,
            usage,
            days_not_kept,
            event,
        })
    }

    /// Every change of an event's states, oldest first: of the work, the key, evidence, the level.
    ///
    /// # Errors
    /// It does not exist.
    pub async fn history_of_event(
        &self,
        id: &RiskEventId,
    ) -> Result<Vec<TimelineEntry>, ServiceError> {
        self.risk_event(id).await?;
        let mut reader = self.store().read().await?;
        Ok(timeline::changes(&mut reader, id, TIMELINE_MAX).await?)
    }

    /// What was done with the key of an event since its leak.
    pub(crate) async fn usage_of(&self, event: &RiskEvent) -> Result<KeyUsage, ServiceError> {
        let Some(key) = &event.access_key_id else { return Ok(KeyUsage::default()) };
        self.usage_since(key, self.leak_of(event).await?).await
    }

    async fn usage_since(
        &self,
        key: &AccessKeyId,
        (connection_id, leaked_at): Leak,
    ) -> Result<KeyUsage, ServiceError> {
        let past = usage::of_key(self, key, connection_id.as_ref(), leaked_at).await?;
        Ok(std::sync::Arc::unwrap_or_clone(past.usage))
    }

    /// In which account the key of an event leaked, and since when anybody could read it.
    pub(super) async fn leak_of(&self, event: &RiskEvent) -> Result<Leak, ServiceError> {
        let mut reader = self.store().read().await?;
        let found = evidence::of_event(&mut reader, &event.id).await?;
        Ok(leak_in(event, &found))
    }

    /// Writes a person's words on the timeline of an event.
    ///
    /// # Errors
    /// The event does not exist, or there are no words.
    pub async fn comment(
        &self,
        actor: &Actor,
        id: &RiskEventId,
        text: &str,
    ) -> Result<(), ServiceError> {
        let change = Change::Note { text: text.to_owned() };
        self.change_risk_event(actor, id, change).await.map(drop)
    }
}

/// In which account a key leaked, and since when anybody could read it.
type Leak = (Option<ConnectionId>, Option<Timestamp>);

/// The leak that evidence of an event tells of.
fn leak_in(event: &RiskEvent, found: &[Evidence]) -> Leak {
    let leaked_at = found.iter().map(|found| found.readable_since.unwrap_or(found.found_at)).min();
    let connection_id = event
        .connection_id
        .clone()
        .or_else(|| found.iter().find_map(|found| found.connection_id.clone()));
    (connection_id, leaked_at)
}

/// The next state of the work, or what stands in the way.
pub(crate) fn next(before: WorkState, happening: Happening) -> Result<WorkState, ServiceError> {
    life_cycle::next(before, happening)
        .map_err(|error| ServiceError::Conflict { message: error.to_string(), hint: error.hint() })
}
