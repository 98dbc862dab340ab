//! Laws of log files, states of keys, alarms, settings and the allowlist.

use std::collections::BTreeSet;

use claviger_model::{AccessKeyId, Alarm, AllowlistEntry, AllowlistScope, EventId, RiskEventId};
use claviger_store::{
    AlarmRow, Grant, KeyLine, KeyState, LogFile, LogTotals, MintedKey, Reject, Store, alarms,
    allowlist, grants, key_lines, key_states, keys_ahead, log_files, minted_keys, rejects,
    settings, tenant_news,
};

use crate::sample::{at, key};

pub(crate) async fn a_log_file_is_counted_once(store: Store) {
    let mut c = store.write().await.unwrap();
    assert_eq!(log_files::totals(&mut c, "oss").await.unwrap(), LogTotals::default());
    let mut file = LogFile {
        source: "oss".to_owned(),
        name: "logs/2026-11-23-01".to_owned(),
        etag: "e1".to_owned(),
        bytes: 900,
        lines: 10,
        events: 8,
        rejected: 2,
        read_at: at(1),
    };
    log_files::insert(&mut c, &file).await.unwrap();
    assert_eq!(log_files::get(&mut c, "oss", &file.name).await.unwrap(), Some(file.clone()));
    // It grew and was read again.
    file.etag = "e2".to_owned();
    file.lines = 12;
    file.events = 10;
    file.read_at = at(2);
    log_files::insert(&mut c, &file).await.unwrap();
    let mut second = file.clone();
    second.name = "logs/2026-11-23-02".to_owned();
    second.read_at = at(1);
    log_files::insert(&mut c, &second).await.unwrap();
    let mut foreign = file.clone();
    foreign.source = "another".to_owned();
    log_files::insert(&mut c, &foreign).await.unwrap();

    let expected = LogTotals {
        files: 2,
        lines: 24,
        events: 20,
        rejected: 4,
        latest_name: Some(second.name.clone()),
        read_at: Some(at(2)),
    };
    assert_eq!(log_files::totals(&mut c, "oss").await.unwrap(), expected);
    let read = log_files::etags(&mut c, "oss", &[second.name.as_str(), "none"]).await.unwrap();
    assert_eq!(read, [(second.name.clone(), "e2".to_owned())]);
    let many: Vec<String> = (0..2_500).map(|number| format!("none-{number}")).collect();
    let all = many.iter().map(String::as_str).chain([file.name.as_str(), second.name.as_str()]);
    let read = log_files::etags(&mut c, "oss", &all.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(read.len(), 2);
    log_files::forget_source(&mut c, "oss").await.unwrap();
    assert_eq!(log_files::totals(&mut c, "oss").await.unwrap().files, 0);
    assert_eq!(log_files::totals(&mut c, "another").await.unwrap().files, 1);
}

pub(crate) async fn the_latest_log_file_is_that_of_its_kind_of_name(store: Store) {
    let mut c = store.write().await.unwrap();
    let names = [
        "s3/2026-02-06-00-00-00-E5",
        "s3/2026-02-07-00-00-00-A0",
        "s3/9000/eu/b/2026/02/06/2026-02-06-00-00-00-E5",
        "s3/9000/eu/b/2026/02/05/2026-02-05-00-00-00-F0",
        "s3_2099-02-06-00-00-00-E5",
    ];
    for name in names {
        let (source, etag) = ("s3".to_owned(), "e".to_owned());
        let (bytes, lines, events, rejected) = (1, 1, 1, 0);
        let name = name.to_owned();
        let file = LogFile { source, name, etag, bytes, lines, events, rejected, read_at: at(1) };
        log_files::insert(&mut c, &file).await.unwrap();
    }
    let mut latest = async |prefix: &str, separator: &str| {
        log_files::latest_below(&mut c, "s3", prefix, separator).await.unwrap()
    };
    assert_eq!(latest("s3/", "-").await.as_deref(), Some(names[1]));
    assert_eq!(latest("s3/9000/eu/b/", "/").await.as_deref(), Some(names[2]));
    assert_eq!(latest("s3/9000/eu/b/", "-").await, None);
}

pub(crate) async fn a_rejected_line_is_kept_by_reference(store: Store) {
    let mut c = store.write().await.unwrap();
    for (source, name, line) in [("oss", "a", 1), ("oss", "a", 7), ("oss", "b", 2), ("x", "a", 3)] {
        for why in ["first try", "no time in the line"] {
            rejects::insert(&mut c, source, name, line, line * 100, line * 100 + 50, why)
                .await
                .unwrap();
        }
    }
    let kept = rejects::list(&mut c, Some("oss"), 2).await.unwrap();
    let reject = |name: &str, line: u64| Reject {
        source: "oss".to_owned(),
        name: name.to_owned(),
        line,
        start: line * 100,
        end: line * 100 + 50,
        why: "no time in the line".to_owned(),
    };
    assert_eq!(kept, [reject("b", 2), reject("a", 7)]);
    assert_eq!(rejects::list(&mut c, None, 10).await.unwrap().len(), 4);
}

pub(crate) async fn states_of_keys_and_a_setting_are_replaced(store: Store) {
    let mut c = store.write().await.unwrap();
    let many: Vec<_> = (0..600).map(|number| key(&format!("LTAI{number}"))).collect();
    let all: Vec<_> = many.iter().collect();
    assert!(key_states::of_keys(&mut c, &all).await.unwrap().is_empty());
    assert_eq!(settings::get(&mut c, "name").await.unwrap(), None);
    for round in [1_u8, 2] {
        let state = |key: &AccessKeyId| KeyState {
            access_key_id: key.clone(),
            folded_until: at(round.into()),
            state: vec![0, round, 255],
        };
        let states: Vec<_> = many[..500].iter().map(state).collect();
        key_states::put(&mut c, &states).await.unwrap();
        settings::set(&mut c, "name", &round.to_string()).await.unwrap();
        let found = key_states::of_keys(&mut c, &all).await.unwrap();
        assert_eq!((found.len(), found.get(&many[7])), (500, Some(&state(&many[7]))));
        let setting = settings::get(&mut c, "name").await.unwrap();
        assert_eq!(setting, Some(round.to_string()));
    }
    assert_eq!(key_states::count(&mut c).await.unwrap(), 500);
}

pub(crate) async fn an_alarm_is_withdrawn_once_and_may_stand_again(store: Store) {
    let mut c = store.write().await.unwrap();
    let alarm = Alarm {
        time: at(5),
        access_key_id: key("LTAI01"),
        score: 4.5,
        families: vec!["source".to_owned()],
        reasons: vec!["used from a new network".to_owned()],
        first_event_id: EventId("e1".to_owned()),
        event_ids: vec![EventId("e1".to_owned())],
        bytes_out: 7,
        sources: vec!["192.0.2.7".to_owned()],
    };
    let row = AlarmRow {
        id: "a1".to_owned(),
        risk_event_id: RiskEventId::derived(&["r1"]),
        alarm,
        raised_at: at(6),
        withdrawn_at: None,
    };
    let key = key("LTAI01");
    alarms::put(&mut c, &row).await.unwrap();
    alarms::put(&mut c, &AlarmRow { raised_at: at(9), ..row.clone() }).await.unwrap();
    let standing = alarms::standing(&mut c, &[&key]).await.unwrap();
    assert_eq!(standing, std::slice::from_ref(&row));
    assert_eq!(alarms::withdraw(&mut c, "a1", at(10)).await.unwrap(), Some(row.clone()));
    assert_eq!(alarms::withdraw(&mut c, "a1", at(11)).await.unwrap(), None);
    assert!(alarms::standing(&mut c, &[&key]).await.unwrap().is_empty());
    let withdrawn = AlarmRow { withdrawn_at: Some(at(10)), ..row.clone() };
    let of_event = alarms::of_event(&mut c, &row.risk_event_id, 10).await.unwrap();
    assert_eq!(of_event, [withdrawn]);
    alarms::put(&mut c, &AlarmRow { raised_at: at(12), ..row.clone() }).await.unwrap();
    let again = AlarmRow { raised_at: at(12), ..row };
    assert_eq!(alarms::standing(&mut c, &[&key]).await.unwrap(), [again]);
}

pub(crate) async fn an_entry_of_the_allowlist_is_kept_whole_and_counts_what_it_silenced(
    store: Store,
) {
    let mut c = store.write().await.unwrap();
    let entry = |id: &str, scope, seconds| AllowlistEntry {
        id: id.to_owned(),
        scope,
        value: "oss://b/it's".to_owned(),
        access_key_id: Some(key("LTAI01")),
        reason: "a \"test\" fixture".to_owned(),
        owner: "bob".to_owned(),
        by: "anna".to_owned(),
        at: at(seconds),
        expires_at: Some(at(100)),
        also_public: true,
        silenced: 0,
        silenced_at: None,
    };
    let one = entry("1", AllowlistScope::Place, 1);
    let two = AllowlistEntry { access_key_id: None, ..entry("2", AllowlistScope::Network, 2) };
    for entry in [&one, &two, &one] {
        allowlist::insert(&mut c, entry).await.unwrap();
    }
    assert_eq!(allowlist::list(&mut c).await.unwrap(), [two.clone(), one.clone()]);
    for key in [None, one.access_key_id.clone(), Some(key("LTAI02"))] {
        let mut expected = vec![two.clone(), one.clone()];
        expected.retain(|entry| entry.access_key_id.is_none() || entry.access_key_id == key);
        assert_eq!(allowlist::of_key(&mut c, key.as_ref()).await.unwrap(), expected, "{key:?}");
    }
    allowlist::note_silenced(&mut c, "2", at(3)).await.unwrap();
    let two = AllowlistEntry { silenced: 1, silenced_at: Some(at(3)), ..two };
    assert_eq!(allowlist::get(&mut c, "2").await.unwrap(), Some(two));
    allowlist::remove(&mut c, "2").await.unwrap();
    assert_eq!(allowlist::list(&mut c).await.unwrap(), [one]);
}

pub(crate) async fn a_key_follows_the_latest_of_its_line(store: Store) {
    let mut c = store.write().await.unwrap();
    let begun = |name: &str, line: &str, second: i64| KeyLine {
        access_key_id: key(name),
        line: line.to_owned(),
        began_at: at(second),
        first_event_id: EventId(format!("event of {name}")),
        state: name.as_bytes().to_vec(),
    };
    let earlier = begun("LTAI04", "a/user", -20);
    for one in [&earlier, &begun("LTAI02", "a/user", 50), &begun("LTAI03", "a/other", 20)] {
        key_lines::insert(&mut c, one).await.unwrap();
    }
    key_lines::insert(&mut c, &begun("LTAI01", "a/other", 30)).await.unwrap();
    let now = begun("LTAI01", "a/user", 0);
    key_lines::insert(&mut c, &now).await.unwrap();
    assert_eq!(key_lines::of_key(&mut c, &key("LTAI01")).await.unwrap(), Some(now.clone()));
    let beside = async |c: &mut claviger_store::Conn, of: &KeyLine| {
        let before = key_lines::before(c, of).await.unwrap();
        let after = key_lines::after(c, of).await.unwrap();
        [before, after].map(|one| one.map(|one| one.access_key_id))
    };
    assert_eq!(beside(&mut c, &now).await, [Some(key("LTAI04")), Some(key("LTAI02"))]);
    assert_eq!(beside(&mut c, &earlier).await, [None, Some(key("LTAI01"))]);
    // At the same instant the lesser event is the first.
    let with_it = begun("LTAI00", "a/user", 0);
    assert_eq!(beside(&mut c, &with_it).await, [Some(key("LTAI04")), Some(key("LTAI01"))]);
    let unknown = begun("LTAI09", "nobody", 0);
    assert_eq!(beside(&mut c, &unknown).await, [None, None]);
}

pub(crate) async fn what_all_keys_show_is_kept_in_its_order_until_it_is_forgotten(store: Store) {
    let mut c = store.write().await.unwrap();
    for (number, news) in [(2, "b"), (1, "a"), (3, "c")] {
        tenant_news::insert(&mut c, number, news.as_bytes()).await.unwrap();
    }
    let all = tenant_news::after(&mut c, 1).await.unwrap();
    assert_eq!(all, [(2, b"b".to_vec()), (3, b"c".to_vec())]);
    tenant_news::forget(&mut c, 2).await.unwrap();
    assert_eq!(tenant_news::after(&mut c, 0).await.unwrap(), [(3, b"c".to_vec())]);
}

pub(crate) async fn what_keys_handed_on_is_forgotten_by_when_it_was_noted(store: Store) {
    let mut c = store.write().await.unwrap();
    let event_id = EventId("of years ago".to_owned());
    let minted = MintedKey {
        child: key("LTAI02"),
        parent: key("LTAI01"),
        minted_at: at(1),
        event_id: event_id.clone(),
    };
    let grant = Grant {
        subject: ":user/ben".to_owned(),
        event_id,
        through: None,
        granter: key("LTAI01"),
        granted_at: at(1),
        operation: "AttachPolicyToUser".to_owned(),
    };
    minted_keys::insert(&mut c, &minted, at(90)).await.unwrap();
    grants::insert(&mut c, &grant, at(90)).await.unwrap();
    for (before, is_there) in [(at(90), true), (at(91), false)] {
        minted_keys::prune(&mut c, before).await.unwrap();
        grants::prune(&mut c, before).await.unwrap();
        let minted_now = minted_keys::of_children(&mut c, &[&minted.child]).await.unwrap();
        assert_eq!(minted_now.contains(&minted), is_there);
        let given =
            grants::of_subjects(&mut c, std::slice::from_ref(&grant.subject)).await.unwrap();
        assert_eq!(given.contains(&grant), is_there);
        let by = BTreeSet::from([grant.granter.clone()]);
        assert_eq!(grants::by_granters(&mut c, &by).await.unwrap(), given);
    }
}

pub(crate) async fn the_keys_that_are_judged_ahead_are_those_of_the_last_word(store: Store) {
    let mut c = store.write().await.unwrap();
    assert_eq!(keys_ahead::list(&mut c).await.unwrap(), []);
    let (one, two) = (key("LTAI01"), key("LTAI02"));
    keys_ahead::set(&mut c, &[&one, &two]).await.unwrap();
    assert_eq!(keys_ahead::list(&mut c).await.unwrap(), [one, two.clone()]);
    keys_ahead::set(&mut c, &[&two]).await.unwrap();
    assert_eq!(keys_ahead::list(&mut c).await.unwrap(), [two]);
    keys_ahead::set(&mut c, &[]).await.unwrap();
    assert_eq!(keys_ahead::list(&mut c).await.unwrap(), []);
}
