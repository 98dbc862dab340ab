//! A source of log files of any format that others write into a bucket: a trail of `CloudTrail` or `ActionTrail`, or the
//! logs of a store that somebody ships there.
//!
//! What is asked of the bucket when, and what was read, is decided in `bucket/` without asking anything; here it is asked
//! and read. A listing costs money: however many folders there are, looks make one in `log_poll` on average, and sweeps at
//! most as many.

mod aside;
pub(crate) mod notice;
mod reach;
mod series;
mod walk;
mod went;

use std::collections::BTreeSet;
use std::sync::Arc;

use claviger_cloud::{BucketRef, Cloud, CloudError, FolderPage, ObjectInfo, ObjectPage};
use claviger_model::LogSource;
use claviger_store::{assets, source_checkpoints};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::supervisor::{fail, recover};
use super::trail::BACK;
use super::{bucket_of, cloud_of, format_of, whose};
use crate::gather::log_file::{self, LATENESS, Origin, PAGE, REFUSED_PAUSE};
use crate::job::audit_log::{self, LogAudit};
use crate::{Service, ServiceError};
use reach::{Kept, Past, Reach};
use walk::{Ask, Brought, Strand, Walk};
use went::{Compared, Went, is_about_file};

/// Files that are fetched at the same time: one takes some 50 ms, whatever its size.
const FETCHES: usize = 8;

/// Refusals of files in one walk after which it ends: those that come would be refused as well.
const REFUSED_MAX: usize = 8;

/// The part of a source under which it is kept how far it is read.
const PART: &str = "series";

/// Reads for ever; ends only where it cannot go on.
pub(super) async fn run(
    service: &Service,
    source: &LogSource,
    (bucket, prefix): (&str, &str),
) -> Result<(), ServiceError> {
    let cloud = cloud_of(service, source).await?;
    let mut reader = service.store().read().await?;
    let known = assets::of_bucket(&mut reader, bucket).await?;
    let kept = source_checkpoints::of_source(&mut reader, source.id.as_str()).await?;
    let audit = audit_log::last(&mut reader, source.id.as_str()).await?;
    drop(reader);
    let mut own =
        known.iter().filter(|it| Some(&it.connection_id) == source.connection_id.as_ref());
    let bucket = own.next().map_or_else(|| bucket_of(bucket), crate::clouds::bucket_of);
    let kept = kept.into_iter().find(|(part, _)| part == PART);
    let kept = kept.and_then(|(_, text)| serde_json::from_str(&text).ok()).unwrap_or_default();
    let overlap = SignedDuration::try_from(service.settings().log_overlap).unwrap_or(LATENESS);
    let reach = Reach::new(prefix, source.created_at.min(service.now()) - BACK, kept, overlap);
    let mut bucket = Bucket {
        service,
        source,
        cloud,
        bucket,
        reach,
        past: None,
        audited: audit.map(|audit| audit.at),
        sweep_at: Instant::now(),
        trouble: None,
        is_failing: true,
    };
    loop {
        bucket.turn().await?;
    }
}

/// A bucket that is read.
struct Bucket<'a> {
    service: &'a Service,
    source: &'a LogSource,
    cloud: Arc<dyn Cloud>,
    bucket: BucketRef,
    reach: Reach,
    past: Option<Past>,
    audited: Option<Timestamp>,
    sweep_at: Instant,
    /// What stands in the way, as of the last sweep.
    trouble: Option<ServiceError>,
    /// Whether it was told that something does.
    is_failing: bool,
}

