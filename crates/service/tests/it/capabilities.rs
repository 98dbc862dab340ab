//! The test of a connection: with the policy for reading every call is carried out, and without any one of its rights
//! that right is named.

use claviger_cloud::{BucketRef, Reading, rights};
use claviger_model::Provider;
use claviger_service::{Service, Trial, Verdict};

use super::enforcing::{Account, NOT_TOLD_APART};
use super::rights::grant;
use super::stage::{Stage, settings};

const BUCKET: &str = "claviger-bucket";

/// Which rights have this verdict.
fn those(trial: &Trial, verdict: Verdict) -> Vec<&'static str> {
    let all = trial.capabilities.iter().filter(|one| one.verdict == verdict);
    all.map(|one| one.right).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_of_a_connection_names_each_right_that_is_missing_with_the_policy_that_grants_it()
{
    let stage = Stage::set().await;
    let keeper = stage.keeper(&[]).await;
    let reading = rights(Provider::Aliyun, &[]);
    grant(&stage, &reading).await;
    let connection = stage.connect(keeper).await;
    let tried = async || stage.service.capabilities(&connection.id).await.unwrap();
    let all = tried().await;
    assert_eq!(those(&all, Verdict::Allowed).len(), reading.len(), "{all:#?}");
    assert!(all.missing.is_none());
    for left_out in &reading {
        let without: Vec<&str> = reading.iter().copied().filter(|one| one != left_out).collect();
        grant(&stage, &without).await;
        let trial = tried().await;
        assert_eq!(those(&trial, Verdict::Refused), [*left_out], "{trial:#?}");
        let missing = trial.missing.unwrap();
        assert_eq!(missing.rights, [*left_out]);
        assert!(missing.policy.contains(left_out), "{}", missing.policy);
        let answer = trial.capabilities.iter().find(|one| one.right == *left_out).unwrap();
        let hint = answer.answer.as_deref().unwrap();
        assert!(hint.contains(&format!("allow `{left_out}`")), "{hint}");
    }
}

/// moto is the judge: it asks for the rights by AWS's names, and refuses by its own code.
#[tokio::test(flavor = "multi_thread")]
async fn the_policy_for_reading_is_enough_for_moto_and_each_right_of_it_is_missed() {
    let bucket = BucketRef { name: BUCKET.to_owned(), region: String::new(), endpoint: None };
    let account = Account::open(async |owner| {
        owner.create_bucket(&bucket).await.unwrap();
        owner.put_object(&bucket, "o", b"made up".to_vec(), None).await.unwrap();
        owner.create_user("alice").await.unwrap();
        owner.create_key("alice").await.unwrap();
    });
    let Some(account) = account.await else { return };
    let reading = rights(Provider::Aws, &[]);
    account.grant(&reading).await;
    let folder = tempfile::tempdir().unwrap();
    let service = Service::open(settings(folder.path())).await.unwrap();
    let id = account.connect(&service).await;
    let all = service.capabilities(&id).await.unwrap();
    assert_eq!(those(&all, Verdict::Allowed).len(), reading.len(), "{all:#?}");
    let (same, other) = NOT_TOLD_APART;
    for left_out in &reading {
        // Two rights that moto does not tell apart are missed together.
        let mut expected = vec![*left_out];
        if [same, other].contains(left_out) {
            expected = vec![same, other];
        }
        let mut without = reading.clone();
        without.retain(|one| !expected.contains(one));
        account.grant(&without).await;
        let trial = service.capabilities(&id).await.unwrap();
        assert_eq!(those(&trial, Verdict::Refused), expected, "{trial:#?}");
    }
    account.grant(&[]).await;
    let none = service.capabilities(&id).await.unwrap();
    let buckets = Reading::Buckets.right(Provider::Aws).unwrap();
    assert!(those(&none, Verdict::Refused).contains(&buckets));
    assert!(!those(&none, Verdict::NotTried).is_empty(), "without buckets the rest is not tried");
}
