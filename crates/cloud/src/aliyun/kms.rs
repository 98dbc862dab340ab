//! Key Management Service (2016-01-20), as far as it keeps the key pairs of RAM users.
//!
//! Source: KMS documentation, "Manage and use RAM secrets": KMS names the secret of a user itself, wants
//! every pair of the user, and rotates on its own time.

use async_trait::async_trait;
use claviger_model::{AccessKeyId, GivenPair};
use serde::Deserialize;
use serde_json::json;

use super::{Aliyun, DOMAIN};
use crate::CloudError;
use crate::cloud::{ManagedSecret, Secrets, StoredSecrets};
use crate::wire::{Answer, Call};

const VERSION: &str = "2016-01-20";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ValueAnswer {
    secret_data: String,
    version_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pair {
    access_key_id: AccessKeyId,
}

impl Aliyun {
    fn kms_host(&self) -> String {
        format!("kms.{}.{DOMAIN}", self.region)
    }

    async fn kms(
        &self,
        name: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, CloudError> {
        self.rpc(&self.service(&self.kms_host())?, VERSION, Call::new(name), parameters).await
    }

    /// The id of the pair that stands at a stage, and its version. The secret half is read and dropped.
    async fn at_stage(
        &self,
        name: &str,
        stage: &str,
    ) -> Result<Option<(AccessKeyId, Option<String>)>, CloudError> {
        const CALL: &str = "kms:GetSecretValue";
        let parameters = [("SecretName", name), ("VersionStage", stage)];
        let answer: ValueAnswer = match self.kms(CALL, &parameters).await {
            Err(error) if is_absent(&error) => return Ok(None),
            answer => answer?.json(CALL)?,
        };
        let pair: Pair = serde_json::from_str(&answer.secret_data).map_err(|_| {
            CloudError::Malformed { call: CALL, why: "the secret holds no key pair".to_owned() }
        })?;
        Ok(Some((pair.access_key_id, answer.version_id)))
    }
}

fn is_absent(error: &CloudError) -> bool {
    error.has_code("Forbidden.ResourceNotFound")
}

/// The name that KMS gives the secret of a RAM user.
fn name_of(user: &str) -> String {
    format!("acs/ram/user/{user}")
}

/// What people store is not changed here: only pairs that KMS manages itself.
impl StoredSecrets for Aliyun {}

#[async_trait]
impl Secrets for Aliyun {
    async fn managed_secret(&self, user: &str) -> Result<Option<ManagedSecret>, CloudError> {
        let name = name_of(user);
        match self.kms("kms:DescribeSecret", &[("SecretName", &*name)]).await {
            Err(error) if is_absent(&error) => return Ok(None),
            answer => answer?,
        };
        let (current, current_version) = match self.at_stage(&name, "ACSCurrent").await? {
            Some((id, version)) => (Some(id), version),
            None => (None, None),
        };
        let previous = self.at_stage(&name, "ACSPrevious").await?.map(|(id, _)| id);
        Ok(Some(ManagedSecret { name, current, current_version, previous }))
    }

    async fn rotate_secret(&self, name: &str, version: &str) -> Result<(), CloudError> {
        let parameters = [("SecretName", name), ("VersionId", version)];
        self.kms("kms:RotateSecret", &parameters).await.map(drop)
    }

    async fn host_secret(
        &self,
        user: &str,
        pairs: &[GivenPair],
        version: &str,
    ) -> Result<(), CloudError> {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|pair| {
                json!({ "AccessKeyId": pair.access_key_id,
                    "AccessKeySecret": pair.secret.reveal() })
            })
            .collect();
        let data = json!({ "AccessKeys": pairs }).to_string();
        let config = json!({ "SecretSubType": "RamUserAccessKey", "UserName": user,
            "CustomData": {} });
        let parameters = [
            ("SecretName", "$Auto"),
            ("SecretType", "RAMCredentials"),
            ("VersionId", version),
            ("ExtendedConfig", &config.to_string()),
        ];
        let form = [("SecretData", data.as_str())];
        let address = self.service(&self.kms_host())?;
        let call = Call::new("kms:CreateSecret");
        self.rpc_with_form(&address, VERSION, call, &parameters, &form).await.map(drop)
    }

    async fn release_secret(&self, name: &str) -> Result<(), CloudError> {
        let parameters = [("SecretName", name), ("ForceDeleteWithoutRecovery", "true")];
        match self.kms("kms:DeleteSecret", &parameters).await {
            Err(error) if is_absent(&error) => Ok(()),
            answer => answer.map(drop),
        }
    }
}
