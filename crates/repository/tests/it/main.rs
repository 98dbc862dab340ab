//! Repositories that the real `git` made, as this crate reads them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod history;
mod packs;
