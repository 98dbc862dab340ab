//! A custom robot of DingTalk, signed where it asks for that: `timestamp` in milliseconds and `sign` =
//! base64(HMAC-SHA256(secret, timestamp + "\n" + secret)) in the query. The text is plain: names from
//! outside cannot become links or mentions.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, Secret};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::http::{Service, short};
use crate::{Channel, Message, NotifyError, Receipt, Secrets};

/// Longest text; DingTalk takes 20,000 bytes of body.
const TEXT_MAX: usize = 4_000;

/// Sent too fast: 20 messages a minute and robot.
const TOO_FAST: [i64; 3] = [130_101, 302_033, 660_026];

/// The signature, the address of the caller or a keyword does not fit.
const NOT_FITTING: i64 = 310_000;

/// A robot in a group.
#[derive(Debug)]
pub struct DingTalk {
    service: Service,
    secret: Option<Secret>,
}

impl DingTalk {
    /// The robot of a method.
    ///
    /// # Errors
    /// The address is missing or none.
    pub fn new(_: &AlertMethod, secrets: Secrets, guard: Guard) -> Result<Self, NotifyError> {
        Ok(Self { service: Service::sealed(secrets.url, guard)?, secret: secrets.secret })
    }
}

/// The signature of an instant in milliseconds.
#[must_use]
pub fn signature(secret: &Secret, at: Timestamp) -> String {
    let text = format!("{}\n{}", at.as_millisecond(), secret.reveal());
    let mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes())
        .map(|mac| mac.chain_update(text.as_bytes()).finalize().into_bytes());
    mac.map(|mac| STANDARD.encode(mac)).unwrap_or_default()
}

#[async_trait]
impl Channel for DingTalk {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let mut url = self.service.url.clone();
        if let Some(secret) = &self.secret {
            url.query_pairs_mut()
                .append_pair("timestamp", &message.at.as_millisecond().to_string())
                .append_pair("sign", &signature(secret, message.at));
        }
        let answer = self.service.exchange(self.service.post_to(url).json(&body(message))).await?;
        match Service::json(&answer)["errcode"].as_i64() {
            Some(0) => Ok(self.service.receipt(&answer)),
            Some(code) if TOO_FAST.contains(&code) => {
                Err(self.service.refused_for_now(short(&answer)))
            }
            Some(NOT_FITTING) => Err(self.service.credentials(short(&answer))),
            _ => Err(self.service.refused(short(&answer))),
        }
    }
}

fn body(message: &Message<'_>) -> Value {
    let mut lines = vec![message.notice.subject.clone(), message.text(TEXT_MAX)];
    lines.extend(message.links().map(|link| format!("{}: {}", link.label, link.url)));
    lines.push(message.id.to_owned());
    json!({ "msgtype": "text", "text": { "content": lines.join("\n\n") } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_vendors_example() {
        // `this is secret` is the document's; the value is what its Python example prints for the time.
        let at = Timestamp::from_millisecond(1_577_262_236_757).unwrap();
        let secret = Secret::new("this is secret".to_owned());
        assert_eq!(signature(&secret, at), "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM=");
    }
}
