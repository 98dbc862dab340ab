//! What was done with one object, by whatever key, or none.

use std::sync::Arc;

use claviger_model::AccessEvent;

use crate::HistoryError;
use crate::row::Text;
use crate::run::Want;
use crate::state::State;
use crate::stream::Stream;

/// The first `limit` wanted events of an object, day by day, in the order of (time, event id), and whether there
/// are more, or some may be missing.
pub(crate) fn first(
    state: &Arc<State>,
    want: Want,
    (bucket, object): (&str, &str),
    limit: usize,
) -> Result<(Vec<AccessEvent>, bool), HistoryError> {
    let mut stream = Stream::new(state.clone(), want)?;
    let mut days = std::mem::take(stream.days());
    let mut found: Vec<AccessEvent> = Vec::new();
    while found.len() <= limit
        && let Some(day) = days.pop_front()
    {
        stream.days().push_back(day);
        let begin = found.len();
        while let Some(event) = stream.next_row(|row| {
            let is_it = row.text(Text::Object) == Some(object.as_bytes())
                && row.text(Text::Bucket) == Some(bucket.as_bytes());
            is_it.then(|| row.event())
        })? {
            if found.len() <= limit {
                found.extend(event);
            }
        }
        if let Some(of_day) = found.get_mut(begin..) {
            of_day.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.event_id.cmp(&b.event_id)));
        }
    }
    let has_more = found.len() > limit;
    found.truncate(limit);
    Ok((found, has_more || stream.is_partial()))
}
