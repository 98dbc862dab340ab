//! The steps of an action on a key.

use claviger_cloud::{Cloud, CloudError, ManagedSecret};
use claviger_model::{AccessKeyId, Ask, GivenPair, KeyUsage, PlanId, Provider, StepKind, UserKey};
use claviger_respond::plan::{
    deny_document, good_addresses, is_network, is_own_pair, own_policy_document, revoke_document,
};

use super::conflict;
use crate::step::{StepError, seal_pairs, stored_pair};
use crate::{Service, ServiceError};

/// Keys that a user may have, with AWS and with Alibaba Cloud. MinIO has no such limit.
const KEYS_MAX: usize = 2;

/// The name of the policy under which sessions are revoked, as AWS's own console calls it.
const REVOKE_NAME: &str = "AWSRevokeOlderSessions";

/// An action on a key, with what is known of the key.
pub(super) struct Asked<'a> {
    pub(super) cloud: &'a dyn Cloud,
    pub(super) provider: Provider,
    pub(super) key: &'a UserKey,
    pub(super) siblings: &'a [AccessKeyId],
    pub(super) usage: &'a KeyUsage,
    pub(super) plan_id: &'a PlanId,
}

impl Asked<'_> {
    pub(super) async fn kinds(
        &self,
        service: &Service,
        ask: &Ask,
    ) -> Result<Vec<StepKind>, ServiceError> {
        let key = || self.key.clone();
        Ok(match ask {
            Ask::Disable => vec![StepKind::DisableKey(key())],
            Ask::Enable => vec![StepKind::EnableKey(key())],
            Ask::Delete => vec![self.delete()?],
            Ask::RestrictNetwork { addresses } => vec![self.restrict(addresses).await?],
            Ask::DenyPolicy { addresses, prefixes } => vec![self.deny(addresses, prefixes)?],
            Ask::RevokeSessions => vec![self.revoke()?],
            Ask::Rotate { quiet_seconds, keep_seconds } => {
                self.rotate(*quiet_seconds, *keep_seconds).await?
            }
            Ask::RotateStored { secret_name, quiet_seconds, keep_seconds } => {
                self.rotate_stored(secret_name, *quiet_seconds, *keep_seconds).await?
            }
            Ask::RotateManaged { disable_first } => self.rotate_managed(*disable_first).await?,
            Ask::HostManaged { pairs } => vec![self.host(service, pairs).await?],
            Ask::DenyBucket { .. }
            | Ask::BucketAcl { .. }
            | Ask::BlockPublicAccess { .. }
            | Ask::BlockAccountPublicAccess
            | Ask::ObjectAcl { .. }
            | Ask::DeleteFile { .. } => Vec::new(),
        })
    }

    /// A user of MinIO takes its access keys with it: no plan does that by the way.
    fn delete(&self) -> Result<StepKind, ServiceError> {
        if self.is_minio_user() && !self.siblings.is_empty() {
            let names: Vec<&str> = self.siblings.iter().map(AccessKeyId::as_str).collect();
            return Err(conflict(
                format!(
                    "the key is the user {} itself, and MinIO deletes the user's access keys with it: {}",
                    self.key.user_name,
                    names.join(", ")
                ),
                "disable it, which can be taken back; or delete those first",
            ));
        }
        Ok(StepKind::DeleteKey(self.key.clone()))
    }

    /// Whether the key is what a user of MinIO is by itself, and no access key of it.
    fn is_minio_user(&self) -> bool {
        self.provider == Provider::Minio && is_own_pair(self.key)
    }

    /// Whether the key's user is one of MinIO's own: such a one is a pair itself.
    fn is_of_a_minio_user(&self) -> bool {
        let user = self.key.user_name.as_str();
        is_own_pair(self.key) || self.siblings.iter().any(|key| key.as_str() == user)
    }

    /// The policy of the one key alone, where MinIO has it.
    async fn own_policy(&self) -> Result<Option<String>, ServiceError> {
        if self.provider != Provider::Minio || self.is_minio_user() {
            return Ok(None);
        }
        Ok(self.cloud.key_restriction(&self.key.user_name, &self.key.access_key_id).await?)
    }

    /// Alibaba Cloud and MinIO restrict the one key; AWS can only bind its user.
    async fn restrict(&self, given: &[String]) -> Result<StepKind, ServiceError> {
        if self.is_minio_user() {
            return Err(conflict(
                format!(
                    "the key is the user {} itself, and has no policy of its own to restrict it by",
                    self.key.user_name
                ),
                "bind the user with all its access keys (`deny_policy`), or disable the key",
            ));
        }
        let addresses = addresses_of(self.usage, given)?;
        let key = self.key.clone();
        Ok(match self.provider {
            Provider::Aliyun => StepKind::RestrictKey { key, addresses, whole: None },
            Provider::Minio => {
                let whole = own_policy_document(self.own_policy().await?.as_deref(), &addresses);
                StepKind::RestrictKey { key, addresses, whole: Some(whole) }
            }
            _ => StepKind::SetUserPolicy {
                user_name: self.key.user_name.clone(),
                policy_name: self.policy_name("restrict"),
                document: deny_document(self.provider, &addresses, &[]),
            },
        })
    }

    fn deny(&self, given: &[String], prefixes: &[String]) -> Result<StepKind, ServiceError> {
        let addresses = match (given, prefixes) {
            ([], [_, ..]) => Vec::new(),
            _ => addresses_of(self.usage, given)?,
        };
        for prefix in prefixes {
            let bucket = prefix.split('/').next().unwrap_or_default();
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
            if bucket.is_empty() || !bucket.bytes().all(plain) || prefix.contains(['*', '?', '$']) {
                return Err(ServiceError::invalid(
                    "prefixes",
                    format!("`{prefix}` is no bucket with a prefix"),
                    "write it as `bucket/folder/`",
                ));
            }
        }
        if self.provider == Provider::Minio && !self.is_of_a_minio_user() {
            return Err(conflict(
                format!(
                    "{} is no user that MinIO binds by policies: the owner, or somebody of a directory",
                    self.key.user_name
                ),
                "restrict the key by a policy of its own (`restrict_network`), or disable it",
            ));
        }
        Ok(StepKind::SetUserPolicy {
            user_name: self.key.user_name.clone(),
            policy_name: self.policy_name("deny"),
            document: deny_document(self.provider, &addresses, prefixes),
        })
    }

    fn revoke(&self) -> Result<StepKind, ServiceError> {
        if self.provider == Provider::Aliyun {
            return Err(conflict(
                "STS of Alibaba Cloud cannot revoke what it gave out: a token ends by itself, \
                 after an hour unless the role allows up to twelve",
                "disable the key, so that no new ones are made, and detach the policies of the \
                 roles that it took on",
            ));
        }
        if self.provider == Provider::Minio {
            return Err(conflict(
                "MinIO has no policy that tells a session by its age: a token ends by itself, after an \
                 hour unless it was asked for longer",
                "disable the key: the tokens that were made with it end with it",
            ));
        }
        Ok(StepKind::SetUserPolicy {
            user_name: self.key.user_name.clone(),
            policy_name: REVOKE_NAME.to_owned(),
            document: revoke_document(self.provider),
        })
    }

    async fn rotate(
        &self,
        quiet_seconds: u32,
        keep_seconds: u32,
    ) -> Result<Vec<StepKind>, ServiceError> {
        if self.is_minio_user() {
            return Err(conflict(
                format!(
                    "the key is the user {} itself: what ends it ends every key of the user, a new one too",
                    self.key.user_name
                ),
                "give the user another secret (`mc admin user add`), or its programs another user",
            ));
        }
        if self.provider != Provider::Minio && self.siblings.len() + 1 >= KEYS_MAX {
            let other = self.siblings.first().map_or("", AccessKeyId::as_str);
            return Err(conflict(
                format!("{} has two keys already, and may have no third", self.key.user_name),
                &format!("delete the other one, {other}, if nobody uses it; or disable this key"),
            ));
        }
        let user_name = self.key.user_name.clone();
        let in_place_of = Some(self.key.access_key_id.clone());
        let whole = self.own_policy().await?;
        Ok(vec![
            StepKind::CreateKey { user_name: user_name.clone(), in_place_of, whole },
            StepKind::HandOver { user_name },
            StepKind::AwaitQuiet { access_key_id: self.key.access_key_id.clone(), quiet_seconds },
            StepKind::DisableKey(self.key.clone()),
            StepKind::AwaitTime { seconds: keep_seconds },
            StepKind::DeleteKey(self.key.clone()),
        ])
    }

    /// The same with the new pair put where programs fetch it, instead of into a person's hands.
    async fn rotate_stored(
        &self,
        secret_name: &str,
        quiet_seconds: u32,
        keep_seconds: u32,
    ) -> Result<Vec<StepKind>, ServiceError> {
        match stored_pair(self.cloud, secret_name, &self.key.access_key_id).await {
            Err(StepError::Cloud(CloudError::NotSupported { provider, .. })) => {
                let hint = match provider {
                    Provider::Aliyun => {
                        "let KMS replace it (`host_managed`, then `rotate_managed`), or take the new \
                         pair yourself (`rotate`)"
                    }
                    _ => "take the new pair yourself (`rotate`)",
                };
                return Err(conflict(
                    format!(
                        "a new pair can be put into AWS Secrets Manager alone, and the key is one of {}",
                        provider.title()
                    ),
                    hint,
                ));
            }
            Err(StepError::Cloud(error)) => return Err(error.into()),
            Err(error) => {
                return Err(ServiceError::invalid("secret_name", error.to_string(), error.hint()));
            }
            Ok(_) => {}
        }
        let mut kinds = self.rotate(quiet_seconds, keep_seconds).await?;
        kinds[1] = StepKind::StorePair {
            secret_name: secret_name.to_owned(),
            version_id: self.version_id(),
            key: self.key.clone(),
        };
        Ok(kinds)
    }

    async fn rotate_managed(
        &self,
        disable_first: Option<bool>,
    ) -> Result<Vec<StepKind>, ServiceError> {
        let managed = self.managed().await?.ok_or_else(|| {
            conflict(
                format!("the keys of {} are not hosted in KMS", self.key.user_name),
                "host them first (`host_managed`), or rotate without KMS (`rotate`)",
            )
        })?;
        if managed.current.as_ref() != Some(&self.key.access_key_id) {
            return Err(conflict(
                format!("{} hands out another key already", managed.name),
                "the leaked key goes when the rotation's window ends; disable it now",
            ));
        }
        // Until the window ends the old pair works: a thief who uses it is stopped at once.
        let strangers = self.usage.sources.iter();
        let used = strangers.filter(|source| !source.before_leak).any(|source| source.allowed > 0);
        let mut kinds = Vec::new();
        if disable_first.unwrap_or(used) {
            kinds.push(StepKind::DisableKey(self.key.clone()));
        }
        kinds.push(StepKind::RotateSecret {
            secret_name: managed.name,
            version_id: self.version_id(),
            access_key_id: self.key.access_key_id.clone(),
        });
        kinds.push(StepKind::AwaitDeleted(self.key.clone()));
        Ok(kinds)
    }

    async fn host(&self, service: &Service, pairs: &[GivenPair]) -> Result<StepKind, ServiceError> {
        if let Some(managed) = self.managed().await? {
            return Err(conflict(
                format!("the keys are hosted already, as {}", managed.name),
                "rotate the key (`rotate_managed`)",
            ));
        }
        let mut wanted: Vec<&AccessKeyId> =
            self.siblings.iter().chain([&self.key.access_key_id]).collect();
        let mut given: Vec<&AccessKeyId> = pairs.iter().map(|pair| &pair.access_key_id).collect();
        wanted.sort();
        given.sort();
        if wanted != given {
            let names: Vec<&str> = wanted.iter().map(|key| key.as_str()).collect();
            return Err(ServiceError::invalid(
                "pairs",
                "KMS wants every pair of the user and no other",
                format!("give {}, each with its secret", names.join(" and ")),
            ));
        }
        Ok(StepKind::HostSecret {
            user_name: self.key.user_name.clone(),
            sealed: seal_pairs(service, self.plan_id, pairs)?,
            version_id: self.version_id(),
        })
    }

    async fn managed(&self) -> Result<Option<ManagedSecret>, ServiceError> {
        match self.cloud.managed_secret(&self.key.user_name).await {
            Err(CloudError::NotSupported { provider, .. }) => Err(conflict(
                format!("{} has no secret manager that replaces key pairs", provider.title()),
                "rotate without one (`rotate`)",
            )),
            managed => Ok(managed?),
        }
    }

    /// The same for every run of this plan.
    fn version_id(&self) -> String {
        self.plan_id.as_str().replace('_', "-")
    }

    /// A policy of the account binds one user alone: its name names the key.
    fn policy_name(&self, what: &str) -> String {
        let plain = |character: &char| character.is_ascii_alphanumeric();
        let id: String = self.key.access_key_id.as_str().chars().filter(plain).take(64).collect();
        format!("claviger-{what}-{id}")
    }
}

/// The addresses that were given, or those of the key's good past.
pub(super) fn addresses_of(
    usage: &KeyUsage,
    given: &[String],
) -> Result<Vec<String>, ServiceError> {
    if let Some(wrong) = given.iter().find(|text| !is_network(text)) {
        return Err(ServiceError::invalid(
            "addresses",
            format!("`{wrong}` is no address and no network"),
            "write it as `203.0.113.7` or `198.51.100.0/24`",
        ));
    }
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    let good = good_addresses(usage);
    match good.is_empty() {
        true => Err(conflict(
            "no use of the key before the leak is on record: nobody knows who may go on",
            "name the addresses that may (`addresses`), or disable the key",
        )),
        false => Ok(good),
    }
}
