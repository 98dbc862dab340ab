//! Tokens that users made for programs. The token itself is never kept, its hash is.

use claviger_model::{ApiTokenId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::users::{self, Role, User};
use crate::{Conn, StoreError};

const TABLE: &str = "api_tokens";

/// Most tokens of one answer.
const LISTED_MAX: u64 = 10_000;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Send log lines to sources, and nothing else.
    Ingest,
    /// What a viewer may.
    Read,
    /// What a responder may.
    Respond,
    /// What an admin may.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Ingest, Self::Read, Self::Respond, Self::Admin];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Respond => "respond",
            Self::Admin => "admin",
        }
    }

    /// The role that it lends; `None`: it lends no look at anything.
    #[must_use]
    pub fn role(self) -> Option<Role> {
        match self {
            Self::Ingest => None,
            Self::Read => Some(Role::Viewer),
            Self::Respond => Some(Role::Responder),
            Self::Admin => Some(Role::Admin),
        }
    }
}

/// A token of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// Hash of the token, as the caller made it.
    pub token_hash: String,
    /// Whose it is: it may never do more than they, and ends with them.
    pub user_id: UserId,
    /// What a person knows it by; one token a name and user.
    pub name: String,
    /// What it is for: at least one.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is worth nothing.
    pub expires_at: Timestamp,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<Timestamp>,
}

/// Keeps a new token.
///
/// # Errors
/// Its user has one of that name ([`StoreError::is_conflict`]), does not exist, or the database fails.
pub async fn insert(c: &mut Conn, token: &ApiToken) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO api_tokens (id, token_hash, user_id, name, scopes, created_at, expires_at, \
               last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Statement::new(TABLE, "insert", sql)
        .text(token.id.as_str())
        .text(&token.token_hash)
        .text(token.user_id.as_str())
        .text(&token.name)
        .json(&token.scopes)
        .time(token.created_at)
        .time(token.expires_at)
        .maybe_time(token.last_used_at)
        .run(c)
        .await?;
    Ok(())
}

/// The token of a hash with its user, unless it ended or the user is disabled.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn find(
    c: &mut Conn,
    token_hash: &str,
    now: Timestamp,
) -> std::result::Result<Option<(ApiToken, User)>, StoreError> {
    let sql = "SELECT * FROM api_tokens WHERE token_hash = $1 AND expires_at > $2";
    let row = Statement::new(TABLE, "find", sql).text(token_hash).time(now).first(c).await?;
    let Some(token) = row.as_ref().map(read).transpose()? else { return Ok(None) };
    let user = users::by_id(c, &token.user_id).await?.filter(|user| !user.disabled);
    Ok(user.map(|user| (token, user)))
}

/// The tokens of a user, or of everybody, each with its user's name; also those that ended of late.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    of: Option<&UserId>,
) -> std::result::Result<Vec<(ApiToken, String)>, StoreError> {
    let sql = "SELECT api_tokens.*, users.name AS user_name FROM api_tokens \
               JOIN users ON users.id = api_tokens.user_id \
               WHERE $1 = '' OR api_tokens.user_id = $1 \
               ORDER BY users.name, api_tokens.name LIMIT $2";
    let rows = Statement::new(TABLE, "list", sql)
        .text(of.map_or("", UserId::as_str))
        .number(LISTED_MAX)
        .all(c)
        .await?;
    read_all(&rows, |row| Ok((read(row)?, row.text("user_name")?)))
}

/// Notes that a token was used, unless that was noted since `unless_since`.
///
/// # Errors
/// The database fails.
pub async fn note_use(
    c: &mut Conn,
    id: &ApiTokenId,
    at: Timestamp,
    unless_since: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE api_tokens SET last_used_at = $2 WHERE id = $1 \
               AND (last_used_at IS NULL OR last_used_at <= $3)";
    Statement::new(TABLE, "note_use", sql)
        .text(id.as_str())
        .time(at)
        .time(unless_since)
        .run(c)
        .await?;
    Ok(())
}

/// Removes a token. Says whether it was there.
///
/// # Errors
/// The database fails.
pub async fn remove(c: &mut Conn, id: &ApiTokenId) -> std::result::Result<bool, StoreError> {
    let sql = "DELETE FROM api_tokens WHERE id = $1";
    Ok(Statement::new(TABLE, "remove", sql).text(id.as_str()).run(c).await? > 0)
}

/// Removes every token of a user. Says how many there were.
///
/// # Errors
/// The database fails.
pub async fn remove_all_of(c: &mut Conn, user: &UserId) -> std::result::Result<u64, StoreError> {
    let sql = "DELETE FROM api_tokens WHERE user_id = $1";
    Statement::new(TABLE, "remove_all_of", sql).text(user.as_str()).run(c).await
}

/// Forgets the tokens that ended by then.
///
/// # Errors
/// The database fails.
pub async fn prune(c: &mut Conn, until: Timestamp) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "prune", "DELETE FROM api_tokens WHERE expires_at <= $1")
        .time(until)
        .run(c)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<ApiToken> {
    Ok(ApiToken {
        id: row.text("id")?.into(),
        token_hash: row.text("token_hash")?,
        user_id: row.text("user_id")?.into(),
        name: row.text("name")?,
        scopes: row.json("scopes")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        last_used_at: row.maybe_time("last_used_at")?,
    })
}
