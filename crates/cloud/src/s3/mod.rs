//! S3 for buckets and objects, IAM for users, keys and policies: AWS itself, and the stores that speak
//! like it (Ceph RGW, SeaweedFS, Garage). MinIO speaks S3 too, and has an API of its own for the rest.
//!
//! Requests carry Signature Version 4 and put the bucket in the path, which every such store accepts.

mod account_block;
mod buckets;
mod cloudtrail;
mod exposure;
mod grants;
mod iam;
mod json;
mod keys;
mod logs;
mod minio;
mod policy;
mod rest;
mod secrets;
mod store;

use claviger_dial::Guard;
use claviger_model::Provider;

use crate::cloud::Provided;
use crate::wire::{Address, Exchange};
use crate::{CloudError, LiveCredentials, Settings};

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

    /// Where it listens; `None` where nobody named it.
    fn endpoint(&self) -> Option<&Address>;
}

/// An account of AWS, or a store that speaks S3.
#[derive(Debug)]
pub(crate) struct S3<A> {
    exchange: Exchange,
    credentials: LiveCredentials,
    provider: Provider,
    region: String,
    store: Address,
    accounts: A,
}

impl<A: Accounts> S3<A> {
    pub(crate) fn new(
        settings: &Settings,
        credentials: LiveCredentials,
        guard: &Guard,
    ) -> Result<Self, CloudError> {
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
        let accounts = A::open(settings, &region, &store)?;
        Ok(Self {
            exchange: Exchange::new(guard),
            credentials,
            provider: settings.provider,
            region,
            store,
            accounts,
        })
    }
}

impl<A: Accounts> S3<A> {
    /// Whether there is an account of AWS behind the store, which other services than S3 and IAM know, too.
    fn is_account(&self) -> bool {
        self.provider == Provider::Aws && (self.own_accounts().is_some() || !self.store.is_bare())
    }

    /// The accounts' endpoint, where it is none of AWS's own: a gateway or a practice cloud answers there for
    /// every service of the account.
    fn own_accounts(&self) -> Option<&Address> {
        let domains = [DOMAIN.to_owned(), format!("{DOMAIN}.cn")];
        let is_aws = |address: &&Address| domains.iter().any(|domain| address.is_under(domain));
        self.accounts.endpoint().filter(|address| !is_aws(address))
    }

    fn domain(&self) -> String {
        domain_of(&self.region)
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

/// The first region of a part of the world, where services without regions are at home.
fn home_region(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "cn-north-1",
        region if region.starts_with("us-gov-") => "us-gov-west-1",
        _ => REGION_DEFAULT,
    }
}
