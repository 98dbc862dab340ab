//! Another engine reads the archives as they lie. DuckDB comes from the Python interpreter that
//! `CLAVIGER_TEST_PYTHON` names, else from the one in `target/parts/venv`; without it these tests are
//! skipped, loudly, unless `CLAVIGER_TEST_REQUIRE_PARTS=1`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use claviger_history::History;
use claviger_model::{AccessEvent, EventId};
use serde_json::{Value, json};

use crate::{at, event};

const KEYS: [&str; 3] = ["AKIAEXAMPLEEXAMPLE01", "LTAI5tAnother", "LTAI5tExampleKeyOfTests1"];

/// Answers a query, of which `{}` is the glob of all archives, as JSON.
const SCRIPT: &str = "
import duckdb, json, sys
rows = duckdb.sql(sys.argv[2].replace('{}', sys.argv[1] + '/**/*.parquet')).fetchall()
print(json.dumps(rows, default=lambda value: value.isoformat()))
";

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("CLAVIGER_TEST_PYTHON").map(PathBuf::from);
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/parts/venv/bin/python");
    let python = named.unwrap_or(usual);
    let knows = Command::new(&python)
        .args(["-c", "import duckdb"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if knows {
        return Some(python);
    }
    let required = std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|word| word == "1");
    assert!(!required, "`{}` has no `duckdb`: install it", python.display());
    eprintln!("SKIPPED: `{}` has no `duckdb`: install it", python.display());
    None
}

fn ask(python: &Path, dir: &Path, query: &str) -> Value {
    let output = Command::new(python).args(["-c", SCRIPT]).arg(dir).arg(query).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Events of three days and of every shape, some without a key.
fn events(fraction: &str) -> Vec<AccessEvent> {
    let one = |n: u32| {
        let time = format!("2026-03-0{}T{:02}:00:00{fraction}Z", 1 + n % 3, n % 24);
        let mut one = event(KEYS.get(n as usize % 4).copied(), &time, n);
        if n.is_multiple_of(5) {
            (one.status, one.error) = (Some(403), Some("AccessDenied".to_owned()));
            (one.bytes_out, one.bytes_in) = (None, Some(u64::MAX - u64::from(n)));
            (one.object, one.bucket, one.source_ip) = (None, None, None);
        }
        one
    };
    (0..500).map(one).collect()
}

/// An event as a row of the query below.
fn row(event: &AccessEvent) -> Value {
    json!([
        event.time.as_microsecond(),
        event.time.subsec_nanosecond() % 1000,
        event.access_key_id,
        event.account,
        event.source_ip,
        event.user_agent,
        event.operation,
        event.bucket,
        event.object,
        event.status,
        event.error,
        event.bytes_out,
        event.bytes_in,
        event.request_id,
        event.event_id,
    ])
}

const EVERYTHING: &str = "SELECT epoch_us(time), time_nanos, access_key_id, account, source_ip, \
    user_agent, operation, bucket, object, status, error, bytes_out, bytes_in, request_id, \
    event_id FROM '{}' ORDER BY event_id";

#[test]
fn another_engine_reads_the_same_events() {
    let Some(python) = python() else { return };
    for fraction in ["", ".125", ".123456", ".123456789"] {
        let dir = tempfile::tempdir().unwrap();
        let history = History::open(dir.path()).unwrap();
        let events = events(fraction);
        history.append(&events[..300]).unwrap();
        history.compact(at("2026-03-04T00:00:00Z")).unwrap();
        // What comes late, and repeats.
        history.append(&events[200..]).unwrap();
        history.compact(at("2026-03-04T00:00:00Z")).unwrap();
        let expected: Vec<Value> = events.iter().map(row).collect();
        assert_eq!(ask(&python, dir.path(), EVERYTHING), json!(expected), "{fraction}");
    }
}

#[test]
fn another_engine_finds_times_days_and_one_key() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    history.append(&events(".5")).unwrap();
    history.compact(at("2026-03-04T00:00:00Z")).unwrap();
    let types = "SELECT DISTINCT typeof(time)[:9], typeof(status), typeof(bytes_out) FROM '{}'";
    assert_eq!(ask(&python, dir.path(), types), json!([["TIMESTAMP", "USMALLINT", "UBIGINT"]]));
    let first = "SELECT strftime(min(time), '%c'), count(*) FROM '{}' WHERE day = '2026-03-02'";
    let answer = ask(&python, dir.path(), first);
    assert_eq!(answer, json!([["2026-03-02 01:00:00", 167]]), "the time is that of UTC");
    let of_key = format!("SELECT count(*) FROM '{{}}' WHERE access_key_id = '{}'", KEYS[1]);
    assert_eq!(ask(&python, dir.path(), &of_key), json!([[125]]));
}

#[test]
fn a_past_that_was_taken_away_is_read_by_another_engine() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut events = events(".123456789");
    events.sort_by_key(|event| event.time);
    let path = dir.path().join("taken/away.parquet");
    let written = claviger_history::write_parquet(&path, events.iter().cloned().map(Ok)).unwrap();
    assert_eq!(written, 500);
    events.sort_by(|left, right| left.event_id.cmp(&right.event_id));
    let expected: Vec<Value> = events.iter().map(row).collect();
    assert_eq!(ask(&python, dir.path(), EVERYTHING), json!(expected));
    let broken = [
        Ok(events[0].clone()),
        Err(claviger_history::HistoryError::Occupied { path: path.clone() }),
    ];
    assert!(claviger_history::write_parquet(&path, broken).is_err());
    assert!(!path.exists(), "half a file is none");
}

#[test]
fn another_engine_reads_rows_whose_event_ids_are_not_kept() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    let mut events = events("");
    for one in &mut events {
        one.access_key_id = Some(crate::key(KEYS[0]));
        one.request_id = Some("5FF1".to_owned());
        one.event_id = EventId("6bccd100cc0e97d6436161e59885677e".to_owned());
        (one.operation, one.object) = ("GetObject".to_owned(), Some("a".to_owned()));
    }
    // The id of another request; of the same moment and id the last stands.
    events[499].object = None;
    history.append(&events).unwrap();
    history.compact(at("2026-03-04T00:00:00Z")).unwrap();
    let kept = "SELECT event_id, event_id_from, count(*) > 1 FROM '{}' GROUP BY ALL ORDER BY ALL";
    let id = events[0].event_id.as_str();
    let recipe = "oss request_id operation object";
    assert_eq!(ask(&python, dir.path(), kept), json!([[id, null, false], [null, recipe, true]]));
    let read = history.read_all(None, None).unwrap().map(Result::unwrap);
    assert!(read.fold(0, |rows, one| rows + usize::from(one.event_id.as_str() == id)) > 1);
}
