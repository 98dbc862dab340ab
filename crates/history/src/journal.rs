//! Where events come in: many threads append, one writes and syncs for all that wait.

use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use claviger_model::AccessEvent;

use crate::HistoryError;
use crate::manifest::wal_path;
use crate::memtable::{Memtable, Snapshot};
use crate::state::{State, locked};
use crate::wal::WalFile;
use crate::wal::frame::Frames;

/// Bytes of the write-ahead log, in memory, that make it worth turning into segments: some 300,000 events.
pub(crate) const FLUSH_BYTES: usize = 48 << 20;

/// Bytes beyond which appenders wait for the flush, or fail where it fails: what bounds the memory.
const WAIT_BYTES: usize = 3 * FLUSH_BYTES;

/// Bytes of small appends that are written at once.
const GROUP_BYTES_MAX: usize = 32 << 20;

/// The write-ahead log and those who wait for it.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    queue: Mutex<Queue>,
    /// Told whenever a group was written.
    written: Condvar,
    /// The file that is appended to; `None` where this process only reads.
    pub(crate) active: Mutex<Option<Active>>,
    pub(crate) tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Arc<Ticket>>,
    /// Somebody writes.
    is_led: bool,
}

/// One append that waits.
#[derive(Debug)]
struct Ticket {
    frames: Mutex<Option<Frames>>,
    outcome: OnceLock<Result<(), HistoryError>>,
}

/// The file that is appended to.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) number: u64,
    pub(crate) file: WalFile,
}

/// What the write-ahead log holds, in memory.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) active: Memtable,
    /// What waits to become segments, the oldest first.
    pub(crate) frozen: Vec<Arc<Frozen>>,
}

/// A file of the write-ahead log that is not appended to any more.
#[derive(Debug)]
pub(crate) struct Frozen {
    pub(crate) number: u64,
    pub(crate) rows: Snapshot,
    pub(crate) bytes: usize,
    /// Stretches of it were stepped over: the file is kept for a person to look at.
    pub(crate) is_damaged: bool,
}

impl Journal {
    /// What an earlier process left.
    pub(crate) fn of(active: Option<Active>, tables: Tables) -> Self {
        Self { active: Mutex::new(active), tables: Mutex::new(tables), ..Self::default() }
    }
}

impl Tables {
    /// Bytes of everything that is in no segment yet.
    fn bytes(&self) -> usize {
        self.active.bytes() + self.frozen.iter().map(|frozen| frozen.bytes).sum::<usize>()
    }

    /// Everything that is in no segment yet, the latest last.
    pub(crate) fn snapshot(&mut self) -> Snapshot {
        let mut all = Snapshot::default();
        self.frozen.iter().for_each(|frozen| all.followed_by(&frozen.rows));
        all.followed_by(&self.active.snapshot());
        all
    }
}

impl State {
    /// Appends events, all or none. They are durable when this returns.
    pub(crate) fn append(&self, events: &[AccessEvent]) -> Result<(), HistoryError> {
        self.must_own()?;
        if events.is_empty() {
            return Ok(());
        }
        if locked(&self.journal.tables).bytes() > WAIT_BYTES {
            self.flush()?;
        }
        let ticket = Arc::new(Ticket {
            frames: Mutex::new(Some(Frames::of(events)?)),
            outcome: OnceLock::new(),
        });
        self.wait_for(&ticket);
        match ticket.outcome.get() {
            Some(Err(error)) => Err(error.for_another()),
            _ => Ok(()),
        }
    }

    /// Whether the write-ahead log should become segments.
    pub(crate) fn wants_flush(&self) -> bool {
        locked(&self.journal.tables).bytes() >= FLUSH_BYTES
    }

    /// Returns once the ticket was written or refused: by another thread, or by this one for all that wait.
    fn wait_for(&self, ticket: &Arc<Ticket>) {
        let mut queue = locked(&self.journal.queue);
        queue.waiting.push(ticket.clone());
        while ticket.outcome.get().is_none() {
            if queue.is_led {
                queue = self.journal.written.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.is_led = true;
            let group = std::mem::take(&mut queue.waiting);
            drop(queue);
            self.write_group(&group);
            queue = locked(&self.journal.queue);
            queue.is_led = false;
            self.journal.written.notify_all();
        }
    }

    fn write_group(&self, group: &[Arc<Ticket>]) {
        let mut rest = group;
        while !rest.is_empty() {
            let mut bytes = 0;
            let end = rest.iter().position(|ticket| {
                let fits = bytes == 0 || bytes + ticket.bytes() <= GROUP_BYTES_MAX;
                bytes += ticket.bytes();
                !fits
            });
            let (now, later) = rest.split_at(end.unwrap_or(rest.len()));
            let outcome = self.write_at_once(now);
            for ticket in now {
                let own = outcome.as_ref().copied().map_err(HistoryError::for_another);
                ticket.outcome.get_or_init(|| own);
            }
            rest = later;
        }
    }

    fn write_at_once(&self, group: &[Arc<Ticket>]) -> Result<(), HistoryError> {
        let frames: Vec<Frames> =
            group.iter().filter_map(|ticket| locked(&ticket.frames).take()).collect();
        let mut active = locked(&self.journal.active);
        if active.as_ref().is_some_and(|active| active.file.is_torn()) {
            self.rotate(&mut active)?;
        }
        let Some(active) = active.as_mut() else { return self.must_own() };
        let mut bytes = Vec::new();
        frames.iter().for_each(|frames| frames.write_to(active.file.salt(), &mut bytes));
        active.file.append(&bytes)?;
        let mut tables = locked(&self.journal.tables);
        let blocks = frames.into_iter().flat_map(Frames::into_blocks);
        blocks.for_each(|block| tables.active.add(block));
        Ok(())
    }

    /// Begins another file of the write-ahead log; the rows of the one before wait to become segments.
    pub(crate) fn rotate(&self, active: &mut Option<Active>) -> Result<(), HistoryError> {
        let number = self.take_number();
        let file = WalFile::create(&wal_path(&self.dir, number))?;
        // The manifest names the file before anybody's events are in it.
        self.edit(|manifest| manifest.wals.push(number))?;
        let before = active.replace(Active { number, file });
        let mut tables = locked(&self.journal.tables);
        if let Some(before) = before {
            let mut memtable = std::mem::take(&mut tables.active);
            tables.frozen.push(Arc::new(Frozen {
                number: before.number,
                bytes: memtable.bytes(),
                rows: memtable.snapshot(),
                is_damaged: false,
            }));
        }
        Ok(())
    }
}

impl Ticket {
    fn bytes(&self) -> usize {
        locked(&self.frames).as_ref().map_or(0, Frames::bytes)
    }
}
