//! One signed call to a service of JSON 1.1 that an AWS account has beside S3 and IAM.

use serde_json::Value;

use super::{Accounts, S3};
use crate::CloudError;
use crate::sign::{Parts, sha256_hex, sig_v4};
use crate::wire::{Address, Answer, Call, Outgoing};

const JSON: &str = "application/x-amz-json-1.1";

/// What is called, and where.
pub(super) struct JsonCall<'a> {
    /// As policies name it: `secretsmanager:PutSecretValue`.
    pub(super) name: &'static str,
    /// The service, as its host and the signature name it.
    pub(super) service: &'static str,
    /// The operation, as the wire names it.
    pub(super) target: &'a str,
    /// The region that is asked.
    pub(super) region: &'a str,
    /// Where the service listens, if that was named.
    pub(super) endpoint: Option<&'a str>,
    /// What a store without such a service cannot do, as a verb.
    pub(super) lacking: &'static str,
}

impl<A: Accounts> S3<A> {
    /// Runs a call; `NotSupported` where there is no account behind the store.
    pub(super) async fn json(
        &self,
        call: JsonCall<'_>,
        body: &Value,
    ) -> Result<Answer, CloudError> {
        let JsonCall { name, service, target, region, endpoint, lacking } = call;
        if !self.is_account() {
            return Err(CloudError::NotSupported { call: lacking, provider: self.provider });
        }
        let place = match (endpoint, self.own_accounts()) {
            (Some(named), _) => Address::parse(named)?,
            (None, Some(own)) => own.clone(),
            (None, None) => Address::parse(&format!("{service}.{region}.{}", self.domain()))?,
        };
        let body = body.to_string().into_bytes();
        let build = |now| {
            let mut parts = Parts::new("POST", "/");
            parts.payload_sha256 = sha256_hex(&body);
            parts.set_header("host", place.authority());
            parts.set_header("content-type", JSON);
            parts.set_header("x-amz-target", target);
            sig_v4::sign(&mut parts, &self.credentials.now(), region, service, now);
            Outgoing::new(parts, place.url("/", &[])?, body.clone())
        };
        self.exchange.run(&Call::new(name), build).await
    }
}
