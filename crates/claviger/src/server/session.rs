//! Who is asking: a browser by its cookie, a machine by its token.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE as COOKIES};

/// The session cookie's name. The prefix makes browsers refuse it for another path or host (RFC
/// 6265bis, 4.1.3) once it is marked `Secure`; on loopback there is no TLS, hence no prefix.
pub(crate) const COOKIE: &str = "claviger_session";

/// The cookie of a sign-in that is under way at a provider.
pub(crate) const UNDER_WAY: &str = "claviger_sign_in";

/// The token that a request shows, by cookie or as `Authorization: Bearer …`.
pub(crate) fn token_of(headers: &HeaderMap) -> Option<String> {
    bearer_of(headers).or_else(|| cookie_named(headers, COOKIE))
}

/// The token of a machine, which no page can make a browser send.
pub(crate) fn bearer_of(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(|token| token.trim().to_owned())
}

/// The header that gives a browser its session, which no script can read (`HttpOnly`). `Lax` and not
/// `Strict`: the link in a mail at 03:00 opens the event, not the sign-in page; acts of other sites'
/// pages are refused by the fence. `secure` where people reach the console by TLS.
pub(crate) fn cookie(token: &str, seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// The header that gives a browser what it keeps while its person is at a provider. `Lax`, because it comes back
/// from another site; shown to the pages of that way alone.
pub(crate) fn under_way(sealed: &str, seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!(
        "{UNDER_WAY}={sealed}; Path=/auth/oidc; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    )
}

/// The value of a cookie, where the request shows it.
pub(crate) fn cookie_named(headers: &HeaderMap, wanted: &str) -> Option<String> {
    headers.get_all(COOKIES).iter().filter_map(|value| value.to_str().ok()).find_map(|line| {
        line.split(';').find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == wanted && !value.is_empty()).then(|| value.to_owned())
        })
    })
}
