//! The smallest policy of each source that is read with a connection: with it the source is read, and without any one
//! of its rights the source says which, with a policy that grants it; the test of the connection says the same.

use claviger_cloud::{Ability, Pulled, policy_of_rights, rights_for};
use claviger_model::{Connection, ConnectionId, Feed, Provider, Secret};
use claviger_service::{Actor, NewConnection, NewSource, SourceView, Verdict};

use super::stage::{KEEPER, Stage, until};

const POLICY: &str = "claviger-rights";

/// Gives the user that Claviger connects as this policy and no other.
async fn grant(stage: &Stage, policy: &str) {
    let owner = stage.owner();
    owner.create_policy(POLICY, policy).await.unwrap();
    owner.attach_policy(KEEPER, claviger_cloud::PolicyOwner::Account, POLICY).await.unwrap();
}

async fn source(stage: &Stage, name: &str) -> SourceView {
    let all = stage.service.sources().await.unwrap();
    all.into_iter().find(|view| view.name == name).unwrap()
}

async fn add(stage: &Stage, name: &str, feed: Feed, connection: &ConnectionId) {
    let new = NewSource {
        name: name.to_owned(),
        feed,
        log_format: None,
        connection_id: Some(connection.clone()),
        secret: None::<Secret>,
    };
    stage.service.add_source(&Actor::claviger(), new).await.unwrap();
}

/// The number of the account stands in the name of its project.
async fn project(stage: &Stage) -> String {
    let trail = claviger_cloud::Trail {
        endpoint: Some(stage.sandbox.endpoints().ram.clone()),
        region: None,
    };
    let now = jiff::Timestamp::now();
    let between = (now - jiff::SignedDuration::from_hours(1), now);
    let page = stage.owner().lookup_events(&trail, between, None).await.unwrap();
    let account = page.events[0]["recipientAccountId"].as_str().unwrap().to_owned();
    format!("oss-log-{account}-{}", stage.sandbox.region())
}

/// The AWS half, where S3's permissions are those of OSS.
async fn connect_aws(
    stage: &Stage,
    (id, secret): (claviger_model::AccessKeyId, Secret),
) -> Connection {
    let endpoints = stage.sandbox.endpoints();
    let new = NewConnection {
        name: "account".to_owned(),
        provider: Provider::Aws,
        region: "eu-central-1".to_owned(),
        endpoint: Some(endpoints.s3.clone()),
        accounts_endpoint: Some(endpoints.aws.clone()),
        credentials: Some(claviger_service::GivenCredentials::Key {
            access_key_id: id,
            secret,
            security_token: None,
        }),
        idempotency_key: None,
    };
    stage.service.connect(&stage.actor, new).await.unwrap()
}

/// Verdict and answer of each try of a right of sources.
async fn tried(stage: &Stage, connection: &Connection) -> Vec<(&'static str, Verdict, String)> {
    let trial = stage.service.capabilities(&connection.id).await.unwrap();
    let is_source = |right: &str| right.starts_with("log:") || right.ends_with(":LookupEvents");
    let all = trial.capabilities.into_iter().filter(|one| is_source(one.right));
    all.map(|one| (one.right, one.verdict, one.answer.unwrap_or_default())).collect()
}

