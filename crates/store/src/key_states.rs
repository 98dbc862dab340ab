//! What the detector keeps of each key: bytes that nobody here looks into, and up to when they tell.

use std::collections::HashMap;

use claviger_model::AccessKeyId;
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, placeholders};
use crate::{Conn, StoreError};

const TABLE: &str = "key_states";

/// Rows a statement: from some hundreds on, the trip to the database no longer counts.
const BATCH: usize = 250;

/// The state of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// The key.
    pub access_key_id: AccessKeyId,
    /// Every event before this instant is taken in.
    pub folded_until: Timestamp,
    /// The detector's own words; empty before anything was taken in.
    pub state: Vec<u8>,
}

/// The states of some keys, by key; a key without one is not among them.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_keys(
    c: &mut Conn,
    keys: &[&AccessKeyId],
) -> std::result::Result<HashMap<AccessKeyId, KeyState>, StoreError> {
    let mut found = HashMap::new();
    for batch in keys.chunks(BATCH) {
        let list = placeholders(1, batch.len());
        let sql = format!("SELECT * FROM key_states WHERE access_key_id IN ({list})");
        let mut statement = Statement::composed(TABLE, "of_keys", sql);
        if batch.len() != BATCH {
            statement = statement.once();
        }
        for key in batch {
            statement = statement.text(key.as_str());
        }
        for row in &statement.all(c).await? {
            let state = read(row)?;
            found.insert(state.access_key_id.clone(), state);
        }
    }
    Ok(found)
}

/// Keeps the states of some keys.
///
/// # Errors
/// The database fails.
pub async fn put(c: &mut Conn, states: &[KeyState]) -> std::result::Result<(), StoreError> {
    for batch in states.chunks(BATCH) {
        let rows: Vec<String> =
            (0..batch.len()).map(|row| format!("({})", placeholders(row * 3 + 1, 3))).collect();
        let sql = format!(
            "INSERT INTO key_states (access_key_id, folded_until, state) VALUES {} \
             ON CONFLICT (access_key_id) DO UPDATE SET folded_until = excluded.folded_until, \
             state = excluded.state",
            rows.join(", ")
        );
        let mut statement = Statement::composed(TABLE, "put", sql);
        if batch.len() != BATCH {
            statement = statement.once();
        }
        for one in batch {
            statement =
                statement.text(one.access_key_id.as_str()).time(one.folded_until).bytes(&one.state);
        }
        statement.run(c).await?;
    }
    Ok(())
}

/// Every key that has a state.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn keys(c: &mut Conn) -> std::result::Result<Vec<AccessKeyId>, StoreError> {
    let sql = "SELECT access_key_id FROM key_states ORDER BY access_key_id";
    let rows = Statement::new(TABLE, "keys", sql).all(c).await?;
    read_all(&rows, |row| row.key("access_key_id"))
}

/// How many keys have a state.
///
/// # Errors
/// The database fails.
pub async fn count(c: &mut Conn) -> std::result::Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS keys FROM key_states";
    Statement::new(TABLE, "count", sql).only(c).await?.number("keys")
}

fn read(row: &Row) -> Result<KeyState> {
    Ok(KeyState {
        access_key_id: row.key("access_key_id")?,
        folded_until: row.time("folded_until")?,
        state: row.bytes("state")?,
    })
}
