//! What a form sent. A name may come once, many times or not at all: a missing field is an error at that
//! field, never a refusal of the whole form.

use axum::extract::{Form, FromRequest, Request};
use axum::response::{IntoResponse, Response};
use claviger_model::Secret;

use crate::api::Problem;
use crate::console::Refusal;

/// The fields of a form, in their order.
pub(in crate::console) struct Entered(Vec<(String, String)>);

impl Entered {
    /// A field's text; empty where it was not sent.
    pub(in crate::console) fn text(&self, name: &str) -> &str {
        self.texts(name).next().unwrap_or_default()
    }

    /// Every text of a field that may come many times.
    pub(in crate::console) fn texts<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// Whether a box was ticked.
    pub(in crate::console) fn ticked(&self, name: &str) -> bool {
        self.texts(name).next().is_some()
    }

    /// A secret; `None` where nothing was entered.
    pub(in crate::console) fn secret(&self, name: &str) -> Option<Secret> {
        Some(self.text(name))
            .filter(|text| !text.is_empty())
            .map(|text| Secret::new(text.to_owned()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Entered {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(refused) => {
                let problem = Problem::new(refused.status(), "no_form", &format!("{refused}"))
                    .hint("Go back and send the form again; a long text may go in parts.");
                Err(Refusal::from(problem).into_response())
            }
        }
    }
}
