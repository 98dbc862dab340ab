//! Stretches of time that a source was not watched in, or of which lines are lost.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "source_gaps";

/// What a gap costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// Lines of that time were read later than they could have been.
    Blind,
    /// Lines of that time will never be read.
    Lost,
}

impl GapKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Blind, Self::Lost];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blind => "blind",
            Self::Lost => "lost",
        }
    }
}

/// A stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The source.
    pub source: String,
    /// What it costs.
    pub kind: GapKind,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Why, in words.
    pub words: String,
}

/// Keeps a gap. The same beginning of the same source is the same gap.
///
/// # Errors
/// The database fails.
pub async fn insert(c: &mut Conn, gap: &Gap) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO source_gaps (id, source, kind, begun_at, ended_at, words) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET \
               ended_at = excluded.ended_at, words = excluded.words";
    let name = format!("{}\n{}\n{}", gap.source, gap.kind.as_str(), gap.begun_at);
    Statement::new(TABLE, "insert", sql)
        .text(&hex::encode(&Sha256::digest(name.as_bytes())[..16]))
        .text(&gap.source)
        .text(gap.kind.as_str())
        .time(gap.begun_at)
        .time(gap.ended_at)
        .text(&gap.words)
        .run(c)
        .await?;
    Ok(())
}

/// The gaps that ended after an instant, of one source or of all, the latest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn since(
    c: &mut Conn,
    source: Option<&str>,
    since: Timestamp,
    limit: u32,
) -> std::result::Result<Vec<Gap>, StoreError> {
    let sql = "SELECT * FROM source_gaps WHERE ($1 IS NULL OR source = $1) AND ended_at > $2 \
               ORDER BY begun_at DESC, id LIMIT $3";
    let rows = Statement::new(TABLE, "since", sql)
        .maybe_text(source)
        .time(since)
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// Forgets the gaps that ended before an instant.
///
/// # Errors
/// The database fails.
pub async fn prune(c: &mut Conn, before: Timestamp) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM source_gaps WHERE ended_at < $1";
    Statement::new(TABLE, "prune", sql).time(before).run(c).await?;
    Ok(())
}

/// Forgets all of a source, which is gone.
///
/// # Errors
/// The database fails.
pub async fn forget_source(c: &mut Conn, source: &str) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM source_gaps WHERE source = $1";
    Statement::new(TABLE, "forget_source", sql).text(source).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Gap> {
    Ok(Gap {
        source: row.text("source")?,
        kind: row.word("kind", &GapKind::ALL, GapKind::as_str)?,
        begun_at: row.time("begun_at")?,
        ended_at: row.time("ended_at")?,
        words: row.text("words")?,
    })
}
