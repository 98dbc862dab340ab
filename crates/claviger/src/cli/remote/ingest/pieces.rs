//! Cuts a log file into pieces of whole lines, in bounded memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use claviger_feed::body::{self, Encoding};
use flate2::read::MultiGzDecoder;

/// Bytes of a piece, unless one line is longer.
const PIECE: usize = 4 << 20;

/// The longest line, or JSON document over several lines, that is sent: CloudTrail writes a file of
/// thousands of records in one line.
const LINE_MAX: usize = 64 << 20;

/// Largest file packed by zstd: it is unpacked whole.
const ZSTD_MAX: u64 = 1 << 30;

/// The pieces of one file.
pub(super) struct Pieces {
    input: Box<dyn BufRead>,
    /// Read, and not yet handed over.
    rest: Vec<u8>,
    is_first: bool,
    ended: bool,
    left_out: Vec<String>,
}

impl Pieces {
    /// Opens a file, plain, gzip or zstd; `-` is standard input.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let raw: Box<dyn Read> = match path.as_os_str() == "-" {
            true => Box::new(io::stdin()),
            false => Box::new(File::open(path)?),
        };
        let mut raw = BufReader::with_capacity(1 << 20, raw);
        let head = raw.fill_buf()?;
        let input: Box<dyn BufRead> = if head.starts_with(&[0x1f, 0x8b]) {
            Box::new(BufReader::with_capacity(1 << 20, MultiGzDecoder::new(raw)))
        } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            let mut packed = Vec::new();
            raw.take(ZSTD_MAX).read_to_end(&mut packed)?;
            let plain =
                body::unpack(Encoding::Zstd, &packed, ZSTD_MAX).map_err(io::Error::other)?;
            Box::new(io::Cursor::new(plain.into_owned()))
        } else {
            Box::new(raw)
        };
        Ok(Self { input, rest: Vec::new(), is_first: true, ended: false, left_out: Vec::new() })
    }

    /// Lines that were too long to be sent, in words.
    pub(super) fn left_out(self) -> Vec<String> {
        self.left_out
    }

    /// The next piece; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let whole = self.is_first && self.is_document()?;
            let want = if whole { LINE_MAX + 1 } else { PIECE };
            self.fill(want)?;
            self.is_first = false;
            if self.rest.is_empty() {
                return Ok(None);
            }
            if self.ended && self.rest.len() <= LINE_MAX {
                return Ok(Some(std::mem::take(&mut self.rest)));
            }
            if !whole && let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') {
                let tail = self.rest.split_off(end + 1);
                return Ok(Some(std::mem::replace(&mut self.rest, tail)));
            }
            if !whole && self.rest.len() <= LINE_MAX && !self.ended {
                self.fill(self.rest.len() + PIECE)?;
                if self.rest.contains(&b'\n') || self.ended {
                    continue;
                }
                if self.rest.len() <= LINE_MAX {
                    continue;
                }
            }
            self.leave_out()?;
        }
    }

    /// Steps over a line that is too long.
    fn leave_out(&mut self) -> io::Result<()> {
        self.left_out.push(format!("a line is longer than {LINE_MAX} bytes and was left out"));
        self.rest.clear();
        loop {
            let block = self.input.fill_buf()?;
            if block.is_empty() {
                self.ended = true;
                return Ok(());
            }
            let end = block.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(block.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    /// Reads until there are so many bytes, or the end.
    fn fill(&mut self, want: usize) -> io::Result<()> {
        while !self.ended && self.rest.len() < want {
            let block = self.input.fill_buf()?;
            if block.is_empty() {
                self.ended = true;
                break;
            }
            let used = block.len().min(want - self.rest.len());
            self.rest.extend_from_slice(&block[..used]);
            self.input.consume(used);
        }
        Ok(())
    }

    /// Whether the file is one JSON value over several lines, which must not be cut.
    fn is_document(&mut self) -> io::Result<bool> {
        self.fill(PIECE)?;
        let text = self.rest.trim_ascii_start();
        if !matches!(text.first(), Some(b'{' | b'[')) {
            return Ok(false);
        }
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_cut = line.len() == text.len() && !self.ended;
        Ok(!is_cut && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn pieces(bytes: &[u8]) -> (Vec<Vec<u8>>, usize) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut pieces = Pieces::open(file.path()).unwrap();
        let mut all = Vec::new();
        while let Some(piece) = pieces.next().unwrap() {
            all.push(piece);
        }
        (all, pieces.left_out().len())
    }

    #[test]
    fn lines_are_never_cut_and_none_is_lost() {
        let line = [&[b'a'; 99][..], b"\n"].concat();
        let bytes = line.repeat(100_000);
        let (pieces, left_out) = pieces(&bytes);
        assert!(pieces.len() > 1 && left_out == 0);
        assert!(pieces.iter().all(|piece| piece.ends_with(b"\n") && piece.len() <= PIECE));
        assert_eq!(pieces.concat(), bytes);
    }

    #[test]
    fn a_long_line_goes_whole_and_one_too_long_is_left_out() {
        let long = [b"[1,".repeat(2 << 20), b"1\n".to_vec()].concat();
        let huge = vec![b'x'; LINE_MAX + 2 * PIECE];
        let bytes = [&long[..], &huge[..], b"\nlast"].concat();
        let (pieces, left_out) = pieces(&bytes);
        assert_eq!(left_out, 1);
        assert_eq!(pieces, [long, b"last".to_vec()]);
    }

    #[test]
    fn a_document_over_lines_goes_whole() {
        let records = "  {\"a\": 1},\n".repeat(600_000);
        let bytes = format!("{{\"Records\": [\n{records}  {{}}\n]}}\n");
        let (pieces, _) = pieces(bytes.as_bytes());
        assert_eq!(pieces.len(), 1);
    }
}
