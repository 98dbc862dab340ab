//! Objects of one folder that wait for each other: an id and its secret may stand in two of them, so what has one of
//! the two is committed once the folder is read.
//!
//! An object that waits is still pending in the store: where the process ends first, it is read again.

use claviger_scan::{Report, Scanner, pair_neighbours, wants_neighbours};

use super::object::ReadObject;

/// Objects that wait at most; further ones of the folder pair among themselves.
const WAITING_MAX: usize = 256;

/// Objects that wait, all below one folder.
#[derive(Default)]
pub(crate) struct Neighbours {
    folder: String,
    waiting: Vec<ReadObject>,
}

impl Neighbours {
    /// Takes an object, in the order of names, and gives back those whose neighbours are all known.
    pub(crate) fn take(&mut self, read: ReadObject, scanner: &Scanner) -> Vec<ReadObject> {
        let is_below = read.row.name.starts_with(&self.folder);
        let is_full = self.waiting.len() >= WAITING_MAX;
        let mut done = if is_below && !is_full { Vec::new() } else { self.end(scanner) };
        if !self.waiting.is_empty() {
            self.waiting.push(read);
        } else if wants_neighbours(&read.report, scanner) {
            let end = read.row.name.rfind('/').map_or(0, |slash| slash + 1);
            read.row.name[..end].clone_into(&mut self.folder);
            self.waiting.push(read);
        } else {
            done.push(read);
        }
        done
    }

    /// Gives back all that waits.
    pub(crate) fn end(&mut self, scanner: &Scanner) -> Vec<ReadObject> {
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut reports: Vec<&mut Report> =
            waiting.iter_mut().map(|read| &mut read.report).collect();
        pair_neighbours(&mut reports, scanner);
        waiting
    }
}

#[cfg(test)]
mod tests {
    use claviger_model::{AssetId, Availability, FingerprintKey, Sensitivity};
    use claviger_scan::Limits;
    use claviger_store::objects::{ObjectRow, ObjectState};

    use super::*;

    fn read(name: &str, text: &str, scanner: &Scanner) -> ReadObject {
        let mut scan = scanner.open(&format!("oss://acme/{name}"), Limits::default());
        scan.feed(text.as_bytes());
        let row = ObjectRow {
            asset_id: AssetId::from_entropy([7; 16]),
            name: name.to_owned(),
            etag: String::new(),
            bytes: text.len() as u64,
            last_modified: None,
            acl: None,
            state: ObjectState::Pending,
            sensitivity: Sensitivity::NotAvailable,
            data: Vec::new(),
            why: None,
            scanned_at: None,
            keys: 0,
            storage_class: None,
            availability: Availability::AtOnce,
        };
        ReadObject { row, report: scan.finish() }
    }

    #[test]
    fn an_id_and_its_secret_in_two_objects_of_a_folder_are_a_pair() {
        let scanner = Scanner::builtin(FingerprintKey::new([7; 32]));
        let mut neighbours = Neighbours::default();
        let mut done = Vec::new();
        for (name, text) in [
            ("a.txt", "nothing"),
            ("run/access-key-id", "LTAI5t1GumF9ikeXfPX6xnYD"),
            ("run/access-key-secret", "k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE"),
            ("z.txt", "nothing"),
        ] {
            done.extend(neighbours.take(read(name, text, &scanner), &scanner));
        }
        done.extend(neighbours.end(&scanner));
        let names: Vec<&str> = done.iter().map(|read| read.row.name.as_str()).collect();
        assert_eq!(names, ["a.txt", "run/access-key-id", "run/access-key-secret", "z.txt"]);
        let secret = done[1].report.findings[0].secret.as_ref();
        assert!(secret.is_some_and(|secret| secret.value.reveal().starts_with("k3V9")));
    }
}
