//! Messages on their way: the outbox, and later the delivery log.

use claviger_model::{
    AlertConfigurationId, AlertKind, Delivery, DeliveryId, DeliveryState, Level, RiskEventId,
};
use jiff::Timestamp;

use crate::conditions::Conditions;
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
               attempts, last_error, created_at, delivered_at, recipients, level, leaves_at, digest_id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING";
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
        .json(&delivery.to)
        .text(delivery.level.as_str())
        .time(delivery.leaves_at)
        .maybe_text(delivery.digest_id.as_ref().map(DeliveryId::as_str))
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

/// Messages, of one risk event or of all, in one state or in any, newest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    risk_event_id: Option<&RiskEventId>,
    state: Option<DeliveryState>,
    limit: u32,
) -> std::result::Result<Vec<Delivery>, StoreError> {
    let rows = Conditions::default()
        .text("risk_event_id = ?", risk_event_id.map(RiskEventId::as_str))
        .text("state = ?", state.map(DeliveryState::as_str))
        .statement(
            TABLE,
            "list",
            "SELECT * FROM deliveries",
            "ORDER BY created_at DESC, id DESC LIMIT ?",
        )
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

/// It was tried too often. What was delivered stays so.
///
/// # Errors
/// The database fails.
pub async fn set_dead(
    c: &mut Conn,
    id: &DeliveryId,
    error: &str,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE deliveries SET state = 'dead', attempts = attempts + 1, last_error = $2 \
               WHERE id = $1 AND state <> 'delivered'";
    Statement::new(TABLE, "set_dead", sql).text(id.as_str()).text(error).run(c).await?;
    Ok(())
}

/// A person sends it again: its tries begin anew, under the same id. `false`: it waits for no try.
///
/// # Errors
/// The database fails.
pub async fn revive(
    c: &mut Conn,
    id: &DeliveryId,
    now: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE deliveries SET state = 'waiting', attempts = 0, leaves_at = $2 \
               WHERE id = $1 AND state IN ('dead', 'retrying', 'waiting')";
    Ok(Statement::new(TABLE, "revive", sql).text(id.as_str()).time(now).run(c).await? > 0)
}

/// When the messages of a configuration leave that do so by themselves, after an instant, with the event
/// each is about.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn leaving(
    c: &mut Conn,
    configuration_id: &AlertConfigurationId,
    after: Timestamp,
) -> std::result::Result<Vec<(Timestamp, Option<RiskEventId>)>, StoreError> {
    let sql = "SELECT DISTINCT created_at, leaves_at, risk_event_id FROM deliveries WHERE configuration_id = $1 \
               AND leaves_at > $2 AND state NOT IN ('collected', 'summarized') \
               AND kind IN ('leak_found', 'leaked_key_used', 'alarm', 'handling_failed')";
    let rows = Statement::new(TABLE, "leaving", sql)
        .text(configuration_id.as_str())
        .time(after)
        .all(c)
        .await?;
    read_all(&rows, |row| {
        Ok((row.time("leaves_at")?, row.maybe_text("risk_event_id")?.map(RiskEventId::from)))
    })
}

/// The messages of a configuration that wait to be told as one, oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn collected(
    c: &mut Conn,
    configuration_id: &AlertConfigurationId,
    limit: u32,
) -> std::result::Result<Vec<Delivery>, StoreError> {
    let sql = "SELECT * FROM deliveries WHERE configuration_id = $1 AND state = 'collected' \
               ORDER BY leaves_at, created_at, id LIMIT $2";
    let rows = Statement::new(TABLE, "collected", sql)
        .text(configuration_id.as_str())
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// A collected message is told in another.
///
/// # Errors
/// The database fails.
pub async fn set_summarized(
    c: &mut Conn,
    id: &DeliveryId,
    digest_id: &DeliveryId,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE deliveries SET state = 'summarized', digest_id = $2 \
               WHERE id = $1 AND state = 'collected'";
    Statement::new(TABLE, "set_summarized", sql)
        .text(id.as_str())
        .text(digest_id.as_str())
        .run(c)
        .await?;
    Ok(())
}

/// How many wait, were delivered, and are tried again: in this order. Those whose configuration was
/// removed wait for nothing and are not counted.
///
/// # Errors
/// The database fails.
pub async fn counts(c: &mut Conn) -> std::result::Result<(u64, u64, u64), StoreError> {
    // Of the many that were delivered nothing but the index is read.
    let sql = "SELECT state, COUNT(*) AS messages FROM deliveries WHERE state = 'delivered' \
               GROUP BY state UNION ALL SELECT state, COUNT(*) AS messages FROM deliveries \
               WHERE state IN ('waiting', 'retrying') AND EXISTS (SELECT 1 FROM alert_configurations \
               WHERE alert_configurations.id = deliveries.configuration_id) GROUP BY state";
    let (mut waiting, mut delivered, mut retrying) = (0, 0, 0);
    for row in Statement::new(TABLE, "counts", sql).all(c).await? {
        let count = row.number("messages")?;
        match row.word("state", &DeliveryState::ALL, DeliveryState::as_str)? {
            DeliveryState::Waiting => waiting = count,
            DeliveryState::Delivered => delivered = count,
            _ => retrying = count,
        }
    }
    Ok((waiting, delivered, retrying))
}

fn read(row: &Row) -> Result<Delivery> {
    Ok(Delivery {
        id: row.text("id")?.into(),
        configuration_id: AlertConfigurationId::from(row.text("configuration_id")?),
        risk_event_id: row.maybe_text("risk_event_id")?.map(RiskEventId::from),
        kind: row.word("kind", &AlertKind::ALL, AlertKind::as_str)?,
        to: row.json("recipients")?,
        level: row.word("level", &Level::ALL, Level::as_str)?,
        notice: row.json("notice")?,
        leaves_at: row.time("leaves_at")?,
        digest_id: row.maybe_text("digest_id")?.map(DeliveryId::from),
        state: row.word("state", &DeliveryState::ALL, DeliveryState::as_str)?,
        attempts: row.count("attempts")?,
        last_error: row.maybe_text("last_error")?,
        created_at: row.time("created_at")?,
        delivered_at: row.maybe_time("delivered_at")?,
    })
}
