//! Risk events: what a person handles.

mod list;

use std::collections::{BTreeMap, BTreeSet};

use claviger_model::{
    AccessKeyId, ConnectionId, IntelligenceSource, Leak, Level, RiskEvent, RiskEventId, RiskType,
    WorkState,
};
use serde::Serialize;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, locks_rows, placeholders};
use crate::{Conn, StoreError};

pub use list::{RiskEventFilter, count, ids, list};

const TABLE: &str = "risk_events";

/// Keys asked for at once.
const KEYS_AT_ONCE: usize = 250;

/// Events locked at once: a batch of a bulk change.
const IDS_AT_ONCE: usize = 200;

/// How many risk events are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RiskCount {
    /// Their type.
    pub risk_type: RiskType,
    /// Their level.
    pub level: Level,
    /// How far the work on them is.
    pub work_state: WorkState,
    /// How many.
    pub count: u64,
    /// How many of them were used since the leak.
    pub used: u64,
}

/// How many risk events have evidence from one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SourceCount {
    /// The source.
    pub source: IntelligenceSource,
    /// How many.
    pub all: u64,
    /// How many of them still wait for a person.
    pub open: u64,
}

/// All risk events in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RiskCounts {
    /// Those of the same type, level and state, by these.
    pub alike: Vec<RiskCount>,
    /// Those with evidence from a source, by source; one event may have several.
    pub by_source: Vec<SourceCount>,
}

/// Keeps a new risk event.
///
/// # Errors
/// The id is taken ([`StoreError::is_conflict`]), or the database fails.
pub async fn insert(c: &mut Conn, event: &RiskEvent) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO risk_events (id, risk_type, subject, access_key_id, level, work_state, \
               key_state, account, connection_id, first_detected_at, latest_detected_at, sources, \
               uses, first_used_at, last_used_at, judgement, score, search_words, assigned_to, ignored_until) VALUES ($1, $2, $3, $4, \
               $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    bound(Statement::new(TABLE, "insert", sql), event).run(c).await?;
    Ok(())
}

/// One risk event.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    id: &RiskEventId,
) -> std::result::Result<Option<RiskEvent>, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT * FROM risk_events WHERE id = $1")
        .text(id.as_str())
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// One risk event, to be changed in this transaction: nobody else changes it until the commit.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn for_update(
    c: &mut Conn,
    id: &RiskEventId,
) -> std::result::Result<Option<RiskEvent>, StoreError> {
    // SQLite has one writer at a time: there the transaction itself is the lock.
    let sql = if locks_rows(c) {
        "SELECT * FROM risk_events WHERE id = $1 FOR UPDATE"
    } else {
        "SELECT * FROM risk_events WHERE id = $1"
    };
    let row = Statement::new(TABLE, "for_update", sql).text(id.as_str()).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// Risk events, to be changed in this transaction, by their ids; those that do not exist are missing. Locked in
/// the order of their ids, so that two who change the same wait in line and not for each other.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn all_for_update(
    c: &mut Conn,
    ids: &[RiskEventId],
) -> std::result::Result<Vec<RiskEvent>, StoreError> {
    let lock = if locks_rows(c) { " FOR UPDATE" } else { "" };
    let mut found = Vec::new();
    for batch in ids.chunks(IDS_AT_ONCE) {
        let list = placeholders(1, batch.len());
        let sql = format!("SELECT * FROM risk_events WHERE id IN ({list}) ORDER BY id{lock}");
        let mut statement = Statement::composed(TABLE, "all_for_update", sql);
        if batch.len() != IDS_AT_ONCE {
            statement = statement.once();
        }
        for id in batch {
            statement = statement.text(id.as_str());
        }
        found.extend(read_all(&statement.all(c).await?, read)?);
    }
    Ok(found)
}

/// Keeps every field of a risk event as it is now.
///
/// # Errors
/// The database fails.
pub async fn update(c: &mut Conn, event: &RiskEvent) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE risk_events SET risk_type = $2, subject = $3, access_key_id = $4, level = $5, \
               work_state = $6, key_state = $7, account = $8, connection_id = $9, \
               first_detected_at = $10, latest_detected_at = $11, sources = $12, uses = $13, \
               first_used_at = $14, last_used_at = $15, judgement = $16, score = $17, \
               search_words = $18, assigned_to = $19, ignored_until = $20 WHERE id = $1";
    bound(Statement::new(TABLE, "update", sql), event).run(c).await?;
    Ok(())
}

