//! What can go wrong with the state, and the way out.
//!
//! A variant is the operation that failed. The driver's words are the `source`; addresses of databases
//! are shown without user and password.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use sqlx::migrate::MigrateError;

/// An operation on the state failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address names no database that Claviger knows.
    #[error("`{scheme}` is no database that claviger knows")]
    UnknownDatabase {
        /// What stands before the colon of the address.
        scheme: String,
    },
    /// The address names a known database and still cannot be read.
    #[error("the address of the database cannot be read")]
    Address {
        /// The driver's words.
        source: sqlx::Error,
    },
    /// The file of the database, or its folder, could not be made.
    #[error("could not create the database file `{}`", path.display())]
    CreateFile {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// No connection could be opened.
    #[error("could not open the database `{place}`")]
    Connect {
        /// File, or host, port and database name.
        place: String,
        /// The driver's words.
        source: sqlx::Error,
    },
    /// The tables could not be brought up to date.
    #[error("could not bring the tables of `{place}` up to date")]
    Migrate {
        /// File, or host, port and database name.
        place: String,
        /// The driver's words.
        source: Box<MigrateError>,
    },
    /// No connection became free, or none could be opened any more.
    #[error("could not get a connection to the database")]
    Acquire {
        /// The driver's words.
        source: sqlx::Error,
    },
    /// A transaction could not begin.
    #[error("could not begin to write")]
    Begin {
        /// The driver's words.
        source: sqlx::Error,
    },
    /// A transaction could not be committed: nothing of it was kept.
    #[error("could not commit what was written")]
    Commit {
        /// The driver's words.
        source: sqlx::Error,
    },
    /// A statement failed.
    #[error("could not {operation} in table `{table}`")]
    Statement {
        /// The table.
        table: &'static str,
        /// The function that ran it.
        operation: &'static str,
        /// The driver's words.
        source: sqlx::Error,
    },
    /// A nested value could not be written as JSON.
    #[error("could not write a value of table `{table}` as JSON to {operation}")]
    Encode {
        /// The table.
        table: &'static str,
        /// The function that wanted it.
        operation: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// A stored value does not read back as what the column holds.
    #[error("column `{column}` of table `{table}` holds what cannot be read: {why}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why, in words.
        why: String,
    },
}

/// Results of this crate.
pub(crate) type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// Whether the disk of the database has no room left: SQLite's `SQLITE_FULL` (13) and
    /// `SQLITE_IOERR_SHMSIZE` (4874), PostgreSQL's `disk_full` (53100), the system's `ENOSPC`.
    #[must_use]
    pub fn is_full(&self) -> bool {
        if let Self::CreateFile { source, .. } = self {
            return source.kind() == io::ErrorKind::StorageFull;
        }
        if let Some(sqlx::Error::Io(io)) = self.driver_error() {
            return io.kind() == io::ErrorKind::StorageFull;
        }
        matches!(self.code().as_deref(), Some("13" | "4874" | "53100"))
    }

    /// Whether a row of the same identity was already there.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.driver_error()
            .and_then(sqlx::Error::as_database_error)
            .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
    }

    /// The way out, in words; `None` where the message says all there is.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        if self.is_full() {
            return Some(
                "the disk of the database is full: free some space or move the database to a larger \
                 disk; nothing half-written was kept, and waiting jobs go on by themselves"
                    .to_owned(),
            );
        }
        match self {
            Self::UnknownDatabase { .. } => {
                Some("use `sqlite:///path/to/claviger.db` or `postgres://user@host/database`".to_owned())
            }
            Self::CreateFile { path, .. } => Some(format!(
                "make sure that the user who runs claviger may write in `{}`",
                path.parent().unwrap_or(path).display()
            )),
            Self::Migrate { source, .. } => migration_hint(source),
            Self::Acquire { source: sqlx::Error::PoolTimedOut } => Some(
                "the database is busy or cannot be reached: look for a process that holds it, then \
                 try again"
                    .to_owned(),
            ),
            Self::Corrupt { table, .. } => Some(format!(
                "the row was changed from outside or written by a newer claviger: restore table \
                 `{table}` from a backup, or run the version that wrote it"
            )),
            _ => self.driver_hint(),
        }
    }

    fn driver_hint(&self) -> Option<String> {
        let words = match self.code().as_deref() {
            Some("5" | "517" | "261") => "another process holds the database: stop it or wait",
            Some("8" | "264" | "520" | "776" | "1032" | "1288" | "1544") => {
                "the database file may not be written: check its owner, its mode and the mount"
            }
            Some("14") => "the database file cannot be opened: check its path, owner and mode",
            Some("11" | "26") => "the file is no sound SQLite database: restore it from a backup",
            Some("28P01" | "28000") => "the database refuses user and password: check the address",
            Some("3D000") => "the database does not exist: make it with `createdb`",
            Some("42501") => "the user of the database needs the right to create tables in it",
            Some("53300") => "the database takes no more connections: raise `max_connections`",
            Some("25006") => "the database is read-only: connect to the primary server",
            _ => match self.driver_error() {
                Some(sqlx::Error::Io(_)) => "the database cannot be reached: check that it runs",
                _ => return None,
            },
        };
        Some(words.to_owned())
    }

    /// The database's own code: SQLite's extended result code in decimal, PostgreSQL's SQLSTATE.
    fn code(&self) -> Option<Cow<'_, str>> {
        self.driver_error()?.as_database_error()?.code()
    }

    fn driver_error(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Address { source }
            | Self::Connect { source, .. }
            | Self::Acquire { source }
            | Self::Begin { source }
            | Self::Commit { source }
            | Self::Statement { source, .. } => Some(source),
            Self::Migrate { source, .. } => match source.as_ref() {
                MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                    Some(error)
                }
                _ => None,
            },
            Self::UnknownDatabase { .. }
            | Self::CreateFile { .. }
            | Self::Encode { .. }
            | Self::Corrupt { .. } => None,
        }
    }
}

fn migration_hint(source: &MigrateError) -> Option<String> {
    match source {
        MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => Some(
            "the database was made by another version of claviger: run that version or a newer one"
                .to_owned(),
        ),
        _ => None,
    }
}
