//! S3 for buckets and objects, IAM for users, keys and policies: AWS itself, and the stores that speak
//! like it (Ceph RGW, SeaweedFS, Garage). MinIO speaks S3 too, and has an API of its own for the rest.
//!
//! Requests carry Signature Version 4 and put the bucket in the path, which every such store accepts.

mod account_block;
mod buckets;
mod exposure;
mod grants;
mod iam;
mod keys;
mod logs;
mod minio;
mod objects;
mod policy;
mod rest;
mod secrets;
mod versions;

use claviger_dial::Guard;
use claviger_model::Provider;

use crate::cloud::Provided;
use crate::wire::{Address, Exchange};
use crate::{CloudError, Credentials, Settings};

pub(crate) use iam::Iam;
pub(crate) use minio::Admin;

/// What stores of one's own call their region when nobody named one.
const REGION_DEFAULT: &str = "us-east-1";
/// Where AWS's own endpoints are.
const DOMAIN: &str = "amazonaws.com";

/// The API by which users and their keys are handled.
pub(crate) trait Accounts: std::fmt::Debug + Send + Sync + Sized + 'static {
    /// Finds it by the settings of a connection; `store` is where S3 listens.
    fn open(settings: &Settings, region: &str, store: &Address) -> Result<Self, CloudError>;
}

/// An account of AWS, or a store that speaks S3.
#[derive(Debug)]
pub(crate) struct S3<A> {
    exchange: Exchange,
    credentials: Credentials,
    provider: Provider,
    region: String,
    store: Address,
    accounts: A,
}

impl<A: Accounts> S3<A> {
    pub(crate) fn new(settings: Settings, guard: &Guard) -> Result<Self, CloudError> {
        let missing = |what: &str| CloudError::Settings { why: format!("{what} is needed") };
        let is_aws = settings.provider == Provider::Aws;
        let region = match settings.region.as_str() {
            "" => REGION_DEFAULT.to_owned(),
            region => region.to_owned(),
        };
        let store = match &settings.endpoint {
            Some(endpoint) => Address::parse(endpoint)?,
            None if is_aws => store_of(&region)?,
            None => return Err(missing("the endpoint of the store")),
        };
        let accounts = A::open(&settings, &region, &store)?;
        Ok(Self {
            exchange: Exchange::new(guard),
            credentials: settings
                .credentials
                .ok_or_else(|| missing("an access key id and its secret"))?,
            provider: settings.provider,
            region,
            store,
            accounts,
        })
    }
}

impl<A: Accounts> Provided for S3<A> {
    fn provider(&self) -> Provider {
        self.provider
    }
}

/// AWS's endpoint of a region.
fn store_of(region: &str) -> Result<Address, CloudError> {
    Address::parse(&format!("s3.{region}.{}", domain_of(region)))
}

/// The regions in China have a domain of their own.
fn domain_of(region: &str) -> String {
    if region.starts_with("cn-") { format!("{DOMAIN}.cn") } else { DOMAIN.to_owned() }
}
