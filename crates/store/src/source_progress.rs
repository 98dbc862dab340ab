//! How every source of log lines fares: how much was read, how late, and what stands in the way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "source_progress";

/// Seconds of a minute, as the rate counts them.
const MINUTE: i64 = 60;

/// What stands in the way of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable word.
    pub code: String,
    /// What happens, in words.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
}

/// What one delivery brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The source.
    pub source: String,
    /// Lines.
    pub lines: u64,
    /// Lines that are access events.
    pub events: u64,
    /// Lines that could not be read.
    pub rejected: u64,
    /// Bytes, unpacked.
    pub bytes: u64,
    /// The time of the latest event, if there is one.
    pub last_line_at: Option<Timestamp>,
    /// When the delivery could be read first, where that is known.
    pub delivered_at: Option<Timestamp>,
    /// When it was read.
    pub read_at: Timestamp,
}

/// How a source fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceProgress {
    /// The source.
    pub source: String,
    /// Deliveries that were read.
    pub deliveries: u64,
    /// Lines. Always `events + rejected`.
    pub lines: u64,
    /// Lines that are access events.
    pub events: u64,
    /// Lines that could not be read.
    pub rejected: u64,
    /// Bytes, unpacked.
    pub bytes: u64,
    /// When the first delivery was read.
    pub first_read_at: Option<Timestamp>,
    /// The time of the latest event.
    pub last_line_at: Option<Timestamp>,
    /// When the last delivery could be read first.
    pub last_delivered_at: Option<Timestamp>,
    /// When the last delivery was read.
    pub last_read_at: Option<Timestamp>,
    /// How late the latest event of the last delivery was read, in milliseconds.
    pub lag_ms: Option<u64>,
    /// What waits to be read, and in what it is counted.
    pub backlog: Option<(u64, String)>,
    /// An address that a person must open before the sender sends.
    pub confirmation: Option<String>,
    /// What stands in the way, and since when.
    pub failure: Option<(Failure, Timestamp)>,
    minute: i64,
    minute_lines: u64,
    before_lines: u64,
}

impl SourceProgress {
    /// Lines a second over the last minute.
    #[must_use]
    pub fn lines_per_second(&self, now: Timestamp) -> f64 {
        let seconds = now.as_second().rem_euclid(MINUTE);
        let (within, before) = match now.as_second().div_euclid(MINUTE) - self.minute {
            0 => (self.minute_lines, self.before_lines),
            1 => (0, self.minute_lines),
            _ => (0, 0),
        };
        #[expect(clippy::cast_precision_loss, reason = "a rate is shown rounded")]
        let lines = within as f64 + before as f64 * (MINUTE - seconds) as f64 / MINUTE as f64;
        lines / 60.0
    }
}

/// Keeps what a delivery brought, and that nothing stands in the way any more. Returns what stood there,
/// and since when.
///
/// # Errors
/// The database fails.
pub async fn note(
    c: &mut Conn,
    noted: &Noted,
) -> std::result::Result<Option<(Failure, Timestamp)>, StoreError> {
    let former = recover(c, &noted.source).await?;
    let sql = "INSERT INTO source_progress (source, deliveries, line_count, event_count, rejected, \
        bytes, first_read_at, last_line_at, last_delivered_at, last_read_at, lag_ms, minute, \
        minute_lines, before_lines) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $6, $9, $10, $2, 0) \
        ON CONFLICT (source) DO UPDATE SET deliveries = source_progress.deliveries + 1, \
        line_count = source_progress.line_count + excluded.line_count, \
        event_count = source_progress.event_count + excluded.event_count, \
        rejected = source_progress.rejected + excluded.rejected, \
        bytes = source_progress.bytes + excluded.bytes, \
        first_read_at = COALESCE(source_progress.first_read_at, excluded.first_read_at), \
        last_line_at = CASE WHEN excluded.last_line_at IS NULL THEN source_progress.last_line_at \
        WHEN source_progress.last_line_at > excluded.last_line_at \
        THEN source_progress.last_line_at ELSE excluded.last_line_at END, \
        last_delivered_at = COALESCE(excluded.last_delivered_at, \
        source_progress.last_delivered_at), last_read_at = excluded.last_read_at, \
        lag_ms = COALESCE(excluded.lag_ms, source_progress.lag_ms), \
        before_lines = CASE WHEN excluded.minute = source_progress.minute \
        THEN source_progress.before_lines WHEN excluded.minute = source_progress.minute + 1 \
        THEN source_progress.minute_lines ELSE 0 END, \
        minute_lines = CASE WHEN excluded.minute = source_progress.minute \
        THEN source_progress.minute_lines + excluded.minute_lines \
        ELSE excluded.minute_lines END, minute = excluded.minute";
    let lag = noted
        .last_line_at
        .map(|at| u64::try_from(noted.read_at.duration_since(at).as_millis()).unwrap_or_default());
    Statement::new(TABLE, "note", sql)
        .text(&noted.source)
        .number(noted.lines)
        .number(noted.events)
        .number(noted.rejected)
        .number(noted.bytes)
        .time(noted.read_at)
        .maybe_time(noted.last_line_at)
        .maybe_time(noted.delivered_at)
        .maybe_number(lag)
        .integer(noted.read_at.as_second().div_euclid(MINUTE))
        .run(c)
        .await?;
    Ok(former)
}

