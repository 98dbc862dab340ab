//! `ActionTrail`: what was done with the account by its APIs, event by event.
//!
//! Source: `ActionTrail` API reference, `LookupEvents` (2020-07-06): the last 90 days, at most 50 events a
//! page, two calls a second.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Aliyun, DOMAIN};
use crate::CloudError;
use crate::cloud::{Trail, TrailPage};
use crate::wire::{Address, Call};

const VERSION: &str = "2020-07-06";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    events: Vec<Value>,
    next_token: Option<String>,
}

impl Aliyun {
    pub(super) async fn trail(
        &self,
        trail: &Trail,
        (from, until): (Timestamp, Timestamp),
        next: Option<&str>,
    ) -> Result<TrailPage, CloudError> {
        let name = "actiontrail:LookupEvents";
        let region = trail.region.as_deref().unwrap_or(&self.region);
        let own = format!("actiontrail.{region}.{DOMAIN}");
        let address = Address::parse(trail.endpoint.as_deref().unwrap_or(&own))?;
        let second = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (from, until) = (second(from), second(until));
        let mut asked = vec![
            ("StartTime", from.as_str()),
            ("EndTime", until.as_str()),
            ("Direction", "FORWARD"),
            ("MaxResults", "50"),
        ];
        asked.extend(next.map(|next| ("NextToken", next)));
        let answer = self.rpc(&address, VERSION, Call::new(name), &asked).await?;
        let page: Page = answer.json(name)?;
        Ok(TrailPage { events: page.events, next: page.next_token.filter(|next| !next.is_empty()) })
    }
}
