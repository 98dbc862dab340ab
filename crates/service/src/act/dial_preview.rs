//! What other values of the alarm dial would have raised over the recorded history: asked for, followed, stopped.
//! One at a time; what came of it is kept until the next is asked for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use claviger_model::AccessKeyId;
use claviger_store::dial_previews::{self, DialPreview, PreviewEnd, PreviewState};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::dial;
use crate::job::{Kind, enqueue};
use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

/// The most days that are counted: longer ago, hardly anything is as it was.
const DAYS_MAX: u16 = 365;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PreviewAsked {
    /// At how many alarms a day.
    pub alarms_per_day: f64,
    /// How the dial stood when it was asked.
    pub present: f64,
    /// Over how many of the last days.
    pub days: u16,
}

/// What the history would have raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviewResult {
    /// From when on alarms were counted.
    pub since: Timestamp,
    /// Up to when.
    pub until: Timestamp,
    /// From when on habits were learned; none where nothing was read.
    pub learned_since: Option<Timestamp>,
    /// Events that were read.
    pub events: u64,
    /// Keys that made them in the time that is counted.
    pub keys: u64,
    /// Events of days that were left out, since there are more than are read at once.
    pub events_left_out: u64,
    /// How long it took.
    pub took_ms: u64,
    /// What is to be known before the numbers are believed, in sentences.
    pub cautions: Vec<String>,
    /// Each value, the lowest first.
    pub dials: Vec<PreviewedDial>,
    /// The alarms of the value that was asked for, and those that would be gone, in the order of time.
    pub alarms: Vec<PreviewedAlarm>,
    /// Alarms of the value asked for that are not listed.
    pub alarms_unlisted: u64,
    /// From when on there are more alarms than are listed of a value, so that what is new or gone is not told;
    /// none where all are listed.
    pub compared_until: Option<Timestamp>,
}

/// What one value would have raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviewedDial {
    /// The value.
    pub alarms_per_day: f64,
    /// Alarms in all.
    pub alarms: u64,
    /// A day.
    pub mean: f64,
    /// The day with most, in UTC, and how many.
    pub worst: Option<(Date, u64)>,
    /// Keys with an alarm.
    pub keys: u64,
}

/// How an alarm stands against those of the present value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmChange {
    /// The present value raises it, too.
    Same,
    /// The present value tells of the same access at another time.
    Moved,
    /// The present value raises none.
    New,
    /// The present value raises it, the one asked for does not.
    Gone,
    /// None that is listed of the present value tells of it, and not all are.
    Unknown,
}

impl AlarmChange {
    /// Every change, those that say most first.
    pub const ALL: [Self; 5] = [Self::New, Self::Gone, Self::Moved, Self::Same, Self::Unknown];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Moved => "moved",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Unknown => "unknown",
        }
    }
}

/// One alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviewedAlarm {
    /// Its name, as the service would keep it.
    pub id: String,
    /// When.
    pub time: Timestamp,
    /// The key.
    pub access_key_id: AccessKeyId,
    /// Its score in nats.
    pub score: f64,
    /// What happened, in a sentence.
    pub sentence: String,
    /// How it stands against those of the present value.
    pub change: AlarmChange,
}

/// A preview as a person sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewView {
    /// How it fares.
    pub state: PreviewState,
    /// What was asked.
    pub asked: PreviewAsked,
    /// By whom.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Events that were read so far, and how many there are about, while it runs.
    pub progress: Option<(u64, u64)>,
    /// Why it failed.
    pub failure: Option<String>,
    /// What came of it.
    pub result: Option<PreviewResult>,
}

/// The preview at work in this process: how far it is, and whether it is to stop.
#[derive(Debug, Default)]
pub(crate) struct PreviewWork {
    done: AtomicU64,
    total: AtomicU64,
    /// The preview that is to go on.
    wanted: Mutex<Option<String>>,
    stopping: AtomicBool,
}

impl PreviewWork {
    /// One begins.
    pub(crate) fn begin(&self, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// A preview is to go on, and no other.
    pub(crate) fn want(&self, id: &str) {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_owned());
    }

    /// A preview is to go on no longer; another one that was asked for since is.
    fn give_up(&self, id: &str) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.take_if(|wanted| wanted == id);
    }

    /// So many events were read for a preview. Whether it is to go on.
    pub(crate) fn reach(&self, id: &str, done: u64) -> bool {
        self.done.store(done, Ordering::Relaxed);
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.as_deref() == Some(id) && !self.is_stopping()
    }

    /// Whether the service stops.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

