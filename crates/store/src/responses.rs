//! Response rules, and the plans that they are about to run.

use claviger_model::{PlanId, Response, ResponseRule, ResponseState, RiskEventId};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const RULES: &str = "response_rules";
const TABLE: &str = "responses";

/// Keeps a rule as it is now.
///
/// # Errors
/// The database fails.
pub async fn put_rule(c: &mut Conn, rule: &ResponseRule) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO response_rules (id, rule_text, made_at) VALUES ($1, $2, $3) \
               ON CONFLICT (id) DO UPDATE SET rule_text = excluded.rule_text";
    Statement::new(RULES, "put_rule", sql)
        .text(&rule.id)
        .json(rule)
        .time(rule.made_at)
        .run(c)
        .await?;
    Ok(())
}

/// Every rule, oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn rules(c: &mut Conn) -> std::result::Result<Vec<ResponseRule>, StoreError> {
    let sql = "SELECT rule_text FROM response_rules ORDER BY made_at, id";
    let rows = Statement::new(RULES, "rules", sql).all(c).await?;
    read_all(&rows, |row| row.json("rule_text"))
}

/// Removes a rule. `false`: there was none.
///
/// # Errors
/// The database fails.
pub async fn remove_rule(c: &mut Conn, id: &str) -> std::result::Result<bool, StoreError> {
    let sql = "DELETE FROM response_rules WHERE id = $1";
    Ok(Statement::new(RULES, "remove_rule", sql).text(id).run(c).await? > 0)
}

/// Keeps a response. `false`: it is known.
///
/// # Errors
/// The database fails.
pub async fn insert(c: &mut Conn, response: &Response) -> std::result::Result<bool, StoreError> {
    let sql = "INSERT INTO responses (id, rule_id, risk_event_id, plan_id, state, runs_at, note) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    let added = Statement::new(TABLE, "insert", sql)
        .text(&response.id)
        .text(&response.rule_id)
        .text(response.risk_event_id.as_str())
        .text(response.plan_id.as_str())
        .text(response.state.as_str())
        .time(response.runs_at)
        .maybe_text(response.note.as_deref())
        .run(c)
        .await?;
    Ok(added > 0)
}

/// One response.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(c: &mut Conn, id: &str) -> std::result::Result<Option<Response>, StoreError> {
    let sql = "SELECT * FROM responses WHERE id = $1";
    let row = Statement::new(TABLE, "get", sql).text(id).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// The responses to an event, latest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_event(
    c: &mut Conn,
    id: &RiskEventId,
) -> std::result::Result<Vec<Response>, StoreError> {
    let sql = "SELECT * FROM responses WHERE risk_event_id = $1 ORDER BY runs_at DESC, id";
    let rows = Statement::new(TABLE, "of_event", sql).text(id.as_str()).all(c).await?;
    read_all(&rows, read)
}

/// Ends a response that waits. `false`: it did not wait any more.
///
/// # Errors
/// The database fails.
pub async fn end(
    c: &mut Conn,
    id: &str,
    state: ResponseState,
    note: Option<&str>,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE responses SET state = $2, note = $3 WHERE id = $1 AND state = 'waiting'";
    let changed = Statement::new(TABLE, "end", sql)
        .text(id)
        .text(state.as_str())
        .maybe_text(note)
        .run(c)
        .await?;
    Ok(changed > 0)
}

fn read(row: &Row) -> Result<Response> {
    Ok(Response {
        id: row.text("id")?,
        rule_id: row.text("rule_id")?,
        risk_event_id: row.text("risk_event_id")?.into(),
        plan_id: PlanId::from(row.text("plan_id")?),
        state: row.word("state", &ResponseState::ALL, ResponseState::as_str)?,
        runs_at: row.time("runs_at")?,
        note: row.maybe_text("note")?,
    })
}
