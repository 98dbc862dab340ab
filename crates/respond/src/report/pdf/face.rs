//! The two faces that every reader of PDF has, how wide their characters are, and texts broken into lines.
//!
//! They know Western characters alone (WinAnsiEncoding). Chinese is of [`collection`]; any other character stands as
//! `\u{…}`, so that nothing is lost.

use super::collection;

/// A face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    /// Helvetica.
    Plain,
    /// Helvetica-Bold.
    Bold,
}

/// Widths of the characters from byte 32 on, in thousandths of the size (Adobe's font metrics for the fourteen
/// standard faces, version 002.000).
#[rustfmt::skip]
const PLAIN: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    350, 556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350, 350,
    222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667, 278, 333, 556,
    556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333, 556,
    537, 278, 333, 333, 365, 556, 834, 834, 834, 611, 667, 667, 667, 667, 667, 667, 1000, 722, 667,
    667, 667, 667, 278, 278, 278, 278, 722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722,
    722, 667, 667, 611, 556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278,
    278, 556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

#[rustfmt::skip]
const BOLD: [u16; 224] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
    350, 556, 350, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350, 350,
    278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 350, 500, 667, 278, 333, 556,
    556, 556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333, 611,
    556, 278, 333, 333, 365, 556, 834, 834, 834, 611, 722, 722, 722, 722, 722, 722, 1000, 722, 667,
    667, 667, 667, 278, 278, 278, 278, 722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722,
    722, 667, 667, 611, 556, 556, 556, 556, 556, 556, 889, 556, 556, 556, 556, 556, 278, 278, 278,
    278, 611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611, 611, 556, 611, 556,
];

/// Where WinAnsiEncoding is not Latin-1 (ISO 32000-1, annex D.2).
#[rustfmt::skip]
const OWN: [(char, u8); 27] = [
    ('€', 0x80),
    ('‚', 0x82),
    ('ƒ', 0x83),
    ('„', 0x84),
    ('…', 0x85),
    ('†', 0x86),
    ('‡', 0x87),
    ('ˆ', 0x88),
    ('‰', 0x89),
    ('Š', 0x8a),
    ('‹', 0x8b),
    ('Œ', 0x8c),
    ('Ž', 0x8e),
    ('‘', 0x91),
    ('’', 0x92),
    ('“', 0x93),
    ('”', 0x94),
    ('•', 0x95),
    ('–', 0x96),
    ('—', 0x97),
    ('˜', 0x98),
    ('™', 0x99),
    ('š', 0x9a),
    ('›', 0x9b),
    ('œ', 0x9c),
    ('ž', 0x9e),
    ('Ÿ', 0x9f),
];

impl Face {
    /// Every face.
    pub(super) const ALL: [Self; 2] = [Self::Plain, Self::Bold];

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "Helvetica",
            Self::Bold => "Helvetica-Bold",
        }
    }

    /// What it is called on a page.
    pub(super) fn resource(self) -> &'static str {
        match self {
            Self::Plain => "F1",
            Self::Bold => "F2",
        }
    }

    fn width_of(self, sign: char) -> u16 {
        let widths = match self {
            Self::Plain => &PLAIN,
            Self::Bold => &BOLD,
        };
        match byte_of(sign) {
            Some(byte) => {
                let place = usize::from(byte).checked_sub(32);
                place.and_then(|place| widths.get(place)).copied().unwrap_or_default()
            }
            None if collection::has(sign) => collection::WIDTH,
            None => 0,
        }
    }

    /// How wide a text is, in points.
    pub(super) fn width(self, size: f32, text: &str) -> f32 {
        text.chars().map(|sign| f32::from(self.width_of(sign))).sum::<f32>() * size / 1000.0
    }

    /// A text in lines that are no wider. A line ends at a space, behind a slash or between ideographs, else where
    /// it is full.
    pub(super) fn broken(self, size: f32, text: &str, width: f32) -> Vec<String> {
        let signs: Vec<char> = text.chars().collect();
        let (mut lines, mut begin) = (Vec::new(), 0);
        while begin < signs.len() {
            let (mut end, mut used, mut cut) = (begin, 0.0, None);
            while let Some(sign) = signs.get(end) {
                if end > begin && may_part(signs[end - 1], *sign) {
                    cut = Some(end);
                }
                used += f32::from(self.width_of(*sign)) * size / 1000.0;
                if used > width && end > begin {
                    break;
                }
                end += 1;
            }
            let end = if end == signs.len() { end } else { cut.unwrap_or(end) };
            let line: String = signs[begin..end].iter().collect();
            lines.push(line.trim_end_matches(' ').to_owned());
            begin = end;
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
        lines
    }
}

/// Whether a line may end between two characters.
fn may_part(before: char, behind: char) -> bool {
    matches!(before, ' ' | '/') || collection::may_part(before, behind)
}

/// A text in characters that the faces and the collection know.
pub(super) fn spelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '→' => out.push_str("->"),
            _ if byte_of(sign).is_some() || collection::has(sign) => out.push(sign),
            other => out.extend(other.escape_unicode()),
        }
    }
    out
}

/// The byte of a character in WinAnsiEncoding.
pub(super) fn byte_of(sign: char) -> Option<u8> {
    match sign {
        ' '..='~' | '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(sign)).ok(),
        _ => OWN.iter().find(|(own, _)| *own == sign).map(|(_, byte)| *byte),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_faces_lack_is_spelled() {
        assert_eq!(spelled("é → 密 › 한"), "é -> 密 › \\u{d55c}");
    }

    #[test]
    fn a_line_ends_at_a_space_or_behind_a_slash() {
        let broken = |text| Face::Plain.broken(10.0, text, 60.0);
        assert_eq!(broken("one two three four"), ["one two", "three four"]);
        assert_eq!(broken("oss://bucket/name"), ["oss://bucket/", "name"]);
        assert_eq!(broken(""), [""]);
        assert_eq!(broken("客户资料/身份证.csv"), ["客户资料/身", "份证.csv"]);
        assert_eq!(broken("一二三四五六。七"), ["一二三四五", "六。七"]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_character_is_lost(
            text in "(\\PC|[一-龥，。（）a ]){0,400}", width in 20_f32..500.0, bold: bool,
        ) {
            let face = if bold { Face::Bold } else { Face::Plain };
            let shown = spelled(&text);
            let lines = face.broken(9.0, &shown, width);
            prop_assert!(lines.iter().all(|line| face.width(9.0, line) <= width + 0.01));
            let plain = |text: &str| text.chars().filter(|sign| *sign != ' ').collect::<String>();
            prop_assert_eq!(plain(&lines.concat()), plain(&shown));
        }
    }
}
