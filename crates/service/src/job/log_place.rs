//! Where the log files of a bucket lie, and which of those that lie there are its own.
//!
//! OSS names them `PREFIX BUCKET YYYY-mm-DD-HH-MM-SS-UNIQUE` (without the spaces). S3, and the stores that follow
//! it, leave the bucket's name out, or have folders before the time, as the owner of the bucket chose:
//! `PREFIX ACCOUNT/REGION/BUCKET/YYYY/MM/DD/YYYY-mm-DD-HH-MM-SS-UNIQUE` (AWS, "Amazon S3 server access logging",
//! "Log object key format"). Which of them it is shows in the names that are there: an owner may choose anew, and
//! what was written before is still to be read.

use std::collections::BTreeSet;

use claviger_cloud::{BucketRef, Cloud, CloudError, ObjectInfo};
use claviger_model::{Asset, Authorization, Provider};
use claviger_store::{assets, log_files, source_checkpoints};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::gather::log_file::{self, PAGE};
use crate::{Service, ServiceError};

/// The clock by which log files are named (Alibaba OSS, "Logging": UTC+8 everywhere). No provider names
/// by a later one.
const NAMES_ZONE: jiff::tz::Offset = jiff::tz::offset(8);

/// The part of a log bucket under which its series are kept.
const PART: &str = "series";

/// Pages that one search for series looks at, at most: of those that come as rarely as sweeps, and of those that come
/// with each look while none is found, which a provider counts by the call.
const PAGES_MAX: usize = 200;
const PAGES_OF_A_LOOK: usize = 1;

/// The length of `YYYY-mm-DD-HH-MM-SS`, and of `YYYY/MM/DD/`.
const STAMP: usize = 19;
const FOLDERS: usize = 11;

/// Log files whose names are alike up to the time: a listing of them is in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Series {
    /// What their names begin with.
    pub(super) prefix: String,
    /// Whether year, month and day stand before the time, as folders.
    is_dated: bool,
}

impl Series {
    fn new(prefix: String, is_dated: bool) -> Self {
        Self { prefix, is_dated }
    }

    /// The part of a name that tells its time, `YYYY-mm-DD-HH-MM-SS`; `None` for a file that is not one of them.
    pub(super) fn stamp<'a>(&self, name: &'a str) -> Option<&'a str> {
        let rest = name.strip_prefix(&self.prefix)?;
        if self.is_dated { dated_stamp(rest) } else { stamp_of(rest) }
    }

    /// The name from which a listing begins: `back` before the latest file that was read. A file that
    /// bears a name of the future must not hide those that come until then.
    pub(super) fn start_after(
        &self,
        latest: Option<&str>,
        back: SignedDuration,
        now: Timestamp,
    ) -> Option<String> {
        let stamp = self.stamp(latest?)?;
        let time = jiff::civil::DateTime::strptime("%Y-%m-%d-%H-%M-%S", stamp).ok()?;
        let from = time.min(NAMES_ZONE.to_datetime(now)).checked_sub(back).ok()?;
        let format = if self.is_dated { "%Y/%m/%d/%Y-%m-%d-%H-%M-%S" } else { "%Y-%m-%d-%H-%M-%S" };
        Some(format!("{}{}", self.prefix, from.strftime(format)))
    }

    /// Those of a page that are of it and were not read yet.
    pub(super) async fn unread(
        &self,
        service: &Service,
        source: &str,
        mut files: Vec<ObjectInfo>,
    ) -> Result<Vec<ObjectInfo>, ServiceError> {
        files.retain(|file| self.stamp(&file.name).is_some());
        log_file::unread(service, source, files).await
    }

    /// The latest of their names that was read.
    pub(super) async fn latest(
        &self,
        service: &Service,
        source: &str,
    ) -> Result<Option<String>, ServiceError> {
        let mut reader = service.store().read().await?;
        let separator = if self.is_dated { "/" } else { "-" };
        Ok(log_files::latest_below(&mut reader, source, &self.prefix, separator).await?)
    }
}

