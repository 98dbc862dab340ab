//! Addresses that messages are sent to, and whether their code was entered.

use claviger_model::{Recipient, RecipientId};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "recipients";

/// Keeps an address that nobody knew; one that is known stays as it is.
///
/// # Errors
/// The database fails.
pub async fn add(
    c: &mut Conn,
    address: &str,
    now: Timestamp,
) -> std::result::Result<Recipient, StoreError> {
    let id = Recipient::id_of(address);
    let sql = "INSERT INTO recipients (id, address, added_at, wrong_codes) VALUES ($1, $2, $3, 0) \
               ON CONFLICT (id) DO NOTHING";
    Statement::new(TABLE, "add", sql)
        .text(id.as_str())
        .text(&Recipient::plain(address))
        .time(now)
        .run(c)
        .await?;
    let sql = "SELECT * FROM recipients WHERE id = $1";
    let row = Statement::new(TABLE, "add", sql).text(id.as_str()).only(c).await?;
    read(&row)
}

/// One address.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    id: &RecipientId,
) -> std::result::Result<Option<Recipient>, StoreError> {
    let sql = "SELECT * FROM recipients WHERE id = $1";
    let row = Statement::new(TABLE, "get", sql).text(id.as_str()).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// Every address.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<Recipient>, StoreError> {
    let rows =
        Statement::new(TABLE, "list", "SELECT * FROM recipients ORDER BY address").all(c).await?;
    read_all(&rows, read)
}

/// Keeps what became of an address.
///
/// # Errors
/// The database fails.
pub async fn update(c: &mut Conn, recipient: &Recipient) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE recipients SET code_sent_at = $2, wrong_codes = $3, verified_at = $4 \
               WHERE id = $1";
    Statement::new(TABLE, "update", sql)
        .text(recipient.id.as_str())
        .maybe_time(recipient.code_sent_at)
        .number(recipient.wrong_codes.into())
        .maybe_time(recipient.verified_at)
        .run(c)
        .await?;
    Ok(())
}

/// Forgets an address.
///
/// # Errors
/// The database fails.
pub async fn remove(c: &mut Conn, id: &RecipientId) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM recipients WHERE id = $1";
    Statement::new(TABLE, "remove", sql).text(id.as_str()).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Recipient> {
    Ok(Recipient {
        id: row.text("id")?.into(),
        address: row.text("address")?,
        added_at: row.time("added_at")?,
        code_sent_at: row.maybe_time("code_sent_at")?,
        wrong_codes: row.count("wrong_codes")?,
        verified_at: row.maybe_time("verified_at")?,
    })
}
