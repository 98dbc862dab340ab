//! A source of records of a logstore, read shard by shard by cursor.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_cloud::{Cloud, CloudError, LogStart, LogStore, PulledLogs};
use claviger_model::LogSource;
use claviger_store::source_checkpoints;
use jiff::SignedDuration;

use super::supervisor::recover;
use super::{cloud_of, format_of, parse, whose};
use crate::gather::intake::{self, Delivery, Mark};
use crate::{Service, ServiceError};

/// How far back a new source begins: what was done before it was set up counts as well.
const BACK: SignedDuration = SignedDuration::from_hours(24);

/// Rounds after which the shards are listed anew: they are split and merged.
const ROUNDS: u32 = 100;

/// Reads for ever; ends only where it cannot go on.
pub(super) async fn run(
    service: &Service,
    source: &LogSource,
    store: &LogStore,
) -> Result<(), ServiceError> {
    let cloud = cloud_of(service, source).await?;
    loop {
        let shards = cloud.log_shards(store).await?;
        let mut reader = service.store().read().await?;
        let kept = source_checkpoints::of_source(&mut reader, source.id.as_str()).await?;
        drop(reader);
        let kept: BTreeMap<String, String> = kept.into_iter().collect();
        let mut cursors = Vec::new();
        for shard in shards {
            let cursor = match kept.get(&part(shard)) {
                Some(cursor) => cursor.clone(),
                None => {
                    let start = LogStart::At(source.created_at - BACK);
                    cloud.log_cursor(store, shard, start).await?
                }
            };
            cursors.push((shard, cursor));
        }
        recover(service, source).await?;
        for _ in 0..ROUNDS {
            for (shard, cursor) in &mut cursors {
                read_on(service, source, cloud.as_ref(), store, (*shard, cursor)).await?;
            }
            tokio::time::sleep(pause(service)).await;
        }
    }
}

/// Reads a shard until there is nothing more for now.
async fn read_on(
    service: &Service,
    source: &LogSource,
    cloud: &dyn Cloud,
    store: &LogStore,
    (shard, cursor): (u32, &mut String),
) -> Result<(), ServiceError> {
    loop {
        let mut lost = None;
        let pulled = match cloud.pull_logs(store, shard, cursor).await {
            Err(error) if is_gone(&error) => {
                let now = service.now();
                lost = Some((now, format!("shard {shard} forgot where it was read to")));
                *cursor = cloud.log_cursor(store, shard, LogStart::Begin).await?;
                cloud.pull_logs(store, shard, cursor).await?
            }
            pulled => pulled?,
        };
        if pulled.next == *cursor {
            return Ok(());
        }
        cursor.clone_from(&pulled.next);
        take(service, source, shard, pulled, lost).await?;
    }
}

/// Whether a cursor is worth nothing any more: its records are older than the logstore keeps them.
fn is_gone(error: &CloudError) -> bool {
    error.refusal().is_some_and(|refusal| refusal.code == "InvalidCursor")
}

async fn take(
    service: &Service,
    source: &LogSource,
    shard: u32,
    pulled: PulledLogs,
    lost: Option<(jiff::Timestamp, String)>,
) -> Result<(), ServiceError> {
    let read_at = service.now();
    let bytes = pulled.lines.len() as u64;
    let _room = service.intake().room(bytes).await;
    let format = format_of(source).or_else(|| "sls".parse().ok());
    let parsed = tokio::task::spawn_blocking(move || parse(format, &pulled.lines))
        .await
        .map_err(|fault| ServiceError::Internal(format!("a log broke: {fault}")))?;
    let place = format!("{read_at:.6} {}", part(shard));
    let mut delivery = Delivery::new(source.id.as_str(), place, whose(source), parsed, read_at);
    delivery.bytes = bytes;
    delivery.delivered_at = Some(read_at);
    delivery.lost = lost;
    delivery.mark = Mark::Checkpoints(vec![(part(shard), Some(pulled.next))]);
    intake::take_in(service, delivery).await
}

fn part(shard: u32) -> String {
    format!("shard {shard}")
}

fn pause(service: &Service) -> Duration {
    service.settings().log_poll
}
