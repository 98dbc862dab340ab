//! 7z archives, solid or not; encrypted ones are reported.

use std::io::{Cursor, Read};

use sevenz_rust2::{ArchiveReader, EntryDecision, Error, Password};

use super::Kind;
use super::held::{Format, Held};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises the signature of `7zFormat.txt`.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| head.starts_with(b"7z\xBC\xAF\x27\x1C"),
    open: || Held::open(&Format { name: "7z archive", read }),
};

/// Memory that the dictionary of one stream may have, in KiB.
const MEMORY_KIB: usize = 160 << 10;
/// Entries are unpacked in pieces of this size.
const PIECE: usize = 64 * 1024;

fn read(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let archive =
        ArchiveReader::new_with_memory_limit(Cursor::new(bytes), Password::empty(), MEMORY_KIB);
    let mut archive = match archive {
        Ok(archive) => archive,
        Err(error) if is_encrypted(&error) => {
            walk.unread("encrypted 7z archive: not read");
            return Ok(());
        }
        Err(error) => return Err(words(&error)),
    };
    archive.set_thread_count(1);
    let mut begun = false;
    let outcome = archive.for_each_entries_with_decision(|entry, reader| {
        begun = true;
        if entry.is_directory() || !entry.has_stream() {
            return Ok(EntryDecision::Continue);
        }
        if !walk.take_entry() {
            return Ok(EntryDecision::Stop);
        }
        Ok(walk.within(entry.name(), |walk| read_entry(reader, walk)))
    });
    match outcome {
        Ok(()) => {}
        Err(error) if is_encrypted(&error) => walk.unread("encrypted 7z entries: not read"),
        Err(error) if begun => walk.unread(format!("damaged 7z archive: {}", words(&error))),
        Err(error) => return Err(words(&error)),
    }
    Ok(())
}

fn read_entry(reader: &mut dyn Read, walk: &mut Walk<'_>) -> EntryDecision {
    let mut content = Content::new();
    let mut piece = vec![0; PIECE];
    let decision = loop {
        match reader.read(&mut piece) {
            Ok(0) => break EntryDecision::Continue,
            Ok(bytes) if walk.take_expanded(bytes) => content.feed(&piece[..bytes], walk),
            Ok(_) => break EntryDecision::Stop,
            Err(error) => {
                walk.unread(format!("damaged 7z entry: {error}"));
                break EntryDecision::SkipBlock;
            }
        }
    };
    content.finish(walk);
    decision
}

fn is_encrypted(error: &Error) -> bool {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => true,
        Error::UnsupportedCompressionMethod(method) => method.contains("AES"),
        _ => false,
    }
}

/// Why an archive or an entry cannot be read, for a person.
fn words(error: &Error) -> String {
    match error {
        Error::Io(error, _) => error.to_string(),
        Error::Other(why) | Error::Unsupported(why) => why.to_string(),
        Error::UnsupportedCompressionMethod(method) => {
            format!("its compression {method} is not supported")
        }
        Error::MaxMemLimited { actaul_kb, .. } => {
            format!("its dictionary asks for {actaul_kb} KiB of memory")
        }
        Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch => {
            "a checksum does not match".to_owned()
        }
        _ => "its structure is damaged".to_owned(),
    }
}
