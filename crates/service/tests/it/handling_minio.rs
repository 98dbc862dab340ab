//! The same plans on MinIO: an access key of a user, and the key pair that a user is.

use std::sync::Arc;

use claviger_cloud::{
    BucketRef, Cloud, Credentials, PolicyOwner, Settings, connect, policy_of, rights,
};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{
    AccessKeyId, Acl, Ask, CloudKeyStatus, KeyStatus, Language, Plan, PlanState, Provider,
    RiskEvent, Secret, StepState,
};
use claviger_sandbox::Sandbox;
use claviger_service::{Actor, NewConnection, Service, ServiceError, Trial, Verdict};
use claviger_store::assets::AssetFilter;
use claviger_store::risk_events::RiskEventFilter;

use super::attempt::Attempt;
use super::stage::{settings, until};

const BUCKET: &str = "minio-bucket";
/// Whose access key leaks.
const USER: &str = "billing-export";
/// Who leaks: a user whose name is shaped like a key's id, as MinIO's console makes them.
const PAIR: &str = "T7YHQ2MBX9WKD4R6NCV3";
/// Whom Claviger connects as.
const KEEPER: &str = "claviger";
const POLICY: &str = "claviger-rights";

struct Stage {
    _folder: tempfile::TempDir,
    _stop: tokio::sync::watch::Sender<bool>,
    sandbox: Sandbox,
    service: Service,
    actor: Actor,
    /// The pair that leaked, of [`USER`].
    leaked: (AccessKeyId, Secret),
    /// Another that leaked, of the owner.
    of_owner: (AccessKeyId, Secret),
}

fn place() -> BucketRef {
    BucketRef { name: BUCKET.to_owned(), region: String::new(), endpoint: None }
}

fn own_pair() -> AccessKeyId {
    AccessKeyId::parse(PAIR).unwrap()
}

fn text_of(id: &AccessKeyId, secret: &str) -> Vec<u8> {
    format!("MINIO_ACCESS_KEY={id}\nMINIO_SECRET_KEY={secret}\n").into_bytes()
}

impl Stage {
    /// Two users and the owner with a leak each, found by a service that connects with these rights.
    async fn set(granted: &[&str]) -> Self {
        let sandbox = Sandbox::start(claviger_sandbox::Settings::default()).await.unwrap();
        let root = sandbox.root_key().unwrap();
        let owner = cloud(&sandbox, root.clone());
        owner.create_bucket(&place()).await.unwrap();
        for user in [USER, PAIR, KEEPER] {
            owner.create_user(user).await.unwrap();
        }
        owner.attach_policy(USER, PolicyOwner::Provider, "readwrite").await.unwrap();
        let leaked = owner.create_key(USER).await.unwrap();
        let text = text_of(&leaked.0, leaked.1.reveal());
        owner.put_object(&place(), "access-key.env", text, None).await.unwrap();
        let text = text_of(&own_pair(), "kX2vQ8mZ4rT1wY7bN5cJ9fH3dL6sP0aG+eUiVoRq");
        owner.put_object(&place(), "user.env", text, None).await.unwrap();
        let of_owner = owner.create_key(root.0.as_str()).await.unwrap();
        let text = text_of(&of_owner.0, of_owner.1.reveal());
        owner.put_object(&place(), "owner.env", text, None).await.unwrap();
        let keeper = owner.create_key(KEEPER).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let service = Service::open(settings(folder.path())).await.unwrap();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let own = service.clone();
        tokio::spawn(async move { own.work(stopped).await });
        let actor = Actor::claviger();
        let stage =
            Self { _folder: folder, _stop: stop, sandbox, service, actor, leaked, of_owner };
        stage.grant(granted).await;
        stage.watch(keeper).await;
        stage
    }

    /// MinIO as its owner sees it.
    fn owner(&self) -> Arc<dyn Cloud> {
        cloud(&self.sandbox, self.sandbox.root_key().unwrap())
    }

    /// Gives the user that Claviger connects as these rights and no others.
    async fn grant(&self, granted: &[&str]) {
        let owner = self.owner();
        owner.create_policy(POLICY, &policy_of(Provider::Minio, granted)).await.unwrap();
        owner.attach_policy(KEEPER, PolicyOwner::Account, POLICY).await.unwrap();
    }