/// How many there are of each type, level and state of work, and of each source.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn counts(c: &mut Conn) -> std::result::Result<RiskCounts, StoreError> {
    // One walk through an index that holds nothing else, in its order.
    let sql = "SELECT sources, risk_type, level, work_state, COUNT(*) AS events, \
               COUNT(CASE WHEN uses > 0 THEN 1 END) AS used FROM risk_events \
               GROUP BY sources, risk_type, level, work_state";
    let rows = Statement::new(TABLE, "counts", sql).all(c).await?;
    let mut alike: BTreeMap<(RiskType, Level, WorkState), (u64, u64)> = BTreeMap::new();
    let mut by_source: BTreeMap<IntelligenceSource, SourceCount> = BTreeMap::new();
    for row in &rows {
        let kind = (
            row.word("risk_type", &RiskType::ALL, RiskType::as_str)?,
            row.word("level", &Level::ALL, Level::as_str)?,
            row.word("work_state", &WorkState::ALL, WorkState::as_str)?,
        );
        let (events, used) = (row.number("events")?, row.number("used")?);
        let sum = alike.entry(kind).or_default();
        *sum = (sum.0 + events, sum.1 + used);
        for source in row.json::<BTreeSet<IntelligenceSource>>("sources")? {
            let sum = by_source.entry(source).or_insert(SourceCount { source, all: 0, open: 0 });
            sum.all += events;
            sum.open += if kind.2.is_closed() { 0 } else { events };
        }
    }
    let alike = alike.into_iter().map(|((risk_type, level, work_state), (count, used))| {
        RiskCount { risk_type, level, work_state, count, used }
    });
    Ok(RiskCounts { alike: alike.collect(), by_source: by_source.into_values().collect() })
}

/// Changes the level of every existing event of a type, and says how many changed.
///
/// # Errors
/// The database fails.
pub async fn set_level_of_type(
    c: &mut Conn,
    risk_type: RiskType,
    level: Level,
) -> std::result::Result<u64, StoreError> {
    let sql = "UPDATE risk_events SET level = $2 WHERE risk_type = $1 AND level <> $2";
    Statement::new(TABLE, "set_level_of_type", sql)
        .text(risk_type.as_str())
        .text(level.as_str())
        .run(c)
        .await
}

/// The risk events of a key, of whatever type, oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_key(
    c: &mut Conn,
    access_key_id: &AccessKeyId,
) -> std::result::Result<Vec<RiskEvent>, StoreError> {
    let sql = "SELECT * FROM risk_events WHERE access_key_id = $1 ORDER BY first_detected_at, id";
    let rows = Statement::new(TABLE, "of_key", sql).text(access_key_id.as_str()).all(c).await?;
    read_all(&rows, read)
}

/// Every leaked key, as the detector must know it: key leaks, and keys that intelligence says to watch and
/// that are in no leak, with evidence that is not on the allowlist.
/// Leaked since the first instant from which any of that evidence could be read, by the worst of its
/// sources, in the object where it was found first ([`crate::evidence::leaks_in_objects`] tells them
/// all). Evidence that went counts: what was read cannot be unread.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn leaks(c: &mut Conn) -> std::result::Result<Vec<(Leak, RiskEventId)>, StoreError> {
    let statement = Statement::composed(TABLE, "leaks", leaks_sql(""));
    leaks_of_rows(&statement.all(c).await?)
}

/// The leaks of some keys, as [`leaks`] tells them.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn leaks_of_keys(
    c: &mut Conn,
    keys: &[&AccessKeyId],
) -> std::result::Result<Vec<(Leak, RiskEventId)>, StoreError> {
    let mut found = Vec::new();
    for batch in keys.chunks(KEYS_AT_ONCE) {
        let list = placeholders(1, batch.len());
        let of_keys = format!("AND risk_events.access_key_id IN ({list})");
        let mut statement = Statement::composed(TABLE, "leaks_of_keys", leaks_sql(&of_keys));
        if batch.len() != KEYS_AT_ONCE {
            statement = statement.once();
        }
        for key in batch {
            statement = statement.text(key.as_str());
        }
        found.extend(leaks_of_rows(&statement.all(c).await?)?);
    }
    Ok(found)
}

