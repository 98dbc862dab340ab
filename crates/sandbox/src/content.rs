//! The bytes of an object with their digests, computed before the world is locked.

use std::collections::BTreeMap;

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_model::Acl;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::crc64::crc64;
use crate::refusal::Refusal;
use crate::world::{Object, StorageClass};

/// Bytes with their digests.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    bytes: Bytes,
    sha256: String,
    md5: [u8; 16],
    crc64: u64,
}

impl Content {
    /// Digests the bytes.
    pub(crate) fn of(bytes: Bytes) -> Self {
        Self {
            sha256: hex::encode(Sha256::digest(&bytes)),
            md5: Md5::digest(&bytes).into(),
            crc64: crc64(&bytes),
            bytes,
        }
    }

    /// Checks the bytes against a `Content-MD5` header.
    ///
    /// # Errors
    /// The header is no MD5, or another one.
    pub(crate) fn check_md5(&self, header: Option<&str>) -> Result<(), Refusal> {
        let Some(provided) = header else { return Ok(()) };
        match STANDARD.decode(provided) {
            Ok(bytes) if bytes.len() != 16 => {
                Err(Refusal::InvalidDigest { provided: provided.to_owned() })
            }
            Ok(bytes) if bytes == self.md5 => Ok(()),
            Ok(_) => Err(Refusal::BadDigest {
                provided: provided.to_owned(),
                computed: STANDARD.encode(self.md5),
            }),
            Err(_) => Err(Refusal::InvalidDigest { provided: provided.to_owned() }),
        }
    }

    /// The object these bytes make.
    pub(crate) fn into_object(
        self,
        headers: BTreeMap<String, String>,
        acl: Acl,
        now: Timestamp,
    ) -> Object {
        Object {
            size: self.bytes.len() as u64,
            content: self.bytes,
            sha256: self.sha256,
            etag: hex::encode_upper(self.md5),
            crc64: self.crc64,
            headers,
            acl,
            last_modified: now,
            version_id: None,
            storage_class: StorageClass::default(),
            restoration: None,
        }
    }
}

impl Object {
    /// The object's MD5 as `Content-MD5` spells it.
    pub(crate) fn content_md5(&self) -> String {
        STANDARD.encode(hex::decode(&self.etag).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;

    use super::Content;

    #[test]
    fn a_body_is_held_to_its_announced_md5() {
        let content = Content::of(Bytes::from_static(b"hello"));
        assert!(content.check_md5(None).is_ok());
        assert!(content.check_md5(Some("XUFAKrxLKna5cZ2REBfFkg==")).is_ok());
        assert!(content.check_md5(Some("1B2M2Y8AsgTpgAmY7PhCfg==")).is_err());
        assert!(content.check_md5(Some("no base64")).is_err());
        assert!(content.check_md5(Some("AAAA")).is_err());
    }
}
