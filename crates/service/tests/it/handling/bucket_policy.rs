//! Plans that deny in the policy of a bucket, and leave alone what others wrote there.

use claviger_model::Ask;

use super::{Leak, with_a_file};
use crate::stage::{BUCKET, bucket};

/// A policy of somebody else's, which Claviger keeps.
const THEIRS: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Principal":["*"],"Action":["oss:GetObject"],"Resource":["acs:oss:*:*:examplebucket/open/*"]}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_of_a_bucket_denies_one_user_and_keeps_what_stood_there() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let (owner, place) = (leak.stage.owner(), bucket(BUCKET));
    let theirs = THEIRS.replace("examplebucket", BUCKET);
    let ask = |addresses: &[&str], prefixes: &[&str]| Ask::DenyBucket {
        bucket: BUCKET.to_owned(),
        addresses: addresses.iter().map(|one| (*one).to_owned()).collect(),
        prefixes: prefixes.iter().map(|one| (*one).to_owned()).collect(),
    };
    for stood in [None, Some(theirs.as_str())] {
        owner.set_bucket_policy(&place, stood).await.unwrap();
        for (ask, opens) in [
            (ask(&["203.0.113.7"], &[]), false),
            (ask(&["127.0.0.0/8"], &[]), true),
            (ask(&[], &["secret/"]), true),
            (ask(&[], &["open"]), false),
        ] {
            let plan = leak.carry_out(ask).await;
            assert_eq!(leak.opens().await, opens, "{plan:#?}");
            assert!(owner.read_object(&place, "open.txt", 0..10).await.is_ok());
            leak.take_back(&plan).await;
            assert!(leak.opens().await);
            let now = owner.bucket_policy(&place).await.unwrap();
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(now.as_deref().map(read), stood.map(read));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_into_a_buckets_policy_meanwhile_stays() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let (owner, place) = (leak.stage.owner(), bucket(BUCKET));
    let (bucket, addresses) = (BUCKET.to_owned(), vec!["203.0.113.7".to_owned()]);
    let plan = leak.carry_out(Ask::DenyBucket { bucket, addresses, prefixes: Vec::new() }).await;
    let now = owner.bucket_policy(&place).await.unwrap().unwrap();
    let theirs = THEIRS.replace("examplebucket", BUCKET);
    let (_, theirs_alone) = theirs.split_once('[').unwrap();
    let one = theirs_alone.strip_suffix("]}").unwrap();
    let both = now.replacen("\"Statement\":[", &format!("\"Statement\":[{one},"), 1);
    owner.set_bucket_policy(&place, Some(&both)).await.unwrap();
    leak.take_back(&plan).await;
    let left = owner.bucket_policy(&place).await.unwrap().unwrap();
    assert!(left.contains("Allow") && !left.contains("Deny"), "{left}");
    assert!(leak.opens().await);
}
