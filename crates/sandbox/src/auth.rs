//! Who sends a request: the signature that it carries is computed again with the key's secret.
//!
//! Every signature of the providers is known: OSS V1 and V4, AWS V4, each in a header or in a pre-signed
//! address; those of the accounts' services are read in `rpc`.

use std::net::IpAddr;

use claviger_cloud::sign::{Malformed, Parts, oss_v1, oss_v4, sig_v4};
use claviger_model::Secret;
use jiff::{SignedDuration, Timestamp};

use crate::access::covers;
use crate::holder::{self, Holder, KeyProblem};
use crate::minio;
use crate::refusal::Refusal;
use crate::world::{Key, World};

/// How far a request's date may be off (OSS documentation, "RequestTimeTooSkewed").
pub(crate) const SKEW_MAX: SignedDuration = SignedDuration::from_mins(15);

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Nobody says.
    Anonymous,
    /// The account itself.
    Root {
        /// The key that signed.
        access_key_id: String,
    },
    /// A RAM user.
    User {
        /// Name.
        name: String,
        /// Numeric id.
        user_id: String,
        /// The key that signed.
        access_key_id: String,
    },
    /// Somebody who took on a RAM role, by a temporary key.
    Role {
        /// Name of the role.
        name: String,
        /// Numeric id of the role.
        role_id: String,
        /// Name of the session.
        session: String,
        /// The key that signed, beginning with `STS.`.
        access_key_id: String,
    },
    /// A user of MinIO, by its own pair or by an access key of it.
    Minio {
        /// Name of the user; of the owner, the id of the account's own key.
        user: String,
        /// The key that signed: the user's name, where it signed by itself.
        access_key_id: String,
    },
}

impl Caller {
    /// The key that signed.
    pub(crate) fn access_key_id(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Root { access_key_id }
            | Self::User { access_key_id, .. }
            | Self::Role { access_key_id, .. }
            | Self::Minio { access_key_id, .. } => Some(access_key_id),
        }
    }

    /// Whether a bucket policy's principal names the caller: a user by id, a role's session by
    /// `arn:sts::<uid>:assumed-role/<role>/<session>`, where `*` may stand for a part.
    pub(crate) fn is_named(&self, principal: &str) -> bool {
        match self {
            Self::User { user_id, .. } => user_id == principal,
            Self::Role { name, session, .. } => {
                let path =
                    principal.strip_prefix("arn:sts::").and_then(|rest| rest.split_once(':'));
                let own = format!("assumed-role/{name}/{session}");
                path.is_some_and(|(_, pattern)| covers(pattern, &own))
            }
            Self::Anonymous | Self::Root { .. } | Self::Minio { .. } => false,
        }
    }

    /// The caller that a key makes.
    pub(crate) fn of_key(world: &World, key: &Key) -> Self {
        let access_key_id = key.access_key_id.as_str().to_owned();
        match key.user.as_deref().and_then(|name| world.users.get(name)) {
            None => Self::Root { access_key_id },
            Some(user) => {
                Self::User { name: user.name.clone(), user_id: user.user_id.clone(), access_key_id }
            }
        }
    }
}

/// A signature of one of the kinds, as the request presents it.
enum Presented {
    OssV1(oss_v1::Presented),
    OssV4(oss_v4::Presented),
    SigV4(sig_v4::Presented),
}

impl Presented {
    fn read(parts: &Parts) -> Result<Option<Self>, Malformed> {
        if let Some(found) = oss_v4::Presented::parse(parts)? {
            return Ok(Some(Self::OssV4(found)));
        }
        if let Some(found) = sig_v4::Presented::parse(parts)? {
            return Ok(Some(Self::SigV4(found)));
        }
        Ok(oss_v1::Presented::parse(parts)?.map(Self::OssV1))
    }

    fn access_key_id(&self) -> &str {
        match self {
            Self::OssV1(found) => &found.access_key_id,
            Self::OssV4(found) => &found.access_key_id,
            Self::SigV4(found) => &found.access_key_id,
        }
    }

    fn security_token(&self) -> Option<&str> {
        match self {
            Self::OssV1(found) => found.security_token.as_deref(),
            Self::OssV4(found) => found.security_token.as_deref(),
            Self::SigV4(found) => found.security_token.as_deref(),
        }
    }

