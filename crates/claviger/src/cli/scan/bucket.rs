//! Buckets: objects by pages of their listing, read by ranges while the range before is scanned.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::bail;
use claviger_cloud::{BucketRef, Cloud, CloudError, ObjectInfo, Settings};
use claviger_dial::Guard;
use claviger_model::{Availability, Provider};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::credentials::{self, Asked};
use super::item::{Item, Listed, Position, Source};
use super::select::Select;

/// Bytes asked for at a time: two of these a thread are in memory.
const RANGE: u64 = 4 << 20;
/// Objects of a page, the most that stores give.
const PAGE: u32 = 1000;

/// A bucket, or what of it begins with a prefix.
pub(super) struct Bucket {
    cloud: Arc<dyn Cloud>,
    reference: BucketRef,
    prefix: String,
    scheme: &'static str,
    handle: Handle,
}

impl Bucket {
    /// The bucket of an address, `oss://bucket/prefix` or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// It is no such address, or there are no credentials for it.
    pub(super) fn open(
        address: &str,
        asked: &Asked,
        guard: &Guard,
        handle: &Handle,
    ) -> anyhow::Result<Self> {
        let (scheme, rest) = match address.split_once("://") {
            Some(("oss", rest)) => ("oss", rest),
            Some(("s3", rest)) => ("s3", rest),
            _ => bail!("`{address}` is no address of a bucket"),
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            bail!("`{address}` names no bucket\nhint: write `{scheme}://bucket/prefix`");
        }
        let found = credentials::of(scheme, asked)?;
        let provider = match (scheme, &found.endpoint) {
            ("oss", _) => Provider::Aliyun,
            (_, Some(_)) => Provider::S3,
            _ => Provider::Aws,
        };
        let cloud = claviger_cloud::connect(
            Settings {
                provider,
                region: found.region.clone().unwrap_or_else(|| default_region(scheme).to_owned()),
                endpoint: found.endpoint.clone(),
                accounts_endpoint: None,
                credentials: Some(found.credentials),
            },
            guard,
        )?;
        let mut reference = BucketRef {
            name: name.to_owned(),
            region: found.region.clone().unwrap_or_else(|| default_region(scheme).to_owned()),
            endpoint: None,
        };
        // Requests are signed for the bucket's own region. Where nobody named one, the account's listing
        // knows it, if it may be asked.
        if found.region.is_none() && found.endpoint.is_none() {
            let listed = handle.block_on(cloud.list_buckets()).unwrap_or_default();
            if let Some(bucket) = listed.iter().find(|bucket| bucket.name == name) {
                reference = bucket.reference();
            }
        }
        Ok(Self { cloud, reference, prefix: prefix.to_owned(), scheme, handle: handle.clone() })
    }

    /// Lists the bucket, as the target of this number, from the start or behind a position.
    pub(super) fn list(
        self: &Arc<Self>,
        target: usize,
        select: Arc<Select>,
        left_out: Arc<AtomicU64>,
        from: Option<&Position>,
    ) -> Pages {
        let last = from.map(|from| String::from_utf8_lossy(&from.path).into_owned());
        Pages {
            bucket: Arc::clone(self),
            target,
            select,
            left_out,
            page: VecDeque::new(),
            last,
            next: None,
            ended: false,
        }
    }

    /// The bytes of an object. A later range is asked for while the one before is scanned.
    pub(super) fn read(self: &Arc<Self>, object: &ObjectInfo) -> ObjectReader {
        ObjectReader {
            bucket: Arc::clone(self),
            object: object.clone(),
            block: Vec::new(),
            taken: 0,
            next: 0,
            asked: None,
        }
    }

    /// Why an object is not asked for.
    fn left_in_archive(&self, object: &ObjectInfo) -> String {
        let address = self.address(&object.name);
        let class = object.storage_class.as_deref().unwrap_or_default();
        match object.availability {
            Availability::Restoring => format!("{address}: it is being restored from `{class}`"),
            _ => format!("{address}: it is archived (`{class}`): restore it, and scan again"),
        }
    }

    fn address(&self, name: &str) -> String {
        format!("{}://{}/{name}", self.scheme, self.reference.name)
    }
}

fn default_region(scheme: &str) -> &'static str {
    if scheme == "oss" { "cn-hangzhou" } else { "us-east-1" }
}

/// Whether a cloud said no, rather than that it could not be reached.
pub(super) fn is_refusal(error: &CloudError) -> bool {
    matches!(error.code(), "credential_refused" | "denied" | "token_expired")
}

