//! The calls that change AWS, judged by moto: it knows their shapes, and with its authorization on it
//! enforces policies of users.

use claviger_cloud::{BucketRef, Cloud, Listed};
use claviger_model::{Acl, CloudKeyStatus, PublicAccessBlock, Secret};

use crate::moto_server::Moto;

#[tokio::test]
async fn what_changes_aws_is_understood_and_put_back() {
    let Some(moto) = Moto::start().await else { return };
    let admin = moto.cloud();
    keys(admin.as_ref()).await;
    policies(admin.as_ref()).await;
    let place =
        BucketRef { name: "claviger-bucket".to_owned(), region: String::new(), endpoint: None };
    admin.create_bucket(&place).await.unwrap();
    blocks(admin.as_ref(), &place).await;
    lists(admin.as_ref(), &place).await;
    crate::weed::folders(admin.as_ref(), &place).await;
    named_grants(admin.as_ref(), &place).await;
    stored(admin.as_ref()).await;
    versions(admin.as_ref(), &place, &moto).await;
}

async fn keys(admin: &dyn Cloud) {
    assert!(!admin.has_user("alice").await.unwrap());
    admin.create_user("alice").await.unwrap();
    assert!(admin.has_user("alice").await.unwrap());
    let (leaked, _) = admin.create_key("alice").await.unwrap();
    let (sibling, _) = admin.create_key("alice").await.unwrap();
    admin.set_key_status("alice", &leaked, CloudKeyStatus::Inactive).await.unwrap();
    let status = async |id| admin.key_status("alice", id).await.unwrap();
    assert_eq!(status(&leaked).await, Some(CloudKeyStatus::Inactive));
    admin.set_key_status("alice", &leaked, CloudKeyStatus::Active).await.unwrap();
    assert_eq!(status(&leaked).await, Some(CloudKeyStatus::Active));
    assert_eq!(admin.keys_of_user("alice").await.unwrap().len(), 2);
    admin.delete_key("alice", &leaked).await.unwrap();
    assert_eq!(status(&leaked).await, None);
    assert!(!admin.is_recycled("alice", &leaked).await.unwrap());
    assert_eq!(status(&sibling).await, Some(CloudKeyStatus::Active));
}

async fn policies(admin: &dyn Cloud) {
    let policy = async || admin.user_policy("alice", "claviger-deny").await.unwrap();
    assert_eq!(policy().await, None);
    for prefix in ["a b/%", "other/"] {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/{prefix}*"}}]}}"#
        );
        admin.set_user_policy("alice", "claviger-deny", &document).await.unwrap();
        assert_eq!(policy().await, Some(document));
    }
    admin.remove_user_policy("alice", "claviger-deny").await.unwrap();
    admin.remove_user_policy("alice", "claviger-deny").await.unwrap();
    assert_eq!(policy().await, None);
}

async fn blocks(admin: &dyn Cloud, place: &BucketRef) {
    let block = async || admin.public_access_block(Some(place)).await.unwrap();
    let half = PublicAccessBlock { block_public_acls: true, ..PublicAccessBlock::default() };
    for wanted in [Some(half), Some(PublicAccessBlock::all(true)), None] {
        admin.set_public_access_block(Some(place), wanted).await.unwrap();
        assert_eq!(block().await, wanted);
        admin.set_public_access_block(None, wanted).await.unwrap();
        assert_eq!(admin.public_access_block(None).await.unwrap(), wanted);
    }
}

async fn lists(admin: &dyn Cloud, place: &BucketRef) {
    admin.put_object(place, "o", b"hello".to_vec(), None).await.unwrap();
    for object in [None, Some("o")] {
        let of = Listed { bucket: place, object };
        admin.set_acl(of, Acl::PublicRead).await.unwrap();
        let before = admin.acl_document(of).await.unwrap();
        admin.set_acl(of, Acl::Private).await.unwrap();
        assert_eq!(admin.acl(of).await.unwrap(), Acl::Private);
        admin.restore_acl(of, &before).await.unwrap();
        assert_eq!(admin.acl(of).await.unwrap(), Acl::PublicRead);
        assert_eq!(admin.acl_document(of).await.unwrap(), before);
    }
}

