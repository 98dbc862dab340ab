//! Asks the provider for the state of a leaked key, and keeps the answer as proof.

use claviger_cloud::CloudError;
use claviger_model::{
    AccessKeyId, Action, CloudKey, CloudKeyStatus, ConnectionId, KeyState, KeyStatus, Plan,
    PlanState, RiskEvent,
};
use claviger_respond::life_cycle::Happening;
use claviger_store::{cloud_keys, plans, risk_events};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Ending, Kind, enqueue};
use crate::clouds::Area;
use crate::gather::risk_event::{self, KEY_STATE};
use crate::{Service, ServiceError, chain};

pub(super) async fn run(service: &Service, key: &AccessKeyId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let events = risk_events::of_key(&mut reader, key).await?;
    let owner = cloud_keys::find(&mut reader, key).await?;
    drop(reader);
    if events.is_empty() {
        return Ok(Ending::Done);
    }
    let Some((connection_id, user_name)) = owner_of(owner, &events) else {
        // The inventory enqueues this job again once it names the key.
        return Ok(Ending::Done);
    };
    let (connection, cloud) = service.cloud(&connection_id).await?;
    let now = service.now();
    let answer = cloud.key_status(&user_name, key).await;
    service.note_news(&connection, Area::Keys, answer.as_ref().err()).await?;
    let heir = match answer {
        Ok(None) => heir_of(service, &connection_id, &user_name, (key, &events)).await?,
        _ => None,
    };
    let key_state = state_of(&user_name, &answer, heir.as_ref(), now);
    let mut tx = service.store().write().await?;
    if let Ok(Some(status)) = &answer {
        cloud_keys::set_status(&mut tx, key, *status, now).await?;
    }
    for event in &events {
        let Some(mut event) = risk_events::for_update(&mut tx, &event.id).await? else { continue };
        event.account = Some(user_name.clone());
        event.connection_id = Some(connection_id.clone());
        // No answer disproves nothing: what was proved last stands, with the time of its proof. So does what
        // was proved after this was asked: a plan may have gone on meanwhile.
        let stands = answer.is_err() || event.key_state.checked_at > now;
        let state = match stands && event.key_state.status != KeyStatus::Unknown {
            true => event.key_state.clone(),
            false => key_state.clone(),
        };
        apply(&mut tx, &mut event, state).await?;
    }
    tx.commit().await?;
    for event in &events {
        service.tell_pages(event.id.as_str());
    }
    Ok(Ending::Again { after: service.settings().key_check })
}

/// Whose key it is: by the inventory, or, once that names it no more, by what was known before.
fn owner_of(
    listed: Option<(ConnectionId, CloudKey, Timestamp)>,
    events: &[RiskEvent],
) -> Option<(ConnectionId, String)> {
    let listed = listed.map(|(connection_id, key, _)| (connection_id, key.user_name));
    listed.or_else(|| {
        events.iter().find_map(|event| event.connection_id.clone().zip(event.account.clone()))
    })
}

/// The key that took the place of one that is gone: of the same user, active, and made since the key was
/// found.
async fn heir_of(
    service: &Service,
    connection_id: &ConnectionId,
    user_name: &str,
    (gone, events): (&AccessKeyId, &[RiskEvent]),
) -> Result<Option<CloudKey>, ServiceError> {
    let found_at = events.iter().map(|event| event.first_detected_at).min();
    let mut reader = service.store().read().await?;
    let keys = cloud_keys::list(&mut reader, connection_id).await?;
    // Providers tell whole seconds.
    let since = |key: &CloudKey| {
        let both = key.created_at.zip(found_at);
        both.is_some_and(|(made, at)| made + SignedDuration::from_secs(1) > at)
    };
    Ok(keys.into_iter().find(|key| {
        key.access_key_id != *gone
            && key.user_name == user_name
            && key.status == CloudKeyStatus::Active
            && since(key)
    }))
}

