//! Plans of handlings, with their steps and what each step proved.

use claviger_model::{Action, Plan, PlanId, PlanState, RiskEventId};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "plans";

/// Keeps a new plan.
///
/// # Errors
/// The id is taken, or the database fails.
pub async fn insert(c: &mut Conn, plan: &Plan) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO plans (id, risk_event_id, connection_id, action, steps, breaks, \
               drafted_by, confirmed_by, state, drafted_at, confirmed_at, ended_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    bound(Statement::new(TABLE, "insert", sql), plan).run(c).await?;
    Ok(())
}

/// One plan.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(c: &mut Conn, id: &PlanId) -> std::result::Result<Option<Plan>, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT * FROM plans WHERE id = $1")
        .text(id.as_str())
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Keeps every field of a plan as it is now.
///
/// # Errors
/// The database fails.
pub async fn update(c: &mut Conn, plan: &Plan) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE plans SET risk_event_id = $2, connection_id = $3, action = $4, steps = $5, \
               breaks = $6, drafted_by = $7, confirmed_by = $8, state = $9, drafted_at = $10, \
               confirmed_at = $11, ended_at = $12 WHERE id = $1";
    bound(Statement::new(TABLE, "update", sql), plan).run(c).await?;
    Ok(())
}

/// The plans of a risk event, newest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_event(
    c: &mut Conn,
    risk_event_id: &RiskEventId,
) -> std::result::Result<Vec<Plan>, StoreError> {
    let sql = "SELECT * FROM plans WHERE risk_event_id = $1 ORDER BY drafted_at DESC, id DESC";
    let rows = Statement::new(TABLE, "of_event", sql).text(risk_event_id.as_str()).all(c).await?;
    read_all(&rows, read)
}

fn bound(statement: Statement, plan: &Plan) -> Statement {
    statement
        .text(plan.id.as_str())
        .text(plan.risk_event_id.as_str())
        .text(plan.connection_id.as_str())
        .text(plan.action.as_str())
        .json(&plan.steps)
        .json(&plan.breaks)
        .text(&plan.drafted_by)
        .maybe_text(plan.confirmed_by.as_deref())
        .text(plan.state.as_str())
        .time(plan.drafted_at)
        .maybe_time(plan.confirmed_at)
        .maybe_time(plan.ended_at)
}

fn read(row: &Row) -> Result<Plan> {
    Ok(Plan {
        id: row.text("id")?.into(),
        risk_event_id: row.text("risk_event_id")?.into(),
        connection_id: row.text("connection_id")?.into(),
        action: row.word("action", &Action::ALL, Action::as_str)?,
        steps: row.json("steps")?,
        breaks: row.json("breaks")?,
        drafted_by: row.text("drafted_by")?,
        confirmed_by: row.maybe_text("confirmed_by")?,
        state: row.word("state", &PlanState::ALL, PlanState::as_str)?,
        drafted_at: row.time("drafted_at")?,
        confirmed_at: row.maybe_time("confirmed_at")?,
        ended_at: row.maybe_time("ended_at")?,
    })
}
