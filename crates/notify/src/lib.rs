//! Alerts on their way to people: one file a channel.
//!
//! A channel gives a composed notice its form and carries it; it decides neither what is told nor to
//! whom, keeps no state, and tries once: trying again is the caller's job, under the same id.

pub mod channel;
mod error;
mod message;

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, Secret};

pub use channel::smtp::is_address;
pub use error::NotifyError;
pub use message::{Link, Message, Signal};

/// A channel accepted a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Who accepted it, with the words of the answer.
    pub accepted_by: String,
}

/// A way to people.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Carries one message, once.
    ///
    /// # Errors
    /// The channel was not reached or did not accept it.
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError>;
}

/// What a method keeps sealed.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Password, token, signing key or routing key.
    pub secret: Option<Secret>,
    /// The webhook's address, which holds a token of its own.
    pub url: Option<Secret>,
}

/// The channel of a method. Servers are trusted as this machine trusts them.
///
/// # Errors
/// An address in the method is none, or a secret is missing.
pub fn channel(
    method: &AlertMethod,
    secrets: Secrets,
    guard: &Guard,
) -> Result<Box<dyn Channel>, NotifyError> {
    let guard = guard.clone();
    Ok(match method {
        AlertMethod::Email { .. } => {
            Box::new(channel::smtp::Smtp::new(method, secrets.secret, guard)?)
        }
        AlertMethod::AliyunSms { .. } => {
            Box::new(channel::aliyun_sms::AliyunSms::new(method, secrets, guard)?)
        }
        AlertMethod::AliyunCall { .. } => {
            Box::new(channel::aliyun_call::AliyunCall::new(method, secrets, guard)?)
        }
        AlertMethod::TwilioSms { .. } => {
            Box::new(channel::twilio_sms::TwilioSms::new(method, secrets, guard)?)
        }
        AlertMethod::TwilioCall { .. } => {
            Box::new(channel::twilio_call::TwilioCall::new(method, secrets, guard)?)
        }
        AlertMethod::Webhook { .. } => {
            Box::new(channel::webhook::Webhook::new(method, secrets, guard)?)
        }
        AlertMethod::Slack { .. } => Box::new(channel::slack::Slack::new(method, secrets, guard)?),
        AlertMethod::DingTalk { .. } => {
            Box::new(channel::ding_talk::DingTalk::new(method, secrets, guard)?)
        }
        AlertMethod::Feishu { .. } => {
            Box::new(channel::feishu::Feishu::new(method, secrets, guard)?)
        }
        AlertMethod::Teams { .. } => Box::new(channel::teams::Teams::new(method, secrets, guard)?),
        AlertMethod::PagerDuty { .. } => {
            Box::new(channel::pager_duty::PagerDuty::new(method, secrets, guard)?)
        }
        AlertMethod::Syslog { .. } => Box::new(channel::syslog::Syslog::new(method, guard)?),
    })
}
