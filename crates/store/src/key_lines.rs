//! Which key followed which in the name of an account or role, and the habits that it began with.

use claviger_model::AccessKeyId;
use jiff::Timestamp;

use crate::error::Result;
use crate::row::Row;
use crate::statement::Statement;
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
    /// The habits of the key before it, in the detector's own words; empty where there was none.
    pub state: Vec<u8>,
}

/// Keeps how a key began; what was kept of it first stands.
///
/// # Errors
/// The database fails.
pub async fn insert(c: &mut Conn, begun: &KeyLine) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO key_lines (access_key_id, line, began_at, state) \
               VALUES ($1, $2, $3, $4) ON CONFLICT (access_key_id) DO NOTHING";
    Statement::new(TABLE, "insert", sql)
        .text(begun.access_key_id.as_str())
        .text(&begun.line)
        .time(begun.began_at)
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

/// The latest key of a line that began at or before an instant.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn latest(
    c: &mut Conn,
    line: &str,
    until: Timestamp,
) -> std::result::Result<Option<KeyLine>, StoreError> {
    let sql = "SELECT * FROM key_lines WHERE line = $1 AND began_at <= $2 \
               ORDER BY began_at DESC, access_key_id DESC LIMIT 1";
    let row = Statement::new(TABLE, "latest", sql).text(line).time(until).first(c).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<KeyLine> {
    Ok(KeyLine {
        access_key_id: row.key("access_key_id")?,
        line: row.text("line")?,
        began_at: row.time("began_at")?,
        state: row.bytes("state")?,
    })
}
