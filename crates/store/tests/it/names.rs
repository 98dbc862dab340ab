//! Laws of text: what stands in a name changes nothing.

use claviger_store::{AssetFilter, RiskEventFilter, Store, assets, objects, risk_events};
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::sample::{asset, at, bucket, risk_event, seen};

/// Names that break careless programs.
fn odd_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "quotes ' \" ` ''; DROP TABLE objects; --",
        "new\nline\r\n\ttab",
        "<script>alert('1')</script>&amp;",
        "emoji 🔑👩‍👩‍👧 und Umlaut ä (composed) ä (decomposed)",
        "占位符/数据.csv",
        "$1 ? :name %s {} \\ % _ !",
        " leading and trailing ",
        "../../etc/passwd",
        "/",
        "\u{202e}gnp.exe",
        "\u{feff}\u{200b}",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    // 1,024 bytes, the longest name of OSS and S3, in characters of 1, 2, 3 and 4 bytes.
    names.push("n".repeat(1024));
    names.push("é".repeat(512));
    names.push(format!("{}n", "密".repeat(341)));
    names.push("🔑".repeat(256));
    assert!(names.iter().rev().take(4).all(|name| name.len() == 1024));

    let mut runner = TestRunner::deterministic();
    // PostgreSQL keeps no NUL in text, and no store's API can name one.
    let any_text = any::<String>().prop_map(|text| text.replace('\0', "0"));
    for _ in 0..60 {
        names.push(any_text.new_tree(&mut runner).unwrap().current());
    }
    names.sort_unstable();
    names.dedup();
    names
}

pub(crate) async fn any_object_name_comes_back_unharmed(store: Store) {
    let mut c = store.write().await.unwrap();
    let id = bucket(&mut c).await.id;
    let names = odd_names();
    for name in &names {
        assert!(objects::observe(&mut c, &id, &seen(name, "e", 1, None), at(1)).await.unwrap());
        let row = objects::get(&mut c, &id, name).await.unwrap().unwrap();
        assert_eq!(&row.name, name);
    }
    c.commit().await.unwrap();

    let mut c = store.write().await.unwrap();
    let mut paged = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = objects::list(&mut c, &id, after.as_deref(), 7).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.name.clone());
        paged.extend(page.into_iter().map(|row| row.name));
    }
    assert_eq!(paged, names);
    assert_eq!(objects::mark_missing(&mut c, &id, at(2)).await.unwrap(), names);
}

pub(crate) async fn words_are_ordered_by_their_bytes(store: Store) {
    let mut c = store.write().await.unwrap();
    let id = bucket(&mut c).await.id;
    let mut names = ["b", "B", "a-1", "a_1", "a1", "A", "ä", "Z", "z", "é", "e", "_", "-", " a"];
    for name in names {
        objects::observe(&mut c, &id, &seen(name, "e", 1, None), at(1)).await.unwrap();
    }
    names.sort_unstable();
    let rows = objects::list(&mut c, &id, None, 100).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), names);
}

pub(crate) async fn a_search_takes_every_character_literally(store: Store) {
    let mut c = store.write().await.unwrap();
    bucket(&mut c).await;
    for name in ["100%", "under_score", "bang!", "plain"] {
        assets::upsert(&mut c, &asset("main", name)).await.unwrap();
    }
    for (search, expected) in [
        ("%", vec!["100%"]),
        ("_", vec!["under_score"]),
        ("!", vec!["bang!"]),
        ("PLA", vec!["plain"]),
    ] {
        let filter = AssetFilter { search: Some(search.to_owned()), ..AssetFilter::default() };
        let found = assets::list(&mut c, &filter).await.unwrap();
        assert_eq!(found.iter().map(|asset| asset.bucket.as_str()).collect::<Vec<_>>(), expected);
    }
    let event = risk_event("LTAI5tFAKEFAKEFAKEFAKE02");
    risk_events::insert(&mut c, &event).await.unwrap();
    for (search, hits) in [("leaky", 1), ("fake02", 1), (event.id.as_str(), 1), ("%", 0), ("'", 0)]
    {
        let filter =
            RiskEventFilter { search: Some(search.to_owned()), ..RiskEventFilter::default() };
        assert_eq!(risk_events::list(&mut c, &filter).await.unwrap().len(), hits, "{search}");
    }
    // Longer than what an index of PostgreSQL takes: kept whole, and found by its beginning.
    let mut long = risk_event("LTAI5tFAKEFAKEFAKEFAKE03");
    long.subject = format!("mysql://root@{}", "Ünbounded.".repeat(2_000));
    risk_events::insert(&mut c, &long).await.unwrap();
    let search = Some("ROOT@Ünbound".to_owned());
    let filter = RiskEventFilter { search, ..RiskEventFilter::default() };
    assert_eq!(risk_events::list(&mut c, &filter).await.unwrap(), [long]);
}
