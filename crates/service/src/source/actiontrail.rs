//! A source of events of a trail, looked up again and again with an overlap: they come late and out of
//! order.

use std::collections::HashMap;
use std::time::Duration;

use claviger_cloud::TrailPage;
use claviger_model::LogSource;
use claviger_store::source_checkpoints;
use jiff::{SignedDuration, Timestamp};

use super::supervisor::recover;
use super::{cloud_of, format_of, parse, whose};
use crate::gather::intake::{self, Delivery, Mark};
use crate::{Service, ServiceError};

/// How late an event may come (ActionTrail documentation: usually within 10 minutes).
const OVERLAP: SignedDuration = SignedDuration::from_mins(30);

/// How far back a new source begins: what the service tells of unless asked otherwise.
const BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The service answers two calls a second for a whole account; others want some of them.
const PAGE_PAUSE: Duration = Duration::from_millis(600);

/// Looks at the trail come this many times rarer than those at a log bucket.
const RARER: u32 = 5;

/// The part under which the time of the latest event is kept.
const PART: &str = "latest event";

/// Looks for ever; ends only where it cannot go on.
pub(super) async fn run(
    service: &Service,
    source: &LogSource,
    endpoint: Option<&str>,
) -> Result<(), ServiceError> {
    let cloud = cloud_of(service, source).await?;
    let mut reader = service.store().read().await?;
    let kept = source_checkpoints::of_source(&mut reader, source.id.as_str()).await?;
    drop(reader);
    let kept = kept.into_iter().find(|(part, _)| part == PART);
    let mut latest: Option<Timestamp> = kept.and_then(|(_, time)| time.parse().ok());
    let mut known: HashMap<String, Timestamp> = HashMap::new();
    let mut is_first = true;
    loop {
        let now = service.now();
        let from = latest.map_or(now - BACK, |latest| latest.min(now) - OVERLAP);
        let mut next: Option<String> = None;
        loop {
            let page = cloud.lookup_events(endpoint, (from, now), next.as_deref()).await?;
            if std::mem::take(&mut is_first) {
                recover(service, source).await?;
            }
            let token = page.next.clone();
            let fresh = fresh(page, &mut known, now);
            latest = fresh.iter().map(|(_, at)| *at).max().max(latest);
            take(service, source, &fresh, latest).await?;
            next = token;
            if next.is_none() {
                break;
            }
            tokio::time::sleep(PAGE_PAUSE).await;
        }
        known.retain(|_, at| *at >= from);
        tokio::time::sleep(service.settings().log_poll * RARER).await;
    }
}

/// The events of a page that were not seen yet, as lines, with their times.
fn fresh(
    page: TrailPage,
    known: &mut HashMap<String, Timestamp>,
    now: Timestamp,
) -> Vec<(String, Timestamp)> {
    let mut fresh = Vec::new();
    for event in page.events {
        let at = event["eventTime"].as_str().and_then(|text| text.parse().ok()).unwrap_or(now);
        let id = event["eventId"].as_str().unwrap_or_default().to_owned();
        if id.is_empty() || known.insert(id, at).is_none() {
            fresh.push((event.to_string(), at));
        }
    }
    fresh
}

async fn take(
    service: &Service,
    source: &LogSource,
    events: &[(String, Timestamp)],
    latest: Option<Timestamp>,
) -> Result<(), ServiceError> {
    if events.is_empty() {
        return Ok(());
    }
    let read_at = service.now();
    let lines: String = events.iter().map(|(line, _)| format!("{line}\n")).collect();
    let bytes = lines.len() as u64;
    let _room = service.intake().room(bytes).await;
    let format = format_of(source).or_else(|| "actiontrail".parse().ok());
    let parsed = parse(format, lines.as_bytes());
    let place = format!("{read_at:.6} LookupEvents");
    let mut delivery = Delivery::new(source.id.as_str(), place, whose(source), parsed, read_at);
    delivery.bytes = bytes;
    delivery.delivered_at = Some(read_at);
    let latest = latest.map(|time| time.to_string());
    delivery.mark = Mark::Checkpoints(vec![(PART.to_owned(), latest)]);
    intake::take_in(service, delivery).await
}
