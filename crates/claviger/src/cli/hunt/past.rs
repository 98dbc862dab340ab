//! What a key did, held in memory: everything is told of it.

use std::cmp::Reverse;
use std::collections::HashMap;

use claviger_model::{AccessEvent, AccessKeyId, BucketUsage, KeyUsage, Sensitivity, SourceUsage};
use claviger_respond::usage::summarize;
use claviger_watch::Places;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::places::place_json;

/// What a key did, one by one and in all.
pub(super) struct Past<'a> {
    pub(super) key: &'a AccessKeyId,
    pub(super) events: &'a [AccessEvent],
    pub(super) usage: KeyUsage,
    pub(super) bytes_in: u64,
    /// Requests by operation, most frequent first.
    pub(super) operations: Vec<(&'a str, u64)>,
}

impl<'a> Past<'a> {
    pub(super) fn of(key: &'a AccessKeyId, events: &'a [AccessEvent], partial: bool) -> Self {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for event in events {
            *counts.entry(event.operation.as_str()).or_default() += 1;
        }
        let mut operations: Vec<(&str, u64)> = counts.into_iter().collect();
        operations.sort_unstable_by_key(|(name, requests)| (Reverse(*requests), *name));
        let usage = summarize(events, None, |_, _| (Sensitivity::default(), None), partial);
        let bytes_in = events.iter().filter_map(|event| event.bytes_in).sum();
        Self { key, events, usage, bytes_in, operations }
    }

    pub(super) fn first_at(&self) -> Option<Timestamp> {
        self.events.first().map(|event| event.time)
    }

    pub(super) fn last_at(&self) -> Option<Timestamp> {
        self.events.last().map(|event| event.time)
    }
}

pub(super) fn summary_json(past: &Past<'_>, places: &Places) -> Value {
    let usage = &past.usage;
    json!({
        "access_key_id": past.key,
        "first_at": past.first_at(),
        "last_at": past.last_at(),
        "requests": past.events.len(),
        "allowed": usage.allowed,
        "denied": usage.denied,
        "bytes_out": usage.bytes_out,
        "bytes_in": past.bytes_in,
        "operations": past.operations.iter()
            .map(|(operation, requests)| json!({ "operation": operation, "requests": requests }))
            .collect::<Vec<_>>(),
        "sources": usage.sources.iter().map(|source| source_json(source, places)).collect::<Vec<_>>(),
        "buckets": usage.buckets.iter().map(bucket_json).collect::<Vec<_>>(),
        "partial": usage.partial,
    })
}

fn source_json(source: &SourceUsage, places: &Places) -> Value {
    json!({
        "source_ip": source.source_ip,
        "place": place_json(places.of_source(&source.source_ip)),
        "user_agents": source.user_agents,
        "allowed": source.allowed,
        "denied": source.denied,
        "bytes_out": source.bytes_out,
        "first_at": source.first_at,
        "last_at": source.last_at,
    })
}

fn bucket_json(bucket: &BucketUsage) -> Value {
    let objects = bucket.objects.iter().map(|object| {
        json!({
            "object": object.object,
            "operations": object.operations.iter()
                .map(|(operation, requests)| {
                    json!({ "operation": operation, "requests": requests })
                })
                .collect::<Vec<_>>(),
            "allowed": object.allowed,
            "denied": object.denied,
            "bytes_out": object.bytes_out,
            "first_at": object.first_at,
            "last_at": object.last_at,
        })
    });
    json!({
        "bucket": bucket.bucket,
        "allowed": bucket.allowed,
        "denied": bucket.denied,
        "bytes_out": bucket.bytes_out,
        "first_at": bucket.first_at,
        "last_at": bucket.last_at,
        "objects": objects.collect::<Vec<_>>(),
    })
}
