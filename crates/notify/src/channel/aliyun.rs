//! One call of Alibaba Cloud's message services, signed by ACS3. The answer's `Code` decides: they answer
//! 200 to what they refuse as well.

use claviger_dial::Guard;
use claviger_model::Secret;
use claviger_sign::{Credentials, Parts, acs3};
use jiff::Timestamp;
use serde_json::Value;

use super::http::{Service, short};
use crate::{NotifyError, Receipt};

/// Version of both services.
const VERSION: &str = "2017-05-25";

/// An endpoint with the key that signs for it.
#[derive(Debug)]
pub(crate) struct Aliyun {
    service: Service,
    credentials: Credentials,
}

impl Aliyun {
    pub(crate) fn new(
        endpoint: Option<&str>,
        usual: &str,
        access_key_id: &str,
        secret: Option<Secret>,
        guard: Guard,
    ) -> Result<Self, NotifyError> {
        let secret = secret.ok_or(NotifyError::NoSecret { what: "AccessKey secret" })?;
        let credentials =
            Credentials { access_key_id: access_key_id.to_owned(), secret, security_token: None };
        let service = Service::at(endpoint.unwrap_or(usual), guard)?;
        Ok(Self { service, credentials })
    }

    /// Carries one action out.
    pub(crate) async fn call(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
        at: Timestamp,
    ) -> Result<Receipt, NotifyError> {
        let mut parts = Parts::new("POST", "/");
        for (name, value) in parameters {
            parts.push_query(name, value);
        }
        parts.set_header("host", &self.service.name);
        parts.set_header("x-acs-action", action);
        parts.set_header("x-acs-version", VERSION);
        acs3::sign(&mut parts, &self.credentials, &nonce(), at);
        let mut url = self.service.url.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        let mut request = self.service.post_to(url).header("content-length", "0");
        for (name, value) in parts.headers.iter().filter(|(name, _)| name != "host") {
            request = request.header(name, value);
        }
        let (status, answer) = self.service.ask(request).await?;
        let read = Service::json(&answer);
        let code = read["Code"].as_str().unwrap_or_default();
        if status.is_success() && code == "OK" {
            return Ok(self.service.receipt(&receipt(&read)));
        }
        let words = format!("{} {}", status.as_u16(), short(&answer));
        Err(if status.as_u16() >= 500 || is_for_now(code) {
            self.service.refused_for_now(words)
        } else if is_about_the_key(code) {
            self.service.credentials(words)
        } else {
            self.service.refused(words)
        })
    }
}

/// The number by which the provider finds the message again.
fn receipt(answer: &Value) -> String {
    let number = ["BizId", "CallId"].iter().find_map(|name| answer[*name].as_str());
    number.unwrap_or("OK").to_owned()
}

/// Refusals that pass: too many at once, and faults of the service.
fn is_for_now(code: &str) -> bool {
    code.starts_with("isp.")
        || code.starts_with("Throttling")
        || code.starts_with("ServiceUnavailable")
        || code == "isv.BUSINESS_LIMIT_CONTROL"
}

fn is_about_the_key(code: &str) -> bool {
    code.starts_with("InvalidAccessKey")
        || code.starts_with("SignatureDoesNotMatch")
        || code.starts_with("Forbidden")
        || code == "isv.RAM_PERMISSION_DENY"
        || code == "isp.RAM_PERMISSION_DENY"
}

/// Used once, also where a call is repeated. Without randomness the service refuses the repeat by
/// itself, which is told and tried again.
fn nonce() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).ok();
    hex::encode(bytes)
}
