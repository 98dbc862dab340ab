//! Laws of users whom a provider of single sign-on knows.

use claviger_store::{Role, Store, identities, users};

use crate::sample::{at, user};

pub(crate) async fn a_user_of_a_provider_is_found_by_issuer_and_subject(store: Store) {
    let mut c = store.write().await.unwrap();
    let (anna, ben) = (user("anna"), user("ben"));
    users::insert(&mut c, &anna).await.unwrap();
    users::insert(&mut c, &ben).await.unwrap();
    let of = ("https://id.example.com", "7f3a");
    identities::insert(&mut c, of, &anna.id, at(1)).await.unwrap();
    assert_eq!(identities::user_of(&mut c, of).await.unwrap(), Some(anna.clone()));
    for other in [("https://id.example.com", "7F3A"), ("https://id.example.org", "7f3a")] {
        assert_eq!(identities::user_of(&mut c, other).await.unwrap(), None);
    }
    let issuer = identities::issuer_of(&mut c, &anna.id).await.unwrap();
    assert_eq!(issuer.as_deref(), Some("https://id.example.com"));
    assert_eq!(identities::issuer_of(&mut c, &ben.id).await.unwrap(), None);
    users::set_role(&mut c, &anna.id, Role::Admin).await.unwrap();
    assert_eq!(users::by_id(&mut c, &anna.id).await.unwrap().unwrap().role, Role::Admin);
    assert_eq!(users::by_id(&mut c, &ben.id).await.unwrap().unwrap().role, Role::Responder);
    c.commit().await.unwrap();
    let mut c = store.write().await.unwrap();
    assert!(identities::insert(&mut c, of, &ben.id, at(2)).await.unwrap_err().is_conflict());
}
