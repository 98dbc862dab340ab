//! Keys that are planted so that somebody uses them.

use claviger_model::{AccessKeyId, ConnectionId};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, placeholders};
use crate::{Conn, StoreError};

const TABLE: &str = "canaries";

/// Keys asked for at once.
const BATCH: usize = 250;

/// How far a canary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanaryState {
    /// The key does not exist yet.
    Drafted,
    /// Somebody confirmed it: its user and key are being made.
    Making,
    /// Its use is watched.
    Armed,
    /// Its use is no longer watched.
    Retired,
}

impl CanaryState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Drafted, Self::Making, Self::Armed, Self::Retired];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Making => "making",
            Self::Armed => "armed",
            Self::Retired => "retired",
        }
    }
}

/// A canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    /// Its id.
    pub id: String,
    /// A name to know it by.
    pub name: String,
    /// Its key; `None` until it exists.
    pub access_key_id: Option<AccessKeyId>,
    /// Where it is planted, in a person's words.
    pub place: String,
    /// How far it is.
    pub state: CanaryState,
    /// Whose account its user belongs to; `None` where a person made the key.
    pub connection_id: Option<ConnectionId>,
    /// Its user, who may do nothing.
    pub user_name: Option<String>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// Who had its user and key made.
    pub confirmed_by: Option<String>,
    /// When that was begun last.
    pub confirmed_at: Option<Timestamp>,
    /// Since when its use is watched.
    pub armed_at: Option<Timestamp>,
}

/// Keeps a new canary, with its sealed secret if that is known.
///
/// # Errors
/// The key is a canary already ([`StoreError::is_conflict`]), or the database fails.
pub async fn insert(
    c: &mut Conn,
    canary: &Canary,
    sealed: Option<&str>,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO canaries (id, name, access_key_id, place, state, connection_id, user_name, \
               sealed, made_by, made_at, armed_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    Statement::new(TABLE, "insert", sql)
        .text(&canary.id)
        .text(&canary.name)
        .maybe_text(canary.access_key_id.as_ref().map(AccessKeyId::as_str))
        .text(&canary.place)
        .text(canary.state.as_str())
        .maybe_text(canary.connection_id.as_ref().map(ConnectionId::as_str))
        .maybe_text(canary.user_name.as_deref())
        .maybe_text(sealed)
        .text(&canary.made_by)
        .time(canary.made_at)
        .maybe_time(canary.armed_at)
        .run(c)
        .await?;
    Ok(())
}

/// Notes that somebody has the user and key of a canary made. `false`: somebody else does, by a confirmation that is
/// no older than `since`, or there is nothing to make.
///
/// # Errors
/// The database fails.
pub async fn begin(
    c: &mut Conn,
    id: &str,
    by: &str,
    (since, now): (Timestamp, Timestamp),
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE canaries SET state = 'making', confirmed_by = $2, confirmed_at = $3 \
               WHERE id = $1 AND (state = 'drafted' \
               OR (state = 'making' AND (confirmed_at IS NULL OR confirmed_at < $4)))";
    let statement = Statement::new(TABLE, "begin", sql).text(id).text(by);
    Ok(statement.time(now).time(since).run(c).await? > 0)
}

/// What was begun ended without a key: it can be confirmed again at once, as a draft where nothing was made.
///
/// # Errors
/// The database fails.
pub async fn give_up(
    c: &mut Conn,
    id: &str,
    state: CanaryState,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE canaries SET state = $2, confirmed_by = NULL, confirmed_at = NULL \
               WHERE id = $1 AND state = 'making'";
    Statement::new(TABLE, "give_up", sql).text(id).text(state.as_str()).run(c).await?;
    Ok(())
}

/// The key of a drafted canary exists: it is watched from now on.
///
/// # Errors
/// The database fails.
pub async fn arm(
    c: &mut Conn,
    id: &str,
    key: &AccessKeyId,
    sealed: &str,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE canaries SET access_key_id = $2, sealed = $3, armed_at = $4, state = 'armed' \
               WHERE id = $1";
    Statement::new(TABLE, "arm", sql)
        .text(id)
        .text(key.as_str())
        .text(sealed)
        .time(now)
        .run(c)
        .await?;
    Ok(())
}

/// A canary is no longer watched.
///
/// # Errors
/// The database fails.
pub async fn retire(c: &mut Conn, id: &str) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE canaries SET state = 'retired' WHERE id = $1";
    Statement::new(TABLE, "retire", sql).text(id).run(c).await?;
    Ok(())
}

/// Every canary, the latest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<Canary>, StoreError> {
    let sql = "SELECT * FROM canaries ORDER BY made_at DESC, id";
    read_all(&Statement::new(TABLE, "list", sql).all(c).await?, read)
}

/// The keys of all canaries whose use is watched.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn armed_keys(c: &mut Conn) -> std::result::Result<Vec<AccessKeyId>, StoreError> {
    let sql =
        "SELECT access_key_id FROM canaries WHERE state = 'armed' AND access_key_id IS NOT NULL";
    let rows = Statement::new(TABLE, "armed_keys", sql).all(c).await?;
    read_all(&rows, |row| row.key("access_key_id"))
}

/// One canary with its sealed secret.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    id: &str,
) -> std::result::Result<Option<(Canary, Option<String>)>, StoreError> {
    let sql = "SELECT * FROM canaries WHERE id = $1";
    let Some(row) = Statement::new(TABLE, "get", sql).text(id).first(c).await? else {
        return Ok(None);
    };
    Ok(Some((read(&row)?, row.maybe_text("sealed")?)))
}

/// Those of some keys that are canaries whose use is watched.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn armed_of_keys(
    c: &mut Conn,
    keys: &[&AccessKeyId],
) -> std::result::Result<Vec<Canary>, StoreError> {
    let mut found = Vec::new();
    for batch in keys.chunks(BATCH) {
        let list = placeholders(1, batch.len());
        let sql =
            format!("SELECT * FROM canaries WHERE state = 'armed' AND access_key_id IN ({list})");
        let mut statement = Statement::composed(TABLE, "armed_of_keys", sql);
        if batch.len() != BATCH {
            statement = statement.once();
        }
        for key in batch {
            statement = statement.text(key.as_str());
        }
        found.extend(read_all(&statement.all(c).await?, read)?);
    }
    Ok(found)
}

fn read(row: &Row) -> Result<Canary> {
    Ok(Canary {
        id: row.text("id")?,
        name: row.text("name")?,
        access_key_id: row.maybe_key("access_key_id")?,
        place: row.text("place")?,
        state: row.word("state", &CanaryState::ALL, CanaryState::as_str)?,
        connection_id: row.maybe_text("connection_id")?.map(ConnectionId::from),
        user_name: row.maybe_text("user_name")?,
        made_by: row.text("made_by")?,
        made_at: row.time("made_at")?,
        confirmed_by: row.maybe_text("confirmed_by")?,
        confirmed_at: row.maybe_time("confirmed_at")?,
        armed_at: row.maybe_time("armed_at")?,
    })
}
