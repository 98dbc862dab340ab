//! Laws of watched repositories: how far each was read, and what stands in it.

use claviger_model::{CodePlace, EvidenceState, RepositoryId, RepositoryScan, WatchedRepository};
use claviger_store::repositories::Progress;
use claviger_store::{Sighting, Store, evidence, repositories, repository_sightings};

use crate::sample::{at, evidence as sample, risk_event};

fn repository(name: &str) -> WatchedRepository {
    let address = format!("git+https://code.acme.cn/acme/{name}.git");
    WatchedRepository {
        id: RepositoryId::derived(&[&address]),
        name: name.to_owned(),
        address,
        public: true,
        login: Some("git".to_owned()),
        interval_seconds: 3600,
        created_by: "mei".to_owned(),
        created_at: at(1),
        scan: RepositoryScan::default(),
    }
}

pub(crate) async fn a_repository_goes_on_where_it_was_read_to(store: Store) {
    let mut c = store.write().await.unwrap();
    let one = repository("shop");
    repositories::insert(&mut c, &one, Some("sealed")).await.unwrap();
    for named in ["shop", one.id.as_str(), &one.address] {
        assert_eq!(repositories::find(&mut c, named).await.unwrap(), Some(one.clone()));
    }
    assert_eq!(repositories::sealed(&mut c, &one.id).await.unwrap().as_deref(), Some("sealed"));
    let early = Progress::default();
    assert!(!repositories::note_progress(&mut c, &one.id, &[], &early).await.unwrap());
    assert_eq!(repositories::begin(&mut c, &one.id).await.unwrap(), Vec::<String>::new());
    let read = Progress { commits: 2, blobs: 3, unread: 1, unread_why: Some("damaged".to_owned()) };
    let heads = ["aa".to_owned(), "bb".to_owned()];
    assert!(repositories::note_progress(&mut c, &one.id, &heads, &read).await.unwrap());
    let rest = Progress { commits: 1, ..Progress::default() };
    assert!(repositories::note_progress(&mut c, &one.id, &heads, &rest).await.unwrap());
    repositories::note_failure(&mut c, &one.id, "gone", at(5)).await.unwrap();
    repositories::note_failure(&mut c, &one.id, "still gone", at(6)).await.unwrap();
    let known = repositories::find(&mut c, "shop").await.unwrap().unwrap().scan;
    assert_eq!((known.commits, known.blobs, known.unread), (3, 3, 1));
    assert_eq!(known.unread_why.as_deref(), Some("damaged"));
    assert_eq!((known.failure.as_deref(), known.failing_since), (Some("still gone"), Some(at(5))));
    // Who asks while it is read has it read once more: that run ends.
    repositories::look_again(&mut c, &one.id).await.unwrap();
    assert!(!repositories::note_progress(&mut c, &one.id, &[], &rest).await.unwrap());
    assert_eq!(repositories::begin(&mut c, &one.id).await.unwrap(), heads);
    repositories::note_scanned(&mut c, &one.id, "0123", at(7)).await.unwrap();
    let known = repositories::find(&mut c, "shop").await.unwrap().unwrap().scan;
    assert_eq!((known.tip.as_deref(), known.scanned_at), (Some("0123"), Some(at(7))));
    assert_eq!((known.failure, known.failing_since), (None, None));
    repositories::forget_walked(&mut c, &one.id).await.unwrap();
    assert_eq!(repositories::begin(&mut c, &one.id).await.unwrap(), Vec::<String>::new());
    let known = repositories::find(&mut c, "shop").await.unwrap().unwrap().scan;
    assert_eq!((known.tip, known.blobs), (None, 0));
    assert!(repositories::remove(&mut c, &one.id).await.unwrap());
    assert!(!repositories::note_progress(&mut c, &one.id, &heads, &read).await.unwrap());
    assert_eq!(repositories::list(&mut c).await.unwrap(), []);
}

pub(crate) async fn evidence_stands_while_a_content_holds_it(store: Store) {
    let mut c = store.write().await.unwrap();
    let one = repository("shop");
    repositories::insert(&mut c, &one, None).await.unwrap();
    let place = CodePlace {
        repository_id: one.id.clone(),
        repository: one.address.clone(),
        file: Some("a.env".to_owned()),
        author: "Li Wei <li.wei@acme.cn>".to_owned(),
        commit: "c1".to_owned(),
    };
    let event = risk_event("LTAI01");
    let found = claviger_model::Evidence { code: Some(place.clone()), ..sample(&event, "a.env") };
    evidence::upsert(&mut c, &found, at(1)).await.unwrap();
    assert_eq!(evidence::get(&mut c, &found.id).await.unwrap(), Some(found.clone()));
    let moved = CodePlace { commit: "c2".to_owned(), ..place };
    evidence::set_code(&mut c, &found.id, &moved, Some("https://code.acme.cn/")).await.unwrap();
    let known = evidence::get(&mut c, &found.id).await.unwrap().unwrap();
    assert_eq!((known.code, known.link.as_deref()), (Some(moved), Some("https://code.acme.cn/")));

    let seen = |blob: &str, commit: &str| Sighting {
        evidence_id: found.id.clone(),
        blob: blob.to_owned(),
        commit: commit.to_owned(),
    };
    for sighting in [seen("b1", "c1"), seen("b2", "c2"), seen("b1", "c3")] {
        repository_sightings::put(&mut c, &one.id, &sighting).await.unwrap();
    }
    let standing = repository_sightings::standing(&mut c, &one.id).await.unwrap();
    assert_eq!(standing, [seen("b1", "c3"), seen("b2", "c2")]);
    assert_eq!(repository_sightings::deleted(&mut c, &one.id).await.unwrap(), []);
    evidence::set_state(&mut c, &found.id, EvidenceState::Deleted, at(2)).await.unwrap();
    assert_eq!(repository_sightings::deleted(&mut c, &one.id).await.unwrap(), standing);
    repository_sightings::forget_commit(&mut c, &one.id, "c3").await.unwrap();
    let left = repository_sightings::deleted(&mut c, &one.id).await.unwrap();
    assert_eq!(left, [seen("b2", "c2")]);
    evidence::set_state(&mut c, &found.id, EvidenceState::Disposed, at(2)).await.unwrap();
    assert_eq!(repository_sightings::standing(&mut c, &one.id).await.unwrap(), []);
}
