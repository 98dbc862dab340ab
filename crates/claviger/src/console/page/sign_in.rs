//! Signing in and out of the console.

use axum::extract::{Form, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, http::HeaderMap};
use claviger_model::Secret;
use claviger_service::{Service, ServiceError};
use claviger_store::sessions::SessionKind;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::api::Problem;
use crate::console::part::form::{Field, failure};
use crate::console::{Refusal, frame};
use crate::server::peer::Peer;
use crate::server::session;

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/sign-in", get(show).post(sign_in)).route("/sign-out", post(sign_out))
}

/// Where to go once signed in.
#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

/// What the form sends.
#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn show(Query(Next { next }): Query<Next>) -> Markup {
    page("", &next, None)
}

async fn sign_in(
    State(service): State<Service>,
    Peer(from): Peer,
    headers: HeaderMap,
    Form(entered): Form<Credentials>,
) -> Result<Response, Refusal> {
    let password = Secret::new(entered.password);
    let label = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let label: String = label.unwrap_or("a browser").chars().take(200).collect();
    let of = (label.as_str(), from);
    match service.sign_in(&entered.name, &password, SessionKind::Browser, of).await {
        Ok(signed_in) => {
            let seconds = signed_in.expires_at.duration_since(Timestamp::now()).as_secs();
            let cookie = session::cookie(signed_in.token.reveal(), seconds, by_tls(&service));
            Ok(with_cookie(&cookie, Redirect::to(local(&entered.next))))
        }
        Err(ServiceError::NotSignedIn(words)) => {
            let problem = Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", &words)
                .hint("Forgotten? An admin can set a new password.");
            let page = page(&entered.name, &entered.next, Some(&problem));
            Ok((StatusCode::UNAUTHORIZED, page).into_response())
        }
        Err(error @ ServiceError::TooManyTries { .. }) => {
            let problem = Problem::from(error);
            let wait = problem.retry_after().unwrap_or_default();
            let page = page(&entered.name, &entered.next, Some(&problem));
            Ok((problem.status(), [(header::RETRY_AFTER, wait.to_string())], page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn sign_out(State(service): State<Service>, headers: HeaderMap) -> Result<Response, Refusal> {
    if let Some(token) = session::token_of(&headers) {
        service.sign_out(&token).await?;
    }
    Ok(with_cookie(&session::cookie("", 0, by_tls(&service)), Redirect::to("/sign-in")))
}

fn page(name: &str, next: &str, problem: Option<&Problem>) -> Markup {
    let body = html! {
        main.alone {
            h1 { "Sign in" }
            (failure(problem))
            form.column method="post" action="/sign-in" {
                input type="hidden" name="next" value=(next);
                (Field { name: "name", label: "Name", effect: "" }.input("text", name, true, None))
                div.field {
                    label for="password" { "Password" }
                    input id="password" name="password" type="password" required
                        autocomplete="current-password";
                }
                button.main { "Sign in" }
            }
            p.quiet {
                "The first admin's password was told where " code { "claviger serve" }
                " was started for the first time."
            }
        }
    };
    frame::bare("Sign in", &body)
}

/// Whether people reach the console by TLS.
fn by_tls(service: &Service) -> bool {
    service.settings().public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
}

/// A page of this console and no other: an address that leads elsewhere leads to the overview.
fn local(next: &str) -> &str {
    let elsewhere = next.starts_with("//") || next.starts_with("/\\");
    let odd = next.chars().any(char::is_control);
    if next.starts_with('/') && !elsewhere && !odd { next } else { "/" }
}

fn with_cookie(cookie: &str, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn signing_in_leads_nowhere_else() {
        assert_eq!(local("/events/evt_1?tab=access"), "/events/evt_1?tab=access");
        for elsewhere in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\nb"]
        {
            assert_eq!(local(elsewhere), "/");
        }
    }
}
