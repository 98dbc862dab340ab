//! What was read of files and is likely to be asked again: the least recently used goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::state::locked;

/// Values by the number of their file, within a bound of memory.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    bytes_max: usize,
    held: Mutex<Held<T>>,
}

#[derive(Debug)]
struct Held<T> {
    values: HashMap<u64, Entry<T>>,
    bytes: usize,
    /// Grows with every use.
    uses: u64,
}

#[derive(Debug)]
struct Entry<T> {
    value: Arc<T>,
    bytes: usize,
    used: u64,
}

impl<T> Shelf<T> {
    pub(crate) fn new(bytes_max: usize) -> Self {
        let held = Held { values: HashMap::new(), bytes: 0, uses: 0 };
        Self { bytes_max, held: Mutex::new(held) }
    }

    pub(crate) fn get(&self, number: u64) -> Option<Arc<T>> {
        let mut held = locked(&self.held);
        held.uses += 1;
        let uses = held.uses;
        let entry = held.values.get_mut(&number)?;
        entry.used = uses;
        Some(entry.value.clone())
    }

    /// Keeps a value; one that is larger than the bound alone goes with the next.
    pub(crate) fn put(&self, number: u64, value: &Arc<T>, bytes: usize) {
        let mut held = locked(&self.held);
        held.remove(number);
        while held.bytes + bytes > self.bytes_max {
            let oldest = held.values.iter().min_by_key(|(_, entry)| entry.used);
            let Some(oldest) = oldest.map(|(number, _)| *number) else { break };
            held.remove(oldest);
        }
        held.bytes += bytes;
        let entry = Entry { value: value.clone(), bytes, used: held.uses };
        held.values.insert(number, entry);
    }

    pub(crate) fn remove(&self, number: u64) {
        locked(&self.held).remove(number);
    }
}

impl<T> Held<T> {
    fn remove(&mut self, number: u64) {
        if let Some(entry) = self.values.remove(&number) {
            self.bytes -= entry.bytes;
        }
    }
}
