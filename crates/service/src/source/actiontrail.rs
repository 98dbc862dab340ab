//! A source of events of `ActionTrail`, looked up again and again with an overlap: they come late and out of
//! order. The oldest are told first, so that each page moves on how far it is read.

use claviger_cloud::Trail;
use claviger_model::LogSource;
use claviger_store::source_checkpoints;
use jiff::Timestamp;

use super::cloud_of;
use super::supervisor::recover;
use super::trail::{Asker, BACK, LATE_MAX, RARER, Seen, Taken, take};
use crate::gather::intake::Mark;
use crate::{Service, ServiceError};

/// The part under which the time of the latest event is kept.
const PART: &str = "latest event";

/// Looks for ever; ends only where it cannot go on.
pub(super) async fn run(
    service: &Service,
    source: &LogSource,
    endpoint: Option<&str>,
) -> Result<(), ServiceError> {
    let cloud = cloud_of(service, source).await?;
    let trail = Trail { endpoint: endpoint.map(str::to_owned), region: None };
    let mut asker = Asker::new(cloud, trail);
    let mut reader = service.store().read().await?;
    let kept = source_checkpoints::of_source(&mut reader, source.id.as_str()).await?;
    drop(reader);
    let kept = kept.into_iter().find(|(part, _)| part == PART);
    let mut latest: Option<Timestamp> = kept.and_then(|(_, time)| time.parse().ok());
    let mut seen = Seen::new("eventId");
    let mut is_first = true;
    loop {
        let now = service.now();
        let from = latest.map_or(now - BACK, |latest| latest.min(now) - LATE_MAX);
        let mut next: Option<String> = None;
        loop {
            let page = asker.ask((from, now), next.as_deref()).await?;
            if std::mem::take(&mut is_first) {
                recover(service, source).await?;
            }
            let fresh = seen.fresh(&page, now);
            latest = fresh.iter().map(|line| line.at).max().max(latest);
            if !fresh.is_empty() {
                let words = latest.map(|time| time.to_string());
                let mark = Mark::Checkpoints(vec![(PART.to_owned(), words)]);
                let (format, place) = ("actiontrail", "LookupEvents");
                let taken = Taken { format, place, events: &fresh, mark, is_past: false };
                take(service, source, taken).await?;
            }
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        seen.forget_before(from);
        tokio::time::sleep(service.settings().log_poll * RARER).await;
    }
}
