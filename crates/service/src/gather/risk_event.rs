//! Opens a risk event, moves it through its life, and writes its timeline.

use claviger_model::{
    AccessKeyId, CloudKeyStatus, KeyState, KeyStatus, RiskEvent, RiskEventId, RiskType, WorkState,
};
use claviger_respond::life_cycle::{self, Happening};
use claviger_respond::route::Turns;
use claviger_store::sqlx::AnyConnection;
use claviger_store::timeline::{self, TimelineEntry};
use claviger_store::{cloud_keys, policies, risk_events};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{Service, ServiceError};

/// The kind of the line that tells that an event was opened again by what was found or seen.
const REOPENED: &str = "reopened";

/// The kind of the line that tells how far the work is.
pub(crate) const WORK_STATE: &str = "work_state";

/// The kind of the line that tells that the key's state changed.
pub(crate) const KEY_STATE: &str = "key_state";

/// The event of a type about a key.
pub(crate) fn id_of_key(risk_type: RiskType, key: &AccessKeyId) -> RiskEventId {
    RiskEventId::derived(&[risk_type.as_str(), key.as_str()])
}

/// What a risk event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) risk_type: RiskType,
    /// A key, an account of a database, a bucket.
    pub(crate) subject: String,
    pub(crate) key: Option<AccessKeyId>,
}

impl About {
    /// About a key.
    pub(crate) fn key(risk_type: RiskType, key: &AccessKeyId) -> Self {
        Self { risk_type, subject: key.as_str().to_owned(), key: Some(key.clone()) }
    }

    /// About something else.
    pub(crate) fn thing(risk_type: RiskType, subject: String) -> Self {
        Self { risk_type, subject, key: None }
    }

    /// The event's id.
    pub(crate) fn id(&self) -> RiskEventId {
        RiskEventId::derived(&[self.risk_type.as_str(), &self.subject])
    }
}

/// Opens the event of a type about a key, with what the inventory knows of the key.
pub(crate) async fn open(
    service: &Service,
    tx: &mut AnyConnection,
    risk_type: RiskType,
    key: &AccessKeyId,
) -> Result<RiskEvent, ServiceError> {
    open_about(service, tx, &About::key(risk_type, key)).await
}

/// Opens the event about something.
pub(crate) async fn open_about(
    service: &Service,
    tx: &mut AnyConnection,
    about: &About,
) -> Result<RiskEvent, ServiceError> {
    let now = service.now();
    let policy = policies::get(tx, about.risk_type).await?;
    let owner = match &about.key {
        Some(key) => cloud_keys::find(tx, key).await?,
        None => None,
    };
    let key_state = match &owner {
        Some((_, cloud_key, checked_at)) => KeyState {
            status: key_status(cloud_key.status),
            proof: "ListAccessKeys named it".to_owned(),
            checked_at: *checked_at,
        },
        None if about.key.is_none() => KeyState {
            status: KeyStatus::Unknown,
            proof: "the risk event is about no key".to_owned(),
            checked_at: now,
        },
        None => KeyState {
            status: KeyStatus::Unknown,
            proof: "no connection's account lists this key".to_owned(),
            checked_at: now,
        },
    };
    let event = RiskEvent {
        id: about.id(),
        risk_type: about.risk_type,
        subject: about.subject.clone(),
        access_key_id: about.key.clone(),
        level: policy.level,
        work_state: WorkState::Pending,
        assigned_to: None,
        ignored_until: None,
        key_state,
        account: owner.as_ref().map(|(_, cloud_key, _)| cloud_key.user_name.clone()),
        connection_id: owner.map(|(connection_id, _, _)| connection_id),
        first_detected_at: now,
        latest_detected_at: now,
        sources: Vec::new(),
        uses: 0,
        first_used_at: None,
        last_used_at: None,
        judgement: Vec::new(),
        score: None,
    };
    risk_events::insert(tx, &event).await?;
    Ok(event)
}

