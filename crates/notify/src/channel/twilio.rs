//! One call of Twilio's API: a form by Basic authentication.

use claviger_dial::Guard;
use claviger_model::Secret;

use super::http::Service;
use crate::{NotifyError, Receipt};

/// Where the API is unless another endpoint is given.
const ENDPOINT: &str = "https://api.twilio.com";

/// An account with its token.
#[derive(Debug)]
pub(crate) struct Twilio {
    service: Service,
    account_sid: String,
    token: Secret,
}

impl Twilio {
    /// `what`: `Messages` or `Calls`.
    pub(crate) fn new(
        endpoint: Option<&str>,
        account_sid: &str,
        what: &str,
        token: Option<Secret>,
        guard: Guard,
    ) -> Result<Self, NotifyError> {
        let token = token.ok_or(NotifyError::NoSecret { what: "auth token" })?;
        // The account stands in the path: what is no SID would lead elsewhere.
        if account_sid.is_empty() || !account_sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(NotifyError::BadUrl);
        }
        let endpoint = endpoint.unwrap_or(ENDPOINT).trim_end_matches('/');
        let url = format!("{endpoint}/2010-04-01/Accounts/{account_sid}/{what}.json");
        let service = Service::at(&url, guard)?;
        Ok(Self { service, account_sid: account_sid.to_owned(), token })
    }

    pub(crate) async fn call(&self, form: &[(&str, &str)]) -> Result<Receipt, NotifyError> {
        let request =
            self.service.post().basic_auth(&self.account_sid, Some(self.token.reveal())).form(form);
        let answer = self.service.exchange(request).await?;
        let read = Service::json(&answer);
        Ok(self.service.receipt(read["sid"].as_str().unwrap_or("accepted")))
    }
}