/// A list with a grant to somebody by name is no ready-made one.
async fn named_grants(admin: &dyn Cloud, place: &BucketRef) {
    let of = Listed { bucket: place, object: None };
    admin.set_acl(of, Acl::Private).await.unwrap();
    let document = admin.acl_document(of).await.unwrap();
    let (head, tail) = document.split_once("<Grant>").unwrap();
    let (grant, rest) = tail.split_once("</Grant>").unwrap();
    let reader = grant.replace("FULL_CONTROL", "READ");
    let both = format!("{head}<Grant>{grant}</Grant><Grant>{reader}</Grant>{rest}");
    admin.restore_acl(of, &both).await.unwrap();
    let now = admin.acl_document(of).await.unwrap();
    assert_eq!(now.matches("<Grant>").count(), 2, "{now}");
    admin.restore_acl(of, &document).await.unwrap();
    assert_eq!(admin.acl_document(of).await.unwrap(), document);
}

/// A stored secret: made once, its versions handed out as they are asked for, and gone when deleted.
async fn stored(admin: &dyn Cloud) {
    let name = "app/key";
    let version = |number: u32| format!("pln-0000000000000000000000000000{number:04}");
    let value = |text: &str| Secret::new(text.to_owned());
    let current = async || admin.stored_secret(name).await.unwrap().and_then(|one| one.current);
    assert_eq!(admin.stored_secret(name).await.unwrap(), None);
    admin.create_stored(name, &version(1), &value("one")).await.unwrap();
    for _ in 0..2 {
        admin.store_value(name, &version(2), &value("two é\"")).await.unwrap();
        assert_eq!(current().await, Some(version(2)));
    }
    let read = admin.stored_value(name, &version(2)).await.unwrap();
    assert_eq!(read.reveal(), "two é\"");
    admin.hand_out(name, &version(1), &version(2)).await.unwrap();
    assert_eq!(current().await, Some(version(1)));
    assert_eq!(admin.stored_value(name, &version(1)).await.unwrap().reveal(), "one");
    admin.delete_stored(name).await.unwrap();
    assert_eq!(admin.stored_secret(name).await.unwrap(), None);
}

async fn versions(admin: &dyn Cloud, place: &BucketRef, moto: &Moto) {
    let name = "a b+c/ü.txt";
    admin.put_object(place, name, b"unversioned".to_vec(), None).await.unwrap();
    let one = admin.object_versions(place, name).await.unwrap();
    assert_eq!((one.len(), one[0].is_latest), (1, true), "{one:?}");
    moto.keep_versions(&place.name);
    admin.put_object(place, name, b"second".to_vec(), None).await.unwrap();
    admin.put_object(place, "a b+c/ü.txt.more", b"other".to_vec(), None).await.unwrap();
    admin.delete_object(place, name).await.unwrap();
    let all = admin.object_versions(place, name).await.unwrap();
    assert_eq!(all.iter().filter(|version| version.is_marker).count(), 1, "{all:?}");
    let contents: Vec<_> = all.iter().filter(|version| !version.is_marker).collect();
    assert_eq!(contents.len(), 2, "{all:?}");
    let second = contents.iter().find(|version| version.bytes == 6).unwrap();
    let read = admin.read_version(place, name, &second.id, 0..100).await.unwrap();
    assert_eq!(read, b"second");
    for version in &contents {
        admin.delete_version(place, name, &version.id).await.unwrap();
    }
    let left = admin.object_versions(place, name).await.unwrap();
    assert!(left.iter().all(|version| version.is_marker), "{left:?}");
    assert!(admin.head_object(place, "a b+c/ü.txt.more").await.unwrap().is_some());
}
