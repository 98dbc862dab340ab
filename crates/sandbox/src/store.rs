//! Objects as OSS and S3 share them: written, read in part, read under conditions, removed.
//!
//! Metadata is stored under OSS's names (`x-oss-meta-…`); S3 shows the same under its own.

use std::collections::BTreeMap;
use std::ops::Range;

use axum::body::Bytes;
use claviger_cloud::sign;
use claviger_model::Acl;
use jiff::Timestamp;

use crate::archive;
use crate::call::Call;
use crate::content::Content;
use crate::range::{Wanted, wanted};
use crate::refusal::Refusal;
use crate::versions::Removed;
use crate::world::{Object, StorageClass, World};

/// Prefix of metadata names as they are stored.
pub(crate) const META: &str = "x-oss-meta-";

/// Headers that are stored with an object and come back with it.
const STORED: [&str; 6] = [
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
];

/// What a write changed.
pub(crate) struct Written {
    /// MD5, upper-case hex.
    pub(crate) etag: String,
    /// CRC-64/XZ.
    pub(crate) crc64: u64,
    /// Size of the object.
    pub(crate) size: u64,
    /// By how many bytes the bucket grew.
    pub(crate) delta_bytes: i64,
    /// The version that was made; `None` where nothing is versioned.
    pub(crate) version_id: Option<String>,
}

/// Writes an object, over whatever was there or as its next version.
pub(crate) fn put(
    world: &mut World,
    bucket: &str,
    key: &str,
    object: Object,
) -> Result<Written, Refusal> {
    let bucket = world.bucket_mut(bucket)?;
    let (etag, crc64, size) = (object.etag.clone(), object.crc64, object.size);
    let before = bucket.write(key, object)?.unwrap_or(0);
    let version_id = bucket.versioning.and_then(|_| bucket.objects.get(key));
    let version_id = version_id.map(|object| object.version_text().to_owned());
    Ok(Written { etag, crc64, size, delta_bytes: difference(size, before), version_id })
}

/// The object that a request's body makes.
pub(crate) fn object_of(
    content: Option<Content>,
    headers: BTreeMap<String, String>,
    acl: Option<Acl>,
    now: Timestamp,
) -> Object {
    let content = content.unwrap_or_else(|| Content::of(Bytes::new()));
    content.into_object(headers, acl.unwrap_or(Acl::Default), now)
}

/// Removes an object, or one version of it.
pub(crate) fn remove(
    world: &mut World,
    bucket: &str,
    doomed: &Named,
    now: Timestamp,
) -> Result<Removed, Refusal> {
    let bucket = world.bucket_mut(bucket)?;
    match &doomed.version_id {
        Some(version_id) => Ok(bucket.remove_version(&doomed.key, version_id)),
        None => bucket.remove(&doomed.key, now),
    }
}

/// An object as requests name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its key.
    pub(crate) key: String,
    /// The version; `None` for the last one.
    pub(crate) version_id: Option<String>,
}

fn difference(after: u64, before: u64) -> i64 {
    i64::try_from(i128::from(after) - i128::from(before)).unwrap_or(i64::MAX)
}

/// The headers of a request that are stored with its object; `meta` is the dialect's own prefix.
pub(crate) fn stored_headers(call: &Call, meta: &str) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = STORED
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), call.header_lossy(name)?)))
        .collect();
    if let Some(encoding) = headers.get_mut("content-encoding") {
        // The framing of an upload in chunks is no property of the object.
        *encoding =
            encoding.split(',').map(str::trim).filter(|word| *word != "aws-chunked").collect();
    }
    headers.retain(|_, value| !value.is_empty());
    for name in call.headers.keys() {
        if let (Some(rest), Some(value)) =
            (name.as_str().strip_prefix(meta), call.header_lossy(name.as_str()))
        {
            headers.insert(format!("{META}{rest}"), value);
        }
    }
    headers
}

/// What a reader gets.
pub(crate) enum Reading {
    /// This part of the object.
    Part {
        /// 200 for the whole, 206 for a part.
        status: u16,
        /// Which bytes.
        range: Range<u64>,
    },
    /// The reader has it already.
    NotModified,
}

