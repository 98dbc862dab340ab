//! What the API says of risk events: the event, its evidence, timeline, alarms, and all of it together.

use claviger_model::{CodePlace, Evidence, RiskEvent};
use claviger_service::EventDetails;
use claviger_store::AlarmRow;
use claviger_store::timeline::TimelineEntry;
use serde::Serialize;
use utoipa::ToSchema;

use super::alerts::DeliveryView;
use super::history::DaysView;
use super::plans::PlanView;
use super::usage::UsageView;

/// A risk event.
#[derive(Serialize, ToSchema)]
pub(super) struct EventView {
    id: String,
    /// `access_key_pair_leak`, …
    risk_type: String,
    risk_type_title: String,
    /// A key, an account of a database, a bucket.
    subject: String,
    access_key_id: Option<String>,
    /// The account of the key, once an inventory named it.
    account: Option<String>,
    /// `active`, `inactive`, `rotated`, `deleted` or `unknown`.
    key_status: String,
    /// How the key's status is known.
    key_status_proof: String,
    /// RFC 3339.
    key_status_checked_at: String,
    /// `high`, `medium` or `low`.
    level: String,
    /// `pending`, `acknowledged`, `handling`, `disposed`, `added_to_whitelist` or `ignored`.
    work_state: String,
    /// RFC 3339: until when it is ignored; none while it is not, and where that has no end.
    ignored_until: Option<String>,
    /// The user who works on it.
    assigned_to: Option<String>,
    /// RFC 3339.
    first_detected_at: String,
    /// RFC 3339.
    latest_detected_at: String,
    /// `private_plaintext_storage`, …
    sources: Vec<String>,
    /// Requests made with the key since the leak.
    uses: u64,
    /// RFC 3339.
    first_used_at: Option<String>,
    /// RFC 3339.
    last_used_at: Option<String>,
    /// The judge's reasons, strongest first.
    judgement: Vec<String>,
    /// Posterior log-odds of a stranger, in nats.
    score: Option<f64>,
}

impl From<RiskEvent> for EventView {
    fn from(event: RiskEvent) -> Self {
        Self {
            id: event.id.to_string(),
            risk_type: event.risk_type.as_str().to_owned(),
            risk_type_title: event.risk_type.title().to_owned(),
            subject: event.subject,
            access_key_id: event.access_key_id.map(String::from),
            account: event.account,
            key_status: event.key_state.status.as_str().to_owned(),
            key_status_proof: event.key_state.proof,
            key_status_checked_at: event.key_state.checked_at.to_string(),
            level: event.level.as_str().to_owned(),
            work_state: event.work_state.as_str().to_owned(),
            ignored_until: event.ignored_until.map(|at| at.to_string()),
            assigned_to: event.assigned_to,
            first_detected_at: event.first_detected_at.to_string(),
            latest_detected_at: event.latest_detected_at.to_string(),
            sources: event.sources.iter().map(|source| source.as_str().to_owned()).collect(),
            uses: event.uses,
            first_used_at: event.first_used_at.map(|at| at.to_string()),
            last_used_at: event.last_used_at.map(|at| at.to_string()),
            judgement: event.judgement,
            score: event.score,
        }
    }
}

/// One place where the key was seen.
#[derive(Serialize, ToSchema)]
pub(super) struct EvidenceView {
    id: String,
    source: String,
    source_title: String,
    /// `found`, `deleted`, `disposed` or `added_to_whitelist`.
    state: String,
    uri: String,
    /// Names inside containers.
    path: Vec<String>,
    line: u64,
    column: u64,
    start: u64,
    end: u64,
    bucket: Option<String>,
    object: Option<String>,
    link: Option<String>,
    /// For evidence in source code: where in a repository it stands.
    code: Option<CodeView>,
    /// Keyed fingerprint of the secret.
    fingerprint: Option<String>,
    masked: Option<String>,
    confidence: f64,
    why: Vec<String>,
    /// RFC 3339.
    readable_since: Option<String>,
    /// RFC 3339.
    found_at: String,
    /// RFC 3339.
    seen_at: String,
}

impl From<Evidence> for EvidenceView {
    fn from(evidence: Evidence) -> Self {
        Self {
            id: evidence.id.to_string(),
            source: evidence.source.as_str().to_owned(),
            source_title: evidence.source.title().to_owned(),
            state: evidence.state.as_str().to_owned(),
            uri: evidence.location.uri,
            path: evidence.location.path,
            line: evidence.location.line,
            column: evidence.location.column,
            start: evidence.location.start,
            end: evidence.location.end,
            bucket: evidence.bucket,
            object: evidence.object,
            link: evidence.link,
            code: evidence.code.map(CodeView::from),
            fingerprint: evidence.fingerprint.map(|fingerprint| fingerprint.0),
            masked: evidence.masked,
            confidence: evidence.confidence,
            why: evidence.why,
            readable_since: evidence.readable_since.map(|at| at.to_string()),
            found_at: evidence.found_at.to_string(),
            seen_at: evidence.seen_at.to_string(),
        }
    }
}

