//! What surrounds every answer: headers that tell browsers what pages may do, and a refusal of acts
//! that another site's page makes a browser ask for.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::session::bearer_of;
use crate::api::Problem;

/// Pages load nothing but what this server serves, and run no script that stands in a page.
const CONTENT_POLICY: &str = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'self'; object-src 'none'";

/// Refuses what another site asks for, and puts the headers on the answer.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    if is_act(request.method()) && comes_from_elsewhere(request.headers()) {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "other_site",
            "another site's page asked for this",
        )
        .hint("act from the console itself, or with a token: `Authorization: Bearer …`")
        .into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert_with(|| HeaderValue::from_static("no-store"));
    response
}

fn is_act(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a browser says that another origin's page made it ask. A machine with a token is nobody's
/// browser.
fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    if bearer_of(headers).is_some() {
        return false;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => {
            origin.split_once("://").map(|(_, origin_host)| origin_host) != Some(host)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)))
            .collect()
    }

    #[test]
    fn an_act_of_another_sites_page_is_refused_and_a_machines_is_not() {
        let cases = [
            (headers(&[("sec-fetch-site", "cross-site")]), true),
            (headers(&[("sec-fetch-site", "same-site")]), true),
            (headers(&[("sec-fetch-site", "same-origin")]), false),
            (headers(&[("origin", "https://evil.example"), ("host", "claviger.example")]), true),
            (headers(&[("origin", "null"), ("host", "claviger.example")]), true),
            (headers(&[("origin", "http://h:1"), ("host", "h:1")]), false),
            (headers(&[("origin", "https://evil.example"), ("authorization", "Bearer x")]), false),
            (headers(&[]), false),
        ];
        for (headers, elsewhere) in cases {
            assert_eq!(comes_from_elsewhere(&headers), elsewhere, "{headers:?}");
        }
    }
}
