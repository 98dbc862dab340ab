//! Credentials of the role of the machine that Claviger runs on, as its metadata service hands them out: AWS
//! (Instance Metadata Service, version 2) and Alibaba Cloud (ECS instance metadata, security hardening mode).
//!
//! A token is fetched first, always: the ways without one are what a deceived web server can be led to, and are
//! never taken.

use std::time::Duration;

use claviger_dial::reqwest::{Method, RequestBuilder};
use claviger_dial::{Guard, read_body};
use claviger_model::{Provider, Secret};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{CloudError, Credentials};

/// How long a token is asked to hold; one is fetched for each question.
const TOKEN_SECONDS: &str = "300";

/// The service is beside the machine: what takes longer is not there.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// A token, a name or a page of JSON.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Where the service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetadataService {
    /// At the provider's own address, which nothing else dials.
    OfMachine,
    /// At an address of one's own that answers like it, such as a proxy; dialled like any other.
    At(String),
}

/// Credentials that end.
#[derive(Debug, Clone)]
pub struct SessionCredentials {
    /// What to sign with.
    pub credentials: Credentials,
    /// From then on they are refused.
    pub expires_at: Timestamp,
}

/// How one provider's service is asked.
struct Dialect {
    address: &'static str,
    token_header: &'static str,
    seconds_header: &'static str,
    roles: &'static str,
}

const AWS: Dialect = Dialect {
    address: "http://169.254.169.254",
    token_header: "x-aws-ec2-metadata-token",
    seconds_header: "x-aws-ec2-metadata-token-ttl-seconds",
    roles: "/latest/meta-data/iam/security-credentials/",
};

const ALIYUN: Dialect = Dialect {
    address: "http://100.100.100.200",
    token_header: "x-aliyun-ecs-metadata-token",
    seconds_header: "x-aliyun-ecs-metadata-token-ttl-seconds",
    roles: "/latest/meta-data/ram/security-credentials/",
};

/// What both answer with; each has its own names for secret and token.
/// Beside a code that is none of success there is nothing else.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    /// `Success`, or why there are none.
    code: Option<String>,
    #[serde(default)]
    access_key_id: String,
    #[serde(default, alias = "AccessKeySecret")]
    secret_access_key: String,
    #[serde(default, alias = "SecurityToken")]
    token: String,
    expiration: Option<Timestamp>,
}

/// Asks for credentials of a role; of the machine's only one, where none is named.
///
/// # Errors
/// `CredentialsMissing` when the machine has none to give, or none that can be read.
pub async fn instance_role(
    provider: Provider,
    role: Option<&str>,
    service: &MetadataService,
    guard: &Guard,
) -> Result<SessionCredentials, CloudError> {
    let dialect = match provider {
        Provider::Aws => &AWS,
        Provider::Aliyun => &ALIYUN,
        provider => {
            return Err(CloudError::NotSupported { call: "give its machines a role", provider });
        }
    };
    let session = Session::open(dialect, service, guard).await?;
    let role = match role {
        Some(role) => role.to_owned(),
        None => session.only_role().await?,
    };
    let text = session.get(&format!("{}{role}", dialect.roles), "the role's credentials").await?;
    read(&role, &text)
}

fn read(role: &str, text: &str) -> Result<SessionCredentials, CloudError> {
    let none = || {
        missing(format!("the metadata service's answer for the role `{role}` is no credentials"))
    };
    // What serde says of an answer may repeat a part of it.
    let answer: Answer = serde_json::from_str(text).map_err(|_| none())?;
    if let Some(code) = answer.code.filter(|code| code != "Success") {
        return Err(missing(format!(
            "the metadata service has no credentials of the role `{role}`: {}",
            code.chars().take(100).collect::<String>()
        )));
    }
    let is_whole = [&answer.access_key_id, &answer.secret_access_key, &answer.token]
        .into_iter()
        .all(|part| !part.is_empty());
    let expires_at = answer.expiration.filter(|_| is_whole).ok_or_else(none)?;
    Ok(SessionCredentials {
        credentials: Credentials {
            access_key_id: answer.access_key_id,
            secret: Secret::new(answer.secret_access_key),
            security_token: Some(Secret::new(answer.token)),
        },
        expires_at,
    })
}

/// The service, with a token of it.
struct Session<'a> {
    dialect: &'a Dialect,
    service: &'a MetadataService,
    guard: &'a Guard,
    token: Secret,
}

