//! Text messages by Twilio.

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::AlertMethod;

use super::twilio::Twilio;
use crate::message::cut;
use crate::{Channel, Message, NotifyError, Receipt, Secrets};

/// Longest body, by Twilio's reference.
const BODY_MAX: usize = 1_600;

/// Sends from one account to the number of a configuration.
#[derive(Debug)]
pub struct TwilioSms {
    twilio: Twilio,
    from: String,
    to: String,
}

impl TwilioSms {
    /// The account of a method.
    ///
    /// # Errors
    /// The token is missing, or endpoint or account make no address.
    pub fn new(method: &AlertMethod, secrets: Secrets, guard: Guard) -> Result<Self, NotifyError> {
        let AlertMethod::TwilioSms { endpoint, account_sid, from, to } = method else {
            return Err(NotifyError::BadUrl);
        };
        let endpoint = endpoint.as_deref();
        let twilio = Twilio::new(endpoint, account_sid, "Messages", secrets.secret, guard)?;
        Ok(Self { twilio, from: from.clone(), to: to.join(",") })
    }
}

#[async_trait]
impl Channel for TwilioSms {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let body = cut(&message.brief, BODY_MAX);
        self.twilio.call(&[("To", &self.to), ("From", &self.from), ("Body", &body)]).await
    }
}
