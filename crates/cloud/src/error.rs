//! What a cloud can answer instead of the answer, and the way out of it.

use std::fmt;
use std::path::PathBuf;

use claviger_dial::DialError;
use claviger_model::Provider;

/// A refusal in the provider's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The call, with its service: `oss:PutObjectAcl`.
    pub call: &'static str,
    /// HTTP status.
    pub status: u16,
    /// The provider's code; empty where it gave none.
    pub code: String,
    /// The provider's message, cut to 1,000 characters; may be empty.
    pub message: String,
    /// Names the request for the provider's support.
    pub request_id: Option<String>,
    /// Where the provider says the bucket is.
    pub(crate) endpoint: Option<String>,
    /// The region that the provider says the bucket is in.
    pub(crate) region: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was answered with {}", self.call, self.status)?;
        for word in [&self.code, &self.message] {
            if !word.is_empty() {
                write!(f, " {word}")?;
            }
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

/// The right to the plain text of what a key of KMS encrypts.
const DECRYPT: &str = "kms:Decrypt";

/// How stores say that an object is archived.
const ARCHIVED: &str = "InvalidObjectState";

/// What a cloud can answer instead of the answer.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// The connection's settings cannot work.
    #[error("the connection is not usable: {why}")]
    Settings {
        /// What is wrong.
        why: String,
    },
    /// The place that credentials are taken from has none.
    #[error("the credentials cannot be taken: {why}")]
    CredentialsMissing {
        /// What is wrong, without what was read.
        why: String,
        /// The way out.
        hint: String,
        /// What happened on the way, where they are asked for by HTTP.
        #[source]
        source: Option<DialError>,
    },
    /// No answer came.
    #[error("{call}: no answer from `{host}`")]
    Unreachable {
        /// The call.
        call: &'static str,
        /// Host and port.
        host: String,
        /// What happened.
        #[source]
        source: DialError,
    },
    /// The address is one that is not dialled.
    #[error("{call}: the address is not allowed")]
    AddressRefused {
        /// The call.
        call: &'static str,
        /// Which and why.
        #[source]
        source: DialError,
    },
    /// The access key id is unknown or disabled, or the secret is not its own.
    #[error("the credential was refused: {0}")]
    CredentialRefused(Box<Refusal>),
    /// The token of a temporary credential is over.
    #[error("the security token has expired: {0}")]
    TokenExpired(Box<Refusal>),
    /// The credential is good and may not do this.
    #[error("denied: {0}")]
    Denied(Box<Refusal>),
    /// The clocks differ too much, also after a try with the server's own time.
    #[error("the clocks differ: {0}")]
    ClockSkew(Box<Refusal>),
    /// Too many calls.
    #[error("throttled: {0}")]
    Throttled(Box<Refusal>),
    /// What the call is about is not there.
    #[error("not found: {0}")]
    NotFound(Box<Refusal>),
    /// The service is ill.
    #[error("the service failed: {0}")]
    Unavailable(Box<Refusal>),
    /// Any other refusal.
    #[error("refused: {0}")]
    Refused(Box<Refusal>),
    /// The answer is not what the documents promise.
    #[error("{call}: the answer could not be read: {why}")]
    Malformed {
        /// The call.
        call: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// This cloud has no such call.
    #[error("{} cannot {call}", provider.title())]
    NotSupported {
        /// What was asked, as a verb: `disable a key`.
        call: &'static str,
        /// Who lacks it.
        provider: Provider,
    },
    /// The name cannot stand in an address: a bucket name with odd characters, or an object called
    /// `.` or `..`.
    #[error("`{name}` cannot be asked for by HTTP")]
    Unaddressable {
        /// The name.
        name: String,
    },
    /// A file of a folder could not be read or written.
    #[error("could not {call} `{}`", path.display())]
    File {
        /// What was tried, as a verb.
        call: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A name that leads out of its folder, by a link or by `..`.
    #[error("`{name}` leads out of the folder")]
    OutsideFolder {
        /// The name.
        name: String,
    },
}

impl CloudError {
    /// A stable word for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use std::io::ErrorKind;
        match self {
            Self::Settings { .. } => "settings_invalid",
            Self::CredentialsMissing { .. } => "credentials_missing",
            Self::Unreachable { .. } => "unreachable",
            Self::AddressRefused { .. } => "address_refused",
            Self::CredentialRefused(_) => "credential_refused",
            Self::TokenExpired(_) => "token_expired",
            Self::Denied(_) | Self::OutsideFolder { .. } => "denied",
            Self::ClockSkew(_) => "clock_skew",
            Self::Throttled(_) => "throttled",
            Self::NotFound(_) => "not_found",
            Self::Unavailable(_) => "unavailable",
            Self::Refused(_) => "refused",
            Self::Malformed { .. } => "malformed",
            Self::NotSupported { .. } => "not_supported",
            Self::Unaddressable { .. } => "unaddressable",
            Self::File { source, .. } => match source.kind() {
                ErrorKind::NotFound => "not_found",
                ErrorKind::PermissionDenied => "denied",
                ErrorKind::StorageFull => "disk_full",
                _ => "unreadable",
            },
        }
    }

    /// The exact way out, in words.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Settings { .. } => "change the connection's settings".to_owned(),
            Self::CredentialsMissing { hint, .. } => hint.clone(),
            Self::Unreachable { source, .. } | Self::AddressRefused { source, .. } => source.hint(),
            Self::CredentialRefused(refusal) => credential_hint(refusal),
            Self::TokenExpired(_) => {
                "fetch a new token and store it in the connection, or give the \
                                      connection an access key that does not expire"
                    .to_owned()
            }
            Self::Denied(refusal) => denied_hint(refusal),
            Self::ClockSkew(_) => {
                "set this machine's clock, for example by `timedatectl set-ntp true`".to_owned()
            }
            Self::Throttled(_) => {
                "wait: it is tried again later; if it stays so, ask the provider for a higher limit"
                    .to_owned()
            }
            Self::NotFound(_) => {
                "check its name, account and region; an asset that was deleted goes with \
                 `claviger connections synchronize`"
                    .to_owned()
            }
            Self::Unavailable(_) => {
                "wait: it is tried again later; the provider's status page may say more".to_owned()
            }
            Self::Refused(refusal) => refused_hint(refusal),
            Self::Malformed { .. } => {
                "check that the endpoint is the provider's and not that of something else"
                    .to_owned()
            }
            Self::NotSupported { provider: Provider::S3, .. } => {
                "do it by the provider's own means; if it is a MinIO, connect it as `minio`"
                    .to_owned()
            }
            Self::NotSupported { .. } => "do it by the provider's own means".to_owned(),
            Self::Unaddressable { .. } => "rename it by the provider's own means".to_owned(),
            Self::File { .. } => match self.code() {
                "denied" => "give the user that runs Claviger the right to read it".to_owned(),
                "disk_full" => "free some space on that disk".to_owned(),
                _ => "check that the folder is there and mounted".to_owned(),
            },
            Self::OutsideFolder { .. } => {
                "links are not followed; connect the folder they lead to instead".to_owned()
            }
        }
    }

    /// Whether the same call may succeed a while later without anybody doing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Throttled(_) | Self::Unavailable(_) => true,
            Self::Unreachable { source, .. } => source.is_retryable(),
            _ => false,
        }
    }

    /// The right that is missing, as policies name it, where the answer is that one is.
    #[must_use]
    pub fn missing_right(&self) -> Option<&'static str> {
        match self {
            Self::Denied(refusal) => Some(missing(refusal)),
            _ => None,
        }
    }

    /// Whether the cloud, or this store, has no such call at all.
    #[must_use]
    pub fn is_lacking(&self) -> bool {
        matches!(self, Self::NotSupported { .. })
            || self.has_code("NotImplemented")
            || self.has_code("MethodNotAllowed")
    }

    /// Whether an object cannot be read before somebody has it restored from its archive.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        self.has_code(ARCHIVED)
    }

    /// The provider's own words, where it gave any.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::CredentialRefused(refusal)
            | Self::TokenExpired(refusal)
            | Self::Denied(refusal)
            | Self::ClockSkew(refusal)
            | Self::Throttled(refusal)
            | Self::NotFound(refusal)
            | Self::Unavailable(refusal)
            | Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether the provider refused with a code that begins so.
    pub(crate) fn has_code(&self, prefix: &str) -> bool {
        self.refusal().is_some_and(|refusal| refusal.code.starts_with(prefix))
    }
}

