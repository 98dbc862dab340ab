//! What happened on a risk event, line by line. Lines are only ever added; one that tells of use grows with it.

use claviger_model::{Level, RiskEventId, RiskType};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "timeline";

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Derived from what happened, so that a job which runs twice writes it once.
    pub id: String,
    /// The risk event.
    pub risk_event_id: RiskEventId,
    /// When it happened.
    pub at: Timestamp,
    /// What kind of thing happened, as one word.
    pub kind: String,
    /// What happened, as a sentence.
    pub text: String,
    /// The same as data.
    pub details: serde_json::Value,
    /// Who did it; `None` for what happened by itself.
    pub actor: Option<String>,
}

/// Adds a line. `false`: it was there.
///
/// # Errors
/// The database fails.
pub async fn append(c: &mut Conn, entry: &TimelineEntry) -> std::result::Result<bool, StoreError> {
    // `place` orders lines of the same instant as they were written.
    let sql = "INSERT INTO timeline (id, risk_event_id, happened_at, kind, words, details, actor, \
               place) VALUES ($1, $2, $3, $4, $5, $6, $7, \
               (SELECT COALESCE(MAX(place), 0) + 1 FROM timeline \
               WHERE risk_event_id = $2 AND happened_at = $3)) \
               ON CONFLICT (id) DO NOTHING";
    let added = Statement::new(TABLE, "append", sql)
        .text(&entry.id)
        .text(entry.risk_event_id.as_str())
        .time(entry.at)
        .text(&entry.kind)
        .text(&entry.text)
        .json(&entry.details)
        .maybe_text(entry.actor.as_deref())
        .run(c)
        .await?;
    Ok(added > 0)
}

/// A line, by its id.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(c: &mut Conn, id: &str) -> std::result::Result<Option<TimelineEntry>, StoreError> {
    let sql = "SELECT * FROM timeline WHERE id = $1";
    let row = Statement::new(TABLE, "get", sql).text(id).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// Says anew what a line tells: more of the same happened.
///
/// # Errors
/// The database fails.
pub async fn grow(c: &mut Conn, entry: &TimelineEntry) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE timeline SET words = $2, details = $3, happened_at = $4 WHERE id = $1";
    let statement = Statement::new(TABLE, "grow", sql).text(&entry.id).text(&entry.text);
    statement.json(&entry.details).time(entry.at).run(c).await?;
    Ok(())
}

/// The latest `limit` lines of a risk event, oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_event(
    c: &mut Conn,
    risk_event_id: &RiskEventId,
    limit: u32,
) -> std::result::Result<Vec<TimelineEntry>, StoreError> {
    let sql = "SELECT * FROM timeline WHERE risk_event_id = $1 \
               ORDER BY happened_at DESC, place DESC, id DESC LIMIT $2";
    let rows = Statement::new(TABLE, "of_event", sql)
        .text(risk_event_id.as_str())
        .number(limit.into())
        .all(c)
        .await?;
    let mut entries = read_all(&rows, read)?;
    entries.reverse();
    Ok(entries)
}

/// The latest line of a kind of a risk event.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn latest(
    c: &mut Conn,
    risk_event_id: &RiskEventId,
    kind: &str,
) -> std::result::Result<Option<TimelineEntry>, StoreError> {
    let sql = "SELECT * FROM timeline WHERE risk_event_id = $1 AND kind = $2 \
               ORDER BY happened_at DESC, place DESC, id DESC LIMIT 1";
    let row = Statement::new(TABLE, "latest", sql)
        .text(risk_event_id.as_str())
        .text(kind)
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Lines that tell of a change of state: of the work, the key, evidence, the level, a plan.
const CHANGES: &str = "(kind IN ('work_state', 'reopened', 'key_state', 'level', 'allowlist', \
     'assigned') \
     OR kind LIKE 'evidence!_%' ESCAPE '!' OR kind LIKE 'plan!_%' ESCAPE '!')";

/// The lines of a risk event that tell of a change of its states, oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn changes(
    c: &mut Conn,
    risk_event_id: &RiskEventId,
    limit: u32,
) -> std::result::Result<Vec<TimelineEntry>, StoreError> {
    let sql = format!(
        "SELECT * FROM timeline WHERE risk_event_id = $1 AND {CHANGES} \
         ORDER BY happened_at DESC, place DESC LIMIT $2"
    );
    let rows = Statement::composed(TABLE, "changes", sql)
        .text(risk_event_id.as_str())
        .number(limit.into())
        .all(c)
        .await?;
    let mut lines = read_all(&rows, read)?;
    lines.reverse();
    Ok(lines)
}

/// Writes on every event of a type whose level is another one that it changes to this one.
///
/// # Errors
/// The database fails.
pub async fn tell_level(
    c: &mut Conn,
    (risk_type, level): (RiskType, Level),
    at: Timestamp,
    actor: &str,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO timeline (id, risk_event_id, happened_at, kind, words, details, actor, \
               place) SELECT risk_events.id || ' level ' || $1, risk_events.id, $2, 'level', \
               risk_events.level || ' → ' || $3, '{}', $4, (SELECT COALESCE(MAX(place), 0) + 1 \
               FROM timeline WHERE timeline.risk_event_id = risk_events.id \
               AND timeline.happened_at = $5) FROM risk_events \
               WHERE risk_type = $6 AND level <> $7 ON CONFLICT (id) DO NOTHING";
    Statement::new(TABLE, "tell_level", sql)
        .text(&at.to_string())
        .time(at)
        .text(level.as_str())
        .text(actor)
        .time(at)
        .text(risk_type.as_str())
        .text(level.as_str())
        .run(c)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<TimelineEntry> {
    Ok(TimelineEntry {
        id: row.text("id")?,
        risk_event_id: row.text("risk_event_id")?.into(),
        at: row.time("happened_at")?,
        kind: row.text("kind")?,
        text: row.text("words")?,
        details: row.json("details")?,
        actor: row.maybe_text("actor")?,
    })
}
