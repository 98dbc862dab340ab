//! One signed call to S3.

use claviger_model::Provider;

use super::{Accounts, S3, store_of};
use crate::rest::Request;
use crate::sign::{Parts, sha256_hex, sig_v4};
use crate::wire::{Address, Answer, Outgoing, object_path, valid_bucket};
use crate::{BucketRef, CloudError};

/// Where a bucket is called, and for which region it is signed.
struct Place {
    address: Address,
    region: String,
}

impl<A: Accounts> S3<A> {
    /// Runs a call; one for a bucket of another region is made there once more.
    pub(super) async fn s3(&self, request: Request<'_>) -> Result<Answer, CloudError> {
        if let Some(bucket) = request.bucket {
            valid_bucket(&bucket.name)?;
        }
        let place = self.place(request.bucket)?;
        match self.s3_at(&request, &place).await {
            Err(error) => match self.moved(&place, &error) {
                Some(elsewhere) => self.s3_at(&request, &elsewhere).await,
                None => Err(error),
            },
            answer => answer,
        }
    }

    async fn s3_at(&self, request: &Request<'_>, place: &Place) -> Result<Answer, CloudError> {
        let (path, on_wire) = paths(request)?;
        let payload = sha256_hex(&request.body);
        self.exchange
            .run(&request.call, |now| {
                let mut parts = Parts::new(request.method, &path);
                parts.query.clone_from(&request.query);
                parts.payload_sha256.clone_from(&payload);
                parts.set_header("host", place.address.authority());
                for (name, value) in &request.headers {
                    parts.set_header(name, value);
                }
                sig_v4::sign(&mut parts, &self.credentials.now(), &place.region, "s3", now);
                let url = place.address.url(&on_wire, &request.query)?;
                Outgoing::new(parts, url, request.body.clone())
            })
            .await
    }

    fn place(&self, bucket: Option<&BucketRef>) -> Result<Place, CloudError> {
        let own = || Place { address: self.store.clone(), region: self.region.clone() };
        match bucket.map(|bucket| bucket.region.as_str()) {
            None | Some("") => Ok(own()),
            Some(region) if region == self.region => Ok(own()),
            Some(region) => self.place_in(region),
        }
    }

    /// AWS has an endpoint for each region; a store of one's own has one for all.
    fn place_in(&self, region: &str) -> Result<Place, CloudError> {
        let follows = self.provider == Provider::Aws && !self.store.is_bare();
        let address = if follows { store_of(region)? } else { self.store.clone() };
        Ok(Place { address, region: region.to_owned() })
    }

    /// The place of a bucket that a refusal says is in another region.
    fn moved(&self, from: &Place, error: &CloudError) -> Option<Place> {
        let region = error.refusal()?.region.as_deref()?;
        let plain = region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let elsewhere = plain && !region.is_empty() && region != from.region;
        elsewhere.then(|| self.place_in(region).ok()).flatten()
    }
}

/// The path to sign, and the same as it stands on the wire.
fn paths(request: &Request<'_>) -> Result<(String, String), CloudError> {
    let Some(bucket) = request.bucket else { return Ok(("/".to_owned(), "/".to_owned())) };
    let bucket = &bucket.name;
    match request.object {
        Some(name) => {
            Ok((format!("/{bucket}/{name}"), format!("/{bucket}/{}", object_path(name)?)))
        }
        None => Ok((format!("/{bucket}"), format!("/{bucket}"))),
    }
}

#[cfg(test)]
mod tests {
    use claviger_dial::{Guard, GuardSettings};
    use claviger_model::Secret;

    use super::*;
    use crate::s3::Iam;
    use crate::{Credentials, LiveCredentials, Settings};

    fn s3(provider: Provider, endpoint: Option<&str>) -> S3<Iam> {
        let settings = Settings {
            provider,
            region: "eu-west-1".to_owned(),
            endpoint: endpoint.map(str::to_owned),
            accounts_endpoint: None,
            credentials: Some(Credentials {
                access_key_id: "AKFAKE0000000000001".to_owned(),
                secret: Secret::new("FakeSecret0000000000000000001".to_owned()),
                security_token: None,
            }),
        };
        let credentials = LiveCredentials::new(settings.credentials.clone().unwrap());
        let guard = Guard::new(GuardSettings::default()).unwrap();
        S3::new(&settings, credentials, &guard).unwrap()
    }

    fn place(s3: &S3<Iam>, region: &str) -> (String, String) {
        let bucket = BucketRef { name: "b".to_owned(), region: region.to_owned(), endpoint: None };
        let place = s3.place(Some(&bucket)).unwrap();
        (place.address.authority().to_owned(), place.region)
    }

    fn expected(authority: &str, region: &str) -> (String, String) {
        (authority.to_owned(), region.to_owned())
    }

    #[test]
    fn aws_is_called_in_the_region_of_the_bucket() {
        let aws = s3(Provider::Aws, None);
        assert_eq!(place(&aws, ""), expected("s3.eu-west-1.amazonaws.com", "eu-west-1"));
        assert_eq!(place(&aws, "us-west-2"), expected("s3.us-west-2.amazonaws.com", "us-west-2"));
        let china = expected("s3.cn-north-1.amazonaws.com.cn", "cn-north-1");
        assert_eq!(place(&aws, "cn-north-1"), china);
    }

    #[test]
    fn a_store_of_ones_own_is_called_where_it_is() {
        let own = s3(Provider::S3, Some("http://127.0.0.1:9000"));
        assert_eq!(place(&own, "mars-1"), expected("127.0.0.1:9000", "mars-1"));
    }
}
