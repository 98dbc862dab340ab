//! An answer of OSS or S3, before the headers that every answer has.

use axum::body::Bytes;
use jiff::Timestamp;

/// An answer.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    /// HTTP status.
    pub(crate) status: u16,
    /// Headers in order. A value that no header may hold is left out when the answer is sent.
    pub(crate) headers: Vec<(String, String)>,
    /// Body.
    pub(crate) body: Bytes,
    /// Length to announce where there is no body to measure (`HEAD`).
    pub(crate) announced_length: Option<u64>,
    /// Size of the object that was asked for or written, for the access log.
    pub(crate) object_size: Option<u64>,
    /// By how many bytes the bucket grew, for the access log; `None` unless something was written.
    pub(crate) delta_bytes: Option<i64>,
}

impl Reply {
    /// No more than a status.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// An XML document.
    pub(crate) fn xml(document: String) -> Self {
        Self::status(200).with("Content-Type", "application/xml").body(Bytes::from(document))
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds the header that names a version, where there is one.
    pub(crate) fn with_version(self, name: &str, version_id: Option<&str>) -> Self {
        match version_id {
            Some(version_id) => self.with(name, version_id),
            None => self,
        }
    }

    /// Sets the body.
    pub(crate) fn body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    /// Notes what was written.
    pub(crate) fn wrote(mut self, size: u64, delta_bytes: i64) -> Self {
        self.object_size = Some(size);
        self.delta_bytes = Some(delta_bytes);
        self
    }
}

/// `2026-01-02T03:04:05.000Z`, as XML answers have it.
pub(crate) fn xml_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// `Fri, 02 Jan 2026 03:04:05 GMT`, as headers have it.
pub(crate) fn http_time(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::{http_time, xml_time};

    #[test]
    fn times_look_as_the_services_write_them() {
        let at = "2026-01-02T03:04:05.678Z".parse().unwrap();
        assert_eq!(xml_time(at), "2026-01-02T03:04:05.000Z");
        assert_eq!(http_time(at), "Fri, 02 Jan 2026 03:04:05 GMT");
    }
}
