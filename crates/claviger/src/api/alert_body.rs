//! An alert configuration as the API writes it.

use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertMethod, AlertRules, AssetId, Digest, Escalation,
    EscalationStep, Hours, Language, Level, Outside, RecipientGroupId, RiskType, Secret, Throttle,
};
use claviger_service::NewAlert;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Problem;

/// How messages travel. `host` of a webhook is told, never taken: it is read out of `url`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Method {
    /// E-mail by SMTP; `secret` is the password.
    Email {
        host: String,
        port: u16,
        /// `starttls`, `tls` or `none`.
        security: String,
        username: Option<String>,
        from: String,
        #[serde(default)]
        to: Vec<String>,
    },
    /// Dysmsapi `SendSms`; `secret` is the AccessKey secret. The template has one variable, `text`.
    AliyunSms {
        endpoint: Option<String>,
        access_key_id: String,
        sign_name: String,
        template_code: String,
        #[serde(default)]
        to: Vec<String>,
    },
    /// Dyvmsapi `SingleCallByTts`; `secret` is the AccessKey secret. The template has one variable, `text`.
    AliyunCall {
        endpoint: Option<String>,
        access_key_id: String,
        shown_number: Option<String>,
        template_code: String,
        #[serde(default)]
        to: Vec<String>,
    },
    /// Text messages; `secret` is the auth token.
    TwilioSms {
        endpoint: Option<String>,
        account_sid: String,
        from: String,
        #[serde(default)]
        to: Vec<String>,
    },
    /// Phone calls; `secret` is the auth token.
    TwilioCall {
        endpoint: Option<String>,
        account_sid: String,
        from: String,
        #[serde(default)]
        to: Vec<String>,
    },
    /// Signed as Standard Webhooks says; `secret` is the signing key.
    Webhook {
        #[serde(default)]
        host: String,
    },
    Slack {
        #[serde(default)]
        host: String,
    },
    /// `secret` is the robot's signing secret, where it has one.
    DingTalk {
        #[serde(default)]
        host: String,
    },
    /// `secret` is the bot's signing secret, where it has one.
    Feishu {
        #[serde(default)]
        host: String,
    },
    Teams {
        #[serde(default)]
        host: String,
    },
    /// Events API v2; `secret` is the routing key.
    PagerDuty { endpoint: Option<String> },
    /// RFC 5424 over TLS (RFC 5425) or plain TCP.
    Syslog {
        host: String,
        port: u16,
        /// `tls` or `none`.
        security: String,
    },
}

/// E-mail by SMTP, as a short way to write `method`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Email {
    host: String,
    port: u16,
    /// `starttls`, `tls` or `none`.
    security: String,
    username: Option<String>,
    from: String,
    #[serde(default)]
    to: Vec<String>,
}

/// Days and hours in a time zone.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoursBody {
    /// IANA name, such as `Asia/Shanghai`.
    zone: String,
    /// 1 (Monday) to 7 (Sunday).
    days: Vec<u8>,
    /// Such as `08:00`.
    from: String,
    /// Such as `20:00`; not after `from`: over midnight.
    until: String,
    /// `hold`, `high_only` or `digest`.
    outside: String,
}

/// What is more is collected and told as one.
#[derive(Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThrottleBody {
    /// Most messages in any hour.
    hour_max: Option<u32>,
    /// Most messages about one event in any 24 hours.
    event_day_max: Option<u32>,
}

/// Messages are collected and leave as one.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DigestBody {
    minutes: u32,
    #[serde(default)]
    high_at_once: bool,
}

/// What follows while nobody acknowledges.
#[derive(Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct EscalationBody {
    #[serde(default)]
    steps: Vec<StepBody>,
    /// How many times all steps are gone through again.
    #[serde(default)]
    repeats: u32,
}

/// One step.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepBody {
    after_minutes: u32,
    #[serde(default)]
    groups: Vec<String>,
    /// The alert configuration that tells; its own unless given.
    through: Option<String>,
}

