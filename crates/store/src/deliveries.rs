//! Messages on their way: the outbox, and later the delivery log.

use claviger_model::{
    AlertConfigurationId, AlertKind, Delivery, DeliveryId, DeliveryState, RiskEventId,
};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "deliveries";

/// Puts a message in the outbox. `false`: the same message was put there before.
///
/// # Errors
/// The database fails.
pub async fn insert(c: &mut Conn, delivery: &Delivery) -> std::result::Result<bool, StoreError> {
    let sql = "INSERT INTO deliveries (id, configuration_id, risk_event_id, kind, notice, state, \
               attempts, last_error, created_at, delivered_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING";
    let added = Statement::new(TABLE, "insert", sql)
        .text(delivery.id.as_str())
        .text(delivery.configuration_id.as_str())
        .maybe_text(delivery.risk_event_id.as_ref().map(RiskEventId::as_str))
        .text(delivery.kind.as_str())
        .json(&delivery.notice)
        .text(delivery.state.as_str())
        .number(delivery.attempts.into())
        .maybe_text(delivery.last_error.as_deref())
        .time(delivery.created_at)
        .maybe_time(delivery.delivered_at)
        .run(c)
        .await?;
    Ok(added > 0)
}

/// One message.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    id: &DeliveryId,
) -> std::result::Result<Option<Delivery>, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT * FROM deliveries WHERE id = $1")
        .text(id.as_str())
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Messages, of one risk event or of all, newest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    risk_event_id: Option<&RiskEventId>,
    limit: u32,
) -> std::result::Result<Vec<Delivery>, StoreError> {
    let sql = "SELECT * FROM deliveries WHERE ($1 IS NULL OR risk_event_id = $1) \
               ORDER BY created_at DESC, id DESC LIMIT $2";
    let rows = Statement::new(TABLE, "list", sql)
        .maybe_text(risk_event_id.map(RiskEventId::as_str))
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// The channel accepted it. A second call changes nothing.
///
/// # Errors
/// The database fails.
pub async fn set_delivered(
    c: &mut Conn,
    id: &DeliveryId,
    at: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, \
               last_error = NULL, delivered_at = $2 WHERE id = $1 AND state <> 'delivered'";
    Statement::new(TABLE, "set_delivered", sql).text(id.as_str()).time(at).run(c).await?;
    Ok(())
}

/// The last try failed; it will be tried again. What was delivered stays so.
///
/// # Errors
/// The database fails.
pub async fn set_retrying(
    c: &mut Conn,
    id: &DeliveryId,
    error: &str,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE deliveries SET state = 'retrying', attempts = attempts + 1, last_error = $2 \
               WHERE id = $1 AND state <> 'delivered'";
    Statement::new(TABLE, "set_retrying", sql).text(id.as_str()).text(error).run(c).await?;
    Ok(())
}

/// How many wait, were delivered, and are tried again: in this order. Those whose configuration was
/// removed wait for nothing and are not counted.
///
/// # Errors
/// The database fails.
pub async fn counts(c: &mut Conn) -> std::result::Result<(u64, u64, u64), StoreError> {
    let sql = "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END) AS waiting, \
               COUNT(CASE WHEN state = 'delivered' THEN 1 END) AS delivered, \
               COUNT(CASE WHEN state = 'retrying' THEN 1 END) AS retrying FROM deliveries \
               WHERE state = 'delivered' OR EXISTS (SELECT 1 FROM alert_configurations \
               WHERE alert_configurations.id = deliveries.configuration_id)";
    let row = Statement::new(TABLE, "counts", sql).only(c).await?;
    Ok((row.number("waiting")?, row.number("delivered")?, row.number("retrying")?))
}

fn read(row: &Row) -> Result<Delivery> {
    Ok(Delivery {
        id: row.text("id")?.into(),
        configuration_id: AlertConfigurationId::from(row.text("configuration_id")?),
        risk_event_id: row.maybe_text("risk_event_id")?.map(RiskEventId::from),
        kind: row.word("kind", &AlertKind::ALL, AlertKind::as_str)?,
        notice: row.json("notice")?,
        state: row.word("state", &DeliveryState::ALL, DeliveryState::as_str)?,
        attempts: row.count("attempts")?,
        last_error: row.maybe_text("last_error")?,
        created_at: row.time("created_at")?,
        delivered_at: row.maybe_time("delivered_at")?,
    })
}
