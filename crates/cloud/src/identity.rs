//! Whose key it is, asked by `sts:GetCallerIdentity`: the one call that changes nothing and that every key
//! may make (STS 2015-04-01 of Alibaba Cloud, STS 2011-06-15 of AWS).

use claviger_dial::Guard;
use claviger_model::Provider;
use serde::Deserialize;

use crate::sign::{Parts, acs3, sha256_hex, sig_v4};
use crate::wire::{Address, Answer, Call, Exchange, Outgoing};
use crate::{CloudError, Credentials};

const CALL: &str = "sts:GetCallerIdentity";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const AWS_BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
/// The endpoint for all regions signs for this one.
const AWS_REGION: &str = "us-east-1";

/// Who a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Number of the account.
    pub account: String,
    /// Name of the user or role, as the provider writes it.
    pub arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AliyunAnswer {
    account_id: String,
    arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsAnswer {
    get_caller_identity_result: AwsResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsResult {
    account: String,
    arn: String,
}

/// Asks `endpoint` whose key `credentials` are.
///
/// # Errors
/// `CredentialRefused` when they do not work, `NotSupported` for other providers, or no answer comes.
pub async fn caller_identity(
    provider: Provider,
    endpoint: &str,
    credentials: Credentials,
    guard: &Guard,
) -> Result<Identity, CloudError> {
    let (exchange, address) = (Exchange::new(guard), Address::parse(endpoint)?);
    match provider {
        Provider::Aliyun => {
            let answer = aliyun(&exchange, &address, &credentials).await?;
            let AliyunAnswer { account_id: account, arn } = answer.json(CALL)?;
            Ok(Identity { account, arn })
        }
        Provider::Aws => {
            let answer = aws(&exchange, &address, &credentials).await?;
            let AwsResult { account, arn } =
                answer.xml::<AwsAnswer>(CALL)?.get_caller_identity_result;
            Ok(Identity { account, arn })
        }
        provider => Err(CloudError::NotSupported { call: "say whose key it is", provider }),
    }
}

/// The number of the account that credentials of AWS belong to.
pub(crate) async fn aws_account(
    exchange: &Exchange,
    address: &Address,
    credentials: &Credentials,
) -> Result<String, CloudError> {
    let answer = aws(exchange, address, credentials).await?;
    Ok(answer.xml::<AwsAnswer>(CALL)?.get_caller_identity_result.account)
}

async fn aliyun(
    exchange: &Exchange,
    address: &Address,
    credentials: &Credentials,
) -> Result<Answer, CloudError> {
    let build = |now| {
        let mut parts = Parts::new("POST", "/");
        parts.set_header("host", address.authority());
        parts.set_header("x-acs-action", "GetCallerIdentity");
        parts.set_header("x-acs-version", "2015-04-01");
        acs3::sign(&mut parts, credentials, &crate::aliyun::nonce()?, now);
        parts.set_header("accept", "application/json");
        Outgoing::new(parts, address.url("/", &[])?, Vec::new())
    };
    exchange.run(&Call::new(CALL), build).await
}

async fn aws(
    exchange: &Exchange,
    address: &Address,
    credentials: &Credentials,
) -> Result<Answer, CloudError> {
    let build = |now| {
        let mut parts = Parts::new("POST", "/");
        parts.payload_sha256 = sha256_hex(AWS_BODY.as_bytes());
        parts.set_header("host", address.authority());
        parts.set_header("content-type", FORM);
        sig_v4::sign(&mut parts, credentials, AWS_REGION, "sts", now);
        Outgoing::new(parts, address.url("/", &[])?, AWS_BODY.as_bytes().to_vec())
    };
    exchange.run(&Call::new(CALL), build).await
}
