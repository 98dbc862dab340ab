//! Laws of connections, assets, objects, tasks and the inventory of keys.

use std::collections::HashMap;

use claviger_model::{
    Acl, Authorization, Availability, CloudKey, CloudKeyStatus, ConnectionHealth,
    CredentialReference, Provider, Sensitivity,
};
use claviger_store::{
    AssetFilter, AssetStatistics, DataCount, IdentificationTask, ObjectProgress, ObjectRow,
    ObjectState, Store, TaskState, assets, cloud_keys, connections, objects, tasks,
};

use crate::sample::{asset, at, bucket, connection, key, object, seen};

pub(crate) async fn a_connection_reads_back_as_it_was_kept(store: Store) {
    let mut c = store.write().await.unwrap();
    let mut kept = connection("main");
    connections::insert(&mut c, &kept, Some("sealed-1")).await.unwrap();
    assert_eq!(connections::get(&mut c, &kept.id).await.unwrap(), Some(kept.clone()));
    assert_eq!(connections::sealed(&mut c, &kept.id).await.unwrap().as_deref(), Some("sealed-1"));

    kept.health = ConnectionHealth::Healthy { checked_at: at(9) };
    kept.synchronized_at = Some(at(10));
    kept.access_key_id = Some(key("LTAI5tFAKEFAKEFAKEFAKE99"));
    connections::set_health(&mut c, &kept.id, &kept.health).await.unwrap();
    connections::set_synchronized(&mut c, &kept.id, at(10)).await.unwrap();
    let key_id = kept.access_key_id.clone().unwrap();
    let sealed = (None, Some("sealed-2"));
    connections::set_credentials(&mut c, &kept.id, &key_id, sealed, at(2)).await.unwrap();
    assert_eq!(connections::sealed(&mut c, &kept.id).await.unwrap().as_deref(), Some("sealed-2"));

    let mut folder = connection("a folder");
    folder.provider = Provider::Folder;
    folder.access_key_id = None;
    folder.health = ConnectionHealth::Untested;
    connections::insert(&mut c, &folder, None).await.unwrap();
    assert_eq!(connections::sealed(&mut c, &folder.id).await.unwrap(), None);
    assert_eq!(connections::list(&mut c).await.unwrap(), [folder, kept]);
    let nobody = connection("nobody").id;
    assert_eq!(connections::get(&mut c, &nobody).await.unwrap(), None);
    assert_eq!(connections::sealed(&mut c, &nobody).await.unwrap(), None);
}

pub(crate) async fn keys_of_a_reference_are_remembered(store: Store) {
    let mut c = store.write().await.unwrap();
    let mut kept = connection("by reference");
    let first = kept.access_key_id.clone().unwrap();
    let role = CredentialReference::Role { name: Some("scanner".to_owned()) };
    kept.credentials = Some(role.clone());
    connections::insert(&mut c, &kept, None).await.unwrap();
    assert_eq!(connections::get(&mut c, &kept.id).await.unwrap(), Some(kept.clone()));
    let second = key("STS.FAKE02");
    for at in [at(1), at(2)] {
        let set = connections::set_key_of_reference(&mut c, &kept.id, &role, &second, at);
        assert!(set.await.unwrap());
    }
    let mut own = connections::own_keys(&mut c).await.unwrap();
    own.sort();
    assert_eq!(own, [first.clone(), second.clone()]);
    let other = CredentialReference::Role { name: None };
    let late = connections::set_key_of_reference(&mut c, &kept.id, &other, &first, at(3));
    assert!(!late.await.unwrap(), "the reference was replaced meanwhile");
    let now = connections::get(&mut c, &kept.id).await.unwrap().unwrap();
    assert_eq!(now.access_key_id, Some(second));
    connections::remove(&mut c, &kept.id).await.unwrap();
    assert_eq!(connections::own_keys(&mut c).await.unwrap(), []);
}

