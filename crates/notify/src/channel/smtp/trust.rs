//! Which certificates a mail server may show. There is no way to show none.

use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};

use super::Smtp;
use crate::NotifyError;

/// The machine's own trusted certificates, or those of the web's authorities where the machine has none
/// (a bare container), and those that the installation was given. The certificate must be for the
/// host's name, not for the address that it led to.
pub(super) fn parameters(smtp: &Smtp) -> Result<TlsParameters, NotifyError> {
    let failed = |source: lettre::transport::smtp::Error| NotifyError::Tls {
        server: smtp.server(),
        source: source.into(),
    };
    let own = rustls_native_certs::load_native_certs().certs;
    let store = if own.is_empty() { CertificateStore::WebpkiRoots } else { CertificateStore::None };
    let mut builder = TlsParameters::builder(smtp.host.clone()).certificate_store(store);
    for certificate in own {
        let der = certificate.as_ref().to_vec();
        builder = builder.add_root_certificate(Certificate::from_der(der).map_err(failed)?);
    }
    if let Some(pem) = &smtp.roots_pem {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(failed)?);
    }
    builder.build().map_err(failed)
}
