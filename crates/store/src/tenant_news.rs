//! What changed of what all keys show, in the detector's own words, until that is written as a whole.

use crate::error::Result;
use crate::row::Row;
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "tenant_news";

/// Keeps a change under its number.
///
/// # Errors
/// The database fails, or the number is taken.
pub async fn insert(c: &mut Conn, number: u64, news: &[u8]) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO tenant_news (number, news) VALUES ($1, $2)";
    Statement::new(TABLE, "insert", sql).number(number).bytes(news).run(c).await?;
    Ok(())
}

/// The changes after a number, in their order.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn after(
    c: &mut Conn,
    number: u64,
) -> std::result::Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let sql = "SELECT * FROM tenant_news WHERE number > $1 ORDER BY number";
    let rows = Statement::new(TABLE, "after", sql).number(number).all(c).await?;
    rows.iter().map(read).collect()
}

/// Forgets the changes up to a number.
///
/// # Errors
/// The database fails.
pub async fn forget(c: &mut Conn, until: u64) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM tenant_news WHERE number <= $1";
    Statement::new(TABLE, "forget", sql).number(until).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<(u64, Vec<u8>)> {
    Ok((row.number("number")?, row.bytes("news")?))
}
