//! Everything the practice cloud knows: its account, users, keys, policies, buckets and objects.
//!
//! One value behind one lock ([`SharedWorld`]), so that a change made through one listener (a key
//! disabled by RAM) is seen by the very next request on another (OSS refuses it). Critical sections
//! are short and never wait. What is kept over a restart, and how, is `state.rs`'s duty.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use claviger_model::{AccessKeyId, Acl, CloudKeyStatus, Secret};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::error::SandboxError;
use crate::refusal::Refusal;

/// Characters of made-up key ids and secrets: no look-alikes, as in the provider's own.
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

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
    /// Keys that were deleted: they open nothing and are never issued again.
    pub(crate) deleted_keys: BTreeMap<String, Key>,
    /// Custom policies by name.
    pub(crate) policies: BTreeMap<String, PolicyVersions>,
    /// Buckets by name.
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// The account's own switch against public access: over every bucket's.
    pub(crate) public_access_block: bool,
}

/// A RAM user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    /// Numeric id: 18 digits.
    pub(crate) user_id: String,
    /// Name, unique in the account.
    pub(crate) name: String,
    /// Name for people.
    pub(crate) display_name: String,
    /// Remarks.
    pub(crate) comments: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// Policies attached to it, by name (custom policies and the built-in ones share one name space here).
    pub(crate) attached_policies: BTreeSet<String>,
}

/// An access key pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Key {
    /// Its id.
    pub(crate) access_key_id: AccessKeyId,
    /// Its secret.
    #[serde(with = "secret_text")]
    pub(crate) secret: Secret,
    /// The RAM user it belongs to; `None` for the account itself (root).
    pub(crate) user: Option<String>,
    /// Enabled or not.
    pub(crate) status: CloudKeyStatus,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it was last used, and for which service (`Oss`, `Ram`).
    pub(crate) last_used: Option<(Timestamp, String)>,
    /// The token that must come with it; `None` for a key that does not end by itself.
    #[serde(default)]
    pub(crate) session: Option<Session>,
}

/// What makes a key a temporary one, as STS gives it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The token that every request must carry.
    #[serde(with = "secret_text")]
    pub(crate) token: Secret,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// Why the token of a request does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// It is over.
    Expired,
    /// It is missing, not this key's, or one that no key has.
    Invalid,
}

impl Key {
    /// Whether the token that a request carries is the key's own and still holds.
    pub(crate) fn check_token(
        &self,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<(), TokenFault> {
        match (&self.session, token) {
            (None, None) => Ok(()),
            (Some(session), Some(token)) if session.token.reveal() == token => {
                if now < session.expires_at { Ok(()) } else { Err(TokenFault::Expired) }
            }
            _ => Err(TokenFault::Invalid),
        }
    }
}

/// A custom policy with its versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PolicyVersions {
    /// Name, unique in the account.
    pub(crate) name: String,
    /// Remarks.
    pub(crate) description: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When a version was last added or chosen.
    pub(crate) updated_at: Timestamp,
    /// Number of the version in force: `1` is shown as `v1`.
    pub(crate) default_version: u32,
    /// Number the next version gets: numbers are never used twice.
    pub(crate) next_version: u32,
    /// Versions by number.
    pub(crate) versions: BTreeMap<u32, PolicyVersion>,
}

/// One version of a custom policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    /// The policy as JSON text, as it was given.
    pub(crate) document: String,
    /// When it was added.
    pub(crate) created_at: Timestamp,
}

/// A bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bucket {
    /// Name.
    pub(crate) name: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// Who may read it; never `Acl::Default`.
    pub(crate) acl: Acl,
    /// Its own switch against public access.
    pub(crate) public_access_block: bool,
    /// Its policy as JSON text, as it was given.
    pub(crate) policy_json: Option<String>,
    /// Where its access log goes; `None` when logging is off.
    pub(crate) logging: Option<Logging>,
    /// Objects by key, in the order of their bytes.
    pub(crate) objects: BTreeMap<String, Object>,
}

