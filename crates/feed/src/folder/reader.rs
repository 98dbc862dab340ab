//! Reads one file on from its position, in steps of whole lines.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

use super::position::{HEAD_MAX, Position};

/// Bytes of a step, unless one line is longer.
const STEP: usize = 4 << 20;

/// The longest line that is read: CloudTrail writes thousands of records in one.
const LINE_MAX: usize = 64 << 20;

/// A file that is one JSON document may end without a line's end; it is whole once nothing was written
/// for this long.
pub(super) const QUIET_DOCUMENT: Duration = Duration::from_secs(2);

/// A last line of text without its end is half of one, unless nothing was written for this long.
const QUIET_TEXT: Duration = Duration::from_secs(600);

/// A packed file that breaks off is still being written, unless nothing was written for this long.
const QUIET_PACKED: Duration = Duration::from_secs(60);

/// Whole lines, or what stands in their place.
pub(super) struct Step {
    pub(super) lines: Vec<u8>,
    pub(super) lines_before: u64,
    pub(super) bytes_before: u64,
    pub(super) unreadable: Option<(u64, String)>,
}

/// An open file, with what was read of it and not handed over yet.
pub(super) struct Reader {
    file: File,
    input: Box<dyn Read + Send>,
    rest: Vec<u8>,
    ended: bool,
    head: Vec<u8>,
}

impl Reader {
    /// Opens a file at its position; learns whether it is packed. `None` where another file has taken its
    /// name, or its place, since it was seen.
    pub(super) fn open(
        path: &Path,
        key: &str,
        position: &mut Position,
    ) -> io::Result<Option<Self>> {
        let mut file = File::open(path)?;
        if super::key_of(&file.metadata()?) != key {
            return Ok(None);
        }
        let head = head_of(&mut file, HEAD_MAX)?;
        position.packed = is_packed(&head);
        let mut input = unpacked(file.try_clone()?, &head)?;
        let mut known = Vec::new();
        if position.packed {
            let length = position.offset;
            (&mut input).take(length.min(HEAD_MAX)).read_to_end(&mut known)?;
            let skipped = length.saturating_sub(known.len() as u64);
            io::copy(&mut (&mut input).take(skipped), &mut io::sink())?;
        } else {
            known = head;
            known.truncate(usize::try_from(position.offset).unwrap_or(usize::MAX));
            file.seek(SeekFrom::Start(position.offset))?;
        }
        if !position.begins(&known) {
            return Ok(None);
        }
        Ok(Some(Self { file, input, rest: Vec::new(), ended: false, head: known }))
    }

