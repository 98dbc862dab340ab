//! One request to a service that takes messages by HTTP, and what its answer means.

use claviger_dial::reqwest::{RequestBuilder, StatusCode, Url};
use claviger_dial::{DialError, Guard, read_body};
use claviger_model::Secret;
use serde_json::Value;

use crate::NotifyError;

/// Bytes read of an answer: services answer in a line or two.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Characters kept of an answer.
const ANSWER_MAX: usize = 300;

/// A service, as messages name it: host and port, never the whole address, which may hold a token.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) url: Url,
    guard: Guard,
}

impl Service {
    /// The service at a sealed address.
    pub(crate) fn sealed(url: Option<Secret>, guard: Guard) -> Result<Self, NotifyError> {
        let url = url.ok_or(NotifyError::NoSecret { what: "address" })?;
        Self::at(url.reveal(), guard)
    }

    /// The service at an address.
    pub(crate) fn at(url: &str, guard: Guard) -> Result<Self, NotifyError> {
        let url = Url::parse(url.trim()).map_err(|_| NotifyError::BadUrl)?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"));
        let host = host.ok_or(NotifyError::BadUrl)?;
        let name = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self { name, url, guard })
    }

    /// A request that posts to it.
    pub(crate) fn post(&self) -> RequestBuilder {
        self.post_to(self.url.clone())
    }

    /// A request that posts to another address of it.
    pub(crate) fn post_to(&self, url: Url) -> RequestBuilder {
        self.guard.http().post(url)
    }

    /// Sends it and gives the answer, where the service carried it out by its status.
    pub(crate) async fn exchange(&self, request: RequestBuilder) -> Result<String, NotifyError> {
        let (status, answer) = self.ask(request).await?;
        if status.is_success() {
            return Ok(answer);
        }
        let server = self.name.clone();
        let answer = format!("{} {answer}", status.as_u16());
        Err(match status.as_u16() {
            401 | 403 => NotifyError::Credentials { server, answer },
            408 | 425 | 429 | 500..=599 => NotifyError::RefusedForNow { server, answer },
            _ => NotifyError::Refused { server, answer },
        })
    }

    /// Sends it and gives status and answer, whatever they are.
    pub(crate) async fn ask(
        &self,
        request: RequestBuilder,
    ) -> Result<(StatusCode, String), NotifyError> {
        let response = self.guard.send(request).await.map_err(|error| self.unreachable(error))?;
        let status = response.status();
        let body = read_body(response, ANSWER_BYTES_MAX).await;
        // The status is the answer; a body that breaks off takes nothing from it.
        let body = body.unwrap_or_default();
        Ok((status, one_line(&String::from_utf8_lossy(&body))))
    }

    /// The answer as JSON; what is none is `Null`.
    pub(crate) fn json(answer: &str) -> Value {
        serde_json::from_str(answer).unwrap_or(Value::Null)
    }

    pub(crate) fn refused(&self, answer: String) -> NotifyError {
        NotifyError::Refused { server: self.name.clone(), answer }
    }

    pub(crate) fn refused_for_now(&self, answer: String) -> NotifyError {
        NotifyError::RefusedForNow { server: self.name.clone(), answer }
    }

    pub(crate) fn credentials(&self, answer: String) -> NotifyError {
        NotifyError::Credentials { server: self.name.clone(), answer }
    }

    pub(crate) fn receipt(&self, answer: &str) -> crate::Receipt {
        crate::Receipt { accepted_by: format!("{} ({})", self.name, short(answer)) }
    }

    fn unreachable(&self, error: DialError) -> NotifyError {
        let server = self.name.clone();
        match error {
            DialError::Send { .. } | DialError::ReadBody(_) => {
                NotifyError::Unreachable { server, source: error.into() }
            }
            source => NotifyError::Dial { server, source },
        }
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// An answer as a person reads it.
pub(crate) fn short(answer: &str) -> String {
    crate::message::cut(answer, ANSWER_MAX)
}