/// Where the access log of a bucket goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Logging {
    /// Bucket that stores the log files.
    pub(crate) target_bucket: String,
    /// What their names begin with.
    pub(crate) target_prefix: String,
}

/// An object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Object {
    /// Its bytes. Kept beside the snapshot as a file named after `sha256`.
    #[serde(skip)]
    pub(crate) content: Bytes,
    /// SHA-256 of the bytes, hex.
    pub(crate) sha256: String,
    /// How many bytes there are.
    pub(crate) size: u64,
    /// MD5 of the bytes, upper-case hex, without quotes.
    pub(crate) etag: String,
    /// CRC-64/XZ of the bytes.
    pub(crate) crc64: u64,
    /// Headers stored with it by lower-case name: `content-type`, `cache-control`, `x-oss-meta-…`.
    pub(crate) headers: BTreeMap<String, String>,
    /// Who may read it; `Acl::Default` follows the bucket.
    pub(crate) acl: Acl,
    /// When it was written.
    pub(crate) last_modified: Timestamp,
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
            policies: BTreeMap::new(),
            buckets: BTreeMap::new(),
            public_access_block: false,
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
        self.mint(format!("LTAI5t{}", random_text(18)?), user, None, now)
    }

    /// Makes a temporary key of a user, with the token that must come with it, and adds it.
    ///
    /// # Errors
    /// The machine gives no random bytes.
    pub(crate) fn mint_session(
        &mut self,
        user: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Key, SandboxError> {
        let token = Secret::new(random_text(120)?);
        let text = format!("STS.NT{}", random_text(22)?);
        self.mint(text, Some(user), Some(Session { token, expires_at }), now)
    }

    fn mint(
        &mut self,
        text: String,
        user: Option<&str>,
        session: Option<Session>,
        now: Timestamp,
    ) -> Result<Key, SandboxError> {
        let access_key_id = AccessKeyId::parse(&text).map_err(|_| SandboxError::Entropy)?;
        let key = Key {
            access_key_id,
            secret: Secret::new(random_text(30)?),
            user: user.map(str::to_owned),
            status: CloudKeyStatus::Active,
            created_at: now,
            last_used: None,
            session,
        };
        self.keys.insert(text, key.clone());
        Ok(key)
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

    /// The object of this key.
    ///
    /// # Errors
    /// There is no such bucket or object.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> Result<&Object, Refusal> {
        let objects = &self.bucket(bucket)?.objects;
        objects.get(key).ok_or_else(|| Refusal::NoSuchKey { key: key.to_owned() })
    }

    /// Whether public access to a bucket is switched off, by itself or for the whole account.
    pub(crate) fn blocks_public_access(&self, bucket: &str) -> bool {
        self.public_access_block
            || self.buckets.get(bucket).is_some_and(|bucket| bucket.public_access_block)
    }

    /// The account's own key: the oldest one that is left.
    pub(crate) fn root_key(&self) -> Option<&Key> {
        self.keys
            .values()
            .filter(|key| key.user.is_none() && key.session.is_none())
            .min_by_key(|key| key.created_at)
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

/// `length` random characters of [`ALPHABET`].
///
/// # Errors
/// The machine gives no random bytes.
pub(crate) fn random_text(length: usize) -> Result<String, SandboxError> {
    Ok(random_bytes(length)?.iter().map(|byte| letter(*byte)).collect())
}

/// `length` random decimal digits.
///
/// # Errors
/// The machine gives no random bytes.
pub(crate) fn random_digits(length: usize) -> Result<String, SandboxError> {
    Ok(random_bytes(length)?.iter().map(|byte| char::from(b'0' + byte % 10)).collect())
}

/// `length` random bytes.
///
/// # Errors
/// The machine gives no random bytes.
pub(crate) fn random_bytes(length: usize) -> Result<Vec<u8>, SandboxError> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(|_| SandboxError::Entropy)?;
    Ok(bytes)
}

/// The slight bias of the remainder does not matter: these keys open nothing but a practice cloud.
fn letter(byte: u8) -> char {
    char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])
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
