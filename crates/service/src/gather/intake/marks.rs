//! What commits with a delivery beside what its events mean: how far it was read, what could not be, and how its
//! source fares.

use std::collections::BTreeMap;

use claviger_model::AccessEvent;
use claviger_store::log_files::{self, LogFile};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{
    Gap, GapKind, Noted, SourceBucket, grants, minted_keys, rejects, source_buckets,
    source_checkpoints, source_gaps, source_progress,
};
use jiff::{SignedDuration, Timestamp};

use super::{Delivery, Mark, Whose};
use crate::gather::changed_objects;
use crate::{Service, ServiceError};

/// References kept of the lines of one delivery that could not be read.
const REJECTS_MAX: usize = 1_000;

/// References kept of a source without files: of its latest deliveries.
const REJECTS_OF_SOURCE_MAX: u32 = 5_000;

/// Buckets that are noted of one delivery: clients choose names, and must not fill our database.
const BUCKETS_MAX: usize = 200;

/// A shorter stretch in which a source failed is no gap: it is a hiccup.
const GAP_MIN: SignedDuration = SignedDuration::from_secs(60);

/// Keeps what a delivery is beside its events: that it was read, what could not be, how its source fares.
pub(super) async fn keep(
    service: &Service,
    tx: &mut AnyConnection,
    delivery: &Delivery,
    events: &[AccessEvent],
) -> Result<(), ServiceError> {
    let now = service.now();
    changed_objects::follow_notices(tx, &delivery.whose, &delivery.notices, now).await?;
    for minted in &delivery.minted {
        minted_keys::insert(tx, minted, now).await?;
    }
    for grant in &delivery.grants {
        grants::insert(tx, grant, now).await?;
    }
    keep_rejects(tx, delivery).await?;
    keep_mark(tx, delivery).await?;
    let noted = Noted {
        source: delivery.source.clone(),
        lines: delivery.lines,
        events: delivery.events_counted,
        rejected: delivery.rejects.len() as u64,
        bytes: delivery.bytes,
        last_line_at: events.last().map(|event| event.time).filter(|_| !delivery.is_past),
        delivered_at: delivery.delivered_at,
        read_at: delivery.read_at,
    };
    if let Some((failure, since)) = source_progress::note(tx, &noted).await? {
        keep_gap(tx, &delivery.source, since, delivery.read_at, &failure.message).await?;
    }
    keep_buckets(tx, delivery, events).await?;
    keep_told(tx, delivery).await
}

/// Keeps which buckets the lines speak of, where they are not those of one bucket's own log.
async fn keep_buckets(
    tx: &mut AnyConnection,
    delivery: &Delivery,
    events: &[AccessEvent],
) -> Result<(), ServiceError> {
    if matches!(delivery.whose, Whose::Asset(_)) {
        return Ok(());
    }
    let mut latest: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for event in events {
        let Some(bucket) = event.bucket.as_deref() else { continue };
        if latest.len() < BUCKETS_MAX || latest.contains_key(bucket) {
            let at = latest.entry(bucket).or_insert(event.time);
            *at = event.time.max(*at);
        }
    }
    for (bucket, last_line_at) in latest {
        let (source, bucket) = (delivery.source.clone(), bucket.to_owned());
        let seen = SourceBucket { source, bucket, last_line_at, last_read_at: delivery.read_at };
        source_buckets::note(tx, &seen).await?;
    }
    Ok(())
}

/// Keeps that a source was not watched for a while, if it was a while.
pub(crate) async fn keep_gap(
    tx: &mut AnyConnection,
    source: &str,
    begun_at: Timestamp,
    ended_at: Timestamp,
    words: &str,
) -> Result<(), ServiceError> {
    if ended_at.duration_since(begun_at) >= GAP_MIN {
        let (source, words) = (source.to_owned(), words.to_owned());
        let gap = Gap { source, kind: GapKind::Blind, begun_at, ended_at, words };
        source_gaps::insert(tx, &gap).await?;
    }
    Ok(())
}

/// Keeps what a delivery tells beside its lines.
async fn keep_told(tx: &mut AnyConnection, delivery: &Delivery) -> Result<(), ServiceError> {
    let source = &delivery.source;
    if let Some(address) = &delivery.confirmation {
        source_progress::set_confirmation(tx, source, Some(address)).await?;
    } else if delivery.lines > 0 || !delivery.notices.is_empty() {
        source_progress::set_confirmation(tx, source, None).await?;
    }
    if let Some((begun_at, words)) = &delivery.lost {
        let gap = Gap {
            source: source.clone(),
            kind: GapKind::Lost,
            begun_at: *begun_at,
            ended_at: delivery.read_at,
            words: words.clone(),
        };
        source_gaps::insert(tx, &gap).await?;
    }
    Ok(())
}

async fn keep_mark(tx: &mut AnyConnection, delivery: &Delivery) -> Result<(), ServiceError> {
    match &delivery.mark {
        Mark::Nothing => {}
        Mark::LogFile { etag, bytes } => {
            let log_file = LogFile {
                source: delivery.source.clone(),
                name: delivery.place.clone(),
                etag: etag.clone(),
                bytes: *bytes,
                lines: delivery.lines,
                events: delivery.events_counted,
                rejected: delivery.rejects.len() as u64,
                read_at: delivery.read_at,
            };
            log_files::insert(tx, &log_file).await?;
        }
        Mark::Checkpoints(parts) => {
            for (part, checkpoint) in parts {
                let source = &delivery.source;
                match checkpoint {
                    Some(words) => {
                        source_checkpoints::set(tx, source, part, words, delivery.read_at).await?;
                    }
                    None => source_checkpoints::forget(tx, source, part).await?,
                }
            }
        }
    }
    Ok(())
}

/// Keeps by reference what could not be read. Beyond a bound the rest is one reference: whoever can
/// write into a log must not fill our database.
async fn keep_rejects(tx: &mut AnyConnection, delivery: &Delivery) -> Result<(), ServiceError> {
    let (source, name) = (&delivery.source, &delivery.place);
    rejects::forget(tx, source, name).await?;
    let (each, rest) = delivery.rejects.split_at(delivery.rejects.len().min(REJECTS_MAX));
    for one in each {
        rejects::insert(tx, source, name, one.line, one.start, one.end, &one.why).await?;
    }
    if let (Some(first), Some(last)) = (rest.first(), rest.last()) {
        let why = format!("{} lines from here on; the first of them: {}", rest.len(), first.why);
        rejects::insert(tx, source, name, first.line, first.start, last.end, &why).await?;
    }
    if !each.is_empty() && !matches!(delivery.mark, Mark::LogFile { .. }) {
        rejects::keep_latest(tx, source, REJECTS_OF_SOURCE_MAX).await?;
    }
    Ok(())
}
