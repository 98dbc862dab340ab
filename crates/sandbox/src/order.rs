//! A request that was understood: what is to be done to what, with which bytes.

use axum::body::Bytes;
use claviger_model::Acl;
use jiff::Timestamp;

use crate::call::Call;
use crate::content::Content;
use crate::operation::Operation;
use crate::refusal::Refusal;
use crate::store::Named;
use crate::target::Target;

/// A request that was understood.
pub(crate) struct Order<'a> {
    /// The request.
    pub(crate) call: &'a Call,
    /// What it names.
    pub(crate) target: &'a Target,
    /// What it wants.
    pub(crate) operation: Operation,
    /// Its body without the framing of the transport.
    pub(crate) body: Bytes,
    /// The body with its digests, where an object is written.
    pub(crate) content: Option<Content>,
}

impl Order<'_> {
    /// Bucket name; empty for the service itself.
    pub(crate) fn bucket(&self) -> &str {
        self.target.bucket()
    }

    /// Object key; empty for the bucket itself.
    pub(crate) fn key(&self) -> &str {
        self.target.key()
    }

    /// The version of the object that is asked for; `None` for the last one.
    pub(crate) fn version_id(&self) -> Option<&str> {
        self.call.query("versionId").filter(|id| !id.is_empty())
    }

    /// The object as it is named: key and version.
    pub(crate) fn named(&self) -> Named {
        let version_id = self.version_id().map(str::to_owned);
        Named { key: self.key().to_owned(), version_id }
    }

    /// The time of the request: the world's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.call.received_at
    }

    /// The ACL in a header; `None` where there is no such header.
    ///
    /// # Errors
    /// No ACL has this name.
    pub(crate) fn acl(&self, header: &str) -> Result<Option<Acl>, Refusal> {
        let Some(word) = self.call.header(header) else { return Ok(None) };
        word.parse()
            .map(Some)
            .map_err(|_| Refusal::argument(header, word, "no such bucket access control exists"))
    }
}
