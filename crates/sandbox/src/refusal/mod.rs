//! Why OSS and S3 refuse a request, and the words each of them has for it.
//!
//! Codes, statuses and messages are the providers' own: official clients raise different errors by
//! them, and access logs carry the code. `EC` is OSS's finer number (OSS documentation, "EC error codes").

mod archive;

use crate::world::StorageClass;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No bucket has this name.
    NoSuchBucket { bucket: String },
    /// The bucket has no such object.
    NoSuchKey { key: String },
    /// The object was deleted: its last version is a delete marker.
    DeletedKey { key: String },
    /// The object has no such version.
    NoSuchVersion { key: String, version_id: String },
    /// The version asked for is a delete marker, which has no content.
    IsDeleteMarker { version_id: String },
    /// The bucket has no policy.
    NoSuchBucketPolicy { bucket: String },
    /// The bucket still holds objects.
    BucketNotEmpty { bucket: String },
    /// The name is no bucket name.
    InvalidBucketName { bucket: String },
    /// The name is no object key.
    InvalidObjectName { key: String },
    /// A parameter or header makes no sense.
    InvalidArgument { name: String, value: String, message: String },
    /// The caller may not do this; `ec` is OSS's finer number.
    AccessDenied { message: String, ec: &'static str },
    /// No key has this id, or it was deleted.
    UnknownKey { access_key_id: String },
    /// The key is disabled.
    DisabledKey { access_key_id: String },
    /// The key of MinIO is disabled, which MinIO says in so many words.
    DisabledMinioKey,
    /// The key's network restriction does not admit the caller's address.
    OutsideNetwork { access_key_id: String },
    /// The security token does not belong to the key.
    InvalidSecurityToken,
    /// The temporary key's time is over.
    SecurityTokenExpired,
    /// The signature is not the one the key's secret gives.
    SignatureDoesNotMatch { access_key_id: String, provided: String, string_to_sign: String },
    /// The request's date is more than 15 minutes off.
    RequestTimeTooSkewed { now: String },
    /// `Content-MD5` is no MD5.
    InvalidDigest { provided: String },
    /// The body is not the one that `Content-MD5` or a checksum announces.
    BadDigest { provided: String, computed: String },
    /// The XML of the request cannot be read.
    MalformedXml,
    /// The policy cannot be read.
    InvalidPolicyDocument { message: String },
    /// Logs cannot go to this bucket.
    InvalidTargetBucketForLogging { bucket: String },
    /// The object exists and must not be overwritten.
    FileAlreadyExists { key: String },
    /// A condition of the request does not hold.
    PreconditionFailed { condition: String },
    /// The range lies behind the object's end.
    InvalidRange { range: String },
    /// The object lies in an archive and is not restored.
    InvalidObjectState { storage_class: StorageClass },
    /// The same of the source of a copy, for which S3 has another word.
    SourceInArchive { storage_class: StorageClass },
    /// Only archived objects can be restored.
    NotArchived { storage_class: StorageClass },
    /// The object is being restored.
    RestoreAlreadyInProgress,
    /// There is no such storage class.
    InvalidStorageClass { class: String },
    /// The body is larger than the practice cloud takes.
    EntityTooLarge,
    /// The method does not fit the address.
    MethodNotAllowed { method: String },
    /// The machine failed, not the request.
    Internal,
    /// The real service can do this, the practice cloud cannot.
    NotImplemented { what: String },
}

/// A refusal as it goes over the wire.
#[derive(Debug)]
pub(crate) struct Wire {
    /// HTTP status.
    pub(crate) status: u16,
    /// `NoSuchKey`, ….
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) message: String,
    /// OSS's finer number; empty where it has none that we know.
    pub(crate) ec: &'static str,
    /// Further elements of the error document.
    pub(crate) details: Vec<(&'static str, String)>,
}

impl Wire {
    fn new(status: u16, code: &'static str, message: &str, ec: &'static str) -> Self {
        Self { status, code, message: message.to_owned(), ec, details: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.details.push((name, value.to_owned()));
        self
    }
}

impl Refusal {
    /// A refusal of access in OSS's words; S3 has only one sentence for all.
    pub(crate) fn denied(message: &str) -> Self {
        Self::denied_by(message, "0003-00000001")
    }

    /// The same with the finer number that says who denies it.
    pub(crate) fn denied_by(message: &str, ec: &'static str) -> Self {
        Self::AccessDenied { message: message.to_owned(), ec }
    }

