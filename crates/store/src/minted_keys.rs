//! Keys that were made with a key: sessions, and keys of users.

use claviger_model::{AccessKeyId, EventId};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, placeholders};
use crate::{Conn, StoreError};

const TABLE: &str = "minted_keys";

/// Keys asked for at once.
const BATCH: usize = 250;

/// A key that was made with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MintedKey {
    /// The key that was made.
    pub child: AccessKeyId,
    /// The key that signed the request.
    pub parent: AccessKeyId,
    /// When.
    pub minted_at: Timestamp,
    /// The request.
    pub event_id: EventId,
}

/// Keeps that a key was made; what was told first of it stands.
///
/// # Errors
/// The database fails.
pub async fn insert(
    c: &mut Conn,
    minted: &MintedKey,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO minted_keys (child, parent, minted_at, event_id, noted_at) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (child) DO NOTHING";
    Statement::new(TABLE, "insert", sql)
        .text(minted.child.as_str())
        .text(minted.parent.as_str())
        .time(minted.minted_at)
        .text(minted.event_id.as_str())
        .time(now)
        .run(c)
        .await?;
    Ok(())
}

/// How some keys were made, as far as that is known.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_children(
    c: &mut Conn,
    children: &[&AccessKeyId],
) -> std::result::Result<Vec<MintedKey>, StoreError> {
    let mut found = Vec::new();
    for batch in children.chunks(BATCH) {
        let list = placeholders(1, batch.len());
        let sql = format!("SELECT * FROM minted_keys WHERE child IN ({list})");
        let mut statement = Statement::composed(TABLE, "of_children", sql);
        if batch.len() != BATCH {
            statement = statement.once();
        }
        for child in batch {
            statement = statement.text(child.as_str());
        }
        found.extend(read_all(&statement.all(c).await?, read)?);
    }
    Ok(found)
}

/// The latest `limit` keys that were made with a key, the latest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_parent(
    c: &mut Conn,
    parent: &AccessKeyId,
    limit: u32,
) -> std::result::Result<Vec<MintedKey>, StoreError> {
    let sql = "SELECT * FROM minted_keys WHERE parent = $1 ORDER BY minted_at DESC, child LIMIT $2";
    let statement = Statement::new(TABLE, "of_parent", sql).text(parent.as_str());
    read_all(&statement.number(limit.into()).all(c).await?, read)
}

/// Every key of which it is known how it was made; of more than `limit` the latest.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn, limit: u32) -> std::result::Result<Vec<MintedKey>, StoreError> {
    let sql = "SELECT * FROM minted_keys ORDER BY minted_at DESC, child LIMIT $1";
    read_all(&Statement::new(TABLE, "list", sql).number(limit.into()).all(c).await?, read)
}

/// Forgets keys that were noted before an instant, however long before the log says they were made: sessions that
/// ended long ago.
///
/// # Errors
/// The database fails.
pub async fn prune(c: &mut Conn, before: Timestamp) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM minted_keys WHERE noted_at < $1";
    Statement::new(TABLE, "prune", sql).time(before).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<MintedKey> {
    Ok(MintedKey {
        child: row.key("child")?,
        parent: row.key("parent")?,
        minted_at: row.time("minted_at")?,
        event_id: EventId(row.text("event_id")?),
    })
}
