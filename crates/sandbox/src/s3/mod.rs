//! The same objects by the REST API of Amazon S3, path style (AWS documentation, "Amazon S3 API Reference").
//!
//! Operations and permissions are those of OSS; here stands what differs on the wire.

mod chunked;
mod list_objects;
mod list_versions;
mod logging;
mod restore;

use axum::body::Bytes;
use axum::http::Method;

use crate::archive;
use crate::call::Call;
use crate::operation::Operation;
use crate::order::Order;
use crate::oss::{self, Batch};
use crate::refusal::Refusal;
use crate::reply::{Reply, http_time, xml_time};
use crate::store::{self, Reading};
use crate::target::Target;
use crate::world::World;
use crate::xml::Xml;

/// What names of stored metadata begin with.
const META: &str = "x-amz-meta-";

/// The name space of S3's documents.
const NAMESPACE: &str = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

/// Names the version of an object.
const VERSION: &str = "x-amz-version-id";

/// Says that a version is a delete marker.
const MARKER: &str = "x-amz-delete-marker";

/// Sub-resources of S3 that the practice cloud does not have; ignoring them would make
/// `PUT /bucket?lifecycle` the making of a bucket.
const NOT_HERE: &[&str] = &[
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "retention",
    "select",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "website",
];

/// Finds the operation.
///
/// # Errors
/// S3 has no such operation, or the practice cloud has not.
pub(crate) fn route(call: &Call, target: &Target) -> Result<Operation, Refusal> {
    if let Some(what) = NOT_HERE.iter().find(|name| call.query(name).is_some()) {
        return Err(Refusal::NotImplemented { what: (*what).to_owned() });
    }
    let has = |name: &str| call.query(name).is_some();
    let found = match (&target.bucket, &target.key, &call.method) {
        (None, _, &Method::GET) => Some(Operation::ListBuckets),
        (Some(_), None, &Method::GET) if has("location") => Some(Operation::GetBucketLocation),
        (Some(_), None, &Method::GET) if has("versioning") => Some(Operation::GetBucketVersioning),
        (Some(_), None, &Method::PUT) if has("versioning") => Some(Operation::PutBucketVersioning),
        (Some(_), None, &Method::GET) if has("logging") => Some(Operation::GetBucketLogging),
        (Some(_), None, &Method::PUT) if has("logging") => Some(Operation::PutBucketLogging),
        (Some(_), None, &Method::GET) if has("versions") => Some(Operation::ListObjectVersions),
        (Some(_), None, &Method::GET) if call.query("list-type") == Some("2") => {
            Some(Operation::ListObjectsV2)
        }
        (Some(_), None, &Method::GET) => Some(Operation::ListObjects),
        (Some(_), None, &Method::HEAD) => Some(Operation::HeadBucket),
        (Some(_), None, &Method::PUT) => Some(Operation::PutBucket),
        (Some(_), None, &Method::DELETE) => Some(Operation::DeleteBucket),
        (Some(_), None, &Method::POST) if has("delete") => Some(Operation::DeleteObjects),
        (Some(_), Some(_), &Method::GET) => Some(Operation::GetObject),
        (Some(_), Some(_), &Method::HEAD) => Some(Operation::HeadObject),
        (Some(_), Some(_), &Method::PUT) if call.header("x-amz-copy-source").is_some() => {
            Some(Operation::CopyObject)
        }
        (Some(_), Some(_), &Method::PUT) => Some(Operation::PutObject),
        (Some(_), Some(_), &Method::DELETE) => Some(Operation::DeleteObject),
        (Some(_), Some(_), &Method::POST) if has("restore") => Some(Operation::RestoreObject),
        _ => None,
    };
    found.ok_or_else(|| Refusal::MethodNotAllowed { method: call.method.to_string() })
}

/// The name in `CloudTrail` of what is done with buckets; `None`: it is about objects, or looks whether a bucket is
/// there, which are data events (S3 user guide, "Amazon S3 CloudTrail events").
pub(crate) fn trail_name(operation: Operation) -> Option<&'static str> {
    Some(match operation {
        Operation::ListBuckets => "ListBuckets",
        Operation::PutBucket => "CreateBucket",
        Operation::DeleteBucket => "DeleteBucket",
        Operation::GetBucketLocation => "GetBucketLocation",
        Operation::GetBucketVersioning => "GetBucketVersioning",
        Operation::PutBucketVersioning => "PutBucketVersioning",
        Operation::GetBucketLogging => "GetBucketLogging",
        Operation::PutBucketLogging => "PutBucketLogging",
        _ => return None,
    })
}

