//! A source of files on this machine: looked at many times a second, read as they grow.
//!
//! While what was read is judged and kept, the next stretch is read and parsed. Stretches are kept in their order, and
//! the position in a file with each of them: after a stretch that could not be kept, none is, and the files are read
//! again from the last position that was.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use claviger_feed::FeedError;
use claviger_feed::folder::{Chunk, Folder, Look};
use claviger_model::LogSource;
use claviger_store::{source_checkpoints, source_progress};
use claviger_watch::{LogFormat, Parsed, Reject};
use jiff::Timestamp;

use super::supervisor::{fail, recover};
use super::{format_of, whose};
use crate::gather::intake::{self, Delivery, Mark, Queued, Room, Sequence};
use crate::{Service, ServiceError, chain};

/// The pauses between two looks at the folder: short, so that an alarm is a matter of moments, and for one with
/// many files so long that the looks take little of the time.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_millis(500);
const PAUSES: u32 = 20;

/// How often it is told what waits: what grows all the time would be told at each look.
const BACKLOG_EVERY: Duration = Duration::from_secs(1);

/// Stretches that are on their way at the same time, and their bytes: a part of the room that there is for all. What
/// tells of leaked keys goes ahead of what was read before it, so it is read as soon as there is room.
const AHEAD_MAX: usize = 64;
const AHEAD_BYTES: u64 = 64 << 20;

/// A file that grows while it is read has more to read in a moment than so little.
const LITTLE: usize = 256 << 10;

/// Follows the files for ever; ends only where it cannot go on.
pub(super) async fn run(
    service: &Service,
    source: &LogSource,
    path: &str,
) -> Result<(), ServiceError> {
    let mut reader = service.store().read().await?;
    let positions = source_checkpoints::of_source(&mut reader, source.id.as_str()).await?;
    drop(reader);
    let folder = Folder::open(PathBuf::from(path), positions);
    let mut under_way = UnderWay::default();
    let ended = follow(service, source, folder, &mut under_way).await;
    // Whoever begins anew reads on from what was kept: all of that.
    while !under_way.queued.is_empty() {
        if let Err(error) = under_way.end_first().await {
            tracing::debug!(source.name = %source.name, error = %chain(&error), "not kept");
        }
    }
    ended
}

async fn follow(
    service: &Service,
    source: &LogSource,
    mut folder: Folder,
    under_way: &mut UnderWay,
) -> Result<(), ServiceError> {
    let mut told = Told::default();
    loop {
        let look;
        let begun = Instant::now();
        (folder, look) = apart(folder, Folder::look).await?;
        let pause = (begun.elapsed() * PAUSES).clamp(PAUSE_MIN, PAUSE_MAX);
        let mut look = look?;
        let mut before = None;
        loop {
            let next;
            (folder, next) = apart(folder, Folder::next).await?;
            match next {
                Ok(None) => break,
                Ok(Some(chunk)) => {
                    let (part, is_little) = (chunk.part.clone(), chunk.lines.len() < LITTLE);
                    if let Some(format) = under_way.begin(service, source, chunk).await? {
                        folder.set_format(&part, format.as_str());
                    }
                    if is_little && before.as_ref() == Some(&part) {
                        folder.put_off(&part);
                    }
                    before = Some(part);
                }
                Err(error) => look.troubles.push(chain(&error)),
            }
        }
        under_way.end_those_done().await?;
        told.tell(service, source, look).await?;
        tokio::time::sleep(pause).await;
    }
}

/// Stretches that are on their way, the oldest first, each with the room that it takes.
#[derive(Default)]
struct UnderWay {
    sequence: Sequence,
    queued: VecDeque<(Queued, Option<Room>)>,
}

impl UnderWay {
    /// Parses a stretch of lines and sends it on its way. Returns the format that they turned out to be in.
    async fn begin(
        &mut self,
        service: &Service,
        source: &LogSource,
        chunk: Chunk,
    ) -> Result<Option<LogFormat>, ServiceError> {
        self.end_those_done().await?;
        let bytes = chunk.lines.len() as u64;
        while self.queued.len() >= AHEAD_MAX || self.is_too_much(service, bytes) {
            self.end_first().await?;
        }
        let room = loop {
            // What is on its way may hold all the room there is.
            match service.intake().try_room(bytes) {
                Some(room) => break Some(room),
                None if self.queued.is_empty() => break service.intake().room(bytes).await,
                None => self.end_first().await?,
            }
        };
        let (mut delivery, format) = delivery_of(service, source, chunk).await?;
        delivery.sequence = Some(self.sequence.clone());
        self.queued.push_back((intake::queue(service, delivery).await?, room));
        Ok(format)
    }

