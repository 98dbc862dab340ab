//! The smallest policy of each action on AWS, enforced by moto: with it the action works and is taken back, and
//! without any one of its rights the call that needs it is refused and named.

use claviger_cloud::{BucketRef, Cloud, Listed, rights};
use claviger_model::{AccessKeyId, Acl, Action, Ask, CloudKeyStatus, Provider, RiskEvent, Secret};
use claviger_service::{Actor, Service};
use claviger_store::assets::AssetFilter;
use claviger_store::risk_events::RiskEventFilter;

use super::attempt::Attempt;
use super::enforcing::Account;
use super::stage::{settings, until};

const USER: &str = "billing-export";
const BUCKET: &str = "claviger-bucket";
const LEAK: &str = "test.txt";
const STORED: &str = "app/s3";

fn place() -> BucketRef {
    BucketRef { name: BUCKET.to_owned(), region: "us-east-1".to_owned(), endpoint: None }
}

/// A key that leaked into a bucket, found by a service that connects with the rights it is given.
struct Leak {
    _folder: tempfile::TempDir,
    _stop: tokio::sync::watch::Sender<bool>,
    account: Account,
    service: Service,
    actor: Actor,
    event: RiskEvent,
    key: AccessKeyId,
    text: String,
}

impl Leak {
    /// `None` where moto is not installed.
    async fn found() -> Option<Self> {
        let mut leaked = None;
        let account = Account::open(async |owner| {
            owner.create_user(USER).await.unwrap();
            let (key, secret) = owner.create_key(USER).await.unwrap();
            owner.create_bucket(&place()).await.unwrap();
            let secret = secret.reveal();
            let text = format!("aws_access_key_id={key}\naws_secret_access_key={secret}\n");
            owner.put_object(&place(), LEAK, text.clone().into_bytes(), None).await.unwrap();
            leaked = Some((key, text));
        })
        .await?;
        let (key, text) = leaked?;
        account.grant(&rights(Provider::Aws, &[])).await;
        let folder = tempfile::tempdir().unwrap();
        let service = Service::open(settings(folder.path())).await.unwrap();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let own = service.clone();
        tokio::spawn(async move { own.work(stopped).await });
        let actor = Actor::claviger();
        let event = watched(&account, &service, &actor).await;
        Some(Self { _folder: folder, _stop: stop, account, service, actor, event, key, text })
    }

    fn admin(&self) -> &dyn Cloud {
        self.account.admin.as_ref()
    }

    /// What the actions leave behind, put back by who may everything.
    async fn put_back(&self) {
        let (admin, place) = (self.admin(), place());
        for other in admin.keys_of_user(USER).await.unwrap() {
            if other.access_key_id != self.key {
                admin.delete_key(USER, &other.access_key_id).await.unwrap();
            }
        }
        admin.set_key_status(USER, &self.key, CloudKeyStatus::Active).await.unwrap();
        for name in ["claviger-restrict", "claviger-deny"] {
            admin.remove_user_policy(USER, &format!("{name}-{}", self.key)).await.unwrap();
        }
        admin.remove_user_policy(USER, "AWSRevokeOlderSessions").await.unwrap();
        admin.set_bucket_policy(&place, None).await.unwrap();
        for of in [None, Some(&place)] {
            admin.set_public_access_block(of, None).await.unwrap();
        }
        let text = self.text.clone().into_bytes();
        admin.put_object(&place, LEAK, text, None).await.unwrap();
        for object in [None, Some(LEAK)] {
            admin.set_acl(Listed { bucket: &place, object }, Acl::Private).await.unwrap();
        }
    }

    /// A stored secret with the leaked key in it, or none.
    async fn stored(&self, is_there: bool) {
        let admin = self.admin();
        if admin.stored_secret(STORED).await.unwrap().is_some() {
            admin.delete_stored(STORED).await.unwrap();
        }
        if is_there {
            let text = format!("{{\"key_id\":\"{}\",\"secret\":\"old\"}}", self.key);
            let version = "made-up-version-of-the-tests-0001";
            admin.create_stored(STORED, version, &Secret::new(text)).await.unwrap();
        }
    }

    /// Carries an action out and takes it back, or says what refused it.
    async fn works(&self, ask: &Ask) -> Result<(), String> {
        let (service, actor) = (&self.service, &self.actor);
        Attempt { service, actor, event: &self.event.id, key: &self.key }.of(ask).await
    }