pub(crate) async fn a_removed_connection_takes_its_buckets_objects_tasks_and_keys(store: Store) {
    let mut c = store.write().await.unwrap();
    let asset = bucket(&mut c).await;
    object(&mut c, &asset.id, "a.txt").await;
    tasks::start(&mut c, &task("t", &asset.id)).await.unwrap();
    cloud_keys::replace(&mut c, &asset.connection_id, &[cloud_key("leaky", "LTAI01")], at(1))
        .await
        .unwrap();
    c.commit().await.unwrap();

    let mut c = store.write().await.unwrap();
    connections::remove(&mut c, &asset.connection_id).await.unwrap();
    c.commit().await.unwrap();

    let mut c = store.read().await.unwrap();
    assert_eq!(assets::get(&mut c, &asset.id).await.unwrap(), None);
    assert_eq!(objects::get(&mut c, &asset.id, "a.txt").await.unwrap(), None);
    assert_eq!(tasks::list(&mut c, None, 10).await.unwrap(), []);
    assert_eq!(cloud_keys::find(&mut c, &key("LTAI01")).await.unwrap(), None);
}

pub(crate) async fn synchronization_keeps_what_a_person_decided(store: Store) {
    let mut c = store.write().await.unwrap();
    let first = bucket(&mut c).await;
    assert_eq!(assets::get(&mut c, &first.id).await.unwrap(), Some(first.clone()));
    let found = assets::find(&mut c, &first.connection_id, "examplebucket").await.unwrap();
    assert_eq!(found, Some(first.clone()));

    assets::set_authorization(&mut c, &first.id, Authorization::Failed, Some("denied"))
        .await
        .unwrap();
    assets::raise_sensitivity(&mut c, &first.id, Sensitivity::S3).await.unwrap();
    let mut seen = first.clone();
    seen.acl = None;
    seen.public_access_blocked = None;
    seen.log_target = None;
    seen.object_count = None;
    seen.bytes = Some(7);
    seen.synchronized_at = at(50);
    assets::upsert(&mut c, &seen).await.unwrap();

    seen.object_count = first.object_count;
    seen.authorization = Authorization::Failed;
    seen.failure = Some("denied".to_owned());
    seen.sensitivity = Sensitivity::S3;
    assert_eq!(assets::get(&mut c, &first.id).await.unwrap(), Some(seen));

    assets::set_acl(&mut c, &first.id, Some(Acl::Private), Some(true)).await.unwrap();
    let kept = assets::get(&mut c, &first.id).await.unwrap().unwrap();
    assert_eq!((kept.acl, kept.public_access_blocked), (Some(Acl::Private), Some(true)));
}

pub(crate) async fn assets_are_listed_by_pages_and_filters(store: Store) {
    let mut c = store.write().await.unwrap();
    for name in ["main", "other"] {
        connections::insert(&mut c, &connection(name), None).await.unwrap();
    }
    for bucket in ["alpha", "Beta", "gamma_1", "gamma-1"] {
        assets::upsert(&mut c, &asset("main", bucket)).await.unwrap();
    }
    let shared = asset("other", "alpha");
    assets::upsert(&mut c, &shared).await.unwrap();
    assets::set_authorization(&mut c, &shared.id, Authorization::Authorized, None).await.unwrap();

    let mut pages = Vec::new();
    let mut filter = AssetFilter { limit: 2, ..AssetFilter::default() };
    loop {
        let page = assets::list(&mut c, &filter).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.after = Some((last.bucket.clone(), last.id.clone()));
        pages.push(page.into_iter().map(|asset| asset.bucket).collect::<Vec<_>>());
    }
    let expected = [vec!["Beta", "alpha"], vec!["alpha", "gamma-1"], vec!["gamma_1"]];
    assert_eq!(pages, expected);

    let authorized =
        AssetFilter { authorization: Some(Authorization::Authorized), ..AssetFilter::default() };
    let of_main = AssetFilter {
        connection_id: Some(asset("main", "x").connection_id),
        search: Some("A_1".to_owned()),
        ..AssetFilter::default()
    };
    let found = assets::list(&mut c, &authorized).await.unwrap();
    assert_eq!(found.iter().map(|asset| &asset.id).collect::<Vec<_>>(), [&shared.id]);
    let found = assets::list(&mut c, &of_main).await.unwrap();
    assert_eq!(found.iter().map(|asset| &asset.bucket).collect::<Vec<_>>(), ["gamma_1"]);
}

