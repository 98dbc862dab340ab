//! What follows messages that somebody should acknowledge.

use claviger_model::{AlertConfigurationId, DeliveryId, EscalationId, RiskEventId};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::Row;
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "escalations";

/// One message that is followed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscalationRow {
    /// Derived from the message.
    pub id: EscalationId,
    /// Whose rules it follows.
    pub configuration_id: AlertConfigurationId,
    /// What should be acknowledged.
    pub risk_event_id: RiskEventId,
    /// The message.
    pub delivery_id: DeliveryId,
    /// Steps told so far.
    pub taken: u32,
    /// When the message, or the latest step, left.
    pub since: Timestamp,
    /// When it was acknowledged, or its steps were done.
    pub ended_at: Option<Timestamp>,
}

/// Keeps it, unless a message about the same event is followed up for the same configuration already.
///
/// # Errors
/// The database fails.
pub async fn begin(c: &mut Conn, row: &EscalationRow) -> std::result::Result<bool, StoreError> {
    let sql = "SELECT id FROM escalations WHERE risk_event_id = $1 AND configuration_id = $2 \
               AND ended_at IS NULL";
    let running = Statement::new(TABLE, "begin", sql)
        .text(row.risk_event_id.as_str())
        .text(row.configuration_id.as_str())
        .first(c)
        .await?;
    if running.is_some() {
        return Ok(false);
    }
    let sql = "INSERT INTO escalations (id, configuration_id, risk_event_id, delivery_id, taken, \
               since) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
    let added = Statement::new(TABLE, "begin", sql)
        .text(row.id.as_str())
        .text(row.configuration_id.as_str())
        .text(row.risk_event_id.as_str())
        .text(row.delivery_id.as_str())
        .number(row.taken.into())
        .time(row.since)
        .run(c)
        .await?;
    Ok(added > 0)
}

/// One of them.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    id: &EscalationId,
) -> std::result::Result<Option<EscalationRow>, StoreError> {
    let sql = "SELECT * FROM escalations WHERE id = $1";
    let row = Statement::new(TABLE, "get", sql).text(id.as_str()).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// Keeps how far it is.
///
/// # Errors
/// The database fails.
pub async fn update(c: &mut Conn, row: &EscalationRow) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE escalations SET taken = $2, since = $3, ended_at = $4 WHERE id = $1";
    Statement::new(TABLE, "update", sql)
        .text(row.id.as_str())
        .number(row.taken.into())
        .time(row.since)
        .maybe_time(row.ended_at)
        .run(c)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<EscalationRow> {
    Ok(EscalationRow {
        id: row.text("id")?.into(),
        configuration_id: row.text("configuration_id")?.into(),
        risk_event_id: row.text("risk_event_id")?.into(),
        delivery_id: row.text("delivery_id")?.into(),
        taken: row.count("taken")?,
        since: row.time("since")?,
        ended_at: row.maybe_time("ended_at")?,
    })
}