impl<'a> Session<'a> {
    async fn open(
        dialect: &'a Dialect,
        service: &'a MetadataService,
        guard: &'a Guard,
    ) -> Result<Self, CloudError> {
        let mut session = Self { dialect, service, guard, token: Secret::new(String::new()) };
        let request = session
            .request(Method::PUT, "/latest/api/token")
            .header(dialect.seconds_header, TOKEN_SECONDS)
            .header("content-length", "0");
        let token = session.answer(request, "a token").await?;
        session.token = Secret::new(token.trim().to_owned());
        Ok(session)
    }

    async fn only_role(&self) -> Result<String, CloudError> {
        let list = self.get(self.dialect.roles, "its roles").await?;
        let role = list.lines().map(str::trim).find(|line| !line.is_empty());
        let is_plain = |role: &&str| role.len() <= 64 && !role.contains(['/', '?', '#', '%']);
        role.filter(is_plain)
            .map(str::to_owned)
            .ok_or_else(|| missing("no role is bound to this machine".to_owned()))
    }

    async fn get(&self, path: &str, what: &str) -> Result<String, CloudError> {
        let request = self.request(Method::GET, path);
        self.answer(request.header(self.dialect.token_header, self.token.reveal()), what).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = match self.service {
            MetadataService::OfMachine => self.dialect.address,
            MetadataService::At(address) => address.trim_end_matches('/'),
        };
        self.guard.http().request(method, format!("{address}{path}")).timeout(ANSWER_MAX)
    }

    async fn answer(&self, request: RequestBuilder, what: &str) -> Result<String, CloudError> {
        let sent = match self.service {
            MetadataService::OfMachine => self.guard.send_to_metadata(request).await,
            MetadataService::At(_) => self.guard.send(request).await,
        };
        let failed = |error| {
            CloudError::CredentialsMissing {
            why: format!("the metadata service was asked for {what} and gave none"),
            hint: "a role is to be had on a machine of the provider that one is bound to, with the metadata \
                   service on; elsewhere use `env:` or `file:`"
                .to_owned(),
            source: Some(error),
        }
        };
        let response = sent.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(missing(format!("the metadata service was asked for {what}: {status}")));
        }
        let body = read_body(response, BODY_BYTES_MAX).await.map_err(failed)?;
        String::from_utf8(body)
            .map_err(|_| missing(format!("the metadata service was asked for {what}: no text")))
    }
}

fn missing(why: String) -> CloudError {
    CloudError::CredentialsMissing {
        why,
        hint: "bind a role to this machine, and name it as it is called there: `role:NAME`"
            .to_owned(),
        source: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_providers_are_understood() {
        let aliyun = r#"{"AccessKeyId":"STS.made-up","AccessKeySecret":"s","Expiration":"2026-01-02T09:04:05Z",
            "SecurityToken":"t","LastUpdated":"2026-01-02T03:04:05Z","Code":"Success"}"#;
        let aws = r#"{"Code":"Success","LastUpdated":"2026-01-02T03:04:05Z","Type":"AWS-HMAC",
            "AccessKeyId":"ASIAMADEUP","SecretAccessKey":"s","Token":"t","Expiration":"2026-01-02T09:04:05Z"}"#;
        for text in [aliyun, aws] {
            let session = read("r", text).unwrap();
            assert_eq!(session.credentials.secret.reveal(), "s");
            assert_eq!(session.credentials.security_token.unwrap().reveal(), "t");
            assert_eq!(session.expires_at.to_string(), "2026-01-02T09:04:05Z");
        }
    }

    #[test]
    fn an_answer_that_is_no_credentials_is_not_repeated() {
        let odd = r#"{"AccessKeyId":"a","SecretAccessKey":7777,"Token":"t","Expiration":"x"}"#;
        let error = read("r", odd).unwrap_err();
        assert_eq!(error.code(), "credentials_missing");
        assert!(!format!("{error:?}").contains("7777"));
        // As AWS answers for a role that trusts nobody.
        let failed = r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role r.",
            "LastUpdated":"2026-01-02T03:04:05Z"}"#;
        assert!(read("r", failed).unwrap_err().to_string().contains("AssumeRoleUnauthorized"));
        let cut =
            r#"{"Code":"Success","AccessKeyId":"ASIAMADEUP","Expiration":"2026-01-02T09:04:05Z"}"#;
        assert!(read("r", cut).unwrap_err().to_string().contains("is no credentials"));
    }
}