/// An alert configuration. Its secrets are never told.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertView {
    id: String,
    name: String,
    enabled: bool,
    method: Method,
    groups: Vec<String>,
    risk_types: Vec<String>,
    level_min: String,
    assets: Vec<String>,
    /// `en` or `zh-CN`.
    language: &'static str,
    hours: Option<HoursBody>,
    throttle: ThrottleBody,
    digest: Option<DigestBody>,
    escalation: EscalationBody,
    created_at: String,
}

/// An alert configuration to make or to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alert {
    name: String,
    #[serde(default = "yes")]
    enabled: bool,
    method: Option<Method>,
    /// In place of `method`.
    email: Option<Email>,
    /// What the method proves itself by; on a change none keeps the old one.
    #[schema(format = "password")]
    #[serde(alias = "password")]
    secret: Option<String>,
    /// The webhook's whole address; on a change none keeps the old one.
    #[schema(format = "password")]
    url: Option<String>,
    /// Groups that are told beside `to`.
    #[serde(default)]
    groups: Vec<String>,
    /// None means all.
    #[serde(default)]
    risk_types: Vec<String>,
    /// `high`, `medium` or `low`; none means all.
    level_min: Option<String>,
    /// Only events about these; none means all.
    #[serde(default)]
    assets: Vec<String>,
    /// `en` or `zh-CN`.
    language: Option<String>,
    /// When messages leave; always unless given.
    hours: Option<HoursBody>,
    #[serde(default)]
    throttle: ThrottleBody,
    digest: Option<DigestBody>,
    #[serde(default)]
    escalation: EscalationBody,
}

fn yes() -> bool {
    true
}

impl From<AlertConfiguration> for AlertView {
    fn from(configuration: AlertConfiguration) -> Self {
        let rules = configuration.rules;
        let escalation = rules.escalation;
        Self {
            id: configuration.id.to_string(),
            name: configuration.name,
            enabled: configuration.enabled,
            method: method_view(&configuration.method),
            groups: rules.groups.iter().map(ToString::to_string).collect(),
            risk_types: configuration.risk_types.iter().map(|k| k.as_str().to_owned()).collect(),
            level_min: configuration.level_min.as_str().to_owned(),
            assets: rules.assets.iter().map(ToString::to_string).collect(),
            language: match configuration.language {
                Language::English => "en",
                Language::Chinese => "zh-CN",
            },
            hours: rules.hours.map(HoursBody::from),
            throttle: ThrottleBody {
                hour_max: rules.throttle.hour_max,
                event_day_max: rules.throttle.event_day_max,
            },
            digest: rules.digest.map(|digest| DigestBody {
                minutes: digest.minutes,
                high_at_once: digest.high_at_once,
            }),
            escalation: EscalationBody {
                steps: escalation
                    .steps
                    .into_iter()
                    .map(|step| StepBody {
                        after_minutes: step.after_minutes,
                        groups: step.groups.iter().map(ToString::to_string).collect(),
                        through: step.through.map(|id| id.to_string()),
                    })
                    .collect(),
                repeats: escalation.repeats,
            },
            created_at: configuration.created_at.to_string(),
        }
    }
}

/// Both have the same form; a test holds that they do.
fn method_view(method: &AlertMethod) -> Method {
    let form = serde_json::to_value(method).and_then(serde_json::from_value);
    form.unwrap_or(Method::Webhook { host: String::new() })
}

