//! What a content is called that is written in a text: by its notation and the line that it begins in.

use super::run::Notation;
use crate::engine::Shift;

/// What stands between the two.
const IN_LINE: &str = " in line ";

/// The name of a content.
pub(super) fn of(notation: Notation, line: u64) -> String {
    format!("{}{IN_LINE}{line}", notation.words())
}

/// Counts the line in a name as it is.
pub(crate) fn mend(name: &mut String, shift: &Shift) {
    let told = name.rsplit_once(IN_LINE);
    let told = told.and_then(|(notation, line)| Some((notation, line.parse().ok()?)));
    if let Some((notation, line)) = told {
        *name = format!("{notation}{IN_LINE}{}", shift.line(line));
    }
}
