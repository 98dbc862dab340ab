//! Which right a logged request asked for: providers log operations by other names than policies allow them.
//!
//! Sources: service authorization reference of Amazon S3; Amazon S3 user guide, "Server access log format";
//! OSS documentation, "Fields in log files" and "RAM authorization"; Ceph's operations log.

use claviger_model::Provider;

/// Operations that are another right's, in lower case, with that right as S3 and as OSS call it.
const RIGHTS: [(&[&str], &str, &str); 14] = [
    (
        &[
            "headobject",
            "getobject",
            "get.object",
            "head.object",
            "get_obj",
            "stat_obj",
            "getobjectmeta",
            "selectobjectcontent",
        ],
        "GetObject",
        "GetObject",
    ),
    (
        &[
            "putobject",
            "put.object",
            "post.object",
            "postobject",
            "put_obj",
            "copyobject",
            "copy_obj",
            "createmultipartupload",
            "initiatemultipartupload",
            "uploadpart",
            "uploadpartcopy",
            "completemultipartupload",
            "completeupload",
            "appendobject",
            "put.part",
            "post.uploads",
            "post.upload",
            "copy.object",
            "init_multipart",
            "complete_multipart",
            "putsymlink",
        ],
        "PutObject",
        "PutObject",
    ),
    (
        &[
            "deleteobject",
            "deleteobjects",
            "deletemultipleobjects",
            "delete.object",
            "delete_obj",
            "multi_object_delete",
            "post.multi_object_delete",
            "batch.delete.object",
        ],
        "DeleteObject",
        "DeleteObject",
    ),
    (
        &[
            "listobjects",
            "listobjectsv2",
            "getbucket",
            "getbucketv2",
            "get.bucket",
            "list_bucket",
            "headbucket",
            "head.bucket",
            "stat_bucket",
        ],
        "ListBucket",
        "ListObjects",
    ),
    (
        &["listobjectversions", "getbucketversions", "listobjectversion", "get.bucketversions"],
        "ListBucketVersions",
        "ListObjectVersions",
    ),
    (
        &["listbuckets", "getservice", "get.service", "list_buckets"],
        "ListAllMyBuckets",
        "ListBuckets",
    ),
    (&["getobjectacl", "get.acl", "get_acls"], "GetObjectAcl", "GetObjectAcl"),
    (&["putobjectacl", "put.acl", "put_acls"], "PutObjectAcl", "PutObjectAcl"),
    (&["getobjecttagging", "get.object_tagging"], "GetObjectTagging", "GetObjectTagging"),
    (&["putobjecttagging", "put.object_tagging"], "PutObjectTagging", "PutObjectTagging"),
    (&["abortmultipartupload", "delete.upload"], "AbortMultipartUpload", "AbortMultipartUpload"),
    (&["listparts", "get.upload"], "ListMultipartUploadParts", "ListParts"),
    (
        &["listmultipartuploads", "get.uploads"],
        "ListBucketMultipartUploads",
        "ListMultipartUploads",
    ),
    (&["getbucketlocation", "get.location"], "GetBucketLocation", "GetBucketLocation"),
];

/// The right that an operation needs, such as `s3:GetObject`, of a log that names the operation
/// `REST.HEAD.OBJECT`, `s3.amazonaws.com:HeadObject` or `stat_obj`.
#[must_use]
pub fn action_of(provider: Provider, operation: &str) -> String {
    let is_aliyun = provider == Provider::Aliyun;
    let (source, name) = operation.rsplit_once([':', '/']).unwrap_or(("", operation));
    let word = name.to_ascii_lowercase();
    let word = word.strip_prefix("rest.").unwrap_or(&word);
    let store = if is_aliyun { "oss" } else { "s3" };
    let service = source.split('.').next().filter(|word| !word.is_empty()).unwrap_or(store);
    if service != store {
        return format!("{service}:{name}");
    }
    match RIGHTS.iter().find(|(operations, ..)| operations.contains(&word)) {
        Some((_, _, right)) if is_aliyun => format!("oss:{right}"),
        Some((_, right, _)) => format!("s3:{right}"),
        None => format!("{store}:{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logged_operation_asks_for_a_right() {
        for (provider, operation, expected) in [
            (Provider::Aliyun, "GetObject", "oss:GetObject"),
            (Provider::Aliyun, "HeadObject", "oss:GetObject"),
            (Provider::Aliyun, "GetBucket", "oss:ListObjects"),
            (Provider::Aliyun, "ram:CreateUser", "ram:CreateUser"),
            (Provider::Aws, "REST.HEAD.OBJECT", "s3:GetObject"),
            (Provider::Aws, "s3.amazonaws.com:ListObjectsV2", "s3:ListBucket"),
            (Provider::Aws, "iam.amazonaws.com:CreateUser", "iam:CreateUser"),
            (Provider::S3, "get_obj", "s3:GetObject"),
            (Provider::S3, "s3:GetBucketTagging", "s3:GetBucketTagging"),
        ] {
            assert_eq!(action_of(provider, operation), expected, "{operation}");
        }
    }
}
