//! What only SQLite has: the file, its mode, the one writer, and a disk that fills up.

use std::path::Path;

use claviger_store::{Store, StoreError, objects, settings};
use tempfile::TempDir;

use crate::older;
use crate::sample::bucket;

/// An empty store in a folder of its own.
pub(crate) async fn fresh() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("claviger.db")).await.unwrap();
    (folder, store)
}

async fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(&format!("sqlite://{}", path.display())).await
}

#[tokio::test]
async fn the_file_is_made_for_its_owner_alone_and_so_is_its_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a folder/deeper ä/claviger.db");
    let store = open(&path).await.unwrap();
    let mut tx = store.write().await.unwrap();
    settings::set(&mut tx, "a", "b").await.unwrap();
    tx.commit().await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let file = format!("{}{suffix}", path.display());
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    store.close().await;
}

#[tokio::test]
async fn what_was_committed_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claviger.db");
    for turn in ["one", "two"] {
        let store = open(&path).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let known = settings::get(&mut tx, "turn").await.unwrap();
        assert_eq!(known.as_deref(), (turn == "two").then_some("one"));
        settings::set(&mut tx, "turn", turn).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_file_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claviger.db");
    // Opened at once: only one of them makes the tables.
    let (one, two) = tokio::join!(open(&path), open(&path));
    let (one, two) = (one.unwrap(), two.unwrap());
    let mut held = one.write().await.unwrap();
    settings::set(&mut held, "a", "one").await.unwrap();
    let waiting = tokio::spawn(async move {
        let mut tx = two.write().await.unwrap();
        let known = settings::get(&mut tx, "a").await.unwrap();
        tx.commit().await.unwrap();
        known
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    held.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap().as_deref(), Some("one"));
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let (_folder, store) = fresh().await;
    let mut reader = store.read().await.unwrap();
    let error = settings::set(&mut reader, "a", "b").await.unwrap_err();
    assert!(error.hint().is_some(), "{error:?}");
    assert!(!error.is_full());
}

#[tokio::test]
async fn power_may_fail_after_a_commit() {
    let (_folder, store) = fresh().await;
    let mut tx = store.write().await.unwrap();
    for (pragma, expected) in
        [("PRAGMA synchronous", 2_i64), ("PRAGMA foreign_keys", 1), ("PRAGMA busy_timeout", 30_000)]
    {
        let value: i64 = sqlx::query_scalar(pragma).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *tx).await.unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn a_full_database_says_so_and_goes_on_when_there_is_room() {
    let (_folder, store) = fresh().await;
    let mut tx = store.write().await.unwrap();
    settings::set(&mut tx, "before", "kept").await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.write().await.unwrap();
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *tx).await.unwrap();
    limit_pages(&mut tx, pages + 20).await;
    let error = fill(&mut tx).await;
    assert!(error.is_full(), "{error:?}");
    assert!(error.hint().unwrap().contains("disk"), "{error:?}");
    drop(tx);

    let mut tx = store.write().await.unwrap();
    limit_pages(&mut tx, 1_000_000).await;
    assert_eq!(settings::get(&mut tx, "before").await.unwrap().as_deref(), Some("kept"));
    assert_eq!(settings::get(&mut tx, "filler 0").await.unwrap(), None);
    settings::set(&mut tx, "after", "goes on").await.unwrap();
    tx.commit().await.unwrap();
}

/// SQLite may end a transaction itself, on a failing disk for example; the driver does not notice.
#[tokio::test]
async fn a_transaction_that_the_database_ended_stops_nobody_after_it() {
    let (_folder, store) = fresh().await;
    for commits in [true, false] {
        let mut tx = store.write().await.unwrap();
        settings::set(&mut tx, "a", "lost").await.unwrap();
        sqlx::raw_sql("ROLLBACK").execute(&mut *tx).await.unwrap();
        if commits {
            let error = tx.commit().await.unwrap_err();
            assert!(matches!(error, StoreError::Commit { .. }), "{error:?}");
        } else {
            drop(tx);
        }
        for turn in ["one", "two"] {
            let mut tx = store.write().await.unwrap();
            settings::set(&mut tx, "a", turn).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut reader = store.read().await.unwrap();
        assert_eq!(settings::get(&mut reader, "a").await.unwrap().as_deref(), Some("two"));
    }
}

/// The same on a disk that is really full: a small file system in memory, which only root may make.
#[tokio::test]
async fn a_full_disk_says_so_and_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        crate::tell("SKIPPED a really full disk: no right to mount a small file system here");
        return;
    };
    let ballast = disk.0.path().join("ballast");
    std::fs::write(&ballast, vec![0; 512 * 1024]).unwrap();
    let store = open(&disk.0.path().join("claviger.db")).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let asset = bucket(&mut tx).await;
    tx.commit().await.unwrap();

    // Small transactions fill the disk to its last page.
    let mut kept = 0_u32;
    let error = loop {
        match keep_one(&store, kept).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 10_000, "the disk does not fill up");
    };
    assert!(error.is_full(), "{error:?}");
    // It stays full, and stays an error that says so.
    for _ in 0..3 {
        let error = keep_large(&store).await.unwrap_err();
        assert!(error.is_full(), "{error:?}");
    }
    let mut reader = store.read().await.unwrap();
    assert_eq!(objects::pending_count(&mut reader, &asset.id).await.unwrap(), 0);
    drop(reader);

    std::fs::remove_file(&ballast).unwrap();
    keep_large(&store).await.unwrap();
    let mut reader = store.read().await.unwrap();
    for number in 0..kept {
        let value = settings::get(&mut reader, &format!("small {number}")).await.unwrap();
        assert!(value.is_some(), "what was committed is kept: {number}");
    }
    assert_eq!(settings::get(&mut reader, &format!("small {kept}")).await.unwrap(), None);
    drop(reader);
    store.close().await;
}

