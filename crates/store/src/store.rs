//! Opens the database and hands out connections: many to read, one at a time to write on SQLite.
//!
//! SQLite runs in write-ahead mode: readers see what is committed and never wait for the writer.
//! There is one writer connection and every transaction begins `IMMEDIATE`, so that two writers wait in
//! line here, instead of one of them failing with "database is locked" half-way through.

use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::Transaction;
use sqlx::any::{Any, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{
    AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _,
};

use tracing::Instrument;

use crate::error::{Result, StoreError};
use crate::statement::within;

/// A connection to either database. Named shortly because the model has a `Connection` too.
pub type Conn = AnyConnection;

/// Readers beside SQLite's one writer: pages and jobs of one machine seldom need more at once.
const SQLITE_READERS: u32 = 4;

/// Connections of one process to PostgreSQL, whose default limit for all processes is 100.
const POSTGRES_CONNECTIONS: u32 = 10;

/// How long a caller waits for a free connection: longer than any sound transaction runs, and as long as
/// SQLite waits for another process.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// `busy_timeout` covers other processes on the same file (a command beside the service). `FULL` makes
/// a commit outlive a power cut.
const SQLITE_WRITER: &str = "PRAGMA busy_timeout = 30000; PRAGMA journal_mode = WAL; \
     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

/// Readers cannot write by mistake.
const SQLITE_READER: &str = "PRAGMA busy_timeout = 30000; PRAGMA query_only = ON;";

/// The tables, by the number of the step that makes them, in the order of the numbers.
const MIGRATIONS: [(i64, &str, &str); 30] = [
    (1, "first", include_str!("../migrations/0001_first.sql")),
    (20, "log sources", include_str!("../migrations/0020_log_sources.sql")),
    (30, "key states", include_str!("../migrations/0030_key_states.sql")),
    (31, "canaries", include_str!("../migrations/0031_canaries.sql")),
    (32, "minted keys", include_str!("../migrations/0032_minted_keys.sql")),
    (40, "alert rules", include_str!("../migrations/0040_alert_rules.sql")),
    (50, "key lines", include_str!("../migrations/0050_key_lines.sql")),
    (60, "risk types", include_str!("../migrations/0060_risk_types.sql")),
    (61, "allowlist", include_str!("../migrations/0061_allowlist.sql")),
    (62, "responses", include_str!("../migrations/0062_responses.sql")),
    (63, "capacity", include_str!("../migrations/0063_capacity.sql")),
    (70, "tenant news", include_str!("../migrations/0070_tenant_news.sql")),
    (71, "object reads", include_str!("../migrations/0071_object_reads.sql")),
    (72, "source buckets", include_str!("../migrations/0072_source_buckets.sql")),
    (73, "grants", include_str!("../migrations/0073_grants.sql")),
    (80, "event lists", include_str!("../migrations/0080_event_lists.sql")),
    (81, "event work", include_str!("../migrations/0081_event_work.sql")),
    (82, "capacity alerts", include_str!("../migrations/0082_capacity_alerts.sql")),
    (83, "minted keys noted", include_str!("../migrations/0083_minted_keys_noted.sql")),
    (95, "evidence noted", include_str!("../migrations/0095_evidence_noted.sql")),
    (96, "canaries made", include_str!("../migrations/0096_canaries_made.sql")),
    (100, "grants by granter", include_str!("../migrations/0100_grants_by_granter.sql")),
    (105, "object availability", include_str!("../migrations/0105_object_availability.sql")),
    (110, "repositories", include_str!("../migrations/0110_repositories.sql")),
    (120, "people", include_str!("../migrations/0120_people.sql")),
    (125, "identities", include_str!("../migrations/0125_identities.sql")),
    (130, "credential references", include_str!("../migrations/0130_credential_references.sql")),
    (131, "saved views", include_str!("../migrations/0131_saved_views.sql")),
    (140, "dial", include_str!("../migrations/0140_dial.sql")),
    (150, "keys ahead", include_str!("../migrations/0150_keys_ahead.sql")),
];

/// The state. Cheap to clone: clones share their connections.
#[derive(Debug, Clone)]
pub struct Store {
    readers: AnyPool,
    writers: AnyPool,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Store {
    /// Opens `sqlite:///path/to/file.db` (made with mode 0600 where it is missing, as is its folder) or
    /// `postgres://user@host/database`, and brings its tables up to date.
    ///
    /// # Errors
    /// The address is of neither kind, the database cannot be made or reached, or was made by another
    /// version.
    pub async fn open(url: &str) -> std::result::Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => open_sqlite(url).await,
            "postgres" | "postgresql" => open_postgres(url).await,
            _ => Err(StoreError::UnknownDatabase { scheme: scheme.chars().take(32).collect() }),
        }
    }

    /// A connection to read what is committed.
    ///
    /// # Errors
    /// No connection became free in half a minute, or the database cannot be reached.
    pub async fn read(&self) -> std::result::Result<Read, StoreError> {
        let connection =
            self.readers.acquire().await.map_err(|source| StoreError::Acquire { source })?;
        Ok(Read { connection })
    }

    /// A transaction. Dropped without [`Write::commit`], it leaves nothing. On SQLite there is one at a
    /// time: a task that holds one and asks for another waits for itself.
    ///
    /// # Errors
    /// No connection became free in half a minute, or the database cannot be reached.
    pub async fn write(&self) -> std::result::Result<Write, StoreError> {
        let waited = within(|| tracing::info_span!("wait to write"));
        let transaction = match self.kind {
            Kind::Postgres => self.writers.begin().instrument(waited).await,
            Kind::Sqlite => self.writers.begin_with("BEGIN IMMEDIATE").instrument(waited).await,
        };
        match transaction {
            Ok(transaction) => Ok(Write { transaction }),
            Err(source @ (sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed)) => {
                Err(StoreError::Acquire { source })
            }
            Err(source) => Err(StoreError::Begin { source }),
        }
    }

    /// Waits for what is under way and closes every connection.
    pub async fn close(&self) {
        // The writer last: the connection that closes last folds the write-ahead log into the file.
        self.readers.close().await;
        self.writers.close().await;
    }
}

