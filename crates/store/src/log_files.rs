//! Log files that were read: which, and what was in them. Events + rejected = lines, for each.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, placeholders};
use crate::{Conn, StoreError};

const TABLE: &str = "log_files";

/// Names asked for at a time: a page of a listing is asked for at once.
const BATCH: usize = 1_000;

/// A log file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFile {
    /// Where it comes from, as the caller names it.
    pub source: String,
    /// Its name there.
    pub name: String,
    /// The content's mark.
    pub etag: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines that are access events.
    pub events: u64,
    /// Lines that could not be read.
    pub rejected: u64,
    /// When it was read.
    pub read_at: Timestamp,
}

/// What was read of a source so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogTotals {
    /// Files.
    pub files: u64,
    /// Lines.
    pub lines: u64,
    /// Lines that are access events.
    pub events: u64,
    /// Lines that could not be read.
    pub rejected: u64,
    /// The greatest name.
    pub latest_name: Option<String>,
    /// When the last one was read.
    pub read_at: Option<Timestamp>,
}

/// One file.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    source: &str,
    name: &str,
) -> std::result::Result<Option<LogFile>, StoreError> {
    let sql = "SELECT * FROM log_files WHERE source = $1 AND name = $2";
    let row = Statement::new(TABLE, "get", sql).text(source).text(name).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// Keeps that a file was read; one that was read again has its figures replaced.
///
/// # Errors
/// The database fails.
pub async fn insert(c: &mut Conn, file: &LogFile) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO log_files (source, name, etag, bytes, lines, events, rejected, read_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
               ON CONFLICT (source, name) DO UPDATE SET etag = excluded.etag, \
               bytes = excluded.bytes, lines = excluded.lines, events = excluded.events, \
               rejected = excluded.rejected, read_at = excluded.read_at";
    Statement::new(TABLE, "insert", sql)
        .text(&file.source)
        .text(&file.name)
        .text(&file.etag)
        .number(file.bytes)
        .number(file.lines)
        .number(file.events)
        .number(file.rejected)
        .time(file.read_at)
        .run(c)
        .await?;
    Ok(())
}

/// The greatest name of a file of a source that begins with a text, then has any year, and then a separator.
///
/// # Errors
/// The database fails.
pub async fn latest_below(
    c: &mut Conn,
    source: &str,
    prefix: &str,
    separator: &str,
) -> std::result::Result<Option<String>, StoreError> {
    let sql = "SELECT MAX(name) AS latest_name FROM log_files WHERE source = $1 \
               AND SUBSTR(name, 1, LENGTH($2)) = $2 AND SUBSTR(name, LENGTH($2) + 5, 1) = $3";
    let statement = Statement::new(TABLE, "latest_below", sql).text(source).text(prefix);
    statement.text(separator).only(c).await?.maybe_text("latest_name")
}

/// Names and ETags of those of these files of a source that were read.
///
/// # Errors
/// The database fails.
pub async fn etags(
    c: &mut Conn,
    source: &str,
    names: &[&str],
) -> std::result::Result<Vec<(String, String)>, StoreError> {
    let mut found = Vec::new();
    for batch in names.chunks(BATCH) {
        let list = placeholders(2, batch.len());
        let sql =
            format!("SELECT name, etag FROM log_files WHERE source = $1 AND name IN ({list})");
        let mut statement = Statement::composed(TABLE, "etags", sql).once().text(source);
        for name in batch {
            statement = statement.text(name);
        }
        let rows = statement.all(c).await?;
        found.extend(read_all(&rows, |row| Ok((row.text("name")?, row.text("etag")?)))?);
    }
    Ok(found)
}

/// Forgets all files of a source, which is gone.
///
/// # Errors
/// The database fails.
pub async fn forget_source(c: &mut Conn, source: &str) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM log_files WHERE source = $1";
    Statement::new(TABLE, "forget_source", sql).text(source).run(c).await?;
    Ok(())
}

/// What was read of a source so far.
///
/// # Errors
/// The database fails.
pub async fn totals(c: &mut Conn, source: &str) -> std::result::Result<LogTotals, StoreError> {
    let sql = "SELECT COUNT(*) AS files, \
               CAST(COALESCE(SUM(lines), 0) AS BIGINT) AS lines, \
               CAST(COALESCE(SUM(events), 0) AS BIGINT) AS events, \
               CAST(COALESCE(SUM(rejected), 0) AS BIGINT) AS rejected, \
               MAX(name) AS latest_name, MAX(read_at) AS read_at \
               FROM log_files WHERE source = $1";
    let row = Statement::new(TABLE, "totals", sql).text(source).only(c).await?;
    Ok(LogTotals {
        files: row.number("files")?,
        lines: row.number("lines")?,
        events: row.number("events")?,
        rejected: row.number("rejected")?,
        latest_name: row.maybe_text("latest_name")?,
        read_at: row.maybe_time("read_at")?,
    })
}

fn read(row: &Row) -> Result<LogFile> {
    Ok(LogFile {
        source: row.text("source")?,
        name: row.text("name")?,
        etag: row.text("etag")?,
        bytes: row.number("bytes")?,
        lines: row.number("lines")?,
        events: row.number("events")?,
        rejected: row.number("rejected")?,
        read_at: row.time("read_at")?,
    })
}