fn state_of(
    user_name: &str,
    answer: &Result<Option<CloudKeyStatus>, CloudError>,
    heir: Option<&CloudKey>,
    checked_at: Timestamp,
) -> KeyState {
    let (status, proof) = match answer {
        Ok(Some(status)) => (
            risk_event::key_status(*status),
            format!("ListAccessKeys of {user_name} answered {status:?}"),
        ),
        Ok(None) => match heir {
            Some(heir) => {
                let heir = heir.access_key_id.short();
                (
                    KeyStatus::Rotated,
                    format!("ListAccessKeys of {user_name} names {heir} in its place"),
                )
            }
            None => {
                (KeyStatus::Deleted, format!("ListAccessKeys of {user_name} no longer names it"))
            }
        },
        Err(error) => (KeyStatus::Unknown, format!("{} ({})", chain(error), error.hint())),
    };
    KeyState { status, proof, checked_at }
}

/// Keeps a key's state on an event, and tells the timeline where it changed. A key that was enabled
/// again behind our back opens the work again.
async fn apply(
    tx: &mut claviger_store::sqlx::AnyConnection,
    event: &mut RiskEvent,
    key_state: KeyState,
) -> Result<(), ServiceError> {
    let before = event.key_state.status;
    event.key_state = match key_state.status {
        KeyStatus::Deleted if is_rotated(tx, event).await? => {
            let proof = format!("replaced by a new pair; {}", key_state.proof);
            KeyState { status: KeyStatus::Rotated, proof, ..key_state }
        }
        _ => key_state,
    };
    let after = event.key_state.status;
    if before != after && after != KeyStatus::Unknown {
        let text = format!("the key is {}: {}", after.title(), event.key_state.proof);
        let occasion = format!("key {} {}", after.as_str(), event.key_state.checked_at);
        let details = json!({ "before": before, "after": after });
        let at = event.key_state.checked_at;
        risk_event::tell(tx, event, KEY_STATE, &occasion, at, &text, details).await?;
        if after == KeyStatus::Active {
            let kind = Kind::Respond { risk_event_id: event.id.clone() };
            enqueue(tx, &kind, at).await?;
        }
        if before == KeyStatus::Inactive && after == KeyStatus::Active {
            let why = "the key was enabled again";
            let undone = Happening::HandlingUndone;
            risk_event::happen_seen(tx, event, undone, (at, at), why).await?;
        }
    }
    risk_events::update(tx, event).await?;
    Ok(())
}

/// Whether a plan has replaced, or is replacing, the key of an event.
async fn is_rotated(
    tx: &mut claviger_store::sqlx::AnyConnection,
    event: &RiskEvent,
) -> Result<bool, ServiceError> {
    let rotates = |plan: Plan| {
        matches!(plan.action, Action::Rotate | Action::RotateStored | Action::RotateManaged)
            && matches!(plan.state, PlanState::Confirmed | PlanState::Done)
    };
    Ok(plans::of_event(tx, &event.id).await?.into_iter().any(rotates))
}

/// Keeps what a step has just proved of a key, without asking again.
pub(crate) async fn keep_proved(
    service: &Service,
    key: &AccessKeyId,
    status: KeyStatus,
    proof: &str,
) -> Result<(), ServiceError> {
    let now = service.now();
    let mut tx = service.store().write().await?;
    match status {
        KeyStatus::Active => {
            cloud_keys::set_status(&mut tx, key, CloudKeyStatus::Active, now).await?;
        }
        KeyStatus::Inactive => {
            cloud_keys::set_status(&mut tx, key, CloudKeyStatus::Inactive, now).await?;
        }
        KeyStatus::Rotated | KeyStatus::Deleted | KeyStatus::Unknown => {}
    }
    for event in risk_events::of_key(&mut tx, key).await? {
        let Some(mut event) = risk_events::for_update(&mut tx, &event.id).await? else { continue };
        let state = KeyState { status, proof: proof.to_owned(), checked_at: now };
        apply(&mut tx, &mut event, state).await?;
    }
    enqueue(&mut tx, &Kind::CheckKey { access_key_id: key.clone() }, now).await?;
    tx.commit().await?;
    Ok(())
}
