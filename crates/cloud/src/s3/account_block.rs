//! The block of public access of a whole AWS account (S3 Control 2018-08-20): asked at a host that carries
//! the account's number, which STS tells.

use claviger_model::PublicAccessBlock;

use super::buckets::{Block, block_document};
use super::{Accounts, S3};
use crate::sign::{Parts, sha256_hex, sig_v4};
use crate::wire::{Address, Answer, Call, Outgoing};
use crate::{CloudError, identity};

const GET: &str = "s3:GetAccountPublicAccessBlock";
const PUT: &str = "s3:PutAccountPublicAccessBlock";
const PATH: &str = "/v20180820/configuration/publicAccessBlock";
/// STS for all regions.
const STS: &str = "sts.amazonaws.com";

/// Where the account's block is asked.
struct Place {
    account: String,
    host: Address,
}

impl<A: Accounts> S3<A> {
    /// The block of the account; `NotSupported` where there is no account.
    pub(super) async fn account_block(&self) -> Result<Option<PublicAccessBlock>, CloudError> {
        let place = self.control("read the account's block of public access").await?;
        match self.control_call(GET, &place, "GET", Vec::new()).await {
            Err(error) if error.has_code("NoSuchPublicAccessBlock") => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => Ok(answer.xml::<Block>(GET)?.halves()),
        }
    }

    /// Sets the block of the account, or removes it.
    pub(super) async fn set_account_block(
        &self,
        block: Option<PublicAccessBlock>,
    ) -> Result<(), CloudError> {
        let place = self.control("block public access to the whole account").await?;
        let (method, body) = match block {
            Some(block) => {
                let namespace = "http://awss3control.amazonaws.com/doc/2018-08-20/";
                ("PUT", block_document(namespace, block))
            }
            None => ("DELETE", Vec::new()),
        };
        self.control_call(PUT, &place, method, body).await.map(drop)
    }

    /// Whose account it is, and where its S3 Control is.
    async fn control(&self, call: &'static str) -> Result<Place, CloudError> {
        let missing = CloudError::NotSupported { call, provider: self.provider };
        if !self.is_account() {
            return Err(missing);
        }
        if let Some(own) = self.own_accounts() {
            let account =
                identity::aws_account(&self.exchange, own, &self.credentials.now()).await?;
            return Ok(Place { account, host: own.clone() });
        }
        let (region, domain) = (&self.region, self.domain());
        if domain != super::DOMAIN {
            return Err(missing);
        }
        let sts = Address::parse(STS)?;
        let account = identity::aws_account(&self.exchange, &sts, &self.credentials.now()).await?;
        let host = Address::parse(&format!("{account}.s3-control.{region}.{domain}"))?;
        Ok(Place { account, host })
    }

    async fn control_call(
        &self,
        name: &'static str,
        place: &Place,
        method: &'static str,
        body: Vec<u8>,
    ) -> Result<Answer, CloudError> {
        let build = |now| {
            let mut parts = Parts::new(method, PATH);
            parts.payload_sha256 = sha256_hex(&body);
            parts.set_header("host", place.host.authority());
            parts.set_header("x-amz-account-id", &place.account);
            if !body.is_empty() {
                parts.set_header("content-type", "application/xml");
            }
            sig_v4::sign(&mut parts, &self.credentials.now(), &self.region, "s3", now);
            Outgoing::new(parts, place.host.url(PATH, &[])?, body.clone())
        };
        self.exchange.run(&Call::new(name), build).await
    }
}
