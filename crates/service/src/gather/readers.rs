//! Who read an object that holds a leaked key: out of the history when the key is found there, and out of the
//! lines that come since. Whoever did so before the first misuse is where that came from.

use std::collections::{BTreeSet, HashSet};

use claviger_model::{AccessEvent, AccessKeyId, Evidence, EvidenceState, RiskEventId};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{ObjectRead, connections, evidence, object_reads, risk_events};
use claviger_watch::Use;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::risk_event;
use crate::{Service, ServiceError};

/// Reads of one object that are kept: of a busy one the rest is told as more.
const READS_MAX: usize = 2_000;

/// Readers that a line names in words, and as data.
const NAMED_MAX: usize = 3;
const READERS_MAX: usize = 100;

/// An object by its bucket and name.
pub(crate) type Place = (String, String);

/// Searches the history for who read the objects in which a key stands, and tells of it.
pub(crate) async fn search(service: &Service, key: &AccessKeyId) -> Result<(), ServiceError> {
    let id = risk_event::id_of_key(claviger_model::RiskType::AccessKeyPairLeak, key);
    let mut reader = service.store().read().await?;
    let standing = evidence::of_event(&mut reader, &id).await?;
    drop(reader);
    let places: BTreeSet<Place> = standing
        .iter()
        .filter(|one| one.state != EvidenceState::AddedToWhitelist)
        .filter_map(|one| Some((one.bucket.clone()?, one.object.clone()?)))
        .collect();
    let mut reader = service.store().read().await?;
    let own = own_keys(&mut reader).await?;
    drop(reader);
    for place in &places {
        let since = standing.iter().filter(|one| is_in(one, place));
        let since = since.map(|one| one.readable_since).min().flatten();
        let (mut reads, has_more) = read_history(service, place, since).await?;
        reads.retain(|read| read.access_key_id.as_ref().is_none_or(|key| !own.contains(key)));
        let mut tx = service.store().write().await?;
        for read in &reads {
            object_reads::insert(&mut tx, (&place.0, &place.1), read).await?;
        }
        tell(&mut tx, place, Some(has_more), service.now()).await?;
        tx.commit().await?;
        service.watched().lock().await.note_reads(&reads);
    }
    service.tell_pages(id.as_str());
    Ok(())
}

/// That we read an object to scan it says nothing.
pub(super) async fn own_keys(
    reader: &mut AnyConnection,
) -> Result<HashSet<AccessKeyId>, ServiceError> {
    Ok(connections::own_keys(reader).await?.into_iter().collect())
}

fn is_in(evidence: &Evidence, (bucket, object): &Place) -> bool {
    evidence.bucket.as_ref() == Some(bucket) && evidence.object.as_ref() == Some(object)
}

async fn read_history(
    service: &Service,
    (bucket, object): &Place,
    since: Option<Timestamp>,
) -> Result<(Vec<AccessEvent>, bool), ServiceError> {
    let (history, bucket, object) = (service.history().clone(), bucket.clone(), object.clone());
    let read = tokio::task::spawn_blocking(move || {
        history.of_object((&bucket, &object), since, None, READS_MAX)
    });
    let (mut found, has_more) = read
        .await
        .map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))??;
    found.retain(Use::is_read);
    Ok((found, has_more))
}

/// Keeps what a batch holds of such reads. Returns the risk events that changed.
pub(super) async fn keep(
    tx: &mut AnyConnection,
    reads: &[&AccessEvent],
    now: Timestamp,
) -> Result<Vec<RiskEventId>, ServiceError> {
    let mut places: BTreeSet<Place> = BTreeSet::new();
    for read in reads {
        let Some(place) = read.bucket.clone().zip(read.object.clone()) else { continue };
        let known = object_reads::count(tx, (&place.0, &place.1)).await?;
        if known < READS_MAX as u64 {
            object_reads::insert(tx, (&place.0, &place.1), read).await?;
        }
        places.insert(place);
    }
    let mut changed = Vec::new();
    for place in &places {
        changed.extend(tell(tx, place, None, now).await?);
    }
    Ok(changed)
}