    /// Whether the open file still begins with what is known of it. A file can be truncated and written
    /// anew between a look at it and a read, and even between two reads: then what was read at the old
    /// place is the middle of something else.
    pub(super) fn is_still(&self, position: &Position) -> io::Result<bool> {
        if position.packed {
            return Ok(true);
        }
        let length = usize::try_from(position.head_length.min(HEAD_MAX)).unwrap_or(0);
        let mut head = vec![0; length];
        match self.file.read_exact_at(&mut head, 0) {
            Ok(()) => Ok(position.begins(&head)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether there is something that is no whole line yet.
    pub(super) fn holds_rest(&self) -> bool {
        !self.rest.is_empty() || !self.ended
    }

    /// The next step; `None` where there are no whole lines for now. `quiet`: how long nothing was
    /// written.
    pub(super) fn step(
        &mut self,
        position: &mut Position,
        quiet: Duration,
    ) -> io::Result<Option<Step>> {
        loop {
            if let Err(error) = self.fill(self.rest.len().max(STEP)) {
                return self.broken(position, quiet, error);
            }
            if position.skipping {
                if !self.step_over(position) {
                    return Ok(None);
                }
                continue;
            }
            if let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') {
                return Ok(Some(self.hand_over(position, end + 1)));
            }
            if self.rest.len() > LINE_MAX {
                position.skipping = true;
                let why = format!("the line is longer than {LINE_MAX} bytes");
                let length = self.rest.len();
                let mut step = self.hand_over(position, length);
                step.lines.clear();
                step.unreadable = Some((length as u64, why));
                return Ok(Some(step));
            }
            if self.ended {
                return Ok(self.tail(position, quiet));
            }
            let more = self.rest.len() + STEP;
            if let Err(error) = self.fill(more) {
                return self.broken(position, quiet, error);
            }
        }
    }

    /// What is left at the end of the file, if it is a line.
    fn tail(&mut self, position: &mut Position, quiet: Duration) -> Option<Step> {
        let text = self.rest.trim_ascii_end();
        let document = matches!(text.last(), Some(b'}' | b']'));
        let enough = if document { QUIET_DOCUMENT } else { QUIET_TEXT };
        let whole = position.packed || quiet >= enough;
        let step = (whole && !self.rest.is_empty()).then(|| {
            let length = self.rest.len();
            self.hand_over(position, length)
        });
        position.done |= position.packed && step.is_none();
        step
    }

    /// A packed file that breaks off.
    fn broken(
        &mut self,
        position: &mut Position,
        quiet: Duration,
        error: io::Error,
    ) -> io::Result<Option<Step>> {
        if !position.packed {
            return Err(error);
        }
        if quiet < QUIET_PACKED {
            return Ok(None);
        }
        position.done = true;
        let length = self.rest.len();
        let mut step = self.hand_over(position, length);
        let why = format!("the packed file breaks off or is damaged here: {error}");
        step.unreadable = Some((0, why));
        Ok(Some(step))
    }

    /// Steps over a line that is too long; whether its end was found.
    fn step_over(&mut self, position: &mut Position) -> bool {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(self.rest.len(), |end| end + 1);
        self.rest.drain(..length);
        position.offset += length as u64;
        position.skipping = end.is_none();
        // Without an end, whatever comes next belongs to the line as well.
        end.is_some() || (length > 0 && !self.ended)
    }

    /// Moves the position on and hands over what was passed.
    fn hand_over(&mut self, position: &mut Position, length: usize) -> Step {
        let tail = self.rest.split_off(length);
        let lines = std::mem::replace(&mut self.rest, tail);
        let (lines_before, bytes_before) = (position.lines, position.offset);
        position.offset += length as u64;
        position.lines += lines.iter().filter(|byte| **byte == b'\n').count() as u64;
        let room = (HEAD_MAX as usize).saturating_sub(self.head.len());
        if room > 0 {
            self.head.extend_from_slice(&lines[..lines.len().min(room)]);
            position.learn(&self.head);
        }
        Step { lines, lines_before, bytes_before, unreadable: None }
    }

    fn fill(&mut self, want: usize) -> io::Result<()> {
        let missing = want.saturating_sub(self.rest.len());
        if missing > 0 && !self.ended {
            let read = (&mut self.input).take(missing as u64).read_to_end(&mut self.rest)?;
            self.ended = read < missing;
        }
        Ok(())
    }
}

/// The first bytes of a file, unpacked.
pub(super) fn head(path: &Path, length: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let head = head_of(&mut file, HEAD_MAX)?;
    if !is_packed(&head) {
        return Ok(head.into_iter().take(usize::try_from(length).unwrap_or(usize::MAX)).collect());
    }
    let mut plain = Vec::new();
    // A file that is not whole yet has no beginning to be known by.
    match unpacked(file, &head)?.take(length).read_to_end(&mut plain) {
        Ok(_) => Ok(plain),
        Err(_) => Ok(Vec::new()),
    }
}

fn head_of(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(length).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(head)
}

fn is_packed(head: &[u8]) -> bool {
    is_gzip(head) || is_zstd(head)
}

fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

fn unpacked(file: File, head: &[u8]) -> io::Result<Box<dyn Read + Send>> {
    if is_gzip(head) {
        Ok(Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(1 << 16, file))))
    } else if is_zstd(head) {
        let input = io::BufReader::with_capacity(1 << 16, file);
        Ok(Box::new(StreamingDecoder::new(input).map_err(io::Error::other)?))
    } else {
        Ok(Box::new(file))
    }
}
