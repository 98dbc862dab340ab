//! The inventory of keys: what the accounts' API of each connection said last.
//!
//! Two connections to one account both know its keys; a question about a key is answered by the one that
//! asked last.

use std::collections::HashMap;

use claviger_model::{AccessKeyId, CloudKey, CloudKeyStatus, ConnectionId};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, placeholders};
use crate::{Conn, StoreError};

const TABLE: &str = "cloud_keys";

/// Keys asked for at once.
const BATCH: usize = 250;

/// Every status, for reading words back.
const STATUSES: [CloudKeyStatus; 2] = [CloudKeyStatus::Active, CloudKeyStatus::Inactive];

/// The inventory of a connection is now exactly this.
///
/// # Errors
/// The connection does not exist, or the database fails.
pub async fn replace(
    c: &mut Conn,
    connection_id: &ConnectionId,
    keys: &[CloudKey],
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "replace", "DELETE FROM cloud_keys WHERE connection_id = $1")
        .text(connection_id.as_str())
        .run(c)
        .await?;
    let sql = "INSERT INTO cloud_keys (connection_id, access_key_id, user_name, status, created_at, \
               checked_at) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (connection_id, access_key_id) DO UPDATE SET \
               user_name = excluded.user_name, status = excluded.status, \
               created_at = excluded.created_at, checked_at = excluded.checked_at";
    for key in keys {
        Statement::new(TABLE, "replace", sql)
            .text(connection_id.as_str())
            .text(key.access_key_id.as_str())
            .text(&key.user_name)
            .text(word(key.status))
            .maybe_time(key.created_at)
            .time(now)
            .run(c)
            .await?;
    }
    Ok(())
}

/// Whose key it is, and when that was asked last.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn find(
    c: &mut Conn,
    access_key_id: &AccessKeyId,
) -> std::result::Result<Option<(ConnectionId, CloudKey, Timestamp)>, StoreError> {
    let sql = "SELECT * FROM cloud_keys WHERE access_key_id = $1 \
               ORDER BY checked_at DESC, connection_id LIMIT 1";
    let row = Statement::new(TABLE, "find", sql).text(access_key_id.as_str()).first(c).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some((row.text("connection_id")?.into(), read(&row)?, row.time("checked_at")?)))
}

/// The users of some keys, as far as they are known.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn users_of(
    c: &mut Conn,
    keys: &[&AccessKeyId],
) -> std::result::Result<HashMap<AccessKeyId, String>, StoreError> {
    let mut users = HashMap::new();
    for batch in keys.chunks(BATCH) {
        let list = placeholders(1, batch.len());
        // Of several the last one counts: that which `find` names.
        let sql = format!(
            "SELECT * FROM cloud_keys WHERE access_key_id IN ({list}) \
             ORDER BY checked_at, connection_id DESC"
        );
        let mut statement = Statement::composed(TABLE, "users_of", sql);
        if batch.len() != BATCH {
            statement = statement.once();
        }
        for key in batch {
            statement = statement.text(key.as_str());
        }
        let known = read_all(&statement.all(c).await?, read)?;
        users.extend(known.into_iter().map(|key| (key.access_key_id, key.user_name)));
    }
    Ok(users)
}

/// What the provider just said of a key.
///
/// # Errors
/// The database fails.
pub async fn set_status(
    c: &mut Conn,
    access_key_id: &AccessKeyId,
    status: CloudKeyStatus,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE cloud_keys SET status = $2, checked_at = $3 WHERE access_key_id = $1";
    Statement::new(TABLE, "set_status", sql)
        .text(access_key_id.as_str())
        .text(word(status))
        .time(now)
        .run(c)
        .await?;
    Ok(())
}

/// The keys of a connection, by user.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    connection_id: &ConnectionId,
) -> std::result::Result<Vec<CloudKey>, StoreError> {
    let sql = "SELECT * FROM cloud_keys WHERE connection_id = $1 ORDER BY user_name, access_key_id";
    let rows = Statement::new(TABLE, "list", sql).text(connection_id.as_str()).all(c).await?;
    read_all(&rows, read)
}

/// The provider says that the key is gone.
///
/// # Errors
/// The database fails.
pub async fn remove(
    c: &mut Conn,
    access_key_id: &AccessKeyId,
) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "remove", "DELETE FROM cloud_keys WHERE access_key_id = $1")
        .text(access_key_id.as_str())
        .run(c)
        .await?;
    Ok(())
}

fn word(status: CloudKeyStatus) -> &'static str {
    match status {
        CloudKeyStatus::Active => "active",
        CloudKeyStatus::Inactive => "inactive",
    }
}

fn read(row: &Row) -> Result<CloudKey> {
    Ok(CloudKey {
        access_key_id: row.key("access_key_id")?,
        user_name: row.text("user_name")?,
        status: row.word("status", &STATUSES, word)?,
        created_at: row.maybe_time("created_at")?,
    })
}
