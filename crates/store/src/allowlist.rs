//! Places where a person allowed a key, or every key, to stand.

use claviger_model::AccessKeyId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "allowlist";

/// A place that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowlistEntry {
    /// Its id, chosen by the caller.
    pub id: String,
    /// The key; `None` for every key.
    pub access_key_id: Option<AccessKeyId>,
    /// The place, as evidence has it.
    pub uri: String,
    /// Why, in the person's words.
    pub reason: String,
    /// Who allowed it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Keeps an entry; the same id again changes nothing.
///
/// # Errors
/// The database fails.
pub async fn insert(c: &mut Conn, entry: &AllowlistEntry) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO allowlist (id, access_key_id, uri, reason, added_by, added_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
    Statement::new(TABLE, "insert", sql)
        .text(&entry.id)
        .maybe_text(entry.access_key_id.as_ref().map(AccessKeyId::as_str))
        .text(&entry.uri)
        .text(&entry.reason)
        .text(&entry.by)
        .time(entry.at)
        .run(c)
        .await?;
    Ok(())
}

/// Whether this key may stand at this place. Without a key: whether every key may.
///
/// # Errors
/// The database fails.
pub async fn contains(
    c: &mut Conn,
    access_key_id: Option<&AccessKeyId>,
    uri: &str,
) -> std::result::Result<bool, StoreError> {
    let sql = "SELECT id FROM allowlist WHERE uri = $1 \
               AND (access_key_id IS NULL OR access_key_id = $2) LIMIT 1";
    let row = Statement::new(TABLE, "contains", sql)
        .text(uri)
        .maybe_text(access_key_id.map(AccessKeyId::as_str))
        .first(c)
        .await?;
    Ok(row.is_some())
}

/// Every entry, newest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<AllowlistEntry>, StoreError> {
    let sql = "SELECT * FROM allowlist ORDER BY added_at DESC, id DESC";
    let rows = Statement::new(TABLE, "list", sql).all(c).await?;
    read_all(&rows, read)
}

/// Removes an entry.
///
/// # Errors
/// The database fails.
pub async fn remove(c: &mut Conn, id: &str) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "remove", "DELETE FROM allowlist WHERE id = $1").text(id).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<AllowlistEntry> {
    Ok(AllowlistEntry {
        id: row.text("id")?,
        access_key_id: row.maybe_key("access_key_id")?,
        uri: row.text("uri")?,
        reason: row.text("reason")?,
        by: row.text("added_by")?,
        at: row.time("added_at")?,
    })
}
