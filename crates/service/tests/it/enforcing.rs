//! moto with its authorization on: an account, and a user of Claviger's own that has the rights it is given.

use std::sync::Arc;

use claviger_cloud::{Cloud, policy_of};
use claviger_model::{AccessKeyId, ConnectionId, Provider, Secret};
use claviger_service::{Actor, NewConnection, Service};

use super::moto_server::Moto;

/// Whom Claviger connects as.
pub(crate) const KEEPER: &str = "claviger";
/// Who may everything.
const ADMIN: &str = "admin";
const POLICY: &str = "claviger-rights";

/// Rights that moto asks for under another name than AWS documents them (`ACTION_MAP` of its `s3/responses.py`, and
/// S3 Control, where the operation's name is the right's).
const OTHERWISE: [(&str, &[&str]); 4] = [
    ("s3:GetBucketPublicAccessBlock", &["s3:ListBucket"]),
    ("s3:PutBucketPublicAccessBlock", &["s3:CreateBucket", "s3:DeleteBucket"]),
    ("s3:GetAccountPublicAccessBlock", &["s3:GetPublicAccessBlock"]),
    ("s3:PutAccountPublicAccessBlock", &["s3:PutPublicAccessBlock", "s3:DeletePublicAccessBlock"]),
];

/// The right that moto cannot tell from another, and the other.
pub(crate) const NOT_TOLD_APART: (&str, &str) = ("s3:GetBucketPublicAccessBlock", "s3:ListBucket");

/// An account that enforces policies.
pub(crate) struct Account {
    pub(crate) moto: Moto,
    /// As who may everything.
    pub(crate) admin: Arc<dyn Cloud>,
    /// The key of [`KEEPER`].
    pub(crate) keeper: (AccessKeyId, Secret),
}

impl Account {
    /// Starts it, furnishes it, and has it enforce from then on; `None` where moto is not installed.
    pub(crate) async fn open(furnish: impl AsyncFnOnce(&dyn Cloud)) -> Option<Self> {
        let moto = Moto::start().await?;
        let owner = moto.cloud();
        furnish(owner.as_ref()).await;
        for user in [ADMIN, KEEPER] {
            owner.create_user(user).await.unwrap();
        }
        let everything = policy_of(Provider::Aws, &["*"]);
        owner.set_user_policy(ADMIN, POLICY, &everything).await.unwrap();
        let (id, secret) = owner.create_key(ADMIN).await.unwrap();
        let admin = moto.cloud_as(id.as_str(), secret);
        let keeper = owner.create_key(KEEPER).await.unwrap();
        moto.send("POST /moto-api/reset-auth", "Content-Type: text/plain\r\n", "0");
        Some(Self { moto, admin, keeper })
    }

    /// Gives the user that Claviger connects as these rights and no others.
    pub(crate) async fn grant(&self, rights: &[&str]) {
        let mut asked = Vec::new();
        for right in rights {
            match OTHERWISE.iter().find(|(documented, _)| documented == right) {
                Some((_, names)) => asked.extend(names.iter().copied()),
                None => asked.push(right),
            }
        }
        // A policy that grants nothing is none.
        asked.push("made-up:Nothing");
        let policy = policy_of(Provider::Aws, &asked);
        self.admin.set_user_policy(KEEPER, POLICY, &policy).await.unwrap();
    }

    /// Connects a service as [`KEEPER`].
    pub(crate) async fn connect(&self, service: &Service) -> ConnectionId {
        let (id, secret) = self.keeper.clone();
        let endpoint = Some(self.moto.endpoint.clone());
        let new = NewConnection {
            name: "practice".to_owned(),
            provider: Provider::Aws,
            region: "us-east-1".to_owned(),
            endpoint: endpoint.clone(),
            accounts_endpoint: endpoint,
            credentials: Some(claviger_service::GivenCredentials::Key {
                access_key_id: id,
                secret,
                security_token: None,
            }),
            idempotency_key: None,
        };
        service.connect(&Actor::claviger(), new).await.unwrap().id
    }
}
