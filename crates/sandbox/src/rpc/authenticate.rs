//! Who calls an accounts' service: ACS3-HMAC-SHA256 (names in headers) or RPC V1 (names in parameters).

use std::net::IpAddr;

use claviger_cloud::sign::{Malformed, Parts, acs3, rpc_v1};
use jiff::Timestamp;

use super::answer::Fault;
use super::asked::Asked;
use crate::auth::{Caller, is_close};
use crate::holder::{self, KeyProblem};
use crate::world::World;

/// A call whose signature holds.
pub(super) struct Authentic {
    /// Who calls.
    pub(super) caller: Caller,
    /// What makes the call unrepeatable.
    pub(super) nonce: String,
    /// What is asked.
    pub(super) asked: Asked,
}

/// Headers that a signature must cover, where the request has them: what they say is acted on.
const SIGNED: [&str; 5] =
    ["host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce"];

/// Checks a call's signature, its key and its time.
///
/// # Errors
/// The signature is missing, incomplete, out of date or wrong, or its key may not be used.
pub(super) fn authenticate(
    world: &World,
    parts: &Parts,
    form: &[(String, String)],
    source_ip: IpAddr,
    now: Timestamp,
) -> Result<Authentic, Fault> {
    let known = |id: &str, token: Option<&str>| {
        holder::of(world, id, token, now).map_err(|problem| key_fault(&problem))
    };
    if let Some(presented) = acs3::Presented::parse(parts).map_err(incomplete)? {
        let holder = known(&presented.access_key_id, presented.security_token.as_deref())?;
        check_time(presented.time, now)?;
        if !presented.matches(parts, holder.secret) || !covers(&presented.signed_headers) {
            return Err(mismatch(&presented.string_to_sign(parts)));
        }
        holder.check_network(world, source_ip).map_err(|problem| key_fault(&problem))?;
        let name = |header: &str| parts.header(header).unwrap_or_default().to_owned();
        let parameters = parts.query.iter().chain(form).cloned().collect();
        let (action, version) = (name("x-acs-action"), name("x-acs-version"));
        let asked = Asked { action, version, parameters, source_ip, now };
        return Ok(Authentic { caller: holder.caller, nonce: presented.nonce, asked });
    }
    if let Some(presented) = rpc_v1::Presented::parse(parts, form).map_err(incomplete)? {
        let holder = known(&presented.access_key_id, presented.security_token.as_deref())?;
        check_time(presented.time, now)?;
        if !presented.matches(holder.secret) {
            return Err(mismatch(&presented.string_to_sign()));
        }
        holder.check_network(world, source_ip).map_err(|problem| key_fault(&problem))?;
        let of = |name: &str| {
            let found = presented.parameters.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let (action, version) = (of("Action"), of("Version"));
        let parameters = presented.parameters.clone();
        let asked = Asked { action, version, parameters, source_ip, now };
        return Ok(Authentic { caller: holder.caller, nonce: presented.nonce, asked });
    }
    Err(Fault::new(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action."))
}

fn covers(signed: &[String]) -> bool {
    SIGNED.iter().all(|name| signed.iter().any(|known| known == name))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn incomplete(malformed: Malformed) -> Fault {
    let message = format!("The request signature is incomplete: {}.", malformed.missing);
    Fault::new(400, "IncompleteSignature", &message)
}

/// A key that may not be used, in the words of the accounts' services.
fn key_fault(problem: &KeyProblem) -> Fault {
    let (status, code, message) = match problem {
        KeyProblem::Unknown => {
            (404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        }
        KeyProblem::Disabled => {
            (400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
        }
        KeyProblem::OutsideNetwork => (
            400,
            "InvalidAccessKeyId.AccessPolicyDenied",
            "Specified access key denied due to access policy.",
        ),
        KeyProblem::TokenMissing => {
            (400, "MissingSecurityToken", "SecurityToken is mandatory for this action.")
        }
        KeyProblem::TokenWrong => (
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
            "Specified SecurityToken mismatch with the AccessKey.",
        ),
        KeyProblem::TokenExpired => {
            (400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
        }
    };
    Fault::new(status, code, message)
}

fn check_time(time: Timestamp, now: Timestamp) -> Result<(), Fault> {
    if is_close(time, now) {
        return Ok(());
    }
    Err(Fault::new(
        400,
        "InvalidTimeStamp.Expired",
        "Specified time stamp or date value is expired.",
    ))
}

fn mismatch(string_to_sign: &str) -> Fault {
    Fault::new(
        400,
        "SignatureDoesNotMatch",
        &format!(
            "Specified signature is not matched with our calculation. server string to sign is:\
             {string_to_sign}"
        ),
    )
}
