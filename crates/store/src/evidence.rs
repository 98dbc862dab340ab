//! Evidence: one row for each subject of a risk event and place where it was seen.

use std::collections::BTreeMap;

use claviger_model::{
    AccessKeyId, AssetId, CodePlace, ConnectionId, Evidence, EvidenceId, EvidenceState,
    Fingerprint, IntelligenceSource, Leak, RiskEventId,
};
use jiff::Timestamp;

use crate::conditions::Conditions;
use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, placeholders};
use crate::{Conn, StoreError};

const TABLE: &str = "evidence";

/// Keys asked for at once.
const KEYS_AT_ONCE: usize = 250;

/// What keeping a piece of evidence changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceChange {
    /// Nobody had seen the key there.
    New,
    /// It had gone from there, and is back.
    Reopened,
    /// It was known; it still stands there, or a person allowed it.
    Known,
}

/// Keeps evidence. What was gone is found again; what a person put on the allowlist stays there. A known
/// place keeps its source and its first instants, and takes over what was seen now: where exactly, which
/// secret, how sure, and when. `now` is when it is noted, for [`noted_since`].
///
/// # Errors
/// The database fails.
pub async fn upsert(
    c: &mut Conn,
    evidence: &Evidence,
    now: Timestamp,
) -> std::result::Result<EvidenceChange, StoreError> {
    if insert(c, evidence, now).await? {
        return Ok(EvidenceChange::New);
    }
    let sql = "UPDATE evidence SET state = 'found' \
               WHERE id = $1 AND state IN ('deleted', 'disposed')";
    let reopened =
        Statement::new(TABLE, "upsert", sql).text(evidence.id.as_str()).run(c).await? > 0;
    let sql = "UPDATE evidence SET location = $2, fingerprint = $3, masked = $4, confidence = $5, \
               why = $6, seen_at = $7 WHERE id = $1";
    Statement::new(TABLE, "upsert", sql)
        .text(evidence.id.as_str())
        .json(&evidence.location)
        .maybe_text(evidence.fingerprint.as_ref().map(|fingerprint| fingerprint.0.as_str()))
        .maybe_text(evidence.masked.as_deref())
        .real(evidence.confidence)
        .json(&evidence.why)
        .time(evidence.seen_at)
        .run(c)
        .await?;
    Ok(if reopened { EvidenceChange::Reopened } else { EvidenceChange::Known })
}

async fn insert(c: &mut Conn, evidence: &Evidence, now: Timestamp) -> Result<bool> {
    let sql = "INSERT INTO evidence (id, risk_event_id, access_key_id, source, state, location, \
               connection_id, asset_id, bucket, object, code, link, fingerprint, masked, confidence, why, \
               readable_since, found_at, seen_at, noted_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
               $18, $19, $20) ON CONFLICT (id) DO NOTHING";
    let inserted = Statement::new(TABLE, "upsert", sql)
        .text(evidence.id.as_str())
        .text(evidence.risk_event_id.as_str())
        .maybe_text(evidence.access_key_id.as_ref().map(AccessKeyId::as_str))
        .text(evidence.source.as_str())
        .text(evidence.state.as_str())
        .json(&evidence.location)
        .maybe_text(evidence.connection_id.as_ref().map(ConnectionId::as_str))
        .maybe_text(evidence.asset_id.as_ref().map(AssetId::as_str))
        .maybe_text(evidence.bucket.as_deref())
        .maybe_text(evidence.object.as_deref())
        .maybe_json(evidence.code.as_ref())
        .maybe_text(evidence.link.as_deref())
        .maybe_text(evidence.fingerprint.as_ref().map(|fingerprint| fingerprint.0.as_str()))
        .maybe_text(evidence.masked.as_deref())
        .real(evidence.confidence)
        .json(&evidence.why)
        .maybe_time(evidence.readable_since)
        .time(evidence.found_at)
        .time(evidence.seen_at)
        .time(now)
        .run(c)
        .await?;
    Ok(inserted > 0)
}

/// One piece of evidence.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    id: &EvidenceId,
) -> std::result::Result<Option<Evidence>, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT * FROM evidence WHERE id = $1")
        .text(id.as_str())
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The evidence of a risk event, oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_event(
    c: &mut Conn,
    risk_event_id: &RiskEventId,
) -> std::result::Result<Vec<Evidence>, StoreError> {
    let sql = "SELECT * FROM evidence WHERE risk_event_id = $1 ORDER BY found_at, id";
    let rows = Statement::new(TABLE, "of_event", sql).text(risk_event_id.as_str()).all(c).await?;
    read_all(&rows, read)
}

