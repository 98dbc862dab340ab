//! The audit log: every act of a person, in a chain that shows tampering.
//!
//! Each entry's hash covers the hash before it and all of its own fields as they are stored, and one row
//! knows where the chain ends. A changed, removed, inserted or cut-off entry breaks the chain at
//! its place. Whoever rewrites the whole chain is not caught: for that the last hash must be kept
//! outside.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "audit";
const HEAD: &str = "audit_head";

/// Entries read at once to verify: a few megabytes.
const VERIFY_BATCH: u64 = 1_000;

/// One act.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditEntry {
    /// Its place in the chain, from 1, without gaps.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done, as one word.
    pub act: String,
    /// To what.
    pub subject: String,
    /// How it ended.
    pub outcome: String,
    /// The rest, as data.
    pub details: Value,
    /// SHA-256 over the hash before and all fields, in hex.
    pub hash: String,
}

/// What verifying the chain showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AuditProof {
    /// Entries that stand in an unbroken chain.
    pub entries: u64,
    /// The first sequence that is not what was written; `None` for a sound chain.
    pub broken_at: Option<i64>,
}

/// Adds an act. Two writers at once wait for each other, so that the chain has no fork.
///
/// # Errors
/// The database fails.
pub async fn append(
    c: &mut Conn,
    at: Timestamp,
    actor: &str,
    act: &str,
    subject: &str,
    outcome: &str,
    details: &Value,
) -> std::result::Result<AuditEntry, StoreError> {
    // Changing the head locks it until the commit, in both databases.
    let sql = "UPDATE audit_head SET sequence = sequence + 1 WHERE id = 1 RETURNING sequence, hash";
    let head = Statement::new(HEAD, "append", sql).only(c).await?;
    let sequence = head.integer("sequence")?;
    let stored = Stored {
        sequence,
        microseconds: at.as_microsecond(),
        actor,
        act,
        subject,
        outcome,
        details: &details.to_string(),
    };
    let hash = stored.hash(&head.text("hash")?);
    let sql = "INSERT INTO audit (sequence, happened_at, actor, act, subject, outcome, details, hash) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Statement::new(TABLE, "append", sql)
        .integer(sequence)
        .integer(stored.microseconds)
        .text(actor)
        .text(act)
        .text(subject)
        .text(outcome)
        .text(stored.details)
        .text(&hash)
        .run(c)
        .await?;
    Statement::new(HEAD, "append", "UPDATE audit_head SET hash = $1 WHERE id = 1")
        .text(&hash)
        .run(c)
        .await?;
    Ok(AuditEntry {
        sequence,
        at,
        actor: actor.to_owned(),
        act: act.to_owned(),
        subject: subject.to_owned(),
        outcome: outcome.to_owned(),
        details: details.clone(),
        hash,
    })
}

/// Acts, newest first; with `before`, only those with a lower sequence.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    before: Option<i64>,
    limit: u32,
) -> std::result::Result<Vec<AuditEntry>, StoreError> {
    let sql = "SELECT * FROM audit WHERE sequence < $1 ORDER BY sequence DESC LIMIT $2";
    let rows = Statement::new(TABLE, "list", sql)
        .integer(before.unwrap_or(i64::MAX))
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// Walks the chain from its first entry to its end.
///
/// # Errors
/// The database fails, or a column cannot be read back.
pub async fn verify(c: &mut Conn) -> std::result::Result<AuditProof, StoreError> {
    let mut reached = Place { sequence: 0, hash: String::new() };
    loop {
        // The head first: an entry that comes in meanwhile lies behind it and is walked next time.
        let end = head(c).await?;
        let before = reached.sequence;
        if let Some(broken) = walk(c, &mut reached).await? {
            return Ok(broken);
        }
        if reached == end {
            return Ok(AuditProof { entries: reached.sequence.unsigned_abs(), broken_at: None });
        }
        if reached.sequence == before {
            return Ok(mismatch(&reached, &end));
        }
    }
}

/// Where the chain ends, as its head says.
async fn head(c: &mut Conn) -> Result<Place> {
    let sql = "SELECT sequence, hash FROM audit_head WHERE id = 1";
    match Statement::new(HEAD, "verify", sql).first(c).await? {
        Some(row) => Ok(Place { sequence: row.integer("sequence")?, hash: row.text("hash")? }),
        None => Ok(Place { sequence: 0, hash: "the head is gone".to_owned() }),
    }
}

/// Goes on until no entry is left, or one does not follow.
async fn walk(c: &mut Conn, reached: &mut Place) -> Result<Option<AuditProof>> {
    let sql = "SELECT * FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    loop {
        let rows = Statement::new(TABLE, "verify", sql)
            .integer(reached.sequence)
            .number(VERIFY_BATCH)
            .all(c)
            .await?;
        if rows.is_empty() {
            return Ok(None);
        }
        for row in &rows {
            match next(row, reached)? {
                Some(place) => *reached = place,
                None => return Ok(Some(broken_after(reached.sequence))),
            }
        }
    }
}

/// The entries are a chain, and it does not end where its head says: cut off, added behind, or the last
/// one rewritten.
fn mismatch(reached: &Place, end: &Place) -> AuditProof {
    if reached.sequence == end.sequence {
        return broken_after(reached.sequence - 1);
    }
    broken_after(reached.sequence.min(end.sequence))
}

fn broken_after(sequence: i64) -> AuditProof {
    AuditProof { entries: u64::try_from(sequence).unwrap_or(0), broken_at: Some(sequence + 1) }
}

/// A place in the chain.
#[derive(PartialEq, Eq)]
struct Place {
    sequence: i64,
    hash: String,
}

/// The place of an entry, if it is the one that follows `before` in the chain.
fn next(row: &Row, before: &Place) -> Result<Option<Place>> {
    let (actor, act) = (row.text("actor")?, row.text("act")?);
    let (subject, outcome) = (row.text("subject")?, row.text("outcome")?);
    let details = row.text("details")?;
    let stored = Stored {
        sequence: row.integer("sequence")?,
        microseconds: row.integer("happened_at")?,
        actor: &actor,
        act: &act,
        subject: &subject,
        outcome: &outcome,
        details: &details,
    };
    let hash = stored.hash(&before.hash);
    let follows = stored.sequence == before.sequence + 1 && hash == row.text("hash")?;
    Ok(follows.then_some(Place { sequence: stored.sequence, hash }))
}

/// An entry as the columns hold it.
struct Stored<'a> {
    sequence: i64,
    microseconds: i64,
    actor: &'a str,
    act: &'a str,
    subject: &'a str,
    outcome: &'a str,
    details: &'a str,
}

impl Stored<'_> {
    /// Parts go in with their length, so that no text can pass for two.
    fn hash(&self, before: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.sequence.to_be_bytes());
        hash.update(self.microseconds.to_be_bytes());
        for part in [before, self.actor, self.act, self.subject, self.outcome, self.details] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex::encode(hash.finalize())
    }
}

fn read(row: &Row) -> Result<AuditEntry> {
    Ok(AuditEntry {
        sequence: row.integer("sequence")?,
        at: row.time("happened_at")?,
        actor: row.text("actor")?,
        act: row.text("act")?,
        subject: row.text("subject")?,
        outcome: row.text("outcome")?,
        details: row.json("details")?,
        hash: row.text("hash")?,
    })
}
