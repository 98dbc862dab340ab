//! Signing in by the provider: there and back.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use claviger_service::{Returned, Service, ServiceError};

use super::sign_in::{self, Door, Next};
use crate::api::Problem;
use crate::server::peer::Peer;
use crate::server::session::{self, UNDER_WAY};

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/auth/oidc/start", get(start)).route("/auth/oidc/callback", get(callback))
}

/// Sends a browser to the provider.
async fn start(
    State(service): State<Service>,
    Peer(from): Peer,
    Query(Next { next }): Query<Next>,
) -> Response {
    match service.begin_single_sign_on(sign_in::local(&next)).await {
        Ok(leaving) => {
            let secure = sign_in::by_tls(&service);
            let cookie = session::under_way(leaving.sealed.reveal(), leaving.seconds, secure);
            sign_in::with_cookie(&cookie, Redirect::to(&leaving.address))
        }
        Err(error) => failed(&service, from, &next, error),
    }
}

/// Takes a browser back from the provider. What was under way ends here, however it ends.
async fn callback(
    State(service): State<Service>,
    Peer(from): Peer,
    headers: HeaderMap,
    Query(returned): Query<Returned>,
) -> Response {
    let sealed = session::cookie_named(&headers, UNDER_WAY).unwrap_or_default();
    let label = sign_in::label_of(&headers);
    let of = (label.as_str(), from);
    let answer = match service.finish_single_sign_on(&sealed, &returned, of).await {
        Ok((signed_in, next)) => {
            let page = Redirect::to(sign_in::local(&next));
            sign_in::with_cookie(&sign_in::session_cookie(&service, &signed_in), page)
        }
        Err(error) => failed(&service, from, "", error),
    };
    let gone = session::under_way("", 0, sign_in::by_tls(&service));
    sign_in::with_cookie(&gone, answer)
}

/// The sign-in page with what went wrong, and the button to try again.
fn failed(
    service: &Service,
    from: Option<std::net::IpAddr>,
    next: &str,
    error: ServiceError,
) -> Response {
    let problem = Problem::from(error);
    let page = Door { name: "", next, problem: Some(&problem) }.page(service, from);
    let mut answer = (problem.status(), page).into_response();
    if let Some(seconds) = problem.retry_after() {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}
