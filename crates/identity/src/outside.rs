//! The library's way out, which is the guarded one: no redirects, no refused addresses, bounded answers.

use std::pin::Pin;
use std::time::Duration;

use claviger_dial::{DialError, Guard, read_body};
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
        Box::pin(answer(&self.0, request))
    }
}

async fn answer(guard: &Guard, request: HttpRequest) -> Result<HttpResponse, DialError> {
    let (head, body) = request.into_parts();
    let request = guard.http().request(head.method, head.uri.to_string());
    let request = request.headers(head.headers).body(body).timeout(PATIENCE);
    let response = guard.send(request).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut answer = HttpResponse::new(read_body(response, ANSWER_BYTES_MAX).await?);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}
