//! Which operation of OSS a request is: method, address and sub-resource.

use axum::http::Method;

use crate::call::Call;
use crate::operation::Operation;
use crate::refusal::Refusal;
use crate::target::Target;

/// Sub-resources of OSS that the practice cloud does not have. They are refused by name: ignoring
/// them would turn `PUT /bucket?lifecycle` into the making of a bucket.
const NOT_HERE: &[&str] = &[
    "accessPoint",
    "accessmonitor",
    "append",
    "archiveDirectRead",
    "asyncFetch",
    "callback",
    "cname",
    "comp",
    "cors",
    "dataRedundancyTransition",
    "encryption",
    "httpsConfig",
    "inventory",
    "lifecycle",
    "live",
    "metaQuery",
    "qos",
    "qosInfo",
    "referer",
    "regionList",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "resourceGroup",
    "responseHeader",
    "rtc",
    "select",
    "style",
    "symlink",
    "tagging",
    "transferAcceleration",
    "uploadId",
    "uploads",
    "userDefinedLogFieldsConfig",
    "vod",
    "website",
    "worm",
    "wormExtend",
    "wormId",
    "x-oss-process",
];

/// Finds the operation.
///
/// # Errors
/// OSS has no such operation, or the practice cloud has not.
pub(crate) fn route(call: &Call, target: &Target) -> Result<Operation, Refusal> {
    if let Some(what) = NOT_HERE.iter().find(|name| call.query(name).is_some()) {
        return Err(Refusal::NotImplemented { what: (*what).to_owned() });
    }
    let found = match (&target.bucket, &target.key) {
        (None, _) => service(call),
        (Some(_), None) => bucket(call),
        (Some(_), Some(_)) => object(call),
    };
    found.ok_or_else(|| Refusal::MethodNotAllowed { method: call.method.to_string() })
}

fn service(call: &Call) -> Option<Operation> {
    let block = call.query("publicAccessBlock").is_some();
    match (&call.method, block) {
        (&Method::GET, false) => Some(Operation::ListBuckets),
        (&Method::GET, true) => Some(Operation::GetAccountPublicAccessBlock),
        (&Method::PUT, true) => Some(Operation::PutAccountPublicAccessBlock),
        (&Method::DELETE, true) => Some(Operation::DeleteAccountPublicAccessBlock),
        _ => None,
    }
}

/// Sub-resources of a bucket with what `GET`, `PUT` and `DELETE` do to them.
type Row = (&'static str, [Option<Operation>; 3]);

const BUCKET: &[Row] = &[
    ("bucketInfo", [Some(Operation::GetBucketInfo), None, None]),
    ("stat", [Some(Operation::GetBucketStat), None, None]),
    ("location", [Some(Operation::GetBucketLocation), None, None]),
    ("acl", [Some(Operation::GetBucketAcl), Some(Operation::PutBucketAcl), None]),
    (
        "publicAccessBlock",
        [
            Some(Operation::GetPublicAccessBlock),
            Some(Operation::PutPublicAccessBlock),
            Some(Operation::DeletePublicAccessBlock),
        ],
    ),
    (
        "policy",
        [
            Some(Operation::GetBucketPolicy),
            Some(Operation::PutBucketPolicy),
            Some(Operation::DeleteBucketPolicy),
        ],
    ),
    ("policyStatus", [Some(Operation::GetBucketPolicyStatus), None, None]),
    (
        "logging",
        [
            Some(Operation::GetBucketLogging),
            Some(Operation::PutBucketLogging),
            Some(Operation::DeleteBucketLogging),
        ],
    ),
    (
        "versioning",
        [Some(Operation::GetBucketVersioning), Some(Operation::PutBucketVersioning), None],
    ),
    ("versions", [Some(Operation::ListObjectVersions), None, None]),
];

fn bucket(call: &Call) -> Option<Operation> {
    if let Some((_, operations)) = BUCKET.iter().find(|(name, _)| call.query(name).is_some()) {
        return match call.method {
            Method::GET => operations[0],
            Method::PUT => operations[1],
            Method::DELETE => operations[2],
            _ => None,
        };
    }
    match call.method {
        Method::GET if call.query("list-type") == Some("2") => Some(Operation::ListObjectsV2),
        Method::GET => Some(Operation::ListObjects),
        Method::HEAD => Some(Operation::HeadBucket),
        Method::PUT => Some(Operation::PutBucket),
        Method::DELETE => Some(Operation::DeleteBucket),
        Method::POST if call.query("delete").is_some() => Some(Operation::DeleteObjects),
        _ => None,
    }
}

fn object(call: &Call) -> Option<Operation> {
    let acl = call.query("acl").is_some();
    let copies = call.headers.contains_key("x-oss-copy-source");
    match call.method {
        Method::GET if acl => Some(Operation::GetObjectAcl),
        Method::PUT if acl => Some(Operation::PutObjectAcl),
        Method::HEAD if call.query("objectMeta").is_some() => Some(Operation::GetObjectMeta),
        Method::GET => Some(Operation::GetObject),
        Method::HEAD => Some(Operation::HeadObject),
        Method::PUT if copies => Some(Operation::CopyObject),
        Method::PUT => Some(Operation::PutObject),
        Method::DELETE => Some(Operation::DeleteObject),
        Method::POST if call.query("restore").is_some() => Some(Operation::RestoreObject),
        _ => None,
    }
}
