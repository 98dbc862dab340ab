//! What a person's role does not allow: shown, but switched off, with the role that it takes.

use claviger_service::{Act, Actor};

/// Why somebody may not do something; `None` where they may.
pub(in crate::console) fn missing(actor: &Actor, act: Act) -> Option<String> {
    let (needed, has) = (act.needs().as_str(), actor.role.as_str());
    (!actor.may(act)).then(|| format!("This needs the role {needed}; you are {has}"))
}
