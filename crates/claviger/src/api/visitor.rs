//! The person or machine that asks, once it is known who that is.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use claviger_service::{Actor, Service, ServiceError};

use super::Problem;
use crate::server::session;

/// Somebody who is signed in. A handler that takes a visitor answers 401 to everybody else.
pub(crate) struct Visitor {
    /// Who.
    pub(crate) actor: Actor,
    /// The token that they showed.
    pub(crate) token: String,
}

impl FromRequestParts<Service> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let token = session::token_of(&parts.headers)
            .ok_or_else(|| ServiceError::NotSignedIn("nobody is signed in".to_owned()))?;
        let actor = service.actor_of_token(&token).await?;
        Ok(Self { actor, token })
    }
}
