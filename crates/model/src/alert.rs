//! Who is told of what, and how each message fares.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AlertConfigurationId, AlertRules, DeliveryId, Level, RecipientKind, RiskEventId, RiskType,
};

/// How a message travels. Passwords, tokens, signing keys and addresses that hold one are kept sealed
/// elsewhere; of such an address only the host stands here.
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
    /// Text messages by Alibaba Cloud (Dysmsapi `SendSms`).
    AliyunSms {
        /// Another endpoint than `https://dysmsapi.aliyuncs.com`.
        endpoint: Option<String>,
        /// The key that sends; its secret is sealed.
        access_key_id: String,
        /// The approved signature.
        sign_name: String,
        /// The approved template: one variable `text`, or `code` as well.
        template_code: String,
        /// Recipients.
        to: Vec<String>,
    },
    /// Phone calls by Alibaba Cloud (Dyvmsapi `SingleCallByTts`).
    AliyunCall {
        /// Another endpoint than `https://dyvmsapi.aliyuncs.com`.
        endpoint: Option<String>,
        /// The key that calls; its secret is sealed.
        access_key_id: String,
        /// The number that is shown; none for a template of the public pool.
        shown_number: Option<String>,
        /// The approved template: one variable `text`.
        template_code: String,
        /// Recipients.
        to: Vec<String>,
    },
    /// Text messages by Twilio.
    TwilioSms {
        /// Another endpoint than `https://api.twilio.com`.
        endpoint: Option<String>,
        /// The account; its token is sealed.
        account_sid: String,
        /// The number that sends.
        from: String,
        /// Recipients.
        to: Vec<String>,
    },
    /// Phone calls by Twilio.
    TwilioCall {
        /// Another endpoint than `https://api.twilio.com`.
        endpoint: Option<String>,
        /// The account; its token is sealed.
        account_sid: String,
        /// The number that calls.
        from: String,
        /// Recipients.
        to: Vec<String>,
    },
    /// A webhook of one's own, signed.
    Webhook {
        /// Where it leads.
        host: String,
    },
    /// An incoming webhook of Slack.
    Slack {
        /// Where it leads.
        host: String,
    },
    /// A custom robot of DingTalk.
    DingTalk {
        /// Where it leads.
        host: String,
    },
    /// A custom bot of Feishu (Lark).
    Feishu {
        /// Where it leads.
        host: String,
    },
    /// A workflow webhook of Microsoft Teams.
    Teams {
        /// Where it leads.
        host: String,
    },
    /// PagerDuty, Events API v2; the routing key is sealed.
    PagerDuty {
        /// Another endpoint than `https://events.pagerduty.com`.
        endpoint: Option<String>,
    },
    /// A log server (RFC 5424).
    Syslog {
        /// The server.
        host: String,
        /// Its port.
        port: u16,
        /// `tls` (RFC 5425) or `none`.
        security: String,
    },
}