impl Bucket<'_> {
    /// Sweeps or looks, and then reads the past, or waits, until it is time again.
    async fn turn(&mut self) -> Result<(), ServiceError> {
        let begun = Instant::now();
        match begun >= self.sweep_at {
            true => self.sweep().await?,
            false => {
                let mut look = self.reach.look(self.service.now());
                let went = self.go(&mut look, Went::default()).await?;
                self.tell(went).await;
            }
        }
        if self.is_failing && self.trouble.is_none() {
            recover(self.service, self.source).await?;
            self.is_failing = false;
        }
        self.until(begun + self.service.settings().log_poll * self.reach.strands()).await
    }

    /// Looks through all of the bucket.
    async fn sweep(&mut self) -> Result<(), ServiceError> {
        let (now, begun, settings) = (self.service.now(), Instant::now(), self.service.settings());
        let mut sweep = self.reach.sweep(now);
        let went = self.go(&mut sweep, Went::default()).await?;
        self.sweep_at = begun + settings.log_sweep.max(settings.log_poll * went.calls);
        self.trouble = None;
        if sweep.is_cut() {
            self.trouble = Some(ServiceError::Conflict {
                message: format!("more than {} folders are in the bucket", walk::FOLDERS_MAX),
                hint: "add a source for each part of them, with a longer prefix".to_owned(),
            });
        }
        if went.refused == 0 {
            let past = self.reach.swept(&sweep, now);
            self.past = self.past.take().or(past);
            self.keep_reach().await?;
            let every = SignedDuration::try_from(settings.log_audit).unwrap_or(SignedDuration::MAX);
            if self.past.is_none() && self.audited.is_none_or(|at| now.duration_since(at) >= every)
            {
                self.audit(now).await?;
            }
        }
        self.tell(went).await;
        Ok(())
    }

    /// Tells what stands in the way: what was refused, which the next sweep tries again, soon.
    async fn tell(&mut self, went: Went) {
        let settings = self.service.settings();
        if let Some(why) = went.why {
            self.trouble = Some(ServiceError::Cloud(why));
            let pause = REFUSED_PAUSE.min(settings.key_check).max(settings.log_poll * went.calls);
            self.sweep_at = self.sweep_at.min(Instant::now() + pause);
        }
        if let Some(trouble) = &self.trouble {
            self.is_failing = true;
            fail(self.service, self.source, trouble).await;
        }
    }

    /// Compares the files that are there with those that were read.
    async fn audit(&mut self, swept_at: Timestamp) -> Result<(), ServiceError> {
        let at = self.service.now();
        let audit = LogAudit { at, listed: 0, missed: 0, skipped: 0 };
        let compared = Compared { audit, swept_at, oldest: None };
        let mut walk = self.reach.audit(at - audit_log::WINDOW);
        let mut went =
            self.go(&mut walk, Went { audit: Some(compared), ..Went::default() }).await?;
        if let Some(Compared { audit, oldest, .. }) =
            went.audit.take().filter(|_| went.refused == 0)
        {
            audit_log::keep(self.service, self.source.id.as_str(), &audit, oldest).await?;
            self.audited = Some(at);
        }
        self.tell(went).await;
        Ok(())
    }

    /// Reads what is told by notices, and of the past, until an instant.
    async fn until(&mut self, next: Instant) -> Result<(), ServiceError> {
        loop {
            self.follow_notices().await?;
            let is_past_read = self.read_past().await?;
            let now = Instant::now();
            if now >= next {
                return Ok(());
            }
            if !is_past_read {
                tokio::time::sleep_until(next.min(now + self.service.settings().log_poll)).await;
            }
        }
    }

    /// Reads a page of the past, if there is some.
    async fn read_past(&mut self) -> Result<bool, ServiceError> {
        let Some(mut past) = self.past.take() else { return Ok(false) };
        let Some(ask) = past.walk.next_ask() else {
            self.reach.settle(past);
            self.keep_reach().await?;
            return Ok(true);
        };
        let mut went = Went::default();
        let brought = past.walk.take(ask.clone(), self.list(&ask).await?);
        self.read(brought, &mut went).await?;
        // Where a file was refused the next sweep begins with the past anew.
        let is_whole = went.refused == 0;
        self.past = is_whole.then_some(past);
        if !is_whole {
            self.tell(went).await;
        }
        Ok(is_whole)
    }

    /// Reads the files that somebody said are there.
    async fn follow_notices(&mut self) -> Result<(), ServiceError> {
        let id = self.source.id.as_str();
        for name in notice::noted(self.service, id).await? {
            // One that is refused is told of by the next sweep.
            let file = self.cloud.head_object(&self.bucket, &name).await.ok().flatten();
            if let Some(file) = file {
                let brought = Brought { files: vec![file], ..Brought::default() };
                self.read(brought, &mut Went::default()).await?;
            }
            notice::forget(self.service, id, &name).await?;
        }
        Ok(())
    }

    /// Walks to the end, and reads what was not read.
    async fn go(&mut self, walk: &mut Walk, mut went: Went) -> Result<Went, ServiceError> {
        while let Some(ask) = walk.next_ask() {
            let page = self.list(&ask).await?;
            went.calls += 1;
            let brought = walk.take(ask, page);
            self.read(brought, &mut went).await?;
            if went.refused >= REFUSED_MAX {
                break;
            }
            self.follow_notices().await?;
        }
        Ok(went)
    }

    async fn list(&self, ask: &Ask) -> Result<FolderPage, ServiceError> {
        let (after, next) = (ask.after.as_deref(), ask.next.as_deref());
        let (cloud, bucket) = (&self.cloud, &self.bucket);
        if ask.is_folded() {
            return Ok(cloud.list_folder(bucket, &ask.prefix, after, next, PAGE).await?);
        }
        let page = cloud.list_objects(bucket, &ask.prefix, after, next, PAGE).await?;
        let ObjectPage { objects, next } = page;
        Ok(FolderPage { objects, folders: Vec::new(), next })
    }

    /// Reads what was not read of a page.
    async fn read(&mut self, mut brought: Brought, went: &mut Went) -> Result<(), ServiceError> {
        let strand: Option<&Strand> = brought.strand.as_ref();
        brought.files.retain(|file| self.reach.is_wanted(strand, file.last_modified));
        let unread =
            log_file::unread(self.service, self.source.id.as_str(), brought.files.clone()).await?;
        if let Some(compared) = &mut went.audit {
            compared.note(&brought, &unread);
        }
        let mut open: BTreeSet<String> = unread.iter().map(|file| file.name.clone()).collect();
        for files in unread.chunks(FETCHES) {
            let reads: Vec<_> = files.iter().map(|file| self.read_file(file)).collect();
            for (file, read) in files.iter().zip(join_all(reads).await) {
                match read {
                    // One that is not found was deleted since it was listed.
                    Ok(()) | Err(ServiceError::Cloud(CloudError::NotFound(_))) => {
                        open.remove(&file.name);
                    }
                    Err(ServiceError::Cloud(error)) if is_about_file(&error) => {
                        went.refused += 1;
                        went.why.get_or_insert(error);
                    }
                    Err(error) => return Err(error),
                }
            }
            if went.refused >= REFUSED_MAX {
                break;
            }
        }
        brought.files.retain(|file| !open.contains(&file.name));
        self.reach.note(&brought);
        Ok(())
    }

    async fn read_file(&self, file: &ObjectInfo) -> Result<(), ServiceError> {
        let origin = Origin {
            source: self.source.id.as_str(),
            whose: whose(self.source),
            format: format_of(self.source),
            bucket: &self.bucket,
            is_past: file.last_modified < self.source.created_at,
        };
        log_file::read(self.service, origin, self.cloud.as_ref(), file).await
    }

    async fn keep_reach(&self) -> Result<(), ServiceError> {
        let kept: Kept = self.reach.kept();
        let text = serde_json::to_string(&kept).map_err(|error| {
            ServiceError::Internal(format!("series have no JSON form: {error}"))
        })?;
        let (id, now) = (self.source.id.as_str(), self.service.now());
        let mut tx = self.service.store().write().await?;
        source_checkpoints::set(&mut tx, id, PART, &text, now).await?;
        tx.commit().await?;
        Ok(())
    }
}
