//! PagerDuty by its Events API v2. The incident is the risk event (`dedup_key`), so that a repeat joins it
//! instead of opening another, and acknowledging or closing the event does so there.

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, Level, Secret};
use serde_json::{Map, Value, json};

use super::http::Service;
use crate::message::cut;
use crate::{Channel, Message, NotifyError, Receipt, Secrets, Signal};

/// Where events go unless another endpoint is given.
const ENDPOINT: &str = "https://events.pagerduty.com";

/// Longest summary, by the API's reference.
const SUMMARY_MAX: usize = 1_024;

/// A service of PagerDuty.
#[derive(Debug)]
pub struct PagerDuty {
    service: Service,
    routing_key: Secret,
}

impl PagerDuty {
    /// The service of a method.
    ///
    /// # Errors
    /// The routing key is missing, or the endpoint is no address.
    pub fn new(method: &AlertMethod, secrets: Secrets, guard: Guard) -> Result<Self, NotifyError> {
        let AlertMethod::PagerDuty { endpoint } = method else { return Err(NotifyError::BadUrl) };
        let endpoint = endpoint.as_deref().unwrap_or(ENDPOINT).trim_end_matches('/');
        Ok(Self {
            service: Service::at(&format!("{endpoint}/v2/enqueue"), guard)?,
            routing_key: secrets.secret.ok_or(NotifyError::NoSecret { what: "routing key" })?,
        })
    }

    fn body(&self, message: &Message<'_>) -> Value {
        let action = match message.signal {
            Signal::Trigger => "trigger",
            Signal::Acknowledge => "acknowledge",
            Signal::Resolve => "resolve",
        };
        let mut body = json!({
            "routing_key": self.routing_key.reveal(),
            "event_action": action,
            "dedup_key": message.event.unwrap_or(message.id),
        });
        if message.signal == Signal::Trigger {
            let severity = match message.level {
                Level::High => "critical",
                Level::Medium => "warning",
                Level::Low => "info",
            };
            let links: Vec<Value> = message
                .links()
                .map(|link| json!({ "href": link.url, "text": link.label }))
                .collect();
            body["payload"] = json!({
                "summary": cut(&message.notice.subject, SUMMARY_MAX),
                "source": "claviger", "severity": severity, "custom_details": details(message),
            });
            body["links"] = json!(links);
            body["client"] = json!("Claviger");
        }
        body
    }
}

/// The answers, and each label with its lines.
fn details(message: &Message<'_>) -> Value {
    let mut details = Map::new();
    details.insert("delivery".to_owned(), json!(message.id));
    details.insert("answers".to_owned(), json!(message.notice.lead));
    for fact in &message.notice.facts {
        let lines = details.entry(fact.label.clone()).or_insert_with(|| json!([]));
        if let Value::Array(lines) = lines {
            lines.push(json!(fact.value));
        }
    }
    Value::Object(details)
}

#[async_trait]
impl Channel for PagerDuty {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let answer = self.service.exchange(self.service.post().json(&self.body(message))).await?;
        Ok(self.service.receipt(&answer))
    }
}
