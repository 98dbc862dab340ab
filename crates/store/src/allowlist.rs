//! What a person allowed: places, files, repositories, users, sources, keys, networks, clients.

use claviger_model::{AccessKeyId, AllowlistEntry, AllowlistScope};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "allowlist";

/// Keeps an entry; the same id again changes nothing.
///
/// # Errors
/// The database fails.
pub async fn insert(c: &mut Conn, entry: &AllowlistEntry) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO allowlist (id, access_key_id, uri, reason, added_by, added_at, scope, \
               owner, expires_at, also_public, silenced, silenced_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING";
    Statement::new(TABLE, "insert", sql)
        .text(&entry.id)
        .maybe_text(entry.access_key_id.as_ref().map(AccessKeyId::as_str))
        .text(&entry.value)
        .text(&entry.reason)
        .text(&entry.by)
        .time(entry.at)
        .text(entry.scope.as_str())
        .text(&entry.owner)
        .maybe_time(entry.expires_at)
        .flag(entry.also_public)
        .number(entry.silenced)
        .maybe_time(entry.silenced_at)
        .run(c)
        .await?;
    Ok(())
}

/// One entry.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    id: &str,
) -> std::result::Result<Option<AllowlistEntry>, StoreError> {
    let sql = "SELECT * FROM allowlist WHERE id = $1";
    let row = Statement::new(TABLE, "get", sql).text(id).first(c).await?;
    row.as_ref().map(read).transpose()
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

/// The entries that may be about something of this key, or of none, newest first: those of every key, and its own.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_key(
    c: &mut Conn,
    key: Option<&AccessKeyId>,
) -> std::result::Result<Vec<AllowlistEntry>, StoreError> {
    let sql = "SELECT * FROM allowlist WHERE access_key_id IS NULL OR access_key_id = $1 \
               ORDER BY added_at DESC, id DESC";
    let statement = Statement::new(TABLE, "of_key", sql);
    read_all(&statement.maybe_text(key.map(AccessKeyId::as_str)).all(c).await?, read)
}

/// Counts a message that an entry held back.
///
/// # Errors
/// The database fails.
pub async fn note_silenced(
    c: &mut Conn,
    id: &str,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE allowlist SET silenced = silenced + 1, silenced_at = $2 WHERE id = $1";
    Statement::new(TABLE, "note_silenced", sql).text(id).time(now).run(c).await?;
    Ok(())
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
        scope: row.word("scope", &AllowlistScope::ALL, AllowlistScope::as_str)?,
        value: row.text("uri")?,
        access_key_id: row.maybe_key("access_key_id")?,
        reason: row.text("reason")?,
        owner: row.text("owner")?,
        by: row.text("added_by")?,
        at: row.time("added_at")?,
        expires_at: row.maybe_time("expires_at")?,
        also_public: row.flag("also_public")?,
        silenced: row.number("silenced")?,
        silenced_at: row.maybe_time("silenced_at")?,
    })
}