fn credential_hint(refusal: &Refusal) -> String {
    let words = format!("{} {}", refusal.code, refusal.message).to_ascii_lowercase();
    if words.contains("inactive") || words.contains("disabled") {
        return "the access key is disabled: enable it, or give the connection another".to_owned();
    }
    if refusal.code.starts_with("SignatureDoesNotMatch") {
        return "the secret does not belong to this access key id: enter the pair again".to_owned();
    }
    "this access key id is not known to the provider: enter the pair again, or a new one".to_owned()
}

fn denied_hint(refusal: &Refusal) -> String {
    if refusal.message.contains("risk of leakage") {
        return "the provider itself has restricted this access key because it leaked: replace it"
            .to_owned();
    }
    let user = match refusal.call.split(':').next() {
        Some("iam" | "s3" | "cloudtrail" | "secretsmanager" | "sts") => "IAM user",
        Some("admin") => "MinIO user",
        _ => "RAM user",
    };
    let right = missing(refusal);
    let on = if right == DECRYPT { " on the key that encrypts the bucket" } else { "" };
    format!("allow `{right}`{on} to the {user} of this connection")
}

/// The right that a refused call lacks. Reading what is encrypted with a key of KMS needs another service's as well, and
/// the refusal names it (KMS developer guide, "Troubleshooting `AccessDenied`").
fn missing(refusal: &Refusal) -> &'static str {
    match refusal.message.contains(DECRYPT) {
        true => DECRYPT,
        false => action(refusal.call),
    }
}

