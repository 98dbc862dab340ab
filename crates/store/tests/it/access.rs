//! Laws of users and sessions.

use claviger_model::{SavedView, SavedViewId, UserId};
use claviger_store::{Role, Session, SessionKind, Store, saved_views, sessions, users};

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
    let session = |hash: &str, user: &claviger_store::User, kind| Session {
        token_hash: hash.to_owned(),
        user_id: user.id.clone(),
        kind,
        label: "Firefox".to_owned(),
        created_at: at(0),
        expires_at: at(100),
    };
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
