//! Saved views: filters of the list of risk events, each somebody's own, some shared with all.

use claviger_model::{SavedView, SavedViewId, UserId};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "saved_views";

/// Keeps a view; one of the same owner and name is replaced.
///
/// # Errors
/// The database fails.
pub async fn save(c: &mut Conn, view: &SavedView) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO saved_views (id, name, owner_id, owner, shared, words, saved_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET \
               owner = $4, shared = $5, words = $6, saved_at = $7";
    Statement::new(TABLE, "save", sql)
        .text(view.id.as_str())
        .text(&view.name)
        .text(view.owner_id.as_str())
        .text(&view.owner)
        .flag(view.shared)
        .json(&view.words)
        .time(view.saved_at)
        .run(c)
        .await?;
    Ok(())
}

/// The views that somebody sees: their own and those shared with all, by name.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn seen_by(
    c: &mut Conn,
    user: &UserId,
) -> std::result::Result<Vec<SavedView>, StoreError> {
    let sql = "SELECT * FROM saved_views WHERE owner_id = $1 OR shared = 1 \
               ORDER BY name, owner, id";
    let rows = Statement::new(TABLE, "seen_by", sql).text(user.as_str()).all(c).await?;
    read_all(&rows, read)
}

/// Removes a view.
///
/// # Errors
/// The database fails.
pub async fn remove(c: &mut Conn, id: &SavedViewId) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM saved_views WHERE id = $1";
    Statement::new(TABLE, "remove", sql).text(id.as_str()).run(c).await?;
    Ok(())
}

/// Removes what somebody who is gone kept for themselves; what they share stays.
///
/// # Errors
/// The database fails.
pub async fn remove_private_of(
    c: &mut Conn,
    owner: &UserId,
) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM saved_views WHERE owner_id = $1 AND shared = 0";
    Statement::new(TABLE, "remove_private_of", sql).text(owner.as_str()).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<SavedView> {
    Ok(SavedView {
        id: row.text("id")?.into(),
        name: row.text("name")?,
        owner_id: row.text("owner_id")?.into(),
        owner: row.text("owner")?,
        shared: row.flag("shared")?,
        words: row.json("words")?,
        saved_at: row.time("saved_at")?,
    })
}
