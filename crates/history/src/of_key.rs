//! The latest events of one key.

use std::collections::VecDeque;
use std::sync::Arc;

use claviger_model::AccessEvent;

use crate::HistoryError;
use crate::run::Want;
use crate::state::State;
use crate::stream::Stream;

/// The latest `limit` wanted events in order, and whether there are more, or some may be missing.
pub(crate) fn latest(
    state: &Arc<State>,
    want: Want,
    limit: usize,
) -> Result<(Vec<AccessEvent>, bool), HistoryError> {
    let mut stream = Stream::new(state.clone(), want)?;
    let mut days = std::mem::take(stream.days());
    let mut found: VecDeque<AccessEvent> = VecDeque::new();
    let mut has_more = false;
    while !has_more && let Some(day) = days.pop_back() {
        // The newest day first: what an older one holds may not be among the latest.
        let room = limit - found.len();
        stream.want_last(room.saturating_add(1));
        stream.days().push_back(day);
        let mut of_day: VecDeque<AccessEvent> = VecDeque::new();
        while let Some(event) = stream.next_row(|row| row.event())? {
            of_day.push_back(event);
            if of_day.len() > room {
                of_day.pop_front();
                has_more = true;
            }
        }
        of_day.append(&mut found);
        found = of_day;
    }
    let partial = has_more || stream.is_partial();
    Ok((found.into(), partial))
}
