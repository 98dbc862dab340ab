//! The history as its users see it.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use claviger_model::{AccessEvent, AccessKeyId};
use jiff::{SignedDuration, Timestamp};

use crate::moment::Moment;
use crate::replay::Replay;
use crate::run::{Want, WantedKey};
use crate::state::{State, locked};
use crate::stream::Stream;
use crate::{
    Compaction, Damage, DayHeld, DroppedDays, Events, HistoryError, Retained, Room, Summary, disk,
    of_key, of_object, opening, summary,
};

/// Every access event, for years, by key. Shared between threads.
#[derive(Debug)]
pub struct History {
    state: Arc<State>,
    flusher: Option<Flusher>,
}

impl History {
    /// Opens the history in a folder, which is made if need be, to write and to read. What a killed process
    /// left half-done is put in order.
    ///
    /// # Errors
    /// The folder can be neither used nor made, or another process writes there.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, HistoryError> {
        let state = Arc::new(opening::open(dir.as_ref())?);
        let flusher = Flusher::start(&state)
            .map_err(|source| HistoryError::Open { path: dir.as_ref().to_owned(), source })?;
        Ok(Self { state, flusher: Some(flusher) })
    }

    /// Opens the history in a folder to read, while another process may write there. Nothing is changed.
    ///
    /// # Errors
    /// There is no such folder, or it cannot be read.
    pub fn open_to_read(dir: impl AsRef<Path>) -> Result<Self, HistoryError> {
        Ok(Self { state: Arc::new(opening::open_to_read(dir.as_ref())?), flusher: None })
    }

    /// Appends events, all or none. They are durable when this returns; after an error the caller appends
    /// them again: an event that is there twice is read once, in the form that came last. Many threads may
    /// append at the same time; their events are made durable together.
    ///
    /// # Errors
    /// A file could not be written, or there is no room; or the history is open to read alone.
    pub fn append(&self, events: &[AccessEvent]) -> Result<(), HistoryError> {
        self.state.append(events)?;
        if let Some(flusher) = self.flusher.as_ref().filter(|_| self.state.wants_flush()) {
            flusher.call();
        }
        Ok(())
    }

    /// Turns what was appended into segments now. It happens by itself when there is enough of it.
    ///
    /// # Errors
    /// A file could not be written, or there is no room: nothing is lost.
    pub fn flush(&self) -> Result<(), HistoryError> {
        self.state.flush()
    }

    /// Turns every day before that of `now`, in UTC, into Parquet: what came late is merged with what is
    /// there, and repeats are dropped. Days of which nothing new came stay as they are.
    ///
    /// # Errors
    /// A file could not be read or written, or there is no room: nothing is lost, and the days that were
    /// done are done.
    pub fn compact(&self, now: Timestamp) -> Result<Compaction, HistoryError> {
        self.state.compact(now)
    }

    /// Drops the days that ended `max_age` before `now` or earlier, then days until the others take no more
    /// than there is room for, in the order that [`crate::AtLimit`] says. Says what was dropped.
    ///
    /// # Errors
    /// A file could not be written, or there is no room: then nothing was dropped.
    pub fn retain(
        &self,
        now: Timestamp,
        max_age: Option<SignedDuration>,
        room: Option<Room>,
    ) -> Result<Retained, HistoryError> {
        self.state.retain(now, max_age, room)
    }

    /// The days that were dropped on purpose, the oldest first. What came later for such a day is kept.
    ///
    /// # Errors
    /// The folder could not be read.
    pub fn dropped(&self) -> Result<Vec<DroppedDays>, HistoryError> {
        Ok(self.state.latest_manifest()?.dropped.clone())
    }

    /// The events of one key with `since <= time < until`, each once, in the order of (time, event
    /// id). Of more than `limit`, the latest are given, and the flag says so; it also says that some may
    /// be missing because a file was damaged (see [`Self::damage`]).
    ///
    /// # Errors
    /// A file or folder could not be read.
    pub fn of_key(
        &self,
        key: &AccessKeyId,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        limit: usize,
    ) -> Result<(Vec<AccessEvent>, bool), HistoryError> {
        of_key::latest(&self.state, want(Some(key), since, until), limit)
    }

    /// The first `limit` events of one object with `since <= time < until`, whoever made them, in the order of
    /// (time, event id), and whether there are more or some may be missing. Every day is read whole.
    ///
    /// # Errors
    /// A file or folder could not be read.
    pub fn of_object(
        &self,
        (bucket, object): (&str, &str),
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        limit: usize,
    ) -> Result<(Vec<AccessEvent>, bool), HistoryError> {
        of_object::first(&self.state, want(None, since, until), (bucket, object), limit)
    }

    /// Every event of one key with `since <= time < until`, however many there are.
    ///
    /// # Errors
    /// A file or folder could not be read; likewise each step.
    pub fn read_key(
        &self,
        key: &AccessKeyId,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Events, HistoryError> {
        let want = want(Some(key), since, until);
        Ok(Events::of_key(Stream::new(self.state.clone(), want)?))
    }

    /// Every event of all keys, and of none, with `since <= time < until`.
    ///
    /// # Errors
    /// A file or folder could not be read; likewise each step.
    pub fn read_all(
        &self,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Events, HistoryError> {
        Ok(Events::of_all(Replay::new(self.state.clone(), want(None, since, until))?))
    }

    /// The past of one key in numbers, with the `top` most frequent values of each field.
    ///
    /// # Errors
    /// A file or folder could not be read.
    pub fn summary(
        &self,
        key: &AccessKeyId,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        top: usize,
    ) -> Result<Summary, HistoryError> {
        summary::of(&self.state, want(Some(key), since, until), top)
    }

    /// The days that hold events, the oldest first.
    ///
    /// # Errors
    /// The manifest or the write-ahead log of another process could not be read.
    pub fn days(&self) -> Result<Vec<DayHeld>, HistoryError> {
        self.state.days()
    }

    /// What was lost, or could not be read when it was asked for.
    ///
    /// # Errors
    /// The manifest could not be read.
    pub fn damage(&self) -> Result<Vec<Damage>, HistoryError> {
        self.state.damage()
    }

    /// Forgets what was lost: somebody knows it, or the logs were read again. Answers are no longer told to
    /// be partial for it. Files that were moved aside stay where they are.
    ///
    /// # Errors
    /// The manifest could not be written.
    pub fn forget_damage(&self) -> Result<(), HistoryError> {
        locked(&self.state.unreadable).clear();
        self.state.edit(|manifest| manifest.damage.clear())
    }

    /// Bytes of all files.
    ///
    /// # Errors
    /// A folder could not be listed.
    pub fn bytes(&self) -> Result<u64, HistoryError> {
        disk::bytes_below(&self.state.dir)
            .map_err(|error| HistoryError::of_read(&self.state.dir, error))
    }
}

fn want(key: Option<&AccessKeyId>, since: Option<Timestamp>, until: Option<Timestamp>) -> Want {
    Want {
        key: key.map(|key| WantedKey::of(key.as_str())),
        since: since.map(Moment::of),
        until: until.map(Moment::of),
        last: None,
    }
}

/// The thread that turns the write-ahead log into segments, so that nobody who appends waits for it.
#[derive(Debug)]
struct Flusher {
    call: Arc<Call>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Call {
    wanted: Mutex<Wanted>,
    told: Condvar,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    #[default]
    Nothing,
    Flush,
    End,
}

impl Flusher {
    fn start(state: &Arc<State>) -> std::io::Result<Self> {
        let (state, call) = (state.clone(), Arc::new(Call::default()));
        let told = call.clone();
        let thread =
            std::thread::Builder::new().name("history-flush".to_owned()).spawn(move || {
                while told.wait() == Wanted::Flush {
                    // What fails stays in the log, and fails the appender that waits for room in memory.
                    state.flush().ok();
                }
            })?;
        Ok(Self { call, thread: Some(thread) })
    }

    fn call(&self) {
        self.call.tell(Wanted::Flush);
    }
}

impl Call {
    fn tell(&self, what: Wanted) {
        let mut wanted = locked(&self.wanted);
        if *wanted != Wanted::End {
            *wanted = what;
        }
        self.told.notify_one();
    }

    fn wait(&self) -> Wanted {
        let mut wanted = locked(&self.wanted);
        while *wanted == Wanted::Nothing {
            wanted = self.told.wait(wanted).unwrap_or_else(PoisonError::into_inner);
        }
        let now = *wanted;
        if now == Wanted::Flush {
            *wanted = Wanted::Nothing;
        }
        now
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.call.tell(Wanted::End);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to say.
            thread.join().ok();
        }
    }
}
