//! `CloudTrail`: what was done with the account by its APIs, event by event, as each region tells it.
//!
//! Source: `CloudTrail` API reference, `LookupEvents` (2013-11-01): management events of the last 90 days, the newest
//! first, at most 50 a page, two calls a second for an account and region; `CloudTrail` user guide, "About global
//! service events": those of IAM, and of STS where it is asked at its one address for all, are in the first region
//! of their part of the world.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::json::JsonCall;
use super::{Accounts, S3, home_region};
use crate::CloudError;
use crate::cloud::{Trail, TrailPage};

const CALL: &str = "cloudtrail:LookupEvents";
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
/// The most that the service takes.
const EVENTS_MAX: u32 = 50;
/// Where an event's own record stands, as a text of JSON.
const RECORD: &str = "CloudTrailEvent";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    events: Vec<Value>,
    next_token: Option<String>,
}

impl<A: Accounts> S3<A> {
    /// The connection's region and the one of services that have none, each once.
    pub(super) fn regions_of_trail(&self) -> Vec<String> {
        let mut regions = vec![self.region.clone()];
        let home = home_region(&self.region);
        if home != self.region {
            regions.push(home.to_owned());
        }
        regions
    }

    pub(super) async fn trail(
        &self,
        trail: &Trail,
        (from, until): (Timestamp, Timestamp),
        next: Option<&str>,
    ) -> Result<TrailPage, CloudError> {
        let mut asked = json!({ "StartTime": from.as_second(), "EndTime": until.as_second(),
            "MaxResults": EVENTS_MAX });
        if let Some(next) = next {
            asked["NextToken"] = next.into();
        }
        let call = JsonCall {
            name: CALL,
            service: "cloudtrail",
            target: TARGET,
            region: trail.region.as_deref().unwrap_or(&self.region),
            endpoint: trail.endpoint.as_deref(),
            lacking: "look up events",
        };
        let page: Page = self.json(call, &asked).await?.json(CALL)?;
        let events = page.events.into_iter().map(record).collect();
        Ok(TrailPage { events, next: page.next_token.filter(|next| !next.is_empty()) })
    }
}

/// The record of an event; what there is instead where it has none that can be read, so that it is counted.
fn record(event: Value) -> Value {
    match event[RECORD].as_str() {
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        None => event,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_its_record_and_one_without_is_not_lost() {
        let record_of = |text: &str| record(json!({ "EventId": "e", RECORD: text }));
        assert_eq!(record_of("{\"eventID\":\"e\"}"), json!({ "eventID": "e" }));
        assert_eq!(record_of("{cut"), json!("{cut"));
        assert_eq!(record(json!({ "EventId": "e" })), json!({ "EventId": "e" }));
    }
}