/// Judges conditions and range of a `GET` or `HEAD`. `strict`: a range behind the end is refused (S3),
/// otherwise ignored (OSS, unless the request says `x-oss-range-behavior: standard`).
pub(crate) fn read(object: &Object, call: &Call, strict: bool) -> Result<Reading, Refusal> {
    if !conditions_hold(object, call)? {
        return Ok(Reading::NotModified);
    }
    let range = call.header("range");
    match wanted(range, object.size) {
        Wanted::Part(range) => Ok(Reading::Part { status: 206, range }),
        Wanted::Nothing if strict => {
            Err(Refusal::InvalidRange { range: range.unwrap_or_default().to_owned() })
        }
        Wanted::Nothing | Wanted::Whole => Ok(Reading::Part { status: 200, range: 0..object.size }),
    }
}

/// `Ok(false)`: not modified (RFC 9110, section 13.2.2).
fn conditions_hold(object: &Object, call: &Call) -> Result<bool, Refusal> {
    let same = |header: &str| {
        header.split(',').any(|tag| {
            let tag = tag.trim().trim_matches('"');
            tag == "*" || tag.eq_ignore_ascii_case(&object.etag)
        })
    };
    let since = |name: &str| {
        let at = call.header(name).and_then(sign::parse_http_date)?;
        Some(object.last_modified.as_second() > at.as_second())
    };
    let failed = |condition: &str| Refusal::PreconditionFailed { condition: condition.to_owned() };
    match call.header("if-match") {
        Some(header) if !same(header) => return Err(failed("If-Match")),
        None if since("if-unmodified-since") == Some(true) => {
            return Err(failed("If-Unmodified-Since"));
        }
        _ => {}
    }
    match call.header("if-none-match") {
        Some(header) => Ok(!same(header)),
        None => Ok(since("if-modified-since") != Some(false)),
    }
}

/// The bytes of a range; the range comes from [`read`] and lies inside.
pub(crate) fn bytes(object: &Object, range: &Range<u64>) -> Bytes {
    let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(object.content.len());
    object.content.slice(index(range.start)..index(range.end))
}

/// `Content-Range` of a part.
pub(crate) fn content_range(range: &Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1))
}

/// Bucket and object of a copy's source header: `/bucket/key` or `bucket/key`, percent-encoded, with
/// `?versionId=…` where it is not the last version.
pub(crate) fn copy_source(header: &str) -> Option<(String, Named)> {
    let (path, query) = header.split_once('?').unwrap_or((header, ""));
    let decoded = sign::decode(path)?;
    let (bucket, key) = decoded.strip_prefix('/').unwrap_or(&decoded).split_once('/')?;
    let version_id = query.strip_prefix("versionId=").map(str::to_owned);
    let named = Named { key: key.to_owned(), version_id };
    (!bucket.is_empty() && !key.is_empty()).then(|| (bucket.to_owned(), named))
}

/// Copies an object; other headers may come in place of the source's. What lies in an archive is restored first.
pub(crate) fn copy(
    world: &mut World,
    from: (&str, &Named),
    to: (&str, &str),
    (replace, acl, storage_class): (Option<BTreeMap<String, String>>, Option<Acl>, StorageClass),
    now: Timestamp,
) -> Result<Written, Refusal> {
    let source = world.object(from.0, &from.1.key, from.1.version_id.as_deref())?;
    archive::check_source(source, now)?;
    let object = Object {
        headers: replace.unwrap_or_else(|| source.headers.clone()),
        acl: acl.unwrap_or(Acl::Default),
        last_modified: now,
        storage_class,
        restoration: None,
        ..source.clone()
    };
    put(world, to.0, to.1, object)
}

#[cfg(test)]
mod tests {
    use super::{Named, content_range, copy_source};

    #[test]
    fn a_copy_source_names_bucket_and_key() {
        let named = |key: &str, version_id: Option<&str>| {
            let version_id = version_id.map(str::to_owned);
            Some(("b".to_owned(), Named { key: key.to_owned(), version_id }))
        };
        assert_eq!(copy_source("/b/a%2Fc%20d"), named("a/c d", None));
        assert_eq!(copy_source("b/k?versionId=1"), named("k", Some("1")));
        assert_eq!(copy_source("/b/"), None);
        assert_eq!(copy_source("b"), None);
    }

    #[test]
    fn a_content_range_counts_from_zero_and_includes_its_end() {
        assert_eq!(content_range(&(0..100), 1000), "bytes 0-99/1000");
    }
}
