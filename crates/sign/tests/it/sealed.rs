//! Sealed bodies as MinIO's official client for Python makes them.

use claviger_model::Secret;
use claviger_sign::sealed::{SealError, open};

/// `minio.crypto.encrypt` of the PyPI package minio 7.2.20: bytes that count from 0 to 250 and again.
const CAPTURED: [(&[u8], usize); 2] = [
    (include_bytes!("../../fixtures/sealed/full_fragment.bin"), 16_384),
    (include_bytes!("../../fixtures/sealed/two_fragments.bin"), 16_385),
];

#[test]
fn what_the_official_client_sealed_opens() {
    let secret = Secret::new("made-up-secret-of-the-tests".to_owned());
    for (sealed, length) in CAPTURED {
        let body = open(&secret, sealed).unwrap();
        assert_eq!(body.len(), length);
        assert!(body.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 251));
        let cut = &sealed[..sealed.len() - 1];
        assert_eq!(open(&secret, cut), Err(SealError::NotAuthentic));
    }
}