async fn open_sqlite(url: &str) -> Result<Store> {
    let options =
        SqliteConnectOptions::from_str(url).map_err(|source| StoreError::Address { source })?;
    let path = options.get_filename();
    create_file(path)?;
    let place = path.display().to_string();

    let mut connection = first_connection(url, &place).await?;
    connection
        .execute(sqlx::raw_sql(SQLITE_WRITER))
        .await
        .map_err(|source| StoreError::Connect { place: place.clone(), source })?;
    migrate_sqlite(&mut connection, &place).await?;
    let writers = sqlite_pool(1, SQLITE_WRITER, url)?;
    let readers = sqlite_pool(SQLITE_READERS, SQLITE_READER, url)?;
    // Kept until a pool holds the file, so that nobody folds and opens the log in between.
    drop(writers.acquire().await.map_err(|source| StoreError::Connect { place, source })?);
    drop(connection.close().await);
    Ok(Store { readers, writers, kind: Kind::Sqlite })
}

async fn open_postgres(url: &str) -> Result<Store> {
    let options =
        PgConnectOptions::from_str(url).map_err(|source| StoreError::Address { source })?;
    let place = format!(
        "{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or_else(|| options.get_username())
    );
    let mut connection = first_connection(url, &place).await?;
    // SQLite compares words byte by byte; PostgreSQL by the language of the database, which would
    // give cursors and pages another order. The collation "C" is the bytes.
    migrator(|text| text.replace(" TEXT", " TEXT COLLATE \"C\"").replace(" BLOB", " BYTEA"))
        .run_direct(None, &mut connection, false)
        .await
        .map_err(|source| migration_failed(&place, source))?;
    drop(connection.close().await);
    let pool = AnyPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy(url)
        .map_err(|source| StoreError::Address { source })?;
    Ok(Store { readers: pool.clone(), writers: pool, kind: Kind::Postgres })
}

/// A pool tries again and again until its time is out, and then keeps to itself why: the first connection
/// is made without one.
async fn first_connection(url: &str, place: &str) -> Result<AnyConnection> {
    AnyConnection::connect(url)
        .await
        .map_err(|source| StoreError::Connect { place: place.to_owned(), source })
}

fn sqlite_pool(connections: u32, pragmas: &'static str, url: &str) -> Result<AnyPool> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // Opening a file again has no use: nothing on the way to it ages.
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(pragmas)).await?;
                Ok(())
            })
        })
        // SQLite ends a transaction by itself when a disk is full or fails (sqlite.org/lang_transaction,
        // "Response To Errors Within A Transaction"); the driver then believes for ever that one is open.
        // What was dropped is rolled back by now: the pool has pinged the connection before this.
        .before_acquire(|connection, _| {
            let is_sound = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_sound) })
        })
        .connect_lazy(url)
        .map_err(|source| StoreError::Address { source })
}

/// One transaction around all of it: two processes that start at once do not migrate twice.
async fn migrate_sqlite(connection: &mut AnyConnection, place: &str) -> Result<()> {
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(|source| StoreError::Begin { source })?;
    migrator(str::to_owned)
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(|source| migration_failed(place, source))?;
    transaction.commit().await.map_err(|source| StoreError::Commit { source })
}

fn migration_failed(place: &str, source: MigrateError) -> StoreError {
    StoreError::Migrate { place: place.to_owned(), source: Box::new(source) }
}

/// Run by `run_direct`: the future of `Migrator::run` is not `Send` in every caller's eyes, and the service
/// opens the store in a task.
fn migrator(in_words_of: fn(&str) -> String) -> Migrator {
    let step = |(number, name, text): (i64, &'static str, &'static str)| {
        let sql = AssertSqlSafe(in_words_of(text)).into_sql_str();
        Migration::new(number, name.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(MIGRATIONS.into_iter().map(step).collect())
}

/// Makes the file before SQLite does, so that nobody else may read it from its first byte on. SQLite
/// gives its side files the mode of the file.
fn create_file(path: &Path) -> Result<()> {
    let failed = |source| StoreError::CreateFile { path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(failed)
}

/// A connection that reads what is committed.
#[derive(Debug)]
pub struct Read {
    connection: PoolConnection<Any>,
}

impl Deref for Read {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.connection
    }
}

impl DerefMut for Read {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.connection
    }
}

/// A transaction: all of it is kept by [`Write::commit`], none of it otherwise.
#[derive(Debug)]
pub struct Write {
    transaction: Transaction<'static, Any>,
}

impl Write {
    /// Keeps everything that was written.
    ///
    /// # Errors
    /// The database could not keep it; then nothing of it was kept.
    pub async fn commit(self) -> std::result::Result<(), StoreError> {
        self.transaction.commit().await.map_err(|source| StoreError::Commit { source })
    }
}

impl Deref for Write {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.transaction
    }
}
