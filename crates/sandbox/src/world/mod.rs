//! Everything the practice cloud knows: its account, users, keys, policies, buckets and objects.
//!
//! One value behind one lock ([`SharedWorld`]), so that a change made through one listener (a key
//! disabled by RAM) is seen by the very next request on another (OSS refuses it). Critical sections
//! are short and never wait. What is kept over a restart, and how, is `state.rs`'s duty; every field
//! that came later has a default, so that an older state is still read.

mod archive;
mod identity;
mod managed;
mod minio;
mod random;
mod storage;
mod stored;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_model::{AccessKeyId, CloudKeyStatus, PublicAccessBlock, Secret};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub(crate) use archive::{Restoration, RestorePace, StorageClass};
pub(crate) use identity::{Key, PolicyVersion, PolicyVersions, Role, Session, User};
pub(crate) use managed::{ManagedSecret, Rotation, SecretVersion, Stage};
pub(crate) use minio::{Minio, MinioKey, MinioUser};
pub(crate) use random::{random_bytes, random_digits, random_text};
pub(crate) use storage::{Bucket, DeleteMarker, Logging, Naming, Object, Past, Versioning};
pub(crate) use stored::{StoredSecret, StoredVersion};

use crate::access_log::AccessLog;
use crate::actiontrail::Trail;
use crate::aws::Events;
use crate::error::SandboxError;
use crate::network::NetworkRestriction;
use crate::refusal::Refusal;
use crate::sls::LiveLog;

/// Bytes of a temporary key's token: as long as real ones roughly are.
const TOKEN_BYTES: usize = 384;

/// One account of the practice cloud with all that is in it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct World {
    /// The account's id: 16 digits.
    pub(crate) owner_uid: String,
    /// Where buckets live, such as `cn-hangzhou`.
    pub(crate) region: String,
    /// RAM users by name.
    pub(crate) users: BTreeMap<String, User>,
    /// Keys by access key id, of the account itself and of its users.
    pub(crate) keys: BTreeMap<String, Key>,
    /// Keys in the recycle bin: they open nothing, and can be restored for a while.
    pub(crate) deleted_keys: BTreeMap<String, Key>,
    /// From where keys may be used that have no rule of their own.
    #[serde(default)]
    pub(crate) network: Option<NetworkRestriction>,
    /// RAM roles by name.
    #[serde(default)]
    pub(crate) roles: BTreeMap<String, Role>,
    /// Temporary keys by access key id.
    #[serde(default)]
    pub(crate) sessions: BTreeMap<String, Session>,
    /// Lines of access logs that wait to be delivered.
    #[serde(default)]
    pub(crate) access_log: AccessLog,
    /// What was done by the accounts' services, as ActionTrail tells it.
    #[serde(default)]
    pub(crate) trail: Trail,
    /// What was done by the AWS half, as `CloudTrail` tells it.
    #[serde(default)]
    pub(crate) aws_events: Events,
    /// What was done with buckets, as the Log Service tells it.
    #[serde(default)]
    pub(crate) live_log: LiveLog,
    /// Secrets that KMS manages, by name.
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, ManagedSecret>,
    /// How fast archived objects are restored: a setting, kept nowhere.
    #[serde(skip)]
    pub(crate) restore_pace: RestorePace,
    /// What MinIO's own API handles.
    #[serde(default)]
    pub(crate) minio: Minio,
    /// Custom policies by name.
    pub(crate) policies: BTreeMap<String, PolicyVersions>,
    /// Buckets by name.
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// The account's own switch against public access: over every bucket's.
    pub(crate) public_access_block: bool,
    /// The same as S3 Control has it; `None` where nobody set any.
    #[serde(default)]
    pub(crate) account_block: Option<PublicAccessBlock>,
    /// Secrets that people store in Secrets Manager, by name.
    #[serde(default)]
    pub(crate) stored_secrets: BTreeMap<String, StoredSecret>,
}

impl World {
    /// A new account with one root key and nothing else.
    ///
    /// # Errors
    /// The machine gives no random bytes.
    pub(crate) fn new(region: &str, now: Timestamp) -> Result<Self, SandboxError> {
        let mut world = Self {
            owner_uid: format!("1{}", random_digits(15)?),
            region: region.to_owned(),
            users: BTreeMap::new(),
            keys: BTreeMap::new(),
            deleted_keys: BTreeMap::new(),
            network: None,
            roles: BTreeMap::new(),
            sessions: BTreeMap::new(),
            access_log: AccessLog::default(),
            trail: Trail::default(),
            aws_events: Events::default(),
            live_log: LiveLog::default(),
            secrets: BTreeMap::new(),
            restore_pace: RestorePace::default(),
            minio: Minio::default(),
            policies: BTreeMap::new(),
            buckets: BTreeMap::new(),
            public_access_block: false,
            account_block: None,
            stored_secrets: BTreeMap::new(),
        };
        world.mint_key(None, now)?;
        Ok(world)
    }

