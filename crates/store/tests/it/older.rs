//! A database of an earlier version, with rows in it: opening it brings its tables up to date, and every row is
//! there afterwards, read by the store's own words.

use claviger_model::{AllowlistScope, EvidenceState, Level, RiskPolicy, RiskType};
use claviger_store::{
    Store, allowlist, capacity, evidence, key_lines, policies, responses, settings,
};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, SqlSafeStr as _};

use crate::sample::{at, evidence as sample, key, risk_event};

/// Which steps an earlier version knew.
pub(crate) type Knows = fn(i64) -> bool;

/// Those that are tried: from before the risk types, from before the capacity, and one that knows later steps
/// than one that it lacks, since steps are written side by side (but none that builds upon that one).
pub(crate) const VERSIONS: [Knows; 3] =
    [|step| step <= 50, |step| step <= 62, |step| step != 73 && step < 100];

const LEAKED: &str = "LTAI01";

/// Makes the tables of a version as that version made them. `in_words_of` is what the database calls things.
async fn tables_of(url: &str, knows: Knows, in_words_of: fn(&str) -> String) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut steps = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (number, title) = name.split_once('_').unwrap();
        let number: i64 = number.parse().unwrap();
        if knows(number) {
            let text = in_words_of(&std::fs::read_to_string(&path).unwrap());
            let sql = AssertSqlSafe(text).into_sql_str();
            let title = title.replace('_', " ").into();
            steps.push(Migration::new(number, title, MigrationType::Simple, sql, false));
        }
    }
    steps.sort_by_key(|step| step.version);
    let mut connection = AnyConnection::connect(url).await.unwrap();
    Migrator::with_migrations(steps).run_direct(None, &mut connection, false).await.unwrap();
    connection
}

async fn run(connection: &mut AnyConnection, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

/// What people and jobs left in it.
async fn fill(connection: &mut AnyConnection) {
    let one = sample(&risk_event(LEAKED), "it's.txt");
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let (location, why) =
        (serde_json::to_string(&one.location).unwrap(), serde_json::to_string(&one.why).unwrap());
    let words = [
        text(one.id.as_str()),
        text(one.risk_event_id.as_str()),
        text(LEAKED),
        text(one.source.as_str()),
        text(EvidenceState::AddedToWhitelist.as_str()),
        text(&location),
        text(one.connection_id.as_ref().unwrap().as_str()),
        text(one.asset_id.as_ref().unwrap().as_str()),
        text("examplebucket"),
        text("it's.txt"),
        text(&one.fingerprint.as_ref().unwrap().0),
        text("Fa…01"),
        one.confidence.to_string(),
        text(&why),
        at(1).as_microsecond().to_string(),
        at(1).as_microsecond().to_string(),
    ];
    let names = "id, risk_event_id, access_key_id, source, state, location, connection_id, asset_id, \
                 bucket, object, fingerprint, masked, confidence, why, found_at, seen_at";
    run(connection, format!("INSERT INTO evidence ({names}) VALUES ({})", words.join(", "))).await;
    let added = at(2).as_microsecond();
    for sql in [
        format!(
            "INSERT INTO allowlist (id, access_key_id, uri, reason, added_by, added_at) VALUES \
             ('alw_1', NULL, 'oss://examplebucket/it''s.txt', 'a sample', 'mei', {added})"
        ),
        "INSERT INTO policies (risk_type, level, enabled) VALUES ('shared_account', 'high', 0)"
            .to_owned(),
        "INSERT INTO settings (name, setting) VALUES ('a', 'kept ä')".to_owned(),
    ] {
        run(connection, sql).await;
    }
    let state =
        "INSERT INTO key_lines (access_key_id, line, began_at, state) VALUES ($1, $2, $3, $4)";
    sqlx::query(state)
        .bind(LEAKED)
        .bind("aliyun billing-export")
        .bind(at(3).as_microsecond())
        .bind(vec![0_u8, 255, 7])
        .execute(connection)
        .await
        .unwrap();
}

/// Opens such a database and reads everything back.
pub(crate) async fn every_row_is_there_afterwards(
    url: &str,
    knows: Knows,
    in_words_of: fn(&str) -> String,
) {
    let mut connection = tables_of(url, knows, in_words_of).await;
    fill(&mut connection).await;
    connection.close().await.unwrap();

    let store = Store::open(url).await.unwrap();
    let mut c = store.write().await.unwrap();
    let expected = sample(&risk_event(LEAKED), "it's.txt");
    let kept = evidence::get(&mut c, &expected.id).await.unwrap().unwrap();
    assert_eq!(kept.state, EvidenceState::AddedToWhitelist);
    let kept = claviger_model::Evidence { state: expected.state, ..kept };
    assert_eq!(kept, claviger_model::Evidence { readable_since: None, ..expected.clone() });
    assert_eq!(evidence::of_event(&mut c, &expected.risk_event_id).await.unwrap().len(), 1);

    let entries = allowlist::list(&mut c).await.unwrap();
    let entry = &entries[0];
    assert_eq!((entries.len(), entry.scope), (1, AllowlistScope::Place));
    assert_eq!((entry.value.as_str(), entry.by.as_str()), ("oss://examplebucket/it's.txt", "mei"));
    // An older version knew one word alone; it stays as good as it was.
    if !knows(61) {
        assert!(entry.also_public && entry.owner == "mei", "{entry:?}");
    }

    let policy = policies::get(&mut c, RiskType::SharedAccount).await.unwrap();
    assert_eq!((policy.level, policy.enabled), (Level::High, false));
    let usual = RiskPolicy::default_of(RiskType::SharedAccount);
    assert_eq!(policy.conditions, usual.conditions, "it had none of its own");
    assert_eq!(settings::get(&mut c, "a").await.unwrap().as_deref(), Some("kept ä"));
    let line = key_lines::of_key(&mut c, &key(LEAKED)).await.unwrap().unwrap();
    assert_eq!((line.began_at, line.first_event_id.as_str()), (at(3), ""));
    assert_eq!(line.state, [0, 255, 7]);

    // What came since can be written.
    capacity::put(&mut c, "protection", 5, at(4)).await.unwrap();
    capacity::set_told(&mut c, "protection", &[80, 100], at(4)).await.unwrap();
    assert_eq!(capacity::told(&mut c, "protection").await.unwrap(), [80, 100]);
    assert_eq!(responses::rules(&mut c).await.unwrap(), []);
    c.commit().await.unwrap();
    store.close().await;
    // Once more changes nothing.
    let again = Store::open(url).await.unwrap();
    let mut reader = again.read().await.unwrap();
    assert_eq!(allowlist::list(&mut reader).await.unwrap(), entries);
    drop(reader);
    again.close().await;
}
