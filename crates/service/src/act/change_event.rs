//! What a person does with the work on one risk event: one transition each, told on its timeline.

use claviger_model::{AllowlistScope, RiskEvent, RiskEventId, WorkState};
use claviger_respond::life_cycle::Happening;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{evidence, risk_events, users};
use jiff::Timestamp;
use serde_json::json;

use super::allowlist::{NewAllowance, allow_in};
use super::risk_events::next;
use crate::gather::risk_event::{self, WORK_STATE};
use crate::job::{Kind, enqueue};
use crate::{Act, Actor, Service, ServiceError};

/// Longest words of a person, in bytes.
const WORDS_MAX: usize = 10_000;

/// What a person does with the work on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// "I have seen it."
    Acknowledge,
    /// "It needs no work", with a reason.
    Ignore {
        /// The reason.
        reason: String,
        /// Until when; then it waits for somebody again. `None`: for good.
        until: Option<Timestamp>,
    },
    /// "It needs work again."
    Reopen,
    /// "This one works on it."
    Assign {
        /// The user's name; `None` for nobody.
        to: Option<String>,
    },
    /// "What was found may stand there": the key, or each place of what is no key, is put on the allowlist.
    Allow {
        /// The reason.
        reason: String,
        /// Said twice: also where anybody may read the secret.
        also_public: bool,
    },
    /// Words on the timeline.
    Note {
        /// The words.
        text: String,
    },
}

impl Change {
    /// The word in the API and the audit log.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Ignore { .. } => "ignore",
            Self::Reopen => "reopen",
            Self::Assign { .. } => "assign",
            Self::Allow { .. } => "allow",
            Self::Note { .. } => "note",
        }
    }

    /// The act that it is.
    #[must_use]
    pub fn act(&self) -> Act {
        match self {
            Self::Allow { .. } => Act::SetAllowlist,
            _ => Act::ChangeRiskEvent,
        }
    }
}

