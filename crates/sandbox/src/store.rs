//! Objects as OSS and S3 share them: written, read in part, read under conditions, removed.
//!
//! Metadata is stored under OSS's names (`x-oss-meta-…`); S3 shows the same under its own.

use std::collections::BTreeMap;
use std::ops::Range;

use axum::body::Bytes;
use claviger_cloud::sign;
use claviger_model::Acl;
use jiff::Timestamp;

use crate::call::Call;
use crate::content::Content;
use crate::range::{Wanted, wanted};
use crate::refusal::Refusal;
use crate::world::{Object, World};

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
}

/// Writes an object over whatever was there.
pub(crate) fn put(
    world: &mut World,
    bucket: &str,
    key: &str,
    object: Object,
) -> Result<Written, Refusal> {
    let objects = &mut world.bucket_mut(bucket)?.objects;
    let (etag, crc64, size) = (object.etag.clone(), object.crc64, object.size);
    let before = objects.insert(key.to_owned(), object).map_or(0, |object| object.size);
    Ok(Written { etag, crc64, size, delta_bytes: difference(size, before) })
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

/// Removes an object; gives its size, or `None` when there was none.
pub(crate) fn remove(world: &mut World, bucket: &str, key: &str) -> Result<Option<u64>, Refusal> {
    Ok(world.bucket_mut(bucket)?.objects.remove(key).map(|object| object.size))
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

/// Bucket and key of a copy's source header: `/bucket/key` or `bucket/key`, percent-encoded.
pub(crate) fn copy_source(header: &str) -> Option<(String, String)> {
    let path = header.split_once('?').map_or(header, |(path, _)| path);
    let decoded = sign::decode(path)?;
    let (bucket, key) = decoded.strip_prefix('/').unwrap_or(&decoded).split_once('/')?;
    (!bucket.is_empty() && !key.is_empty()).then(|| (bucket.to_owned(), key.to_owned()))
}

/// Copies an object; `replace` brings other headers in place of the source's.
pub(crate) fn copy(
    world: &mut World,
    from: (&str, &str),
    to: (&str, &str),
    replace: Option<BTreeMap<String, String>>,
    acl: Option<Acl>,
    now: Timestamp,
) -> Result<Written, Refusal> {
    let source = world.object(from.0, from.1)?;
    let object = Object {
        headers: replace.unwrap_or_else(|| source.headers.clone()),
        acl: acl.unwrap_or(Acl::Default),
        last_modified: now,
        ..source.clone()
    };
    put(world, to.0, to.1, object)
}

#[cfg(test)]
mod tests {
    use super::{content_range, copy_source};

    #[test]
    fn a_copy_source_names_bucket_and_key() {
        let pair = |bucket: &str, key: &str| Some((bucket.to_owned(), key.to_owned()));
        assert_eq!(copy_source("/b/a%2Fc%20d"), pair("b", "a/c d"));
        assert_eq!(copy_source("b/k?versionId=1"), pair("b", "k"));
        assert_eq!(copy_source("/b/"), None);
        assert_eq!(copy_source("b"), None);
    }

    #[test]
    fn a_content_range_counts_from_zero_and_includes_its_end() {
        assert_eq!(content_range(&(0..100), 1000), "bytes 0-99/1000");
    }
}
