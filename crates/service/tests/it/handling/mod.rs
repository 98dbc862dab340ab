//! What a plan does to a real cloud, what it leaves alone, and what taking it back restores.

mod bucket_policy;
mod key;
mod limits;
mod rotation;
mod storage;

use std::sync::Arc;

use claviger_cloud::{Cloud, Credentials, PolicyOwner};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{
    AccessKeyId, Ask, CloudKeyStatus, Language, Plan, PlanId, PlanState, Provider, RiskEvent,
    Secret,
};

use super::rights::grant;
use super::stage::{BUCKET, Stage, USER, bucket, until};

const LEAK: &str = "test.txt";

/// A leak that was found, and both halves of the key.
pub(crate) struct Leak {
    pub(crate) stage: Stage,
    pub(crate) event: RiskEvent,
    pub(crate) pair: (AccessKeyId, Secret),
}

impl Leak {
    pub(crate) async fn found() -> Self {
        let stage = Stage::set().await;
        let root = stage.sandbox.root_key().unwrap();
        Self::found_with(stage, root).await
    }

    /// The same by a user of Claviger's own, who has these rights.
    pub(crate) async fn found_by_keeper(rights: &[&str]) -> Self {
        let stage = Stage::set().await;
        let keeper = stage.keeper(&[]).await;
        grant(&stage, rights).await;
        Self::found_with(stage, keeper).await
    }

    async fn found_with(stage: Stage, connected: (AccessKeyId, Secret)) -> Self {
        let owner = stage.owner();
        let read = "AliyunOSSReadOnlyAccess";
        owner.attach_policy(USER, PolicyOwner::Provider, read).await.unwrap();
        let pair = leaked(owner.as_ref()).await;
        stage.connect(connected).await;
        stage.authorize().await;
        stage.event().await;
        let event = until("the key's owner is known", async || {
            Some(stage.event().await).filter(|event| event.account.is_some())
        })
        .await;
        Self { stage, event, pair }
    }

    async fn draft(&self, ask: Ask) -> Plan {
        let Self { stage, event, .. } = self;
        let drafted = stage.service.draft_plan(&stage.actor, &event.id, &ask, Language::English);
        drafted.await.unwrap()
    }

    async fn confirm(&self, plan: &Plan) {
        let Self { stage, event, .. } = self;
        let typed = Some(event.subject.as_str());
        stage.service.confirm_plan(&stage.actor, &plan.id, typed).await.unwrap();
    }

    async fn in_state(&self, id: &PlanId, state: PlanState) -> Plan {
        until(&format!("the plan is {state:?}"), async || {
            let plan = self.stage.service.plan(id).await.unwrap();
            let unwanted = plan.state == PlanState::Failed && state != PlanState::Failed;
            assert!(!unwanted, "{:#?}", plan.steps);
            Some(plan).filter(|plan| plan.state == state)
        })
        .await
    }

    /// Drafts, confirms, and waits until it is done.
    pub(crate) async fn carry_out(&self, ask: Ask) -> Plan {
        let plan = self.draft(ask).await;
        self.confirm(&plan).await;
        self.in_state(&plan.id, PlanState::Done).await
    }

    async fn take_back(&self, plan: &Plan) {
        self.stage.service.undo_plan(&self.stage.actor, &plan.id).await.unwrap();
        self.in_state(&plan.id, PlanState::Undone).await;
    }

    async fn status(&self) -> Option<CloudKeyStatus> {
        self.stage.owner().key_status(USER, &self.pair.0).await.unwrap()
    }

    /// Whether the leaked pair can read.
    pub(crate) async fn opens(&self) -> bool {
        opens(&self.stage, &self.pair).await
    }
}

async fn leaked(owner: &dyn Cloud) -> (AccessKeyId, Secret) {
    let text = owner.read_object(&bucket(BUCKET), LEAK, 0..1000).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    let mut words = text.lines().map(|line| line.split_once(": ").unwrap().1.to_owned());
    (words.next().unwrap().parse().unwrap(), Secret::new(words.next().unwrap()))
}

fn cloud_of(stage: &Stage, pair: &(AccessKeyId, Secret)) -> Arc<dyn Cloud> {
    let guard = Guard::new(GuardSettings {
        allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
        ..GuardSettings::default()
    });
    let settings = claviger_cloud::Settings {
        provider: Provider::Aliyun,
        region: "cn-hangzhou".to_owned(),
        endpoint: Some(stage.sandbox.endpoints().oss.clone()),
        accounts_endpoint: Some(stage.sandbox.endpoints().ram.clone()),
        credentials: Some(Credentials {
            access_key_id: pair.0.as_str().to_owned(),
            secret: pair.1.clone(),
            security_token: None,
        }),
    };
    claviger_cloud::connect(settings, &guard.unwrap()).unwrap()
}

async fn opens(stage: &Stage, pair: &(AccessKeyId, Secret)) -> bool {
    cloud_of(stage, pair).read_object(&bucket(BUCKET), "open.txt", 0..10).await.is_ok()
}

/// Something to read that is no evidence.
pub(crate) async fn with_a_file(leak: &Leak) {
    let (owner, place) = (leak.stage.owner(), bucket(BUCKET));
    owner.put_object(&place, "open.txt", b"hello".to_vec(), None).await.unwrap();
    assert!(leak.opens().await);
}
