//! The state of Claviger, by SQL.
//!
//! Floor 2: hides the database. One SQL text runs on SQLite (embedded, one machine) and on PostgreSQL
//! (shared by many processes); one module a table, each with free functions over a [`Conn`]. Whoever
//! changes state takes a [`Write`], calls as many of them as belong together, and commits once, so
//! that state and the jobs it causes appear together or not at all.
//!
//! Absent on purpose: any knowledge of a cloud, a page or an engine; any network but the database;
//! any clock (time is an argument). No other crate holds SQL. Plaintext secrets never come here:
//! credentials arrive sealed, what was found arrives as fingerprint and mask.
//!
//! Instants are kept to the microsecond: what is finer is cut off.

mod conditions;
mod error;
mod row;
mod statement;
mod store;

pub mod alarms;
pub mod alerts;
pub mod allowlist;
pub mod api_tokens;
pub mod assets;
pub mod audit;
pub mod canaries;
pub mod capacity;
pub mod cloud_keys;
pub mod connections;
pub mod deliveries;
pub mod dial_previews;
pub mod dial_turns;
pub mod escalations;
pub mod evidence;
pub mod exposures;
pub mod grants;
pub mod identities;
pub mod jobs;
pub mod key_lines;
pub mod key_states;
pub mod keys_ahead;
pub mod log_files;
pub mod log_sources;
pub mod minted_keys;
pub mod object_reads;
pub mod objects;
pub mod plans;
pub mod policies;
pub mod recipient_groups;
pub mod recipients;
pub mod rejects;
pub mod repositories;
pub mod repository_sightings;
pub mod responses;
pub mod risk_events;
pub mod saved_views;
pub mod sessions;
pub mod settings;
pub mod source_buckets;
pub mod source_checkpoints;
pub mod source_gaps;
pub mod source_progress;
pub mod tasks;
pub mod tenant_news;
pub mod timeline;
pub mod users;

/// The one word of the driver that a caller names: the type of a connection. SQL stays here.
pub mod sqlx {
    pub use ::sqlx::AnyConnection;
}

pub use alarms::AlarmRow;
pub use alerts::AlertFailure;
pub use api_tokens::{ApiToken, Scope};
pub use assets::{AssetFilter, AssetStatistics};
pub use audit::{AuditEntry, AuditProof};
pub use canaries::{Canary, CanaryState};
pub use dial_previews::{DialPreview, PreviewEnd, PreviewState};
pub use dial_turns::DialTurn;
pub use error::StoreError;
pub use escalations::EscalationRow;
pub use evidence::EvidenceChange;
pub use grants::Grant;
pub use jobs::{Job, JobState, NewJob};
pub use key_lines::KeyLine;
pub use key_states::KeyState;
pub use log_files::{LogFile, LogTotals};
pub use log_sources::TokenOf;
pub use minted_keys::MintedKey;
pub use object_reads::ObjectRead;
pub use objects::{DataCount, ObjectProgress, ObjectRow, ObjectState};
pub use rejects::Reject;
pub use repository_sightings::Sighting;
pub use risk_events::{RiskCount, RiskCounts, RiskEventFilter, SourceCount};
pub use sessions::{Session, SessionKind};
pub use source_buckets::SourceBucket;
pub use source_gaps::{Gap, GapKind};
pub use source_progress::{Failure, Noted, SourceProgress};
pub use store::{Conn, Read, Store, Write};
pub use tasks::{IdentificationTask, TaskState};
pub use timeline::TimelineEntry;
pub use users::{Role, User};
