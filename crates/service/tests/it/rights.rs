//! The smallest policy of each action: with it the action works and is taken back, and without any one of its
//! rights it does not.

use claviger_cloud::{Cloud, CloudError, Credentials, Listed, PolicyOwner, policy_of, rights};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{
    Acl, Action, Ask, CloudKeyStatus, Language, PlanState, Provider, PublicAccessBlock, Secret,
};

use super::handling::Leak;
use super::stage::{BUCKET, KEEPER, Stage, USER, bucket, until};

const POLICY: &str = "claviger-rights";

/// What the actions leave behind, put back by the account itself.
async fn put_back(leak: &Leak) {
    let (owner, key, place) = (leak.stage.owner(), &leak.pair.0, bucket(BUCKET));
    if owner.key_status(USER, key).await.unwrap().is_none() {
        owner.restore_key(USER, key).await.unwrap();
    }
    owner.set_key_status(USER, key, CloudKeyStatus::Active).await.unwrap();
    owner.set_key_restriction(USER, key, None).await.unwrap();
    owner.remove_user_policy(USER, &format!("claviger-deny-{key}")).await.unwrap();
    owner.set_bucket_policy(&place, None).await.unwrap();
    owner.set_acl(Listed { bucket: &place, object: None }, Acl::Private).await.unwrap();
    let object = Some("test.txt");
    owner.set_acl(Listed { bucket: &place, object }, Acl::Default).await.unwrap();
    for of in [None, Some(&place)] {
        owner.set_public_access_block(of, Some(PublicAccessBlock::all(false))).await.unwrap();
    }
}

/// Gives the user that Claviger connects as these rights and no others.
pub(crate) async fn grant(stage: &Stage, rights: &[&str]) {
    let owner = stage.owner();
    owner.create_policy(POLICY, &policy_of(Provider::Aliyun, rights)).await.unwrap();
    owner.attach_policy(KEEPER, PolicyOwner::Account, POLICY).await.unwrap();
}

/// Carries an action out and takes it back. Whether all of that went well.
async fn works(leak: &Leak, ask: &Ask) -> bool {
    let (service, actor, event) = (&leak.stage.service, &leak.stage.actor, &leak.event.id);
    let Ok(plan) = service.draft_plan(actor, event, ask, Language::English).await else {
        return false;
    };
    let ended = async || {
        until("the plan ends", async || {
            let state = service.plan(&plan.id).await.unwrap().state;
            let runs = matches!(state, PlanState::Confirmed | PlanState::Undoing);
            (!runs).then_some(state)
        })
        .await
    };
    let typed = Some(leak.pair.0.as_str());
    service.confirm_plan(actor, &plan.id, typed).await.unwrap();
    if ended().await != PlanState::Done {
        return false;
    }
    if plan.steps.iter().any(|step| step.undo.is_none()) {
        return true;
    }
    service.undo_plan(actor, &plan.id).await.unwrap();
    ended().await == PlanState::Undone
}

#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_policy_of_an_action_is_enough_and_no_right_of_it_is_too_much() {
    let leak = Leak::found_by_keeper(&rights(Provider::Aliyun, &[])).await;
    let (bucket, object) = (|| BUCKET.to_owned(), || "test.txt".to_owned());
    // An undo needs these only where a policy of that name stood, or a block had never been set.
    let sometimes = [
        "ram:CreatePolicyVersion",
        "ram:ListPolicyVersions",
        "ram:DeletePolicyVersion",
        "oss:DeleteBucketPublicAccessBlock",
        "oss:DeletePublicAccessBlock",
    ];
    let reading = rights(Provider::Aliyun, &[]);
    let addresses = || vec!["203.0.113.7".to_owned()];
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
    ] {
        let action: Action = ask.action();
        let needed = rights(Provider::Aliyun, &[action]);
        for left_out in needed.iter().filter(|right| !reading.contains(right)) {
            if sometimes.contains(left_out) {
                continue;
            }
            put_back(&leak).await;
            let without: Vec<&str> =
                needed.iter().copied().filter(|right| right != left_out).collect();
            grant(&leak.stage, &without).await;
            assert!(!works(&leak, &ask).await, "{action:?} works without {left_out}");
        }
        put_back(&leak).await;
        grant(&leak.stage, &needed).await;
        assert!(works(&leak, &ask).await, "{action:?} does not work with its policy");
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