pub(crate) async fn a_bucket_is_as_sensitive_as_its_live_objects(store: Store) {
    let mut c = store.write().await.unwrap();
    let asset = bucket(&mut c).await;
    for (name, sensitivity) in [("low", Sensitivity::S1), ("high", Sensitivity::S4)] {
        let mut row = object(&mut c, &asset.id, name).await;
        row.sensitivity = sensitivity;
        assert!(objects::set_scanned(&mut c, &row).await.unwrap());
        assets::raise_sensitivity(&mut c, &asset.id, sensitivity).await.unwrap();
    }
    let level = assets::get(&mut c, &asset.id).await.unwrap().unwrap().sensitivity;
    assert_eq!(level, Sensitivity::S4);

    objects::set_deleted(&mut c, &asset.id, "high").await.unwrap();
    assets::raise_sensitivity(&mut c, &asset.id, Sensitivity::NotAvailable).await.unwrap();
    let level = assets::get(&mut c, &asset.id).await.unwrap().unwrap().sensitivity;
    assert_eq!(level, Sensitivity::S1);

    objects::set_deleted(&mut c, &asset.id, "low").await.unwrap();
    assets::raise_sensitivity(&mut c, &asset.id, Sensitivity::NotAvailable).await.unwrap();
    let level = assets::get(&mut c, &asset.id).await.unwrap().unwrap().sensitivity;
    assert_eq!(level, Sensitivity::NotAvailable);
}

pub(crate) async fn statistics_count_by_provider(store: Store) {
    let mut c = store.write().await.unwrap();
    assert_eq!(assets::statistics(&mut c).await.unwrap(), []);
    connections::insert(&mut c, &connection("main"), None).await.unwrap();
    for (bucket, authorization) in [
        ("a", Authorization::Authorized),
        ("b", Authorization::Authorized),
        ("c", Authorization::Failed),
        ("d", Authorization::NotAuthorized),
    ] {
        let mut asset = asset("main", bucket);
        asset.authorization = authorization;
        asset.bytes = (bucket != "b").then_some(1_000);
        assets::upsert(&mut c, &asset).await.unwrap();
    }
    let mut local = asset("main", "folder");
    local.provider = Provider::Folder;
    assets::upsert(&mut c, &local).await.unwrap();
    let expected = [
        AssetStatistics {
            provider: Provider::Aliyun,
            authorized: 2,
            not_authorized: 1,
            failed: 1,
            bytes_authorized: 1_000,
        },
        AssetStatistics {
            provider: Provider::Folder,
            authorized: 0,
            not_authorized: 1,
            failed: 0,
            bytes_authorized: 0,
        },
    ];
    assert_eq!(assets::statistics(&mut c).await.unwrap(), expected);
}

pub(crate) async fn unseen_buckets_go_unless_authorized(store: Store) {
    let mut c = store.write().await.unwrap();
    for name in ["main", "other"] {
        connections::insert(&mut c, &connection(name), None).await.unwrap();
    }
    let seen = { asset("main", "seen") };
    let unseen = asset("main", "unseen");
    let decided = asset("main", "decided");
    let foreign = asset("other", "foreign");
    for asset in [&seen, &unseen, &decided, &foreign] {
        assets::upsert(&mut c, asset).await.unwrap();
    }
    assets::set_authorization(&mut c, &decided.id, Authorization::Authorized, None).await.unwrap();
    let mut again = seen.clone();
    again.synchronized_at = at(100);
    assets::upsert(&mut c, &again).await.unwrap();

    assets::remove_unseen(&mut c, &seen.connection_id, at(100)).await.unwrap();
    let left = assets::list(&mut c, &AssetFilter::default()).await.unwrap();
    let names: Vec<_> = left.iter().map(|asset| asset.bucket.as_str()).collect();
    assert_eq!(names, ["decided", "foreign", "seen"]);
}

