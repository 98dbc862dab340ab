//! Counts and bytes: grouped by thin spaces, in binary units.

use claviger_history::DroppedDays;

/// A narrow space that does not break.
const THIN: char = '\u{202f}';

/// A count, its thousands apart: `12 406`.
pub(in crate::console) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 object`, `3 objects`.
pub(in crate::console) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Bytes in the largest binary unit that leaves a whole number: `3.1 GiB`.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub(in crate::console) fn bytes(number: u64) -> String {
    let mut value = number as f64;
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    if unit == "B" { format!("{number}{THIN}B") } else { format!("{value:.1}{THIN}{unit}") }
}

/// Stretches of days: `2026-03-01 to 2026-03-03, 2026-03-05`.
pub(in crate::console) fn days(stretches: &[DroppedDays]) -> String {
    stretches.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(12_406), "12\u{202f}406");
        assert_eq!(count(1_000_000), "1\u{202f}000\u{202f}000");
        assert_eq!(counted(1, "object", "objects"), "1 object");
        assert_eq!(bytes(1023), "1023\u{202f}B");
        assert_eq!(bytes(3_328_599_654), "3.1\u{202f}GiB");
    }
}