/// A page of evidence by id: all of it, or what is in a state.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn page(
    c: &mut Conn,
    state: Option<EvidenceState>,
    after: Option<&EvidenceId>,
    limit: u32,
) -> std::result::Result<Vec<Evidence>, StoreError> {
    let rows = Conditions::default()
        .text("state = ?", state.map(EvidenceState::as_str))
        .text("id > ?", after.map(EvidenceId::as_str))
        .statement(TABLE, "page", "SELECT * FROM evidence", "ORDER BY id LIMIT ?")
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// What [`leaks_in_objects`] reads of evidence that counts and stands in an object.
const LEAKS_IN_OBJECTS: &str = "SELECT access_key_id, source, bucket, object, \
     COALESCE(readable_since, found_at) AS leaked_at FROM evidence \
     WHERE state <> 'added_to_whitelist' AND bucket IS NOT NULL AND object IS NOT NULL";

/// Leaks of which the object that holds the key is known: who read that can know the key.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn leaks_in_objects(c: &mut Conn) -> std::result::Result<Vec<Leak>, StoreError> {
    let sql = format!("{LEAKS_IN_OBJECTS} AND access_key_id IS NOT NULL");
    let rows = Statement::composed(TABLE, "leaks_in_objects", sql).all(c).await?;
    read_all(&rows, read_leak)
}

/// The same of some keys.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn leaks_in_objects_of_keys(
    c: &mut Conn,
    keys: &[&AccessKeyId],
) -> std::result::Result<Vec<Leak>, StoreError> {
    let mut found = Vec::new();
    for batch in keys.chunks(KEYS_AT_ONCE) {
        let list = placeholders(1, batch.len());
        let sql = format!("{LEAKS_IN_OBJECTS} AND access_key_id IN ({list})");
        let mut statement = Statement::composed(TABLE, "leaks_in_objects_of_keys", sql);
        if ![1, KEYS_AT_ONCE].contains(&batch.len()) {
            statement = statement.once();
        }
        for key in batch {
            statement = statement.text(key.as_str());
        }
        found.extend(read_all(&statement.all(c).await?, read_leak)?);
    }
    Ok(found)
}

/// Keys of whose leaks something was noted since an instant, each with the latest such one: evidence that came, was
/// put on the allowlist or taken off it, or became public or private.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn noted_since(
    c: &mut Conn,
    since: Timestamp,
) -> std::result::Result<Vec<(AccessKeyId, Timestamp)>, StoreError> {
    // Grouped here and not there: SQLite would walk through all keys for their order.
    let sql = "SELECT access_key_id, noted_at FROM evidence WHERE noted_at >= $1";
    let rows = Statement::new(TABLE, "noted_since", sql).time(since).all(c).await?;
    let mut latest: BTreeMap<AccessKeyId, Timestamp> = BTreeMap::new();
    for row in &rows {
        let Some(key) = row.maybe_key("access_key_id")? else { continue };
        let noted = row.time("noted_at")?;
        latest.entry(key).and_modify(|known| *known = noted.max(*known)).or_insert(noted);
    }
    Ok(latest.into_iter().collect())
}

fn read_leak(row: &Row) -> Result<Leak> {
    let source = row.word("source", &IntelligenceSource::ALL, IntelligenceSource::as_str)?;
    Ok(Leak {
        bucket: row.maybe_text("bucket")?,
        object: row.maybe_text("object")?,
        ..Leak::new(row.key("access_key_id")?, row.time("leaked_at")?, source.leak_source())
    })
}

/// A mark that differs when evidence came, was put on the allowlist or taken off it, or became public
/// or private: whoever keeps what [`leaks_in_objects`] told, and follows it by [`noted_since`], sees by it whether
/// something was missed.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn mark(c: &mut Conn) -> std::result::Result<[u64; 3], StoreError> {
    let sql = "SELECT COUNT(*) AS places, \
               COUNT(CASE WHEN state = 'added_to_whitelist' THEN 1 END) AS allowed, \
               COUNT(CASE WHEN source IN ('public_plaintext_storage', 'github') THEN 1 END) AS public \
               FROM evidence";
    let row = Statement::new(TABLE, "mark", sql).only(c).await?;
    Ok([row.number("places")?, row.number("allowed")?, row.number("public")?])
}

/// The evidence that stands in one object, oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_object(
    c: &mut Conn,
    asset_id: &AssetId,
    object: &str,
) -> std::result::Result<Vec<Evidence>, StoreError> {
    let sql = "SELECT * FROM evidence WHERE asset_id = $1 AND object = $2 ORDER BY found_at, id";
    let rows =
        Statement::new(TABLE, "of_object", sql).text(asset_id.as_str()).text(object).all(c).await?;
    read_all(&rows, read)
}

/// The objects of a bucket whose evidence was deleted and is not known to be gone for good.
///
/// # Errors
/// The database fails.
pub async fn deleted_in(
    c: &mut Conn,
    asset_id: &AssetId,
) -> std::result::Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT object FROM evidence \
               WHERE asset_id = $1 AND state = 'deleted' AND object IS NOT NULL ORDER BY object";
    let rows = Statement::new(TABLE, "deleted_in", sql).text(asset_id.as_str()).all(c).await?;
    read_all(&rows, |row| row.text("object"))
}

