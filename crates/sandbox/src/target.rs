//! Which bucket and which object a request names, in either style of address.
//!
//! Path style (`/bucket/key`) or virtual-host style (`bucket.` before the endpoint in `Host`). The
//! bucket ends at the first `/` of the path *as sent*: official clients write `/` inside keys as `%2F`.

use std::net::Ipv4Addr;

use claviger_cloud::sign;

use crate::call::Call;
use crate::refusal::Refusal;

/// Longest key in bytes: 1,024 by S3 (user guide, "Naming objects"), one less by OSS ("Object naming
/// conventions"). Both look at the same objects here, so the longer one holds.
const KEY_BYTES_MAX: usize = 1024;

/// What a request names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Target {
    /// Bucket; `None` for the service itself.
    pub(crate) bucket: Option<String>,
    /// Object key, decoded; `None` for the bucket itself.
    pub(crate) key: Option<String>,
}

impl Target {
    /// Reads the address.
    ///
    /// # Errors
    /// Bucket or key are no UTF-8, or the key is too long.
    pub(crate) fn of(call: &Call) -> Result<Self, Refusal> {
        Self::read(call.host(), &call.path)
    }

    fn read(host: &str, path: &str) -> Result<Self, Refusal> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let (bucket, key) = match bucket_of_host(host) {
            Some(bucket) => (bucket, path),
            None => path.split_once('/').unwrap_or((path, "")),
        };
        let bucket = sign::decode(bucket)
            .ok_or_else(|| Refusal::InvalidBucketName { bucket: bucket.to_owned() })?;
        let key = sign::decode(key)
            .filter(|key| key.len() <= KEY_BYTES_MAX)
            .ok_or_else(|| Refusal::InvalidObjectName { key: key.to_owned() })?;
        Ok(Self {
            bucket: Some(bucket).filter(|bucket| !bucket.is_empty()),
            key: Some(key).filter(|key| !key.is_empty()),
        })
    }

    /// The bucket's name; empty for the service itself.
    pub(crate) fn bucket(&self) -> &str {
        self.bucket.as_deref().unwrap_or_default()
    }

    /// The key; empty for the bucket itself.
    pub(crate) fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// The path that signatures speak of: always with the bucket, whatever the style of the address.
    pub(crate) fn signed_path(&self) -> String {
        match &self.bucket {
            Some(bucket) => format!("/{bucket}/{}", self.key()),
            None => "/".to_owned(),
        }
    }
}

/// The endpoint that a request reached, without a bucket before it.
pub(crate) fn endpoint_of(host: &str) -> &str {
    bucket_of_host(host).map_or(host, |bucket| &host[bucket.len() + 1..])
}

/// The bucket before the endpoint: `b.localhost:1`, `b.127.0.0.1:1`, `b.oss-cn-hangzhou.aliyuncs.com`.
fn bucket_of_host(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if name.parse::<Ipv4Addr>().is_ok() {
        return None;
    }
    let (bucket, rest) = name.split_once('.')?;
    let provider =
        rest.ends_with(".aliyuncs.com") && (rest.starts_with("oss-") || rest.starts_with("s3."));
    let local = rest == "localhost" || rest.parse::<Ipv4Addr>().is_ok();
    (provider || local).then_some(bucket)
}

#[cfg(test)]
mod tests {
    use super::{Target, endpoint_of};

    fn target(bucket: &str, key: &str) -> Target {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Target { bucket: text(bucket), key: text(key) }
    }

    #[test]
    fn both_styles_name_the_same_object() {
        let cases = [
            ("127.0.0.1:80", "/", target("", "")),
            ("127.0.0.1:80", "/b", target("b", "")),
            ("127.0.0.1:80", "/b/", target("b", "")),
            ("127.0.0.1:80", "/b/a%2Fb%20c", target("b", "a/b c")),
            ("127.0.0.1:80", "/b/../x", target("b", "../x")),
            ("127.0.0.1:80", "/b/%22%0A%E7%8C%AB+", target("b", "\"\n猫+")),
            ("b.127.0.0.1:80", "/k", target("b", "k")),
            ("b.localhost:80", "/", target("b", "")),
            ("localhost:80", "/b/k", target("b", "k")),
            ("b.oss-cn-hangzhou.aliyuncs.com", "/d/k", target("b", "d/k")),
            ("oss-cn-hangzhou.aliyuncs.com", "/b", target("b", "")),
        ];
        for (host, path, expected) in cases {
            assert_eq!(Target::read(host, path).unwrap(), expected, "{host}{path}");
        }
    }

    #[test]
    fn a_key_that_is_no_text_or_too_long_is_refused() {
        assert!(Target::read("127.0.0.1", "/b/%FF").is_err());
        assert!(Target::read("127.0.0.1", &format!("/b/{}", "a".repeat(1025))).is_err());
    }

    #[test]
    fn the_endpoint_is_what_stands_behind_the_bucket() {
        assert_eq!(endpoint_of("b.localhost:80"), "localhost:80");
        assert_eq!(endpoint_of("127.0.0.1:80"), "127.0.0.1:80");
    }
}
