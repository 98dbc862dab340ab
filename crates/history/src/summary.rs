//! The past of one key in numbers, in bounded memory.

use std::sync::Arc;

use jiff::Timestamp;

use crate::HistoryError;
use crate::moment::Moment;
use crate::row::{Number, Row, Text};
use crate::run::Want;
use crate::state::State;
use crate::stream::Stream;
use crate::tally::Tally;

/// Everything that was done with a key in a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The first event.
    pub first: Option<Timestamp>,
    /// The last event.
    pub last: Option<Timestamp>,
    /// Events.
    pub events: u64,
    /// Those that the service refused or failed.
    pub refused: u64,
    /// Bytes sent to the client by requests that were carried out.
    pub bytes_out: u64,
    /// Bytes received from the client.
    pub bytes_in: u64,
    /// Addresses.
    pub sources: Distinct,
    /// Clients, in their own words.
    pub user_agents: Distinct,
    /// Operations as the provider names them.
    pub operations: Distinct,
    /// Buckets.
    pub buckets: Distinct,
    /// Objects, as `bucket/object`.
    pub objects: Distinct,
    /// Whether events may be missing, because a file was damaged or could not be read.
    pub is_partial: bool,
}

/// The values of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Distinct {
    /// How many different values there are: exact up to some ten thousand, then within about 2 %.
    pub values: u64,
    /// The most frequent values with the number of their events, the most frequent first.
    pub most: Vec<(String, u64)>,
    /// By how much a number of events may be too low; 0 where all were counted.
    pub short_by_max: u64,
}

/// Reads the past of a key and names the `top` most frequent values of each field.
pub(crate) fn of(state: &Arc<State>, want: Want, top: usize) -> Result<Summary, HistoryError> {
    let mut stream = Stream::new(state.clone(), want)?;
    let mut sums = Sums::default();
    while stream.next_row(|row| sums.add(&row))?.is_some() {}
    Ok(sums.finish(top, stream.is_partial()))
}

/// What is counted of rows that come in the order of time.
#[derive(Default)]
pub(crate) struct Sums {
    first: Option<Moment>,
    last: Option<Moment>,
    events: u64,
    refused: u64,
    bytes_out: u64,
    bytes_in: u64,
    /// Of addresses, clients, operations and buckets.
    columns: [Tally; 4],
    objects: Tally,
    /// Room for `bucket/object`.
    place: Vec<u8>,
}

/// The columns that are counted as they are.
const COLUMNS: [Text; 4] = [Text::SourceIp, Text::UserAgent, Text::Operation, Text::Bucket];

impl Sums {
    pub(crate) fn add(&mut self, row: &Row<'_>) {
        self.first.get_or_insert(row.time);
        self.last = Some(row.time);
        self.events += 1;
        let sum =
            |sum: &mut u64, column| *sum = sum.saturating_add(row.number(column).unwrap_or(0));
        if row.succeeded() {
            sum(&mut self.bytes_out, Number::BytesOut);
        } else {
            self.refused += 1;
        }
        sum(&mut self.bytes_in, Number::BytesIn);
        for (tally, column) in self.columns.iter_mut().zip(COLUMNS) {
            if let Some(value) = row.text(column) {
                tally.add(value);
            }
        }
        if let Some(object) = row.text(Text::Object) {
            self.place.clear();
            self.place.extend_from_slice(row.text(Text::Bucket).unwrap_or_default());
            self.place.push(b'/');
            self.place.extend_from_slice(object);
            self.objects.add(&self.place);
        }
    }

    pub(crate) fn finish(self, top: usize, is_partial: bool) -> Summary {
        let [sources, user_agents, operations, buckets] =
            self.columns.map(|tally| tally.finish(top));
        Summary {
            first: self.first.map(Moment::timestamp),
            last: self.last.map(Moment::timestamp),
            events: self.events,
            refused: self.refused,
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
            sources,
            user_agents,
            operations,
            buckets,
            objects: self.objects.finish(top),
            is_partial,
        }
    }
}
