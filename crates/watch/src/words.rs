//! Numbers, times and names as people read them in reasons.

use jiff::Timestamp;

/// Longest text of a client's that a sentence quotes, in characters.
const QUOTED_MAX: usize = 64;

/// `3.1 GiB`, `512 B`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut amount = count as f64 / 1024.0;
    let mut unit = 0;
    while amount >= 1023.95 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

/// `1,204`.
pub(crate) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 address`, `2 addresses`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// `42 seconds`, `9 minutes`, `3 hours`, `12 days`.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..120 => counted(seconds, "second", "seconds"),
        120..7_200 => counted(seconds / 60, "minute", "minutes"),
        7_200..172_800 => counted(seconds / 3_600, "hour", "hours"),
        _ => counted(seconds / 86_400, "day", "days"),
    }
}

/// `2026-01-31 14:02:11Z`.
pub(crate) fn instant(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// `+3.7 nats`, `-2.0 nats`.
pub(crate) fn nats(value: f64) -> String {
    format!("{value:+.1} nats")
}

/// Text that a client chose, cut and without control characters.
pub(crate) fn quoted(text: &str) -> String {
    let shown = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    let mut cut: String = text.chars().take(QUOTED_MAX).map(shown).collect();
    if text.chars().nth(QUOTED_MAX).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_204_000), "1,204,000");
        assert_eq!(counted(1, "object", "objects"), "1 object");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(3_328_599_655), "3.1 GiB");
        assert_eq!(bytes(1024 * 1024 - 1), "1.0 MiB");
        assert_eq!(span(540), "9 minutes");
        assert_eq!(nats(-2.0), "-2.0 nats");
    }

    #[test]
    fn a_clients_text_is_cut_and_holds_no_control_characters() {
        assert_eq!(quoted("a\nb\u{1b}[1m"), "a\u{fffd}b\u{fffd}[1m");
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), QUOTED_MAX + 1);
    }
}
