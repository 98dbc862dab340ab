//! What the API says of sources of log lines: how their lines come, and how each fares.

use claviger_model::Feed;
use claviger_service::{Service, SourceView};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a source's lines come.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FeedView {
    /// Sent to `POST /ingest/{source}`.
    Push,
    /// Written into files on the machine of the service.
    Folder { path: String },
    /// Sent by the Fluent forward protocol.
    Fluent { listen: String },
    /// Messages of a JetStream stream.
    Nats { url: String, stream: String, subject: String },
    /// Records of a logstore of Alibaba Cloud's Log Service.
    Sls { endpoint: Option<String>, project: String, logstore: String },
    /// Events of Alibaba Cloud's `ActionTrail`.
    #[serde(rename = "actiontrail")]
    ActionTrail { endpoint: Option<String> },
    /// Events of AWS `CloudTrail`.
    #[serde(rename = "cloudtrail")]
    CloudTrail { endpoint: Option<String> },
    /// Files that others write into a bucket, by what their names begin with.
    Bucket {
        bucket: String,
        #[serde(default)]
        prefix: String,
    },
}

impl From<FeedView> for Feed {
    fn from(view: FeedView) -> Self {
        match view {
            FeedView::Push => Self::Push,
            FeedView::Folder { path } => Self::Folder { path },
            FeedView::Fluent { listen } => Self::Fluent { listen },
            FeedView::Nats { url, stream, subject } => Self::Nats { url, stream, subject },
            FeedView::Sls { endpoint, project, logstore } => {
                Self::Sls { endpoint, project, logstore }
            }
            FeedView::ActionTrail { endpoint } => Self::ActionTrail { endpoint },
            FeedView::CloudTrail { endpoint } => Self::CloudTrail { endpoint },
            FeedView::Bucket { bucket, prefix } => Self::Bucket { bucket, prefix },
        }
    }
}

impl From<Feed> for FeedView {
    fn from(feed: Feed) -> Self {
        match feed {
            Feed::Push => Self::Push,
            Feed::Folder { path } => Self::Folder { path },
            Feed::Fluent { listen } => Self::Fluent { listen },
            Feed::Nats { url, stream, subject } => Self::Nats { url, stream, subject },
            Feed::Sls { endpoint, project, logstore } => Self::Sls { endpoint, project, logstore },
            Feed::ActionTrail { endpoint } => Self::ActionTrail { endpoint },
            Feed::CloudTrail { endpoint } => Self::CloudTrail { endpoint },
            Feed::Bucket { bucket, prefix } => Self::Bucket { bucket, prefix },
        }
    }
}

/// A source of log lines, and how it fares.
#[derive(Serialize, ToSchema)]
pub(super) struct LogSourceView {
    /// The id: of the source, or of the asset whose log bucket is read.
    id: String,
    name: String,
    /// `push`, `folder`, `fluent`, `nats`, `sls`, `actiontrail`, `cloudtrail` or `bucket`.
    kind: String,
    /// `waiting`, `reading` or `failing`.
    state: String,
    feed: Option<FeedView>,
    /// Where its lines are sent to.
    address: Option<String>,
    log_format: Option<String>,
    connection_id: Option<String>,
    /// Deliveries, lines and bytes read. `events + rejected = lines`.
    deliveries: u64,
    lines: u64,
    events: u64,
    rejected: u64,
    bytes: u64,
    /// Over the last minute.
    lines_per_second: f64,
    /// The time of the latest event, RFC 3339.
    last_line_at: Option<String>,
    /// When the last delivery could be read first, RFC 3339.
    last_delivered_at: Option<String>,
    /// When the last delivery was read, RFC 3339.
    last_read_at: Option<String>,
    /// How late the latest event of the last delivery was read, in milliseconds.
    behind_ms: Option<u64>,
    backlog: Option<BacklogView>,
    failure: Option<FailureView>,
    /// An address that a person must open before the sender sends.
    confirmation: Option<String>,
    /// Of a bucket: the last comparison of the files that are there with those that were read.
    audit: Option<LogAuditView>,
    /// When it was not watched, or lost lines, in the last 30 days.
    gaps: Vec<GapView>,
    created_at: Option<String>,
}

