//! Alerts on their way to people: one file a channel.
//!
//! A channel gives a composed notice its form and carries it; it decides neither what is told nor to
//! whom, keeps no state, and tries once: trying again is the caller's job, under the same id.

pub mod channel;
mod error;

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, AlertNotice, Language, Secret};

pub use channel::smtp::is_address;
pub use error::NotifyError;

/// One message.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The delivery's id: the same at each try, so that a receiver can drop a repeat.
    pub id: &'a str,
    /// What it says.
    pub notice: &'a AlertNotice,
    /// Its language.
    pub language: Language,
}

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

/// The channel of a method. Servers are trusted as this machine trusts them.
///
/// # Errors
/// An address in the method is none.
pub fn channel(
    method: &AlertMethod,
    password: Option<Secret>,
    guard: &Guard,
) -> Result<Box<dyn Channel>, NotifyError> {
    match method {
        AlertMethod::Email { .. } => {
            Ok(Box::new(channel::smtp::Smtp::new(method, password, guard.clone())?))
        }
    }
}