impl AlertMethod {
    /// The word in data, as the serialized `method`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Email { .. } => "email",
            Self::AliyunSms { .. } => "aliyun_sms",
            Self::AliyunCall { .. } => "aliyun_call",
            Self::TwilioSms { .. } => "twilio_sms",
            Self::TwilioCall { .. } => "twilio_call",
            Self::Webhook { .. } => "webhook",
            Self::Slack { .. } => "slack",
            Self::DingTalk { .. } => "ding_talk",
            Self::Feishu { .. } => "feishu",
            Self::Teams { .. } => "teams",
            Self::PagerDuty { .. } => "pager_duty",
            Self::Syslog { .. } => "syslog",
        }
    }

    /// The name on pages.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Email { .. } => "E-mail",
            Self::AliyunSms { .. } => "SMS by Alibaba Cloud",
            Self::AliyunCall { .. } => "Phone call by Alibaba Cloud",
            Self::TwilioSms { .. } => "SMS by Twilio",
            Self::TwilioCall { .. } => "Phone call by Twilio",
            Self::Webhook { .. } => "Signed webhook",
            Self::Slack { .. } => "Slack",
            Self::DingTalk { .. } => "DingTalk",
            Self::Feishu { .. } => "Feishu",
            Self::Teams { .. } => "Microsoft Teams",
            Self::PagerDuty { .. } => "PagerDuty",
            Self::Syslog { .. } => "Syslog",
        }
    }

    /// What kind of recipient it reaches; `None` where it reaches a place, not a person.
    #[must_use]
    pub fn reaches(&self) -> Option<RecipientKind> {
        match self {
            Self::Email { .. } => Some(RecipientKind::Mail),
            Self::AliyunSms { .. }
            | Self::AliyunCall { .. }
            | Self::TwilioSms { .. }
            | Self::TwilioCall { .. } => Some(RecipientKind::Phone),
            _ => None,
        }
    }

    /// The recipients that stand in it.
    #[must_use]
    pub fn to(&self) -> &[String] {
        match self {
            Self::Email { to, .. }
            | Self::AliyunSms { to, .. }
            | Self::AliyunCall { to, .. }
            | Self::TwilioSms { to, .. }
            | Self::TwilioCall { to, .. } => to,
            _ => &[],
        }
    }

    /// Whether a message leaves once for each recipient, so that each is tried again alone.
    #[must_use]
    pub fn is_one_by_one(&self) -> bool {
        self.reaches() == Some(RecipientKind::Phone)
    }
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
    /// When, how often, to which groups, and what follows silence.
    pub rules: AlertRules,
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
    /// A response rule is about to run a plan, unless somebody vetoes.
    ResponseAnnounced,
    /// A confirmed plan did not go through.
    HandlingFailed,
    /// Nobody acknowledged it: the same, told further.
    Escalation,
    /// Several messages in one.
    Digest,
    /// Messages of another configuration do not get through.
    DeliveryFailed,
    /// A capacity comes near its limit, or is used up.
    Capacity,
    /// Somebody acknowledged the event; only for channels that keep incidents.
    Acknowledged,
    /// The event is closed; only for channels that keep incidents.
    Resolved,
    /// The code that makes an address a recipient.
    Code,
    /// A person pressed the test button.
    Test,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::LeakFound,
        Self::LeakedKeyUsed,
        Self::Alarm,
        Self::ResponseAnnounced,
        Self::HandlingFailed,
        Self::Escalation,
        Self::Digest,
        Self::DeliveryFailed,
        Self::Capacity,
        Self::Acknowledged,
        Self::Resolved,
        Self::Code,
        Self::Test,
    ];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeakFound => "leak_found",
            Self::LeakedKeyUsed => "leaked_key_used",
            Self::Alarm => "alarm",
            Self::ResponseAnnounced => "response_announced",
            Self::HandlingFailed => "handling_failed",
            Self::Escalation => "escalation",
            Self::Digest => "digest",
            Self::DeliveryFailed => "delivery_failed",
            Self::Capacity => "capacity",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Code => "code",
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
    /// Waits to be told with others in one message.
    Collected,
    /// Told in another message.
    Summarized,
    /// Given up after many tries; a person can send it again.
    Dead,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Delivered,
        Self::Retrying,
        Self::Collected,
        Self::Summarized,
        Self::Dead,
    ];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Retrying => "retrying",
            Self::Collected => "collected",
            Self::Summarized => "summarized",
            Self::Dead => "dead",
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
    /// To whom alone; empty: to everybody that the configuration names when it leaves.
    pub to: Vec<String>,
    /// How bad what it tells is.
    pub level: Level,
    /// What it says.
    pub notice: AlertNotice,
    /// When it may leave, at the earliest.
    pub leaves_at: Timestamp,
    /// The message that tells it with others.
    pub digest_id: Option<DeliveryId>,
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
