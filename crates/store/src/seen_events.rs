//! Access events that were taken in, so that a line delivered twice counts once.

use std::collections::{BTreeSet, HashSet};

use claviger_model::EventId;
use jiff::Timestamp;

use crate::row::read_all;
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "seen_events";

/// Ids a statement: from some hundreds on, the trip to the database no longer counts.
const BATCH: usize = 500;

/// Says of each event whether nobody saw it before, and keeps that it was seen now. Of equal events in
/// the slice the first is new.
///
/// # Errors
/// The database fails.
pub async fn insert_new(
    c: &mut Conn,
    events: &[EventId],
    now: Timestamp,
) -> std::result::Result<Vec<bool>, StoreError> {
    // Sorted, so that two transactions with the same events wait for each other in the same order.
    let distinct: Vec<&str> =
        events.iter().map(EventId::as_str).collect::<BTreeSet<_>>().into_iter().collect();
    let mut new = HashSet::new();
    for batch in distinct.chunks(BATCH) {
        let mut statement = Statement::composed(TABLE, "insert_new", insertion(batch.len()));
        if batch.len() != BATCH {
            statement = statement.once();
        }
        statement = statement.time(now);
        for event in batch {
            statement = statement.text(event);
        }
        new.extend(read_all(&statement.all(c).await?, |row| row.text("event_id"))?);
    }
    Ok(events.iter().map(|event| new.remove(event.as_str())).collect())
}

fn insertion(events: usize) -> String {
    let rows: Vec<String> = (0..events).map(|event| format!("(${}, $1)", event + 2)).collect();
    format!(
        "INSERT INTO seen_events (event_id, seen_at) VALUES {} \
         ON CONFLICT (event_id) DO NOTHING RETURNING event_id",
        rows.join(", ")
    )
}

/// Forgets what was seen before an instant: no source delivers again after so long.
///
/// # Errors
/// The database fails.
pub async fn prune(c: &mut Conn, before: Timestamp) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "prune", "DELETE FROM seen_events WHERE seen_at < $1")
        .time(before)
        .run(c)
        .await?;
    Ok(())
}
