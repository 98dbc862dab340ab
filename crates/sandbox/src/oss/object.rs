//! Objects of OSS: write, copy, read, describe, remove.

use axum::http::Method;

use super::acl::check_object_acl;
use super::restore;
use crate::archive;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::{Reply, http_time, xml_time};
use crate::store::{self, META, Reading, Written};
use crate::world::{Object, World};
use crate::xml::Xml;

/// Query parameters by which a signed request may change headers of its own answer.
const OVERRIDES: [&str; 6] = [
    "content-type",
    "content-language",
    "expires",
    "cache-control",
    "content-disposition",
    "content-encoding",
];

/// `PUT /bucket/key`.
pub(super) fn put(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    check_write(world, order)?;
    let acl = order.acl("x-oss-object-acl")?;
    let content = order.content.clone();
    if let Some(content) = &content {
        content.check_md5(order.call.header("content-md5"))?;
    }
    let headers = store::stored_headers(order.call, META);
    let mut object = store::object_of(content, headers, acl, order.now());
    object.storage_class = restore::class_asked(order)?;
    let md5 = object.content_md5();
    let written = store::put(world, order.bucket(), order.key(), object)?;
    Ok(checksums(Reply::status(200), &written)
        .with("ETag", &format!("\"{}\"", written.etag))
        .with("Content-MD5", &md5)
        .with_version("x-oss-version-id", written.version_id.as_deref())
        .wrote(written.size, written.delta_bytes))
}

/// `PUT /bucket/key` with `x-oss-copy-source`.
pub(super) fn copy(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    check_write(world, order)?;
    let header = order.call.header("x-oss-copy-source").unwrap_or_default();
    let (bucket, source) = store::copy_source(header).ok_or_else(|| {
        let message =
            "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.";
        Refusal::argument("x-oss-copy-source", header, message)
    })?;
    let replaces = order.call.header("x-oss-metadata-directive") == Some("REPLACE");
    let replace = replaces.then(|| store::stored_headers(order.call, META));
    let (acl, class) = (order.acl("x-oss-object-acl")?, restore::class_asked(order)?);
    let to = (order.bucket(), order.key());
    let written = store::copy(world, (&bucket, &source), to, (replace, acl, class), order.now())?;
    let document = Xml::document("CopyObjectResult", |xml| {
        xml.text("ETag", &format!("\"{}\"", written.etag));
        xml.text("LastModified", &xml_time(order.now()));
    });
    Ok(checksums(Reply::xml(document), &written)
        .with("ETag", &format!("\"{}\"", written.etag))
        .with_version("x-oss-version-id", written.version_id.as_deref())
        .wrote(written.size, written.delta_bytes))
}

/// Whether the key may be written with what the request says about it.
fn check_write(world: &World, order: &Order<'_>) -> Result<(), Refusal> {
    let key = order.key();
    if key.starts_with(['/', '\\']) {
        return Err(Refusal::InvalidObjectName { key: key.to_owned() });
    }
    if let Some(acl) = order.acl("x-oss-object-acl")? {
        check_object_acl(world, order.bucket(), acl)?;
    }
    let forbids = order.call.header("x-oss-forbid-overwrite") == Some("true");
    if forbids && world.bucket(order.bucket())?.objects.contains_key(key) {
        return Err(Refusal::FileAlreadyExists { key: key.to_owned() });
    }
    Ok(())
}

fn checksums(reply: Reply, written: &Written) -> Reply {
    reply.with("x-oss-hash-crc64ecma", &written.crc64.to_string())
}

/// `GET` and `HEAD /bucket/key`.
pub(super) fn get(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let object = world.object(order.bucket(), order.key(), order.version_id())?;
    if order.call.method != Method::HEAD {
        archive::check_readable(object, order.now())?;
    }
    let strict = order.call.header("x-oss-range-behavior") == Some("standard");
    let (status, range) = match store::read(object, order.call, strict)? {
        Reading::Part { status, range } => (status, range),
        Reading::NotModified => return Ok(identity(Reply::status(304), object)),
    };
    let mut reply =
        restore::described(identity(Reply::status(status), object), object, order.now())
            .with("Accept-Ranges", "bytes")
            .with("x-oss-object-type", "Normal")
            .with("x-oss-hash-crc64ecma", &object.crc64.to_string())
            .with("Content-MD5", &object.content_md5())
            .with_version("x-oss-version-id", version_of(world, order, object));
    for (name, value) in described(object, order) {
        reply = reply.with(&name, &value);
    }
    if status == 206 {
        reply = reply.with("Content-Range", &store::content_range(&range, object.size));
    }
    reply.object_size = Some(object.size);
    if order.call.method == Method::HEAD {
        reply.announced_length = Some(object.size);
        return Ok(reply);
    }
    Ok(reply.body(store::bytes(object, &range)))
}

/// `HEAD /bucket/key?objectMeta`: no metadata, no ACL.
pub(super) fn meta(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let object = world.object(order.bucket(), order.key(), order.version_id())?;
    let mut reply = identity(Reply::status(200), object)
        .with("x-oss-hash-crc64ecma", &object.crc64.to_string())
        .with_version("x-oss-version-id", version_of(world, order, object));
    reply.announced_length = Some(object.size);
    reply.object_size = Some(object.size);
    Ok(reply)
}

/// `DELETE /bucket/key`: 204 also when there was none.
pub(super) fn delete(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let removed = store::remove(world, order.bucket(), &order.named(), order.now())?;
    let mut reply =
        Reply::status(204).with_version("x-oss-version-id", removed.version_id.as_deref());
    if removed.is_marker {
        reply = reply.with("x-oss-delete-marker", "true");
    }
    reply.object_size = removed.size;
    Ok(reply)
}

/// The version of an object, where the bucket has any.
fn version_of<'a>(world: &World, order: &Order<'_>, object: &'a Object) -> Option<&'a str> {
    let bucket = world.buckets.get(order.bucket())?;
    bucket.versioning.map(|_| object.version_text())
}

fn identity(reply: Reply, object: &Object) -> Reply {
    reply
        .with("ETag", &format!("\"{}\"", object.etag))
        .with("Last-Modified", &http_time(object.last_modified))
}

/// The stored headers, with what the request overrides.
fn described(object: &Object, order: &Order<'_>) -> Vec<(String, String)> {
    let mut headers = object.headers.clone();
    headers
        .entry("content-type".to_owned())
        .or_insert_with(|| "application/octet-stream".to_owned());
    for name in OVERRIDES {
        if let Some(value) = order.call.query(&format!("response-{name}")) {
            headers.insert(name.to_owned(), value.to_owned());
        }
    }
    headers.into_iter().collect()
}
