//! How the use of a key looks to a machine: buckets, objects and sources.

use claviger_model::{BucketUsage, KeyUsage, ObjectUsage, SourceUsage};
use claviger_watch::{Place, Places};
use serde::Serialize;
use utoipa::ToSchema;

/// What was done with the key since the leak.
#[derive(Serialize, ToSchema)]
pub(super) struct UsageView {
    allowed: u64,
    denied: u64,
    bytes_out: u64,
    /// Whether the history holds more than was read for this answer.
    partial: bool,
    /// Most sensitive first, then by bytes.
    buckets: Vec<BucketView>,
    /// Busiest first.
    sources: Vec<SourceView>,
}

/// What was done in one bucket.
#[derive(Serialize, ToSchema)]
struct BucketView {
    bucket: String,
    sensitivity: String,
    allowed: u64,
    denied: u64,
    bytes_out: u64,
    first_at: String,
    last_at: String,
    files: Vec<FileView>,
}

/// What was done with one object.
#[derive(Serialize, ToSchema)]
struct FileView {
    object: String,
    sensitivity: String,
    acl: Option<String>,
    operations: Vec<OperationView>,
    allowed: u64,
    denied: u64,
    bytes_out: u64,
    first_at: String,
    last_at: String,
}

/// How often one operation was asked for.
#[derive(Serialize, ToSchema)]
struct OperationView {
    operation: String,
    count: u64,
}

/// What came from one address.
#[derive(Serialize, ToSchema)]
struct SourceView {
    source_ip: String,
    /// Its network and country, where tables of them are loaded and know it.
    place: Option<PlaceView>,
    user_agents: Vec<String>,
    /// Whether it used the key before the leak.
    before_leak: bool,
    allowed: u64,
    denied: u64,
    bytes_out: u64,
    first_at: String,
    last_at: String,
}

/// Where an address is.
#[derive(Serialize, ToSchema)]
struct PlaceView {
    /// The number of the network.
    asn: Option<u32>,
    organisation: Option<String>,
    /// Two letters (ISO 3166-1).
    country: Option<String>,
    /// Whether anybody can rent machines there.
    is_hosting: bool,
    /// Whether traffic of the Tor network leaves there.
    is_tor: bool,
}

impl UsageView {
    /// Says where each source is.
    pub(super) fn locate(&mut self, places: &Places) {
        for source in &mut self.sources {
            let place = places.of_source(&source.source_ip);
            source.place = (place != Place::default()).then(|| PlaceView {
                asn: place.asn,
                organisation: place.organisation.map(str::to_owned),
                country: place.country.map(|country| country.to_string()),
                is_hosting: place.is_hosting,
                is_tor: place.is_tor,
            });
        }
    }
}

impl From<KeyUsage> for UsageView {
    fn from(usage: KeyUsage) -> Self {
        Self {
            allowed: usage.allowed,
            denied: usage.denied,
            bytes_out: usage.bytes_out,
            partial: usage.partial,
            buckets: usage.buckets.into_iter().map(BucketView::from).collect(),
            sources: usage.sources.into_iter().map(SourceView::from).collect(),
        }
    }
}

impl From<BucketUsage> for BucketView {
    fn from(usage: BucketUsage) -> Self {
        Self {
            bucket: usage.bucket,
            sensitivity: usage.sensitivity.to_string(),
            allowed: usage.allowed,
            denied: usage.denied,
            bytes_out: usage.bytes_out,
            first_at: usage.first_at.to_string(),
            last_at: usage.last_at.to_string(),
            files: usage.objects.into_iter().map(FileView::from).collect(),
        }
    }
}

impl From<ObjectUsage> for FileView {
    fn from(usage: ObjectUsage) -> Self {
        Self {
            object: usage.object,
            sensitivity: usage.sensitivity.to_string(),
            acl: usage.acl,
            operations: usage
                .operations
                .into_iter()
                .map(|(operation, count)| OperationView { operation, count })
                .collect(),
            allowed: usage.allowed,
            denied: usage.denied,
            bytes_out: usage.bytes_out,
            first_at: usage.first_at.to_string(),
            last_at: usage.last_at.to_string(),
        }
    }
}

impl From<SourceUsage> for SourceView {
    fn from(usage: SourceUsage) -> Self {
        Self {
            source_ip: usage.source_ip,
            place: None,
            user_agents: usage.user_agents,
            before_leak: usage.before_leak,
            allowed: usage.allowed,
            denied: usage.denied,
            bytes_out: usage.bytes_out,
            first_at: usage.first_at.to_string(),
            last_at: usage.last_at.to_string(),
        }
    }
}
