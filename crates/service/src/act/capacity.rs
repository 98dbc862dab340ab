//! How much of the capacity is used, when it will be full, and what happens then: said everywhere, and told to
//! people once for each threshold.

use claviger_history::{AtLimit, DroppedDays};
use claviger_model::{AlertKind, Asset, Authorization};
use claviger_respond::capacity::{self as rules, FULL_PERCENT, Fill};
use claviger_respond::notice::{CapacityNotice, compose_capacity};
use claviger_respond::route;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{alerts, assets, capacity};
use jiff::{SignedDuration, Timestamp};

use crate::condition::{Condition, Gravity};
use crate::gather::outbox::{self, Draft};
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
    pub at_limit: Limit,
    /// Days of the history that were dropped, the oldest first.
    pub dropped: Vec<DroppedDays>,
}

/// What happens at a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Buckets are no longer authorized.
    Authorizing,
    /// The oldest days of the history go.
    Forgetting,
    /// No day is added to the history.
    Recording,
}

impl Limit {
    /// What happens, in words that go on after "at the limit".
    #[must_use]
    pub const fn as_words(self) -> &'static str {
        match self {
            Self::Authorizing => "no further bucket is authorized; those that are stay protected",
            Self::Forgetting => "the oldest days of the history are dropped",
            Self::Recording => {
                "the history stops: what it holds stays as far as the last two days leave room, and no \
                 other day is added; judging goes on"
            }
        }
    }

    /// What the texts of messages call it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Authorizing => "authorizing",
            Self::Forgetting => "forgetting",
            Self::Recording => "recording",
        }
    }
}

impl Service {
    /// What is used of each capacity, with its limit and forecast.
    ///
    /// # Errors
    /// The state or the history cannot be read.
    pub async fn capacity(&self) -> Result<Vec<Capacity>, ServiceError> {
        let history = self.history().clone();
        let read = tokio::task::spawn_blocking(move || {
            Ok::<_, ServiceError>((history.bytes()?, history.dropped()?))
        });
        let (stored, dropped) = read
            .await
            .map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))??;
        let mut reader = self.store().read().await?;
        let statistics = assets::statistics(&mut reader).await?;
        let protected = statistics.iter().map(|one| one.bytes_authorized).sum();
        let settings = self.settings();
        let (protection, history) = (settings.protection_max_bytes, settings.history_max_bytes);
        let all = [
            (
                "protection",
                "Protection capacity",
                protected,
                protection,
                Limit::Authorizing,
                vec![],
            ),
            ("log_storage", "Log storage capacity", stored, history, self.at_log_limit(), dropped),
        ];
        let now = self.now();
        let mut capacities = Vec::new();
        for (kind, title, used, limit, at_limit, dropped) in all {
            let mut measured = capacity::since(&mut reader, kind, now - LOOK_BACK).await?;
            measured.push((now, used));
            let per_day = rules::per_day(&measured);
            let full_at = rules::full_at(used, limit, per_day, now);
            capacities.push(Capacity {
                kind,
                title,
                used,
                limit,
                per_day,
                full_at,
                at_limit,
                dropped,
            });
        }
        Ok(capacities)
    }

    fn at_log_limit(&self) -> Limit {
        match self.settings().history_at_limit {
            AtLimit::DropOldest => Limit::Forgetting,
            AtLimit::StopRecording => Limit::Recording,
        }
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

    /// Measures each capacity, says on every page where one is short, and tells people once for each threshold.
    pub(crate) async fn measure_capacity(&self) -> Result<(), ServiceError> {
        let all = self.capacity().await?;
        let now = self.now();
        let mut tx = self.store().write().await?;
        for one in &all {
            capacity::put(&mut tx, one.kind, one.used, now).await?;
            self.tell_capacity(&mut tx, one, now).await?;
        }
        tx.commit().await?;
        self.wake_workers();
        for one in &all {
            self.say_capacity(one, now);
        }
        Ok(())
    }

    /// Puts a message in the outbox where a threshold is reached that nobody was told of yet.
    async fn tell_capacity(
        &self,
        tx: &mut AnyConnection,
        one: &Capacity,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let told = capacity::told(tx, one.kind).await?;
        let thresholds = &self.settings().capacity_alert_percents;
        let turn = rules::turn(one.used, one.limit, thresholds, &told);
        if let (Some(threshold), Some(limit)) = (turn.tell, one.limit) {
            let configurations = alerts::list(tx).await?;
            if !configurations.iter().any(|configuration| configuration.enabled) {
                // Somebody who is named later is to know.
                return Ok(());
            }
            let (kind, used, per_day, full_at) = (one.kind, one.used, one.per_day, one.full_at);
            let at_limit = one.at_limit.as_str();
            let notice =
                CapacityNotice { kind, used, limit, threshold, per_day, full_at, at_limit };
            let level = notice.level();
            let recipients = route::recipients_of_installation(&configurations, level);
            let (threshold, at) = (threshold.to_string(), now.to_string());
            for own in configurations.iter().filter(|own| recipients.contains(&own.id)) {
                let notice = compose_capacity(own.language, &notice, self.link_to_capacity());
                let kind = AlertKind::Capacity;
                let (notice, leaves_at) = (&notice, now);
                let draft = Draft { risk_event_id: None, kind, level, notice, now, leaves_at };
                let identity = [own.id.as_str(), kind.as_str(), one.kind, &threshold, &at];
                outbox::as_the_rules_say(tx, own, &identity, draft).await?;
            }
        }
        Ok(capacity::set_told(tx, one.kind, &turn.told, now).await?)
    }

    /// Where the console shows the capacities, where its own address is known.
    fn link_to_capacity(&self) -> Option<String> {
        let base = self.settings().public_url.as_deref()?;
        Some(format!("{}/settings#capacity", base.trim_end_matches('/')))
    }

    fn say_capacity(&self, one: &Capacity, now: Timestamp) {
        let place = format!("capacity {}", one.kind);
        let near = self.settings().capacity_alert_percents.iter().min().copied();
        let (code, word) = match rules::fill(one.used, one.limit, near.unwrap_or(FULL_PERCENT)) {
            Fill::Fine => return self.conditions().clear(&place),
            Fill::Near => ("capacity_near", "nearly used up"),
            Fill::Full => ("capacity_full", "used up"),
        };
        let limit = one.limit.unwrap_or_default();
        let message = format!("{} is {word}: {} of {limit} bytes", one.title, one.used);
        let hint = Some(format!("at the limit {}", one.at_limit.as_words()));
        let known = self.conditions_now().into_iter().find(|known| known.place == place);
        let known = known.filter(|known| known.code == code);
        if known.is_none() {
            tracing::warn!(capacity.kind = one.kind, capacity.used = one.used, limit, "{message}");
        }
        let since = known.map_or(now, |known| known.since);
        // At the limit the installation does what it was told to do there: to take it out of service would
        // only end what goes on.
        let (gravity, code) = (Gravity::Warning, code.to_owned());
        self.conditions().say(Condition { place, code, gravity, message, hint, since });
    }
}
