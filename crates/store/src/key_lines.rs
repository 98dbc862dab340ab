//! Which key followed which in the name of an account or role, and the habits that it began with.

use claviger_model::{AccessKeyId, EventId};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, containing};
use crate::{Conn, StoreError};

const TABLE: &str = "key_lines";

/// How a key began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    /// The key.
    pub access_key_id: AccessKeyId,
    /// The account or role in whose name it was used first.
    pub line: String,
    /// When that was.
    pub began_at: Timestamp,
    /// By which event.
    pub first_event_id: EventId,
    /// The habits of the key before it, in the detector's own words; empty where there was none.
    pub state: Vec<u8>,
}

/// Keeps how a key began, in place of what was kept of it before.
///
/// # Errors
/// The database fails.
pub async fn insert(c: &mut Conn, begun: &KeyLine) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO key_lines (access_key_id, line, began_at, first_event_id, state) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (access_key_id) DO UPDATE SET \
               line = excluded.line, began_at = excluded.began_at, \
               first_event_id = excluded.first_event_id, state = excluded.state";
    Statement::new(TABLE, "insert", sql)
        .text(begun.access_key_id.as_str())
        .text(&begun.line)
        .time(begun.began_at)
        .text(begun.first_event_id.as_str())
        .bytes(&begun.state)
        .run(c)
        .await?;
    Ok(())
}

/// How a key began.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn of_key(
    c: &mut Conn,
    key: &AccessKeyId,
) -> std::result::Result<Option<KeyLine>, StoreError> {
    let sql = "SELECT * FROM key_lines WHERE access_key_id = $1";
    let row = Statement::new(TABLE, "of_key", sql).text(key.as_str()).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// The keys of the lines that hold a text, with their lines.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn holding(
    c: &mut Conn,
    text: &str,
) -> std::result::Result<Vec<(AccessKeyId, String)>, StoreError> {
    let sql = "SELECT access_key_id, line FROM key_lines WHERE line LIKE $1 ESCAPE '\\' LIMIT 1000";
    let rows = Statement::new(TABLE, "holding", sql).text(&containing(text)).all(c).await?;
    read_all(&rows, |row| Ok((row.key("access_key_id")?, row.text("line")?)))
}

/// Every key with its line; of more than `limit` those that began last.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    limit: u32,
) -> std::result::Result<Vec<(AccessKeyId, String)>, StoreError> {
    let sql = "SELECT access_key_id, line FROM key_lines ORDER BY began_at DESC LIMIT $1";
    let rows = Statement::new(TABLE, "list", sql).number(limit.into()).all(c).await?;
    read_all(&rows, |row| Ok((row.key("access_key_id")?, row.text("line")?)))
}

/// The key of a line before another one, which is not asked what it began with.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn before(
    c: &mut Conn,
    of: &KeyLine,
) -> std::result::Result<Option<KeyLine>, StoreError> {
    let sql = "SELECT * FROM key_lines WHERE line = $1 AND access_key_id <> $2 AND \
               (began_at < $3 OR (began_at = $3 AND first_event_id < $4)) \
               ORDER BY began_at DESC, first_event_id DESC LIMIT 1";
    beside(c, "before", sql, of).await
}

/// The key of a line after another one, which is not asked what it began with.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn after(c: &mut Conn, of: &KeyLine) -> std::result::Result<Option<KeyLine>, StoreError> {
    let sql = "SELECT * FROM key_lines WHERE line = $1 AND access_key_id <> $2 AND \
               (began_at > $3 OR (began_at = $3 AND first_event_id > $4)) \
               ORDER BY began_at, first_event_id LIMIT 1";
    beside(c, "after", sql, of).await
}

async fn beside(
    c: &mut Conn,
    operation: &'static str,
    sql: &'static str,
    of: &KeyLine,
) -> std::result::Result<Option<KeyLine>, StoreError> {
    let statement = Statement::new(TABLE, operation, sql).text(&of.line);
    let statement = statement.text(of.access_key_id.as_str()).time(of.began_at);
    let row = statement.text(of.first_event_id.as_str()).first(c).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<KeyLine> {
    Ok(KeyLine {
        access_key_id: row.key("access_key_id")?,
        line: row.text("line")?,
        began_at: row.time("began_at")?,
        first_event_id: EventId(row.text("first_event_id")?),
        state: row.bytes("state")?,
    })
}