/// Each right of a source is missed where it is taken away, by the source and by the test; with all it is read.
async fn needs_each_right(stage: &Stage, connection: &Connection, name: &str, pulled: &Pulled) {
    let (provider, abilities) = (connection.provider, [Ability::Read(pulled.clone())]);
    let needed = rights_for(provider, &abilities);
    let needed: Vec<_> = needed
        .into_iter()
        .map(|mut right| {
            // The practice cloud has one name for what both halves read of buckets.
            if right.name == "s3:ListAllMyBuckets" {
                right.name = "oss:ListBuckets";
            }
            right
        })
        .collect();
    for left_out in pulled.rights(provider) {
        let without: Vec<_> = needed.iter().filter(|one| **one != left_out).cloned().collect();
        grant(stage, &policy_of_rights(provider_of_policies(), &without)).await;
        let hint = until("the source says what it lacks", async || {
            let progress = source(stage, name).await.progress?;
            let (failure, _) = progress.failure?;
            let names = format!("allow `{}` to the ", left_out.name);
            failure.hint.filter(|hint| hint.starts_with(&names) && failure.code == "denied")
        })
        .await;
        let (_, policy) = hint.split_once("is granted by ").unwrap();
        assert_eq!(policy, pulled.policy(provider));
        let all = tried(stage, connection).await;
        let refused = all.iter().filter(|(_, verdict, _)| *verdict == Verdict::Refused);
        let refused: Vec<&str> = refused.map(|(right, _, _)| *right).collect();
        assert!(!refused.is_empty() && refused.iter().all(|one| *one == left_out.name), "{all:?}");
        let trial = stage.service.capabilities(&connection.id).await.unwrap();
        let missing = trial.missing.unwrap();
        assert!(missing.rights.contains(&left_out.name), "{missing:?}");
        let place = left_out.resource.as_deref().unwrap_or("\"*\"");
        assert!(missing.policy.contains(place), "{}", missing.policy);
    }
    grant(stage, &policy_of_rights(provider_of_policies(), &needed)).await;
    until("the source is read", async || {
        let progress = source(stage, name).await.progress?;
        (progress.failure.is_none() && progress.lines > 0).then_some(())
    })
    .await;
    // The source asks, too: now and then both together ask more often than the service lets them.
    until("the test says so", async || {
        let all = tried(stage, connection).await;
        let is_own = |right: &str| pulled.rights(provider).iter().any(|own| own.name == right);
        let own: Vec<_> = all.iter().filter(|(right, _, _)| is_own(right)).collect();
        let is_allowed = own.iter().all(|(_, verdict, _)| *verdict == Verdict::Allowed);
        (!own.is_empty() && is_allowed).then_some(())
    })
    .await;
}

/// Whose grammar the policies of the practice cloud have, on both halves.
fn provider_of_policies() -> Provider {
    Provider::Aliyun
}

#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_policy_of_each_source_of_alibaba_cloud_is_enough_and_no_right_is_too_much() {
    let stage = Stage::set().await;
    let project = project(&stage).await;
    let keeper = stage.keeper(&[]).await;
    grant(&stage, &policy_of_rights(Provider::Aliyun, &rights_for(Provider::Aliyun, &[]))).await;
    let connection = stage.connect(keeper).await;
    let before = tried(&stage, &connection).await;
    assert_eq!(before.len(), 3);
    for (right, verdict, why) in before {
        assert_eq!(verdict, Verdict::NotTried, "{right}");
        assert!(why.contains("claviger sources add"), "{why}");
    }
    let endpoints = stage.sandbox.endpoints().clone();
    let feed = Feed::ActionTrail { endpoint: Some(endpoints.ram) };
    let pulled = Pulled::of(&feed).unwrap();
    add(&stage, "trail", feed, &connection.id).await;
    needs_each_right(&stage, &connection, "trail", &pulled).await;
    stage.service.remove_source(&stage.actor, "trail").await.unwrap();
    let (endpoint, logstore) = (Some(endpoints.sls), "oss-log-store".to_owned());
    let feed = Feed::Sls { endpoint, project, logstore };
    let pulled = Pulled::of(&feed).unwrap();
    add(&stage, "live", feed, &connection.id).await;
    needs_each_right(&stage, &connection, "live", &pulled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_policy_of_cloudtrail_is_enough_and_less_is_refused_and_named() {
    let stage = Stage::set().await;
    let keeper = stage.keeper(&[]).await;
    grant(&stage, &claviger_cloud::policy_of(Provider::Aliyun, &["oss:ListBuckets"])).await;
    let connection = connect_aws(&stage, keeper).await;
    let feed = Feed::CloudTrail { endpoint: None };
    let pulled = Pulled::of(&feed).unwrap();
    add(&stage, "trail", feed, &connection.id).await;
    needs_each_right(&stage, &connection, "trail", &pulled).await;
    let regions = stage.service.capabilities(&connection.id).await.unwrap().capabilities;
    let regions = regions.into_iter().filter(|one| one.right == "cloudtrail:LookupEvents");
    let regions: Vec<String> = regions.filter_map(|one| one.on).collect();
    assert_eq!(regions, ["eu-central-1", "us-east-1"]);
}
