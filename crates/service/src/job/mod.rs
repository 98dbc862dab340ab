//! The jobs: one file a job, registered here. A job is a row with a kind and a subject; it may run
//! twice and leaves the same result.

pub(crate) mod audit_log;
mod check_exposure;
pub(crate) mod check_key;
mod check_object;
mod count_use;
mod deliver_alert;
mod end_allowance;
mod end_ignoring;
mod escalate;
mod find_readers;
mod follow_incident;
mod join_past;
pub(crate) mod judge_sharing;
mod keep_history;
mod log_place;
mod measure_capacity;
mod preview_dial;
mod prune;
mod read_log;
mod rejudge;
mod respond;
mod retry_unread;
mod run_plan;
pub(crate) mod scan_bucket;
mod scan_repository;
mod send_digest;
mod synchronize;

use std::time::Duration;

use claviger_model::{
    AccessKeyId, AlertConfigurationId, AssetId, ConnectionId, DeliveryId, EscalationId, JobId,
    PlanId, RepositoryId, RiskEventId,
};
use claviger_store::jobs::{self, Job, NewJob};
use claviger_store::sqlx::AnyConnection;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::gather::judge::rejudge_ahead;
use crate::{Service, ServiceError};

/// How a run of a job ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Nothing is left to do.
    Done,
    /// Done for now; the job runs again after a pause.
    Again {
        /// The pause.
        after: Duration,
    },
    /// Something outside stood in the way, and is written down where people look for it.
    Retry {
        /// The pause.
        after: Duration,
        /// What stood in the way.
        why: String,
    },
}

/// Every kind of job, with what it is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Kind {
    /// List the buckets and keys of a connection.
    Synchronize { connection_id: ConnectionId },
    /// Identify sensitive data and secrets in a bucket.
    ScanBucket { asset_id: AssetId },
    /// Look for what is new in a repository of source code.
    ScanRepository { repository_id: RepositoryId },
    /// Try again what could not be read of a bucket.
    RetryUnread { asset_id: AssetId },
    /// Ask who in the world may read a bucket, and keep what that means.
    CheckExposure { asset_id: AssetId },
    /// Tell whether a key has more than one holder.
    JudgeSharing { access_key_id: AccessKeyId },
    /// Look at one object again: created, changed or deleted.
    CheckObject { asset_id: AssetId, object: String },
    /// Read the access log of a bucket.
    ReadLog { asset_id: AssetId },
    /// Compare the log files that are there with those that were read.
    AuditLog { asset_id: AssetId },
    /// Ask the provider for the state of a leaked key.
    CheckKey { access_key_id: AccessKeyId },
    /// Join a leaked key with its past.
    JoinPast { access_key_id: AccessKeyId },
    /// Search the history for who read the objects in which a key was found.
    FindReaders { access_key_id: AccessKeyId },
    /// Judge a key from its whole history: a line came that is older than what its state has taken in.
    Rejudge { access_key_id: AccessKeyId },
    /// Count the uses of a busy leaked key.
    CountUse { access_key_id: AccessKeyId },
    /// Send one message.
    DeliverAlert { delivery_id: DeliveryId },
    /// Make one message of those that were collected.
    SendDigest { configuration_id: AlertConfigurationId },
    /// Tell a message further while nobody acknowledges.
    Escalate { escalation_id: EscalationId },
    /// Take an entry of the allowlist off whose time is over.
    EndAllowance { entry_id: String },
    /// Take a risk event up again for which the time is over that it was ignored.
    EndIgnoring { risk_event_id: RiskEventId },
    /// Tell a channel that keeps incidents how an event goes on.
    FollowIncident { configuration_id: AlertConfigurationId, risk_event_id: RiskEventId },
    /// Run a confirmed plan, or take it back.
    RunPlan { plan_id: PlanId },
    /// Draft the plan of a response rule that is meant for an event.
    Respond { risk_event_id: RiskEventId },
    /// Run the plan of a response whose grace is over.
    RunResponse { response_id: String },
    /// Work out what other values of the alarm dial would have raised.
    PreviewDial,
    /// Forget what is too old to be needed.
    Prune,
    /// Measure what is used of each capacity.
    MeasureCapacity,
    /// Turn days of the history into Parquet, and drop the oldest.
    KeepHistory,
}