fn refused_hint(refusal: &Refusal) -> String {
    match refusal.code.as_str() {
        ARCHIVED => "the object is archived: restore it, and it is read then".to_owned(),
        code if code.starts_with("LimitExceeded") => {
            "a limit of the account is reached: delete what is no longer needed".to_owned()
        }
        _ => "the provider's message says what it wants".to_owned(),
    }
}

/// The permission that a call needs, where it is not called like the call.
fn action(call: &'static str) -> &'static str {
    match call {
        "oss:HeadObject" => "oss:GetObject",
        "oss:ListObjectsV2" => "oss:ListObjects",
        "s3:ListObjectsV2" => "s3:ListBucket",
        "s3:ListObjectVersions" => "s3:ListBucketVersions",
        "s3:HeadObject" => "s3:GetObject",
        "s3:ListBuckets" => "s3:ListAllMyBuckets",
        "s3:GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock",
        "s3:PutPublicAccessBlock" | "s3:DeletePublicAccessBlock" => "s3:PutBucketPublicAccessBlock",
        // IMS shares the permissions of RAM.
        "ims:GetAccessKeyPolicy" => "ram:GetAccessKeyPolicy",
        "ims:GetDefaultDomain" => "ram:GetDefaultDomain",
        "ims:GetUser" => "ram:GetUser",
        "ims:ListAccessKeysInRecycleBin" => "ram:ListAccessKeysInRecycleBin",
        "ims:RestoreAccessKeyFromRecycleBin" => "ram:RestoreAccessKeyFromRecycleBin",
        "ims:SetAccessKeyPolicy" => "ram:SetAccessKeyPolicy",
        "log:GetCursor" | "log:PullLogs" => "log:GetCursorOrData",
        call => call,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(call: &'static str, code: &str, message: &str) -> Box<Refusal> {
        Box::new(Refusal {
            call,
            status: 403,
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: None,
            endpoint: None,
            region: None,
        })
    }

    #[test]
    fn a_denied_call_names_the_missing_permission() {
        let denied = CloudError::Denied(refusal("oss:HeadObject", "AccessDenied", ""));
        assert!(denied.hint().contains("`oss:GetObject` to the RAM user"), "{}", denied.hint());
        let denied = CloudError::Denied(refusal("s3:ListObjectsV2", "AccessDenied", ""));
        assert!(denied.hint().contains("`s3:ListBucket` to the IAM user"), "{}", denied.hint());
        let why = "User: u is not authorized to perform: kms:Decrypt on the resource";
        let denied = CloudError::Denied(refusal("s3:GetObject", "AccessDenied", why));
        let hint = denied.hint();
        assert!(hint.contains("`kms:Decrypt` on the key that encrypts the bucket"), "{hint}");
        assert_eq!(denied.missing_right(), Some("kms:Decrypt"));
        let denied = CloudError::Denied(refusal("admin:ListUsers", "AccessDenied", ""));
        assert!(denied.hint().contains("`admin:ListUsers` to the MinIO user"), "{}", denied.hint());
    }

    #[test]
    fn a_refused_credential_says_which_half_is_wrong() {
        let hint =
            |code, message| CloudError::CredentialRefused(refusal("oss:x", code, message)).hint();
        assert!(hint("InvalidAccessKeyId", "is disabled").contains("disabled"));
        assert!(hint("SignatureDoesNotMatch", "").contains("secret"));
        assert!(hint("InvalidAccessKeyId", "").contains("not known"));
    }
}