    /// Whether so many bytes more were too much on their way, where anything is.
    fn is_too_much(&self, service: &Service, more: u64) -> bool {
        let most = AHEAD_BYTES.min(service.intake().room_bytes() / 2);
        let bytes: u64 =
            self.queued.iter().filter_map(|(_, room)| Some(room.as_ref()?.bytes())).sum();
        !self.queued.is_empty() && bytes + more > most
    }

    async fn end_first(&mut self) -> Result<(), ServiceError> {
        match self.queued.pop_front() {
            Some((first, _room)) => first.taken_in().await,
            None => Ok(()),
        }
    }

    async fn end_those_done(&mut self) -> Result<(), ServiceError> {
        while self.queued.front().is_some_and(|(first, _)| first.is_done()) {
            self.end_first().await?;
        }
        Ok(())
    }
}

/// Does something with the folder where it may wait for the disk.
async fn apart<T: Send + 'static>(
    mut folder: Folder,
    ask: fn(&mut Folder, SystemTime) -> T,
) -> Result<(Folder, T), ServiceError> {
    let asked = tokio::task::spawn_blocking(move || {
        let answer = ask(&mut folder, SystemTime::now());
        (folder, answer)
    });
    asked.await.map_err(|fault| ServiceError::Internal(format!("a folder broke: {fault}")))
}

/// What a stretch of lines says, and the format that they turned out to be in.
async fn delivery_of(
    service: &Service,
    source: &LogSource,
    chunk: Chunk,
) -> Result<(Delivery, Option<LogFormat>), ServiceError> {
    let read_at = service.now();
    let bytes = chunk.lines.len() as u64;
    let known = chunk.format.as_deref().and_then(|name| name.parse().ok());
    let format = format_of(source).or_else(|| claviger_watch::detect(&chunk.lines)).or(known);
    let modified = Timestamp::try_from(chunk.modified).unwrap_or(read_at);
    let place = format!("{read_at:.6} {}", chunk.name);
    let mark = Mark::Checkpoints(vec![(chunk.part.clone(), Some(chunk.position.clone()))]);
    let lost = chunk.lost.clone().map(|words| (modified, words));
    let (id, whose) = (source.id.clone(), whose(source));
    let made = tokio::task::spawn_blocking(move || {
        Delivery::new(id.as_str(), place, whose, parse(format, &chunk), read_at)
    });
    let mut delivery =
        made.await.map_err(|fault| ServiceError::Internal(format!("a log broke: {fault}")))?;
    delivery.bytes = bytes;
    delivery.delivered_at = Some(modified.min(read_at));
    delivery.mark = mark;
    delivery.lost = lost;
    Ok((delivery, format))
}

/// Parses a stretch of a file; its rejects stand where they stand in the file.
fn parse(format: Option<LogFormat>, chunk: &Chunk) -> Parsed {
    let mut parsed = super::parse(format, &chunk.lines);
    for reject in &mut parsed.rejects {
        reject.line += chunk.lines_before;
        reject.start += chunk.bytes_before;
        reject.end += chunk.bytes_before;
    }
    if let Some((length, why)) = &chunk.unreadable {
        let start = chunk.bytes_before + chunk.lines.len() as u64;
        let line = chunk.lines_before + parsed.lines + 1;
        parsed.lines += 1;
        parsed.rejects.push(Reject { line, start, end: start + length, why: why.clone() });
    }
    parsed
}

/// What was told of a folder already, so that nothing is written where nothing changed.
#[derive(Default)]
struct Told {
    backlog: Option<u64>,
    backlog_at: Option<Instant>,
    troubles: Option<Vec<String>>,
}

impl Told {
    async fn tell(
        &mut self,
        service: &Service,
        source: &LogSource,
        look: Look,
    ) -> Result<(), ServiceError> {
        let id = source.id.as_str();
        let is_due = self.backlog_at.is_none_or(|at| at.elapsed() >= BACKLOG_EVERY);
        if (self.backlog != Some(look.backlog) && is_due) || !look.gone.is_empty() {
            let mut tx = service.store().write().await?;
            source_progress::set_backlog(&mut tx, id, look.backlog, "bytes").await?;
            for part in &look.gone {
                source_checkpoints::forget(&mut tx, id, part).await?;
            }
            tx.commit().await?;
            (self.backlog, self.backlog_at) = (Some(look.backlog), Some(Instant::now()));
        }
        if self.troubles.as_ref() != Some(&look.troubles) {
            match look.troubles.first() {
                None => recover(service, source).await?,
                Some(first) => {
                    let others = look.troubles.len() - 1;
                    let why = std::io::Error::other(format!("{first}, and {others} others"));
                    let path = PathBuf::from(&source.name);
                    let error = FeedError::Folder { path, source: why };
                    fail(service, source, &ServiceError::from(error)).await;
                }
            }
            self.troubles = Some(look.troubles);
        }
        Ok(())
    }
}
