//! The same laws on PostgreSQL, and what only PostgreSQL has: a server, rows locked one by one, and a
//! language of its own for ordering words.
//!
//! A real server of this machine is started on a socket in a folder of its own; without its programs the
//! test says loudly that it did nothing, or fails where `CLAVIGER_TEST_REQUIRE_PARTS` is `1`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use claviger_store::{Store, StoreError, jobs, settings};
use tempfile::TempDir;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use crate::laws;
use crate::older;
use crate::sample::{at, job};

/// The user and group a server runs as when the test is root, which `initdb` refuses.
const NOBODY: [&str; 3] = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"];

/// The database that every law's own is a copy of.
const TABLES: &str = "with_tables";

/// So many databases at once: each law takes up to 10 connections of the server's 60.
const LAWS_AT_ONCE: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_law_holds_on_postgresql() {
    let Some(server) = Server::start() else { return };
    Store::open(&server.create(TABLES)).await.unwrap().close().await;
    let server = Arc::new(server);
    let failed = Arc::new(Mutex::new(Vec::new()));
    let turns = Arc::new(Semaphore::new(LAWS_AT_ONCE));
    let mut running = JoinSet::new();
    for (number, (name, law)) in laws::all().into_iter().enumerate() {
        let (server, failed, turns) = (server.clone(), failed.clone(), turns.clone());
        running.spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            let store = server.fresh(&format!("law_{number}")).await;
            let outcome = tokio::spawn(law(store.clone())).await;
            store.close().await;
            if let Err(panic) = outcome {
                crate::tell(&format!("PostgreSQL breaks `{name}`: {panic}"));
                failed.lock().await.push(name);
            }
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
    let failed = failed.lock().await.clone();
    assert_eq!(failed, [""; 0]);
    a_lease_under_way_is_passed_by(server.fresh("passed_by").await).await;
    a_full_disk_of_the_server_is_told(server.fresh("full_disk").await).await;
    two_processes_make_the_tables_once(&server).await;
    a_database_of_an_earlier_version_keeps_its_rows(&server).await;
    a_refused_connection_tells_the_way_out(&server).await;
}

/// One transaction leases and has not committed; the other takes the next job instead of waiting.
async fn a_lease_under_way_is_passed_by(store: Store) {
    let mut tx = store.write().await.unwrap();
    jobs::enqueue(&mut tx, &job("first", at(0))).await.unwrap();
    jobs::enqueue(&mut tx, &job("second", at(1))).await.unwrap();
    tx.commit().await.unwrap();
    let mut one = store.write().await.unwrap();
    let mut two = store.write().await.unwrap();
    let mut three = store.write().await.unwrap();
    let first = jobs::lease(&mut one, "one", at(2), at(60)).await.unwrap().unwrap();
    let second = jobs::lease(&mut two, "two", at(2), at(60)).await.unwrap().unwrap();
    assert_eq!(first.payload["subject"], "first");
    assert_eq!(second.payload["subject"], "second");
    assert_eq!(jobs::lease(&mut three, "three", at(2), at(60)).await.unwrap(), None);
    // The first worker's process dies before it commits: its job is free again.
    drop(one);
    two.commit().await.unwrap();
    drop(three);
    assert_eq!(leased_in_the_end(&store).await.payload["subject"], "first");
}

/// The next job, once the server knows that who held it is gone: a connection that is dropped is rolled back by and by.
async fn leased_in_the_end(store: &Store) -> jobs::Job {
    for _ in 0..600 {
        let mut four = store.write().await.unwrap();
        if let Some(job) = jobs::lease(&mut four, "four", at(3), at(60)).await.unwrap() {
            return job;
        }
        drop(four);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job is never free again");
}

/// The server's own code of a full disk, raised on purpose.
async fn a_full_disk_of_the_server_is_told(store: Store) {
    let mut tx = store.write().await.unwrap();
    for statement in [
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$",
        "CREATE TRIGGER full_disk BEFORE INSERT ON settings \
         FOR EACH ROW EXECUTE FUNCTION full_disk()",
    ] {
        sqlx::query(statement).execute(&mut *tx).await.unwrap();
    }
    let error = settings::set(&mut tx, "a", "b").await.unwrap_err();
    assert!(error.is_full(), "{error:?}");
    assert!(error.hint().unwrap().contains("disk"));
}

async fn two_processes_make_the_tables_once(server: &Server) {
    let url = server.create("at_once");
    let (one, two, three) = tokio::join!(Store::open(&url), Store::open(&url), Store::open(&url));
    for store in [one, two, three] {
        store.unwrap().close().await;
    }
}

async fn a_database_of_an_earlier_version_keeps_its_rows(server: &Server) {
    for (number, knows) in older::VERSIONS.into_iter().enumerate() {
        let url = server.create(&format!("older_{number}"));
        // As the store writes its steps for PostgreSQL: their checksums are those of the text.
        let words =
            |text: &str| text.replace(" TEXT", " TEXT COLLATE \"C\"").replace(" BLOB", " BYTEA");
        older::every_row_is_there_afterwards(&url, knows, words).await;
    }
}

async fn a_refused_connection_tells_the_way_out(server: &Server) {
    let error = Store::open(&server.url("no_such_database")).await.unwrap_err();
    assert!(matches!(error, StoreError::Connect { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("createdb"), "{error:?}");

    let nobody = "postgres://anna:hunter2@127.0.0.1:1/claviger";
    let error = Store::open(nobody).await.unwrap_err();
    assert_eq!(error.to_string(), "could not open the database `127.0.0.1:1/claviger`");
    assert!(error.hint().is_some(), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

/// A server in a folder of its own, stopped when dropped.
struct Server {
    folder: TempDir,
    programs: PathBuf,
}

impl Server {
    fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let required = std::env::var("CLAVIGER_TEST_REQUIRE_PARTS").is_ok_and(|one| one == "1");
            assert!(!required, "PostgreSQL is required: install `postgresql`");
            crate::tell("SKIPPED every law on PostgreSQL: no `initdb` here; install `postgresql`");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("claviger-pg-").tempdir().unwrap();
        if is_root() {
            ran(Command::new("chown").arg("nobody:nogroup").arg(folder.path()));
        }
        let server = Self { folder, programs };
        ran(server.program("initdb").arg("-D").arg(server.data()).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ]));
        // Nothing here must outlive a power cut, and everything must be quick.
        let options = format!(
            "-c listen_addresses='' -k {} -c fsync=off -c synchronous_commit=off \
             -c full_page_writes=off -c max_connections=60",
            server.folder.path().display()
        );
        let log = server.folder.path().join("log");
        ran(server.pg_ctl().arg("-l").arg(log).arg("-o").arg(options).args(["-w", "start"]));
        Some(server)
    }

    /// An empty store in a database of its own: a copy of one whose tables were made before.
    async fn fresh(&self, name: &str) -> Store {
        self.sql(&format!("CREATE DATABASE {name} TEMPLATE {TABLES}"));
        Store::open(&self.url(name)).await.unwrap()
    }

    /// A database without tables, that orders words as English does, which the store must not.
    fn create(&self, name: &str) -> String {
        self.sql(&format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' \
             LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C'"
        ));
        self.url(name)
    }

    fn sql(&self, statement: &str) {
        let mut psql = self.program("psql");
        psql.arg("-h").arg(self.folder.path());
        ran(psql.args(["-U", "postgres", "-X", "-q", "-c", statement]));
    }

    fn url(&self, name: &str) -> String {
        format!("postgres://postgres@localhost/{name}?host={}", self.folder.path().display())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn pg_ctl(&self) -> Command {
        let mut command = self.program("pg_ctl");
        command.arg("-D").arg(self.data());
        command
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(NOBODY).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped = self.pg_ctl().args(["-m", "immediate", "-w", "stop"]).output();
        if !stopped.is_ok_and(|output| output.status.success()) {
            crate::tell(&format!("the server in {:?} may still run", self.folder.path()));
        }
    }
}

/// Where the server's programs are: as `pg_config` says, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let said = Command::new("pg_config").arg("--bindir").output().ok();
    let said = said.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    said.into_iter()
        .chain(versions.map(|version| version.path().join("bin")))
        .find(|folder| is_program(&folder.join("initdb")))
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Runs a command that must go well.
fn ran(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {words}");
    output
}