/// Tells who read an object on the risk events of the keys that stand in it.
async fn tell(
    tx: &mut AnyConnection,
    place: &Place,
    has_more: Option<bool>,
    now: Timestamp,
) -> Result<Vec<RiskEventId>, ServiceError> {
    let all = object_reads::of_object(tx, (&place.0, &place.1)).await?;
    let mut changed = Vec::new();
    for evidence in evidence::in_object(tx, (&place.0, &place.1)).await? {
        let since = evidence.readable_since.unwrap_or(Timestamp::MIN);
        let reads: Vec<&ObjectRead> = all.iter().filter(|read| read.at >= since).collect();
        let Some(event) = risk_events::for_update(tx, &evidence.risk_event_id).await? else {
            continue;
        };
        let is_least = has_more.unwrap_or(false) || all.len() >= READS_MAX;
        let (text, details) = words(&evidence, &reads, is_least);
        let at = reads.first().map_or(evidence.found_at.max(since).min(now), |first| first.at);
        let which = ("object_read", evidence.location.uri.as_str());
        risk_event::tell_anew(tx, &event, which, at, &text, details).await?;
        changed.push(event.id);
    }
    Ok(changed)
}

/// Reads by one address with one key.
struct Reader<'a> {
    source: &'a str,
    key: Option<&'a str>,
    client: Option<&'a str>,
    reads: u64,
    bytes: u64,
    first: Timestamp,
    last: Timestamp,
}

fn readers<'a>(reads: &[&'a ObjectRead]) -> Vec<Reader<'a>> {
    let mut readers: Vec<Reader<'a>> = Vec::new();
    for read in reads {
        let (source, key) =
            (read.source_ip.as_deref().unwrap_or("?"), read.access_key_id.as_deref());
        let known = readers.iter_mut().find(|one| one.source == source && one.key == key);
        if let Some(known) = known {
            (known.reads, known.bytes) = (known.reads + 1, known.bytes + read.bytes_out);
            known.last = read.at;
            continue;
        }
        readers.push(Reader {
            source,
            key,
            client: read.user_agent.as_deref(),
            reads: 1,
            bytes: read.bytes_out,
            first: read.at,
            last: read.at,
        });
    }
    readers
}

fn words(evidence: &Evidence, reads: &[&ObjectRead], is_least: bool) -> (String, Value) {
    let readers = readers(reads);
    let before = reads.iter().filter(|read| read.at < evidence.found_at).count();
    let place = &evidence.location.uri;
    let named: Vec<String> = readers.iter().take(NAMED_MAX).map(in_words).collect();
    let more = match readers.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let text = match reads.len() {
        0 => format!(
            "no read of {place}, in which the key stands, is recorded since it stands there"
        ),
        count => format!(
            "{place}, in which the key stands, was read {}{count} × by {} readers, {before} × before it \
             was found: {}{more}",
            if is_least { "at least " } else { "" },
            readers.len(),
            named.join("; ")
        ),
    };
    let shown = readers.iter().take(READERS_MAX).map(|one| {
        json!({ "source_ip": one.source, "access_key_id": one.key, "user_agent": one.client,
            "requests": one.reads, "bytes_out": one.bytes, "first_at": one.first,
            "last_at": one.last })
    });
    let details = json!({ "uri": place, "bucket": evidence.bucket, "object": evidence.object,
        "requests": reads.len(), "before_found": before, "since_found": reads.len() - before,
        "readers": shown.collect::<Vec<_>>(), "is_least": is_least });
    (text, details)
}

fn in_words(one: &Reader<'_>) -> String {
    let key = one.key.map_or("without a key".to_owned(), |key| format!("with {key}"));
    match one.reads {
        1 => format!("{} {key} at {}", one.source, one.first),
        many => format!("{} {key}, {many} × from {} to {}", one.source, one.first, one.last),
    }
}

#[cfg(test)]
mod tests {
    use claviger_model::{EventId, EvidenceId, IntelligenceSource, Location, RiskType};
    use claviger_store::timeline::{self, TimelineEntry};
    use claviger_watch::Parsed;

    use super::*;
    use crate::Settings;
    use crate::gather::intake::{self, Delivery, Whose};

    const BEGIN: i64 = 1_767_225_600;

    fn key() -> AccessKeyId {
        AccessKeyId::parse("LTAI5tFAKEFAKEFAKE000001").unwrap()
    }

