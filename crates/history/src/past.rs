//! The past as iterators: of one key, or of all.

use claviger_model::AccessEvent;

use crate::HistoryError;
use crate::replay::Replay;
use crate::stream::Stream;

/// Events in the order of (time, event id), each once. However many there are, the memory they take is
/// bounded: a few thousand rows a file of the day that is read, and for all keys together some hundred
/// thousand.
///
/// What is appended while it is read may be among them or not.
pub struct Events(Source);

enum Source {
    Key(Stream),
    All(Replay),
}

impl Events {
    pub(crate) fn of_key(stream: Stream) -> Self {
        Self(Source::Key(stream))
    }

    pub(crate) fn of_all(replay: Replay) -> Self {
        Self(Source::All(replay))
    }

    /// Whether events may be missing, because a file was damaged or could not be read. Sure once the last
    /// event was given.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        match &self.0 {
            Source::Key(stream) => stream.is_partial(),
            Source::All(replay) => replay.is_partial(),
        }
    }
}

impl Iterator for Events {
    type Item = Result<AccessEvent, HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::Key(stream) => stream.next_row(|row| row.event()).transpose(),
            Source::All(replay) => replay.next_row(|row| row.event()).transpose(),
        }
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").field("is_partial", &self.is_partial()).finish()
    }
}
