//! Laws of users, sessions and tokens.

use claviger_model::{ApiTokenId, SavedView, SavedViewId, UserId};
use claviger_store::{ApiToken, Role, Scope, Session, SessionKind, Store, User};
use claviger_store::{api_tokens, saved_views, sessions, users};

use crate::sample::{at, user};

pub(crate) async fn a_user_signs_in_by_name(store: Store) {
    let mut c = store.write().await.unwrap();
    assert_eq!(users::count(&mut c).await.unwrap(), 0);
    let mut anna = user("anna");
    let ben = user("Ben");
    users::insert(&mut c, &anna).await.unwrap();
    users::insert(&mut c, &ben).await.unwrap();
    assert_eq!(users::count(&mut c).await.unwrap(), 2);
    users::set_password(&mut c, &anna.id, "another").await.unwrap();
    anna.password_hash = "another".to_owned();
    assert_eq!(users::by_name(&mut c, "anna").await.unwrap(), Some(anna.clone()));
    assert_eq!(users::by_id(&mut c, &ben.id).await.unwrap(), Some(ben.clone()));
    assert_eq!(users::by_name(&mut c, "ANNA").await.unwrap(), None);
    assert!(!format!("{anna:?}").contains("another"), "no hash in log lines");
    assert_eq!(users::list(&mut c).await.unwrap(), [ben, anna]);
    assert!(Role::Viewer < Role::Responder && Role::Responder < Role::Admin);
}

fn session(hash: &str, user: &User, kind: SessionKind) -> Session {
    Session {
        token_hash: hash.to_owned(),
        user_id: user.id.clone(),
        kind,
        label: "Firefox".to_owned(),
        created_at: at(0),
        expires_at: at(100),
        address: Some("192.0.2.7".to_owned()),
        last_used_at: None,
    }
}

fn token(name: &str, user: &User) -> ApiToken {
    ApiToken {
        id: ApiTokenId::derived(&[name, user.id.as_str()]),
        token_hash: format!("hash of {name} of {}", user.name),
        user_id: user.id.clone(),
        name: name.to_owned(),
        scopes: vec![Scope::Ingest, Scope::Read],
        created_at: at(0),
        expires_at: at(100),
        last_used_at: None,
    }
}

pub(crate) async fn saved_views_are_ones_own_or_shared(store: Store) {
    let mut c = store.write().await.unwrap();
    let view = |owner: &str, name: &str, shared| SavedView {
        id: SavedViewId::derived(&[owner, name]),
        name: name.to_owned(),
        owner_id: UserId::from(owner.to_owned()),
        owner: owner.to_owned(),
        shared,
        words: [("level".to_owned(), "high".to_owned())].into(),
        saved_at: at(1),
    };
    let (own, shared, hidden) =
        (view("mei", "b", false), view("ben", "a", true), view("ben", "c", false));
    for one in [&own, &shared, &hidden] {
        saved_views::save(&mut c, one).await.unwrap();
    }
    let mei = UserId::from("mei".to_owned());
    assert_eq!(saved_views::seen_by(&mut c, &mei).await.unwrap(), [shared.clone(), own.clone()]);
    let changed = SavedView { words: [].into(), saved_at: at(2), ..own };
    saved_views::save(&mut c, &changed).await.unwrap();
    saved_views::remove(&mut c, &shared.id).await.unwrap();
    assert_eq!(saved_views::seen_by(&mut c, &mei).await.unwrap(), [changed]);
}

pub(crate) async fn a_session_ends_at_its_hour_and_with_its_user(store: Store) {
    let mut c = store.write().await.unwrap();
    let anna = user("anna");
    let mut disabled = user("ben");
    disabled.disabled = true;
    users::insert(&mut c, &anna).await.unwrap();
    users::insert(&mut c, &disabled).await.unwrap();
    let browser = session("h1", &anna, SessionKind::Browser);
    for row in [
        &browser,
        &session("h2", &disabled, SessionKind::Browser),
        &session("h3", &anna, SessionKind::Token),
    ] {
        sessions::insert(&mut c, row).await.unwrap();
    }
    assert_eq!(sessions::find(&mut c, "h1", at(99)).await.unwrap(), Some((browser, anna)));
    assert_eq!(sessions::find(&mut c, "h1", at(100)).await.unwrap(), None);
    assert_eq!(sessions::find(&mut c, "h2", at(1)).await.unwrap(), None);
    assert_eq!(sessions::find(&mut c, "h9", at(1)).await.unwrap(), None);
    sessions::remove(&mut c, "h1").await.unwrap();
    assert_eq!(sessions::find(&mut c, "h1", at(1)).await.unwrap(), None);
    sessions::prune(&mut c, at(99)).await.unwrap();
    assert!(sessions::find(&mut c, "h3", at(1)).await.unwrap().is_some());
    sessions::prune(&mut c, at(100)).await.unwrap();
    assert_eq!(sessions::find(&mut c, "h3", at(1)).await.unwrap(), None);
}