pub(crate) async fn an_object_is_pending_when_new_changed_or_back(store: Store) {
    let mut c = store.write().await.unwrap();
    let id = bucket(&mut c).await.id;
    assert!(objects::observe(&mut c, &id, &seen("a", "e1", 5, Some(at(0))), at(1)).await.unwrap());
    assert!(!objects::observe(&mut c, &id, &seen("a", "e1", 5, Some(at(0))), at(2)).await.unwrap());

    let mut row = objects::get(&mut c, &id, "a").await.unwrap().unwrap();
    assert_eq!(row.state, ObjectState::Pending);
    row.data = vec![DataCount {
        data_type: "email".to_owned(),
        sensitivity: Sensitivity::S2,
        count: 12,
        sample: "a…@example.com".to_owned(),
    }];
    row.sensitivity = Sensitivity::S2;
    row.acl = Some(Acl::PublicRead);
    row.scanned_at = Some(at(3));
    row.keys = 2;
    row.why = Some("one member was too large".to_owned());
    assert!(objects::set_scanned(&mut c, &row).await.unwrap());
    row.state = ObjectState::Scanned;
    assert_eq!(objects::get(&mut c, &id, "a").await.unwrap(), Some(row.clone()));
    assert!(!objects::observe(&mut c, &id, &seen("a", "e1", 5, Some(at(0))), at(4)).await.unwrap());
    let unchanged = objects::get(&mut c, &id, "a").await.unwrap().unwrap();
    assert_eq!(unchanged, row, "the same content needs no second scan");

    assert!(objects::observe(&mut c, &id, &seen("a", "e2", 6, None), at(5)).await.unwrap());
    let changed = objects::get(&mut c, &id, "a").await.unwrap().unwrap();
    assert_eq!(changed.state, ObjectState::Pending);
    assert_eq!((changed.bytes, changed.last_modified, changed.acl), (6, None, None));
    assert_eq!(changed.sensitivity, Sensitivity::S2, "new content is not taken for harmless");

    objects::set_deleted(&mut c, &id, "a").await.unwrap();
    assert!(objects::observe(&mut c, &id, &seen("a", "e2", 6, None), at(6)).await.unwrap());
    let back = objects::get(&mut c, &id, "a").await.unwrap().unwrap();
    assert_eq!(back.state, ObjectState::Pending);

    objects::set_acl(&mut c, &id, "a", Some(Acl::Private)).await.unwrap();
    let row = objects::get(&mut c, &id, "a").await.unwrap().unwrap();
    assert_eq!(row.acl, Some(Acl::Private));
}

pub(crate) async fn a_scan_of_old_content_is_not_kept(store: Store) {
    let mut c = store.write().await.unwrap();
    let id = bucket(&mut c).await.id;
    let mut scanned = object(&mut c, &id, "a").await;
    scanned.keys = 1;
    objects::observe(&mut c, &id, &seen("a", "etag-2", 10, None), at(2)).await.unwrap();
    assert!(!objects::set_scanned(&mut c, &scanned).await.unwrap());
    let row = objects::get(&mut c, &id, "a").await.unwrap().unwrap();
    assert_eq!((row.state, row.keys), (ObjectState::Pending, 0));

    let current = row;
    objects::set_deleted(&mut c, &id, "a").await.unwrap();
    assert!(!objects::set_scanned(&mut c, &current).await.unwrap());
    objects::set_unreadable(&mut c, &id, "a", "too late", at(3)).await.unwrap();
    let row = objects::get(&mut c, &id, "a").await.unwrap().unwrap();
    assert_eq!(row.state, ObjectState::Deleted, "what is gone stays gone");
}

