//! The person in front of a page. Whoever is not signed in is sent to sign in, and comes back after.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use claviger_service::{Actor, Condition, Service, ServiceError};

use super::Refusal;
use crate::server::session;

/// Somebody who is signed in, with what every page tells them.
pub(crate) struct Person {
    /// Who.
    pub(crate) actor: Actor,
    /// The token that their browser showed.
    pub(crate) token: String,
    /// What is wrong with the installation right now.
    pub(crate) conditions: Vec<Condition>,
}

impl FromRequestParts<Service> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Response> {
        let token = session::token_of(&parts.headers).unwrap_or_default();
        match service.actor_of_token(&token).await {
            Ok(actor) => Ok(Self { actor, token, conditions: service.conditions_now() }),
            Err(ServiceError::NotSignedIn(_)) => Err(to_sign_in(parts)),
            Err(error) => Err(Refusal::from(error).into_response()),
        }
    }
}

/// Sends a browser to sign in; it comes back to the page it asked for, not to an act.
fn to_sign_in(parts: &Parts) -> Response {
    let page = parts.uri.path_and_query().map_or("/", |page| page.as_str());
    let address = if parts.method == Method::GET && page != "/" {
        format!("/sign-in?next={}", super::part::address::escaped(page))
    } else {
        "/sign-in".to_owned()
    };
    Redirect::to(&address).into_response()
}
