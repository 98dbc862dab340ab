//! The overview: what needs somebody now, what leaked from where, and what is not watched.

use claviger_model::{Asset, Authorization, IntelligenceSource, RiskEvent, RiskType};
use claviger_store::assets::{self, AssetFilter, AssetStatistics};
use claviger_store::risk_events::{self, RiskCount, RiskEventFilter, SourceCount};
use claviger_store::{deliveries, log_files, policies, source_buckets};
use jiff::{SignedDuration, Timestamp};

use crate::{Condition, Service, ServiceError};

/// Events named on the overview; the rest is behind the numbers.
const TOP_EVENTS: u32 = 5;

/// Assets looked at for what is not watched.
const ASSETS_MAX: u32 = 500;

/// A bucket of which a source beside its log bucket told nothing for so long is not watched by it.
const QUIET_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many keys leaked by one source.
#[derive(Debug, Clone)]
pub struct LeakCount {
    /// The source.
    pub source: IntelligenceSource,
    /// Risk events with evidence from it.
    pub all: u64,
    /// Of these, not closed.
    pub unhandled: u64,
}

impl From<SourceCount> for LeakCount {
    fn from(count: SourceCount) -> Self {
        Self { source: count.source, all: count.all, unhandled: count.open }
    }
}

/// An authorized bucket whose access nobody sees, and why.
#[derive(Debug, Clone)]
pub struct Unwatched {
    /// The bucket.
    pub asset: Asset,
    /// Why, with the way out.
    pub why: String,
}

/// What the overview page shows.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Open events, worst first.
    pub open: Vec<RiskEvent>,
    /// Events by type, level and state.
    pub counts: Vec<RiskCount>,
    /// Leaks by source.
    pub leaks: Vec<LeakCount>,
    /// Storage authorization statistics, by provider.
    pub assets: Vec<AssetStatistics>,
    /// Authorized buckets that are not watched.
    pub unwatched: Vec<Unwatched>,
    /// Risk types whose policy is disabled.
    pub disabled: Vec<RiskType>,
    /// Messages not yet delivered.
    pub messages_waiting: u64,
    /// What is wrong with the installation.
    pub conditions: Vec<Condition>,
    /// When the answer was made.
    pub at: Timestamp,
}

impl Service {
    /// What the overview page shows.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn overview(&self) -> Result<Overview, ServiceError> {
        let mut reader = self.store().read().await?;
        let filter =
            RiskEventFilter { open_only: true, limit: TOP_EVENTS, ..RiskEventFilter::default() };
        let mut open = risk_events::list(&mut reader, &filter).await?;
        open.sort_by(|a, b| b.level.cmp(&a.level).then(b.last_used_at.cmp(&a.last_used_at)));
        let counts = risk_events::counts(&mut reader).await?;
        let policies = policies::list(&mut reader).await?;
        let (waiting, _, retrying) = deliveries::counts(&mut reader).await?;
        let authorized = AssetFilter {
            authorization: Some(Authorization::Authorized),
            limit: ASSETS_MAX,
            ..AssetFilter::default()
        };
        let mut unwatched = Vec::new();
        for asset in assets::list(&mut reader, &authorized).await? {
            if let Some(why) = why_unwatched(&mut reader, &asset, self.now()).await? {
                unwatched.push(Unwatched { asset, why });
            }
        }
        let mut conditions = self.conditions_now();
        conditions.extend(self.history_conditions().await?);
        Ok(Overview {
            open,
            counts: counts.alike,
            leaks: counts.by_source.into_iter().map(LeakCount::from).collect(),
            assets: assets::statistics(&mut reader).await?,
            unwatched,
            disabled: policies.iter().filter(|p| !p.enabled).map(|p| p.risk_type).collect(),
            messages_waiting: waiting + retrying,
            conditions,
            at: self.now(),
        })
    }
}

async fn why_unwatched(
    reader: &mut claviger_store::sqlx::AnyConnection,
    asset: &Asset,
    now: Timestamp,
) -> Result<Option<String>, ServiceError> {
    let totals = log_files::totals(reader, asset.id.as_str()).await?;
    if asset.log_target.is_none() || totals.files == 0 {
        // Its lines may come by another way.
        if let Some(seen) = source_buckets::latest(reader, &asset.bucket).await? {
            let is_late = now.duration_since(seen.last_read_at) > QUIET_MAX;
            let why = || format!("its last line came at {} from another source", seen.last_read_at);
            return Ok(is_late.then(why));
        }
    }
    if asset.log_target.is_none() {
        let why = "access logging is off: switch it on in the bucket's settings, then synchronize, \
                   or send its log lines to a source";
        return Ok(Some(why.to_owned()));
    }
    if totals.files == 0 {
        return Ok(Some("no log file has arrived yet".to_owned()));
    }
    if totals.rejected > 0 {
        let why = format!("{} of {} log lines could not be read", totals.rejected, totals.lines);
        return Ok(Some(why));
    }
    Ok(None)
}
