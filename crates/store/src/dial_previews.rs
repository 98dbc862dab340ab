//! What other values of the alarm dial would have raised, as somebody asked last. One row: what is asked next takes
//! its place.

use jiff::Timestamp;
use serde_json::Value;

use crate::error::Result;
use crate::row::Row;
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "dial_previews";

/// How a preview fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviewState {
    /// It was asked for and is not ended.
    Running,
    /// Its result is there.
    Done,
    /// It could not go on.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl PreviewState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A preview.
#[derive(Debug, Clone, PartialEq)]
pub struct DialPreview {
    /// Its id, another one each time.
    pub id: String,
    /// How it fares.
    pub state: PreviewState,
    /// What was asked, in the service's words.
    pub asked: Value,
    /// By whom.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it failed, with the way out.
    pub failure: Option<String>,
    /// What came of it, in the service's words.
    pub result: Option<Value>,
}

/// The preview that was asked for last.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn latest(c: &mut Conn) -> std::result::Result<Option<DialPreview>, StoreError> {
    let sql = "SELECT * FROM dial_previews WHERE slot = 1";
    let row = Statement::new(TABLE, "latest", sql).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// Puts a preview in place of the one before, unless that is not ended. Whether it did.
///
/// # Errors
/// The database fails.
pub async fn begin(c: &mut Conn, preview: &DialPreview) -> std::result::Result<bool, StoreError> {
    let sql = "INSERT INTO dial_previews (slot, id, state, asked, asked_by, asked_at, ended_at, \
               failure, result) VALUES (1, $1, $2, $3, $4, $5, NULL, NULL, NULL) \
               ON CONFLICT (slot) DO UPDATE SET id = excluded.id, state = excluded.state, \
               asked = excluded.asked, asked_by = excluded.asked_by, asked_at = excluded.asked_at, \
               ended_at = NULL, failure = NULL, result = NULL \
               WHERE dial_previews.state <> 'running'";
    let begun = Statement::new(TABLE, "begin", sql)
        .text(&preview.id)
        .text(preview.state.as_str())
        .json(&preview.asked)
        .text(&preview.asked_by)
        .time(preview.asked_at)
        .run(c)
        .await?;
    Ok(begun > 0)
}

/// How a preview ended.
#[derive(Debug, Clone, PartialEq)]
pub enum PreviewEnd {
    /// With a result, in the service's words.
    Done(Value),
    /// It could not go on; why, with the way out.
    Failed(String),
    /// Somebody stopped it.
    Cancelled,
}

/// Ends a preview that runs. Whether it ran.
///
/// # Errors
/// The database fails.
pub async fn end(
    c: &mut Conn,
    id: &str,
    end: &PreviewEnd,
    now: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let (state, failure, result) = match end {
        PreviewEnd::Done(result) => (PreviewState::Done, None, Some(result)),
        PreviewEnd::Failed(why) => (PreviewState::Failed, Some(why.as_str()), None),
        PreviewEnd::Cancelled => (PreviewState::Cancelled, None, None),
    };
    let sql = "UPDATE dial_previews SET state = $2, ended_at = $3, failure = $4, result = $5 \
               WHERE slot = 1 AND id = $1 AND state = 'running'";
    let ended = Statement::new(TABLE, "end", sql)
        .text(id)
        .text(state.as_str())
        .time(now)
        .maybe_text(failure)
        .maybe_json(result)
        .run(c)
        .await?;
    Ok(ended > 0)
}

fn read(row: &Row) -> Result<DialPreview> {
    Ok(DialPreview {
        id: row.text("id")?,
        state: row.word("state", &PreviewState::ALL, PreviewState::as_str)?,
        asked: row.json("asked")?,
        asked_by: row.text("asked_by")?,
        asked_at: row.time("asked_at")?,
        ended_at: row.maybe_time("ended_at")?,
        failure: row.maybe_text("failure")?,
        result: row.maybe_json("result")?,
    })
}
