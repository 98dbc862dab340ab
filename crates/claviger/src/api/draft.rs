//! What a person asks to have drafted: an action with its fields, as the API and the forms of the console
//! name them.

use claviger_model::{AccessKeyId, Acl, Action, Ask, GivenPair, Language, Secret};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Problem;

/// For how long nobody may use the old key of a rotation before it is disabled: a day, which has every
/// nightly job in it.
const QUIET_SECONDS: u32 = 24 * 3600;

/// For how long the old key of a rotation is kept disabled: a week, which has every weekly job in it.
const KEEP_SECONDS: u32 = 7 * 24 * 3600;

/// What a person wants done.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    /// `disable`, `enable`, `delete`, `restrict_network`, `deny_policy`, `deny_bucket`, `revoke_sessions`,
    /// `rotate`, `rotate_stored`, `rotate_managed`, `host_managed`, `bucket_acl`, `block_public_access`,
    /// `block_account_public_access`, `object_acl` or `delete_file`.
    pub(crate) action: String,
    /// Of `deny_bucket`, `bucket_acl`, `block_public_access`, `object_acl` and `delete_file`.
    #[serde(default)]
    pub(crate) bucket: Option<String>,
    /// Of `object_acl` and `delete_file`.
    #[serde(default)]
    pub(crate) object: Option<String>,
    /// Of `bucket_acl` and `object_acl`: `default`, `private`, `public-read` or `public-read-write`;
    /// `private` where it is not given.
    #[serde(default)]
    pub(crate) acl: Option<String>,
    /// Of `restrict_network`, `deny_policy` and `deny_bucket`: addresses and networks that may go on; without them those
    /// of the key's good past.
    #[serde(default)]
    pub(crate) addresses: Vec<String>,
    /// Of `deny_policy`: `bucket/prefix` that the user may not read; of `deny_bucket` without the bucket.
    #[serde(default)]
    pub(crate) prefixes: Vec<String>,
    /// Of `rotate_stored`: the secret of Secrets Manager that gets the new pair, by its name or its ARN.
    #[serde(default)]
    pub(crate) secret_name: Option<String>,
    /// Of `rotate` and `rotate_stored`: how long no good source may use the old key before it is disabled.
    #[serde(default)]
    pub(crate) quiet_seconds: Option<u32>,
    /// Of `rotate` and `rotate_stored`: how long the old key is kept disabled before it is deleted.
    #[serde(default)]
    pub(crate) keep_seconds: Option<u32>,
    /// Of `rotate_managed`: whether the old key is disabled at once; without it where a stranger uses it.
    #[serde(default)]
    pub(crate) disable_first: Option<bool>,
    /// Of `host_managed`: every key pair of the user.
    #[serde(default)]
    pub(crate) pairs: Vec<Pair>,
    /// `en` or `zh-CN`: the language of the plan's words.
    #[serde(default)]
    pub(crate) language: Option<String>,
}

/// One key pair.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    access_key_id: String,
    access_key_secret: String,
}

impl Draft {
    /// What is asked for, and in which language.
    pub(crate) fn ask(self) -> Result<(Ask, Language), Problem> {
        let language = self.language()?;
        let Some(action) = Action::from_word(&self.action) else {
            let words: Vec<&str> = Action::ALL.into_iter().map(Action::as_str).collect();
            let hint = format!("use one of `{}`", words.join("`, `"));
            return Err(Problem::field("action", "no such action", &hint));
        };
        Ok((self.of(action)?, language))
    }

    fn of(self, action: Action) -> Result<Ask, Problem> {
        let bucket = || named(&self.bucket, "bucket");
        let object = || named(&self.object, "object");
        let acl = || -> Result<Acl, Problem> {
            let word = self.acl.as_deref().unwrap_or("private");
            word.parse().map_err(|error: claviger_model::UnknownAcl| {
                Problem::field("acl", &error.to_string(), "`private` lets in the account alone")
            })
        };
        Ok(match action {
            Action::Disable => Ask::Disable,
            Action::Enable => Ask::Enable,
            Action::Delete => Ask::Delete,
            Action::RestrictNetwork => Ask::RestrictNetwork { addresses: self.addresses },
            Action::DenyPolicy => {
                Ask::DenyPolicy { addresses: self.addresses, prefixes: self.prefixes }
            }
            Action::DenyBucket => Ask::DenyBucket {
                bucket: bucket()?,
                addresses: self.addresses,
                prefixes: self.prefixes,
            },
            Action::RevokeSessions => Ask::RevokeSessions,
            Action::BucketAcl => Ask::BucketAcl { bucket: bucket()?, acl: acl()? },
            Action::BlockPublicAccess => Ask::BlockPublicAccess { bucket: bucket()? },
            Action::BlockAccountPublicAccess => Ask::BlockAccountPublicAccess,
            Action::ObjectAcl => {
                Ask::ObjectAcl { bucket: bucket()?, object: object()?, acl: acl()? }
            }
            Action::DeleteFile => Ask::DeleteFile { bucket: bucket()?, object: object()? },
            Action::Rotate => Ask::Rotate {
                quiet_seconds: self.quiet_seconds.unwrap_or(QUIET_SECONDS),
                keep_seconds: self.keep_seconds.unwrap_or(KEEP_SECONDS),
            },
            Action::RotateStored => Ask::RotateStored {
                secret_name: named(&self.secret_name, "secret_name")?,
                quiet_seconds: self.quiet_seconds.unwrap_or(QUIET_SECONDS),
                keep_seconds: self.keep_seconds.unwrap_or(KEEP_SECONDS),
            },
            Action::RotateManaged => Ask::RotateManaged { disable_first: self.disable_first },
            Action::HostManaged => Ask::HostManaged { pairs: pairs(self.pairs)? },
        })
    }

    fn language(&self) -> Result<Language, Problem> {
        match self.language.as_deref() {
            None | Some("en") => Ok(Language::English),
            Some("zh-CN") => Ok(Language::Chinese),
            Some(_) => Err(Problem::field("language", "no such language", "use `en` or `zh-CN`")),
        }
    }
}

fn named(field: &Option<String>, name: &'static str) -> Result<String, Problem> {
    let text = field.as_deref().filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| {
        Problem::field(name, &format!("the {name} is missing"), "name it as its store does")
    })
}

fn pairs(pairs: Vec<Pair>) -> Result<Vec<GivenPair>, Problem> {
    let given = |pair: Pair| {
        let access_key_id = AccessKeyId::parse(&pair.access_key_id).map_err(|error| {
            Problem::field("pairs", &error.to_string(), "copy it from its provider")
        })?;
        Ok(GivenPair { access_key_id, secret: Secret::new(pair.access_key_secret) })
    };
    pairs.into_iter().map(given).collect()
}