pub(crate) async fn a_listing_finds_what_is_missing(store: Store) {
    let mut c = store.write().await.unwrap();
    let id = bucket(&mut c).await.id;
    for name in ["b", "a", "stays"] {
        objects::observe(&mut c, &id, &seen(name, "e", 1, None), at(1)).await.unwrap();
    }
    objects::observe(&mut c, &id, &seen("stays", "e", 1, None), at(10)).await.unwrap();
    assert_eq!(objects::mark_missing(&mut c, &id, at(10)).await.unwrap(), ["a", "b"]);
    assert_eq!(objects::mark_missing(&mut c, &id, at(10)).await.unwrap(), [""; 0]);
    let states: Vec<_> = objects::list(&mut c, &id, None, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.name, row.state))
        .collect();
    let expected = [
        ("a".to_owned(), ObjectState::Deleted),
        ("b".to_owned(), ObjectState::Deleted),
        ("stays".to_owned(), ObjectState::Pending),
    ];
    assert_eq!(states, expected);
}

pub(crate) async fn progress_counts_every_state(store: Store) {
    let mut c = store.write().await.unwrap();
    let id = bucket(&mut c).await.id;
    assert_eq!(objects::progress(&mut c, &id).await.unwrap(), ObjectProgress::default());
    for name in ["pending-1", "pending-2", "scanned", "unreadable", "deleted"] {
        object(&mut c, &id, name).await;
    }
    let row = objects::get(&mut c, &id, "scanned").await.unwrap().unwrap();
    objects::set_scanned(&mut c, &row).await.unwrap();
    objects::set_unreadable(&mut c, &id, "unreadable", "denied", at(2)).await.unwrap();
    objects::set_deleted(&mut c, &id, "deleted").await.unwrap();
    let expected = ObjectProgress {
        pending: 2,
        scanned: 1,
        unreadable: 1,
        bytes_scanned: 10,
        bytes_pending: 20,
    };
    assert_eq!(objects::progress(&mut c, &id).await.unwrap(), expected);
    assert_eq!(objects::pending_count(&mut c, &id).await.unwrap(), 2);
    let row = objects::get(&mut c, &id, "unreadable").await.unwrap().unwrap();
    assert_eq!((row.why.as_deref(), row.scanned_at), (Some("denied"), Some(at(2))));

    let first = objects::pending(&mut c, &id, None, 1).await.unwrap();
    let next = objects::pending(&mut c, &id, Some(&first[0].name), 10).await.unwrap();
    assert_eq!((first[0].name.as_str(), next.len()), ("pending-1", 1));

    objects::rescan(&mut c, &id).await.unwrap();
    assert_eq!(objects::pending_count(&mut c, &id).await.unwrap(), 4);
}

pub(crate) async fn what_could_not_be_read_is_tried_again_in_turn(store: Store) {
    let mut c = store.write().await.unwrap();
    let asset = bucket(&mut c).await;
    for (name, second) in [("late", 9), ("early", 2), ("middle", 5)] {
        object(&mut c, &asset.id, name).await;
        objects::set_unreadable(&mut c, &asset.id, name, "denied", at(second)).await.unwrap();
    }
    object(&mut c, &asset.id, "pending").await;
    let names = async |c: &mut claviger_store::Conn, before, limit| -> Vec<String> {
        let rows = objects::unreadable(c, &asset.id, at(before), limit).await.unwrap();
        rows.into_iter().map(|row| row.name).collect()
    };
    assert_eq!(names(&mut c, 100, 10).await, ["early", "middle", "late"]);
    assert_eq!(names(&mut c, 100, 1).await, ["early"]);
    assert_eq!(names(&mut c, 9, 10).await, ["early", "middle"]);
    // Tried in vain once more: it goes to the end of the line.
    objects::set_unreadable(&mut c, &asset.id, "early", "denied", at(20)).await.unwrap();
    assert_eq!(names(&mut c, 100, 10).await, ["middle", "late", "early"]);
}

