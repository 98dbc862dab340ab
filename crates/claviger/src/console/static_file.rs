//! The style sheet, the script and the mark: compiled in, served under an address that changes with
//! their content, so that browsers keep them for good.

use std::sync::LazyLock;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use claviger_service::Service;
use sha2::{Digest, Sha256};

/// One file: its name, its type and its content.
type File = (&'static str, &'static str, &'static str);

const FILES: [File; 3] = [
    ("console.css", "text/css; charset=utf-8", include_str!("static/console.css")),
    ("console.js", "text/javascript; charset=utf-8", include_str!("static/console.js")),
    ("mark.svg", "image/svg+xml", include_str!("static/mark.svg")),
];

/// A word that changes with the content of any file.
static EDITION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    FILES.iter().for_each(|(_, _, content)| digest.update(content.as_bytes()));
    hex::encode(&digest.finalize()[..6])
});

/// The address of a file.
pub(super) fn address(name: &str) -> String {
    format!("/static/{}/{name}", *EDITION)
}

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/static/{edition}/{name}", get(serve)).route(
        "/favicon.ico",
        get(async || serve(axum::extract::Path((EDITION.clone(), "mark.svg".to_owned()))).await),
    )
}

async fn serve(
    axum::extract::Path((edition, name)): axum::extract::Path<(String, String)>,
) -> Response {
    let Some((_, kind, content)) = FILES.iter().find(|(known, _, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // A page of an earlier edition asks for what is gone; it gets today's, and keeps it only once.
    let keep = if edition == *EDITION { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, keep)], *content).into_response()
}
