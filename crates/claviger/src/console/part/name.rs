//! Names of objects: any text, as somebody else chose it. What the eye would not see, or would see in
//! the wrong place, is written out.

use maud::{Markup, html};

/// Characters of a name that are shown at once; the rest opens. Two lines of a wide column.
const SHOWN_CHARS: usize = 160;

/// An object's name, whole: control characters, invisible ones and spaces at either end are written
/// out, and a right-to-left name keeps to its place.
pub(in crate::console) fn object(name: &str) -> Markup {
    let count = name.chars().count();
    if count <= SHOWN_CHARS {
        return html! { bdi.object { (visible(name)) } };
    }
    let head: String = name.chars().take(SHOWN_CHARS / 2).collect();
    let tail: String = name.chars().skip(count - SHOWN_CHARS / 2).collect();
    html! {
        details.object {
            summary { bdi { (visible(&head)) "…" (visible(&tail)) } }
            bdi { (visible(name)) }
        }
    }
}

/// A name as plain text of at most `max` characters, for drawings: written out the same way, its middle
/// left out where it is longer.
pub(in crate::console) fn line(name: &str, max: usize) -> String {
    let last = name.chars().count().saturating_sub(1);
    let written = |(place, character): (usize, char)| {
        written_out(character, place == 0 || place == last).unwrap_or_else(|| character.to_string())
    };
    let whole: String = name.chars().enumerate().map(written).collect();
    let count = whole.chars().count();
    if count <= max {
        return whole;
    }
    let tail = max.saturating_sub(1) / 2;
    let head: String = whole.chars().take(max.saturating_sub(tail + 1)).collect();
    let tail: String = whole.chars().skip(count - tail).collect();
    format!("{head}…{tail}")
}

fn visible(text: &str) -> Markup {
    let last = text.chars().count().saturating_sub(1);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for (place, character) in text.chars().enumerate() {
        let at_end = place == 0 || place == last;
        let (piece, odd) = match written_out(character, at_end) {
            Some(written) => (written, true),
            None => (character.to_string(), false),
        };
        match pieces.last_mut() {
            Some((before, was_odd)) if *was_odd == odd => before.push_str(&piece),
            _ => pieces.push((piece, odd)),
        }
    }
    html! {
        @for (piece, odd) in &pieces {
            @if *odd { span.odd { (piece) } } @else { (piece) }
        }
    }
}

/// How a character that cannot be seen is written; `None` for one that can.
fn written_out(character: char, at_end: bool) -> Option<String> {
    match character {
        '\n' => Some("\\n".to_owned()),
        '\r' => Some("\\r".to_owned()),
        '\t' => Some("\\t".to_owned()),
        _ if character.is_control() || is_unseen(character) || (at_end && character == ' ') => {
            Some(character.escape_unicode().to_string())
        }
        _ => None,
    }
}

/// Whether a character takes no room or turns the direction of what follows (Unicode, general category
/// Cf and the separators that are no plain space).
fn is_unseen(character: char) -> bool {
    matches!(character,
        '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{line, object};

    #[test]
    fn what_the_eye_would_not_see_is_written_out() {
        let shown = |name: &str| object(name).into_string();
        assert_eq!(shown("a/b c.txt"), "<bdi class=\"object\">a/b c.txt</bdi>");
        assert_eq!(
            shown("a\nb\r\tc"),
            "<bdi class=\"object\">a<span class=\"odd\">\\n</span>b<span class=\"odd\">\\r\\t</span>c\
             </bdi>"
        );
        assert!(shown("fdp\u{202e}exe").contains("<span class=\"odd\">\\u{202e}</span>"));
        assert!(shown("a ").contains("a<span class=\"odd\">\\u{20}</span>"));
    }

    #[test]
    fn a_name_is_text_and_never_markup() {
        let shown = object("<img src=x onerror=\"alert('1')\">&amp;").into_string();
        assert!(!shown.contains("<img") && shown.contains("&lt;img src=x onerror=&quot;"));
        assert!(shown.contains("&amp;amp;"));
    }

    #[test]
    fn a_line_of_a_drawing_keeps_both_ends_of_a_name() {
        assert_eq!(line("a/b.txt", 20), "a/b.txt");
        assert_eq!(line("a\nb", 20), "a\\nb");
        assert_eq!(line("customers/2026/november.csv", 11), "custo…r.csv");
    }

    #[test]
    fn a_name_of_1024_bytes_opens_to_its_whole() {
        let name = "é".repeat(512);
        let shown = object(&name).into_string();
        assert!(shown.starts_with("<details") && shown.contains(&name));
    }
}
