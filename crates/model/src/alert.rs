//! Who is told of what, and how each message fares.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AlertConfigurationId, DeliveryId, Level, RiskEventId, RiskType};

/// How a message travels. Passwords are kept sealed elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum AlertMethod {
    /// E-mail by SMTP.
    Email {
        /// Mail server's name or address.
        host: String,
        /// Its port.
        port: u16,
        /// How the connection is secured: `none`, `starttls` or `tls`.
        security: String,
        /// User name at the server; the password is sealed with the configuration.
        username: Option<String>,
        /// Sender.
        from: String,
        /// Recipients.
        to: Vec<String>,
    },
}

/// The language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
}

/// Who is told of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertConfiguration {
    /// Its id.
    pub id: AlertConfigurationId,
    /// The name a person gave it.
    pub name: String,
    /// Whether it sends.
    pub enabled: bool,
    /// How.
    pub method: AlertMethod,
    /// Of which types; empty means all.
    pub risk_types: Vec<RiskType>,
    /// From which level up.
    pub level_min: Level,
    /// In which language.
    pub language: Language,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Why a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A leaked key was found.
    LeakFound,
    /// A leaked key is being used.
    LeakedKeyUsed,
    /// Access got worse: the judge raised an alarm.
    Alarm,
    /// A person pressed the test button.
    Test,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::LeakFound, Self::LeakedKeyUsed, Self::Alarm, Self::Test];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeakFound => "leak_found",
            Self::LeakedKeyUsed => "leaked_key_used",
            Self::Alarm => "alarm",
            Self::Test => "test",
        }
    }
}

/// One labelled line of a message, such as `Objects` / `1 object, 3.1 KiB, S3`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeFact {
    /// The label.
    pub label: String,
    /// The value.
    pub value: String,
}

/// What a message says, before a channel gives it its form. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertNotice {
    /// One line.
    pub subject: String,
    /// The answers of 03:00, most important first: whose key, where it leaked, what it touched, how
    /// bad, what to press.
    pub lead: Vec<String>,
    /// The rest, labelled.
    pub facts: Vec<NoticeFact>,
    /// Address of the risk event in the console.
    pub link: Option<String>,
}

/// How a message fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent.
    Waiting,
    /// Accepted by the channel.
    Delivered,
    /// The last try failed; it will be tried again.
    Retrying,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Retrying];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Retrying => "retrying",
        }
    }

    /// The state of a stored word; an unknown word is `Waiting`.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == word).unwrap_or(Self::Waiting)
    }
}

/// One message on its way: a row of the outbox and of the delivery log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Derived from configuration, risk event and occasion, so that nothing is sent twice.
    pub id: DeliveryId,
    /// The configuration it follows.
    pub configuration_id: AlertConfigurationId,
    /// The risk event it is about; `None` for a test.
    pub risk_event_id: Option<RiskEventId>,
    /// Why it is sent.
    pub kind: AlertKind,
    /// What it says.
    pub notice: AlertNotice,
    /// How it fares.
    pub state: DeliveryState,
    /// Tries so far.
    pub attempts: u32,
    /// What the last try met.
    pub last_error: Option<String>,
    /// When it was put in the outbox.
    pub created_at: Timestamp,
    /// When the channel accepted it.
    pub delivered_at: Option<Timestamp>,
}
