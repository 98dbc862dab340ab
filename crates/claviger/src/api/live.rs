//! Server-sent events: what changed, as it changes. Only names travel; a page asks again for what it
//! shows.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use claviger_service::Service;
use claviger_stream::{Topic, Wake};
use futures_util::Stream;
use futures_util::stream;

use super::Visitor;

/// Often enough that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// `event: change`, `data: <subject>`: a risk event's id, `assets`, `connections`, `policies`,
/// `deliveries`, `events` or `allowlist`; an empty subject means "look at everything again".
pub(super) async fn stream(
    State(service): State<Service>,
    _: Visitor,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = service.live().subscribe(Topic::Changes);
    let events = stream::unfold(changes, async |mut changes| {
        let subject = match changes.next().await? {
            Wake::Notice(notice) => notice.subject,
            Wake::Lagged => String::new(),
        };
        Some((Ok(Event::default().event("change").data(subject)), changes))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
