//! Endpoints and the paths behind them.

use std::net::IpAddr;

use reqwest::Url;

use crate::CloudError;
use crate::sign::encode;

/// Where a service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    scheme: String,
    authority: String,
}

impl Address {
    /// Reads `https://host[:port]`, or a host alone, which means HTTPS.
    pub(crate) fn parse(text: &str) -> Result<Self, CloudError> {
        let wrong = || CloudError::Settings {
            why: format!("`{text}` is no endpoint: write it as https://host[:port]"),
        };
        let text = text.trim();
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&full).map_err(|_| wrong())?;
        let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
        match (url.scheme(), url.host_str()) {
            ("http" | "https", Some(host)) if bare => Ok(Self {
                scheme: url.scheme().to_owned(),
                authority: url.port().map_or(host.to_owned(), |port| format!("{host}:{port}")),
            }),
            _ => Err(wrong()),
        }
    }

    /// The same scheme at another host, which a provider named.
    pub(crate) fn sibling(&self, host: &str) -> Result<Self, CloudError> {
        let host = host.split_once("://").map_or(host, |(_, host)| host);
        Self::parse(&format!("{}://{host}", self.scheme))
    }

    /// The address of a bucket that has its name before the host.
    pub(crate) fn with_bucket(&self, bucket: &str) -> Self {
        Self { scheme: self.scheme.clone(), authority: format!("{bucket}.{}", self.authority) }
    }

    /// The host as the `Host` header has it: with its port unless that is the scheme's own.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether the host is an address in numbers or this machine, so that nothing can stand before it.
    pub(crate) fn is_bare(&self) -> bool {
        let host = host_of(&self.authority);
        host.parse::<IpAddr>().is_ok() || host == "localhost" || host.ends_with(".localhost")
    }

    /// Whether this is a host of the provider itself, to which a signed request may follow.
    pub(crate) fn is_under(&self, domain: &str) -> bool {
        host_of(&self.authority).strip_suffix(domain).is_some_and(|head| head.ends_with('.'))
    }

    /// The URL of an encoded path and a decoded query.
    pub(crate) fn url(
        &self,
        encoded_path: &str,
        query: &[(String, String)],
    ) -> Result<Url, CloudError> {
        let pairs: Vec<String> = query
            .iter()
            .map(|(name, value)| match value.is_empty() {
                true => encode(name),
                false => format!("{}={}", encode(name), encode(value)),
            })
            .collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        let text =
            format!("{}://{}{encoded_path}{mark}{}", self.scheme, self.authority, pairs.join("&"));
        Url::parse(&text).map_err(|error| CloudError::Settings {
            why: format!("`{}` is no endpoint: {error}", self.authority),
        })
    }
}