/// The evidence that stands in an object, by its name and its bucket's, but for what is on the allowlist.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn in_object(
    c: &mut Conn,
    (bucket, object): (&str, &str),
) -> std::result::Result<Vec<Evidence>, StoreError> {
    let sql = "SELECT * FROM evidence WHERE bucket = $1 AND object = $2 AND \
               state <> 'added_to_whitelist' ORDER BY found_at, id";
    let rows = Statement::new(TABLE, "in_object", sql).text(bucket).text(object).all(c).await?;
    read_all(&rows, read)
}

/// What became of it.
///
/// # Errors
/// The database fails.
pub async fn set_state(
    c: &mut Conn,
    id: &EvidenceId,
    state: EvidenceState,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE evidence SET state = $2, noted_at = $3 WHERE id = $1";
    Statement::new(TABLE, "set_state", sql)
        .text(id.as_str())
        .text(state.as_str())
        .time(now)
        .run(c)
        .await?;
    Ok(())
}

/// Where it comes from, when the place became public or private. `false`: it came from there before.
///
/// # Errors
/// The database fails.
pub async fn set_source(
    c: &mut Conn,
    id: &EvidenceId,
    source: IntelligenceSource,
    now: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE evidence SET source = $2, noted_at = $3 WHERE id = $1 AND source <> $2";
    let statement = Statement::new(TABLE, "set_source", sql).text(id.as_str());
    Ok(statement.text(source.as_str()).time(now).run(c).await? > 0)
}

/// Where in a repository it stands now, with the link there: its history was written anew.
///
/// # Errors
/// The database fails.
pub async fn set_code(
    c: &mut Conn,
    id: &EvidenceId,
    code: &CodePlace,
    link: Option<&str>,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE evidence SET code = $2, link = $3 WHERE id = $1";
    let statement = Statement::new(TABLE, "set_code", sql).text(id.as_str());
    statement.json(code).maybe_text(link).run(c).await?;
    Ok(())
}

/// Where the evidence of a risk event comes from, each source once, in their order.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn sources_of_event(
    c: &mut Conn,
    risk_event_id: &RiskEventId,
) -> std::result::Result<Vec<IntelligenceSource>, StoreError> {
    let sql = "SELECT DISTINCT source FROM evidence WHERE risk_event_id = $1";
    let statement = Statement::new(TABLE, "sources_of_event", sql).text(risk_event_id.as_str());
    let mut sources = read_all(&statement.all(c).await?, |row| {
        row.word("source", &IntelligenceSource::ALL, IntelligenceSource::as_str)
    })?;
    sources.sort_unstable();
    Ok(sources)
}

/// All evidence of a key, oldest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_key(
    c: &mut Conn,
    key: &AccessKeyId,
) -> std::result::Result<Vec<Evidence>, StoreError> {
    let sql = "SELECT * FROM evidence WHERE access_key_id = $1 ORDER BY found_at, id";
    let rows = Statement::new(TABLE, "of_key", sql).text(key.as_str()).all(c).await?;
    read_all(&rows, read)
}

/// Evidence that was seen deleted and is to be verified, longest unseen first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn awaiting_recheck(
    c: &mut Conn,
    limit: u32,
) -> std::result::Result<Vec<Evidence>, StoreError> {
    let sql = "SELECT * FROM evidence WHERE state = 'deleted' ORDER BY seen_at, id LIMIT $1";
    let rows = Statement::new(TABLE, "awaiting_recheck", sql).number(limit.into()).all(c).await?;
    read_all(&rows, read)
}

/// Evidence from one source, newest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_source(
    c: &mut Conn,
    source: IntelligenceSource,
    limit: u32,
) -> std::result::Result<Vec<Evidence>, StoreError> {
    let sql = "SELECT * FROM evidence WHERE source = $1 ORDER BY found_at DESC, id LIMIT $2";
    let rows = Statement::new(TABLE, "of_source", sql)
        .text(source.as_str())
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

fn read(row: &Row) -> Result<Evidence> {
    Ok(Evidence {
        id: row.text("id")?.into(),
        risk_event_id: row.text("risk_event_id")?.into(),
        access_key_id: row.maybe_key("access_key_id")?,
        source: row.word("source", &IntelligenceSource::ALL, IntelligenceSource::as_str)?,
        state: row.word("state", &EvidenceState::ALL, EvidenceState::as_str)?,
        location: row.json("location")?,
        connection_id: row.maybe_text("connection_id")?.map(ConnectionId::from),
        asset_id: row.maybe_text("asset_id")?.map(AssetId::from),
        bucket: row.maybe_text("bucket")?,
        object: row.maybe_text("object")?,
        code: row.maybe_json("code")?,
        link: row.maybe_text("link")?,
        fingerprint: row.maybe_text("fingerprint")?.map(Fingerprint),
        masked: row.maybe_text("masked")?,
        confidence: row.real("confidence")?,
        why: row.json("why")?,
        readable_since: row.maybe_time("readable_since")?,
        found_at: row.time("found_at")?,
        seen_at: row.time("seen_at")?,
    })
}
