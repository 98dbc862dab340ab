//! One signed call to OSS.

use crate::rest::Request;
use crate::sign::{Parts, oss_v4};
use crate::wire::{Address, Answer, Outgoing, object_path, region_of_host, valid_bucket};
use crate::{BucketRef, CloudError};

use super::{Aliyun, DOMAIN, plain_region};

/// Where a bucket is called, and for which region it is signed.
struct Place {
    address: Address,
    region: String,
}

impl Aliyun {
    /// Runs a call; one that OSS sends to another endpoint is made there once more.
    pub(super) async fn oss(&self, request: Request<'_>) -> Result<Answer, CloudError> {
        if let Some(bucket) = request.bucket {
            valid_bucket(&bucket.name)?;
        }
        let place = self.place(request.bucket)?;
        match self.oss_at(&request, &place).await {
            Err(CloudError::Denied(refusal)) => {
                match refusal.endpoint.as_deref().and_then(|host| self.moved(&place, host)) {
                    Some(elsewhere) => self.oss_at(&request, &elsewhere).await,
                    None => Err(CloudError::Denied(refusal)),
                }
            }
            answer => answer,
        }
    }

    async fn oss_at(&self, request: &Request<'_>, place: &Place) -> Result<Answer, CloudError> {
        let (path, on_wire, address) = paths(request, &place.address)?;
        self.exchange
            .run(&request.call, |now| {
                let mut parts = Parts::new(request.method, &path);
                parts.query.clone_from(&request.query);
                for (name, value) in &request.headers {
                    parts.set_header(name, value);
                }
                oss_v4::sign(&mut parts, &self.credentials.now(), &place.region, now);
                let url = address.url(&on_wire, &request.query)?;
                Outgoing::new(parts, url, request.body.clone())
            })
            .await
    }

    fn place(&self, bucket: Option<&BucketRef>) -> Result<Place, CloudError> {
        let Some(bucket) = bucket else {
            return Ok(Place { address: self.store.clone(), region: self.region.clone() });
        };
        let region = match plain_region(&bucket.region) {
            "" => self.region.clone(),
            region => region.to_owned(),
        };
        // A store at an address in numbers is the only way to itself, whatever it calls its buckets'.
        let address = match &bucket.endpoint {
            Some(endpoint) if !self.store.is_bare() => self.store.sibling(endpoint)?,
            None if !self.store.is_bare() && region != self.region => {
                self.store.sibling(&format!("oss-{region}.{DOMAIN}"))?
            }
            _ => self.store.clone(),
        };
        Ok(Place { address, region })
    }

    /// The place that a refusal names, if a signed request may follow it there: to a host of the
    /// provider, or from one address in numbers to another.
    fn moved(&self, from: &Place, host: &str) -> Option<Place> {
        let address = self.store.sibling(host).ok()?;
        let trusted = address.is_under(DOMAIN) || (from.address.is_bare() && address.is_bare());
        if !trusted || address == from.address {
            return None;
        }
        let region = region_of_host(host).unwrap_or_else(|| from.region.clone());
        Some(Place { address, region })
    }
}

/// The path to sign (always with the bucket), the path on the wire, and the address to call.
fn paths(
    request: &Request<'_>,
    address: &Address,
) -> Result<(String, String, Address), CloudError> {
    let Some(bucket) = request.bucket else {
        return Ok(("/".to_owned(), "/".to_owned(), address.clone()));
    };
    let name = request.object.unwrap_or_default();
    let encoded = match request.object {
        Some(name) => object_path(name)?,
        None => String::new(),
    };
    let signed = format!("/{}/{name}", bucket.name);
    Ok(match address.is_bare() {
        true => (signed, format!("/{}/{encoded}", bucket.name), address.clone()),
        false => (signed, format!("/{encoded}"), address.with_bucket(&bucket.name)),
    })
}

#[cfg(test)]
mod tests {
    use claviger_dial::{Guard, GuardSettings};
    use claviger_model::{Provider, Secret};

    use super::*;
    use crate::{Credentials, LiveCredentials, Settings};

    fn aliyun(endpoint: Option<&str>) -> Aliyun {
        let settings = Settings {
            provider: Provider::Aliyun,
            region: "oss-cn-hangzhou".to_owned(),
            endpoint: endpoint.map(str::to_owned),
            accounts_endpoint: None,
            credentials: Some(Credentials {
                access_key_id: "LTAI5tFakeKeyId00000001".to_owned(),
                secret: Secret::new("FakeSecret0000000000000000001".to_owned()),
                security_token: None,
            }),
        };
        let credentials = LiveCredentials::new(settings.credentials.clone().unwrap());
        let guard = Guard::new(GuardSettings::default()).unwrap();
        Aliyun::new(&settings, credentials, &guard).unwrap()
    }

    fn bucket(region: &str, endpoint: Option<&str>) -> BucketRef {
        BucketRef {
            name: "b".to_owned(),
            region: region.to_owned(),
            endpoint: endpoint.map(str::to_owned),
        }
    }

    /// URL and region of a call to object `o`.
    fn check(store: Option<&str>, bucket: &BucketRef, url: &str, region: &str) {
        let aliyun = aliyun(store);
        let place = aliyun.place(Some(bucket)).unwrap();
        let request = Request::object("oss:GetObject", "GET", bucket, "d/o");
        let (signed, on_wire, address) = paths(&request, &place.address).unwrap();
        assert_eq!(signed, "/b/d/o");
        assert_eq!(address.url(&on_wire, &[]).unwrap().as_str(), url);
        assert_eq!(place.region, region);
    }

    #[test]
    fn a_bucket_is_called_at_its_own_endpoint_with_its_name_before_the_host() {
        let own = bucket("cn-hangzhou", None);
        check(None, &own, "https://b.oss-cn-hangzhou.aliyuncs.com/d/o", "cn-hangzhou");
        let named = bucket("oss-cn-shanghai", Some("oss-cn-shanghai.aliyuncs.com"));
        check(None, &named, "https://b.oss-cn-shanghai.aliyuncs.com/d/o", "cn-shanghai");
        let far = bucket("cn-beijing", None);
        check(None, &far, "https://b.oss-cn-beijing.aliyuncs.com/d/o", "cn-beijing");
    }

    #[test]
    fn at_an_address_in_numbers_the_bucket_stands_in_the_path() {
        let named = bucket("cn-hangzhou", Some("oss-cn-hangzhou.aliyuncs.com"));
        check(Some("http://127.0.0.1:9"), &named, "http://127.0.0.1:9/b/d/o", "cn-hangzhou");
        check(Some("http://localhost:9"), &named, "http://localhost:9/b/d/o", "cn-hangzhou");
    }

    #[test]
    fn a_signed_request_does_not_follow_to_a_stranger() {
        let aliyun = aliyun(None);
        let place = aliyun.place(None).unwrap();
        assert!(aliyun.moved(&place, "oss-cn-beijing.aliyuncs.com").is_some());
        assert!(aliyun.moved(&place, "127.0.0.1:80").is_none());
        assert!(aliyun.moved(&place, "oss-cn-beijing.aliyuncs.com.evil.example").is_none());
        assert!(aliyun.moved(&place, "oss-cn-hangzhou.aliyuncs.com").is_none());
    }
}
