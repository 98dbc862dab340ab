//! Groups of recipients.

use claviger_model::{RecipientGroup, RecipientGroupId};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "recipient_groups";

/// Keeps a group as it is now.
///
/// # Errors
/// Another group has the name, or the database fails.
pub async fn put(c: &mut Conn, group: &RecipientGroup) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO recipient_groups (id, name, members) VALUES ($1, $2, $3) \
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, members = excluded.members";
    Statement::new(TABLE, "put", sql)
        .text(group.id.as_str())
        .text(&group.name)
        .json(&group.members)
        .run(c)
        .await?;
    Ok(())
}

/// Every group, by name.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<RecipientGroup>, StoreError> {
    let sql = "SELECT * FROM recipient_groups ORDER BY name, id";
    let rows = Statement::new(TABLE, "list", sql).all(c).await?;
    read_all(&rows, read)
}

/// Forgets a group.
///
/// # Errors
/// The database fails.
pub async fn remove(c: &mut Conn, id: &RecipientGroupId) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM recipient_groups WHERE id = $1";
    Statement::new(TABLE, "remove", sql).text(id.as_str()).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<RecipientGroup> {
    Ok(RecipientGroup {
        id: row.text("id")?.into(),
        name: row.text("name")?,
        members: row.json("members")?,
    })
}
