//! The methods of the form: which there are, and the fields of each.

use std::collections::BTreeMap;

use claviger_model::{AlertMethod, RecipientKind};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use crate::api::Problem;
use crate::console::part::form::Field;

/// Every method by its word.
const METHODS: [(&str, &str); 12] = [
    ("email", "E-mail"),
    ("aliyun_sms", "SMS by Alibaba Cloud"),
    ("aliyun_call", "Phone call by Alibaba Cloud"),
    ("twilio_sms", "SMS by Twilio"),
    ("twilio_call", "Phone call by Twilio"),
    ("webhook", "Signed webhook"),
    ("slack", "Slack"),
    ("ding_talk", "DingTalk"),
    ("feishu", "Feishu"),
    ("teams", "Microsoft Teams"),
    ("pager_duty", "PagerDuty"),
    ("syslog", "Syslog"),
];

const MAIL_SECURITY: [(&str, &str); 3] = [
    ("starttls", "STARTTLS, mostly on port 587"),
    ("tls", "TLS from the start, mostly on port 465"),
    ("none", "None: readable on its way"),
];

const LOG_SECURITY: [(&str, &str); 2] =
    [("tls", "TLS, mostly on port 6514"), ("none", "None: readable on its way")];

/// Every field that some method has.
pub(super) const FIELDS: [&str; 10] = [
    "host",
    "port",
    "security",
    "username",
    "from",
    "endpoint",
    "access_key_id",
    "sign_name",
    "template_code",
    "account_sid",
];

/// The word of a method that there is; what is none is e-mail.
pub(super) fn known(word: &str) -> &'static str {
    METHODS.iter().find(|(known, _)| *known == word).map_or("email", |(known, _)| known)
}

/// Whom a method reaches.
pub(super) fn reaches(word: &str) -> Option<RecipientKind> {
    match word {
        "email" => Some(RecipientKind::Mail),
        "aliyun_sms" | "aliyun_call" | "twilio_sms" | "twilio_call" => Some(RecipientKind::Phone),
        _ => None,
    }
}

/// The fields of a method as text.
pub(super) fn fields(method: &AlertMethod) -> BTreeMap<&'static str, String> {
    let form = serde_json::to_value(method).unwrap_or(Value::Null);
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    FIELDS.into_iter().map(|name| (name, text(&form[name]))).collect()
}

/// The method that the fields mean.
pub(super) fn method(
    word: &str,
    own: &BTreeMap<&'static str, String>,
    to: Vec<String>,
) -> Result<AlertMethod, Problem> {
    let mut form = Map::new();
    for (name, value) in own {
        let value = match (*name, value.as_str()) {
            ("port", text) if matches!(word, "email" | "syslog") => {
                json!(text.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| {
                    Problem::field(
                        "port",
                        "The port is no number from 1 to 65535.",
                        "Mostly it is 587.",
                    )
                })?)
            }
            ("username" | "endpoint", "") => Value::Null,
            (_, text) => json!(text),
        };
        form.insert((*name).to_owned(), value);
    }
    form.insert("method".to_owned(), json!(word));
    form.insert("to".to_owned(), json!(to));
    serde_json::from_value(Value::Object(form)).map_err(|_| {
        Problem::field("method", "There is no such method.", "Choose one of the list.")
    })
}

/// The choice of the method, before anything else is entered.
pub(super) fn choice(current: &str) -> Markup {
    html! {
        form.column method="get" action="/alerts/new" {
            (Field { name: "method", label: "Method", effect: "How people are told." }
                .select(&METHODS, current, None))
            div.acts { button { "Choose" } }
        }
    }
}

/// The fields of a method.
pub(super) fn show(
    word: &str,
    own: &BTreeMap<&'static str, String>,
    stored: bool,
    problem: Option<&Problem>,
) -> Markup {
    let title =
        METHODS.iter().find(|(known, _)| *known == word).map_or("Method", |(_, title)| title);
    let value = |name: &str| own.get(name).map(String::as_str).unwrap_or_default();
    let text = |name: &'static str, label: &'static str, effect: &'static str, required: bool| {
        Field { name, label, effect }.input("text", value(name), required, problem)
    };
    let secret = |label: &'static str| secret("secret", label, stored, problem);
    let endpoint = text("endpoint", "Endpoint", "Empty: the service's own.", false);
    html! {
        h2 { (title) }
        @match word {
            "aliyun_sms" | "aliyun_call" => {
                (text("access_key_id", "AccessKey ID", "Of a RAM user that may send and nothing else.", true))
                (secret("AccessKey secret"))
                @if word == "aliyun_sms" {
                    (text("sign_name", "Signature", "The approved signature.", true))
                }
                (text("template_code", "Template", "The approved template, with one variable: text.", true))
                (endpoint)
            }
            "twilio_sms" | "twilio_call" => {
                (text("account_sid", "Account SID", "It begins with AC.", true))
                (secret("Auth token"))
                (text("from", "From", "The number that sends or calls.", true))
                (endpoint)
            }
            "webhook" => { (address(stored, problem)) (secret("Signing key")) }
            "slack" | "teams" => (address(stored, problem)),
            "ding_talk" | "feishu" => {
                (address(stored, problem))
                (secret("Signing secret, where the robot has one"))
            }
            "pager_duty" => { (secret("Routing key")) (endpoint) }
            "syslog" => {
                (text("host", "Server", "Name or address of the log server.", true))
                (Field { name: "port", label: "Port", effect: "6514 with TLS, mostly." }
                    .input("number", value("port"), true, problem))
                (Field { name: "security", label: "Security", effect: "How the connection is secured." }
                    .select(&LOG_SECURITY, value("security"), problem))
            }
            _ => {
                (text("host", "Server", "Such as smtp.example.com. Private networks must be allowed in the \
                    configuration.", true))
                (Field { name: "port", label: "Port", effect: "587 with STARTTLS, 465 with TLS, mostly." }
                    .input("number", value("port"), true, problem))
                (Field { name: "security", label: "Security", effect: "How the connection to the server is secured." }
                    .select(&MAIL_SECURITY, value("security"), problem))
                (text("username", "User name", "Empty where the server asks for none.", false))
                (secret("Password"))
                (text("from", "Sender", "The address the messages come from.", true))
            }
        }
    }
}

fn address(stored: bool, problem: Option<&Problem>) -> Markup {
    secret("url", "Webhook address", stored, problem)
}

/// What is sealed: never shown again.
fn secret(
    name: &'static str,
    label: &'static str,
    stored: bool,
    problem: Option<&Problem>,
) -> Markup {
    let effect = match (stored, problem) {
        (true, _) => "Leave it empty to keep the stored one. It is never shown.",
        (false, Some(_)) => "Enter it again: it is never shown.",
        (false, None) => "Kept encrypted, never shown.",
    };
    Field { name, label, effect }.input("password", "", false, problem)
}
