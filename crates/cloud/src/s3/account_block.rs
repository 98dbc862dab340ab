//! The block of public access of a whole AWS account (S3 Control 2018-08-20): asked at a host that carries
//! the account's number, which STS tells.

use claviger_model::{Provider, PublicAccessBlock};

use super::buckets::Block;
use super::{Accounts, S3, domain_of};
use crate::sign::{Parts, sha256_hex, sig_v4};
use crate::wire::{Address, Call, Outgoing};
use crate::{CloudError, identity};

const CALL: &str = "s3:GetAccountPublicAccessBlock";
const PATH: &str = "/v20180820/configuration/publicAccessBlock";
/// STS for all regions.
const STS: &str = "sts.amazonaws.com";

impl<A: Accounts> S3<A> {
    /// The block of the account; `NotSupported` where there is no account.
    pub(super) async fn account_block(&self) -> Result<Option<PublicAccessBlock>, CloudError> {
        let region = &self.region;
        let domain = domain_of(region);
        if self.provider != Provider::Aws || self.store.is_bare() || domain != super::DOMAIN {
            let call = "read the account's block of public access";
            return Err(CloudError::NotSupported { call, provider: self.provider });
        }
        let sts = Address::parse(STS)?;
        let account = identity::aws_account(&self.exchange, &sts, &self.credentials).await?;
        let host = Address::parse(&format!("{account}.s3-control.{region}.{domain}"))?;
        let build = |now| {
            let mut parts = Parts::new("GET", PATH);
            parts.payload_sha256 = sha256_hex(b"");
            parts.set_header("host", host.authority());
            parts.set_header("x-amz-account-id", &account);
            sig_v4::sign(&mut parts, &self.credentials, region, "s3", now);
            Outgoing::new(parts, host.url(PATH, &[])?, Vec::new())
        };
        match self.exchange.run(&Call::new(CALL), build).await {
            Err(error) if error.has_code("NoSuchPublicAccessBlock") => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => Ok(answer.xml::<Block>(CALL)?.halves()),
        }
    }
}
