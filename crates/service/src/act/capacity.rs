//! How much of the capacity is used, when it will be full, and what happens then: said everywhere.

use claviger_model::{Asset, Authorization};
use claviger_respond::capacity::{self as rules, Fill};
use claviger_store::{assets, capacity};
use jiff::{SignedDuration, Timestamp};

use crate::condition::Condition;
use crate::{Service, ServiceError};

/// How far back growth is measured.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One capacity.
#[derive(Debug, Clone)]
pub struct Capacity {
    /// `protection` or `log_storage`.
    pub kind: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Bytes used.
    pub used: u64,
    /// Bytes that may be used; `None` without a limit.
    pub limit: Option<u64>,
    /// Bytes a day that it grew by lately.
    pub per_day: Option<f64>,
    /// When it will be full, if it goes on so.
    pub full_at: Option<Timestamp>,
    /// What happens at the limit.
    pub at_limit: &'static str,
}

impl Service {
    /// What is used of each capacity, with its limit and forecast.
    ///
    /// # Errors
    /// The state or the history cannot be read.
    pub async fn capacity(&self) -> Result<Vec<Capacity>, ServiceError> {
        let history = self.history().clone();
        let stored = tokio::task::spawn_blocking(move || history.bytes());
        let stored = stored
            .await
            .map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))??;
        let mut reader = self.store().read().await?;
        let statistics = assets::statistics(&mut reader).await?;
        let protected = statistics.iter().map(|one| one.bytes_authorized).sum();
        let all = [
            (
                "protection",
                "Protection capacity",
                protected,
                self.settings().protection_max_bytes,
                "no further bucket is authorized; those that are stay protected",
            ),
            (
                "log_storage",
                "Log storage capacity",
                stored,
                self.settings().history_max_bytes,
                "the oldest days of the history are dropped",
            ),
        ];
        let now = self.now();
        let mut capacities = Vec::new();
        for (kind, title, used, limit, at_limit) in all {
            let mut measured = capacity::since(&mut reader, kind, now - LOOK_BACK).await?;
            measured.push((now, used));
            let per_day = rules::per_day(&measured);
            let full_at = rules::full_at(used, limit, per_day, now);
            capacities.push(Capacity { kind, title, used, limit, per_day, full_at, at_limit });
        }
        Ok(capacities)
    }

    /// Whether there is room to protect some buckets more.
    pub(crate) async fn may_protect(&self, more: &[Asset]) -> Result<(), ServiceError> {
        let Some(limit) = self.settings().protection_max_bytes else { return Ok(()) };
        let mut reader = self.store().read().await?;
        let statistics = assets::statistics(&mut reader).await?;
        let used: u64 = statistics.iter().map(|one| one.bytes_authorized).sum();
        let new = more.iter().filter(|asset| asset.authorization != Authorization::Authorized);
        let wanted: u64 = new.map(|asset| asset.bytes.unwrap_or(0)).sum();
        if used.saturating_add(wanted) <= limit {
            return Ok(());
        }
        Err(ServiceError::Conflict {
            message: format!(
                "the protection capacity is {limit} bytes: {used} are used and {wanted} were asked for"
            ),
            hint: "raise `protection_max_bytes`, or stop protecting a bucket".to_owned(),
        })
    }

    /// Measures each capacity, and says on every page where one is short.
    pub(crate) async fn measure_capacity(&self) -> Result<(), ServiceError> {
        let all = self.capacity().await?;
        let now = self.now();
        let mut tx = self.store().write().await?;
        for one in &all {
            capacity::put(&mut tx, one.kind, one.used, now).await?;
        }
        tx.commit().await?;
        for one in all {
            let place = format!("capacity {}", one.kind);
            let (code, word) = match rules::fill(one.used, one.limit) {
                Fill::Fine => {
                    self.conditions().clear(&place);
                    continue;
                }
                Fill::Near => ("capacity_near", "nearly used up"),
                Fill::Full => ("capacity_full", "used up"),
            };
            let limit = one.limit.unwrap_or_default();
            let message = format!("{} is {word}: {} of {limit} bytes", one.title, one.used);
            let hint = Some(format!("at the limit {}", one.at_limit));
            tracing::warn!(capacity.kind = one.kind, capacity.used = one.used, limit, "{message}");
            let known = self.conditions_now().into_iter().find(|known| known.place == place);
            let since = known.filter(|known| known.code == code).map_or(now, |known| known.since);
            self.conditions().say(Condition { place, code: code.to_owned(), message, hint, since });
        }
        Ok(())
    }
}