    /// A parameter or header that makes no sense.
    pub(crate) fn argument(name: &str, value: &str, message: &str) -> Self {
        Self::InvalidArgument {
            name: name.to_owned(),
            value: value.to_owned(),
            message: message.to_owned(),
        }
    }

    /// Whether a delete marker is what stands in the way: answers say so in a header.
    pub(crate) fn is_about_a_delete_marker(&self) -> bool {
        matches!(self, Self::DeletedKey { .. } | Self::IsDeleteMarker { .. })
    }

    /// The refusal in OSS's words.
    pub(crate) fn oss(&self) -> Wire {
        match self {
            Self::UnknownKey { access_key_id } => Wire::new(
                403,
                "InvalidAccessKeyId",
                "The OSS Access Key Id you provided does not exist in our records.",
                "0002-00000902",
            )
            .with("OSSAccessKeyId", access_key_id),
            Self::DisabledMinioKey => self.s3(),
            Self::DisabledKey { access_key_id } => Wire::new(
                403,
                "InvalidAccessKeyId",
                "The OSS Access Key Id you provided is disabled.",
                "0002-00000903",
            )
            .with("OSSAccessKeyId", access_key_id),
            Self::SignatureDoesNotMatch { access_key_id, provided, string_to_sign } => {
                signature_mismatch("OSSAccessKeyId", access_key_id, provided, string_to_sign)
            }
            Self::AccessDenied { message, ec } => Wire::new(403, "AccessDenied", message, ec),
            // Which words OSS itself has for this is published nowhere; the accounts' services' are.
            Self::OutsideNetwork { access_key_id } => {
                let message = "Specified access key denied due to access policy.";
                Wire::new(403, "AccessDenied", message, "").with("OSSAccessKeyId", access_key_id)
            }
            Self::InvalidSecurityToken => Wire::new(
                403,
                "InvalidSecurityToken",
                "The security token you provided is invalid.",
                "0002-00000006",
            ),
            Self::SecurityTokenExpired => Wire::new(
                403,
                "SecurityTokenExpired",
                "The security token you provided has expired.",
                "0002-00000007",
            ),
            Self::NotImplemented { what } => Wire::new(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented.",
                "",
            )
            .with("Header", what),
            Self::EntityTooLarge => Wire::new(
                400,
                "EntityTooLarge",
                "Your proposed upload exceeds the maximum allowed size.",
                "",
            ),
            Self::InvalidRange { range } => {
                Wire::new(416, "InvalidRange", "The requested range cannot be satisfied.", "")
                    .with("RangeRequested", range)
            }
            _ => archive::oss(self).unwrap_or_else(|| self.shared()),
        }
    }

    /// The refusal in S3's words.
    pub(crate) fn s3(&self) -> Wire {
        match self {
            Self::DisabledMinioKey => Wire::new(
                403,
                "InvalidAccessKeyId",
                "Your account is disabled; please contact your administrator.",
                "",
            ),
            Self::UnknownKey { access_key_id } | Self::DisabledKey { access_key_id } => Wire::new(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                "",
            )
            .with("AWSAccessKeyId", access_key_id),
            Self::SignatureDoesNotMatch { access_key_id, provided, string_to_sign } => {
                signature_mismatch("AWSAccessKeyId", access_key_id, provided, string_to_sign)
            }
            Self::AccessDenied { .. } | Self::OutsideNetwork { .. } => {
                Wire::new(403, "AccessDenied", "Access Denied", "")
            }
            Self::InvalidSecurityToken => {
                let message = "The provided token is malformed or otherwise invalid.";
                Wire::new(400, "InvalidToken", message, "")
            }
            Self::SecurityTokenExpired => {
                Wire::new(400, "ExpiredToken", "The provided token has expired.", "")
            }
            Self::InvalidBucketName { bucket } => {
                Wire::new(400, "InvalidBucketName", "The specified bucket is not valid.", "")
                    .with("BucketName", bucket)
            }
            Self::InvalidObjectName { key } => {
                Wire::new(400, "KeyTooLongError", "Your key is too long or not UTF-8.", "")
                    .with("Key", key)
            }
            Self::NotImplemented { what } => Wire::new(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented",
                "",
            )
            .with("Header", what),
            Self::EntityTooLarge => Wire::new(
                400,
                "EntityTooLarge",
                "Your proposed upload exceeds the maximum allowed size",
                "",
            ),
            Self::InvalidRange { range } => {
                Wire::new(416, "InvalidRange", "The requested range is not satisfiable", "")
                    .with("RangeRequested", range)
            }
            Self::FileAlreadyExists { .. } => Wire::new(
                412,
                "PreconditionFailed",
                "At least one of the pre-conditions you specified did not hold",
                "",
            ),
            _ => archive::s3(self).unwrap_or_else(|| self.shared()),
        }
    }