fn host_of(authority: &str) -> &str {
    if let Some(end) = authority.rfind(']') {
        return authority[..end].trim_start_matches('[');
    }
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

/// `oss-cn-hangzhou-internal.aliyuncs.com` → `cn-hangzhou`.
pub(crate) fn region_of_host(host: &str) -> Option<String> {
    let label = host.split('.').find(|label| label.starts_with("oss-"))?;
    let region = label.trim_start_matches("oss-").trim_end_matches("-internal");
    Some(region.to_owned())
}

/// Whether a bucket name can stand in an address and mean nothing else there.
pub(crate) fn valid_bucket(name: &str) -> Result<(), CloudError> {
    let fits = !name.is_empty() && name.len() <= 255;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if fits && name.bytes().all(plain) && !name.starts_with('.') && !name.contains("..") {
        return Ok(());
    }
    Err(CloudError::Unaddressable { name: name.to_owned() })
}

/// An object name as it stands in an address, encoded so that nothing on the way tidies it up.
///
/// URLs drop the segments `.` and `..`, however they are encoded; so the slashes beside such a segment
/// are written as `%2F`, which stores read as the slash they are. Only a name that is nothing but `.`
/// or `..` cannot be saved so.
pub(crate) fn object_path(name: &str) -> Result<String, CloudError> {
    if name.is_empty() || is_dots(name) {
        return Err(CloudError::Unaddressable { name: name.to_owned() });
    }
    let mut path = String::with_capacity(name.len() * 3);
    let mut before: Option<&str> = None;
    for segment in name.split('/') {
        if let Some(before) = before {
            path.push_str(if is_dots(before) || is_dots(segment) { "%2F" } else { "/" });
        }
        path.push_str(&encode(segment));
        before = Some(segment);
    }
    Ok(path)
}

fn is_dots(segment: &str) -> bool {
    matches!(segment, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::decode;

    fn check(text: &str, authority: &str, bare: bool) {
        let address = Address::parse(text).unwrap();
        assert_eq!((address.authority(), address.is_bare()), (authority, bare), "{text}");
    }

    #[test]
    fn an_endpoint_is_a_host_with_or_without_its_scheme() {
        check("http://127.0.0.1:9000", "127.0.0.1:9000", true);
        check("http://[::1]:9000/", "[::1]:9000", true);
        check("localhost:80", "localhost:80", true);
        check("oss-cn-hangzhou.aliyuncs.com", "oss-cn-hangzhou.aliyuncs.com", false);
        check("https://s3.amazonaws.com:443", "s3.amazonaws.com", false);
        for wrong in ["", "ftp://x", "http://x/path", "http://user@x", "http://x?y"] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_name_survives_the_url() {
        let long = "é".repeat(512);
        let address = Address::parse("http://127.0.0.1:1").unwrap();
        for name in [
            "a b+c%2F%d?e#f&g=h",
            "../up",
            "a/../b",
            "a/./b",
            "a/..",
            "..a/...",
            "/leading",
            "//twice//x/",
            "quote\"'`<b>&amp;</b>",
            "line\nbreak\ttab\r\\x",
            "日本語/emoji 🦀",
            "%2e%2e/x",
            "a/%2e%2e/b",
            long.as_str(),
        ] {
            let path = format!("/bucket/{}", object_path(name).unwrap());
            let url = address.url(&path, &[]).unwrap();
            assert_eq!(url.path(), path, "{name}");
            assert_eq!(decode(url.path()).unwrap(), format!("/bucket/{name}"));
        }
        for name in ["", ".", ".."] {
            assert!(object_path(name).is_err(), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_survives_the_url(name in "[./%a\\PC]{1,40}") {
            if let Ok(path) = object_path(&name) {
                let path = format!("/bucket/{path}");
                let url = Address::parse("http://127.0.0.1:1").unwrap().url(&path, &[]).unwrap();
                proptest::prop_assert_eq!(url.path(), path.as_str());
                proptest::prop_assert_eq!(decode(url.path()).unwrap(), format!("/bucket/{}", name));
            } else {
                proptest::prop_assert!(name == "." || name == "..");
            }
        }
    }

    #[test]
    fn a_bucket_name_cannot_lead_elsewhere() {
        assert!(valid_bucket("my-bucket.v2").is_ok());
        for name in ["", "a/b", "evil.example/#", "a..b", "..", "a b", "a@b", "a:1"] {
            assert!(valid_bucket(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_region_stands_in_the_host() {
        assert_eq!(region_of_host("oss-cn-hangzhou.aliyuncs.com").as_deref(), Some("cn-hangzhou"));
        assert_eq!(
            region_of_host("b.oss-eu-west-1-internal.aliyuncs.com").as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(region_of_host("127.0.0.1"), None);
    }

    #[test]
    fn only_hosts_of_the_domain_are_under_it() {
        let under = |host| Address::parse(host).unwrap().is_under("aliyuncs.com");
        assert!(under("oss-cn-shanghai.aliyuncs.com"));
        assert!(!under("evilaliyuncs.com"));
        assert!(!under("aliyuncs.com.evil.example"));
    }
}
