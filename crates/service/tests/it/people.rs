//! People, their tokens and their sessions: each law by its name.

use std::net::IpAddr;

use claviger_model::Secret;
use claviger_service::{Act, Actor, Change, Chosen, NewApiToken, Service, ServiceError};
use claviger_store::{Role, Scope, SessionKind};
use jiff::SignedDuration;

use crate::stage::settings;

const FROM: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)));

/// An installation with an admin `root` who is signed in.
struct House {
    _folder: tempfile::TempDir,
    service: Service,
    root: Actor,
}

fn password(of: &str) -> Secret {
    Secret::new(format!("made-up words of {of}"))
}

impl House {
    async fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = Service::open(settings(folder.path())).await.unwrap();
        let claviger = Actor::claviger();
        service.add_user(&claviger, "root", Role::Admin, &password("root")).await.unwrap();
        let (root, _) = signed_in(&service, "root").await;
        Self { _folder: folder, service, root }
    }

    async fn add(&self, name: &str, role: Role) -> (Actor, String) {
        self.service.add_user(&self.root, name, role, &password(name)).await.unwrap();
        signed_in(&self.service, name).await
    }

    /// A token of somebody, and who shows it.
    async fn token(&self, actor: &Actor, name: &str, scopes: &[Scope]) -> String {
        let made = self.service.add_api_token(actor, new(name, scopes)).await.unwrap();
        made.token.reveal().to_owned()
    }

    async fn is_known(&self, token: &str) -> bool {
        self.service.actor_of_token(token).await.is_ok()
    }
}

async fn signed_in(service: &Service, name: &str) -> (Actor, String) {
    let of = ("a made-up browser", FROM);
    let open = service.sign_in(name, &password(name), SessionKind::Browser, of).await.unwrap();
    (open.actor, open.token.reveal().to_owned())
}