impl Service {
    /// Moves the work on an event.
    ///
    /// # Errors
    /// The actor may not, the event does not exist, its state does not allow the change, or the change itself
    /// makes no sense.
    pub async fn change_risk_event(
        &self,
        actor: &Actor,
        id: &RiskEventId,
        change: Change,
    ) -> Result<RiskEvent, ServiceError> {
        self.perform(actor, change.act(), id.as_str(), async {
            self.check_change(&change).await?;
            let mut tx = self.store().write().await?;
            let mut event = risk_events::for_update(&mut tx, id)
                .await?
                .ok_or_else(|| ServiceError::not_found("risk event", id))?;
            apply(&mut tx, actor, &mut event, &change, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages(id.as_str());
            Ok(event)
        })
        .await
    }

    /// Whether a change makes sense, whatever event it is for.
    pub(super) async fn check_change(&self, change: &Change) -> Result<(), ServiceError> {
        match change {
            Change::Acknowledge | Change::Reopen | Change::Assign { to: None } => Ok(()),
            Change::Ignore { reason, until } => {
                reasoned(reason, "an event is ignored for a reason")?;
                if until.is_some_and(|until| until <= self.now()) {
                    let hint = "name an instant to come, or none";
                    return Err(ServiceError::invalid("until", "that is over already", hint));
                }
                Ok(())
            }
            Change::Allow { reason, .. } => reasoned(reason, "what is allowed is so for a reason"),
            Change::Note { text } if text.trim().is_empty() || text.len() > WORDS_MAX => {
                let hint = "say it shorter";
                Err(ServiceError::invalid("text", "a comment has 1 to 10,000 bytes", hint))
            }
            Change::Note { .. } => Ok(()),
            Change::Assign { to: Some(name) } => {
                let mut reader = self.store().read().await?;
                let user = users::by_name(&mut reader, name).await?;
                if user.is_some_and(|user| !user.disabled) {
                    return Ok(());
                }
                let hint = "`claviger users list` names those who can sign in";
                Err(ServiceError::invalid("to", format!("nobody is called `{name}` here"), hint))
            }
        }
    }
}

fn reasoned(reason: &str, words: &'static str) -> Result<(), ServiceError> {
    if reason.trim().is_empty() || reason.len() > WORDS_MAX {
        let hint = "say why, for whoever asks later, in at most 10,000 bytes";
        return Err(ServiceError::invalid("reason", words, hint));
    }
    Ok(())
}

/// Changes an event that is held for it. A refusal has written nothing.
pub(super) async fn apply(
    tx: &mut AnyConnection,
    actor: &Actor,
    event: &mut RiskEvent,
    change: &Change,
    now: Timestamp,
) -> Result<(), ServiceError> {
    match change {
        Change::Acknowledge => {
            work(tx, actor, event, (Happening::Acknowledge, None), String::new(), now).await
        }
        Change::Reopen => {
            work(tx, actor, event, (Happening::Reopen, None), String::new(), now).await
        }
        Change::Ignore { reason, until } => {
            let end = until.map(|until| format!(", until {until}")).unwrap_or_default();
            let words = format!(": {reason}{end}");
            work(tx, actor, event, (Happening::Ignore, *until), words, now).await
        }
        Change::Assign { to } => assign(tx, actor, event, to.as_deref(), now).await,
        Change::Allow { reason, also_public } => {
            allow(tx, actor, event, reason, *also_public, now).await
        }
        Change::Note { text } => note(tx, actor, &event.id, text, now).await,
    }
}

async fn work(
    tx: &mut AnyConnection,
    actor: &Actor,
    event: &mut RiskEvent,
    (happening, until): (Happening, Option<Timestamp>),
    words: String,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let before = event.work_state;
    risk_event::move_to(event, next(before, happening)?);
    event.ignored_until = until;
    risk_events::update(tx, event).await?;
    if let Some(until) = until {
        enqueue(tx, &Kind::EndIgnoring { risk_event_id: event.id.clone() }, until).await?;
    }
    let text = format!("{} → {}{words}", before.title(), event.work_state.title());
    let details = json!({ "before": before, "after": event.work_state, "until": until });
    let by = Some(actor.name.as_str());
    let occasion = now.to_string();
    risk_event::tell_as(tx, &event.id, WORK_STATE, &occasion, now, &text, details, by).await
}

async fn assign(
    tx: &mut AnyConnection,
    actor: &Actor,
    event: &mut RiskEvent,
    to: Option<&str>,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let before = std::mem::replace(&mut event.assigned_to, to.map(str::to_owned));
    if before == event.assigned_to {
        return Ok(());
    }
    risk_events::update(tx, event).await?;
    let text = format!("assigned to {}", to.unwrap_or("nobody"));
    let details = json!({ "before": before, "after": to });
    let by = Some(actor.name.as_str());
    let occasion = now.to_string();
    risk_event::tell_as(tx, &event.id, "assigned", &occasion, now, &text, details, by).await
}

/// Puts what an event is about on the allowlist: its key, or each place of what is no key.
async fn allow(
    tx: &mut AnyConnection,
    actor: &Actor,
    event: &mut RiskEvent,
    reason: &str,
    also_public: bool,
    now: Timestamp,
) -> Result<(), ServiceError> {
    if event.work_state == WorkState::AddedToWhitelist {
        return Err(ServiceError::Conflict {
            message: "all of its evidence is on the allowlist".to_owned(),
            hint: "nothing is left to do".to_owned(),
        });
    }
    let key = event.access_key_id.clone();
    let mut values = match &key {
        Some(key) => vec![(AllowlistScope::Key, key.as_str().to_owned())],
        None => {
            let found = evidence::of_event(tx, &event.id).await?;
            found.into_iter().map(|one| (AllowlistScope::Place, one.location.uri)).collect()
        }
    };
    values.sort_by(|(_, a), (_, b)| a.cmp(b));
    values.dedup();
    if values.is_empty() {
        return Err(ServiceError::Conflict {
            message: "the event has no evidence that could be allowed".to_owned(),
            hint: "ignore it, with a reason".to_owned(),
        });
    }
    for (scope, value) in values {
        let new = NewAllowance {
            scope,
            value,
            access_key_id: key.clone(),
            reason: reason.to_owned(),
            owner: None,
            expires_at: None,
            also_public,
        };
        allow_in(tx, actor, new, now).await?;
    }
    if let Some(now) = risk_events::get(tx, &event.id).await? {
        *event = now;
    }
    Ok(())
}

/// Writes a person's words on the timeline of an event.
pub(super) async fn note(
    tx: &mut AnyConnection,
    actor: &Actor,
    id: &RiskEventId,
    text: &str,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let by = Some(actor.name.as_str());
    risk_event::tell_as(tx, id, "comment", &now.to_string(), now, text, json!({}), by).await
}