pub(crate) async fn an_archived_object_is_pending_once_it_is_restored(store: Store) {
    let mut c = store.write().await.unwrap();
    let id = bucket(&mut c).await.id;
    let plain = seen("a", "e1", 5, Some(at(0)));
    let of = |storage_class, availability| objects::Seen { storage_class, availability, ..plain };
    let archived = of(Some("Archive"), Availability::Archived);
    let row = async |c: &mut claviger_store::Conn| {
        let row = objects::get(c, &id, "a").await.unwrap().unwrap();
        (row.state, row.availability)
    };
    assert!(objects::observe(&mut c, &id, &archived, at(1)).await.unwrap());
    assert_eq!(row(&mut c).await, (ObjectState::Pending, Availability::Archived));
    objects::set_unreadable(&mut c, &id, "a", "archived", at(2)).await.unwrap();
    assert_eq!(objects::archived_count(&mut c, &id).await.unwrap(), 1);
    let restoring = of(Some("Archive"), Availability::Restoring);
    let untold = of(Some("INTELLIGENT_TIERING"), Availability::Untold);
    for seen in [archived, restoring, untold] {
        objects::observe(&mut c, &id, &seen, at(3)).await.unwrap();
        assert_eq!(row(&mut c).await.0, ObjectState::Unreadable, "{seen:?}");
    }
    assert_eq!(row(&mut c).await.1, Availability::Restoring, "what is not told is as it was");
    let restored = of(Some("Archive"), Availability::AtOnce);
    objects::observe(&mut c, &id, &restored, at(4)).await.unwrap();
    assert_eq!(row(&mut c).await, (ObjectState::Pending, Availability::AtOnce));
    // What was refused for another reason is not taken for readable.
    objects::set_unreadable(&mut c, &id, "a", "denied", at(5)).await.unwrap();
    objects::observe(&mut c, &id, &restored, at(6)).await.unwrap();
    assert_eq!(row(&mut c).await, (ObjectState::Unreadable, Availability::AtOnce));
    objects::set_archived(&mut c, &id, "a").await.unwrap();
    assert_eq!(row(&mut c).await, (ObjectState::Unreadable, Availability::Archived));

    // What was read once stays known while its content is the same.
    let read = objects::get(&mut c, &id, "a").await.unwrap().unwrap();
    assert!(objects::set_scanned(&mut c, &ObjectRow { keys: 1, ..read }).await.unwrap());
    objects::rescan(&mut c, &id).await.unwrap();
    assert!(objects::leave_in_archive(&mut c, &id, "a", "archived", at(7)).await.unwrap());
    assert_eq!(row(&mut c).await.0, ObjectState::Scanned);
    let other = objects::Seen { etag: "e2", ..archived };
    objects::observe(&mut c, &id, &other, at(8)).await.unwrap();
    assert!(!objects::leave_in_archive(&mut c, &id, "a", "archived", at(9)).await.unwrap());
    assert_eq!(row(&mut c).await, (ObjectState::Unreadable, Availability::Archived));
}

pub(crate) async fn only_what_holds_key_pairs_is_scanned_again(store: Store) {
    let mut c = store.write().await.unwrap();
    let asset = bucket(&mut c).await;
    for (name, keys) in [("plain", 0), ("one", 1), ("two", 2)] {
        let row = object(&mut c, &asset.id, name).await;
        let scanned = ObjectRow { keys, scanned_at: Some(at(3)), ..row };
        assert!(objects::set_scanned(&mut c, &scanned).await.unwrap());
    }
    let rescanned = objects::rescan_found_keys(&mut c).await.unwrap();
    assert_eq!(rescanned, std::slice::from_ref(&asset.id));
    let pending = objects::pending(&mut c, &asset.id, None, 10).await.unwrap();
    let names: Vec<&str> = pending.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(objects::rescan_found_keys(&mut c).await.unwrap(), []);
}

