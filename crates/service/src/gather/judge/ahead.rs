//! Keys whose newest instant is judged ahead are judged in order once it is over, or nothing more comes.

use claviger_model::AccessKeyId;
use claviger_store::keys_ahead;
use claviger_store::sqlx::AnyConnection;
use jiff::{SignedDuration, Timestamp};

use super::batch::{Batch, OneKey};
use super::held::Held;
use super::room::Room;
use super::{leaks, past};
use crate::job::{Kind, enqueue};
use crate::{Service, ServiceError};

/// An instant of whole seconds is over when the log has come so far beyond it.
const OVER_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// Ends the instants that are over, or all of them. The keys that the batch did not speak of join it.
pub(super) async fn end(
    service: &Service,
    room: &mut Room,
    keys: &mut Vec<OneKey>,
    batch: &Batch,
) -> Result<(), ServiceError> {
    let newest = batch.events.iter().map(|event| event.time).max();
    let over = newest.and_then(|newest| newest.checked_sub(OVER_AFTER).ok());
    let until = if batch.settles { Timestamp::MAX } else { over.unwrap_or(Timestamp::MIN) };
    let mut due = room.ahead_before(until);
    due.retain(|key| keys.binary_search_by(|one| one.key.cmp(key)).is_err());
    if due.is_empty() {
        return Ok(());
    }
    let mut ended: Vec<Held> = due.iter().filter_map(|key| room.take(key)).collect();
    // They come in the order of their names.
    due.retain(|key| ended.binary_search_by(|held| held.key().cmp(key)).is_err());
    let mut reader = service.store().read().await?;
    // One that left the room comes in order.
    let absent = past::load(service, &mut reader, &due.iter().collect::<Vec<_>>()).await?;
    due.retain(|key| !absent.contains_key(key));
    room.forget_ahead(&due);
    ended.extend(absent.into_values());
    let names: Vec<&AccessKeyId> = ended.iter().map(Held::key).collect();
    let mut leaks = leaks::of_keys(&mut reader, &names, &batch.minted).await?;
    drop(reader);
    for mut held in ended {
        if !room.was_read(held.key()) {
            held.be_unsure();
        }
        held.end_instant();
        let exposed = leaks.remove(held.key());
        keys.push(OneKey::unused(held, exposed));
    }
    keys.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(())
}

/// A process before left these: their whole history is judged.
///
/// # Errors
/// The database fails.
pub(crate) async fn rejudge_ahead(
    tx: &mut AnyConnection,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let left = keys_ahead::list(tx).await?;
    for access_key_id in left {
        enqueue(tx, &Kind::Rejudge { access_key_id }, now).await?;
    }
    keys_ahead::set(tx, &[]).await?;
    Ok(())
}