impl Kind {
    fn word(&self) -> &'static str {
        match self {
            Self::Synchronize { .. } => "synchronize",
            Self::ScanBucket { .. } => "scan_bucket",
            Self::ScanRepository { .. } => "scan_repository",
            Self::RetryUnread { .. } => "retry_unread",
            Self::CheckExposure { .. } => "check_exposure",
            Self::JudgeSharing { .. } => "judge_sharing",
            Self::CheckObject { .. } => "check_object",
            Self::ReadLog { .. } => "read_log",
            Self::AuditLog { .. } => "audit_log",
            Self::CheckKey { .. } => "check_key",
            Self::JoinPast { .. } => "join_past",
            Self::FindReaders { .. } => "find_readers",
            Self::Rejudge { .. } => "rejudge",
            Self::CountUse { .. } => "count_use",
            Self::DeliverAlert { .. } => "deliver_alert",
            Self::SendDigest { .. } => "send_digest",
            Self::Escalate { .. } => "escalate",
            Self::EndAllowance { .. } => "end_allowance",
            Self::EndIgnoring { .. } => "end_ignoring",
            Self::FollowIncident { .. } => "follow_incident",
            Self::RunPlan { .. } => "run_plan",
            Self::Respond { .. } => "respond",
            Self::RunResponse { .. } => "run_response",
            Self::PreviewDial => "preview_dial",
            Self::Prune => "prune",
            Self::MeasureCapacity => "measure_capacity",
            Self::KeepHistory => "keep_history",
        }
    }

    /// One job a kind and subject: asking twice for the same thing is asking once.
    pub(crate) fn job_id(&self) -> JobId {
        let word = self.word();
        match self {
            Self::Synchronize { connection_id } => JobId::derived(&[word, connection_id.as_str()]),
            Self::ScanRepository { repository_id } => {
                JobId::derived(&[word, repository_id.as_str()])
            }
            Self::ScanBucket { asset_id }
            | Self::RetryUnread { asset_id }
            | Self::CheckExposure { asset_id }
            | Self::ReadLog { asset_id }
            | Self::AuditLog { asset_id } => JobId::derived(&[word, asset_id.as_str()]),
            Self::CheckObject { asset_id, object } => {
                JobId::derived(&[word, asset_id.as_str(), object])
            }
            Self::CheckKey { access_key_id }
            | Self::JoinPast { access_key_id }
            | Self::FindReaders { access_key_id }
            | Self::Rejudge { access_key_id }
            | Self::JudgeSharing { access_key_id }
            | Self::CountUse { access_key_id } => JobId::derived(&[word, access_key_id.as_str()]),
            Self::DeliverAlert { delivery_id } => JobId::derived(&[word, delivery_id.as_str()]),
            Self::SendDigest { configuration_id } => {
                JobId::derived(&[word, configuration_id.as_str()])
            }
            Self::Escalate { escalation_id } => JobId::derived(&[word, escalation_id.as_str()]),
            Self::EndAllowance { entry_id } => JobId::derived(&[word, entry_id]),
            Self::FollowIncident { configuration_id, risk_event_id } => {
                JobId::derived(&[word, configuration_id.as_str(), risk_event_id.as_str()])
            }
            Self::Respond { risk_event_id } | Self::EndIgnoring { risk_event_id } => {
                JobId::derived(&[word, risk_event_id.as_str()])
            }
            Self::RunResponse { response_id } => JobId::derived(&[word, response_id]),
            Self::RunPlan { plan_id } => JobId::derived(&[word, plan_id.as_str()]),
            Self::PreviewDial | Self::Prune | Self::KeepHistory | Self::MeasureCapacity => {
                JobId::derived(&[word])
            }
        }
    }
}

