//! Signing in and out of the console.

use std::net::IpAddr;

use axum::extract::{Form, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, http::HeaderMap};
use claviger_model::Secret;
use claviger_service::{Service, ServiceError, SignedIn};
use claviger_store::sessions::SessionKind;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::api::Problem;
use crate::console::part::address;
use crate::console::part::form::{Field, failure};
use crate::console::{Refusal, frame};
use crate::server::peer::Peer;
use crate::server::session;

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/sign-in", get(show).post(sign_in)).route("/sign-out", post(sign_out))
}

/// Where to go once signed in.
#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    pub(super) next: String,
}

/// What the form sends.
#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn show(
    State(service): State<Service>,
    Peer(from): Peer,
    Query(Next { next }): Query<Next>,
) -> Markup {
    Door { name: "", next: &next, problem: None }.page(&service, from)
}

async fn sign_in(
    State(service): State<Service>,
    Peer(from): Peer,
    headers: HeaderMap,
    Form(entered): Form<Credentials>,
) -> Result<Response, Refusal> {
    let password = Secret::new(entered.password);
    let label = label_of(&headers);
    let of = (label.as_str(), from);
    match service.sign_in(&entered.name, &password, SessionKind::Browser, of).await {
        Ok(signed_in) => {
            let cookie = session_cookie(&service, &signed_in);
            Ok(with_cookie(&cookie, Redirect::to(local(&entered.next))))
        }
        Err(ServiceError::NotSignedIn(words)) => {
            let problem = Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", &words)
                .hint("Forgotten? An admin can set a new password.");
            let door = Door { name: &entered.name, next: &entered.next, problem: Some(&problem) };
            Ok((StatusCode::UNAUTHORIZED, door.page(&service, from)).into_response())
        }
        Err(error @ ServiceError::NotAdmitted { .. }) => {
            let problem = Problem::from(error);
            let door = Door { name: &entered.name, next: &entered.next, problem: Some(&problem) };
            Ok((problem.status(), door.page(&service, from)).into_response())
        }
        Err(error @ ServiceError::TooManyTries { .. }) => {
            let problem = Problem::from(error);
            let wait = problem.retry_after().unwrap_or_default();
            let door = Door { name: &entered.name, next: &entered.next, problem: Some(&problem) };
            let page = door.page(&service, from);
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

/// The sign-in page as somebody meets it.
pub(super) struct Door<'a> {
    /// The name entered last.
    pub(super) name: &'a str,
    /// Where to go once signed in.
    pub(super) next: &'a str,
    /// What went wrong.
    pub(super) problem: Option<&'a Problem>,
}

impl Door<'_> {
    /// The page: the provider's button where there is a provider, the form where passwords are taken.
    pub(super) fn page(&self, service: &Service, from: Option<IpAddr>) -> Markup {
        let single_sign_on = service.settings().single_sign_on.as_ref();
        let passwords = service.takes_passwords_from(from);
        let body = html! {
            main.alone {
                h1 { "Sign in" }
                (failure(self.problem))
                @if let Some(provider) = single_sign_on {
                    @if self.problem.is_none() { (provider_trouble(service)) }
                    p {
                        a.button.main href=(address::with("/auth/oidc/start", &[("next", self.next)])) {
                            "Sign in with " (provider.name)
                        }
                    }
                }
                @if passwords { (self.form(single_sign_on.is_some())) }
                @else if single_sign_on.is_none() {
                    p { "Passwords are taken on the machine of Claviger alone." }
                }
            }
        };
        frame::bare("Sign in", &body)
    }

    fn form(&self, is_second_way: bool) -> Markup {
        html! {
            @if is_second_way { h2 { "With a password" } }
            form.column method="post" action="/sign-in" {
                input type="hidden" name="next" value=(self.next);
                (Field { name: "name", label: "Name", effect: "" }
                    .input("text", self.name, true, None))
                div.field {
                    label for="password" { "Password" }
                    input id="password" name="password" type="password" required
                        autocomplete="current-password";
                }
                button.main[!is_second_way] { "Sign in" }
            }
            p.quiet {
                "The first admin's password was told where " code { "claviger serve" }
                " was started for the first time."
            }
        }
    }
}

/// What is wrong with the provider, before somebody goes there.
fn provider_trouble(service: &Service) -> Markup {
    html! {
        @if let Some(condition) = service.provider_condition() {
            div.notice.warn role="status" {
                p { strong { (condition.message) } }
                @if let Some(hint) = &condition.hint { p { (hint) } }
            }
        }
    }
}

/// What a session is known by: the browser's word for itself.
pub(super) fn label_of(headers: &HeaderMap) -> String {
    let label = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    label.unwrap_or("a browser").to_owned()
}

/// The cookie of a session that was just opened.
pub(super) fn session_cookie(service: &Service, signed_in: &SignedIn) -> String {
    let seconds = signed_in.expires_at.duration_since(Timestamp::now()).as_secs();
    session::cookie(signed_in.token.reveal(), seconds, by_tls(service))
}

/// Whether people reach the console by TLS.
pub(super) fn by_tls(service: &Service) -> bool {
    service.settings().public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
}

/// A page of this console and no other: an address that leads elsewhere leads to the overview.
pub(super) fn local(next: &str) -> &str {
    let elsewhere = next.starts_with("//") || next.starts_with("/\\");
    let odd = next.chars().any(char::is_control);
    if next.starts_with('/') && !elsewhere && !odd { next } else { "/" }
}

/// An answer with one more cookie.
pub(super) fn with_cookie(cookie: &str, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
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
