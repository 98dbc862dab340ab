//! Typed identifiers. Each is a short text `<prefix>_<32 hex digits>`.
//!
//! Most are derived from what they are about, so that a job which runs twice names the same row twice
//! instead of making a second one.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Declares one identifier type; a macro because each must be its own type with the same shape.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The identifier of the thing that `parts` name: the same parts give the same identifier.
            #[must_use]
            pub fn derived(parts: &[&str]) -> Self {
                Self(derived($prefix, parts))
            }

            /// A fresh identifier from 16 random bytes.
            #[must_use]
            pub fn from_entropy(entropy: [u8; 16]) -> Self {
                Self(format!("{}_{}", $prefix, hex::encode(entropy)))
            }

            /// The text as stored and shown in addresses.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// A connection to one cloud account or endpoint.
    ConnectionId,
    "con"
);
identifier!(
    /// A bucket of a connection: derived from connection and bucket name.
    AssetId,
    "ast"
);
identifier!(
    /// A risk event: derived from its risk type and subject.
    RiskEventId,
    "evt"
);
identifier!(
    /// A saved view: derived from its owner and name.
    SavedViewId,
    "evv"
);
identifier!(
    /// One place where a key was seen: derived from the key and the place.
    EvidenceId,
    "evd"
);
identifier!(
    /// An alert configuration.
    AlertConfigurationId,
    "alc"
);
identifier!(
    /// One message to be delivered: derived from configuration, risk event and occasion.
    DeliveryId,
    "dlv"
);
identifier!(
    /// An address that messages are sent to: derived from the address.
    RecipientId,
    "rcp"
);
identifier!(
    /// A group of recipients.
    RecipientGroupId,
    "grp"
);
identifier!(
    /// What follows a message that nobody acknowledged: derived from that message.
    EscalationId,
    "esc"
);
identifier!(
    /// A plan of a handling.
    PlanId,
    "pln"
);
identifier!(
    /// A job: derived from its kind and subject.
    JobId,
    "job"
);
identifier!(
    /// A source of log lines that a person set up.
    SourceId,
    "src"
);
identifier!(
    /// A repository of source code that is watched: derived from its address.
    RepositoryId,
    "rep"
);
identifier!(
    /// A person or machine that signs in.
    UserId,
    "usr"
);
identifier!(
    /// A token that a user made for a program.
    ApiTokenId,
    "tok"
);

/// SHA-256 over the length-prefixed parts, so that `["ab", "c"]` and `["a", "bc"]` differ.
fn derived(prefix: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    format!("{prefix}_{}", hex::encode(&hash.finalize()[..16]))
}
