//! Alarms that the detector raised, and whether each still stands.

use claviger_model::{AccessKeyId, Alarm, RiskEventId};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, placeholders};
use crate::{Conn, StoreError};

const TABLE: &str = "alarms";

/// Keys a statement.
const BATCH: usize = 250;

/// An alarm as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmRow {
    /// The same whenever the same stretch of the same key is judged.
    pub id: String,
    /// The risk event that gathers it.
    pub risk_event_id: RiskEventId,
    /// The alarm.
    pub alarm: Alarm,
    /// When it was raised, or was raised again.
    pub raised_at: Timestamp,
    /// Since when it stands no longer.
    pub withdrawn_at: Option<Timestamp>,
}

/// Keeps an alarm that stands.
///
/// # Errors
/// The database fails.
pub async fn put(c: &mut Conn, row: &AlarmRow) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO alarms (id, access_key_id, risk_event_id, happened_at, alarm, raised_at, \
               withdrawn_at) VALUES ($1, $2, $3, $4, $5, $6, NULL) \
               ON CONFLICT (id) DO UPDATE SET alarm = excluded.alarm, withdrawn_at = NULL, \
               raised_at = CASE WHEN alarms.withdrawn_at IS NULL THEN alarms.raised_at \
               ELSE excluded.raised_at END";
    Statement::new(TABLE, "put", sql)
        .text(&row.id)
        .text(row.alarm.access_key_id.as_str())
        .text(row.risk_event_id.as_str())
        .time(row.alarm.time)
        .json(&row.alarm)
        .time(row.raised_at)
        .run(c)
        .await?;
    Ok(())
}

/// An alarm that stands or stood.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(c: &mut Conn, id: &str) -> std::result::Result<Option<AlarmRow>, StoreError> {
    let sql = "SELECT * FROM alarms WHERE id = $1";
    let row = Statement::new(TABLE, "get", sql).text(id).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// An alarm stands no longer. Returns it as it was; `None` where it did not stand.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn withdraw(
    c: &mut Conn,
    id: &str,
    now: Timestamp,
) -> std::result::Result<Option<AlarmRow>, StoreError> {
    let sql = "SELECT * FROM alarms WHERE id = $1 AND withdrawn_at IS NULL";
    let Some(row) = Statement::new(TABLE, "withdraw", sql).text(id).first(c).await? else {
        return Ok(None);
    };
    let sql = "UPDATE alarms SET withdrawn_at = $2 WHERE id = $1";
    Statement::new(TABLE, "withdraw", sql).text(id).time(now).run(c).await?;
    Ok(Some(read(&row)?))
}

/// The alarms of some keys that stand, the oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn standing(
    c: &mut Conn,
    keys: &[&AccessKeyId],
) -> std::result::Result<Vec<AlarmRow>, StoreError> {
    let mut found = Vec::new();
    for batch in keys.chunks(BATCH) {
        let list = placeholders(1, batch.len());
        let sql = format!(
            "SELECT * FROM alarms WHERE access_key_id IN ({list}) AND withdrawn_at IS NULL \
             ORDER BY happened_at, id"
        );
        let mut statement = Statement::composed(TABLE, "standing", sql);
        if batch.len() != BATCH {
            statement = statement.once();
        }
        for key in batch {
            statement = statement.text(key.as_str());
        }
        found.extend(read_all(&statement.all(c).await?, read)?);
    }
    Ok(found)
}

/// The latest `limit` alarms of a risk event that stand or stood, the oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_event(
    c: &mut Conn,
    risk_event_id: &RiskEventId,
    limit: u32,
) -> std::result::Result<Vec<AlarmRow>, StoreError> {
    let sql = "SELECT * FROM alarms WHERE risk_event_id = $1 \
               ORDER BY happened_at DESC, id DESC LIMIT $2";
    let statement = Statement::new(TABLE, "of_event", sql).text(risk_event_id.as_str());
    let mut rows = read_all(&statement.number(limit.into()).all(c).await?, read)?;
    rows.reverse();
    Ok(rows)
}

fn read(row: &Row) -> Result<AlarmRow> {
    Ok(AlarmRow {
        id: row.text("id")?,
        risk_event_id: row.text("risk_event_id")?.into(),
        alarm: row.json("alarm")?,
        raised_at: row.time("raised_at")?,
        withdrawn_at: row.maybe_time("withdrawn_at")?,
    })
}
