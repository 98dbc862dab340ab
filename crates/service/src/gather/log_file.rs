//! Log files in a bucket: which of those that are listed were not read yet, and one of them fetched, unpacked and
//! handed over, with the note that it was read. One that cannot be unpacked is kept by reference as rejected.

use std::collections::HashMap;
use std::time::Duration;

use claviger_cloud::{BucketRef, Cloud, CloudError, ObjectInfo};
use claviger_store::log_files;
use claviger_watch::{LogFormat, Parsed, Reject};
use jiff::SignedDuration;

use super::intake::{self, Delivery, Mark, Whose};
use crate::{Service, ServiceError};

/// Names asked for at a time: the most that OSS and S3 answer.
pub(crate) const PAGE: u32 = 1000;

/// Files appear this much later than their name says (Alibaba OSS, "Logging": up to 48 hours; other providers promise
/// less).
pub(crate) const LATENESS: SignedDuration = SignedDuration::from_hours(48);

/// Pause after the provider refused.
pub(crate) const REFUSED_PAUSE: Duration = Duration::from_secs(15);

/// Largest log file taken, packed and unpacked: hourly files of busy buckets stay far below it.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Bytes asked for at a time.
const RANGE: u64 = 8 << 20;

/// Whose a log file is and where it lies.
#[derive(Debug, Clone)]
pub(crate) struct Origin<'a> {
    /// The source under which it is kept.
    pub(crate) source: &'a str,
    /// Whose buckets and keys its lines speak of.
    pub(crate) whose: Whose,
    /// The format that its lines are said to be in.
    pub(crate) format: Option<LogFormat>,
    /// The bucket that it lies in.
    pub(crate) bucket: &'a BucketRef,
    /// Whether it is old because the past is read, and not because its source is late.
    pub(crate) is_past: bool,
}

/// Those of a page's files that were not read yet, or not with this content.
pub(crate) async fn unread(
    service: &Service,
    source: &str,
    mut files: Vec<ObjectInfo>,
) -> Result<Vec<ObjectInfo>, ServiceError> {
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let mut reader = service.store().read().await?;
    let read = log_files::etags(&mut reader, source, &names).await?;
    drop(reader);
    let read: HashMap<String, String> = read.into_iter().collect();
    files.retain(|file| read.get(&file.name) != Some(&file.etag));
    Ok(files)
}

/// Fetches one file and keeps what is in it, and everything that follows from that.
pub(crate) async fn read(
    service: &Service,
    origin: Origin<'_>,
    cloud: &dyn Cloud,
    file: &ObjectInfo,
) -> Result<(), ServiceError> {
    let Origin { source, whose, format, bucket, is_past } = origin;
    let _room = service.intake().room(file.bytes.min(FILE_BYTES_MAX)).await;
    let fetched = match file.bytes > FILE_BYTES_MAX {
        true => Err("the file is larger than a log file may be"),
        false => match fetch(cloud, bucket, file).await {
            Err(error) if error.is_archived() => Err("the file lies in an archive"),
            fetched => Ok(fetched?),
        },
    };
    let read_at = service.now();
    let (bytes, parsed) = match fetched {
        Err(why) => (file.bytes, reject_whole(file.bytes, why)),
        Ok(packed) => {
            let bytes = packed.len() as u64;
            let parsed = tokio::task::spawn_blocking(move || parse(&packed, format)).await;
            (
                bytes,
                parsed.map_err(|fault| ServiceError::Internal(format!("a log broke: {fault}")))?,
            )
        }
    };
    let mut delivery = Delivery::new(source, file.name.clone(), whose, parsed, read_at);
    delivery.bytes = bytes;
    delivery.delivered_at = Some(file.last_modified);
    delivery.is_past = is_past;
    delivery.mark = Mark::LogFile { etag: file.etag.clone(), bytes };
    intake::take_in(service, delivery).await
}

async fn fetch(
    cloud: &dyn Cloud,
    bucket: &BucketRef,
    file: &ObjectInfo,
) -> Result<Vec<u8>, CloudError> {
    let mut bytes = Vec::new();
    let end = file.bytes;
    while (bytes.len() as u64) < end {
        let start = bytes.len() as u64;
        let range = start..(start + RANGE).min(end);
        let block = cloud.read_object(bucket, &file.name, range).await?;
        if block.is_empty() {
            break;
        }
        bytes.extend_from_slice(&block);
    }
    Ok(bytes)
}

/// Parses a file whatever its format; one that is nothing known is one rejected line a line, and what
/// cannot be unpacked of one is one rejected line.
fn parse(bytes: &[u8], format: Option<LogFormat>) -> Parsed {
    let mut events = Vec::new();
    let tally = claviger_watch::read_log(bytes, format, FILE_BYTES_MAX, &mut |event| {
        events.push(event.into_event());
    });
    tally.with(events)
}

/// A file of which no line can be told from another.
fn reject_whole(bytes: u64, why: &str) -> Parsed {
    let reject = Reject { line: 1, start: 0, end: bytes, why: why.to_owned() };
    Parsed { rejects: vec![reject], lines: 1, ..Parsed::default() }
}