    fn read(second: i64, source: &str, object: &str, operation: &str) -> AccessEvent {
        AccessEvent {
            time: Timestamp::from_second(BEGIN + second).unwrap(),
            access_key_id: None,
            account: None,
            source_ip: Some(source.to_owned()),
            user_agent: Some("curl/8".to_owned()),
            operation: operation.to_owned(),
            bucket: Some("b".to_owned()),
            object: Some(object.to_owned()),
            status: Some(200),
            error: None,
            bytes_out: Some(100),
            bytes_in: None,
            request_id: None,
            event_id: EventId(format!("{second:06} {source} {object} {operation}")),
        }
    }

    fn found() -> Evidence {
        let at = Timestamp::from_second(BEGIN + 1_000).unwrap();
        let uri = "oss://b/dump.sql".to_owned();
        Evidence {
            id: EvidenceId::derived(&["dump"]),
            risk_event_id: risk_event::id_of_key(RiskType::AccessKeyPairLeak, &key()),
            access_key_id: Some(key()),
            source: IntelligenceSource::PublicPlaintextStorage,
            state: EvidenceState::Found,
            location: Location { uri, path: Vec::new(), line: 1, column: 1, start: 0, end: 0 },
            connection_id: None,
            asset_id: None,
            bucket: Some("b".to_owned()),
            object: Some("dump.sql".to_owned()),
            code: None,
            link: None,
            fingerprint: None,
            masked: None,
            confidence: 1.0,
            why: Vec::new(),
            readable_since: Timestamp::from_second(BEGIN).ok(),
            found_at: at,
            seen_at: at,
        }
    }

    async fn deliver(service: &Service, place: &str, events: Vec<AccessEvent>) {
        let parsed = Parsed { events, ..Parsed::default() };
        let place = place.to_owned();
        let delivery = Delivery::new("a source", place, Whose::Anybody, parsed, service.now());
        intake::take_in(service, delivery).await.unwrap();
    }

    async fn line(service: &Service) -> TimelineEntry {
        let mut reader = service.store().read().await.unwrap();
        let event = risk_event::id_of_key(RiskType::AccessKeyPairLeak, &key());
        let id = risk_event::line_id(&event, "object_read", "oss://b/dump.sql");
        timeline::get(&mut reader, &id).await.unwrap().unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_read_the_object_that_holds_a_key_is_told_before_and_after_it_was_found() {
        let folder = tempfile::tempdir().unwrap();
        let open =
            async || Service::open(Settings::in_folder(folder.path().join("data"))).await.unwrap();
        let service = open().await;
        let mut refused = read(30, "203.0.113.99", "dump.sql", "GetObject");
        refused.status = Some(403);
        let past = vec![
            read(-50, "203.0.113.1", "dump.sql", "GetObject"),
            read(20, "203.0.113.7", "dump.sql", "GetObject"),
            read(40, "203.0.113.7", "dump.sql", "GetObject"),
            read(21, "203.0.113.8", "other.sql", "GetObject"),
            read(22, "203.0.113.9", "dump.sql", "PutObject"),
            refused,
        ];
        deliver(&service, "past", past).await;
        let mut tx = service.store().write().await.unwrap();
        risk_event::open(&service, &mut tx, RiskType::AccessKeyPairLeak, &key()).await.unwrap();
        evidence::upsert(&mut tx, &found(), service.now()).await.unwrap();
        tx.commit().await.unwrap();
        search(&service, &key()).await.unwrap();
        let told = line(&service).await;
        assert_eq!(told.at.as_second(), BEGIN + 20, "when it was read first");
        assert_eq!(
            (&told.details["requests"], &told.details["before_found"]),
            (&json!(2), &json!(2))
        );
        assert_eq!(told.details["readers"].as_array().unwrap().len(), 1);
        assert_eq!(told.details["readers"][0]["source_ip"], "203.0.113.7");
        drop(service);
        let service = open().await;
        let live = vec![
            read(2_000, "203.0.113.7", "dump.sql", "GetObject"),
            read(2_001, "198.51.100.4", "dump.sql", "GetObject"),
        ];
        deliver(&service, "live", live.clone()).await;
        // A delivery that comes twice counts once.
        deliver(&service, "again", live).await;
        search(&service, &key()).await.unwrap();
        let told = line(&service).await;
        assert_eq!(told.details["since_found"], 2, "{}", told.text);
        assert_eq!(told.details["readers"][0]["requests"], 3);
        assert_eq!(told.details["readers"][1]["source_ip"], "198.51.100.4");
    }
}