/// The stamp at the beginning of a text.
fn stamp_of(text: &str) -> Option<&str> {
    let stamp = text.get(..STAMP)?;
    let shape = |(index, byte): (usize, u8)| match index {
        4 | 7 | 10 | 13 | 16 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    stamp.bytes().enumerate().all(shape).then_some(stamp)
}

/// The stamp after the folders of its day.
fn dated_stamp(text: &str) -> Option<&str> {
    let stamp = stamp_of(text.get(FOLDERS..)?)?;
    let day = stamp.get(..FOLDERS - 1)?.replace('-', "/");
    (text.get(..FOLDERS - 1)? == day && text.as_bytes().get(FOLDERS - 1) == Some(&b'/'))
        .then_some(stamp)
}

/// Where an asset's log files lie.
pub(super) struct LogPlace {
    /// The bucket that they lie in.
    pub(super) bucket: BucketRef,
    /// What the names of all of them begin with, whatever series they are of.
    root: String,
    /// The bucket that they are about.
    about: String,
    /// Whether names always bear the bucket's.
    is_oss: bool,
}

impl LogPlace {
    /// `None` where the asset is not authorized or writes no log. One whose objects cannot be read is
    /// watched all the same.
    pub(super) fn of(asset: &Asset) -> Option<Self> {
        if asset.authorization == Authorization::NotAuthorized {
            return None;
        }
        let (bucket, root) = asset.log_target.as_deref()?.split_once('/')?;
        // A log bucket lies in the same region and has the same owner as its source (Alibaba OSS,
        // "Logging"; the same of S3), so it is reached the same way; its own endpoint differs only by its name.
        let bucket = BucketRef {
            name: bucket.to_owned(),
            region: asset.region.clone(),
            endpoint: asset.endpoint.clone(),
        };
        Some(Self {
            bucket,
            root: root.to_owned(),
            about: asset.bucket.clone(),
            is_oss: asset.provider == Provider::Aliyun,
        })
    }

    /// Files whose names bear the bucket's.
    fn named(&self) -> Series {
        Series::new(format!("{}{}", self.root, self.about), false)
    }

    /// Whether files of a series may tell of several buckets: those whose log goes to the same place.
    pub(super) fn is_shared(&self, series: &Series) -> bool {
        !series.is_dated && series.prefix == self.root
    }

    /// The series that files of the asset are known to be of, looked for where none is or `anew`.
    pub(super) async fn series(
        &self,
        service: &Service,
        (asset, cloud): (&Asset, &dyn Cloud),
        anew: bool,
    ) -> Result<Vec<Series>, ServiceError> {
        if self.is_oss {
            return Ok(vec![self.named()]);
        }
        let source = asset.id.as_str();
        let mut reader = service.store().read().await?;
        let parts = source_checkpoints::of_source(&mut reader, source).await?;
        let reads_shared = self.reads_shared(&mut reader, asset).await?;
        drop(reader);
        let own = parts.into_iter().find(|(part, _)| part == PART);
        let known: BTreeSet<Series> =
            own.and_then(|(_, text)| serde_json::from_str(&text).ok()).unwrap_or_default();
        let of_this = |series: &Series| series.prefix.starts_with(&self.root);
        let mut series: BTreeSet<Series> =
            known.iter().filter(|one| of_this(one)).cloned().collect();
        if anew || series.is_empty() {
            let pages = if anew { PAGES_MAX } else { PAGES_OF_A_LOOK };
            series.extend(self.find(cloud, pages).await?);
        }
        if series != known {
            let text = serde_json::to_string(&series).map_err(|error| {
                ServiceError::Internal(format!("series have no JSON form: {error}"))
            })?;
            let mut tx = service.store().write().await?;
            source_checkpoints::set(&mut tx, source, PART, &text, service.now()).await?;
            tx.commit().await?;
        }
        series.retain(|one| reads_shared || !self.is_shared(one));
        Ok(series.into_iter().collect())
    }

    /// Whether it is with this asset that the files are read which tell of several: with the first of them.
    async fn reads_shared(
        &self,
        reader: &mut claviger_store::sqlx::AnyConnection,
        asset: &Asset,
    ) -> Result<bool, ServiceError> {
        let mut sharing = assets::of_log_bucket(reader, &self.bucket.name).await?;
        sharing.retain(|other| {
            other.connection_id == asset.connection_id && other.log_target == asset.log_target
        });
        Ok(sharing.iter().map(|other| &other.id).min().is_none_or(|first| *first == asset.id))
    }

    /// Looks through what lies there, past all that is of one series at once.
    async fn find(&self, cloud: &dyn Cloud, pages: usize) -> Result<BTreeSet<Series>, CloudError> {
        let mut found = BTreeSet::new();
        let mut after: Option<String> = None;
        for _ in 0..pages {
            let page =
                cloud.list_objects(&self.bucket, &self.root, after.as_deref(), None, PAGE).await?;
            let mut to: Option<String> = None;
            for file in &page.objects {
                if to.as_deref().is_some_and(|to| file.name.as_str() <= to) {
                    continue;
                }
                let Some(hint) = self.hint(&file.name) else { continue };
                to = Some(hint.skip_to);
                if hint.is_sure || self.is_there(cloud, &hint.series).await? {
                    found.insert(hint.series);
                }
            }
            let last = page.objects.last().map(|file| file.name.clone());
            if page.next.is_none() || last.is_none() {
                return Ok(found);
            }
            after = to.max(last);
        }
        if pages == PAGES_MAX {
            tracing::warn!(bucket = %self.bucket.name, prefix = %self.root, "not all of the log bucket was looked through");
        }
        Ok(found)
    }

    async fn is_there(&self, cloud: &dyn Cloud, series: &Series) -> Result<bool, CloudError> {
        let page = cloud.list_objects(&self.bucket, &series.prefix, None, None, 1).await?;
        Ok(!page.objects.is_empty())
    }

    /// What the name of a file says of the series that may be here.
    fn hint(&self, name: &str) -> Option<Hint> {
        let rest = name.strip_prefix(&self.root)?;
        let year = |begin: &str, rest: &str| {
            // `.` comes next after the `-` behind the year.
            rest.get(..4).map(|year| format!("{begin}{year}."))
        };
        if stamp_of(rest).is_some() {
            let series = Series::new(self.root.clone(), false);
            return Some(Hint { series, is_sure: true, skip_to: year(&self.root, rest)? });
        }
        let named = self.named();
        if named.stamp(name).is_some() {
            let skip_to = year(&named.prefix, name.strip_prefix(&named.prefix)?)?;
            return Some(Hint { series: named, is_sure: true, skip_to });
        }
        let mut folders = rest.splitn(4, '/');
        let (account, region, bucket) = (folders.next()?, folders.next()?, folders.next()?);
        dated_stamp(folders.next()?)?;
        let here = format!("{}{account}/{region}", self.root);
        Some(Hint {
            series: Series::new(format!("{here}/{}/", self.about), true),
            is_sure: bucket == self.about,
            // `0` comes next after `/`.
            skip_to: format!("{here}0"),
        })
    }
}

/// What the name of a file says.
struct Hint {
    series: Series,
    /// Whether the file is one of it; otherwise it is still to be seen whether there are any.
    is_sure: bool,
    /// Names up to this one say nothing more.
    skip_to: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(root: &str) -> LogPlace {
        LogPlace {
            bucket: BucketRef { name: "logs".into(), region: "cn-hangzhou".into(), endpoint: None },
            root: root.into(),
            about: "examplebucket".into(),
            is_oss: true,
        }
    }

    #[test]
    fn a_file_of_a_bucket_with_a_longer_name_is_not_ours() {
        let series = place("oss-log/").named();
        let ours = "oss-log/examplebucket2026-01-02-11-00-00-0001";
        assert_eq!(series.stamp(ours), Some("2026-01-02-11-00-00"));
        assert_eq!(series.stamp("oss-log/examplebucket22026-01-02-11-00-00-0001"), None);
        assert_eq!(series.stamp("oss-log/examplebucket"), None);
    }

    #[test]
    fn a_listing_begins_before_the_latest_file() {
        let series = place("oss-log/").named();
        let latest = "oss-log/examplebucket2026-01-02-00-00-30-0001";
        let now = "2026-01-01T18:00:00Z".parse().unwrap();
        let start = series.start_after(Some(latest), SignedDuration::from_secs(60), now);
        assert_eq!(start.as_deref(), Some("oss-log/examplebucket2026-01-01-23-59-30"));
        assert_eq!(series.start_after(None, SignedDuration::from_hours(48), now), None);
    }

    #[test]
    fn a_listing_of_days_begins_on_the_day_before_where_it_must() {
        let series = Series::new("s3/111122223333/eu-west-1/examplebucket/".to_owned(), true);
        let latest = "s3/111122223333/eu-west-1/examplebucket/2026/01/02/2026-01-02-00-00-00-E568";
        let now = "2026-01-02T18:00:00Z".parse().unwrap();
        let start = series.start_after(Some(latest), SignedDuration::from_secs(60), now);
        let expected = "s3/111122223333/eu-west-1/examplebucket/2026/01/01/2026-01-01-23-59-00";
        assert_eq!(start.as_deref(), Some(expected));
        let other_day =
            "s3/111122223333/eu-west-1/examplebucket/2026/01/03/2026-01-02-00-00-00-E568";
        assert_eq!(series.stamp(other_day), None);
    }

    #[test]
    fn a_file_of_the_future_hides_no_other() {
        let latest = "oss-log/examplebucket2036-01-02-00-00-30-0001";
        let now = "2026-01-01T18:00:00Z".parse().unwrap();
        let series = place("oss-log/").named();
        let start = series.start_after(Some(latest), SignedDuration::from_secs(60), now);
        assert_eq!(start.as_deref(), Some("oss-log/examplebucket2026-01-02-01-59-00"));
    }

    #[test]
    fn the_series_of_a_file_shows_in_its_name_and_what_it_lets_skip_hides_no_other() {
        let check = |root: &str, name: &str, expected: Option<(&str, bool, bool, &str)>| {
            let place = place(root);
            let hint = place.hint(name);
            let found = hint.as_ref().map(|hint| {
                let Hint { series, is_sure, skip_to } = hint;
                (series.prefix.as_str(), series.is_dated, *is_sure, skip_to.as_str())
            });
            assert_eq!(found, expected, "{name}");
            assert!(hint.is_none_or(|hint| name < hint.skip_to.as_str()), "{name}");
        };
        check("", "2026-01-02-11-00-00-E568B2907131C0C0", Some(("", false, true, "2026.")));
        let named = "s3/examplebucket2026-01-02-11-00-00-0001";
        check("s3/", named, Some(("s3/examplebucket", false, true, "s3/examplebucket2026.")));
        let day = "2026/01/02/2026-01-02-00-00-00-E568B2907131C0C0";
        let own = format!("s3/111122223333/eu-west-1/examplebucket/{day}");
        let series = "s3/111122223333/eu-west-1/examplebucket/";
        check("s3/", &own, Some((series, true, true, "s3/111122223333/eu-west-10")));
        let other = format!("s3/111122223333/eu-west-1/another/{day}");
        check("s3/", &other, Some((series, true, false, "s3/111122223333/eu-west-10")));
        check("s3/", "s3/another2026-01-02-11-00-00-0001", None);
        check("s3/", "s3/readme.txt", None);
    }
}