pub(crate) async fn sessions_are_listed_used_and_ended_one_by_one(store: Store) {
    let mut c = store.write().await.unwrap();
    let (anna, ben) = (user("anna"), user("ben"));
    users::insert(&mut c, &anna).await.unwrap();
    users::insert(&mut c, &ben).await.unwrap();
    let all = ["aaaaaaaaaaaaaaaa1", "bbbbbbbbbbbbbbbb2", "cccccccccccccccc3"];
    for (hash, user) in all.iter().zip([&anna, &anna, &ben]) {
        sessions::insert(&mut c, &session(hash, user, SessionKind::Browser)).await.unwrap();
    }
    // Noted once a minute, by whoever comes first.
    for (second, since) in [(50, -10), (55, -5), (70, 10)] {
        sessions::note_use(&mut c, all[1], at(second), at(since)).await.unwrap();
    }
    let found = sessions::list(&mut c, None, at(80)).await.unwrap();
    let names: Vec<(&str, &str)> =
        found.iter().map(|(session, name)| (session.id(), name.as_str())).collect();
    assert_eq!(
        names,
        [("bbbbbbbbbbbbbbbb", "anna"), ("aaaaaaaaaaaaaaaa", "anna"), ("cccccccccccccccc", "ben")]
    );
    assert_eq!(found[0].0.last_used_at, Some(at(50)));
    assert_eq!(sessions::list(&mut c, Some(&ben.id), at(80)).await.unwrap().len(), 1);
    assert_eq!(sessions::list(&mut c, None, at(100)).await.unwrap(), []);
    assert!(!sessions::end(&mut c, "cccccccccccccccc", Some(&anna.id)).await.unwrap());
    assert!(!sessions::end(&mut c, "", None).await.unwrap());
    assert!(sessions::end(&mut c, "cccccccccccccccc", None).await.unwrap());
    assert_eq!(sessions::end_all_of(&mut c, &anna.id, Some(all[0])).await.unwrap(), 1);
    assert!(sessions::find(&mut c, all[0], at(1)).await.unwrap().is_some());
    assert_eq!(sessions::end_all_of(&mut c, &anna.id, None).await.unwrap(), 1);
}

pub(crate) async fn a_token_reads_back_and_ends_at_its_hour_and_with_its_user(store: Store) {
    let mut c = store.write().await.unwrap();
    let (anna, ben) = (user("anna"), user("ben"));
    users::insert(&mut c, &anna).await.unwrap();
    users::insert(&mut c, &ben).await.unwrap();
    let (one, other) = (token("ci", &anna), token("ci", &ben));
    api_tokens::insert(&mut c, &one).await.unwrap();
    api_tokens::insert(&mut c, &other).await.unwrap();
    let found = api_tokens::find(&mut c, &one.token_hash, at(99)).await.unwrap();
    assert_eq!(found, Some((one.clone(), anna.clone())));
    assert_eq!(api_tokens::find(&mut c, &one.token_hash, at(100)).await.unwrap(), None);
    for (second, since) in [(50, -10), (55, -5)] {
        api_tokens::note_use(&mut c, &one.id, at(second), at(since)).await.unwrap();
    }
    let used = ApiToken { last_used_at: Some(at(50)), ..one.clone() };
    let all = api_tokens::list(&mut c, None).await.unwrap();
    assert_eq!(all, [(used, "anna".to_owned()), (other.clone(), "ben".to_owned())]);
    users::set_disabled(&mut c, &ben.id, true).await.unwrap();
    assert_eq!(api_tokens::find(&mut c, &other.token_hash, at(1)).await.unwrap(), None);
    users::remove(&mut c, &ben.id).await.unwrap();
    assert_eq!(api_tokens::list(&mut c, Some(&ben.id)).await.unwrap(), []);
    assert_eq!(api_tokens::remove_all_of(&mut c, &anna.id).await.unwrap(), 1);
    assert!(!api_tokens::remove(&mut c, &one.id).await.unwrap());
    api_tokens::insert(&mut c, &one).await.unwrap();
    api_tokens::prune(&mut c, at(99)).await.unwrap();
    assert!(api_tokens::find(&mut c, &one.token_hash, at(1)).await.unwrap().is_some());
    api_tokens::prune(&mut c, at(100)).await.unwrap();
    assert_eq!(api_tokens::list(&mut c, None).await.unwrap(), []);
    drop(c);
    let mut c = store.write().await.unwrap();
    users::insert(&mut c, &anna).await.unwrap();
    api_tokens::insert(&mut c, &one).await.unwrap();
    let again = ApiToken { id: ApiTokenId::derived(&["other"]), ..one };
    let taken = api_tokens::insert(&mut c, &again).await.unwrap_err();
    assert!(taken.is_conflict(), "{taken}");
}

pub(crate) async fn two_admins_who_take_away_each_other_leave_one(store: Store) {
    let pair = ["anna", "ben"].map(|name| User { role: Role::Admin, ..user(name) });
    let mut tx = store.write().await.unwrap();
    for one in &pair {
        users::insert(&mut tx, one).await.unwrap();
    }
    tx.commit().await.unwrap();
    let demote = async |id: &str| {
        let mut tx = store.write().await.unwrap();
        let admins = users::held_admins(&mut tx).await.unwrap();
        let found = users::held(&mut tx, id).await.unwrap().unwrap();
        if admins.iter().any(|one| *one != found.id) {
            users::set_role(&mut tx, &found.id, Role::Viewer).await.unwrap();
        }
        tx.commit().await.unwrap();
    };
    tokio::join!(demote("anna"), demote(pair[1].id.as_str()));
    let mut c = store.read().await.unwrap();
    let all = users::list(&mut c).await.unwrap();
    assert_eq!(all.iter().filter(|user| user.role == Role::Admin).count(), 1);
}
