//! How lines reach the reader: late, out of order, some twice, in one file a day and log.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::event::Event;
use super::line::{Log, Writer};
use super::world::World;
use crate::bench::random::Random;

/// CloudTrail delivers about one record in five twice, as seen in a real trail.
const TWICE: f64 = 0.2;

/// Lines that come hours late.
const VERY_LATE: f64 = 0.003;

/// One delivery of one event.
struct Delivery {
    at: u32,
    number: u32,
}

/// Writes the events, which stand in the order of time, to files in `folder`. Gives the files, and how many
/// lines there are.
pub(super) fn write(
    world: &World,
    events: &[Event],
    seed: u64,
    folder: &Path,
) -> anyhow::Result<(Vec<PathBuf>, u64)> {
    let mut writer = Writer::new(world, seed);
    let (mut files, mut lines) = (Vec::new(), 0);
    for log in Log::ALL {
        let deliveries = deliveries(world, events, seed, log);
        for day in deliveries.chunk_by(|a, b| a.at / 86_400 == b.at / 86_400) {
            let Some(first) = day.first() else { continue };
            let path = folder.join(format!("{}-{:02}.log.gz", log.word(), first.at / 86_400));
            let file =
                File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
            let mut out = GzEncoder::new(BufWriter::new(file), Compression::fast());
            for delivery in day {
                let number = delivery.number as usize;
                out.write_all(writer.line(number, &events[number]).as_bytes())?;
            }
            out.finish()?.flush()?;
            lines += day.len() as u64;
            files.push(path);
        }
    }
    Ok((files, lines))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a delay of hours is far below 2^32 seconds"
)]
fn deliveries(world: &World, events: &[Event], seed: u64, log: Log) -> Vec<Delivery> {
    let mut random = Random::part(seed, 7);
    let mut deliveries = Vec::new();
    for (event, number) in events.iter().zip(0_u32..) {
        if Log::of(world, event) != log {
            continue;
        }
        let mut deliver = |random: &mut Random| {
            let late = random.chance(VERY_LATE);
            let delay = if late { random.pause(5_000.0) } else { random.pause(90.0) };
            deliveries.push(Delivery { at: event.at + delay as u32, number });
        };
        deliver(&mut random);
        if log == Log::CloudTrail && random.chance(TWICE) {
            deliver(&mut random);
        }
    }
    deliveries.sort_by_key(|delivery| (delivery.at, delivery.number));
    deliveries
}
