//! One signed call to IAM (2010-05-08): a form by POST, XML back.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use claviger_model::Provider;

use super::{Accounts, S3, domain_of, home_region};
use crate::sign::{Parts, encode, sha256_hex, sig_v4};
use crate::wire::{Address, Answer, Call, Outgoing};
use crate::{CloudError, Settings};

const VERSION: &str = "2010-05-08";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
/// Pages of one listing: a bound against a service that never ends.
const PAGES_MAX: usize = 1_000;

/// The end of MinIO's addresses of accounts, which are no IAM.
const MINIO: &str = "/minio/admin";

/// IAM, where it listens; `None` where nobody named it.
#[derive(Debug)]
pub(crate) struct Iam(Option<Address>);

impl Accounts for Iam {
    fn open(settings: &Settings, region: &str, _: &Address) -> Result<Self, CloudError> {
        Ok(Self(match &settings.accounts_endpoint {
            Some(endpoint) if endpoint.contains(MINIO) => {
                return Err(CloudError::Settings {
                    why: format!("`{endpoint}` is MinIO's own API: choose the provider `minio`"),
                });
            }
            Some(endpoint) => Some(Address::parse(endpoint)?),
            None if settings.provider == Provider::Aws => {
                Some(Address::parse(&format!("iam.{}", domain_of(region)))?)
            }
            None => None,
        }))
    }

    fn endpoint(&self) -> Option<&Address> {
        self.0.as_ref()
    }
}

/// `<members><member>…</member></members>`, IAM's spelling of a list.
#[derive(Deserialize)]
pub(super) struct Members<T> {
    #[serde(default = "Vec::new")]
    pub(super) member: Vec<T>,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self { member: Vec::new() }
    }
}

impl S3<Iam> {
    /// Runs `iam:<action>`.
    pub(super) async fn iam(
        &self,
        call: Call,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, CloudError> {
        let Iam(Some(accounts)) = &self.accounts else {
            return Err(CloudError::NotSupported {
                call: "handle users and keys without an accounts endpoint",
                provider: self.provider,
            });
        };
        let action = call.name.trim_start_matches("iam:");
        let mut body = format!("Action={action}&Version={VERSION}");
        for (name, value) in parameters {
            body.push_str(&format!("&{}={}", encode(name), encode(value)));
        }
        self.exchange
            .run(&call, |now| {
                let mut parts = Parts::new("POST", "/");
                parts.payload_sha256 = sha256_hex(body.as_bytes());
                parts.set_header("host", accounts.authority());
                parts.set_header("content-type", FORM);
                sig_v4::sign(&mut parts, &self.credentials.now(), self.iam_region(), "iam", now);
                let url = accounts.url("/", &[])?;
                Outgoing::new(parts, url, body.clone().into_bytes())
            })
            .await
    }

    /// IAM is one for all regions and signed for the first of its part of the world.
    fn iam_region(&self) -> &str {
        home_region(&self.region)
    }

    /// Runs a listing page by page. `page` says what a page holds and whether more follow.
    pub(super) async fn iam_pages<P: DeserializeOwned, T>(
        &self,
        name: &'static str,
        parameters: &[(&str, &str)],
        page: impl Fn(P) -> (Vec<T>, Option<String>),
    ) -> Result<Vec<T>, CloudError> {
        let mut all = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut asked = parameters.to_vec();
            if let Some(marker) = &marker {
                asked.push(("Marker", marker));
            }
            let (items, next) = page(self.iam(Call::new(name), &asked).await?.xml(name)?);
            all.extend(items);
            match next.filter(|next| !next.is_empty()) {
                Some(next) => marker = Some(next),
                None => return Ok(all),
            }
        }
        Err(CloudError::Malformed { call: name, why: "the listing does not end".to_owned() })
    }
}