fn new(name: &str, scopes: &[Scope]) -> NewApiToken {
    NewApiToken { name: name.to_owned(), scopes: scopes.to_vec(), lasts: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_is_neither_demoted_nor_disabled_nor_removed() {
    let house = House::build().await;
    let (service, root) = (&house.service, &house.root);
    house.add("mei", Role::Admin).await;
    service.set_disabled(root, "mei", true).await.unwrap();
    // An admin who may not sign in is nobody who could help.
    let refused = [
        service.set_role(root, "root", Role::Responder).await.unwrap_err(),
        service.set_disabled(root, "root", true).await.unwrap_err(),
        service.remove_user(root, "root").await.unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error.code(), "conflict", "{error}");
        assert!(error.hint().unwrap().contains("claviger users role NAME admin"));
    }
    service.set_disabled(root, "mei", false).await.unwrap();
    service.set_role(root, "root", Role::Responder).await.unwrap();
    assert_eq!(service.remove_user(root, "mei").await.unwrap_err().code(), "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_user_ends_their_sessions_and_tokens_at_once() {
    let house = House::build().await;
    let (service, root) = (&house.service, &house.root);
    for (name, turn) in ["a", "b", "c", "d"].into_iter().zip(0..) {
        let (actor, session) = house.add(name, Role::Responder).await;
        let token = house.token(&actor, "ci", &[Scope::Respond]).await;
        assert!(house.is_known(&session).await && house.is_known(&token).await);
        match turn {
            0 => drop(service.set_role(root, name, Role::Viewer).await.unwrap()),
            1 => drop(service.set_password(root, name, &password("another")).await.unwrap()),
            2 => drop(service.set_disabled(root, name, true).await.unwrap()),
            _ => service.remove_user(root, name).await.unwrap(),
        }
        assert!(!house.is_known(&session).await && !house.is_known(&token).await, "{name}");
    }
    // What is so already is no change.
    let (mei, session) = house.add("mei", Role::Viewer).await;
    service.set_role(root, "mei", mei.role).await.unwrap();
    assert!(house.is_known(&session).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_removed_user_stays_in_the_audit_log() {
    let house = House::build().await;
    let (mei, _) = house.add("mei", Role::Admin).await;
    let token = house.token(&mei, "nightly", &[Scope::Admin]).await;
    let program = house.service.actor_of_token(&token).await.unwrap();
    house.service.set_password(&program, "root", &password("root")).await.unwrap();
    let chosen = Chosen::Ids(vec!["evt_none".to_owned().into()]);
    house.service.change_risk_events(&program, chosen, Change::Acknowledge).await.unwrap();
    house.service.remove_user(&house.root, "mei").await.unwrap();
    let log = house.service.audit_log(None, 100).await.unwrap();
    let has = |actor: &str, act: &str, subject: &str| {
        log.iter().any(|one| one.actor == actor && one.act == act && one.subject == subject)
    };
    assert!(has("mei", "add_token", "nightly"));
    assert!(has("mei (token nightly)", "set_password", "root"));
    let many = log.iter().find(|one| one.subject == "1 risk events").unwrap();
    assert_eq!(many.actor, "mei (token nightly)");
    assert!(has("root", "remove_user", "mei"));
    assert!(log.iter().all(|one| !format!("{one:?}").contains(&token)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_admin_changes_nobody() {
    let house = House::build().await;
    let (mei, _) = house.add("mei", Role::Responder).await;
    let service = &house.service;
    let refused = [
        service.set_role(&mei, "mei", Role::Admin).await.unwrap_err(),
        service.set_password(&mei, "root", &password("mei")).await.unwrap_err(),
        service.set_disabled(&mei, "root", true).await.unwrap_err(),
        service.remove_user(&mei, "root").await.unwrap_err(),
    ];
    assert!(refused.iter().all(|error| error.code() == "forbidden"), "{refused:?}");
    let unknown = service.remove_user(&house.root, "nobody").await.unwrap_err();
    assert_eq!(unknown.code(), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_what_it_is_for_and_no_more_than_its_owner() {
    let house = House::build().await;
    let (mei, _) = house.add("mei", Role::Responder).await;
    let acts = [Act::EndSession, Act::Ingest, Act::ChangeRiskEvent, Act::SetPolicy];
    for (owner, scope, may) in [
        (&house.root, Scope::Read, [true, false, false, false]),
        (&house.root, Scope::Respond, [true, true, true, false]),
        (&house.root, Scope::Admin, [true, true, true, true]),
        (&mei, Scope::Read, [true, false, false, false]),
        (&mei, Scope::Respond, [true, true, true, false]),
    ] {
        let token = house.token(owner, scope.as_str(), &[scope]).await;
        let program = house.service.actor_of_token(&token).await.unwrap();
        assert_eq!(acts.map(|act| program.may(act)), may, "{scope:?} of {}", owner.name);
    }
    let token = house.token(&mei, "shipper", &[Scope::Ingest]).await;
    let refused = house.service.actor_of_token(&token).await.unwrap_err();
    assert_eq!(refused.code(), "out_of_scope");
    assert!(refused.hint().unwrap().contains("--scope read"));
    let token = house.token(&mei, "both", &[Scope::Ingest, Scope::Read]).await;
    let both = house.service.actor_of_token(&token).await.unwrap();
    assert_eq!(acts.map(|act| both.may(act)), [true, true, false, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_lends_more_than_they_have() {
    let house = House::build().await;
    let service = &house.service;
    let (mei, _) = house.add("mei", Role::Responder).await;
    let (lin, _) = house.add("lin", Role::Viewer).await;
    for (actor, scope) in [(&mei, Scope::Admin), (&lin, Scope::Respond), (&lin, Scope::Ingest)] {
        let refused = service.add_api_token(actor, new("x", &[scope])).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden", "{scope:?}");
    }
    // A token makes no token that does more or lasts longer.
    let token = house.token(&house.root, "reader", &[Scope::Read]).await;
    let reader = service.actor_of_token(&token).await.unwrap();
    let refused = service.add_api_token(&reader, new("x", &[Scope::Admin])).await.unwrap_err();
    assert_eq!(refused.code(), "out_of_scope");
    let longer = NewApiToken {
        lasts: Some(SignedDuration::from_hours(91 * 24)),
        ..new("x", &[Scope::Read])
    };
    assert_eq!(service.add_api_token(&reader, longer).await.unwrap_err().code(), "invalid");
    let shorter =
        NewApiToken { lasts: Some(SignedDuration::from_hours(1)), ..new("x", &[Scope::Read]) };
    service.add_api_token(&reader, shorter).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_makes_no_sense_is_not_made() {
    let house = House::build().await;
    let make = async |new| house.service.add_api_token(&house.root, new).await;
    house.token(&house.root, "ci", &[Scope::Read]).await;
    let days = |days: i64| Some(SignedDuration::from_hours(days * 24));
    for (wrong, code) in [
        (new("ci", &[Scope::Read]), "conflict"),
        (new("", &[Scope::Read]), "invalid"),
        (new("a\nb", &[Scope::Read]), "invalid"),
        (new(&"a".repeat(65), &[Scope::Read]), "invalid"),
        (new("none", &[]), "invalid"),
        (NewApiToken { lasts: days(367), ..new("long", &[Scope::Read]) }, "invalid"),
        (NewApiToken { lasts: days(0), ..new("short", &[Scope::Read]) }, "invalid"),
    ] {
        let name = wrong.name.clone();
        assert_eq!(make(wrong).await.unwrap_err().code(), code, "{name}");
    }
    let nobody = make_by(&house, &Actor::claviger()).await;
    assert_eq!(nobody.code(), "conflict");
}

async fn make_by(house: &House, actor: &Actor) -> ServiceError {
    house.service.add_api_token(actor, new("x", &[Scope::Read])).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_use_of_a_token_is_noted_once_a_minute_and_the_token_nowhere() {
    let house = House::build().await;
    let token = house.token(&house.root, "ci", &[Scope::Read]).await;
    let used = async || house.service.api_tokens(&house.root).await.unwrap()[0].0.last_used_at;
    assert_eq!(used().await, None);
    assert!(house.is_known(&token).await);
    let first = used().await;
    assert!(first.is_some());
    assert!(house.is_known(&token).await);
    assert_eq!(used().await, first);
    for name in ["claviger.db", "claviger.db-wal"] {
        let bytes = std::fs::read(house.service.settings().data_dir.join(name));
        let bytes = bytes.unwrap_or_default();
        let kept = bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!kept, "{name} holds the token itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_token_is_worth_nothing_and_only_its_owner_or_an_admin_removes_it() {
    let house = House::build().await;
    let service = &house.service;
    let (mei, _) = house.add("mei", Role::Viewer).await;
    let (lin, _) = house.add("lin", Role::Viewer).await;
    let token = house.token(&mei, "ci", &[Scope::Read]).await;
    let id = service.api_tokens(&mei).await.unwrap()[0].0.id.to_string();
    assert!(service.api_tokens(&lin).await.unwrap().is_empty());
    for name in ["ci", id.as_str(), "", "'; DROP TABLE users --"] {
        let refused = service.remove_api_token(&lin, name).await.unwrap_err();
        assert_eq!(refused.code(), "not_found");
    }
    assert!(house.is_known(&token).await);
    assert_eq!(service.api_tokens(&house.root).await.unwrap()[0].1, "mei");
    service.remove_api_token(&house.root, &id).await.unwrap();
    assert!(!house.is_known(&token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changes_ones_own_password_by_the_old_one_alone() {
    let house = House::build().await;
    let service = &house.service;
    let (mei, session) = house.add("mei", Role::Viewer).await;
    let change = async |old: &str, new: &Secret| {
        service.change_password(&mei, (&password(old), new), FROM).await
    };
    let short = change("mei", &Secret::new("short".to_owned())).await.unwrap_err();
    assert!(matches!(short, ServiceError::Invalid { field: "new_password", .. }), "{short:?}");
    let another = password("another");
    let wrong = change("lin", &another).await.unwrap_err();
    assert!(matches!(wrong, ServiceError::Invalid { field: "old_password", .. }), "{wrong:?}");
    change("mei", &another).await.unwrap();
    assert!(!house.is_known(&session).await);
    let of = ("a made-up browser", FROM);
    let old = service.sign_in("mei", &password("mei"), SessionKind::Browser, of).await;
    assert_eq!(old.unwrap_err().code(), "not_signed_in");
    service.sign_in("mei", &another, SessionKind::Browser, of).await.unwrap();
    // Whoever sits at an open browser does not try passwords without end.
    let mut last = String::new();
    for _ in 0..8 {
        last = change("lin", &another).await.unwrap_err().code().to_owned();
    }
    assert_eq!(last, "too_many_tries");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sees_and_ends_ones_own_sessions_and_an_admin_everybodys() {
    let house = House::build().await;
    let service = &house.service;
    let (mei, here) = house.add("mei", Role::Viewer).await;
    let (_, elsewhere) = signed_in(service, "mei").await;
    let (_, third) = signed_in(service, "mei").await;
    let open = service.open_sessions(&mei, &here).await.unwrap();
    assert_eq!(open.len(), 3);
    let this: Vec<_> = open.iter().filter(|one| one.is_this).collect();
    assert_eq!(this.len(), 1);
    let session = &this[0].session;
    assert_eq!(session.address.as_deref(), Some("192.0.2.7"));
    assert_eq!(session.label, "a made-up browser");
    assert!(!here.contains(session.id()));
    let of_root = service.open_sessions(&house.root, "").await.unwrap();
    let of_root = of_root.iter().find(|one| one.user == "root").unwrap().session.id().to_owned();
    assert_eq!(service.end_session(&mei, &of_root).await.unwrap_err().code(), "not_found");
    let other = open.iter().find(|one| !one.is_this).unwrap().session.id().to_owned();
    service.end_session(&house.root, &other).await.unwrap();
    assert_eq!(service.end_other_sessions(&mei, &here).await.unwrap(), 1);
    assert!(house.is_known(&here).await);
    assert!(!house.is_known(&elsewhere).await && !house.is_known(&third).await);
    assert_eq!(service.open_sessions(&mei, &here).await.unwrap().len(), 1);
}
