//! How much was used of something, by the day, and which thresholds people were told of.

use jiff::Timestamp;

use crate::row::read_all;
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "capacity_samples";
const ALERTS: &str = "capacity_alerts";

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

/// The thresholds that people were told of, in percent, lowest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn told(c: &mut Conn, kind: &str) -> std::result::Result<Vec<u8>, StoreError> {
    let sql = "SELECT percent FROM capacity_alerts WHERE kind = $1 ORDER BY percent";
    let rows = Statement::new(ALERTS, "told", sql).text(kind).all(c).await?;
    let all = read_all(&rows, |row| row.number("percent"))?;
    Ok(all.into_iter().map(|percent: u64| u8::try_from(percent).unwrap_or(u8::MAX)).collect())
}

/// Keeps the thresholds that people were told of, in place of those before.
///
/// # Errors
/// The database fails.
pub async fn set_told(
    c: &mut Conn,
    kind: &str,
    percents: &[u8],
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let before = told(c, kind).await?;
    for gone in before.iter().filter(|percent| !percents.contains(percent)) {
        let sql = "DELETE FROM capacity_alerts WHERE kind = $1 AND percent = $2";
        let gone = u64::from(*gone);
        Statement::new(ALERTS, "set_told", sql).text(kind).number(gone).run(c).await?;
    }
    for new in percents.iter().filter(|percent| !before.contains(percent)) {
        let sql = "INSERT INTO capacity_alerts (kind, percent, told_at) VALUES ($1, $2, $3)";
        let new = u64::from(*new);
        Statement::new(ALERTS, "set_told", sql).text(kind).number(new).time(now).run(c).await?;
    }
    Ok(())
}
