//! Access events of one key, summed up by bucket, object and source.

use std::collections::{BTreeMap, HashSet};

use claviger_model::{
    AccessEvent, Acl, BucketUsage, EventId, KeyUsage, ObjectUsage, Sensitivity, SourceUsage,
};
use jiff::Timestamp;

/// Clients named of one source; a page shows a handful.
const USER_AGENTS_MAX: usize = 20;

/// What stands for the address where the log has none.
const SOURCE_UNKNOWN: &str = "unknown";

/// Sums up what was done with one key.
///
/// `events` may reach back before the leak and hold an event twice. Buckets, objects and totals count
/// what happened since `leaked_at` (all of it, where that is not known); sources cover everything, so
/// that they tell who used the key before. Bytes are those of requests carried out. `sensitivity`
/// answers for a bucket (no object) and for an object, with its ACL as last read; `partial` says that
/// the history holds more.
#[must_use]
pub fn summarize(
    events: &[AccessEvent],
    leaked_at: Option<Timestamp>,
    sensitivity: impl Fn(&str, Option<&str>) -> (Sensitivity, Option<Acl>),
    partial: bool,
) -> KeyUsage {
    let mut sums = Sums::default();
    let mut seen: HashSet<&EventId> = HashSet::new();
    for event in events {
        if seen.insert(&event.event_id) {
            sums.add(event, leaked_at);
        }
    }
    let mut buckets: Vec<BucketUsage> = sums
        .buckets
        .into_iter()
        .map(|(bucket, sum)| sum.into_usage(bucket, &sensitivity))
        .collect();
    buckets.sort_by(|a, b| {
        (b.sensitivity, b.bytes_out)
            .cmp(&(a.sensitivity, a.bytes_out))
            .then(a.bucket.cmp(&b.bucket))
    });
    let mut sources: Vec<SourceUsage> =
        sums.sources.into_iter().map(|(source, sum)| sum.into_usage(source)).collect();
    sources.sort_by(|a, b| {
        let busy = |source: &SourceUsage| (source.allowed + source.denied, source.bytes_out);
        busy(b).cmp(&busy(a)).then(a.source_ip.cmp(&b.source_ip))
    });
    let Count { allowed, denied, bytes_out, .. } = sums.total;
    KeyUsage { buckets, sources, allowed, denied, bytes_out, partial }
}

/// What is counted everywhere.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    allowed: u64,
    denied: u64,
    bytes_out: u64,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
}

impl Count {
    fn add(&mut self, event: &AccessEvent) {
        if event.succeeded() {
            self.allowed += 1;
            self.bytes_out = self.bytes_out.saturating_add(event.bytes_out.unwrap_or(0));
        } else {
            self.denied += 1;
        }
        self.first_at = Some(self.first_at.map_or(event.time, |first| first.min(event.time)));
        self.last_at = Some(self.last_at.map_or(event.time, |last| last.max(event.time)));
    }

    /// First and last request; a count is only kept once something was added.
    fn stretch(&self) -> (Timestamp, Timestamp) {
        (self.first_at.unwrap_or_default(), self.last_at.unwrap_or_default())
    }
}

#[derive(Default)]
struct Sums<'a> {
    total: Count,
    buckets: BTreeMap<&'a str, BucketSum<'a>>,
    sources: BTreeMap<&'a str, SourceSum<'a>>,
}

impl<'a> Sums<'a> {
    fn add(&mut self, event: &'a AccessEvent, leaked_at: Option<Timestamp>) {
        let before_leak = leaked_at.is_some_and(|leaked_at| event.time < leaked_at);
        let source = event.source_ip.as_deref().unwrap_or(SOURCE_UNKNOWN);
        self.sources.entry(source).or_default().add(event, before_leak);
        if before_leak {
            return;
        }
        self.total.add(event);
        if let Some(bucket) = event.bucket.as_deref() {
            self.buckets.entry(bucket).or_default().add(event);
        }
    }
}

#[derive(Default)]
struct BucketSum<'a> {
    count: Count,
    objects: BTreeMap<&'a str, ObjectSum<'a>>,
}

impl<'a> BucketSum<'a> {
    fn add(&mut self, event: &'a AccessEvent) {
        self.count.add(event);
        if let Some(object) = event.object.as_deref() {
            let sum = self.objects.entry(object).or_default();
            sum.count.add(event);
            *sum.operations.entry(&event.operation).or_default() += 1;
        }
    }

    fn into_usage(
        self,
        bucket: &str,
        sensitivity: &impl Fn(&str, Option<&str>) -> (Sensitivity, Option<Acl>),
    ) -> BucketUsage {
        let mut objects: Vec<ObjectUsage> = self
            .objects
            .into_iter()
            .map(|(object, sum)| sum.into_usage(object, sensitivity(bucket, Some(object))))
            .collect();
        objects.sort_by(|a, b| {
            (b.sensitivity, b.bytes_out)
                .cmp(&(a.sensitivity, a.bytes_out))
                .then(a.object.cmp(&b.object))
        });
        let (first_at, last_at) = self.count.stretch();
        // A bucket is at least as sensitive as what was touched in it.
        let touched =
            objects.first().map_or(Sensitivity::NotAvailable, |object| object.sensitivity);
        BucketUsage {
            bucket: bucket.to_owned(),
            sensitivity: sensitivity(bucket, None).0.max(touched),
            allowed: self.count.allowed,
            denied: self.count.denied,
            bytes_out: self.count.bytes_out,
            first_at,
            last_at,
            objects,
        }
    }
}

#[derive(Default)]
struct ObjectSum<'a> {
    count: Count,
    operations: BTreeMap<&'a str, u64>,
}

impl ObjectSum<'_> {
    fn into_usage(self, object: &str, known: (Sensitivity, Option<Acl>)) -> ObjectUsage {
        let mut operations: Vec<(String, u64)> =
            self.operations.into_iter().map(|(name, times)| (name.to_owned(), times)).collect();
        operations.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let (first_at, last_at) = self.count.stretch();
        ObjectUsage {
            object: object.to_owned(),
            sensitivity: known.0,
            acl: known.1.map(|acl| acl.as_str().to_owned()),
            operations,
            allowed: self.count.allowed,
            denied: self.count.denied,
            bytes_out: self.count.bytes_out,
            first_at,
            last_at,
        }
    }
}

#[derive(Default)]
struct SourceSum<'a> {
    count: Count,
    before_leak: bool,
    user_agents: Vec<&'a str>,
}

impl<'a> SourceSum<'a> {
    fn add(&mut self, event: &'a AccessEvent, before_leak: bool) {
        self.count.add(event);
        self.before_leak |= before_leak;
        let Some(agent) = event.user_agent.as_deref() else { return };
        if self.user_agents.len() < USER_AGENTS_MAX && !self.user_agents.contains(&agent) {
            self.user_agents.push(agent);
        }
    }

    fn into_usage(self, source: &str) -> SourceUsage {
        let (first_at, last_at) = self.count.stretch();
        SourceUsage {
            source_ip: source.to_owned(),
            user_agents: self.user_agents.into_iter().map(str::to_owned).collect(),
            before_leak: self.before_leak,
            allowed: self.count.allowed,
            denied: self.count.denied,
            bytes_out: self.count.bytes_out,
            first_at,
            last_at,
        }
    }
}
