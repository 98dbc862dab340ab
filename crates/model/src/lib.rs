//! The words of Claviger as types, and the laws that hold for them.
//!
//! Floor 1: every other crate speaks in these types. Nothing here does input or output, reads a clock
//! or knows a cloud, a database or a page, so that a word means the same thing on every floor.

mod access_event;
mod access_key;
mod action;
mod alarm;
mod alert;
mod alert_rules;
mod allowlist;
mod asset;
mod availability;
mod credential_reference;
mod evidence;
mod exposure;
mod finding;
mod id;
mod key_usage;
mod log_source;
mod plan;
mod policy;
mod recipient;
mod repository;
mod response;
mod risk_event;
mod saved_view;
mod secret;
mod sensitivity;
mod step;

pub use access_event::{AccessEvent, EventId};
pub use access_key::{AccessKeyId, InvalidAccessKeyId, Provider, UnknownProvider};
pub use action::{Action, Ask, GivenPair};
pub use alarm::{Alarm, Leak, LeakSource, UnknownLeakSource};
pub use alert::{
    AlertConfiguration, AlertKind, AlertMethod, AlertNotice, Delivery, DeliveryState, Language,
    NoticeFact,
};
pub use alert_rules::{AlertRules, Digest, Escalation, EscalationStep, Hours, Outside, Throttle};
pub use allowlist::{AllowlistEntry, AllowlistScope};
pub use asset::{
    Acl, Asset, Authorization, CloudKey, CloudKeyStatus, Connection, ConnectionHealth, UnknownAcl,
};
pub use availability::Availability;
pub use credential_reference::{CredentialReference, InvalidCredentialReference};
pub use evidence::{Evidence, EvidenceState, IntelligenceSource};
pub use exposure::PublicSettings;
pub use finding::{DatabaseAccount, Finding, FindingKind, FoundSecret, Location, Unread};
pub use id::{
    AlertConfigurationId, ApiTokenId, AssetId, ConnectionId, DeliveryId, EscalationId, EvidenceId,
    JobId, PlanId, RecipientGroupId, RecipientId, RepositoryId, RiskEventId, SavedViewId, SourceId,
    UserId,
};
pub use key_usage::{BucketUsage, KeyUsage, ObjectUsage, SourceUsage};
pub use log_source::{Feed, LogSource};
pub use plan::{Plan, PlanState};
pub use policy::{Condition, Conditions, Level, RiskPolicy, RiskType};
pub use recipient::{Recipient, RecipientGroup, RecipientKind};
pub use repository::{CodePlace, RepositoryScan, WatchedRepository};
pub use response::{Response, ResponseRule, ResponseState};
pub use risk_event::{KeyState, KeyStatus, RiskEvent, WorkState};
pub use saved_view::SavedView;
pub use secret::{Fingerprint, FingerprintKey, Secret};
pub use sensitivity::Sensitivity;
pub use step::{BucketPlace, Kept, MadeKey, PublicAccessBlock, Step, StepKind, StepState, UserKey};