/// A listing page by page.
pub(super) struct Pages {
    bucket: Arc<Bucket>,
    target: usize,
    select: Arc<Select>,
    left_out: Arc<AtomicU64>,
    page: VecDeque<ObjectInfo>,
    /// Where a resumed listing begins behind.
    last: Option<String>,
    /// Where the next page begins.
    next: Option<String>,
    ended: bool,
}

impl Pages {
    fn turn(&mut self) -> Result<(), CloudError> {
        let bucket = &self.bucket;
        let start = self.last.as_deref().filter(|_| self.next.is_none());
        let page = bucket.handle.block_on(bucket.cloud.list_objects(
            &bucket.reference,
            &bucket.prefix,
            start,
            self.next.as_deref(),
            PAGE,
        ))?;
        self.page.extend(page.objects);
        self.ended = page.next.is_none();
        self.next = page.next;
        Ok(())
    }
}

impl Iterator for Pages {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        loop {
            let Some(object) = self.page.pop_front() else {
                if self.ended {
                    return None;
                }
                if let Err(error) = self.turn() {
                    self.ended = true;
                    let address = self.bucket.address(&self.bucket.prefix);
                    let chain = claviger_service::chain(&error);
                    let why = format!("{address}: {chain}\nhint: {}", error.hint());
                    return Some(Listed::Failed { why, refused: is_refusal(&error) });
                }
                continue;
            };
            let below = object.name.strip_prefix(&self.bucket.prefix).unwrap_or(&object.name);
            let chosen = self.select.by_path(below.trim_start_matches('/').as_bytes())
                && self.select.by_size_and_time(Some(object.bytes), Some(object.last_modified));
            // A name that ends in `/` without content is a folder as consoles make them.
            let is_folder = object.bytes == 0 && object.name.ends_with('/');
            if !chosen || is_folder {
                self.left_out.fetch_add(u64::from(!is_folder), Ordering::Relaxed);
                continue;
            }
            if object.availability.is_out_of_reach() {
                return Some(Listed::Unread(self.bucket.left_in_archive(&object)));
            }
            return Some(Listed::Item(Item {
                uri: self.bucket.address(&object.name),
                path: Vec::new(),
                note: None,
                position: Position::of_path(self.target, object.name.as_bytes()),
                source: Source::Object(Arc::clone(&self.bucket), Box::new(object)),
            }));
        }
    }
}

type Asking = JoinHandle<Result<Vec<u8>, CloudError>>;

/// The bytes of an object.
pub(super) struct ObjectReader {
    bucket: Arc<Bucket>,
    object: ObjectInfo,
    block: Vec<u8>,
    taken: usize,
    /// Where the next range to be asked for begins.
    next: u64,
    asked: Option<Asking>,
}

impl ObjectReader {
    fn ask(&mut self) {
        if self.next >= self.object.bytes {
            return;
        }
        let range = self.next..(self.next + RANGE).min(self.object.bytes);
        self.next = range.end;
        let (bucket, name) = (Arc::clone(&self.bucket), self.object.name.clone());
        self.asked =
            Some(self.bucket.handle.spawn(async move {
                bucket.cloud.read_object(&bucket.reference, &name, range).await
            }));
    }

    /// Whether the object is another one than was listed: ranges of two are one text of neither.
    ///
    /// # Errors
    /// It cannot be asked.
    pub(super) fn has_changed(&self) -> std::io::Result<bool> {
        if self.object.bytes <= RANGE {
            return Ok(false);
        }
        let bucket = &self.bucket;
        let head = bucket.cloud.head_object(&bucket.reference, &self.object.name);
        let now = bucket.handle.block_on(head).map_err(|error| failed(&error))?;
        Ok(now.is_none_or(|now| now.etag != self.object.etag))
    }
}

fn failed(error: &CloudError) -> std::io::Error {
    std::io::Error::other(claviger_service::chain(error))
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.taken == self.block.len() {
            if self.asked.is_none() {
                self.ask();
            }
            let Some(asked) = self.asked.take() else { return Ok(0) };
            let answer = self.bucket.handle.block_on(asked).map_err(std::io::Error::other)?;
            self.block = answer.map_err(|error| failed(&error))?;
            self.taken = 0;
            if self.block.is_empty() {
                let bytes = self.object.bytes;
                let why = format!("ends before its {bytes} bytes: it changed while it was read");
                return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, why));
            }
            self.ask();
        }
        let rest = &self.block[self.taken..];
        let taken = rest.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&rest[..taken]);
        self.taken += taken;
        Ok(taken)
    }
}
