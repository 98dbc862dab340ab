//! Cuts a text log into lines. Shared by the formats that are one record a line.

use super::json::lossy;
use super::out::Out;
use super::view::EventView;

/// Longest line that is read, in bytes: the longest real ones (an 8 KiB address, as long a referer
/// and agent) stay far below it.
pub(super) const LINE_MAX: usize = 256 * 1024;

/// A line that is not empty, without its line end.
pub(super) struct Line<'a> {
    /// First byte in the block, and the byte after the last one.
    pub(super) place: (usize, usize),
    pub(super) text: &'a [u8],
}

/// The lines that are not empty.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    let mut ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    std::iter::from_fn(move || {
        loop {
            let (first, end) = (start, ends.next()?);
            start = end + 1;
            let text = &bytes[first..end];
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if text.iter().any(|byte| !byte.is_ascii_whitespace()) {
                return Some(Line { place: (first, first + text.len()), text });
            }
        }
    })
}

/// Hands over the whole lines of a block, and returns how far it was read. A line that is too long is
/// rejected; it is never held whole.
pub(super) fn each_line(
    block: &[u8],
    out: &mut Out<'_>,
    mut read: impl FnMut(&mut Out<'_>, Line<'_>),
) -> usize {
    let begin = out.end_overlong(block);
    let end = match memchr::memrchr(b'\n', block) {
        _ if out.is_last => block.len(),
        Some(end) => (end + 1).max(begin),
        None => begin,
    };
    for mut line in lines(&block[begin..end]) {
        line.place = (line.place.0 + begin, line.place.1 + begin);
        if line.text.len() > LINE_MAX {
            out.take(block, line.place, Err(too_long()));
        } else {
            read(out, line);
        }
    }
    if block.len() - end > LINE_MAX {
        out.begin_overlong(block, end, too_long());
        return block.len();
    }
    end
}

fn too_long() -> String {
    format!("the line is longer than {LINE_MAX} bytes")
}

/// Reads each line by `read`. Bytes that are not UTF-8 are replaced, so that a client's odd agent
/// does not cost the event.
pub(super) fn parse_lines(
    block: &[u8],
    out: &mut Out<'_>,
    read: fn(&str) -> Result<EventView<'_>, String>,
) -> usize {
    each_line(block, out, |out, line| {
        out.take(block, line.place, read(&lossy(line.text)));
    })
}
