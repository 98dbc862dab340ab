//! What every cloud that speaks HTTP shares: addresses, the exchange with its retries, and reading what
//! a service refuses with. Nothing here knows a provider's calls.

mod address;
mod exchange;
mod pace;
mod refusal;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

pub(crate) use address::{Address, object_path, region_of_host, valid_bucket};
pub(crate) use exchange::{Call, Exchange, Reading};

use crate::CloudError;
use crate::archive::Told;
use crate::sign::{Parts, parse_http_date};

/// A request that is ready to go.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: reqwest::Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Outgoing {
    /// The signed parts as a request. `host` is left to the client, which writes the same.
    pub(crate) fn new(parts: Parts, url: reqwest::Url, body: Vec<u8>) -> Result<Self, CloudError> {
        let method = Method::from_bytes(parts.method.as_bytes())
            .map_err(|error| CloudError::Settings { why: error.to_string() })?;
        let mut headers = parts.headers;
        headers.retain(|(name, _)| name != "host");
        // The client says nothing of a body that is empty; a store may insist on its length (411).
        if body.is_empty() && matches!(method, Method::PUT | Method::POST) {
            headers.push(("content-length".to_owned(), "0".to_owned()));
        }
        Ok(Self { method, url, headers, body })
    }
}

/// A successful answer.
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as a value.
    pub(crate) fn xml<T: DeserializeOwned>(&self, call: &'static str) -> Result<T, CloudError> {
        let malformed = |why: String| CloudError::Malformed { call, why };
        let text = std::str::from_utf8(&self.body).map_err(|error| malformed(error.to_string()))?;
        quick_xml::de::from_str(text).map_err(|error| malformed(error.to_string()))
    }

    /// The body as a value.
    pub(crate) fn json<T: DeserializeOwned>(&self, call: &'static str) -> Result<T, CloudError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| CloudError::Malformed { call, why: error.to_string() })
    }

    /// What a look at an object says of it; `class_counts` where its storage class says whether it can be read.
    pub(crate) fn object_info(
        &self,
        call: &'static str,
        name: &str,
        class_counts: bool,
    ) -> Result<crate::ObjectInfo, CloudError> {
        let header = |wanted: &'static str| {
            self.header(wanted).ok_or_else(|| CloudError::Malformed {
                call,
                why: format!("the header `{wanted}` is missing"),
            })
        };
        let unreadable = |what: &'static str| CloudError::Malformed {
            call,
            why: format!("the header `{what}` could not be read"),
        };
        let bytes = header("content-length")?.parse().map_err(|_| unreadable("content-length"))?;
        let last_modified =
            parse_http_date(header("last-modified")?).ok_or(unreadable("last-modified"))?;
        let told = Told {
            class: self.either("x-oss-storage-class", "x-amz-storage-class"),
            restoration: self.either("x-oss-restore", "x-amz-restore"),
            moved_into: self.header("x-amz-archive-status"),
            class_counts,
        };
        Ok(crate::ObjectInfo {
            name: name.to_owned(),
            bytes,
            etag: unquoted(header("etag")?),
            last_modified,
            availability: told.at_a_look(),
            storage_class: told.class.map(str::to_owned),
        })
    }

    /// A header that OSS and S3 call otherwise.
    fn either(&self, of_oss: &str, of_s3: &str) -> Option<&str> {
        self.header(of_oss).or_else(|| self.header(of_s3))
    }
}

/// `"abc"` without its quotes.
pub(crate) fn unquoted(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}

/// `None` for a part that was denied, that the store does not have, or that is not set up.
pub(crate) fn optional<T>(result: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(CloudError::Denied(_)) => Ok(None),
        Err(error) if error.is_lacking() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The answer of a call that may be refused: then its name is noted, and the answer is not known.
pub(crate) fn noted<T>(
    result: Result<T, CloudError>,
    call: &str,
    unread: &mut Vec<String>,
) -> Result<Option<T>, CloudError> {
    let answer = optional(result)?;
    if answer.is_none() {
        unread.push(call.to_owned());
    }
    Ok(answer)
}

/// Text inside an XML element.
pub(crate) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
