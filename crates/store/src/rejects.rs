//! Log lines that could not be read, kept by reference: where they stand, not what they say.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "rejects";

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Where the file comes from.
    pub source: String,
    /// The file.
    pub name: String,
    /// The line, from 1.
    pub line: u64,
    /// Its first byte in the unpacked file, from 0.
    pub start: u64,
    /// One past its last byte.
    pub end: u64,
    /// Why it could not be read.
    pub why: String,
}

/// Keeps a line by reference; the same line again replaces it.
///
/// # Errors
/// The database fails.
pub async fn insert(
    c: &mut Conn,
    source: &str,
    name: &str,
    line: u64,
    start: u64,
    end: u64,
    why: &str,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO rejects (source, name, line, first_byte, end_byte, why) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (source, name, line) DO UPDATE SET \
               first_byte = excluded.first_byte, end_byte = excluded.end_byte, why = excluded.why";
    Statement::new(TABLE, "insert", sql)
        .text(source)
        .text(name)
        .number(line)
        .number(start)
        .number(end)
        .text(why)
        .run(c)
        .await?;
    Ok(())
}

/// Forgets the lines of a file, which is read anew.
///
/// # Errors
/// The database fails.
pub async fn forget(c: &mut Conn, source: &str, name: &str) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM rejects WHERE source = $1 AND name = $2";
    Statement::new(TABLE, "forget", sql).text(source).text(name).run(c).await?;
    Ok(())
}

/// Keeps of a source the references with the greatest names, at most this many: the names of deliveries
/// begin with their time, so the latest stay.
///
/// # Errors
/// The database fails.
pub async fn keep_latest(
    c: &mut Conn,
    source: &str,
    most: u32,
) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM rejects WHERE source = $1 AND name < (SELECT name FROM rejects \
               WHERE source = $1 ORDER BY name DESC, line DESC LIMIT 1 OFFSET $2)";
    Statement::new(TABLE, "keep_latest", sql).text(source).number(most.into()).run(c).await?;
    Ok(())
}

/// Forgets every line of a source, which is gone.
///
/// # Errors
/// The database fails.
pub async fn forget_source(c: &mut Conn, source: &str) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM rejects WHERE source = $1";
    Statement::new(TABLE, "forget_source", sql).text(source).run(c).await?;
    Ok(())
}

/// Lines, of one source or of all; the greatest file name and the last line first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    source: Option<&str>,
    limit: u32,
) -> std::result::Result<Vec<Reject>, StoreError> {
    let sql = "SELECT * FROM rejects WHERE ($1 IS NULL OR source = $1) \
               ORDER BY name DESC, source DESC, line DESC LIMIT $2";
    let rows =
        Statement::new(TABLE, "list", sql).maybe_text(source).number(limit.into()).all(c).await?;
    read_all(&rows, read)
}

fn read(row: &Row) -> Result<Reject> {
    Ok(Reject {
        source: row.text("source")?,
        name: row.text("name")?,
        line: row.number("line")?,
        start: row.number("first_byte")?,
        end: row.number("end_byte")?,
        why: row.text("why")?,
    })
}
