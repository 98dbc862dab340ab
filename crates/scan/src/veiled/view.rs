//! The text around a run with what runs stand for in their places.

use super::readable::is_line;
use super::run::{self, Notation, RUN_MIN, Run};

/// Text around a run that is read together with it, to each side.
pub(super) const AROUND: usize = 1024;
/// Rounds of decoding one value.
const ROUNDS_MAX: usize = 3;

/// A stretch of text with the meaning of runs in their places.
pub(super) struct View {
    pub(super) text: Vec<u8>,
    /// Where the meaning of the run in question stands.
    pub(super) meaning: std::ops::Range<usize>,
    /// Every run whose meaning stands in the text: where that is, and where the run is.
    pub(super) runs: Vec<(std::ops::Range<usize>, (usize, usize))>,
    /// Where stretches begin in `text`, where in the text they come from, and whether they stand there as
    /// they are.
    parts: Vec<(usize, usize, bool)>,
}

impl View {
    /// The text around a run, with its meaning and that of its neighbours.
    pub(super) fn around(text: &[u8], run: &Run) -> Self {
        let from = run.start.saturating_sub(AROUND);
        let to = text.len().min(run.end + AROUND);
        let mut view =
            Self { text: Vec::new(), meaning: 0..0, runs: Vec::new(), parts: Vec::new() };
        let mut at = from;
        for other in run::all(text, from, to) {
            let is_run = other.start == run.start;
            if other.start < at || other.is_long || other.end > to {
                continue;
            }
            let meaning = match is_run {
                true => run.decoded.clone(),
                false => unwrapped(&other.decoded, other.notation),
            };
            if !is_run && !is_line(&meaning) {
                continue;
            }
            view.parts.push((view.text.len(), at, true));
            view.text.extend_from_slice(&text[at..other.start]);
            view.parts.push((view.text.len(), other.start, false));
            let begin = view.text.len();
            view.text.extend_from_slice(&meaning);
            view.runs.push((begin..view.text.len(), (other.start, other.end)));
            if is_run {
                view.meaning = begin..view.text.len();
            }
            at = other.end;
        }
        view.parts.push((view.text.len(), at, true));
        view.text.extend_from_slice(&text[at.min(to)..to]);
        view
    }

    /// Where in the text a stretch of the view stands as it is.
    pub(super) fn written(&self, (start, end): (usize, usize)) -> Option<(usize, usize)> {
        let index = self.parts.partition_point(|(begin, _, _)| *begin <= start).checked_sub(1)?;
        let (begin, from, as_it_is) = self.parts[index];
        as_it_is.then_some((from + start - begin, from + end - begin))
    }
}

/// What a line stands for that is itself written so as a whole.
pub(super) fn unwrapped(line: &[u8], notation: Notation) -> Vec<u8> {
    let mut line = line.to_vec();
    for _ in 1..ROUNDS_MAX {
        let trimmed = line.trim_ascii();
        if trimmed.len() < RUN_MIN && !trimmed.contains(&b'%') {
            break;
        }
        let inner = match notation {
            Notation::Base64 | Notation::Hexadecimal => run::all(trimmed, 0, trimmed.len()),
            Notation::Escapes | Notation::Percent => Vec::new(),
        };
        match inner.into_iter().next() {
            Some(run) if run.start == 0 && run.end == trimmed.len() => line = run.decoded,
            _ => break,
        }
    }
    line
}
