//! Phone calls by Twilio: a voice says the message in its language.

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, Language};
use maud::{Markup, PreEscaped, html};

use super::twilio::Twilio;
use crate::{Channel, Message, NotifyError, Receipt, Secrets};

/// Calls from one account the number of a configuration.
#[derive(Debug)]
pub struct TwilioCall {
    twilio: Twilio,
    from: String,
    to: String,
}

impl TwilioCall {
    /// The account of a method.
    ///
    /// # Errors
    /// The token is missing, or endpoint or account make no address.
    pub fn new(method: &AlertMethod, secrets: Secrets, guard: Guard) -> Result<Self, NotifyError> {
        let AlertMethod::TwilioCall { endpoint, account_sid, from, to } = method else {
            return Err(NotifyError::BadUrl);
        };
        let endpoint = endpoint.as_deref();
        let twilio = Twilio::new(endpoint, account_sid, "Calls", secrets.secret, guard)?;
        Ok(Self { twilio, from: from.clone(), to: to.join(",") })
    }
}

#[async_trait]
impl Channel for TwilioCall {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let twiml = twiml(message);
        self.twilio.call(&[("To", &self.to), ("From", &self.from), ("Twiml", &twiml)]).await
    }
}

/// What the voice says, twice: whoever wakes up misses the first. Names cannot become markup.
fn twiml(message: &Message<'_>) -> String {
    let language = match message.language {
        Language::English => "en-US",
        Language::Chinese => "zh-CN",
    };
    let text = &message.spoken;
    let said: Markup = html! { (text) };
    let said = PreEscaped(said.into_string());
    format!(
        "<Response><Say language=\"{language}\">{0}</Say><Pause length=\"1\"/>\
         <Say language=\"{language}\">{0}</Say></Response>",
        said.0
    )
}