/// The body without the framing that S3's clients put around it.
///
/// # Errors
/// The framing is broken.
pub(crate) fn body(call: &Call) -> Result<Bytes, Refusal> {
    let framed =
        call.header("x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-"));
    if framed { chunked::unframe(&call.body) } else { Ok(call.body.clone()) }
}

/// Carries an order out; the caller has been let through.
///
/// # Errors
/// What it names is not there, or makes no sense.
pub(crate) fn perform(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    match order.operation {
        Operation::ListBuckets => Ok(list_buckets(world)),
        Operation::PutBucket => {
            let acl = order.acl("x-amz-acl")?;
            oss::create_bucket(world, order.bucket(), acl, order)?;
            Ok(Reply::status(200).with("Location", &format!("/{}", order.bucket())))
        }
        Operation::DeleteBucket => oss::delete_bucket(world, order),
        Operation::HeadBucket => Ok(Reply::status(200).with("x-amz-bucket-region", &world.region)),
        Operation::GetBucketLocation => {
            let document = Xml::with_attributes("LocationConstraint", NAMESPACE, |xml| {
                xml.bare_text(&world.region);
            });
            Ok(Reply::xml(document))
        }
        Operation::GetBucketVersioning => get_versioning(world, order),
        Operation::PutBucketVersioning => oss::put_versioning(world, order),
        Operation::GetBucketLogging => logging::get(world, order),
        Operation::PutBucketLogging => logging::put(world, order),
        Operation::ListObjectVersions => list_versions::list(world, order),
        Operation::ListObjects | Operation::ListObjectsV2 => list_objects::list(world, order),
        Operation::DeleteObjects => delete_objects(world, order),
        Operation::PutObject => put_object(world, order),
        Operation::CopyObject => copy_object(world, order),
        Operation::GetObject | Operation::HeadObject => get_object(world, order),
        Operation::DeleteObject => delete_object(world, order),
        Operation::RestoreObject => restore::post(world, order),
        other => Err(Refusal::NotImplemented { what: other.log_name().to_owned() }),
    }
}

fn get_versioning(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let versioning = world.bucket(order.bucket())?.versioning;
    Ok(Reply::xml(Xml::with_attributes("VersioningConfiguration", NAMESPACE, |xml| {
        if let Some(versioning) = versioning {
            xml.text("Status", versioning.as_str());
        }
    })))
}

fn list_buckets(world: &World) -> Reply {
    Reply::xml(Xml::with_attributes("ListAllMyBucketsResult", NAMESPACE, |xml| {
        xml.element("Owner", |xml| {
            xml.text("ID", &world.owner_uid);
            xml.text("DisplayName", &world.owner_uid);
        });
        xml.element("Buckets", |xml| {
            for bucket in world.buckets.values() {
                xml.element("Bucket", |xml| {
                    xml.text("Name", &bucket.name);
                    xml.text("CreationDate", &xml_time(bucket.created_at));
                });
            }
        });
    }))
}

fn put_object(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let acl = order.acl("x-amz-acl")?;
    if let Some(acl) = acl {
        oss::check_object_acl(world, order.bucket(), acl)?;
    }
    let content = order.content.clone();
    if let Some(content) = &content {
        content.check_md5(order.call.header("content-md5"))?;
    }
    let headers = store::stored_headers(order.call, META);
    let mut object = store::object_of(content, headers, acl, order.now());
    object.storage_class = restore::class_asked(order)?;
    let written = store::put(world, order.bucket(), order.key(), object)?;
    Ok(Reply::status(200)
        .with("ETag", &tag(&written.etag))
        .with_version(VERSION, written.version_id.as_deref())
        .wrote(written.size, written.delta_bytes))
}