    fn signature(&self) -> &str {
        match self {
            Self::OssV1(found) => &found.signature,
            Self::OssV4(found) => &found.signature,
            Self::SigV4(found) => &found.signature,
        }
    }

    fn time(&self) -> Option<Timestamp> {
        match self {
            Self::OssV1(found) => found.time,
            Self::OssV4(found) => Some(found.time),
            Self::SigV4(found) => Some(found.time),
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::OssV1(found) => found.expires_at,
            Self::OssV4(found) => found.expires_at,
            Self::SigV4(found) => found.expires_at,
        }
    }

    fn matches(&self, parts: &Parts, secret: &Secret) -> bool {
        match self {
            Self::OssV1(found) => found.matches(parts, secret),
            Self::OssV4(found) => found.matches(parts, secret),
            Self::SigV4(found) => found.matches(parts, secret),
        }
    }

    fn string_to_sign(&self, parts: &Parts) -> String {
        match self {
            Self::OssV1(found) => found.string_to_sign(parts),
            Self::OssV4(found) => found.string_to_sign(parts),
            Self::SigV4(found) => found.string_to_sign(parts),
        }
    }
}

/// The key id that a request claims, whether its signature holds or not.
pub(crate) fn presented_key_id(parts: &Parts) -> Option<String> {
    let presented = Presented::read(parts).ok()??;
    Some(presented.access_key_id().to_owned())
}

/// Finds out who sent a request to the storage service.
///
/// # Errors
/// The signature is malformed, out of date or wrong, or its key is unknown or disabled.
pub(crate) fn authenticate(
    world: &World,
    parts: &Parts,
    source_ip: IpAddr,
    now: Timestamp,
) -> Result<Caller, Refusal> {
    let presented = Presented::read(parts).map_err(|malformed| {
        Refusal::argument("Authorization", malformed.missing, "the signature is incomplete")
    })?;
    let Some(presented) = presented else { return Ok(Caller::Anonymous) };
    let access_key_id = presented.access_key_id();
    let refuse = |problem| match problem {
        KeyProblem::Disabled if !world.keys.contains_key(access_key_id) => {
            Refusal::DisabledMinioKey
        }
        problem => key_refusal(problem, access_key_id),
    };
    let token = presented.security_token();
    let holder = match holder::of(world, access_key_id, token, now) {
        Err(KeyProblem::Unknown) if token.is_none() => {
            minio::holder(world, access_key_id).map(Holder::of_minio)
        }
        holder => holder,
    };
    let holder = holder.map_err(refuse)?;
    check_time(&presented, now)?;
    if !presented.matches(parts, holder.secret) {
        return Err(Refusal::SignatureDoesNotMatch {
            access_key_id: access_key_id.to_owned(),
            provided: presented.signature().to_owned(),
            string_to_sign: presented.string_to_sign(parts),
        });
    }
    holder.check_network(world, source_ip).map_err(refuse)?;
    Ok(holder.caller)
}

/// A key that may not be used, as the storage services refuse it.
fn key_refusal(problem: KeyProblem, access_key_id: &str) -> Refusal {
    let access_key_id = access_key_id.to_owned();
    match problem {
        KeyProblem::Unknown | KeyProblem::TokenMissing => Refusal::UnknownKey { access_key_id },
        KeyProblem::Disabled => Refusal::DisabledKey { access_key_id },
        KeyProblem::OutsideNetwork => Refusal::OutsideNetwork { access_key_id },
        KeyProblem::TokenWrong => Refusal::InvalidSecurityToken,
        KeyProblem::TokenExpired => Refusal::SecurityTokenExpired,
    }
}

/// A pre-signed address ends at its time; any other request is dated now.
fn check_time(presented: &Presented, now: Timestamp) -> Result<(), Refusal> {
    if let Some(expires_at) = presented.expires_at() {
        return if now > expires_at {
            Err(Refusal::denied("Request has expired."))
        } else {
            Ok(())
        };
    }
    match presented.time() {
        Some(time) if is_close(time, now) => Ok(()),
        _ => Err(Refusal::RequestTimeTooSkewed { now: now.to_string() }),
    }
}

/// Whether a date is close enough to now.
pub(crate) fn is_close(time: Timestamp, now: Timestamp) -> bool {
    now.duration_since(time).abs() <= SKEW_MAX
}
