//! What a key did in an hour, as numbers for methods of anomaly detection.

use std::collections::{HashMap, HashSet};

use super::new_terms::hash;
use crate::bench::detect::event::{Event, NONE, Outcome};
use crate::bench::detect::scene::Scene;
use crate::bench::detect::world::operation::Call;

/// Numbers of one row.
pub(super) const WIDTH: usize = 18;

/// One key's hour.
pub(super) struct Row {
    pub(super) key: u32,
    /// Its end, when a method that counts hours can speak.
    pub(super) until: u32,
    /// The attack with events in it.
    pub(super) attack: u16,
    pub(super) numbers: [f32; WIDTH],
}

#[derive(Default)]
struct Hour {
    attack: u16,
    counts: [u32; 9],
    bytes_out: u64,
    bytes_in: u64,
    objects: HashSet<(u32, u32)>,
    buckets: HashSet<u32>,
    sources: HashSet<u64>,
    new: [u32; 3],
}

/// What a key has shown, and how much it does in an hour on average.
#[derive(Default)]
struct Past {
    seen: HashSet<(u8, u64)>,
    hours: f64,
    events: f64,
}

/// The hours of every key in which it was used, in the order of time.
pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let mut pasts: HashMap<u32, Past> = HashMap::new();
    let mut rows = Vec::new();
    for events in scene.events.chunk_by(|a, b| a.at / 3600 == b.at / 3600) {
        let Some(first) = events.first() else { continue };
        let mut hours: std::collections::BTreeMap<u32, Hour> = std::collections::BTreeMap::new();
        for event in events {
            let past = pasts.entry(event.key).or_default();
            hours.entry(event.key).or_default().count(event, past);
        }
        let until = (first.at / 3600 + 1) * 3600;
        for (key, hour) in hours {
            let past = pasts.entry(key).or_default();
            rows.push(Row { key, until, attack: hour.attack, numbers: hour.numbers(past, until) });
        }
    }
    rows
}

impl Hour {
    fn count(&mut self, event: &Event, past: &mut Past) {
        self.attack = self.attack.max(event.attack);
        let kind = match event.call {
            Call::Get => 0,
            Call::Put | Call::UploadPart | Call::EndUpload | Call::BeginUpload => 1,
            Call::Delete | Call::DeleteMany | Call::Copy => 2,
            Call::List | Call::ListBuckets => 3,
            Call::Head | Call::HeadBucket => 4,
            call if call.is_read() => 5,
            _ => 6,
        };
        self.counts[kind] += 1;
        self.counts[7] += u32::from(event.outcome == Outcome::Denied);
        self.counts[8] += u32::from(event.outcome == Outcome::Missing);
        self.bytes_out += event.bytes_out;
        self.bytes_in += event.bytes_in;
        if event.object != NONE {
            self.objects.insert((event.bucket, event.object));
        }
        if event.bucket != NONE {
            self.buckets.insert(event.bucket);
        }
        let source = hash(&event.source);
        self.sources.insert(source);
        let terms = [(0, source), (1, u64::from(event.agent)), (2, hash(&event.call))];
        for ((kind, term), new) in terms.into_iter().zip(&mut self.new) {
            *new += u32::from(past.seen.insert((kind, term)));
        }
    }

    /// Logarithms of amounts, what is new, and how much more it is than the key's habit.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "amounts below 2^52, and logarithms of them"
    )]
    fn numbers(&self, past: &mut Past, until: u32) -> [f32; WIDTH] {
        let log = |amount: f64| amount.ln_1p() as f32;
        let mut numbers = [0.0; WIDTH];
        for (number, count) in numbers.iter_mut().zip(self.counts) {
            *number = log(f64::from(count));
        }
        numbers[9] = log(self.bytes_out as f64);
        numbers[10] = log(self.bytes_in as f64);
        numbers[11] = log(self.objects.len() as f64);
        numbers[12] = log(self.buckets.len() as f64);
        numbers[13] = log(self.sources.len() as f64);
        for (number, new) in numbers[14..17].iter_mut().zip(self.new) {
            *number = log(f64::from(new));
        }
        let events = f64::from(self.counts[..7].iter().sum::<u32>());
        let habit = (past.events + 5.0) / (past.hours + 1.0);
        numbers[17] = (events / habit).ln() as f32;
        past.events += events;
        past.hours += 1.0;
        debug_assert!(until > 0, "an hour ends after it began");
        numbers
    }
}