impl Service {
    /// The preview that was asked for last.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn dial_preview(&self) -> Result<Option<PreviewView>, ServiceError> {
        let mut reader = self.store().read().await?;
        let latest = dial_previews::latest(&mut reader).await?;
        latest.map(|preview| self.view_of(preview)).transpose()
    }

    /// Asks what the last days of the recorded history would have raised at a value of the dial. It is worked out
    /// in the background.
    ///
    /// # Errors
    /// The actor may only look, a value is none, one is not ended, or the state cannot be written.
    pub async fn preview_dial(
        &self,
        actor: &Actor,
        alarms_per_day: f64,
        days: u16,
    ) -> Result<PreviewView, ServiceError> {
        let subject = format!("alarms_per_day {alarms_per_day}, {days} days");
        self.perform(actor, Act::PreviewDial, &subject, async {
            dial::check(alarms_per_day)?;
            if !(1..=DAYS_MAX).contains(&days) {
                let message = format!("{days} days cannot be counted");
                return Err(ServiceError::invalid("days", message, "give 1 to 365 days"));
            }
            let present = self.dial().await?.alarms_per_day;
            let asked = PreviewAsked { alarms_per_day, present, days };
            let preview = self.new_preview(actor, asked)?;
            let mut tx = self.store().write().await?;
            if !dial_previews::begin(&mut tx, &preview).await? {
                return Err(ServiceError::Conflict {
                    message: "a preview of the alarm dial is under way".to_owned(),
                    hint: "wait for it, or stop it: `claviger policy dial --cancel`".to_owned(),
                });
            }
            self.preview_work().want(&preview.id);
            self.preview_work().begin(0);
            enqueue(&mut tx, &Kind::PreviewDial, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages("policies");
            self.view_of(preview)
        })
        .await
    }

    /// Stops the preview that is under way.
    ///
    /// # Errors
    /// The actor may only look, none is under way, or the state cannot be written.
    pub async fn cancel_dial_preview(&self, actor: &Actor) -> Result<(), ServiceError> {
        self.perform(actor, Act::PreviewDial, "cancel", async {
            let nothing = || ServiceError::Conflict {
                message: "no preview of the alarm dial is under way".to_owned(),
                hint: "ask for one: `claviger policy dial 5 --preview`".to_owned(),
            };
            let mut tx = self.store().write().await?;
            let latest = dial_previews::latest(&mut tx).await?.ok_or_else(nothing)?;
            let end = PreviewEnd::Cancelled;
            if !dial_previews::end(&mut tx, &latest.id, &end, self.now()).await? {
                return Err(nothing());
            }
            // Not before it is kept: what still stands as running would wait for ever.
            tx.commit().await?;
            self.preview_work().give_up(&latest.id);
            self.tell_pages("policies");
            Ok(())
        })
        .await
    }

    fn new_preview(&self, actor: &Actor, asked: PreviewAsked) -> Result<DialPreview, ServiceError> {
        Ok(DialPreview {
            id: hex::encode(entropy()?),
            state: PreviewState::Running,
            asked: serde_json::to_value(asked)
                .map_err(|error| ServiceError::Internal(error.to_string()))?,
            asked_by: actor.name.clone(),
            asked_at: self.now(),
            ended_at: None,
            failure: None,
            result: None,
        })
    }

    fn view_of(&self, preview: DialPreview) -> Result<PreviewView, ServiceError> {
        let broken = |error| ServiceError::Internal(format!("the preview has no form: {error}"));
        let is_running = preview.state == PreviewState::Running;
        Ok(PreviewView {
            state: preview.state,
            asked: serde_json::from_value(preview.asked).map_err(broken)?,
            asked_by: preview.asked_by,
            asked_at: preview.asked_at,
            ended_at: preview.ended_at,
            progress: is_running.then(|| self.preview_work().progress()),
            failure: preview.failure,
            result: preview.result.map(serde_json::from_value).transpose().map_err(broken)?,
        })
    }

    /// Lets the preview at work end when the service is to stop; it begins anew with the next start.
    pub(crate) async fn stop_previews(&self, mut stop: tokio::sync::watch::Receiver<bool>) {
        self.preview_work().stopping.store(false, Ordering::Relaxed);
        // Nobody left who could tell it means the same.
        drop(stop.wait_for(|stops| *stops).await);
        self.preview_work().stopping.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giving_a_preview_up_leaves_one_that_was_asked_for_since() {
        let work = PreviewWork::default();
        work.want("one");
        work.give_up("one");
        assert!(!work.reach("one", 1));
        work.want("two");
        work.give_up("one");
        assert!(work.reach("two", 1));
    }
}
