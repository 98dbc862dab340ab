//! People and machines that sign in.

use std::fmt;

use claviger_model::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, locks_rows};
use crate::{Conn, StoreError};

const TABLE: &str = "users";

/// What a user may do. Each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look.
    Viewer,
    /// Handle risk events.
    Responder,
    /// Change connections, policies, alerts and users.
    Admin,
}

/// One user by id or name: an id goes before a name that is the same text.
const BY_ID_OR_NAME: &str = "SELECT * FROM users WHERE id = $1 OR name = $1 \
     ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1";

impl Role {
    /// Every role, least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Responder, Self::Admin];

    /// The role of a word in data.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Admin => "admin",
        }
    }
}

/// A user.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The name it signs in with; one user a name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The password's hash, as the caller made it.
    pub password_hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it may not sign in.
    pub disabled: bool,
}

impl fmt::Debug for User {
    /// Without the hash of the password: log lines carry users.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("created_at", &self.created_at)
            .field("disabled", &self.disabled)
            .finish_non_exhaustive()
    }
}

/// Keeps a new user.
///
/// # Errors
/// Id or name is taken ([`StoreError::is_conflict`]), or the database fails.
pub async fn insert(c: &mut Conn, user: &User) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO users (id, name, role, password_hash, created_at, disabled) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    Statement::new(TABLE, "insert", sql)
        .text(user.id.as_str())
        .text(&user.name)
        .text(user.role.as_str())
        .text(&user.password_hash)
        .time(user.created_at)
        .flag(user.disabled)
        .run(c)
        .await?;
    Ok(())
}

/// The user who signs in with a name.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn by_name(c: &mut Conn, name: &str) -> std::result::Result<Option<User>, StoreError> {
    let row = Statement::new(TABLE, "by_name", "SELECT * FROM users WHERE name = $1")
        .text(name)
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The user of an id.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn by_id(c: &mut Conn, id: &UserId) -> std::result::Result<Option<User>, StoreError> {
    let row = Statement::new(TABLE, "by_id", "SELECT * FROM users WHERE id = $1")
        .text(id.as_str())
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Every user, by name.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<User>, StoreError> {
    let rows = Statement::new(TABLE, "list", "SELECT * FROM users ORDER BY name").all(c).await?;
    read_all(&rows, read)
}

/// The user of an id or a name, held until the transaction ends: nobody changes it meanwhile.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn held(c: &mut Conn, id_or_name: &str) -> std::result::Result<Option<User>, StoreError> {
    let hold = if locks_rows(c) { " FOR UPDATE" } else { "" };
    let row = Statement::composed(TABLE, "held", format!("{BY_ID_OR_NAME}{hold}"))
        .text(id_or_name)
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The user of an id or a name; an id goes first.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn by_id_or_name(
    c: &mut Conn,
    id_or_name: &str,
) -> std::result::Result<Option<User>, StoreError> {
    let row =
        Statement::new(TABLE, "by_id_or_name", BY_ID_OR_NAME).text(id_or_name).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// The admins who may sign in, held until the transaction ends. Whoever takes one of them away holds them
/// all first, so that two who take away another each cannot take away the last.
///
/// # Errors
/// The database fails.
pub async fn held_admins(c: &mut Conn) -> std::result::Result<Vec<UserId>, StoreError> {
    let sql = if locks_rows(c) {
        "SELECT id FROM users WHERE role = 'admin' AND disabled = 0 ORDER BY id FOR UPDATE"
    } else {
        "SELECT id FROM users WHERE role = 'admin' AND disabled = 0 ORDER BY id"
    };
    let rows = Statement::new(TABLE, "held_admins", sql).all(c).await?;
    read_all(&rows, |row| Ok(row.text("id")?.into()))
}

/// Another role.
///
/// # Errors
/// The database fails.
pub async fn set_role(
    c: &mut Conn,
    id: &UserId,
    role: Role,
) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "set_role", "UPDATE users SET role = $2 WHERE id = $1")
        .text(id.as_str())
        .text(role.as_str())
        .run(c)
        .await?;
    Ok(())
}

/// Whether a user may not sign in.
///
/// # Errors
/// The database fails.
pub async fn set_disabled(
    c: &mut Conn,
    id: &UserId,
    disabled: bool,
) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "set_disabled", "UPDATE users SET disabled = $2 WHERE id = $1")
        .text(id.as_str())
        .flag(disabled)
        .run(c)
        .await?;
    Ok(())
}

/// Removes a user, whose sessions and tokens go too. What was done under the name stays.
///
/// # Errors
/// The database fails.
pub async fn remove(c: &mut Conn, id: &UserId) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "remove", "DELETE FROM users WHERE id = $1")
        .text(id.as_str())
        .run(c)
        .await?;
    Ok(())
}

/// Another password.
///
/// # Errors
/// The database fails.
pub async fn set_password(
    c: &mut Conn,
    id: &UserId,
    password_hash: &str,
) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "set_password", "UPDATE users SET password_hash = $2 WHERE id = $1")
        .text(id.as_str())
        .text(password_hash)
        .run(c)
        .await?;
    Ok(())
}

/// How many users there are.
///
/// # Errors
/// The database fails.
pub async fn count(c: &mut Conn) -> std::result::Result<u64, StoreError> {
    Statement::new(TABLE, "count", "SELECT COUNT(*) AS users FROM users")
        .only(c)
        .await?
        .number("users")
}

fn read(row: &Row) -> Result<User> {
    Ok(User {
        id: row.text("id")?.into(),
        name: row.text("name")?,
        role: row.word("role", &Role::ALL, Role::as_str)?,
        password_hash: row.text("password_hash")?,
        created_at: row.time("created_at")?,
        disabled: row.flag("disabled")?,
    })
}