impl Alert {
    pub(crate) fn parse(self) -> Result<NewAlert, Problem> {
        let mut risk_types = Vec::new();
        for word in &self.risk_types {
            let words = RiskType::ALL.map(RiskType::as_str).join(", ");
            risk_types.push(RiskType::from_word(word).ok_or_else(|| {
                Problem::field("risk_types", "no such risk type", &format!("use some of {words}"))
            })?);
        }
        let level_min = match self.level_min.as_deref() {
            None => Level::Low,
            Some(word) => Level::from_word(word).ok_or_else(|| {
                Problem::field("level_min", "no such level", "use `high`, `medium` or `low`")
            })?,
        };
        let language = match self.language.as_deref() {
            None | Some("en") => Language::English,
            Some("zh-CN") => Language::Chinese,
            Some(_) => {
                return Err(Problem::field("language", "no such language", "use `en` or `zh-CN`"));
            }
        };
        let rules = AlertRules {
            groups: self.groups.into_iter().map(RecipientGroupId::from).collect(),
            assets: self.assets.into_iter().map(AssetId::from).collect(),
            hours: self.hours.map(HoursBody::parse).transpose()?,
            throttle: Throttle {
                hour_max: self.throttle.hour_max,
                event_day_max: self.throttle.event_day_max,
            },
            digest: self.digest.map(|digest| Digest {
                minutes: digest.minutes,
                high_at_once: digest.high_at_once,
            }),
            escalation: self.escalation.parse(),
        };
        Ok(NewAlert {
            name: self.name,
            enabled: self.enabled,
            method: method_of(self.method, self.email)?,
            secret: self.secret.map(Secret::new),
            url: self.url.map(Secret::new),
            risk_types,
            level_min,
            language,
            rules,
        })
    }
}

fn method_of(method: Option<Method>, email: Option<Email>) -> Result<AlertMethod, Problem> {
    let method = match (method, email) {
        (Some(method), None) => method,
        (None, Some(Email { host, port, security, username, from, to })) => {
            Method::Email { host, port, security, username, from, to }
        }
        _ => {
            let hint = "write `\"method\": { \"method\": \"slack\" }`, or `email`";
            return Err(Problem::field("method", "one of `method` and `email` is needed", hint));
        }
    };
    let form = serde_json::to_value(method).and_then(serde_json::from_value);
    form.map_err(|_| Problem::field("method", "no such method", "see /api/openapi.json"))
}

impl From<Hours> for HoursBody {
    fn from(hours: Hours) -> Self {
        Self {
            zone: hours.zone,
            days: hours.days,
            from: clock(hours.from_minute),
            until: clock(hours.until_minute),
            outside: hours.outside.as_str().to_owned(),
        }
    }
}

impl HoursBody {
    pub(super) fn parse(self) -> Result<Hours, Problem> {
        let bad = || Problem::field("hours", "a time is written as 08:00", "from 00:00 to 24:00");
        let outside = Outside::from_word(&self.outside).ok_or_else(|| {
            Problem::field("hours", "no such way outside", "use `hold`, `high_only` or `digest`")
        })?;
        Ok(Hours {
            zone: self.zone,
            days: self.days,
            from_minute: minute(&self.from).ok_or_else(bad)?,
            until_minute: minute(&self.until).ok_or_else(bad)?,
            outside,
        })
    }
}

impl EscalationBody {
    fn parse(self) -> Escalation {
        let steps = self.steps.into_iter().map(|step| EscalationStep {
            after_minutes: step.after_minutes,
            groups: step.groups.into_iter().map(RecipientGroupId::from).collect(),
            through: step.through.map(AlertConfigurationId::from),
        });
        Escalation { steps: steps.collect(), repeats: self.repeats }
    }
}

/// `08:30` as minutes after midnight.
pub(crate) fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours <= 24 && hours * 60 + minutes <= 1440).then_some(hours * 60 + minutes)
}

/// Minutes after midnight as `08:30`.
pub(crate) fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_of_a_method_is_the_method() {
        for method in [
            AlertMethod::Slack { host: "hooks.slack.com".to_owned() },
            AlertMethod::DingTalk { host: "oapi.dingtalk.com".to_owned() },
            AlertMethod::PagerDuty { endpoint: None },
        ] {
            let view = serde_json::to_value(method_view(&method)).unwrap();
            assert_eq!(view, serde_json::to_value(&method).unwrap());
        }
    }

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        for text in ["00:00", "08:30", "24:00"] {
            assert_eq!(clock(minute(text).unwrap()), text);
        }
        assert!(["8", "25:00", "24:01", "08:60", ""].iter().all(|text| minute(text).is_none()));
    }
}
