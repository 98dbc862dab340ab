//! Alert configurations, with their sealed passwords beside them.

use claviger_model::{AlertConfiguration, AlertConfigurationId, Level};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "alert_configurations";

/// Keeps a new configuration; `sealed` is its password as the caller sealed it.
///
/// # Errors
/// The id is taken, or the database fails.
pub async fn insert(
    c: &mut Conn,
    configuration: &AlertConfiguration,
    sealed: Option<&str>,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO alert_configurations (id, name, enabled, method, risk_types, level_min, \
               language, created_at, rules, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    bound(Statement::new(TABLE, "insert", sql), configuration).maybe_text(sealed).run(c).await?;
    Ok(())
}

/// Keeps a configuration as it is now. Without a new sealed password the old one stays.
///
/// # Errors
/// The database fails.
pub async fn update(
    c: &mut Conn,
    configuration: &AlertConfiguration,
    sealed: Option<&str>,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE alert_configurations SET name = $2, enabled = $3, method = $4, \
               risk_types = $5, level_min = $6, language = $7, created_at = $8, rules = $9, \
               sealed = COALESCE($10, sealed) WHERE id = $1";
    bound(Statement::new(TABLE, "update", sql), configuration).maybe_text(sealed).run(c).await?;
    Ok(())
}

/// One configuration.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    id: &AlertConfigurationId,
) -> std::result::Result<Option<AlertConfiguration>, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT * FROM alert_configurations WHERE id = $1")
        .text(id.as_str())
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Every configuration, by name.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<AlertConfiguration>, StoreError> {
    let sql = "SELECT * FROM alert_configurations ORDER BY name, id";
    let rows = Statement::new(TABLE, "list", sql).all(c).await?;
    read_all(&rows, read)
}

/// Removes it. What it sent stays in the delivery log.
///
/// # Errors
/// The database fails.
pub async fn remove(
    c: &mut Conn,
    id: &AlertConfigurationId,
) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "remove", "DELETE FROM alert_configurations WHERE id = $1")
        .text(id.as_str())
        .run(c)
        .await?;
    Ok(())
}

/// The sealed password; `None` where it has none or does not exist.
///
/// # Errors
/// The database fails.
pub async fn sealed(
    c: &mut Conn,
    id: &AlertConfigurationId,
) -> std::result::Result<Option<String>, StoreError> {
    let sql = "SELECT sealed FROM alert_configurations WHERE id = $1";
    let row = Statement::new(TABLE, "sealed", sql).text(id.as_str()).first(c).await?;
    row.map_or(Ok(None), |row| row.maybe_text("sealed"))
}

/// Nothing of a configuration gets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertFailure {
    /// Of which one.
    pub configuration_id: AlertConfigurationId,
    /// Its name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// What the latest try met.
    pub why: String,
    /// When other people were told.
    pub told_at: Option<Timestamp>,
}

/// A try failed: keeps since when that is so.
///
/// # Errors
/// The database fails.
pub async fn set_failing(
    c: &mut Conn,
    id: &AlertConfigurationId,
    now: Timestamp,
    why: &str,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE alert_configurations SET failing_since = COALESCE(failing_since, $2), \
               failure = $3 WHERE id = $1";
    Statement::new(TABLE, "set_failing", sql).text(id.as_str()).time(now).text(why).run(c).await?;
    Ok(())
}

/// Other people were told that nothing gets through. `false`: they were told before.
///
/// # Errors
/// The database fails.
pub async fn set_failure_told(
    c: &mut Conn,
    id: &AlertConfigurationId,
    now: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE alert_configurations SET failure_told_at = $2 \
               WHERE id = $1 AND failure_told_at IS NULL";
    let told =
        Statement::new(TABLE, "set_failure_told", sql).text(id.as_str()).time(now).run(c).await?;
    Ok(told > 0)
}

/// A message got through.
///
/// # Errors
/// The database fails.
pub async fn set_working(
    c: &mut Conn,
    id: &AlertConfigurationId,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE alert_configurations SET failing_since = NULL, failure_told_at = NULL, \
               failure = NULL WHERE id = $1";
    Statement::new(TABLE, "set_working", sql).text(id.as_str()).run(c).await?;
    Ok(())
}

/// The configurations whose latest try failed.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn failing(c: &mut Conn) -> std::result::Result<Vec<AlertFailure>, StoreError> {
    let sql = "SELECT * FROM alert_configurations WHERE failing_since IS NOT NULL ORDER BY id";
    let rows = Statement::new(TABLE, "failing", sql).all(c).await?;
    read_all(&rows, |row| {
        Ok(AlertFailure {
            configuration_id: row.text("id")?.into(),
            name: row.text("name")?,
            since: row.time("failing_since")?,
            why: row.maybe_text("failure")?.unwrap_or_default(),
            told_at: row.maybe_time("failure_told_at")?,
        })
    })
}

fn bound(statement: Statement, configuration: &AlertConfiguration) -> Statement {
    statement
        .text(configuration.id.as_str())
        .text(&configuration.name)
        .flag(configuration.enabled)
        .json(&configuration.method)
        .json(&configuration.risk_types)
        .text(configuration.level_min.as_str())
        .json(&configuration.language)
        .time(configuration.created_at)
        .json(&configuration.rules)
}

fn read(row: &Row) -> Result<AlertConfiguration> {
    Ok(AlertConfiguration {
        id: row.text("id")?.into(),
        name: row.text("name")?,
        enabled: row.flag("enabled")?,
        method: row.json("method")?,
        risk_types: row.json("risk_types")?,
        level_min: row.word("level_min", &Level::ALL, Level::as_str)?,
        language: row.json("language")?,
        rules: row.json("rules")?,
        created_at: row.time("created_at")?,
    })
}
