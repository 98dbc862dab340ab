//! The smallest policy of each action: with it the action works and is taken back, and without any one of its
//! rights it does not.

use claviger_cloud::{Cloud, CloudError, Credentials, Listed, PolicyOwner, policy_of, rights};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{
    Acl, Action, Ask, CloudKeyStatus, GivenPair, Provider, PublicAccessBlock, Secret,
};

use super::attempt::Attempt;
use super::handling::Leak;
use super::stage::{BUCKET, KEEPER, Stage, USER, bucket};

const POLICY: &str = "claviger-rights";

/// What the actions leave behind, put back by the account itself, and what one needs beforehand.
async fn put_back(leak: &Leak, ask: &Ask) {
    let (owner, key, place) = (leak.stage.owner(), &leak.pair.0, bucket(BUCKET));
    if owner.key_status(USER, key).await.unwrap().is_none() {
        owner.restore_key(USER, key).await.unwrap();
    }
    owner.set_key_status(USER, key, CloudKeyStatus::Active).await.unwrap();
    owner.set_key_restriction(USER, key, None).await.unwrap();
    owner.remove_user_policy(USER, &format!("claviger-deny-{key}")).await.unwrap();
    owner.set_bucket_policy(&place, None).await.unwrap();
    owner.set_acl(Listed { bucket: &place, object: None }, Acl::Private).await.unwrap();
    let (id, secret) = (&leak.pair.0, leak.pair.1.reveal());
    let text = format!("AccessKeyId: {id}\nAccessKeySecret: {secret}\n");
    owner.put_object(&place, "test.txt", text.into_bytes(), None).await.unwrap();
    for of in [None, Some(&place)] {
        owner.set_public_access_block(of, Some(PublicAccessBlock::all(false))).await.unwrap();
    }
    for other in owner.keys_of_user(USER).await.unwrap() {
        if other.access_key_id != *key {
            owner.delete_key(USER, &other.access_key_id).await.unwrap();
        }
    }
    let hosted = owner.managed_secret(USER).await.unwrap();
    match (hosted, ask.action()) {
        (None, Action::RotateManaged) => {
            let (access_key_id, secret) = leak.pair.clone();
            let pairs = [GivenPair { access_key_id, secret }];
            owner.host_secret(USER, &pairs, "made-up-first-version").await.unwrap();
        }
        (Some(hosted), Action::HostManaged) => owner.release_secret(&hosted.name).await.unwrap(),
        _ => {}
    }
}

/// Gives the user that Claviger connects as these rights and no others.
pub(crate) async fn grant(stage: &Stage, rights: &[&str]) {
    let owner = stage.owner();
    owner.create_policy(POLICY, &policy_of(Provider::Aliyun, rights)).await.unwrap();
    owner.attach_policy(KEEPER, PolicyOwner::Account, POLICY).await.unwrap();
}

/// Carries an action out and takes it back, or says what refused it.
async fn works(leak: &Leak, ask: &Ask) -> Result<(), String> {
    let (service, actor) = (&leak.stage.service, &leak.stage.actor);
    Attempt { service, actor, event: &leak.event.id, key: &leak.pair.0 }.of(ask).await
}

/// Rights that an undo needs only where a policy of that name stood, or a block had never been set.
const SOMETIMES: [&str; 5] = [
    "ram:CreatePolicyVersion",
    "ram:ListPolicyVersions",
    "ram:DeletePolicyVersion",
    "oss:DeleteBucketPublicAccessBlock",
    "oss:DeletePublicAccessBlock",
];

