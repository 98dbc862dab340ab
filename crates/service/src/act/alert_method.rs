//! Whether a method as a person entered it can work at all.

use claviger_dial::reqwest::Url;
use claviger_model::{AlertMethod, RecipientKind, Secret};
use claviger_notify::Secrets;

use crate::ServiceError;

/// Most recipients of one configuration: a mailing list serves more people better.
const RECIPIENTS_MAX: usize = 100;

/// Where a method leads: a kept secret is never sent to another place.
pub(crate) fn server(method: &AlertMethod) -> String {
    match method {
        AlertMethod::Email { host, port, username, .. } => {
            format!("{host}:{port} {}", username.as_deref().unwrap_or_default())
        }
        AlertMethod::Syslog { host, port, .. } => format!("{host}:{port}"),
        AlertMethod::AliyunSms { endpoint, access_key_id, .. }
        | AlertMethod::AliyunCall { endpoint, access_key_id, .. } => {
            format!("{} {access_key_id}", endpoint.as_deref().unwrap_or_default())
        }
        AlertMethod::TwilioSms { endpoint, account_sid, .. }
        | AlertMethod::TwilioCall { endpoint, account_sid, .. } => {
            format!("{} {account_sid}", endpoint.as_deref().unwrap_or_default())
        }
        AlertMethod::PagerDuty { endpoint } => endpoint.clone().unwrap_or_default(),
        // Their address is sealed with the key, and both are entered together.
        _ => String::new(),
    }
}

/// Looks at it, and reads the host out of a sealed address.
pub(crate) fn check(method: &mut AlertMethod, secrets: &Secrets) -> Result<(), ServiceError> {
    match method {
        AlertMethod::Email { host, port, security, from, .. } => {
            server_of(host, *port)?;
            security_of(security, &["starttls", "tls", "none"])?;
            mail_address("from", from)?;
        }
        AlertMethod::Syslog { host, port, security } => {
            server_of(host, *port)?;
            security_of(security, &["tls", "none"])?;
        }
        AlertMethod::AliyunSms { endpoint, access_key_id, sign_name, template_code, .. } => {
            endpoint_of(endpoint.as_deref())?;
            filled("access_key_id", access_key_id)?;
            filled("sign_name", sign_name)?;
            filled("template_code", template_code)?;
            secret_of(secrets, "AccessKey secret")?;
        }
        AlertMethod::AliyunCall { endpoint, access_key_id, template_code, .. } => {
            endpoint_of(endpoint.as_deref())?;
            filled("access_key_id", access_key_id)?;
            filled("template_code", template_code)?;
            secret_of(secrets, "AccessKey secret")?;
        }
        AlertMethod::TwilioSms { endpoint, account_sid, from, .. }
        | AlertMethod::TwilioCall { endpoint, account_sid, from, .. } => {
            endpoint_of(endpoint.as_deref())?;
            filled("account_sid", account_sid)?;
            filled("from", from)?;
            secret_of(secrets, "auth token")?;
        }
        AlertMethod::PagerDuty { endpoint } => {
            endpoint_of(endpoint.as_deref())?;
            secret_of(secrets, "routing key")?;
        }
        AlertMethod::Webhook { host } => {
            secret_of(secrets, "signing key")?;
            *host = host_of(secrets.url.as_ref())?;
        }
        AlertMethod::Slack { host }
        | AlertMethod::DingTalk { host }
        | AlertMethod::Feishu { host }
        | AlertMethod::Teams { host } => *host = host_of(secrets.url.as_ref())?,
    }
    recipients(method)
}

fn recipients(method: &AlertMethod) -> Result<(), ServiceError> {
    let to = method.to();
    if to.len() > RECIPIENTS_MAX {
        return Err(ServiceError::invalid(
            "to",
            format!("a configuration has at most {RECIPIENTS_MAX} recipients, not {}", to.len()),
            "use a mailing list for more",
        ));
    }
    for address in to {
        match method.reaches() {
            Some(RecipientKind::Mail) => mail_address("to", address)?,
            Some(RecipientKind::Phone) => phone_number(address)?,
            None => {}
        }
    }
    Ok(())
}

/// A mail address or a number, as its look says.
pub(crate) fn recipient(address: &str) -> Result<(), ServiceError> {
    match RecipientKind::of(address) {
        RecipientKind::Mail => mail_address("address", address),
        RecipientKind::Phone => phone_number(address),
    }
}

fn mail_address(field: &'static str, address: &str) -> Result<(), ServiceError> {
    if claviger_notify::is_address(address) {
        return Ok(());
    }
    let message = format!("`{address}` is no mail address");
    Err(ServiceError::invalid(field, message, "write it as `name@example.com`"))
}

/// E.164 has at most 15 digits; short numbers of a country are no telephone that is called at night.
fn phone_number(number: &str) -> Result<(), ServiceError> {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let others = number.chars().all(|c| c.is_ascii_digit() || " -+()".contains(c));
    if others && (7..=15).contains(&digits) {
        return Ok(());
    }
    let message = format!("`{number}` is no telephone number");
    Err(ServiceError::invalid("to", message, "write it as `+8613800000000`"))
}

fn server_of(host: &str, port: u16) -> Result<(), ServiceError> {
    if !host.trim().is_empty() && port != 0 {
        return Ok(());
    }
    Err(ServiceError::invalid(
        "host",
        "the server's name or port is missing",
        "name it, such as `smtp.example.com` and 587",
    ))
}

fn security_of(word: &str, known: &[&str]) -> Result<(), ServiceError> {
    if known.contains(&word) {
        return Ok(());
    }
    let message = format!("`{word}` is no way to secure a connection");
    Err(ServiceError::invalid("security", message, format!("use one of {}", known.join(", "))))
}

fn filled(field: &'static str, text: &str) -> Result<(), ServiceError> {
    if text.trim().is_empty() {
        let hint = "the service's own pages show it";
        return Err(ServiceError::invalid(field, format!("`{field}` is missing"), hint));
    }
    Ok(())
}

fn secret_of(secrets: &Secrets, what: &str) -> Result<(), ServiceError> {
    if secrets.secret.as_ref().is_some_and(|secret| !secret.reveal().is_empty()) {
        return Ok(());
    }
    Err(ServiceError::invalid(
        "secret",
        format!("the {what} is missing"),
        format!("enter the {what}"),
    ))
}

fn endpoint_of(endpoint: Option<&str>) -> Result<(), ServiceError> {
    endpoint.map_or(Ok(()), |text| address_host("endpoint", text).map(drop))
}

fn host_of(url: Option<&Secret>) -> Result<String, ServiceError> {
    let hint = "copy the whole address from the service";
    let url = url.ok_or_else(|| ServiceError::invalid("url", "the address is missing", hint))?;
    address_host("url", url.reveal())
}

fn address_host(field: &'static str, text: &str) -> Result<String, ServiceError> {
    let parsed =
        Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let host = parsed.as_ref().and_then(Url::host_str).map(str::to_owned);
    host.ok_or_else(|| {
        let hint = "copy the whole address from the service, from `https://` on";
        ServiceError::invalid(field, "it is no https address", hint)
    })
}