/// One row for each event and source: with the place of the evidence that was found first in storage.
fn leaks_sql(which: &str) -> String {
    format!(
        "SELECT id, access_key_id, source, leaked_at, bucket, object FROM \
               (SELECT risk_events.id AS id, risk_events.access_key_id AS access_key_id, \
               evidence.source AS source, evidence.bucket AS bucket, evidence.object AS object, \
               evidence.found_at AS found_at, \
               MIN(COALESCE(evidence.readable_since, evidence.found_at)) \
               OVER (PARTITION BY risk_events.id, evidence.source) AS leaked_at, \
               ROW_NUMBER() OVER (PARTITION BY risk_events.id, evidence.source ORDER BY \
               CASE WHEN evidence.object IS NULL THEN 1 ELSE 0 END, evidence.found_at, evidence.id) \
               AS turn \
               FROM evidence JOIN risk_events ON risk_events.id = evidence.risk_event_id \
               WHERE (risk_events.risk_type = 'access_key_pair_leak' \
               OR (risk_events.risk_type = 'custom_intelligence' AND NOT EXISTS \
               (SELECT 1 FROM risk_events AS leak WHERE leak.access_key_id = risk_events.access_key_id \
               AND leak.risk_type = 'access_key_pair_leak'))) \
               AND risk_events.access_key_id IS NOT NULL AND evidence.state <> 'added_to_whitelist' \
               {which}) AS sources WHERE turn = 1 ORDER BY id, found_at, source"
    )
}

fn leaks_of_rows(rows: &[Row]) -> Result<Vec<(Leak, RiskEventId)>> {
    let mut leaks: Vec<(Leak, RiskEventId)> = Vec::new();
    for row in rows {
        let id = RiskEventId::from(row.text("id")?);
        let leak = Leak {
            access_key_id: row.key("access_key_id")?,
            leaked_at: row.time("leaked_at")?,
            source: row
                .word("source", &IntelligenceSource::ALL, IntelligenceSource::as_str)?
                .leak_source(),
            bucket: row.maybe_text("bucket")?,
            object: row.maybe_text("object")?,
        };
        match leaks.last_mut() {
            Some((known, known_id)) if *known_id == id => {
                known.leaked_at = known.leaked_at.min(leak.leaked_at);
                known.source = known.source.max(leak.source);
                if known.object.is_none() {
                    (known.bucket, known.object) = (leak.bucket, leak.object);
                }
            }
            _ => leaks.push((leak, id)),
        }
    }
    Ok(leaks)
}

fn bound(statement: Statement, event: &RiskEvent) -> Statement {
    statement
        .text(event.id.as_str())
        .text(event.risk_type.as_str())
        .text(&event.subject)
        .maybe_text(event.access_key_id.as_ref().map(AccessKeyId::as_str))
        .text(event.level.as_str())
        .text(event.work_state.as_str())
        .json(&event.key_state)
        .maybe_text(event.account.as_deref())
        .maybe_text(event.connection_id.as_ref().map(ConnectionId::as_str))
        .time(event.first_detected_at)
        .time(event.latest_detected_at)
        .json(&event.sources)
        .number(event.uses)
        .maybe_time(event.first_used_at)
        .maybe_time(event.last_used_at)
        .json(&event.judgement)
        .json(&event.score)
        .text(&list::search_words(event))
        .maybe_text(event.assigned_to.as_deref())
        .maybe_time(event.ignored_until)
}

fn read(row: &Row) -> Result<RiskEvent> {
    Ok(RiskEvent {
        id: row.text("id")?.into(),
        risk_type: row.word("risk_type", &RiskType::ALL, RiskType::as_str)?,
        subject: row.text("subject")?,
        access_key_id: row.maybe_key("access_key_id")?,
        level: row.word("level", &Level::ALL, Level::as_str)?,
        work_state: row.word("work_state", &WorkState::ALL, WorkState::as_str)?,
        assigned_to: row.maybe_text("assigned_to")?,
        ignored_until: row.maybe_time("ignored_until")?,
        key_state: row.json("key_state")?,
        account: row.maybe_text("account")?,
        connection_id: row.maybe_text("connection_id")?.map(ConnectionId::from),
        first_detected_at: row.time("first_detected_at")?,
        latest_detected_at: row.time("latest_detected_at")?,
        sources: row.json("sources")?,
        uses: row.number("uses")?,
        first_used_at: row.maybe_time("first_used_at")?,
        last_used_at: row.maybe_time("last_used_at")?,
        judgement: row.json("judgement")?,
        score: row.json("score")?,
    })
}
