//! A webhook of one's own, signed as Standard Webhooks says (standardwebhooks.com): headers `webhook-id`,
//! `webhook-timestamp` and `webhook-signature`. The id is the same at each try, also as `idempotency-key`.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, Language, Secret};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::http::Service;
use crate::{Channel, Link, Message, NotifyError, Receipt, Secrets, Signal};

/// What a key begins with whose rest is base64.
const KEY_PREFIX: &str = "whsec_";

/// A place that takes signed messages.
#[derive(Debug)]
pub struct Webhook {
    service: Service,
    key: Secret,
}

impl Webhook {
    /// The place of a method.
    ///
    /// # Errors
    /// Address or key is missing.
    pub fn new(_: &AlertMethod, secrets: Secrets, guard: Guard) -> Result<Self, NotifyError> {
        let key = secrets.secret.ok_or(NotifyError::NoSecret { what: "signing key" })?;
        Ok(Self { service: Service::sealed(secrets.url, guard)?, key })
    }
}

/// `v1,` and the base64 of the HMAC-SHA256 over id, time and body.
#[must_use]
pub fn signature(key: &Secret, id: &str, at: Timestamp, body: &[u8]) -> String {
    let text = key.reveal();
    let decoded = text.strip_prefix(KEY_PREFIX).and_then(|rest| STANDARD.decode(rest).ok());
    let bytes = decoded.unwrap_or_else(|| text.as_bytes().to_vec());
    let head = format!("{id}.{}.", at.as_second());
    // A key of any length is one, so this cannot fail; a body signed with nothing is refused there.
    let mac = Hmac::<Sha256>::new_from_slice(&bytes)
        .map(|mac| mac.chain_update(head.as_bytes()).chain_update(body).finalize().into_bytes());
    format!("v1,{}", mac.map(|mac| STANDARD.encode(mac)).unwrap_or_default())
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let body = body(message).to_string();
        let request = self
            .service
            .post()
            .header("content-type", "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.at.as_second().to_string())
            .header(
                "webhook-signature",
                signature(&self.key, message.id, message.at, body.as_bytes()),
            )
            .header("idempotency-key", message.id)
            .body(body);
        let answer = self.service.exchange(request).await?;
        Ok(self.service.receipt(&answer))
    }
}

/// The body: the same at each try.
fn body(message: &Message<'_>) -> Value {
    let url = |link: &Option<Link>| link.as_ref().map(|link| link.url.clone());
    json!({
        "type": match message.signal {
            Signal::Trigger => "alert.triggered",
            Signal::Acknowledge => "alert.acknowledged",
            Signal::Resolve => "alert.resolved",
        },
        "id": message.id,
        "event_id": message.event,
        "level": message.level.as_str(),
        "language": match message.language { Language::English => "en", Language::Chinese => "zh-CN" },
        "subject": message.notice.subject,
        "lead": message.notice.lead,
        "facts": message.notice.facts,
        "open_url": url(&message.open),
        "acknowledge_url": url(&message.acknowledge),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        let key = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = signature(&key, id, at, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
