//! An incoming webhook of Slack. Every text is `plain_text`: names from outside cannot become links or
//! mentions. Slack knows no key of repeats; the delivery's id stands at the end for whoever compares.

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::AlertMethod;
use serde_json::{Value, json};

use super::http::{Service, short};
use crate::message::cut;
use crate::{Channel, Message, NotifyError, Receipt, Secrets};

/// Longest header, by Slack's Block Kit reference.
const HEADER_MAX: usize = 150;

/// Longest text of a section, by the same, less room for the ellipsis.
const SECTION_MAX: usize = 2_900;

/// A channel of a workspace.
#[derive(Debug)]
pub struct Slack(Service);

impl Slack {
    /// The webhook of a method.
    ///
    /// # Errors
    /// The address is missing or none.
    pub fn new(_: &AlertMethod, secrets: Secrets, guard: Guard) -> Result<Self, NotifyError> {
        Service::sealed(secrets.url, guard).map(Self)
    }
}

#[async_trait]
impl Channel for Slack {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let answer = self.0.exchange(self.0.post().json(&body(message))).await?;
        if answer != "ok" {
            return Err(self.0.refused(short(&answer)));
        }
        Ok(self.0.receipt(&answer))
    }
}

fn body(message: &Message<'_>) -> Value {
    let plain = |text: &str| json!({ "type": "plain_text", "text": text, "emoji": false });
    let mut blocks = vec![
        json!({ "type": "header", "text": plain(&cut(&message.notice.subject, HEADER_MAX)) }),
        json!({ "type": "section", "text": plain(&message.text(SECTION_MAX)) }),
    ];
    let buttons: Vec<Value> = message
        .links()
        .map(|link| json!({ "type": "button", "text": plain(&link.label), "url": link.url }))
        .collect();
    if !buttons.is_empty() {
        blocks.push(json!({ "type": "actions", "elements": buttons }));
    }
    blocks.push(json!({ "type": "context", "elements": [plain(message.id)] }));
    // The text that notifications show; `<`, `>` and `&` are its only markup.
    let text = message.notice.subject.replace('&', "&amp;");
    json!({ "text": text.replace('<', "&lt;").replace('>', "&gt;"), "blocks": blocks })
}
