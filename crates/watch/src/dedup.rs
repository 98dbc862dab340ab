//! The order of time, and each request once.
//!
//! Deliveries are late, doubled and out of order; after this step the order of files and their
//! repeats change nothing.

use std::cmp::Ordering;

use claviger_model::AccessEvent;

/// The events by time, then event id; one for each event id. Where deliveries of one event id
/// differ, the one that is least in the order of its fields stays, so that the result does not
/// depend on which came first.
#[must_use]
pub fn sort_and_dedup(mut events: Vec<AccessEvent>) -> Vec<AccessEvent> {
    events.sort_by(|a, b| a.event_id.cmp(&b.event_id).then_with(|| by_fields(a, b)));
    events.dedup_by(|later, kept| later.event_id == kept.event_id);
    events.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.event_id.cmp(&b.event_id)));
    events
}

/// A total order over all fields but the event id.
pub(crate) fn by_fields(a: &AccessEvent, b: &AccessEvent) -> Ordering {
    a.time
        .cmp(&b.time)
        .then_with(|| a.access_key_id.cmp(&b.access_key_id))
        .then_with(|| a.account.cmp(&b.account))
        .then_with(|| a.source_ip.cmp(&b.source_ip))
        .then_with(|| a.user_agent.cmp(&b.user_agent))
        .then_with(|| a.operation.cmp(&b.operation))
        .then_with(|| a.bucket.cmp(&b.bucket))
        .then_with(|| a.object.cmp(&b.object))
        .then_with(|| a.status.cmp(&b.status))
        .then_with(|| a.error.cmp(&b.error))
        .then_with(|| a.bytes_out.cmp(&b.bytes_out))
        .then_with(|| a.bytes_in.cmp(&b.bytes_in))
        .then_with(|| a.request_id.cmp(&b.request_id))
}