    async fn watch(&self, (id, secret): (AccessKeyId, Secret)) {
        let new = NewConnection {
            name: "practice".to_owned(),
            provider: Provider::Minio,
            region: String::new(),
            endpoint: Some(self.sandbox.endpoints().s3.clone()),
            accounts_endpoint: None,
            credentials: Some(claviger_service::GivenCredentials::Key {
                access_key_id: id,
                secret,
                security_token: None,
            }),
            idempotency_key: None,
        };
        self.service.connect(&self.actor, new).await.unwrap();
        let asset = until("the bucket is listed", async || {
            let all = self.service.assets(&AssetFilter::default()).await.unwrap();
            all.into_iter().find(|asset| asset.bucket == BUCKET)
        })
        .await;
        self.service.authorize(&self.actor, &[asset.id]).await.unwrap();
    }

    /// The event of a key, once its owner is known.
    async fn event(&self, key: &AccessKeyId) -> RiskEvent {
        until("the leak is found and its owner known", async || {
            let all = self.service.risk_events(&RiskEventFilter::default()).await.unwrap();
            let mut of_key = all.into_iter().filter(|event| event.subject == key.as_str());
            of_key.find(|event| event.account.is_some())
        })
        .await
    }

    async fn draft(&self, event: &RiskEvent, ask: Ask) -> Result<Plan, ServiceError> {
        self.service.draft_plan(&self.actor, &event.id, &ask, Language::English).await
    }

    async fn ended(&self, plan: &Plan) -> PlanState {
        until("the plan ends", async || {
            let state = self.service.plan(&plan.id).await.unwrap().state;
            let runs = matches!(state, PlanState::Confirmed | PlanState::Undoing);
            (!runs).then_some(state)
        })
        .await
    }

    async fn carry_out(&self, event: &RiskEvent, ask: Ask) -> Plan {
        let plan = self.draft(event, ask).await.unwrap();
        let typed = Some(event.subject.as_str());
        self.service.confirm_plan(&self.actor, &plan.id, typed).await.unwrap();
        let state = self.ended(&plan).await;
        let plan = self.service.plan(&plan.id).await.unwrap();
        assert_eq!(state, PlanState::Done, "{:#?}", plan.steps);
        plan
    }

    async fn take_back(&self, plan: &Plan) {
        self.service.undo_plan(&self.actor, &plan.id).await.unwrap();
        assert_eq!(self.ended(plan).await, PlanState::Undone);
    }

    /// `ok`, or how S3 refuses a pair that lists the bucket.
    async fn used(&self, (id, secret): &(AccessKeyId, Secret)) -> &'static str {
        let cloud = cloud(&self.sandbox, (id.clone(), secret.clone()));
        match cloud.list_objects(&place(), "", None, None, 1).await {
            Ok(_) => "ok",
            Err(error) => error.code(),
        }
    }
}

fn cloud(sandbox: &Sandbox, (id, secret): (AccessKeyId, Secret)) -> Arc<dyn Cloud> {
    let guard = Guard::new(GuardSettings {
        allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
        ..GuardSettings::default()
    });
    let settings = Settings {
        provider: Provider::Minio,
        region: String::new(),
        endpoint: Some(sandbox.endpoints().s3.clone()),
        accounts_endpoint: None,
        credentials: Some(Credentials { access_key_id: id.into(), secret, security_token: None }),
    };
    connect(settings, &guard.unwrap()).unwrap()
}

fn every_right() -> Vec<&'static str> {
    use claviger_model::Action;
    let actions = [
        Action::Disable,
        Action::Delete,
        Action::RestrictNetwork,
        Action::DenyPolicy,
        Action::Rotate,
        Action::DeleteFile,
    ];
    rights(Provider::Minio, &actions)
}

