//! How much was used of something, by the day.

use jiff::Timestamp;

use crate::row::read_all;
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "capacity_samples";

/// Keeps what is used today; of a day the last measurement stands.
///
/// # Errors
/// The database fails.
pub async fn put(
    c: &mut Conn,
    kind: &str,
    used: u64,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO capacity_samples (kind, day_number, used, measured_at) \
               VALUES ($1, $2, $3, $4) ON CONFLICT (kind, day_number) DO UPDATE SET \
               used = excluded.used, measured_at = excluded.measured_at";
    Statement::new(TABLE, "put", sql)
        .text(kind)
        .integer(now.as_second().div_euclid(86_400))
        .number(used)
        .time(now)
        .run(c)
        .await?;
    Ok(())
}

/// What was measured since an instant, oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn since(
    c: &mut Conn,
    kind: &str,
    since: Timestamp,
) -> std::result::Result<Vec<(Timestamp, u64)>, StoreError> {
    let sql = "SELECT used, measured_at FROM capacity_samples \
               WHERE kind = $1 AND measured_at >= $2 ORDER BY day_number";
    let rows = Statement::new(TABLE, "since", sql).text(kind).time(since).all(c).await?;
    read_all(&rows, |row| Ok((row.time("measured_at")?, row.number("used")?)))
}