/// Keeps what stands in the way of a source; since when stays as it was.
///
/// # Errors
/// The database fails.
pub async fn fail(
    c: &mut Conn,
    source: &str,
    failure: &Failure,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    begin(c, source).await?;
    let sql = "UPDATE source_progress SET failure = $2, \
               failing_since = COALESCE(failing_since, $3) WHERE source = $1";
    Statement::new(TABLE, "fail", sql).text(source).json(failure).time(now).run(c).await?;
    Ok(())
}

/// Whether something stands in the way of a source.
///
/// # Errors
/// The database fails.
pub async fn is_failing(c: &mut Conn, source: &str) -> std::result::Result<bool, StoreError> {
    let sql = "SELECT source FROM source_progress WHERE source = $1 AND failing_since IS NOT NULL";
    Ok(Statement::new(TABLE, "is_failing", sql).text(source).first(c).await?.is_some())
}

/// Nothing stands in the way of a source any more. Returns what did, and since when.
///
/// # Errors
/// The database fails.
pub async fn recover(
    c: &mut Conn,
    source: &str,
) -> std::result::Result<Option<(Failure, Timestamp)>, StoreError> {
    let sql = "SELECT failure, failing_since FROM source_progress \
               WHERE source = $1 AND failing_since IS NOT NULL";
    let row = Statement::new(TABLE, "recover", sql).text(source).first(c).await?;
    let Some(row) = row else { return Ok(None) };
    let former = (row.json("failure")?, row.time("failing_since")?);
    let sql = "UPDATE source_progress SET failure = NULL, failing_since = NULL WHERE source = $1";
    Statement::new(TABLE, "recover", sql).text(source).run(c).await?;
    Ok(Some(former))
}

/// Keeps what waits to be read, and in what it is counted.
///
/// # Errors
/// The database fails.
pub async fn set_backlog(
    c: &mut Conn,
    source: &str,
    count: u64,
    unit: &str,
) -> std::result::Result<(), StoreError> {
    begin(c, source).await?;
    let sql = "UPDATE source_progress SET backlog = $2, backlog_unit = $3 WHERE source = $1";
    Statement::new(TABLE, "set_backlog", sql).text(source).number(count).text(unit).run(c).await?;
    Ok(())
}

/// Keeps an address that a person must open before the sender sends; `None`: no more.
///
/// # Errors
/// The database fails.
pub async fn set_confirmation(
    c: &mut Conn,
    source: &str,
    address: Option<&str>,
) -> std::result::Result<(), StoreError> {
    begin(c, source).await?;
    let sql = "UPDATE source_progress SET confirmation = $2 WHERE source = $1";
    Statement::new(TABLE, "set_confirmation", sql).text(source).maybe_text(address).run(c).await?;
    Ok(())
}

/// How every source fares that anything is known of.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<SourceProgress>, StoreError> {
    let sql = "SELECT * FROM source_progress ORDER BY source";
    read_all(&Statement::new(TABLE, "list", sql).all(c).await?, read)
}

/// Forgets a source, which is gone.
///
/// # Errors
/// The database fails.
pub async fn forget_source(c: &mut Conn, source: &str) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM source_progress WHERE source = $1";
    Statement::new(TABLE, "forget_source", sql).text(source).run(c).await?;
    Ok(())
}

/// A row for a source of which nothing was read yet.
async fn begin(c: &mut Conn, source: &str) -> Result<()> {
    let sql = "INSERT INTO source_progress (source, deliveries, line_count, event_count, rejected, \
               bytes, minute, minute_lines, before_lines) VALUES ($1, 0, 0, 0, 0, 0, 0, 0, 0) \
               ON CONFLICT (source) DO NOTHING";
    Statement::new(TABLE, "begin", sql).text(source).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<SourceProgress> {
    let backlog = row.maybe_number("backlog")?.zip(row.maybe_text("backlog_unit")?);
    let failure = match row.maybe_time("failing_since")? {
        Some(since) => Some((row.json("failure")?, since)),
        None => None,
    };
    Ok(SourceProgress {
        source: row.text("source")?,
        deliveries: row.number("deliveries")?,
        lines: row.number("line_count")?,
        events: row.number("event_count")?,
        rejected: row.number("rejected")?,
        bytes: row.number("bytes")?,
        first_read_at: row.maybe_time("first_read_at")?,
        last_line_at: row.maybe_time("last_line_at")?,
        last_delivered_at: row.maybe_time("last_delivered_at")?,
        last_read_at: row.maybe_time("last_read_at")?,
        lag_ms: row.maybe_number("lag_ms")?,
        backlog,
        confirmation: row.maybe_text("confirmation")?,
        failure,
        minute: row.integer("minute")?,
        minute_lines: row.number("minute_lines")?,
        before_lines: row.number("before_lines")?,
    })
}