/// Where in a repository evidence stands, with the pages that its host has of it.
#[derive(Serialize, ToSchema)]
struct CodeView {
    repository_id: String,
    /// The address, as it is watched.
    repository: String,
    repository_link: Option<String>,
    /// The file; none: the words of the commit or tag itself.
    file: Option<String>,
    /// The author of the commit: name and mail address.
    user: String,
    user_link: Option<String>,
    /// In 40 hexadecimal digits.
    commit: String,
    commit_link: Option<String>,
}

impl From<CodePlace> for CodeView {
    fn from(place: CodePlace) -> Self {
        Self {
            repository_link: place.home(),
            user_link: place.author_link(),
            commit_link: place.commit_link(),
            repository_id: place.repository_id.to_string(),
            repository: place.repository,
            file: place.file,
            user: place.author,
            commit: place.commit,
        }
    }
}

/// One line of a timeline.
#[derive(Serialize, ToSchema)]
pub(super) struct TimelineView {
    /// RFC 3339.
    at: String,
    /// `evidence_found`, `used`, `refused`, `alarm`, `alarm_withdrawn`, `first_misuse`, `alert`, `plan_confirmed`, `plan_done`, …
    kind: String,
    text: String,
    #[schema(value_type = Object)]
    details: serde_json::Value,
    /// Who did it; none for what Claviger saw or did itself.
    actor: Option<String>,
}

impl From<TimelineEntry> for TimelineView {
    fn from(entry: TimelineEntry) -> Self {
        Self {
            at: entry.at.to_string(),
            kind: entry.kind,
            text: entry.text,
            details: entry.details,
            actor: entry.actor,
        }
    }
}

/// The detector's judgement that a stretch of access was abnormal.
#[derive(Serialize, ToSchema)]
pub(super) struct AlarmView {
    id: String,
    /// Of the request that raised it, RFC 3339.
    time: String,
    access_key_id: String,
    /// Log-odds of a stranger, in nats.
    score: f64,
    families: Vec<String>,
    reasons: Vec<String>,
    first_event_id: String,
    event_ids: Vec<String>,
    bytes_out: u64,
    sources: Vec<String>,
    /// When it was raised, RFC 3339.
    raised_at: String,
    /// Since when it stands no longer: log lines that came late showed that it was none.
    withdrawn_at: Option<String>,
}

impl From<AlarmRow> for AlarmView {
    fn from(row: AlarmRow) -> Self {
        let alarm = row.alarm;
        Self {
            id: row.id,
            time: alarm.time.to_string(),
            access_key_id: alarm.access_key_id.into(),
            score: alarm.score,
            families: alarm.families,
            reasons: alarm.reasons,
            first_event_id: alarm.first_event_id.0,
            event_ids: alarm.event_ids.into_iter().map(|id| id.0).collect(),
            bytes_out: alarm.bytes_out,
            sources: alarm.sources,
            raised_at: row.raised_at.to_string(),
            withdrawn_at: row.withdrawn_at.map(|at| at.to_string()),
        }
    }
}

/// Everything about one risk event.
#[derive(Serialize, ToSchema)]
pub(super) struct DetailsView {
    event: EventView,
    evidence: Vec<EvidenceView>,
    pub(super) usage: UsageView,
    /// Days since the leak that the history dropped because a bound was given; the oldest first.
    days_not_kept: Vec<DaysView>,
    /// Oldest first.
    timeline: Vec<TimelineView>,
    /// Newest first.
    plans: Vec<PlanView>,
    /// Newest first.
    deliveries: Vec<DeliveryView>,
}

impl From<EventDetails> for DetailsView {
    fn from(details: EventDetails) -> Self {
        Self {
            event: details.event.into(),
            evidence: details.evidence.into_iter().map(EvidenceView::from).collect(),
            usage: details.usage.into(),
            days_not_kept: details.days_not_kept.into_iter().map(DaysView::from).collect(),
            timeline: details.timeline.into_iter().map(TimelineView::from).collect(),
            plans: details.plans.into_iter().map(PlanView::from).collect(),
            deliveries: details.deliveries.into_iter().map(DeliveryView::from).collect(),
        }
    }
}