/// Puts a job in the queue, in the transaction of the state that causes it. Call
/// [`Service::wake_workers`] after the commit.
pub(crate) async fn enqueue(
    tx: &mut AnyConnection,
    kind: &Kind,
    run_at: Timestamp,
) -> Result<(), ServiceError> {
    let payload = serde_json::to_value(kind)
        .map_err(|error| ServiceError::Internal(format!("a job has no JSON form: {error}")))?;
    let job = NewJob { id: kind.job_id(), kind: kind.word().to_owned(), payload, run_at };
    jobs::enqueue(tx, &job).await?;
    Ok(())
}

/// Runs one job.
pub(crate) async fn run(service: &Service, job: &Job) -> Result<Ending, ServiceError> {
    let kind: Kind = serde_json::from_value(job.payload.clone()).map_err(|error| {
        ServiceError::Internal(format!("job {} is of an unknown kind: {error}", job.id))
    })?;
    match kind {
        Kind::Synchronize { connection_id } => synchronize::run(service, &connection_id).await,
        Kind::ScanBucket { asset_id } => scan_bucket::run(service, &asset_id).await,
        Kind::ScanRepository { repository_id } => {
            scan_repository::run(service, &repository_id).await
        }
        Kind::RetryUnread { asset_id } => retry_unread::run(service, &asset_id).await,
        Kind::CheckExposure { asset_id } => check_exposure::run(service, &asset_id).await,
        Kind::JudgeSharing { access_key_id } => judge_sharing::run(service, &access_key_id).await,
        Kind::CheckObject { asset_id, object } => {
            check_object::run(service, &asset_id, &object).await
        }
        Kind::ReadLog { asset_id } => read_log::run(service, &asset_id).await,
        Kind::AuditLog { asset_id } => audit_log::run(service, &asset_id).await,
        Kind::CheckKey { access_key_id } => check_key::run(service, &access_key_id).await,
        Kind::JoinPast { access_key_id } => join_past::run(service, &access_key_id).await,
        Kind::FindReaders { access_key_id } => find_readers::run(service, &access_key_id).await,
        Kind::Rejudge { access_key_id } => rejudge::run(service, &access_key_id).await,
        Kind::CountUse { access_key_id } => count_use::run(service, &access_key_id).await,
        Kind::DeliverAlert { delivery_id } => deliver_alert::run(service, &delivery_id).await,
        Kind::SendDigest { configuration_id } => send_digest::run(service, &configuration_id).await,
        Kind::Escalate { escalation_id } => escalate::run(service, &escalation_id).await,
        Kind::EndAllowance { entry_id } => end_allowance::run(service, &entry_id).await,
        Kind::EndIgnoring { risk_event_id } => end_ignoring::run(service, &risk_event_id).await,
        Kind::FollowIncident { configuration_id, risk_event_id } => {
            follow_incident::run(service, &configuration_id, &risk_event_id).await
        }
        Kind::Respond { risk_event_id } => respond::run(service, &risk_event_id).await,
        Kind::RunResponse { response_id } => respond::finish(service, &response_id).await,
        Kind::RunPlan { plan_id } => run_plan::run(service, &plan_id).await,
        Kind::PreviewDial => preview_dial::run(service).await,
        Kind::Prune => prune::run(service).await,
        Kind::MeasureCapacity => measure_capacity::run(service).await,
        Kind::KeepHistory => keep_history::run(service).await,
    }
}

impl Service {
    /// Puts the jobs in the queue that run for as long as the installation lives.
    pub(crate) async fn plant_recurring_jobs(&self) -> Result<(), ServiceError> {
        let mut tx = self.store().write().await?;
        enqueue(&mut tx, &Kind::Prune, self.now()).await?;
        enqueue(&mut tx, &Kind::KeepHistory, self.now()).await?;
        enqueue(&mut tx, &Kind::MeasureCapacity, self.now()).await?;
        rejudge_ahead(&mut tx, self.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}