/// The provider's word as ours.
pub(crate) fn key_status(status: CloudKeyStatus) -> KeyStatus {
    match status {
        CloudKeyStatus::Active => KeyStatus::Active,
        CloudKeyStatus::Inactive => KeyStatus::Inactive,
    }
}

/// Moves an event as far as the transition table allows; what the table does not know leaves it.
pub(crate) fn happen(event: &mut RiskEvent, happening: Happening) {
    if let Ok(state) = life_cycle::next(event.work_state, happening) {
        move_to(event, state);
    }
}

/// Moves an event to a state; until when it was ignored ends with that.
pub(crate) fn move_to(event: &mut RiskEvent, state: WorkState) {
    event.work_state = state;
    if state != WorkState::Ignored {
        event.ignored_until = None;
    }
}

/// Moves an event by what was found or seen now and has stood since an instant. Where that opens a closed
/// event again, the timeline says so and why: what has happened since is told once more.
pub(crate) async fn happen_seen(
    tx: &mut AnyConnection,
    event: &mut RiskEvent,
    happening: Happening,
    (now, since): (Timestamp, Timestamp),
    why: &str,
) -> Result<(), ServiceError> {
    let before = event.work_state;
    happen(event, happening);
    if before.is_closed() && !event.work_state.is_closed() {
        let text = format!("{} → {}: {why}", before.title(), event.work_state.title());
        let details = json!({ "before": before, "after": event.work_state, "since": since });
        tell(tx, event, REOPENED, &since.to_string(), now, &text, details).await?;
    }
    Ok(())
}

/// When an event and its key last turned.
pub(crate) async fn turns(
    tx: &mut AnyConnection,
    event: &RiskEvent,
) -> Result<Turns, ServiceError> {
    let is_open = matches!(event.key_state.status, KeyStatus::Active | KeyStatus::Unknown);
    let reopened = timeline::latest(tx, &event.id, REOPENED).await?;
    let since = |line: TimelineEntry| line.details["since"].as_str()?.parse().ok();
    let closed = match is_open {
        true => None,
        false => timeline::latest(tx, &event.id, KEY_STATE).await?,
    };
    Ok(Turns { reopened_at: reopened.and_then(since), key_closed_at: closed.map(|line| line.at) })
}

/// Writes one line of an event's timeline. The same occasion is written once, however often the job
/// runs that tells it.
pub(crate) async fn tell(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    kind: &str,
    occasion: &str,
    at: Timestamp,
    text: &str,
    details: Value,
) -> Result<(), ServiceError> {
    tell_as(tx, &event.id, kind, occasion, at, text, details, None).await
}

/// Writes one line, or says anew what it tells where that has changed.
pub(crate) async fn tell_anew(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    (kind, occasion): (&str, &str),
    at: Timestamp,
    text: &str,
    details: Value,
) -> Result<(), ServiceError> {
    match timeline::get(tx, &line_id(&event.id, kind, occasion)).await? {
        None => tell(tx, event, kind, occasion, at, text, details).await,
        Some(line) if line.text == text && line.details == details => Ok(()),
        Some(line) => {
            let text = text.to_owned();
            Ok(timeline::grow(tx, &TimelineEntry { at, text, details, ..line }).await?)
        }
    }
}

/// The id of the line of an event that tells of an occasion.
pub(crate) fn line_id(id: &RiskEventId, kind: &str, occasion: &str) -> String {
    format!("{id} {kind} {occasion}")
}

/// As [`tell`], naming the person who did it.
#[expect(clippy::too_many_arguments, reason = "one argument a column of the timeline")]
pub(crate) async fn tell_as(
    tx: &mut AnyConnection,
    id: &RiskEventId,
    kind: &str,
    occasion: &str,
    at: Timestamp,
    text: &str,
    details: Value,
    actor: Option<&str>,
) -> Result<(), ServiceError> {
    let entry = TimelineEntry {
        id: line_id(id, kind, occasion),
        risk_event_id: id.clone(),
        at,
        kind: kind.to_owned(),
        text: text.to_owned(),
        details,
        actor: actor.map(str::to_owned),
    };
    timeline::append(tx, &entry).await?;
    Ok(())
}