fn copy_object(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let header = order.call.header("x-amz-copy-source").unwrap_or_default();
    let (bucket, source) = store::copy_source(header).ok_or_else(|| {
        Refusal::argument("x-amz-copy-source", header, "The copy source names no bucket and key.")
    })?;
    let replaces = order.call.header("x-amz-metadata-directive") == Some("REPLACE");
    let replace = replaces.then(|| store::stored_headers(order.call, META));
    let to = (order.bucket(), order.key());
    let (acl, class) = (order.acl("x-amz-acl")?, restore::class_asked(order)?);
    let written = store::copy(world, (&bucket, &source), to, (replace, acl, class), order.now())?;
    let document = Xml::with_attributes("CopyObjectResult", NAMESPACE, |xml| {
        xml.text("ETag", &tag(&written.etag));
        xml.text("LastModified", &xml_time(order.now()));
    });
    Ok(Reply::xml(document)
        .with_version(VERSION, written.version_id.as_deref())
        .wrote(written.size, written.delta_bytes))
}

fn get_object(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let object = world.object(order.bucket(), order.key(), order.version_id())?;
    let versioning = world.bucket(order.bucket())?.versioning;
    if order.call.method != Method::HEAD {
        archive::check_readable(object, order.now())?;
    }
    let identity = |reply: Reply| {
        restore::described(reply, object, order.now())
            .with_version(VERSION, versioning.map(|_| object.version_text()))
            .with("ETag", &tag(&object.etag))
            .with("Last-Modified", &http_time(object.last_modified))
    };
    let (status, range) = match store::read(object, order.call, true)? {
        Reading::Part { status, range } => (status, range),
        Reading::NotModified => return Ok(identity(Reply::status(304))),
    };
    let mut reply = identity(Reply::status(status)).with("Accept-Ranges", "bytes");
    if !object.headers.contains_key("content-type") {
        reply = reply.with("Content-Type", "binary/octet-stream");
    }
    for (name, value) in &object.headers {
        let own = name.strip_prefix(store::META).map(|rest| format!("{META}{rest}"));
        reply = reply.with(own.as_deref().unwrap_or(name), value);
    }
    if status == 206 {
        reply = reply.with("Content-Range", &store::content_range(&range, object.size));
    }
    reply.object_size = Some(object.size);
    if order.call.method == Method::HEAD {
        reply.announced_length = Some(range.end - range.start);
        return Ok(reply);
    }
    Ok(reply.body(store::bytes(object, &range)))
}

fn delete_objects(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let batch = Batch::read(&order.body)?;
    let mut removed = Vec::new();
    for object in &batch.objects {
        removed.push((object, store::remove(world, order.bucket(), object, order.now())?));
    }
    Ok(Reply::xml(Xml::with_attributes("DeleteResult", NAMESPACE, |xml| {
        for (object, removed) in removed.iter().filter(|_| !batch.quiet) {
            oss::deleted(xml, &object.key, object, removed);
        }
    })))
}

fn delete_object(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let removed = store::remove(world, order.bucket(), &order.named(), order.now())?;
    let reply = Reply::status(204).with_version(VERSION, removed.version_id.as_deref());
    Ok(if removed.is_marker { reply.with(MARKER, "true") } else { reply })
}

/// S3 writes an MD5 in lower case.
fn tag(etag: &str) -> String {
    format!("\"{}\"", etag.to_ascii_lowercase())
}

/// A refusal as S3 sends it; for `HEAD` the status alone.
pub(crate) fn refuse(refusal: &Refusal, call: &Call) -> Reply {
    let wire = refusal.s3();
    let mark = |reply: Reply| {
        if refusal.is_about_a_delete_marker() { reply.with(MARKER, "true") } else { reply }
    };
    if call.method == Method::HEAD {
        return mark(Reply::status(wire.status));
    }
    let document = Xml::document("Error", |xml| {
        xml.text("Code", wire.code);
        xml.text("Message", &wire.message);
        for (name, value) in &wire.details {
            xml.text(name, value);
        }
        xml.text("Resource", &call.path);
        xml.text("RequestId", &call.request_id);
    });
    mark(Reply { status: wire.status, ..Reply::xml(document) })
}

/// The headers that every answer of S3 has.
pub(crate) fn finish(reply: Reply, call: &Call) -> Reply {
    reply.with("Server", "AmazonS3").with("x-amz-request-id", &call.request_id)
}
