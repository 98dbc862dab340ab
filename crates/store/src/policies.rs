//! The policy of each risk type. A type that nobody changed has the model's default.

use claviger_model::{Level, RiskPolicy, RiskType};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "policies";

/// The policy of a type.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(c: &mut Conn, risk_type: RiskType) -> std::result::Result<RiskPolicy, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT * FROM policies WHERE risk_type = $1")
        .text(risk_type.as_str())
        .first(c)
        .await?;
    row.as_ref().map_or_else(|| Ok(RiskPolicy::default_of(risk_type)), read)
}

/// The policies of all types, in the order pages list them.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<RiskPolicy>, StoreError> {
    let rows = Statement::new(TABLE, "list", "SELECT * FROM policies").all(c).await?;
    let changed = read_all(&rows, read)?;
    let policy_of = |risk_type| {
        let own = changed.iter().find(|policy| policy.risk_type == risk_type);
        own.copied().unwrap_or_else(|| RiskPolicy::default_of(risk_type))
    };
    Ok(RiskType::ALL.into_iter().map(policy_of).collect())
}

/// Keeps the policy of a type. Existing events are another act: [`crate::risk_events::set_level_of_type`].
///
/// # Errors
/// The database fails.
pub async fn set(c: &mut Conn, policy: &RiskPolicy) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO policies (risk_type, level, enabled, conditions) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (risk_type) DO UPDATE SET level = excluded.level, \
               enabled = excluded.enabled, conditions = excluded.conditions";
    Statement::new(TABLE, "set", sql)
        .text(policy.risk_type.as_str())
        .text(policy.level.as_str())
        .flag(policy.enabled)
        .json(&policy.conditions)
        .run(c)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<RiskPolicy> {
    let risk_type = row.word("risk_type", &RiskType::ALL, RiskType::as_str)?;
    // A row of before there were conditions holds none: then those of the type stand.
    let conditions = match row.text("conditions")?.as_str() {
        "{}" => RiskPolicy::default_of(risk_type).conditions,
        _ => row.json("conditions")?,
    };
    Ok(RiskPolicy {
        risk_type,
        conditions,
        level: row.word("level", &Level::ALL, Level::as_str)?,
        enabled: row.flag("enabled")?,
    })
}
