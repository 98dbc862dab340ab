//! Who signs in, by a provider of OpenID Connect: discovery, authorization code with PKCE, and an ID token
//! whose every claim is proved.
//!
//! Floor 2: hides the protocol and its library. What comes out is who somebody is at the provider, never what
//! they may do here. Absent on purpose: any page, cookie, user or role; any clock (time is an argument); any
//! way out but the guarded one. What is under way between two requests is handed out and handed back.

mod claims;
mod error;
mod outside;
mod provider;
mod settings;
mod token;

pub use claims::Identity;
pub use error::IdentityError;
pub use provider::{Begun, Provider};
pub use settings::ProviderSettings;
