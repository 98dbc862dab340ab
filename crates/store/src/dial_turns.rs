//! When the alarm dial was turned, to what, and by whom.

use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "dial_turns";

/// The dial was turned.
#[derive(Debug, Clone, PartialEq)]
pub struct DialTurn {
    /// When.
    pub turned_at: Timestamp,
    /// To how many alarms a day.
    pub alarms_per_day: f64,
    /// By whom.
    pub turned_by: String,
}

/// Keeps that the dial was turned, in place of what stands from that instant on.
///
/// # Errors
/// The database fails.
pub async fn insert(c: &mut Conn, turn: &DialTurn) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM dial_turns WHERE turned_at >= $1";
    Statement::new(TABLE, "give_way", sql).time(turn.turned_at).run(c).await?;
    let sql = "INSERT INTO dial_turns (turned_at, alarms_per_day, turned_by) VALUES ($1, $2, $3)";
    Statement::new(TABLE, "insert", sql)
        .time(turn.turned_at)
        .real(turn.alarms_per_day)
        .text(&turn.turned_by)
        .run(c)
        .await?;
    Ok(())
}

/// Every turn, the oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<DialTurn>, StoreError> {
    let sql = "SELECT * FROM dial_turns ORDER BY turned_at";
    read_all(&Statement::new(TABLE, "list", sql).all(c).await?, read)
}

fn read(row: &Row) -> Result<DialTurn> {
    Ok(DialTurn {
        turned_at: row.time("turned_at")?,
        alarms_per_day: row.real("alarms_per_day")?,
        turned_by: row.text("turned_by")?,
    })
}
