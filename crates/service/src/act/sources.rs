//! Sources of log lines: set up, given another token, removed; and how every one of them fares.

use claviger_model::{Asset, AssetId, Authorization, Feed, LogSource, Secret, SourceId};
use claviger_store::assets::{self, AssetFilter};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{
    Gap, SourceProgress, connections, log_files, log_sources, rejects, source_buckets,
    source_checkpoints, source_gaps, source_progress,
};
use jiff::{SignedDuration, Timestamp};

use super::new_source::{self, NewSource};
use super::sign_in::random_text;
use crate::job::audit_log::{self, LogAudit};
use crate::token_text::token_hash;
use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

/// Gaps are told for this long.
const GAPS_TOLD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Gaps told of one source; the latest ones count.
const GAPS_MAX: usize = 20;

/// The longest time that a former token is still taken: longer is forgotten.
const GRACE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Assets asked for at a time.
const PAGE: u32 = 500;

/// A source and how it fares.
#[derive(Debug, Clone)]
pub struct SourceView {
    /// The id: of the source, or of the asset whose log bucket is read.
    pub id: String,
    /// Its name: the asset's bucket where it is one.
    pub name: String,
    /// As it was set up; `None` for the log bucket of an asset.
    pub source: Option<LogSource>,
    /// The asset whose log bucket is read.
    pub asset: Option<Asset>,
    /// How much was read; `None`: nothing yet.
    pub progress: Option<SourceProgress>,
    /// The last comparison of the log files that are there with those that were read.
    pub audit: Option<LogAudit>,
    /// When it was blind, or lost lines, in the last 30 days; the latest first.
    pub gaps: Vec<Gap>,
}

impl SourceView {
    /// The word for how its lines come.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.source.as_ref().map_or("bucket", |source| source.feed.kind())
    }

    /// How it fares, in a word: `failing`, `waiting` for its first line, or `reading`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match &self.progress {
            Some(progress) if progress.failure.is_some() => "failing",
            Some(progress) if progress.lines > 0 => "reading",
            _ => "waiting",
        }
    }
}

impl Service {
    /// Sets up a source. Returns it with its token, which is told once, where its kind has one.
    ///
    /// # Errors
    /// The name is taken or none, the format or connection unknown, or the actor may not.
    pub async fn add_source(
        &self,
        actor: &Actor,
        new: NewSource,
    ) -> Result<(LogSource, Option<Secret>), ServiceError> {
        let subject = new.name.clone();
        self.perform(actor, Act::SetSource, &subject, async {
            new_source::check(&new)?;
            let source = LogSource {
                id: SourceId::from_entropy(entropy()?),
                name: new.name,
                feed: new.feed,
                log_format: new.log_format,
                connection_id: new.connection_id,
                created_at: self.now(),
            };
            let token = match source.feed {
                Feed::Push => Some(random_text()?),
                _ => None,
            };
            let sealed = new.secret.map(|secret| self.vault().seal(source.id.as_str(), &secret));
            let sealed = sealed.transpose()?;
            let mut tx = self.store().write().await?;
            if let Some(id) = &source.connection_id {
                let connection = connections::get(&mut tx, id).await?;
                let connection =
                    connection.ok_or_else(|| ServiceError::not_found("connection", id))?;
                new_source::check_provider(&source.feed, connection.provider)?;
            }
            if log_sources::find(&mut tx, &source.name).await?.is_some() {
                return Err(ServiceError::Conflict {
                    message: format!("there is a source `{}` already", source.name),
                    hint: "choose another name".to_owned(),
                });
            }
            let hash = token.as_ref().map(|token| token_hash(token.reveal()));
            log_sources::insert(&mut tx, &source, hash.as_deref(), sealed.as_deref()).await?;
            tx.commit().await?;
            self.tell_pages("sources");
            Ok((source, token))
        })
        .await
    }

