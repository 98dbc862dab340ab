//! Which certificates a server may show over TLS outside HTTP and SMTP. There is no way to show none.

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The machine's own trusted certificates, and those that are given.
pub(crate) fn client(
    more_pem: Option<&[u8]>,
) -> Result<ClientConfig, Box<dyn std::error::Error + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in more_pem.into_iter().flat_map(CertificateDer::pem_slice_iter) {
        roots.add(certificate?)?;
    }
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}
