//! The clouds: one trait, one folder a provider, and the signatures that their requests carry.
//!
//! No vendor client is used: requests are built, signed and parsed here, and official clients and
//! real servers judge them in tests. A cloud never decides anything; it does one call and says what
//! the provider answered. Secrets stay in [`claviger_model::Secret`].

mod aliyun;
mod archive;
mod cloud;
mod error;
mod folder;
mod identity;
mod instance_role;
mod live;
mod pulled;
mod reading;
mod rest;
mod rights;
mod s3;
mod settings;
mod wire;

pub use claviger_sign as sign;
pub use claviger_sign::Credentials;
pub use cloud::{
    Bucket, BucketDetails, BucketRef, BucketStat, Buckets, Cloud, Exposure, FolderPage, Keys,
    Listed, LogStart, LogStore, LogTarget, Logs, ManagedSecret, ObjectInfo, ObjectPage,
    ObjectVersion, Objects, Policies, PolicyOwner, Provided, PulledLogs, Secrets, StoredSecret,
    StoredSecrets, Trail, TrailPage, Versions,
};
pub use error::{CloudError, Refusal};
pub use identity::{Identity, caller_identity};
pub use instance_role::{MetadataService, SessionCredentials, instance_role};
pub use live::LiveCredentials;
pub use pulled::Pulled;
pub use reading::Reading;
pub use rights::{Ability, Right, policy_of, policy_of_rights, rights, rights_for};
pub use settings::{Settings, connect, connect_live};
