//! Stores whose objects are called by REST, OSS and those that speak S3: what they do alike is written once.
//! A provider says how a request gets its address and signature, and what it calls things.

mod objects;
mod request;
mod versions;

use async_trait::async_trait;
use claviger_model::Acl;

pub(crate) use request::Request;

use crate::CloudError;
use crate::cloud::Provided;
use crate::sign::decode;
use crate::wire::Answer;

/// What a provider calls its calls.
pub(crate) struct Calls {
    pub(crate) list: &'static str,
    pub(crate) head: &'static str,
    pub(crate) get: &'static str,
    pub(crate) put: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) acl: &'static str,
    pub(crate) list_versions: &'static str,
    pub(crate) get_version: &'static str,
    pub(crate) delete_version: &'static str,
}

/// How names are encoded in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// By percent signs alone; tokens of pages as well.
    Percent,
    /// As forms do: a blank is `+`, a plus is `%2B`. Tokens stay as they are.
    Form,
}

impl Names {
    /// A name out of a listing that says that it encodes.
    fn decoded(self, call: &'static str, text: String) -> Result<String, CloudError> {
        let plain = match self {
            Self::Percent => decode(&text),
            Self::Form => decode(&text.replace('+', " ")),
        };
        plain.ok_or_else(|| CloudError::Malformed {
            call,
            why: format!("the name `{text}` is no text"),
        })
    }
}

/// A store of one provider.
#[async_trait]
pub(crate) trait Store: Provided {
    /// What it calls its calls.
    const CALLS: Calls;
    /// How it encodes names.
    const NAMES: Names;
    /// What is said beside a range of bytes, so that no more is sent.
    const RANGE_ONLY: Option<(&'static str, &'static str)>;

    /// Whether the storage class of an object says whether it can be read.
    fn class_counts(&self) -> bool {
        true
    }

    /// What a listing is asked by, so that it tells how restorations stand.
    fn list_header(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Gives a request its address and its signature, and runs it.
    async fn call(&self, request: Request<'_>) -> Result<Answer, CloudError>;

    /// The header that gives a new object its list.
    fn acl_header(acl: Acl) -> (&'static str, &'static str);

    /// The list in an answer.
    fn acl_of(&self, answer: &Answer, call: &'static str) -> Result<Acl, CloudError>;
}
