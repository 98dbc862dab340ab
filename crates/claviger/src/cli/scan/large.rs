//! A large text, of which each thread judges shares. A file, an object of a bucket and standard input are read in
//! their order by the thread that has the item; findings are the same, in the same order, however many help.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use claviger_scan::{JudgedShare, Scan, Scanner};

use super::crew::{Crew, lock, wait};
use super::progress::Tally;

/// What is read, with how far that has come.
pub(super) struct Stream<'r, R> {
    pub(super) reader: R,
    pub(super) total: u64,
    pub(super) tally: &'r Tally,
    pub(super) stop: &'r AtomicBool,
}

impl<R: Read> Stream<'_, R> {
    /// Fills as much of `room` as there is to read: how much that was, less than all of it at the end, and why
    /// nothing more can be read where that is so.
    pub(super) fn fill(&mut self, room: &mut [u8]) -> (usize, Option<String>) {
        let mut filled = 0;
        while filled < room.len() {
            let read = match self.reader.read(&mut room[filled..]) {
                Ok(0) => break,
                Ok(_) if self.stop.load(Ordering::Relaxed) => {
                    return (filled, Some("interrupted".to_owned()));
                }
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return (filled, Some(error.to_string())),
            };
            filled += read;
            self.total += read as u64;
            self.tally.bytes.fetch_add(read as u64, Ordering::Relaxed);
        }
        (filled, None)
    }
}

/// Where the outcome of a share goes.
struct Slot<'s> {
    judged: Mutex<Option<JudgedShare<'s>>>,
    done: Condvar,
}

/// The shares of one item that are out, oldest first.
struct Out<'c, 's> {
    scanner: &'s Scanner,
    crew: &'c Crew<'s>,
    slots: VecDeque<Arc<Slot<'s>>>,
    /// Memory to be read into again.
    spare: Vec<Vec<u8>>,
}

/// Reads the rest of a stream with the help of a crew.
///
/// # Errors
/// Why not all of it could be read; what came before is scanned.
pub(super) fn read<'s>(
    scan: &mut Scan<'s>,
    scanner: &'s Scanner,
    crew: &Crew<'s>,
    stream: &mut Stream<'_, impl Read>,
) -> Result<(), String> {
    let mut out = Out { scanner, crew, slots: VecDeque::new(), spare: Vec::new() };
    loop {
        out.join_done(scan);
        let mut bytes = out.spare.pop().unwrap_or_default();
        bytes.resize(Scan::SHARE_BYTES, 0);
        let (filled, failed) = stream.fill(&mut bytes);
        bytes.truncate(filled);
        let is_last = failed.is_some() || filled < Scan::SHARE_BYTES;
        if is_last || !scan.may_share() || !out.share(scan, &mut bytes) {
            out.join_all(scan);
            scan.feed(&bytes);
            out.spare.push(bytes);
        }
        if is_last {
            return failed.map_or(Ok(()), Err);
        }
    }
}

impl<'s> Out<'_, 's> {
    /// Shares bytes out, once there is room; `false` where they are to be read here.
    fn share(&mut self, scan: &mut Scan<'s>, bytes: &mut Vec<u8>) -> bool {
        while !self.crew.take_part() {
            if self.slots.is_empty() {
                return false;
            }
            self.join_first(scan);
        }
        match scan.share(std::mem::take(bytes)) {
            Some(share) => {
                let slot = Arc::new(Slot { judged: Mutex::new(None), done: Condvar::new() });
                self.slots.push_back(Arc::clone(&slot));
                let scanner = self.scanner;
                self.crew.ask(move || {
                    *lock(&slot.judged) = Some(share.judge(scanner));
                    slot.done.notify_all();
                });
            }
            None => self.crew.part_taken(),
        }
        true
    }

    /// Joins what is done, as far as nothing before it is not.
    fn join_done(&mut self, scan: &mut Scan<'s>) {
        while let Some(slot) = self.slots.front() {
            let Some(judged) = lock(&slot.judged).take() else { return };
            self.join(scan, judged);
        }
    }

    /// Joins the oldest share; helps until it is done.
    fn join_first(&mut self, scan: &mut Scan<'s>) {
        let Some(slot) = self.slots.front().map(Arc::clone) else { return };
        let mut judged = lock(&slot.judged).take();
        while judged.is_none() && self.crew.help() {
            judged = lock(&slot.judged).take();
        }
        let mut place = lock(&slot.judged);
        while judged.is_none() {
            judged = place.take();
            if judged.is_none() {
                place = wait(&slot.done, place);
            }
        }
        drop(place);
        if let Some(judged) = judged {
            self.join(scan, judged);
        }
    }

    fn join_all(&mut self, scan: &mut Scan<'s>) {
        while !self.slots.is_empty() {
            self.join_first(scan);
        }
    }

    fn join(&mut self, scan: &mut Scan<'s>, judged: JudgedShare<'s>) {
        self.slots.pop_front();
        self.spare.push(scan.join(judged));
        self.crew.part_taken();
    }
}
