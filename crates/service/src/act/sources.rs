//! Sources of log lines: set up, given another token, removed; and how every one of them fares.

use std::net::SocketAddr;
use std::path::Path;

use claviger_model::{
    Asset, AssetId, Authorization, ConnectionId, Feed, LogSource, Provider, Secret, SourceId,
};
use claviger_store::assets::{self, AssetFilter};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{
    Gap, SourceProgress, connections, log_sources, rejects, source_buckets, source_checkpoints,
    source_gaps, source_progress,
};
use jiff::{SignedDuration, Timestamp};

use super::sign_in::{random_text, token_hash};
use crate::job::audit_log::{self, LogAudit};
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

/// A source to be set up.
#[derive(Debug)]
pub struct NewSource {
    /// Its name.
    pub name: String,
    /// How its lines come.
    pub feed: Feed,
    /// The format of its lines; `None`: each delivery's own.
    pub log_format: Option<String>,
    /// The connection whose keys its requesters are.
    pub connection_id: Option<ConnectionId>,
    /// The shared key or password of its feed.
    pub secret: Option<Secret>,
}

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
            check(&new)?;
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
                check_provider(&source.feed, connection.provider)?;
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
        for asset in &logged {
            if let Some(audit) = audit_log::last(&mut reader, asset.id.as_str()).await? {
                audits.insert(asset.id.to_string(), audit);
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

fn check(new: &NewSource) -> Result<(), ServiceError> {
    if !LogSource::is_name(&new.name) {
        return Err(ServiceError::invalid(
            "name",
            "a source's name has 1 to 64 letters, digits, `-`, `_` or `.`",
            "choose a name such as `minio`: it stands in the address that lines are sent to",
        ));
    }
    if let Some(name) = &new.log_format {
        name.parse::<claviger_watch::LogFormat>().map_err(|error| {
            ServiceError::invalid("log_format", error.to_string(), error.hint())
        })?;
    }
    if new.feed.provider().is_some() && new.connection_id.is_none() {
        return Err(ServiceError::invalid(
            "connection_id",
            "this source is read with the credentials of a connection",
            "name the connection: `claviger connections list`",
        ));
    }
    check_feed(&new.feed)
}

/// Whether a connection's provider has such a source.
fn check_provider(feed: &Feed, provider: Provider) -> Result<(), ServiceError> {
    match feed.provider() {
        Some(needed) if needed != provider => Err(ServiceError::invalid(
            "connection_id",
            format!(
                "a source of kind {} is read at {}, and this connection is of {}",
                feed.kind(),
                needed.title(),
                provider.title()
            ),
            "name another connection: `claviger connections list`",
        )),
        _ => Ok(()),
    }
}

/// Whether a name can stand in an address and mean nothing else there.
fn is_plain(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !name.is_empty() && name.len() <= 128 && name.bytes().all(letter)
}

fn check_feed(feed: &Feed) -> Result<(), ServiceError> {
    let wrong = |field, message: &str, hint: &str| Err(ServiceError::invalid(field, message, hint));
    match feed {
        Feed::Push | Feed::ActionTrail { .. } | Feed::CloudTrail { .. } => Ok(()),
        Feed::Sls { project, logstore, .. }
            if [project, logstore].into_iter().all(|name| is_plain(name)) =>
        {
            Ok(())
        }
        Feed::Sls { .. } => wrong(
            "project",
            "a project and a logstore have letters, digits, `-` and `_`",
            "write them as `oss-log-1234567890123456-cn-hangzhou` and `oss-log-store`",
        ),
        Feed::Folder { path } if Path::new(path).is_absolute() && !path.contains('\0') => Ok(()),
        Feed::Folder { .. } => wrong(
            "path",
            "the path of a folder or file begins at the root",
            "write it as `/var/log/ceph`, as the machine of the service has it",
        ),
        Feed::Fluent { listen } if listen.parse::<SocketAddr>().is_ok() => Ok(()),
        Feed::Fluent { .. } => wrong(
            "listen",
            "the address to listen on is an IP address with a port",
            "write it as `127.0.0.1:24224`",
        ),
        Feed::Nats { url, stream, subject } => {
            let known = ["nats://", "tls://"].iter().any(|scheme| url.starts_with(scheme));
            if !known || url.contains('@') {
                return wrong(
                    "url",
                    "the address of a NATS server begins with `nats://` or `tls://` and names nobody",
                    "write it as `nats://127.0.0.1:4222`; a password or token is the source's secret",
                );
            }
            let word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
            if !word(stream) || !word(subject) {
                return wrong(
                    "subject",
                    "a stream and a subject are words without spaces",
                    "write them as `LOGS` and `logs.>`",
                );
            }
            Ok(())
        }
    }
}
