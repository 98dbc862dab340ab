//! Whose an access key id is, and whether it may be used: long-term keys and temporary ones alike.
//!
//! One place for the storage services and the accounts' services; each has its own words for the
//! refusals. The network restriction of a key is asked after its signature was found right, so that a
//! stranger does not learn of it.

use std::net::IpAddr;

use claviger_model::{CloudKeyStatus, Secret};
use jiff::Timestamp;

use crate::auth::Caller;
use crate::world::{Key, World};

/// Why a key id may not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyProblem {
    /// No key has this id, or it was deleted.
    Unknown,
    /// It is disabled.
    Disabled,
    /// The key's network restriction does not admit the caller's address.
    OutsideNetwork,
    /// It is a temporary key and its token is not there.
    TokenMissing,
    /// The token is not the one that was given with the key.
    TokenWrong,
    /// The temporary key's time is over.
    TokenExpired,
}

/// Who holds a key id, with what its signatures are checked by.
pub(crate) struct Holder<'a> {
    /// The secret half.
    pub(crate) secret: &'a Secret,
    /// Who it makes the caller.
    pub(crate) caller: Caller,
    /// The long-term key; `None` for a temporary one.
    key: Option<&'a Key>,
}

/// Finds the holder of a key id.
///
/// # Errors
/// Nobody holds it, or it may not be used now.
pub(crate) fn of<'a>(
    world: &'a World,
    access_key_id: &str,
    security_token: Option<&str>,
    now: Timestamp,
) -> Result<Holder<'a>, KeyProblem> {
    if let Some(session) = world.sessions.get(access_key_id) {
        match security_token {
            None => return Err(KeyProblem::TokenMissing),
            Some(token) if token != session.security_token.reveal() => {
                return Err(KeyProblem::TokenWrong);
            }
            Some(_) if now >= session.expires_at => return Err(KeyProblem::TokenExpired),
            Some(_) => {}
        }
        let role = world.roles.get(&session.role).ok_or(KeyProblem::Unknown)?;
        let caller = Caller::Role {
            name: role.name.clone(),
            role_id: role.role_id.clone(),
            session: session.name.clone(),
            access_key_id: access_key_id.to_owned(),
        };
        return Ok(Holder { secret: &session.secret, caller, key: None });
    }
    let key = world.keys.get(access_key_id).ok_or(KeyProblem::Unknown)?;
    if security_token.is_some() {
        return Err(KeyProblem::TokenWrong);
    }
    if key.status == CloudKeyStatus::Inactive {
        return Err(KeyProblem::Disabled);
    }
    Ok(Holder { secret: &key.secret, caller: Caller::of_key(world, key), key: Some(key) })
}

impl<'a> Holder<'a> {
    /// The holder of a key of MinIO: users of the accounts' services are none of its, and the other way round.
    pub(crate) fn of_minio((secret, caller): (&'a Secret, Caller)) -> Self {
        Self { secret, caller, key: None }
    }

    /// Whether the key may be used from this address. Temporary keys know no such restriction.
    ///
    /// # Errors
    /// It may not.
    pub(crate) fn check_network(&self, world: &World, source_ip: IpAddr) -> Result<(), KeyProblem> {
        let Some(key) = self.key else { return Ok(()) };
        let own = key.network.as_ref().filter(|network| network.is_active());
        // A restriction of the key itself stands in place of the account's, not beside it.
        let restriction = own.or(world.network.as_ref());
        if restriction.is_none_or(|network| network.admits(source_ip)) {
            Ok(())
        } else {
            Err(KeyProblem::OutsideNetwork)
        }
    }
}
