//! A workflow webhook of Microsoft Teams: an Adaptive Card in a message. Texts are runs of rich text, which
//! no markdown is read in.

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, Level};
use serde_json::{Value, json};

use super::http::Service;
use crate::message::cut;
use crate::{Channel, Message, NotifyError, Receipt, Secrets};

/// Longest text of a run; a message has at most 28 KB.
const RUN_MAX: usize = 500;

/// Most labelled lines.
const FACTS_MAX: usize = 25;

/// A channel of a team.
#[derive(Debug)]
pub struct Teams(Service);

impl Teams {
    /// The workflow of a method.
    ///
    /// # Errors
    /// The address is missing or none.
    pub fn new(_: &AlertMethod, secrets: Secrets, guard: Guard) -> Result<Self, NotifyError> {
        Service::sealed(secrets.url, guard).map(Self)
    }
}

#[async_trait]
impl Channel for Teams {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let answer = self.0.exchange(self.0.post().json(&body(message))).await?;
        Ok(self.0.receipt(if answer.is_empty() { "accepted" } else { &answer }))
    }
}

fn body(message: &Message<'_>) -> Value {
    let color = match message.level {
        Level::High => "Attention",
        Level::Medium => "Warning",
        Level::Low => "Default",
    };
    let mut lines =
        vec![block(&[json!({ "type": "TextRun", "weight": "Bolder", "size": "Medium",
        "color": color, "text": cut(&message.notice.subject, RUN_MAX) })])];
    lines.extend(message.notice.lead.iter().map(|line| block(&[run(line)])));
    lines.extend(message.notice.facts.iter().take(FACTS_MAX).map(|fact| {
        let label =
            json!({ "type": "TextRun", "weight": "Bolder", "text": format!("{}: ", fact.label) });
        block(&[label, run(&fact.value)])
    }));
    lines.push(block(&[json!({ "type": "TextRun", "isSubtle": true, "size": "Small",
        "text": message.id })]));
    let actions: Vec<Value> = message
        .links()
        .map(|link| json!({ "type": "Action.OpenUrl", "title": link.label, "url": link.url }))
        .collect();
    json!({ "type": "message", "attachments": [{
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": null,
        "content": {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard", "version": "1.4", "body": lines, "actions": actions,
        },
    }] })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": cut(text, RUN_MAX) })
}

fn block(runs: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}
