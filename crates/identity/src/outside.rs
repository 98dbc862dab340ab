//! The library's way out, which is the guarded one: no redirects, no refused addresses, bounded answers.

use std::pin::Pin;
use std::time::Duration;

use claviger_dial::{DialError, Guard};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// The largest answer of a provider: key sets and descriptions have some kilobytes, a person in thousands
/// of groups a few hundred.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// The longest wait for one answer: somebody sits before the page.
const PATIENCE: Duration = Duration::from_secs(15);

/// The guarded client, as the library wants it.
#[derive(Debug, Clone)]
pub(crate) struct Outside(pub(crate) Guard);

impl<'c> AsyncHttpClient<'c> for Outside {
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, DialError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.carry(request, PATIENCE, ANSWER_BYTES_MAX))
    }
}
