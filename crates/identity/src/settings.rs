//! What is told about a provider, and which addresses are fit to carry a sign-in.

use std::net::IpAddr;

use claviger_model::Secret;
use openidconnect::url::{Host, Url};
use openidconnect::{IssuerUrl, RedirectUrl};

use crate::IdentityError;

/// A provider as an installation is told of it.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// The name that the provider gives itself, an address.
    pub issuer: String,
    /// What the provider knows this installation by.
    pub client_id: String,
    /// What proves it; none for a public client.
    pub client_secret: Option<Secret>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The address that the provider sends browsers back to.
    pub redirect: String,
    /// The claim with the groups or roles of a person; a path with dots where it lies deeper.
    pub roles_claim: String,
}

impl ProviderSettings {
    /// Checks that a sign-in may be trusted to the addresses. Nothing is dialled.
    ///
    /// # Errors
    /// The issuer or the address to come back to is none, or others on the way could read what is sent there.
    pub fn check(&self) -> Result<(), IdentityError> {
        self.addresses().map(drop)
    }

    /// The provider, and the address to come back to.
    pub(crate) fn addresses(&self) -> Result<(IssuerUrl, RedirectUrl), IdentityError> {
        let none = |what, text: &String| IdentityError::Address { what, address: text.clone() };
        let issuer =
            IssuerUrl::new(self.issuer.clone()).map_err(|_| none("issuer", &self.issuer))?;
        safe(issuer.url(), "issuer")?;
        let what = "redirect address";
        let redirect =
            RedirectUrl::new(self.redirect.clone()).map_err(|_| none(what, &self.redirect))?;
        safe(redirect.url(), what)?;
        Ok((issuer, redirect))
    }
}

/// The address, if nobody on the way can read or change what is sent there: TLS, or this very machine.
pub(crate) fn safe(url: &Url, what: &'static str) -> Result<(), IdentityError> {
    let near = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if near => Ok(()),
        _ => Err(IdentityError::Address { what, address: url.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_or_this_machine_carries_a_sign_in() {
        for (url, is_safe) in [
            ("https://id.example.com/realms/a", true),
            ("http://127.0.0.1:9000", true),
            ("http://[::1]:9000", true),
            ("http://localhost:9000", true),
            ("http://id.example.com", false),
            ("http://10.0.0.7", false),
            ("http://localhost.example.com", false),
            ("javascript:alert(1)", false),
            ("ftp://localhost/", false),
        ] {
            assert_eq!(safe(&Url::parse(url).unwrap(), "issuer").is_ok(), is_safe, "{url}");
        }
    }
}