async fn keep_one(store: &Store, number: u32) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    settings::set(&mut tx, &format!("small {number}"), &"x".repeat(2_000)).await?;
    tx.commit().await
}

async fn keep_large(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    settings::set(&mut tx, "large", &"y".repeat(100_000)).await?;
    tx.commit().await
}

async fn fill(tx: &mut claviger_store::Write) -> StoreError {
    for number in 0..10_000 {
        if let Err(error) = settings::set(tx, &format!("filler {number}"), &"x".repeat(3_000)).await
        {
            return error;
        }
    }
    panic!("the database does not fill up");
}

async fn limit_pages(tx: &mut claviger_store::Write, pages: i64) {
    let pragma = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(pragma).fetch_all(&mut **tx).await.unwrap();
}

/// A file system of two megabytes, gone when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let done = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(folder.path())
            .output();
        done.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let done = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
        assert!(done.is_ok_and(|status| status.success()), "the small disk stays mounted");
    }
}

#[tokio::test]
async fn a_database_of_an_earlier_version_keeps_its_rows() {
    for knows in older::VERSIONS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("claviger.db");
        let url = format!("sqlite://{}?mode=rwc", path.display());
        older::every_row_is_there_afterwards(&url, knows, str::to_owned).await;
    }
}

#[tokio::test]
async fn an_address_of_no_database_says_what_to_use() {
    let error = Store::open("mysql://root:hunter2@localhost/x").await.unwrap_err();
    assert!(matches!(&error, StoreError::UnknownDatabase { scheme } if scheme == "mysql"));
    assert!(error.hint().unwrap().contains("sqlite://"));
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_file_that_is_no_database_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claviger.db");
    std::fs::write(&path, "this is a letter and no database, ".repeat(200)).unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(error.hint().unwrap().contains("backup"), "{error:?}");

    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = open(&folder.path().join("file/below/claviger.db")).await.unwrap_err();
    assert!(matches!(error, StoreError::CreateFile { .. }));
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claviger.db");
    let store = open(&path).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
                 execution_time) VALUES (99, 'newer', 1, x'00', 0)";
    sqlx::query(newer).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Migrate { .. }));
    assert!(error.hint().unwrap().contains("version"));
}
