//! Who in the world may read an object: computed from everything that decides it, with the line that does.
//!
//! The stranger is anybody on the internet who signs nothing. What the stranger chooses (transport, agent,
//! referrer) is no hindrance; what the stranger is not (an address that is named, a member of an
//! organisation) is one. The order is the providers': a denial in the bucket's policy stands above all, a
//! block takes away what lists and policies give, and of these either suffices.

use claviger_model::{Acl, Provider, PublicAccessBlock, PublicSettings};

use crate::policy::{Effect, Facts, Policy, Request, Who};

/// Whether anybody may read an object, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Whether anybody may.
    pub is_public: bool,
    /// What decides it.
    pub by: Deciding,
    /// The deciding line, as the provider has it.
    pub line: String,
}

/// What decides who may read an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deciding {
    /// A statement of the bucket's policy that refuses.
    PolicyDeny,
    /// A statement of the bucket's policy that allows.
    PolicyAllow,
    /// The block of the whole account.
    AccountBlock,
    /// The block of the bucket.
    BucketBlock,
    /// The object's own list.
    ObjectAcl,
    /// The bucket's list, which the object inherits.
    BucketAcl,
    /// What would decide it could not be read.
    Unknown,
}

impl Deciding {
    /// What it is called on pages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::PolicyDeny | Self::PolicyAllow => "bucket policy",
            Self::AccountBlock => "block public access of the account",
            Self::BucketBlock => "block public access of the bucket",
            Self::ObjectAcl => "object ACL",
            Self::BucketAcl => "bucket ACL, inherited",
            Self::Unknown => "not known",
        }
    }
}

/// Whether anybody may read `object` of `bucket`, whose own list is `object_acl`.
#[must_use]
pub fn of_object(
    provider: Provider,
    settings: &PublicSettings,
    (bucket, object): (&str, &str),
    object_acl: Option<Acl>,
) -> Exposure {
    let policy = settings.policy.as_deref().map(Policy::read);
    let action = match provider {
        Provider::Aliyun => "oss:GetObject",
        Provider::Aws | Provider::S3 | Provider::Minio | Provider::Folder => "s3:GetObject",
    };
    let path = format!("{bucket}/{object}");
    let (who, facts) = (Who::Stranger, Facts::of_stranger());
    let request = Request { who, action, path: &path, facts: facts.clone() };
    let line_of = |effect| policy.as_ref().and_then(|policy| policy.certain(effect, &request));
    if let Some(line) = line_of(Effect::Deny) {
        return Exposure { is_public: false, by: Deciding::PolicyDeny, line };
    }
    let allowed = line_of(Effect::Allow);
    // A store that is not AWS may keep this half of a block without acting on it: Ceph 16.2 does.
    let acts = matches!(provider, Provider::Aws | Provider::Aliyun);
    let is_open = acts && policy.as_ref().is_some_and(|policy| policy.opens_anything(who, &facts));
    if is_open && let Some(closed) = blocked(settings, |block| block.restrict_public_buckets) {
        return closed;
    }
    if let Some(line) = allowed {
        return Exposure { is_public: true, by: Deciding::PolicyAllow, line };
    }
    of_lists(provider, settings, object_acl)
}

/// What lists alone say.
fn of_lists(provider: Provider, settings: &PublicSettings, own: Option<Acl>) -> Exposure {
    // With S3 every object has a list of its own; only OSS lets one inherit its bucket's.
    let inherits = matches!(own, None | Some(Acl::Default)) && provider == Provider::Aliyun;
    let (acl, by) = match (inherits, own) {
        (true, _) => (settings.acl, Deciding::BucketAcl),
        (false, Some(own)) => (Some(own), Deciding::ObjectAcl),
        (false, None) => (None, Deciding::Unknown),
    };
    let Some(acl) = acl else {
        let line = "no access control list could be read".to_owned();
        return Exposure { is_public: false, by: Deciding::Unknown, line };
    };
    let is_public = matches!(acl, Acl::PublicRead | Acl::PublicReadWrite);
    if is_public && let Some(closed) = blocked(settings, |block| block.ignore_public_acls) {
        return closed;
    }
    let whose = if inherits { "the bucket's" } else { "the object's own" };
    Exposure { is_public, by, line: format!("{whose} ACL is `{}`", acl.as_str()) }
}

/// The block that closes what would be open.
fn blocked(
    settings: &PublicSettings,
    half: impl Fn(&PublicAccessBlock) -> bool,
) -> Option<Exposure> {
    let on = |block: &Option<PublicAccessBlock>| block.as_ref().is_some_and(&half);
    let by = match (on(&settings.account_block), on(&settings.bucket_block)) {
        (true, _) => Deciding::AccountBlock,
        (false, true) => Deciding::BucketBlock,
        (false, false) => return None,
    };
    Some(Exposure { is_public: false, by, line: format!("{} is on", by.title()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = r#"{"Statement":[{"Sid":"site","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/*"}]}"#;

    fn check(settings: &PublicSettings, own: Option<Acl>, expected: (bool, Deciding)) {
        let found = of_object(Provider::Aws, settings, ("site", "a b/ü.txt"), own);
        assert_eq!((found.is_public, found.by), expected, "{found:?}");
    }

    #[test]
    fn an_object_of_oss_inherits_its_buckets_list_and_one_of_s3_does_not() {
        let settings = PublicSettings { acl: Some(Acl::PublicRead), ..PublicSettings::default() };
        let oss = |own| of_object(Provider::Aliyun, &settings, ("b", "o"), own).is_public;
        assert!(oss(None) && oss(Some(Acl::Default)) && !oss(Some(Acl::Private)));
        check(&settings, Some(Acl::Private), (false, Deciding::ObjectAcl));
        check(&settings, None, (false, Deciding::Unknown));
    }

    #[test]
    fn a_policy_opens_what_lists_keep_closed_and_a_block_closes_it() {
        let mut settings =
            PublicSettings { policy: Some(OPEN.to_owned()), ..PublicSettings::default() };
        check(&settings, Some(Acl::Private), (true, Deciding::PolicyAllow));
        settings.bucket_block = Some(PublicAccessBlock {
            restrict_public_buckets: true,
            ..PublicAccessBlock::default()
        });
        check(&settings, Some(Acl::PublicRead), (false, Deciding::BucketBlock));
        settings.account_block = Some(PublicAccessBlock::all(true));
        check(&settings, Some(Acl::PublicRead), (false, Deciding::AccountBlock));
    }

    #[test]
    fn a_denial_stands_above_every_permission_and_is_quoted() {
        let deny = r#"{"Sid":"no","Effect":"Deny","Principal":{"AWS":["*"]},"Action":"s3:*","Resource":"arn:aws:s3:::site/a*"}"#;
        let policy = OPEN.replace("[{", &format!("[{deny},{{"));
        let settings = PublicSettings { policy: Some(policy), ..PublicSettings::default() };
        let found = of_object(Provider::S3, &settings, ("site", "a"), Some(Acl::PublicRead));
        assert_eq!((found.is_public, found.by), (false, Deciding::PolicyDeny));
        assert!(found.line.contains("\"Sid\":\"no\""), "{}", found.line);
    }

    #[test]
    fn blocking_new_lists_leaves_those_that_stand() {
        let block = PublicAccessBlock {
            block_public_acls: true,
            block_public_policy: true,
            ..PublicAccessBlock::default()
        };
        let settings = PublicSettings { bucket_block: Some(block), ..PublicSettings::default() };
        check(&settings, Some(Acl::PublicRead), (true, Deciding::ObjectAcl));
    }
}
