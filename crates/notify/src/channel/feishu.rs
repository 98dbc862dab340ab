//! A custom bot of Feishu or Lark, signed where it asks for that: `timestamp` in seconds and `sign` =
//! base64(HMAC-SHA256(key = timestamp + "\n" + secret, nothing)) in the body. Texts are `plain_text`.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, Level, Secret};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::http::{Service, short};
use crate::message::cut;
use crate::{Channel, Message, NotifyError, Receipt, Secrets};

/// Longest text; Feishu takes 20 KB of body.
const TEXT_MAX: usize = 4_000;

/// Longest title.
const TITLE_MAX: usize = 200;

/// Sent too fast: 100 messages a minute, 5 a second.
const TOO_FAST: [i64; 2] = [9_499, 11_232];

/// The signature does not fit, or is too old.
const BAD_SIGNATURE: i64 = 19_021;

/// A bot in a group.
#[derive(Debug)]
pub struct Feishu {
    service: Service,
    secret: Option<Secret>,
}

impl Feishu {
    /// The bot of a method.
    ///
    /// # Errors
    /// The address is missing or none.
    pub fn new(_: &AlertMethod, secrets: Secrets, guard: Guard) -> Result<Self, NotifyError> {
        Ok(Self { service: Service::sealed(secrets.url, guard)?, secret: secrets.secret })
    }
}

/// The signature of an instant in seconds.
#[must_use]
pub fn signature(secret: &Secret, at: Timestamp) -> String {
    let key = format!("{}\n{}", at.as_second(), secret.reveal());
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mac| mac.finalize().into_bytes());
    mac.map(|mac| STANDARD.encode(mac)).unwrap_or_default()
}

#[async_trait]
impl Channel for Feishu {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let mut body = body(message);
        if let Some(secret) = &self.secret {
            body["timestamp"] = json!(message.at.as_second().to_string());
            body["sign"] = json!(signature(secret, message.at));
        }
        let answer = self.service.exchange(self.service.post().json(&body)).await?;
        match Service::json(&answer)["code"].as_i64() {
            Some(0) => Ok(self.service.receipt(&answer)),
            Some(code) if TOO_FAST.contains(&code) => {
                Err(self.service.refused_for_now(short(&answer)))
            }
            Some(BAD_SIGNATURE) => Err(self.service.credentials(short(&answer))),
            _ => Err(self.service.refused(short(&answer))),
        }
    }
}

fn body(message: &Message<'_>) -> Value {
    let plain = |text: &str| json!({ "tag": "plain_text", "content": text });
    let mut elements = vec![json!({ "tag": "div", "text": plain(&message.text(TEXT_MAX)) })];
    let buttons: Vec<Value> = message
        .links()
        .map(|link| json!({ "tag": "button", "text": plain(&link.label), "url": link.url, "type": "default" }))
        .collect();
    if !buttons.is_empty() {
        elements.push(json!({ "tag": "action", "actions": buttons }));
    }
    elements.push(json!({ "tag": "note", "elements": [plain(message.id)] }));
    let template = match message.level {
        Level::High => "red",
        Level::Medium => "orange",
        Level::Low => "blue",
    };
    let title = plain(&cut(&message.notice.subject, TITLE_MAX));
    json!({ "msg_type": "interactive", "card": {
        "header": { "title": title, "template": template }, "elements": elements } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_vendors_example() {
        // The value is what the Go example of the document prints for this time and secret.
        let at = Timestamp::from_second(1_599_360_473).unwrap();
        assert_eq!(
            signature(&Secret::new("demo".to_owned()), at),
            "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="
        );
    }
}