/// A comparison of the log files of the last 31 days with those that were read.
#[derive(Serialize, ToSchema)]
struct LogAuditView {
    /// RFC 3339.
    at: String,
    /// Files that are there.
    listed: u64,
    /// Files that had not been read; they are now.
    missed: u64,
    /// Files that are no logs by their names, such as digests, and are not read.
    skipped: u64,
}

/// What waits to be read.
#[derive(Serialize, ToSchema)]
struct BacklogView {
    count: u64,
    /// `bytes`, `messages` or `files`.
    unit: String,
}

/// What stands in the way of a source.
#[derive(Serialize, ToSchema)]
struct FailureView {
    code: String,
    message: String,
    hint: Option<String>,
    /// RFC 3339.
    since: String,
}

/// A stretch of time.
#[derive(Serialize, ToSchema)]
struct GapView {
    /// `blind`: read later than it could have been; `lost`: never read.
    kind: String,
    begun_at: String,
    ended_at: String,
    seconds: u64,
    why: String,
}

/// What the API says of a source.
pub(super) fn view(service: &Service, view: SourceView) -> LogSourceView {
    let now = service.instant();
    let (kind, state) = (view.kind().to_owned(), view.state().to_owned());
    let source = view.source;
    let progress = view.progress;
    let at = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let known = progress.as_ref();
    let address = source.as_ref().filter(|source| source.feed == Feed::Push);
    LogSourceView {
        id: view.id,
        address: address.map(|source| address_of(service, &source.name)),
        name: view.name,
        kind,
        state,
        log_format: source.as_ref().and_then(|source| source.log_format.clone()),
        connection_id: match (&source, &view.asset) {
            (Some(source), _) => source.connection_id.as_ref().map(ToString::to_string),
            (None, asset) => asset.as_ref().map(|asset| asset.connection_id.to_string()),
        },
        created_at: source.as_ref().map(|source| source.created_at.to_string()),
        feed: source.map(|source| source.feed.into()),
        deliveries: known.map_or(0, |known| known.deliveries),
        lines: known.map_or(0, |known| known.lines),
        events: known.map_or(0, |known| known.events),
        rejected: known.map_or(0, |known| known.rejected),
        bytes: known.map_or(0, |known| known.bytes),
        lines_per_second: known.map_or(0.0, |known| known.lines_per_second(now)),
        last_line_at: at(known.and_then(|known| known.last_line_at)),
        last_delivered_at: at(known.and_then(|known| known.last_delivered_at)),
        last_read_at: at(known.and_then(|known| known.last_read_at)),
        behind_ms: known.and_then(|known| known.lag_ms),
        backlog: known
            .and_then(|known| known.backlog.clone())
            .map(|(count, unit)| BacklogView { count, unit }),
        confirmation: known.and_then(|known| known.confirmation.clone()),
        failure: progress.and_then(|known| known.failure).map(|(failure, since)| FailureView {
            code: failure.code,
            message: failure.message,
            hint: failure.hint,
            since: since.to_string(),
        }),
        audit: view.audit.map(|audit| LogAuditView {
            at: audit.at.to_string(),
            listed: audit.listed,
            missed: audit.missed,
            skipped: audit.skipped,
        }),
        gaps: view.gaps.into_iter().map(GapView::from).collect(),
    }
}

impl From<claviger_store::Gap> for GapView {
    fn from(gap: claviger_store::Gap) -> Self {
        let length = gap.ended_at.duration_since(gap.begun_at);
        Self {
            kind: gap.kind.as_str().to_owned(),
            begun_at: gap.begun_at.to_string(),
            ended_at: gap.ended_at.to_string(),
            seconds: u64::try_from(length.as_secs()).unwrap_or_default(),
            why: gap.words,
        }
    }
}

/// Where the lines of a source that is sent to go.
pub(super) fn address_of(service: &Service, name: &str) -> String {
    let base = service.settings().public_url.as_deref().unwrap_or_default();
    format!("{}/ingest/{name}", base.trim_end_matches('/'))
}
