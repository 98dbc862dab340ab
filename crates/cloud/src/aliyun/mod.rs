//! Alibaba Cloud: OSS for buckets and objects, RAM for users, keys and policies.
//!
//! OSS requests carry signature version 4 and go to the bucket's own endpoint, the bucket in front of
//! the host; at an address in numbers or on `localhost` the bucket stands in the path. RAM requests
//! carry `ACS3-HMAC-SHA256`.

mod actiontrail;
mod buckets;
mod exposure;
mod ims;
mod keys;
mod kms;
mod logs;
mod oss;
mod policy;
mod ram;
mod sls;
mod store;

pub(crate) use ram::nonce;

use claviger_dial::Guard;
use claviger_model::Provider;

use crate::cloud::Provided;
use crate::wire::{Address, Exchange};
use crate::{CloudError, LiveCredentials, Settings};

/// RAM has one endpoint for all regions.
const RAM_ENDPOINT: &str = "ram.aliyuncs.com";
/// Where OSS's own endpoints are.
const DOMAIN: &str = "aliyuncs.com";

/// An account of Alibaba Cloud.
#[derive(Debug)]
pub(crate) struct Aliyun {
    exchange: Exchange,
    credentials: LiveCredentials,
    region: String,
    store: Address,
    accounts: Address,
}

impl Aliyun {
    pub(crate) fn new(
        settings: &Settings,
        credentials: LiveCredentials,
        guard: &Guard,
    ) -> Result<Self, CloudError> {
        let region = plain_region(&settings.region).to_owned();
        let own = format!("oss-{region}.{DOMAIN}");
        Ok(Self {
            exchange: Exchange::new(guard),
            credentials,
            region,
            store: Address::parse(settings.endpoint.as_deref().unwrap_or(&own))?,
            accounts: Address::parse(
                settings.accounts_endpoint.as_deref().unwrap_or(RAM_ENDPOINT),
            )?,
        })
    }
}

impl Aliyun {
    /// Where a service of the accounts listens: at its own host, unless the connection names a store
    /// of one's own that serves them all.
    fn service(&self, own: &str) -> Result<Address, CloudError> {
        match self.accounts.is_under(DOMAIN) {
            true => Address::parse(own),
            false => Ok(self.accounts.clone()),
        }
    }
}

impl Provided for Aliyun {
    fn provider(&self) -> Provider {
        Provider::Aliyun
    }
}

/// `oss-cn-hangzhou` and `cn-hangzhou` are the same region; signatures want the latter.
fn plain_region(region: &str) -> &str {
    region.strip_prefix("oss-").unwrap_or(region)
}
