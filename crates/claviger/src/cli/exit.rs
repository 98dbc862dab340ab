//! How a run ended: the one list of exit codes, and the one printer of errors.

use std::io::Write;
use std::process::ExitCode;

use claviger_history::HistoryError;
use claviger_service::ServiceError;

use super::client::Declined;

/// How a run ended. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and nothing was found.
    Clean,
    /// Done, with findings or alarms.
    Findings,
    /// Could not be done, or was asked wrongly.
    Error,
    /// Refused: sign-in or permission.
    Refused,
    /// Done and nothing found, but something could not be read.
    Incomplete,
    /// Asked to end before the end.
    Interrupted,
}

impl Exit {
    /// The number the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Error => 2,
            Self::Refused => 3,
            Self::Incomplete => 4,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Writes one line for people on standard error. A closed standard error loses the line, nothing
/// else.
pub(crate) fn say(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// Prints help, version or a usage error where each belongs.
pub(crate) fn of_usage(error: &clap::Error) -> Exit {
    drop(error.print());
    if error.use_stderr() { Exit::Error } else { Exit::Clean }
}

/// Prints an error with the chain of what caused it, and the way out where one is known.
pub(crate) fn of_error(error: &anyhow::Error) -> Exit {
    say(&format!("claviger: {error:#}"));
    let of_service = error.chain().find_map(|cause| cause.downcast_ref::<ServiceError>()?.hint());
    let of_history =
        || error.chain().find_map(|cause| Some(cause.downcast_ref::<HistoryError>()?.hint()));
    if let Some(hint) = of_service.or_else(of_history) {
        say(&format!("hint: {hint}"));
    }
    match error.downcast_ref::<Declined>() {
        Some(declined) if declined.is_refusal() => Exit::Refused,
        _ => Exit::Error,
    }
}