/// Each right that an action needs beside those for reading is missed and named where it is taken away; with all
/// of them the action works.
async fn needs_each_right(leak: &Leak, ask: &Ask) {
    let (reading, action) = (rights(Provider::Aliyun, &[]), ask.action());
    let needed = rights(Provider::Aliyun, &[action]);
    let spare = needed.iter().filter(|right| !reading.contains(right));
    let mut tried = 0;
    for left_out in spare.filter(|right| !SOMETIMES.contains(right)) {
        put_back(leak, ask).await;
        let without: Vec<&str> = needed.iter().copied().filter(|right| right != left_out).collect();
        grant(&leak.stage, &without).await;
        let worked = works(leak, ask).await;
        let Err(why) = worked else { panic!("{action:?} works without {left_out}") };
        assert!(
            why.contains(&format!("`{left_out}`")),
            "{action:?}: {left_out} is not named: {why}"
        );
        tried += 1;
    }
    assert!(tried > 0, "{action:?} needs no right of its own");
    put_back(leak, ask).await;
    grant(&leak.stage, &needed).await;
    let worked = works(leak, ask).await;
    assert!(worked.is_ok(), "{action:?} does not work with its policy: {worked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_policy_of_an_action_is_enough_and_no_right_of_it_is_too_much() {
    let leak = Leak::found_by_keeper(&rights(Provider::Aliyun, &[])).await;
    let (bucket, object) = (|| BUCKET.to_owned(), || "test.txt".to_owned());
    let addresses = || vec!["203.0.113.7".to_owned()];
    let (access_key_id, secret) = leak.pair.clone();
    for ask in [
        Ask::Disable,
        Ask::Delete,
        Ask::RestrictNetwork { addresses: addresses() },
        Ask::DenyPolicy { addresses: addresses(), prefixes: Vec::new() },
        Ask::DenyBucket { bucket: bucket(), addresses: addresses(), prefixes: Vec::new() },
        Ask::BucketAcl { bucket: bucket(), acl: Acl::PublicRead },
        Ask::BlockPublicAccess { bucket: bucket() },
        Ask::BlockAccountPublicAccess,
        Ask::ObjectAcl { bucket: bucket(), object: object(), acl: Acl::Private },
        Ask::DeleteFile { bucket: bucket(), object: object() },
        Ask::Rotate { quiet_seconds: 0, keep_seconds: 3600 },
        Ask::HostManaged { pairs: vec![GivenPair { access_key_id, secret }] },
        // The old pair is deleted by KMS for good: it comes last.
        Ask::RotateManaged { disable_first: Some(true) },
    ] {
        needs_each_right(&leak, &ask).await;
    }
}

/// Everything that the two actions ask of an AWS account beside IAM, in their order. Whether all of it is let do.
async fn account_is_open_to(cloud: &dyn Cloud) -> Result<(), CloudError> {
    let version = |number: u32| format!("made-up-version-of-the-tests-{number:04}");
    let value = |text: &str| Secret::new(text.to_owned());
    let (name, one, two) = ("app/s3", version(1), version(2));
    if cloud.stored_secret(name).await?.is_none() {
        cloud.create_stored(name, &one, &value("one")).await?;
    }
    cloud.store_value(name, &two, &value("two")).await?;
    assert_eq!(cloud.stored_value(name, &two).await?.reveal(), "two");
    cloud.hand_out(name, &one, &two).await?;
    assert_eq!(cloud.stored_secret(name).await?.unwrap().current, Some(one));
    cloud.delete_stored(name).await?;
    let closed = Some(PublicAccessBlock::all(true));
    cloud.set_public_access_block(None, closed).await?;
    assert_eq!(cloud.public_access_block(None).await?, closed);
    cloud.set_public_access_block(None, None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_policy_of_an_aws_account_is_enough_and_no_right_of_it_is_too_much() {
    let stage = Stage::set().await;
    let (id, secret) = stage.keeper(&[]).await;
    let guard = Guard::new(GuardSettings {
        allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
        ..GuardSettings::default()
    });
    let endpoints = stage.sandbox.endpoints();
    let settings = claviger_cloud::Settings {
        provider: Provider::Aws,
        region: stage.sandbox.region().to_owned(),
        endpoint: Some(endpoints.s3.clone()),
        accounts_endpoint: Some(endpoints.aws.clone()),
        credentials: Some(Credentials {
            access_key_id: id.as_str().to_owned(),
            secret,
            security_token: None,
        }),
    };
    let cloud = claviger_cloud::connect(settings, &guard.unwrap()).unwrap();
    let needed = rights(Provider::Aws, &[Action::RotateStored, Action::BlockAccountPublicAccess]);
    let own = |right: &&str| {
        right.starts_with("secretsmanager:")
            || right.contains(":PutAccount")
            || right.contains(":GetAccount")
    };
    let needed: Vec<&str> = needed.into_iter().filter(own).collect();
    assert_eq!(needed.len(), 8, "{needed:?}");
    for left_out in &needed {
        let without: Vec<&str> = needed.iter().copied().filter(|one| one != left_out).collect();
        grant(&stage, &without).await;
        let refused = account_is_open_to(cloud.as_ref()).await.unwrap_err();
        assert!(matches!(refused, CloudError::Denied(_)), "without {left_out}: {refused:?}");
        assert!(
            refused.to_string().contains(left_out) || format!("{refused:?}").contains(left_out)
        );
    }
    grant(&stage, &needed).await;
    account_is_open_to(cloud.as_ref()).await.unwrap();
}
