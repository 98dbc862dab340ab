//! Sources of log lines that people set up. A token itself is never kept, its hash is.

use claviger_model::{LogSource, SourceId};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "log_sources";

/// The hashes of the tokens that a source takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenOf {
    /// Of the token in force.
    pub hash: Option<String>,
    /// Of the one before it, and until when that is still taken.
    pub former: Option<(String, Timestamp)>,
}

/// Keeps a new source.
///
/// # Errors
/// The name is taken, the connection does not exist, or the database fails.
pub async fn insert(
    c: &mut Conn,
    source: &LogSource,
    token_hash: Option<&str>,
    sealed: Option<&str>,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO log_sources (id, name, feed, log_format, connection_id, created_at, \
               token_hash, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Statement::new(TABLE, "insert", sql)
        .text(source.id.as_str())
        .text(&source.name)
        .json(&source.feed)
        .maybe_text(source.log_format.as_deref())
        .maybe_text(source.connection_id.as_ref().map(|id| id.as_str()))
        .time(source.created_at)
        .maybe_text(token_hash)
        .maybe_text(sealed)
        .run(c)
        .await?;
    Ok(())
}

/// Every source, by name.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<LogSource>, StoreError> {
    let sql = "SELECT * FROM log_sources ORDER BY name";
    read_all(&Statement::new(TABLE, "list", sql).all(c).await?, read)
}

/// The source of a name or an id.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn find(
    c: &mut Conn,
    name_or_id: &str,
) -> std::result::Result<Option<LogSource>, StoreError> {
    let sql = "SELECT * FROM log_sources WHERE name = $1 OR id = $1 ORDER BY id LIMIT 1";
    let row = Statement::new(TABLE, "find", sql).text(name_or_id).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// The tokens that a source takes.
///
/// # Errors
/// The database fails.
pub async fn token_of(c: &mut Conn, id: &SourceId) -> std::result::Result<TokenOf, StoreError> {
    let sql = "SELECT token_hash, former_token_hash, former_token_until FROM log_sources \
               WHERE id = $1";
    let row = Statement::new(TABLE, "token_of", sql).text(id.as_str()).first(c).await?;
    let Some(row) = row else { return Ok(TokenOf::default()) };
    let former = row.maybe_text("former_token_hash")?;
    Ok(TokenOf {
        hash: row.maybe_text("token_hash")?,
        former: former.zip(row.maybe_time("former_token_until")?),
    })
}

/// Puts another token in force; the one before is still taken until an instant.
///
/// # Errors
/// The database fails.
pub async fn rotate(
    c: &mut Conn,
    id: &SourceId,
    token_hash: &str,
    former_until: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE log_sources SET former_token_hash = token_hash, former_token_until = $3, \
               token_hash = $2 WHERE id = $1";
    Statement::new(TABLE, "rotate", sql)
        .text(id.as_str())
        .text(token_hash)
        .time(former_until)
        .run(c)
        .await?;
    Ok(())
}

/// What is sealed for a source.
///
/// # Errors
/// The database fails.
pub async fn sealed(
    c: &mut Conn,
    id: &SourceId,
) -> std::result::Result<Option<String>, StoreError> {
    let sql = "SELECT sealed FROM log_sources WHERE id = $1";
    let row = Statement::new(TABLE, "sealed", sql).text(id.as_str()).first(c).await?;
    row.map_or(Ok(None), |row| row.maybe_text("sealed"))
}

/// Removes a source. Says whether it was there.
///
/// # Errors
/// The database fails.
pub async fn remove(c: &mut Conn, id: &SourceId) -> std::result::Result<bool, StoreError> {
    let sql = "DELETE FROM log_sources WHERE id = $1";
    Ok(Statement::new(TABLE, "remove", sql).text(id.as_str()).run(c).await? > 0)
}

fn read(row: &Row) -> Result<LogSource> {
    Ok(LogSource {
        id: row.text("id")?.into(),
        name: row.text("name")?,
        feed: row.json("feed")?,
        log_format: row.maybe_text("log_format")?,
        connection_id: row.maybe_text("connection_id")?.map(Into::into),
        created_at: row.time("created_at")?,
    })
}
