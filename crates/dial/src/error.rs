//! What can go wrong on the way out, and the way out of that.

use std::fmt;
use std::net::IpAddr;

/// Why an address is not dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It hands out the machine's own cloud credentials; refused even in an allowed network.
    Metadata,
    /// This machine.
    Loopback,
    /// A private network (RFC 1918).
    Private,
    /// The link it stands on (RFC 3927, RFC 4291).
    LinkLocal,
    /// A private network of IPv6 (RFC 4193).
    UniqueLocal,
    /// Shared by a carrier's customers (RFC 6598).
    CarrierShared,
    /// Many machines at once.
    Multicast,
    /// No machine: `0.0.0.0/8` and `::`.
    Unspecified,
    /// Kept for documentation, measurement or the future (RFC 6890).
    Reserved,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Metadata => "a metadata address, which hands out credentials of this machine",
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address",
            Self::UniqueLocal => "a unique-local address",
            Self::CarrierShared => "a carrier's shared address",
            Self::Multicast => "a multicast address",
            Self::Unspecified => "an unspecified address",
            Self::Reserved => "a reserved address",
        })
    }
}

/// An address that is not dialled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{host}` leads to {address}, {why}")]
pub struct Forbidden {
    /// The name or address that was asked for.
    pub host: String,
    /// Where it leads.
    pub address: IpAddr,
    /// Why it is refused.
    pub why: Why,
}

/// What can go wrong on the way out.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The client could not be made.
    #[error("could not make the HTTP client")]
    MakeClient(#[source] reqwest::Error),
    /// The address is refused.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The URL names no host, or another scheme than `http` and `https`.
    #[error(
        "`{url}` is no address to dial: it must begin with http:// or https:// and name a host"
    )]
    NoAddress {
        /// What was given, without user information and query.
        url: String,
    },
    /// The name could not be resolved.
    #[error("could not resolve `{host}`")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver says.
        #[source]
        source: std::io::Error,
    },
    /// The request could not be built.
    #[error("could not build the request")]
    Build(#[source] reqwest::Error),
    /// The request could not be sent, or no answer came.
    #[error("could not reach `{host}`")]
    Send {
        /// Host and port.
        host: String,
        /// What happened.
        #[source]
        source: reqwest::Error,
    },
    /// The answer broke off.
    #[error("the answer broke off")]
    ReadBody(#[source] reqwest::Error),
    /// The answer is larger than allowed.
    #[error("the answer is larger than {bytes_max} bytes")]
    BodyTooLarge {
        /// The limit.
        bytes_max: usize,
    },
}

impl DialError {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::MakeClient(_) => "check the TLS setup of this machine".to_owned(),
            Self::Forbidden(Forbidden { why: Why::Metadata, .. }) => {
                "metadata addresses are never dialled; use the real address of the service"
                    .to_owned()
            }
            Self::Forbidden(Forbidden { address, .. }) => {
                let bits = if address.is_ipv4() { 32 } else { 128 };
                format!(
                    "if it is yours, add \"{address}/{bits}\" to `allow_networks`, or start with \
                     `--allow-network {address}/{bits}`"
                )
            }
            Self::NoAddress { .. } => "write it as https://host[:port]".to_owned(),
            Self::Resolve { host, .. } => {
                format!("check the spelling of `{host}` and the name server of this machine")
            }
            Self::Build(_) => {
                "check the address for characters that do not belong there".to_owned()
            }
            Self::Send { host, .. } => {
                format!("check that `{host}` is up and reachable from this machine")
            }
            Self::ReadBody(_) => "try again; the connection was lost".to_owned(),
            Self::BodyTooLarge { .. } => {
                "check that the address is the service's and not something else".to_owned()
            }
        }
    }

    /// Whether the same call may succeed a moment later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Send { .. } | Self::ReadBody(_) | Self::Resolve { .. })
    }
}
