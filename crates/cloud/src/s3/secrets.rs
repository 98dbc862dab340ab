//! Secrets Manager of AWS (2017-10-17), JSON 1.1: secrets that people store there. It replaces no key pair of an
//! IAM user by itself: a rotation there needs a function of one's own.

use std::collections::BTreeMap;

use async_trait::async_trait;
use claviger_model::Secret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::json::JsonCall;
use super::{Accounts, S3};
use crate::CloudError;
use crate::cloud::{Secrets, StoredSecret, StoredSecrets};
use crate::wire::Answer;

const SERVICE: &str = "secretsmanager";
/// The stage of the version that is handed out.
const CURRENT: &str = "AWSCURRENT";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    name: String,
    #[serde(default)]
    version_ids_to_stages: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Got {
    secret_string: Option<String>,
}

impl<A: Accounts> Secrets for S3<A> {}

impl<A: Accounts> S3<A> {
    /// Runs `secretsmanager:<operation>`.
    async fn secrets_manager(&self, name: &'static str, body: Value) -> Result<Answer, CloudError> {
        let call = JsonCall {
            name,
            service: SERVICE,
            // The prefix of the wire is that of policies: `secretsmanager.PutSecretValue`.
            target: &name.replacen(':', ".", 1),
            region: &self.region,
            endpoint: None,
            lacking: "keep secrets in a secret manager",
        };
        self.json(call, &body).await
    }
}

#[async_trait]
impl<A: Accounts> StoredSecrets for S3<A> {
    async fn stored_secret(&self, name: &str) -> Result<Option<StoredSecret>, CloudError> {
        const CALL: &str = "secretsmanager:DescribeSecret";
        match self.secrets_manager(CALL, json!({ "SecretId": name })).await {
            Err(CloudError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => {
                let Described { name, version_ids_to_stages: all } = answer.json(CALL)?;
                let current = all.iter().find(|(_, stages)| stages.iter().any(|it| it == CURRENT));
                let current = current.map(|(version, _)| version.clone());
                Ok(Some(StoredSecret { name, current, versions: all.into_keys().collect() }))
            }
        }
    }

    async fn stored_value(&self, name: &str, version: &str) -> Result<Secret, CloudError> {
        const CALL: &str = "secretsmanager:GetSecretValue";
        let asked = json!({ "SecretId": name, "VersionId": version });
        let Got { secret_string } = self.secrets_manager(CALL, asked).await?.json(CALL)?;
        secret_string.map(Secret::new).ok_or_else(|| CloudError::Malformed {
            call: CALL,
            why: "the secret holds bytes and no text".to_owned(),
        })
    }

    async fn create_stored(
        &self,
        name: &str,
        version: &str,
        value: &Secret,
    ) -> Result<(), CloudError> {
        let asked = json!({ "Name": name, "ClientRequestToken": version,
            "SecretString": value.reveal(), "Description": "A key pair, put here by Claviger." });
        self.secrets_manager("secretsmanager:CreateSecret", asked).await.map(drop)
    }

    async fn store_value(
        &self,
        name: &str,
        version: &str,
        value: &Secret,
    ) -> Result<(), CloudError> {
        let asked = json!({ "SecretId": name, "ClientRequestToken": version,
            "SecretString": value.reveal() });
        self.secrets_manager("secretsmanager:PutSecretValue", asked).await.map(drop)
    }

    async fn hand_out(
        &self,
        name: &str,
        version: &str,
        instead_of: &str,
    ) -> Result<(), CloudError> {
        let asked = json!({ "SecretId": name, "VersionStage": CURRENT, "MoveToVersionId": version,
            "RemoveFromVersionId": instead_of });
        self.secrets_manager("secretsmanager:UpdateSecretVersionStage", asked).await.map(drop)
    }

    async fn delete_stored(&self, name: &str) -> Result<(), CloudError> {
        let asked = json!({ "SecretId": name, "ForceDeleteWithoutRecovery": true });
        self.secrets_manager("secretsmanager:DeleteSecret", asked).await.map(drop)
    }
}