    /// Gives a source another token, told once; the one before is taken for a while yet.
    ///
    /// # Errors
    /// There is no such source, it has no token, or the actor may not.
    pub async fn rotate_source(
        &self,
        actor: &Actor,
        name: &str,
        grace: SignedDuration,
    ) -> Result<(LogSource, Secret), ServiceError> {
        self.perform(actor, Act::SetSource, name, async {
            if grace > GRACE_MAX || grace.is_negative() {
                return Err(ServiceError::invalid(
                    "grace_seconds",
                    "a former token is taken for at most 7 days",
                    "give 0 to 604800 seconds; 0 for a token that leaked",
                ));
            }
            let mut tx = self.store().write().await?;
            let source = log_sources::find(&mut tx, name)
                .await?
                .ok_or_else(|| ServiceError::not_found("source", name))?;
            if source.feed != Feed::Push {
                return Err(ServiceError::Conflict {
                    message: format!("a source of kind {} has no token", source.feed.kind()),
                    hint: "remove it and add it anew to change how it is fed".to_owned(),
                });
            }
            let token = random_text()?;
            let until = self.now() + grace;
            log_sources::rotate(&mut tx, &source.id, &token_hash(token.reveal()), until).await?;
            tx.commit().await?;
            Ok((source, token))
        })
        .await
    }

    /// Removes a source with what is known of its reading. Its events stay in the history.
    ///
    /// # Errors
    /// There is no such source, or the actor may not.
    pub async fn remove_source(&self, actor: &Actor, name: &str) -> Result<(), ServiceError> {
        self.perform(actor, Act::SetSource, name, async {
            let mut tx = self.store().write().await?;
            let source = log_sources::find(&mut tx, name)
                .await?
                .ok_or_else(|| ServiceError::not_found("source", name))?;
            let id = source.id.as_str();
            log_sources::remove(&mut tx, &source.id).await?;
            log_files::forget_source(&mut tx, id).await?;
            source_progress::forget_source(&mut tx, id).await?;
            source_checkpoints::forget_source(&mut tx, id).await?;
            source_gaps::forget_source(&mut tx, id).await?;
            source_buckets::forget(&mut tx, id).await?;
            rejects::forget_source(&mut tx, id).await?;
            tx.commit().await?;
            self.tell_pages("sources");
            Ok(())
        })
        .await
    }

    /// Every source of log lines: those that people set up, and the log buckets of assets.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn sources(&self) -> Result<Vec<SourceView>, ServiceError> {
        let mut reader = self.store().read().await?;
        let set_up = log_sources::list(&mut reader).await?;
        let progress = source_progress::list(&mut reader).await?;
        let since = self.now() - GAPS_TOLD;
        let gaps = source_gaps::since(&mut reader, None, since, 10_000).await?;
        let logged = logged_assets(&mut reader).await?;
        let mut audits = std::collections::HashMap::new();
        let buckets = set_up.iter().filter(|one| matches!(one.feed, Feed::Bucket { .. }));
        let ids = buckets.map(|source| source.id.as_str());
        for id in ids.chain(logged.iter().map(|asset| asset.id.as_str())) {
            if let Some(audit) = audit_log::last(&mut reader, id).await? {
                audits.insert(id.to_owned(), audit);
            }
        }
        drop(reader);
        let view = |id: &str, name: &str, source: Option<LogSource>, asset: Option<Asset>| {
            let own = gaps.iter().filter(|gap| gap.source == id || gap.source == SERVICE);
            SourceView {
                id: id.to_owned(),
                name: name.to_owned(),
                source,
                asset,
                progress: progress.iter().find(|one| one.source == id).cloned(),
                audit: audits.get(id).cloned(),
                gaps: own.take(GAPS_MAX).cloned().collect(),
            }
        };
        let people = set_up
            .into_iter()
            .map(|source| view(source.id.as_str(), &source.name, Some(source.clone()), None));
        let buckets = logged
            .into_iter()
            .map(|asset| view(asset.id.as_str(), &asset.bucket, None, Some(asset.clone())));
        Ok(people.chain(buckets).collect())
    }

    /// The instant of the service, for who shows how long ago something was.
    #[must_use]
    pub fn instant(&self) -> Timestamp {
        self.now()
    }
}

/// The assets whose log bucket is read.
async fn logged_assets(reader: &mut AnyConnection) -> Result<Vec<Asset>, ServiceError> {
    let mut logged = Vec::new();
    let mut after: Option<(String, AssetId)> = None;
    loop {
        let filter = AssetFilter { after, limit: PAGE, ..AssetFilter::default() };
        let page = assets::list(reader, &filter).await?;
        let is_last = page.len() < PAGE as usize;
        after = page.last().map(|asset| (asset.bucket.clone(), asset.id.clone()));
        logged.extend(page.into_iter().filter(|asset| {
            asset.authorization != Authorization::NotAuthorized && asset.log_target.is_some()
        }));
        if is_last {
            return Ok(logged);
        }
    }
}

/// The name under which gaps of all sources are kept: nothing ran.
pub(crate) const SERVICE: &str = "claviger";
