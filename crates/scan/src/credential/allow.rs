//! Comments by which people say that a credential on a line is no leak.

/// What such a comment holds: our own word, and those of other scanners, so that a file needs one.
const MARKS: [&str; 6] = [
    "claviger:allow",
    "gitleaks:allow",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "pragma: allowlist secret",
    "pragma: whitelist secret",
];
/// How far a line is followed.
const LINE_REACH: usize = 512;

/// The comment that allows what stands at `start..end`: on its line, or alone on the line above.
pub(crate) fn comment(text: &[u8], start: usize, end: usize) -> Option<&'static str> {
    let before = &text[start.saturating_sub(LINE_REACH)..start];
    let after = &text[end..text.len().min(end + LINE_REACH)];
    let begin = memchr::memrchr(b'\n', before);
    let line = &before[begin.map_or(0, |at| at + 1)..];
    let rest = &after[..memchr::memchr(b'\n', after).unwrap_or(after.len())];
    let here = mark_in(line).or_else(|| mark_in(rest));
    here.or_else(|| {
        let above = &before[..begin?];
        let above = &above[memchr::memrchr(b'\n', above).map_or(0, |at| at + 1)..];
        let lead = above.trim_ascii_start();
        let alone =
            ["#", "//", "/*", "--", ";", "<!--"].iter().any(|c| lead.starts_with(c.as_bytes()));
        mark_in(above).filter(|_| alone)
    })
}

fn mark_in(line: &[u8]) -> Option<&'static str> {
    MARKS.into_iter().find(|mark| memchr::memmem::find(line, mark.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_allows_its_line_and_alone_the_line_below() {
        let allowed = |text: &str| {
            let start = text.find("KEY").unwrap();
            comment(text.as_bytes(), start, start + 3).is_some()
        };
        assert!(allowed("a = KEY # claviger:allow"));
        assert!(allowed("# gitleaks:allow\na = KEY"));
        assert!(!allowed("b = x # claviger:allow\na = KEY"));
        assert!(!allowed("a = KEY\n# claviger:allow"));
    }
}