fn addresses(address: &str) -> Vec<String> {
    vec![address.to_owned()]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_key_is_handled_alone_and_every_step_is_taken_back() {
    let stage = Stage::set(&every_right()).await;
    let (id, owner) = (&stage.leaked.0, stage.owner());
    let event = stage.event(id).await;
    assert_eq!(event.account.as_deref(), Some(USER));
    let sibling = owner.create_key(USER).await.unwrap();
    assert_eq!(stage.used(&stage.leaked).await, "ok");

    let disabled = stage.carry_out(&event, Ask::Disable).await;
    assert!(disabled.steps[0].command.starts_with("mc admin accesskey disable"));
    assert_eq!(stage.used(&stage.leaked).await, "credential_refused");
    stage.take_back(&disabled).await;
    assert_eq!(stage.used(&stage.leaked).await, "ok");

    let elsewhere = addresses("203.0.113.7");
    let restricted =
        stage.carry_out(&event, Ask::RestrictNetwork { addresses: elsewhere.clone() }).await;
    assert_eq!(stage.used(&stage.leaked).await, "denied");
    assert_eq!(stage.used(&sibling).await, "ok", "a restriction binds one key");
    // Disabling a restricted key and enabling it again leaves it restricted.
    let disabled = stage.carry_out(&event, Ask::Disable).await;
    stage.take_back(&disabled).await;
    assert_eq!(stage.used(&stage.leaked).await, "denied");
    stage.take_back(&restricted).await;
    assert_eq!(stage.used(&stage.leaked).await, "ok");
    assert_eq!(owner.key_restriction(USER, id).await.unwrap(), None);

    let deny = Ask::DenyPolicy { addresses: elsewhere, prefixes: Vec::new() };
    let denied = stage.carry_out(&event, deny).await;
    assert!(denied.breaks.iter().any(|line| line.contains(sibling.0.as_str())), "{denied:#?}");
    for pair in [&stage.leaked, &sibling] {
        assert_eq!(stage.used(pair).await, "denied", "a policy binds every key of a user");
    }
    stage.take_back(&denied).await;
    assert_eq!(stage.used(&stage.leaked).await, "ok");
    assert_eq!(owner.user_policy(USER, &format!("claviger-deny-{id}")).await.unwrap(), None);

    let object = "access-key.env".to_owned();
    stage.carry_out(&event, Ask::DeleteFile { bucket: BUCKET.to_owned(), object }).await;
    let deleted = stage.carry_out(&event, Ask::Delete).await;
    assert_eq!(stage.used(&stage.leaked).await, "credential_refused");
    assert!(stage.service.undo_plan(&stage.actor, &deleted.id).await.is_err());
    assert_eq!(stage.used(&sibling).await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restriction_is_put_back_to_the_policy_that_the_key_had() {
    let stage = Stage::set(&every_right()).await;
    let (id, owner) = (&stage.leaked.0, stage.owner());
    let event = stage.event(id).await;
    let theirs = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:ListBucket"],
        "Resource":["arn:aws:s3:::minio-bucket"]}]}"#;
    owner.set_key_restriction(USER, id, Some(theirs)).await.unwrap();
    let stands = owner.key_restriction(USER, id).await.unwrap();
    let ask = Ask::RestrictNetwork { addresses: addresses("127.0.0.1") };
    let restricted = stage.carry_out(&event, ask).await;
    assert_eq!(stage.used(&stage.leaked).await, "ok");
    let read = cloud(&stage.sandbox, stage.leaked.clone());
    let error = read.head_object(&place(), "user.env").await.unwrap_err();
    assert_eq!(error.code(), "denied", "what the key may not do it still may not");
    stage.take_back(&restricted).await;
    assert_eq!(owner.key_restriction(USER, id).await.unwrap(), stands);

    // What replaces it may no more than it may.
    let plan =
        stage.draft(&event, Ask::Rotate { quiet_seconds: 0, keep_seconds: 0 }).await.unwrap();
    stage.service.confirm_plan(&stage.actor, &plan.id, Some(id.as_str())).await.unwrap();
    let new = until("the new pair can be taken", async || {
        let now = stage.service.plan(&plan.id).await.unwrap();
        let waits = matches!(now.steps[1].state, StepState::Held { .. });
        if waits { stage.service.take_new_pair(&stage.actor, &plan.id).await.ok() } else { None }
    })
    .await;
    assert_eq!(stage.ended(&plan).await, PlanState::Done);
    assert_eq!(owner.key_restriction(USER, &new.0).await.unwrap(), stands);
    assert_eq!(
        (stage.used(&stage.leaked).await, stage.used(&new).await),
        ("credential_refused", "ok")
    );
    let event = stage.service.risk_event(&event.id).await.unwrap();
    assert_eq!(event.key_state.status, KeyStatus::Rotated);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pair_that_a_user_is_takes_nothing_with_it_unsaid() {
    let stage = Stage::set(&every_right()).await;
    let (id, owner) = (own_pair(), stage.owner());
    let event = stage.event(&id).await;
    assert_eq!(event.account.as_deref(), Some(PAIR));
    owner.attach_policy(PAIR, PolicyOwner::Provider, "readwrite").await.unwrap();
    let access_key = owner.create_key(PAIR).await.unwrap();
    assert_eq!(stage.used(&access_key).await, "ok");

    let disabled = stage.carry_out(&event, Ask::Disable).await;
    let said = |plan: &Plan| plan.breaks.iter().any(|line| line.contains(access_key.0.as_str()));
    assert!(said(&disabled), "{:?}", disabled.breaks);
    assert_eq!(stage.used(&access_key).await, "denied");
    assert_eq!(owner.key_status(PAIR, &id).await.unwrap(), Some(CloudKeyStatus::Inactive));
    stage.take_back(&disabled).await;
    assert_eq!(stage.used(&access_key).await, "ok");

    let (bucket, object, none) = (BUCKET.to_owned(), "user.env".to_owned(), Vec::new);
    for (ask, word) in [
        (Ask::RestrictNetwork { addresses: addresses("203.0.113.7") }, "no policy of its own"),
        (Ask::Rotate { quiet_seconds: 0, keep_seconds: 0 }, "ends every key of the user"),
        (Ask::Delete, "deletes the user's access keys with it"),
        (Ask::RevokeSessions, "tells a session by its age"),
        (Ask::BucketAcl { bucket: bucket.clone(), acl: Acl::Private }, "no lists and no blocks"),
        (
            Ask::ObjectAcl { bucket: bucket.clone(), object, acl: Acl::Private },
            "no lists and no blocks",
        ),
        (Ask::BlockPublicAccess { bucket: bucket.clone() }, "no lists and no blocks"),
        (
            Ask::DenyBucket { bucket, addresses: addresses("203.0.113.7"), prefixes: none() },
            "unsigned requests alone",
        ),
        (Ask::RotateManaged { disable_first: None }, "no secret manager"),
    ] {
        let refused = stage.draft(&event, ask).await.unwrap_err();
        assert!(refused.to_string().contains(word), "{refused}");
        assert!(refused.hint().is_some());
    }

    owner.delete_key(PAIR, &access_key.0).await.unwrap();
    let plan = stage.draft(&event, Ask::Delete).await.unwrap();
    let meanwhile = owner.create_key(PAIR).await.unwrap();
    stage.service.confirm_plan(&stage.actor, &plan.id, Some(PAIR)).await.unwrap();
    assert_eq!(stage.ended(&plan).await, PlanState::Failed);
    assert_eq!(stage.used(&meanwhile).await, "ok", "a plan takes no key that it did not name");
    owner.delete_key(PAIR, &meanwhile.0).await.unwrap();
    let deleted = stage.carry_out(&event, Ask::Delete).await;
    assert_eq!(deleted.steps[0].title, format!("Delete the user {}", id.as_str()));
    assert_eq!(owner.key_status(PAIR, &id).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_key_of_the_owner_is_stopped_like_any_other() {
    let stage = Stage::set(&every_right()).await;
    let event = stage.event(&stage.of_owner.0).await;
    let owner = stage.sandbox.root_key().unwrap().0;
    assert_eq!(event.account.as_deref(), Some(owner.as_str()));
    for ask in [Ask::Disable, Ask::RestrictNetwork { addresses: addresses("203.0.113.7") }] {
        let plan = stage.carry_out(&event, ask).await;
        assert_ne!(stage.used(&stage.of_owner).await, "ok");
        stage.take_back(&plan).await;
        assert_eq!(stage.used(&stage.of_owner).await, "ok");
    }
    let ask = Ask::DenyPolicy { addresses: addresses("203.0.113.7"), prefixes: Vec::new() };
    let refused = stage.draft(&event, ask).await.unwrap_err();
    assert!(refused.to_string().contains("no user that MinIO binds by policies"), "{refused}");
}

/// What the actions leave behind, put back by the owner.
async fn put_back(stage: &Stage) {
    let (owner, leaked) = (stage.owner(), &stage.leaked.0);
    if owner.key_status(PAIR, &own_pair()).await.unwrap().is_none() {
        owner.create_user(PAIR).await.unwrap();
    }
    owner.set_key_status(PAIR, &own_pair(), CloudKeyStatus::Active).await.unwrap();
    for (user, id) in [(USER, leaked), (PAIR, &own_pair())] {
        owner.remove_user_policy(user, &format!("claviger-deny-{id}")).await.unwrap();
    }
    if owner.key_status(USER, leaked).await.unwrap().is_some() {
        owner.set_key_status(USER, leaked, CloudKeyStatus::Active).await.unwrap();
        owner.set_key_restriction(USER, leaked, None).await.unwrap();
    }
    for other in owner.keys_of_user(USER).await.unwrap() {
        // The pair that the user is would take every other with it.
        if other.access_key_id != *leaked && other.access_key_id.as_str() != USER {
            owner.delete_key(USER, &other.access_key_id).await.unwrap();
        }
    }
    let text = text_of(leaked, stage.leaked.1.reveal());
    owner.put_object(&place(), "access-key.env", text, None).await.unwrap();
}

/// Carries an action out and takes it back, or says what refused it.
async fn works(stage: &Stage, event: &RiskEvent, ask: &Ask) -> Result<(), String> {
    let (service, actor) = (&stage.service, &stage.actor);
    let key = &AccessKeyId::parse(&event.subject).unwrap();
    Attempt { service, actor, event: &event.id, key }.of(ask).await
}

/// Rights that some builds of MinIO ask for, and others look at only where they are denied.
const SOMETIMES: [&str; 1] = ["s3:DeleteObjectVersion"];

#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_policy_of_an_action_is_enough_and_no_right_of_it_is_too_much() {
    let reading = rights(Provider::Minio, &[]);
    let stage = Stage::set(&reading).await;
    let of_access_key = stage.event(&stage.leaked.0).await;
    let of_user = stage.event(&own_pair()).await;
    let deny = Ask::DenyPolicy { addresses: addresses("203.0.113.7"), prefixes: Vec::new() };
    let restrict = Ask::RestrictNetwork { addresses: addresses("203.0.113.7") };
    let object = "access-key.env".to_owned();
    let delete_file = Ask::DeleteFile { bucket: BUCKET.to_owned(), object };
    // The pair of a user and its access keys need rights of their own; nothing brings a deleted access key back.
    for (ask, events) in [
        (Ask::Disable, vec![&of_access_key, &of_user]),
        (restrict, vec![&of_access_key]),
        (deny, vec![&of_user]),
        (delete_file, vec![&of_access_key]),
        (Ask::Rotate { quiet_seconds: 0, keep_seconds: 3600 }, vec![&of_access_key]),
        (Ask::Delete, vec![&of_user, &of_access_key]),
    ] {
        let needed = rights(Provider::Minio, &[ask.action()]);
        let mut spare: Vec<&str> =
            needed.iter().copied().filter(|right| !reading.contains(right)).collect();
        spare.retain(|right| !SOMETIMES.contains(right));
        assert!(!spare.is_empty(), "{:?} needs no right of its own", ask.action());
        for event in &events {
            for left_out in spare.clone() {
                put_back(&stage).await;
                let without: Vec<&str> =
                    needed.iter().copied().filter(|right| *right != left_out).collect();
                stage.grant(&without).await;
                if let Err(why) = works(&stage, event, &ask).await {
                    // What is refused is the deletion of a version, by which of its two rights ever.
                    let mut named = SOMETIMES.iter().copied().chain([left_out]);
                    let is_named = named.any(|right| why.contains(&format!("`{right}`")));
                    assert!(is_named, "{:?}: {left_out} is not named: {why}", ask.action());
                    spare.retain(|right| *right != left_out);
                }
            }
        }
        assert_eq!(spare, Vec::<&str>::new(), "{:?} works without them", ask.action());
        put_back(&stage).await;
        stage.grant(&needed).await;
        for event in events {
            let worked = works(&stage, event, &ask).await;
            assert!(worked.is_ok(), "{:?} does not work with its policy: {worked:?}", ask.action());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_of_a_connection_names_each_right_of_minio_that_is_missing() {
    let reading = rights(Provider::Minio, &[]);
    let stage = Stage::set(&reading).await;
    let connection = stage.service.connections().await.unwrap().remove(0).id;
    let tried = async || stage.service.capabilities(&connection).await.unwrap();
    let of = |trial: &Trial, verdict| -> Vec<&'static str> {
        let all = trial.capabilities.iter().filter(|one| one.verdict == verdict);
        all.map(|one| one.right).collect()
    };
    let all = tried().await;
    assert!(all.missing.is_none(), "{all:#?}");
    // The practice cloud has no policies of buckets beside MinIO's API.
    assert_eq!(of(&all, Verdict::Lacking), ["s3:GetBucketPolicy"]);
    for left_out in reading.iter().filter(|right| **right != "s3:GetBucketPolicy") {
        let without: Vec<&str> = reading.iter().copied().filter(|one| one != left_out).collect();
        stage.grant(&without).await;
        let trial = tried().await;
        assert_eq!(of(&trial, Verdict::Refused), [*left_out], "{trial:#?}");
        assert_eq!(trial.missing.unwrap().rights, [*left_out]);
    }
}
