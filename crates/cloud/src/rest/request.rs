//! One call to a store before it has an address and a signature.

use crate::BucketRef;
use crate::sign::content_md5;
use crate::wire::{Call, Reading};

/// A call before it has an address.
#[derive(Clone)]
pub(crate) struct Request<'a> {
    pub(crate) call: Call,
    pub(crate) method: &'static str,
    pub(crate) bucket: Option<&'a BucketRef>,
    pub(crate) object: Option<&'a str>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl<'a> Request<'a> {
    /// A call to the service.
    pub(crate) fn service(call: &'static str, method: &'static str) -> Self {
        Self {
            call: Call::new(call),
            method,
            bucket: None,
            object: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A call to a bucket.
    pub(crate) fn bucket(call: &'static str, method: &'static str, bucket: &'a BucketRef) -> Self {
        Self { bucket: Some(bucket), ..Self::service(call, method) }
    }

    /// A call to an object.
    pub(crate) fn object(
        call: &'static str,
        method: &'static str,
        bucket: &'a BucketRef,
        name: &'a str,
    ) -> Self {
        Self { object: Some(name), ..Self::bucket(call, method, bucket) }
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn reading(mut self, reading: Reading) -> Self {
        self.call.reading = reading;
        self
    }

    /// A body with its type and its hash, so that what arrives is what was sent; S3 demands the hash where it
    /// configures a bucket.
    pub(crate) fn body(self, content_type: &str, body: Vec<u8>) -> Self {
        let mut request =
            self.header("content-type", content_type).header("content-md5", &content_md5(&body));
        request.body = body;
        request
    }
}