    /// What both say alike.
    fn shared(&self) -> Wire {
        match self {
            Self::NoSuchBucket { bucket } => Wire::new(
                404,
                "NoSuchBucket",
                "The specified bucket does not exist.",
                "0015-00000101",
            )
            .with("BucketName", bucket),
            Self::NoSuchVersion { key, version_id } => {
                let message = "The specified version does not exist.";
                Wire::new(404, "NoSuchVersion", message, "")
                    .with("Key", key)
                    .with("VersionId", version_id)
            }
            Self::IsDeleteMarker { version_id } => {
                let message = "The specified method is not allowed against this resource.";
                Wire::new(405, "MethodNotAllowed", message, "").with("VersionId", version_id)
            }
            Self::NoSuchKey { key } | Self::DeletedKey { key } => {
                Wire::new(404, "NoSuchKey", "The specified key does not exist.", "0026-00000001")
                    .with("Key", key)
            }
            Self::NoSuchBucketPolicy { bucket } => {
                Wire::new(404, "NoSuchBucketPolicy", "The bucket policy does not exist", "")
                    .with("BucketName", bucket)
            }
            Self::BucketNotEmpty { bucket } => {
                let message = "The bucket you tried to delete is not empty.";
                Wire::new(409, "BucketNotEmpty", message, "0015-00000301")
                    .with("BucketName", bucket)
            }
            Self::InvalidBucketName { bucket } => {
                let message = "The specified bucket is not valid.";
                Wire::new(400, "InvalidBucketName", message, "0015-00000001")
                    .with("BucketName", bucket)
            }
            Self::FileAlreadyExists { key } => {
                let message = "The object you specified already exists and can not be overwritten.";
                Wire::new(409, "FileAlreadyExists", message, "").with("Key", key)
            }
            Self::InvalidTargetBucketForLogging { bucket } => Wire::new(
                400,
                "InvalidTargetBucketForLogging",
                "The target bucket for logging does not exist or is not owned by you.",
                "",
            )
            .with("TargetBucket", bucket),
            Self::MethodNotAllowed { method } => {
                let message = "The specified method is not allowed against this resource.";
                Wire::new(405, "MethodNotAllowed", message, "").with("Method", method)
            }
            _ => self.about_input(),
        }
    }

    /// What both say alike about a request that cannot be read.
    fn about_input(&self) -> Wire {
        match self {
            Self::InvalidObjectName { key } => {
                Wire::new(400, "InvalidObjectName", "The specified object is not valid.", "")
                    .with("ObjectName", key)
            }
            Self::InvalidArgument { name, value, message } => {
                Wire::new(400, "InvalidArgument", message, "")
                    .with("ArgumentName", name)
                    .with("ArgumentValue", value)
            }
            Self::RequestTimeTooSkewed { now } => Wire::new(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
                "0002-00000504",
            )
            .with("MaxAllowedSkewMilliseconds", "900000")
            .with("ServerTime", now),
            Self::InvalidDigest { provided } => {
                Wire::new(400, "InvalidDigest", "The Content-MD5 you specified was invalid.", "")
                    .with("Content-MD5", provided)
            }
            Self::BadDigest { provided, computed } => Wire::new(
                400,
                "BadDigest",
                "The Content-MD5 you specified did not match what we received.",
                "",
            )
            .with("ClientMD5", provided)
            .with("ServerMD5", computed),
            Self::MalformedXml => Wire::new(
                400,
                "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our \
                 published schema.",
                "0031-00000001",
            ),
            Self::InvalidPolicyDocument { message } => {
                Wire::new(400, "InvalidPolicyDocument", message, "")
            }
            Self::PreconditionFailed { condition } => {
                let message = "At least one of the pre-conditions you specified did not hold.";
                Wire::new(412, "PreconditionFailed", message, "").with("Condition", condition)
            }
            // Every other refusal has been put into words before it came here.
            _ => Wire::new(
                500,
                "InternalError",
                "We encountered an internal error. Please try again.",
                "",
            ),
        }
    }
}

fn signature_mismatch(
    id_element: &'static str,
    access_key_id: &str,
    provided: &str,
    string_to_sign: &str,
) -> Wire {
    Wire::new(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check \
         your key and signing method.",
        "0002-00000040",
    )
    .with(id_element, access_key_id)
    .with("SignatureProvided", provided)
    .with("StringToSign", string_to_sign)
}
