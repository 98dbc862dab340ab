//! Opens a risk event, moves it through its life, and writes its timeline.

use claviger_model::{
    AccessKeyId, CloudKeyStatus, KeyState, KeyStatus, RiskEvent, RiskEventId, RiskType, WorkState,
};
use claviger_respond::life_cycle::{self, Happening};
use claviger_store::sqlx::AnyConnection;
use claviger_store::timeline::{self, TimelineEntry};
use claviger_store::{cloud_keys, policies, risk_events};
use jiff::Timestamp;
use serde_json::Value;

use crate::{Service, ServiceError};

/// The event of a type about a key.
pub(crate) fn id_of_key(risk_type: RiskType, key: &AccessKeyId) -> RiskEventId {
    RiskEventId::derived(&[risk_type.as_str(), key.as_str()])
}

/// Opens the event of a type about a key, with what the inventory knows of the key.
pub(crate) async fn open(
    service: &Service,
    tx: &mut AnyConnection,
    risk_type: RiskType,
    key: &AccessKeyId,
) -> Result<RiskEvent, ServiceError> {
    let now = service.now();
    let policy = policies::get(tx, risk_type).await?;
    let owner = cloud_keys::find(tx, key).await?;
    let key_state = match &owner {
        Some((_, cloud_key, checked_at)) => KeyState {
            status: key_status(cloud_key.status),
            proof: "ListAccessKeys named it".to_owned(),
            checked_at: *checked_at,
        },
        None => KeyState {
            status: KeyStatus::Unknown,
            proof: "no connection's account lists this key".to_owned(),
            checked_at: now,
        },
    };
    let event = RiskEvent {
        id: id_of_key(risk_type, key),
        risk_type,
        subject: key.as_str().to_owned(),
        access_key_id: Some(key.clone()),
        level: policy.level,
        work_state: WorkState::Pending,
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
        event.work_state = state;
    }
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
        id: format!("{id} {kind} {occasion}"),
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
