//! How far each part of a source was read: text in the words of its kind, that nobody here looks into.

use jiff::Timestamp;

use crate::row::read_all;
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "source_checkpoints";

/// Every part of a source with its checkpoint, by part.
///
/// # Errors
/// The database fails.
pub async fn of_source(
    c: &mut Conn,
    source: &str,
) -> std::result::Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT part, checkpoint FROM source_checkpoints WHERE source = $1 ORDER BY part";
    let rows = Statement::new(TABLE, "of_source", sql).text(source).all(c).await?;
    read_all(&rows, |row| Ok((row.text("part")?, row.text("checkpoint")?)))
}

/// The parts of a source whose names begin so, by name, at most so many.
///
/// # Errors
/// The database fails.
pub async fn parts(
    c: &mut Conn,
    source: &str,
    begin: &str,
    max: u32,
) -> std::result::Result<Vec<String>, StoreError> {
    let sql = "SELECT part FROM source_checkpoints WHERE source = $1 \
               AND SUBSTR(part, 1, LENGTH($2)) = $2 ORDER BY part LIMIT $3";
    let statement = Statement::new(TABLE, "parts", sql).text(source).text(begin);
    read_all(&statement.number(max.into()).all(c).await?, |row| row.text("part"))
}

/// Keeps how far a part was read.
///
/// # Errors
/// The database fails.
pub async fn set(
    c: &mut Conn,
    source: &str,
    part: &str,
    checkpoint: &str,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO source_checkpoints (source, part, checkpoint, updated_at) \
               VALUES ($1, $2, $3, $4) ON CONFLICT (source, part) DO UPDATE SET \
               checkpoint = excluded.checkpoint, updated_at = excluded.updated_at";
    Statement::new(TABLE, "set", sql)
        .text(source)
        .text(part)
        .text(checkpoint)
        .time(now)
        .run(c)
        .await?;
    Ok(())
}

/// Forgets one part, which is gone.
///
/// # Errors
/// The database fails.
pub async fn forget(c: &mut Conn, source: &str, part: &str) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM source_checkpoints WHERE source = $1 AND part = $2";
    Statement::new(TABLE, "forget", sql).text(source).text(part).run(c).await?;
    Ok(())
}

/// Forgets all of a source, which is gone.
///
/// # Errors
/// The database fails.
pub async fn forget_source(c: &mut Conn, source: &str) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM source_checkpoints WHERE source = $1";
    Statement::new(TABLE, "forget_source", sql).text(source).run(c).await?;
    Ok(())
}
