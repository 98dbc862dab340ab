//! The order of time, and each request once.
//!
//! Deliveries are late, doubled and out of order; after this step the order of files and their
//! repeats change nothing.

use claviger_model::AccessEvent;

/// The events by time, then event id; one for each event id. Where deliveries of one event id
/// differ, the one that is least in the order of its fields stays, so that the result does not
/// depend on which came first.
#[must_use]
pub fn sort_and_dedup(mut events: Vec<AccessEvent>) -> Vec<AccessEvent> {
    events.sort_by(|a, b| a.event_id.cmp(&b.event_id).then_with(|| a.cmp(b)));
    events.dedup_by(|later, kept| later.event_id == kept.event_id);
    events.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.event_id.cmp(&b.event_id)));
    events
}
