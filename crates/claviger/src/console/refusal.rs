//! How an error looks to a person: what happened, and the way out. What is internal stays in the log.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use claviger_service::ServiceError;
use maud::html;

use super::frame;
use crate::api::Problem;

/// An error page.
pub(crate) struct Refusal(Problem);

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        Self(Problem::from(error))
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let body = html! {
            main.alone {
                p.quiet { (problem.status().as_u16()) " · " (problem.code()) }
                h1 { (problem.title()) }
                @if let Some(hint) = problem.way_out() { p { (hint) } }
                p { a.button href="/" { "Go to the overview" } }
            }
        };
        (problem.status(), frame::bare("Not done", &body)).into_response()
    }
}

/// The page for an address that names nothing.
pub(super) async fn nothing_here() -> Response {
    let problem = Problem::new(StatusCode::NOT_FOUND, "not_found", "There is no such page")
        .hint("The address may be mistyped, or the page was removed.");
    Refusal(problem).into_response()
}