    /// Each right that an action needs beside those for reading is missed where it is taken away, in one at least of
    /// these situations; with all of them the action works in every one.
    async fn needs_each_right(&self, ask: &Ask, situations: &[bool]) {
        let (reading, action) = (rights(Provider::Aws, &[]), ask.action());
        let needed = rights(Provider::Aws, &[action]);
        let mut spare: Vec<&str> =
            needed.iter().copied().filter(|right| !reading.contains(right)).collect();
        assert!(!spare.is_empty(), "{action:?}");
        for is_stored in situations {
            for left_out in spare.clone() {
                self.put_back().await;
                self.stored(*is_stored).await;
                let mut without = needed.clone();
                without.retain(|right| *right != left_out);
                self.account.grant(&without).await;
                if let Err(why) = self.works(ask).await {
                    assert!(
                        why.contains(&format!("`{left_out}`")),
                        "{left_out} is not named: {why}"
                    );
                    spare.retain(|right| *right != left_out);
                }
            }
            self.put_back().await;
            self.stored(*is_stored).await;
            self.account.grant(&needed).await;
            let worked = self.works(ask).await;
            assert!(worked.is_ok(), "{action:?} does not work with its policy: {worked:?}");
        }
        assert_eq!(spare, Vec::<&str>::new(), "{action:?} works without them");
    }
}

async fn watched(account: &Account, service: &Service, actor: &Actor) -> RiskEvent {
    account.connect(service).await;
    let asset = until("the bucket is listed", async || {
        let all = service.assets(&AssetFilter::default()).await.unwrap();
        all.into_iter().find(|asset| asset.bucket == BUCKET)
    })
    .await;
    service.authorize(actor, &[asset.id]).await.unwrap();
    until("the leak is found and its owner known", async || {
        let all = service.risk_events(&RiskEventFilter::default()).await.unwrap();
        all.into_iter().find(|event| event.account.is_some())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_policy_of_an_action_is_enough_for_moto_and_no_right_of_it_is_too_much() {
    let Some(leak) = Leak::found().await else { return };
    let (bucket, object) = (|| BUCKET.to_owned(), || LEAK.to_owned());
    let addresses = || vec!["203.0.113.7".to_owned()];
    for ask in [
        Ask::Disable,
        Ask::RestrictNetwork { addresses: addresses() },
        Ask::DenyPolicy { addresses: addresses(), prefixes: Vec::new() },
        Ask::RevokeSessions,
        Ask::DenyBucket { bucket: bucket(), addresses: addresses(), prefixes: Vec::new() },
        Ask::BucketAcl { bucket: bucket(), acl: Acl::PublicRead },
        Ask::BlockPublicAccess { bucket: bucket() },
        Ask::BlockAccountPublicAccess,
        Ask::ObjectAcl { bucket: bucket(), object: object(), acl: Acl::PublicRead },
        Ask::DeleteFile { bucket: bucket(), object: object() },
        Ask::Rotate { quiet_seconds: 0, keep_seconds: 3600 },
        // Deleting is for good: it comes last.
        Ask::Delete,
    ] {
        leak.needs_each_right(&ask, &[false]).await;
    }
    let asked = [
        Action::Disable,
        // It is the same call as disabling.
        Action::Enable,
        Action::RestrictNetwork,
        Action::DenyPolicy,
        Action::RevokeSessions,
        Action::DenyBucket,
        Action::BucketAcl,
        Action::BlockPublicAccess,
        Action::BlockAccountPublicAccess,
        Action::ObjectAcl,
        Action::DeleteFile,
        Action::Rotate,
        Action::Delete,
        Action::RotateStored,
    ];
    let of = |action| rights(Provider::Aws, &[action]);
    assert_eq!(of(Action::Enable), of(Action::Disable));
    let reading = rights(Provider::Aws, &[]);
    for action in Action::ALL.into_iter().filter(|action| !asked.contains(action)) {
        assert_eq!(of(action), reading, "{action:?} is not on AWS");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_into_a_secret_needs_each_right_where_there_is_one_and_where_there_is_none() {
    let Some(leak) = Leak::found().await else { return };
    let ask =
        Ask::RotateStored { secret_name: STORED.to_owned(), quiet_seconds: 0, keep_seconds: 3600 };
    leak.needs_each_right(&ask, &[true, false]).await;
}
