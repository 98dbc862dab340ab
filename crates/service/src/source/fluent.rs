//! A source that listens for the Fluent forward protocol.

use std::net::SocketAddr;

use claviger_feed::fluent::{Listener, Received};
use claviger_model::LogSource;
use claviger_watch::{Parsed, Reject};

use super::supervisor::recover;
use super::{format_of, parse, secret_of, whose};
use crate::gather::intake::{self, Delivery};
use crate::{Service, ServiceError, chain};

/// Listens for ever; ends only where it cannot.
pub(super) async fn run(
    service: &Service,
    source: &LogSource,
    listen: &str,
) -> Result<(), ServiceError> {
    let address: SocketAddr = listen
        .parse()
        .map_err(|_| ServiceError::Internal(format!("`{listen}` is no address to listen on")))?;
    let shared_key = secret_of(service, source).await?;
    let listener = Listener::bind(address, shared_key).await?;
    recover(service, source).await?;
    let (service, source) = (service.clone(), source.clone());
    listener
        .serve(move |received| {
            let (service, source) = (service.clone(), source.clone());
            async move { take(&service, &source, received).await }
        })
        .await;
    Ok(())
}

/// Whether lines are safe now; the sender sends again what is not.
async fn take(service: &Service, source: &LogSource, received: Received) -> bool {
    let arrived_at = service.now();
    let bytes = received.lines.len() as u64;
    let _room = service.intake().room(bytes).await;
    let place = format!("{arrived_at:.6} {} from {}", received.tag, received.peer);
    let format = format_of(source);
    let parsed = tokio::task::spawn_blocking(move || {
        let mut parsed = parse(format, &received.lines);
        received.unreadable.into_iter().for_each(|why| reject(&mut parsed, why));
        parsed
    });
    let Ok(parsed) = parsed.await else { return false };
    let mut delivery =
        Delivery::new(source.id.as_str(), place, whose(source), parsed, service.now());
    delivery.bytes = bytes;
    delivery.delivered_at = Some(arrived_at);
    match intake::take_in(service, delivery).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(source.name = %source.name, error = %chain(&error), "lines are not kept");
            false
        }
    }
}

/// A record that could not be read is a line that could not.
fn reject(parsed: &mut Parsed, why: String) {
    parsed.lines += 1;
    let line = parsed.lines;
    parsed.rejects.push(Reject { line, start: 0, end: 0, why });
}