    /// Makes a key pair of a user (`None`: of the account) and adds it.
    ///
    /// # Errors
    /// The machine gives no random bytes.
    pub(crate) fn mint_key(
        &mut self,
        user: Option<&str>,
        now: Timestamp,
    ) -> Result<Key, SandboxError> {
        let text = format!("LTAI5t{}", random_text(18)?);
        let access_key_id = AccessKeyId::parse(&text).map_err(|_| SandboxError::Entropy)?;
        let key = Key {
            access_key_id,
            secret: Secret::new(random_text(30)?),
            user: user.map(str::to_owned),
            status: CloudKeyStatus::Active,
            created_at: now,
            last_used: None,
            network: None,
            is_leak_suspected: false,
            deleted_at: None,
        };
        self.keys.insert(text, key.clone());
        Ok(key)
    }

    /// Makes a role that everybody in the account may take on, with these policies, and adds it.
    ///
    /// # Errors
    /// The machine gives no random bytes.
    pub(crate) fn mint_role(
        &mut self,
        name: &str,
        policies: &[&str],
        now: Timestamp,
    ) -> Result<(), SandboxError> {
        let trusted = format!("acs:ram::{}:root", self.owner_uid);
        let trust_policy = serde_json::json!({ "Version": "1", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "RAM": [trusted] } }] });
        let role = Role {
            role_id: format!("3{}", random_digits(17)?),
            name: name.to_owned(),
            description: String::new(),
            trust_policy: trust_policy.to_string(),
            session_seconds_max: 3_600,
            created_at: now,
            attached_policies: policies.iter().map(|&policy| policy.to_owned()).collect(),
        };
        self.roles.insert(name.to_owned(), role);
        Ok(())
    }

    /// Makes a temporary key of a role and adds it: its id and the rest.
    ///
    /// # Errors
    /// The machine gives no random bytes.
    pub(crate) fn mint_session(
        &mut self,
        role: &str,
        name: &str,
        policy: Option<String>,
        expires_at: Timestamp,
    ) -> Result<(String, Session), SandboxError> {
        let access_key_id = format!("STS.N{}", random_text(24)?);
        let session = Session {
            role: role.to_owned(),
            name: name.to_owned(),
            secret: Secret::new(random_text(44)?),
            security_token: Secret::new(STANDARD.encode(random_bytes(TOKEN_BYTES)?)),
            policy,
            expires_at,
        };
        self.sessions.insert(access_key_id.clone(), session.clone());
        Ok((access_key_id, session))
    }

    /// The bucket of this name.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn bucket(&self, name: &str) -> Result<&Bucket, Refusal> {
        self.buckets.get(name).ok_or_else(|| Refusal::NoSuchBucket { bucket: name.to_owned() })
    }

    /// The bucket of this name, to change it.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn bucket_mut(&mut self, name: &str) -> Result<&mut Bucket, Refusal> {
        self.buckets.get_mut(name).ok_or_else(|| Refusal::NoSuchBucket { bucket: name.to_owned() })
    }

    /// The object of this key, in the version asked for or in the last one.
    ///
    /// # Errors
    /// There is no such bucket, object or version, or it was deleted.
    pub(crate) fn object(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<&Object, Refusal> {
        self.bucket(bucket)?.version(key, version_id)
    }

    /// Whether public access to a bucket is switched off, by itself or for the whole account.
    pub(crate) fn blocks_public_access(&self, bucket: &str) -> bool {
        let by_account = self
            .account_block
            .is_some_and(|it| it.ignore_public_acls && it.restrict_public_buckets);
        self.public_access_block
            || by_account
            || self.buckets.get(bucket).is_some_and(|bucket| bucket.public_access_block)
    }

    /// The account's own key: the oldest one that is left.
    pub(crate) fn root_key(&self) -> Option<&Key> {
        self.keys.values().filter(|key| key.user.is_none()).min_by_key(|key| key.created_at)
    }
}

/// The world as the listeners share it.
#[derive(Debug)]
pub(crate) struct SharedWorld {
    world: Mutex<World>,
    /// Rung after a change; the writer of the snapshot listens.
    pub(crate) changed: Notify,
}

impl SharedWorld {
    /// Takes a world over.
    pub(crate) fn new(world: World) -> Self {
        Self { world: Mutex::new(world), changed: Notify::new() }
    }

    /// The world, to read it. Never hold it over an `await`.
    pub(crate) fn read(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world, to change it; the snapshot is written soon after. Never hold it over an `await`.
    pub(crate) fn write(&self) -> MutexGuard<'_, World> {
        self.changed.notify_one();
        self.read()
    }
}

/// Secrets in the snapshot: the one place where they are written, in a file of mode 0600.
mod secret_text {
    use claviger_model::Secret;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.reveal())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        Ok(Secret::new(String::deserialize(from)?))
    }
}