pub(crate) async fn a_task_keeps_its_progress(store: Store) {
    let mut c = store.write().await.unwrap();
    let id = bucket(&mut c).await.id;
    let mut first = task("first", &id);
    tasks::start(&mut c, &first).await.unwrap();
    assert_eq!(tasks::running_of(&mut c, &id).await.unwrap(), Some(first.clone()));

    first.state = TaskState::Failed;
    first.ended_at = Some(at(9));
    first.objects_done = 3;
    first.bytes_done = 12;
    first.unreadable = 1;
    first.error = Some("the bucket is gone".to_owned());
    tasks::update(&mut c, &first).await.unwrap();
    assert_eq!(tasks::get(&mut c, "first").await.unwrap(), Some(first.clone()));
    assert_eq!(tasks::running_of(&mut c, &id).await.unwrap(), None);

    let mut second = task("second", &id);
    second.started_at = at(20);
    tasks::start(&mut c, &second).await.unwrap();
    assert_eq!(tasks::list(&mut c, Some(&id), 10).await.unwrap(), [second.clone(), first]);
    assert_eq!(tasks::list(&mut c, None, 1).await.unwrap(), [second]);
}

pub(crate) async fn the_inventory_is_replaced_as_a_whole(store: Store) {
    let mut c = store.write().await.unwrap();
    for name in ["main", "other"] {
        connections::insert(&mut c, &connection(name), None).await.unwrap();
    }
    let (main, other) = (connection("main").id, connection("other").id);
    let (one, two) = (cloud_key("anna", "LTAI01"), cloud_key("ben", "LTAI02"));
    cloud_keys::replace(&mut c, &main, &[two.clone(), one.clone()], at(1)).await.unwrap();
    assert_eq!(cloud_keys::list(&mut c, &main).await.unwrap(), [one.clone(), two]);
    cloud_keys::replace(&mut c, &main, std::slice::from_ref(&one), at(2)).await.unwrap();
    assert_eq!(cloud_keys::find(&mut c, &key("LTAI02")).await.unwrap(), None);
    let found = cloud_keys::find(&mut c, &one.access_key_id).await.unwrap();
    assert_eq!(found, Some((main.clone(), one.clone(), at(2))));

    // The connection that asked last answers, whether one key is asked for or many.
    let renamed = cloud_key("anne", "LTAI01");
    cloud_keys::replace(&mut c, &other, std::slice::from_ref(&renamed), at(3)).await.unwrap();
    let found = cloud_keys::find(&mut c, &one.access_key_id).await.unwrap().unwrap();
    assert_eq!(found, (other, renamed, at(3)));
    let users = cloud_keys::users_of(&mut c, &[&key("LTAI01"), &key("LTAI02")]).await.unwrap();
    assert_eq!(users, HashMap::from([(key("LTAI01"), "anne".to_owned())]));

    cloud_keys::set_status(&mut c, &one.access_key_id, CloudKeyStatus::Inactive, at(4))
        .await
        .unwrap();
    let (_, known, checked_at) =
        cloud_keys::find(&mut c, &one.access_key_id).await.unwrap().unwrap();
    assert_eq!((known.status, checked_at), (CloudKeyStatus::Inactive, at(4)));
    cloud_keys::remove(&mut c, &one.access_key_id).await.unwrap();
    assert_eq!(cloud_keys::list(&mut c, &main).await.unwrap(), []);
}

fn task(id: &str, asset_id: &claviger_model::AssetId) -> IdentificationTask {
    IdentificationTask {
        id: id.to_owned(),
        asset_id: asset_id.clone(),
        template: "internet".to_owned(),
        state: TaskState::Running,
        started_at: at(1),
        ended_at: None,
        objects_done: 0,
        objects_total: 4,
        bytes_done: 0,
        unreadable: 0,
        error: None,
    }
}

fn cloud_key(user_name: &str, id: &str) -> CloudKey {
    CloudKey {
        access_key_id: key(id),
        user_name: user_name.to_owned(),
        status: CloudKeyStatus::Active,
        created_at: Some(at(0)),
    }
}
