//! What the installation is told about its sign-in provider.

use anyhow::{anyhow, bail};
use claviger_model::Secret;
use claviger_service::{SingleSignOn, chain};
use claviger_store::users::Role;

use super::Given;

/// The variable with what proves this installation to the provider; none for a public client.
pub(super) const CLIENT_SECRET: &str = "CLAVIGER_OIDC_CLIENT_SECRET";

/// The settings that mean nothing without an issuer.
const WITH_ISSUER: [&str; 3] = ["oidc_client_id", "oidc_roles", "oidc_default_role"];

/// Single sign-on, where an issuer was given.
pub(super) fn of(given: &Given) -> anyhow::Result<Option<SingleSignOn>> {
    let filled =
        |key: &str| Some(given.text(key).trim().to_owned()).filter(|text| !text.is_empty());
    let Some(issuer) = filled("oidc_issuer") else {
        return match WITH_ISSUER.into_iter().find(|key| filled(key).is_some()) {
            Some(key) => bail!(
                "`{key}` was given, and no `oidc_issuer`\nhint: `oidc_issuer = \"https://id.example.com\"`"
            ),
            None => Ok(None),
        };
    };
    let client_id = filled("oidc_client_id").ok_or_else(|| {
        anyhow!(
            "`oidc_issuer` was given, and no `oidc_client_id`\nhint: register Claviger at the provider; it tells one"
        )
    })?;
    let roles =
        given.list("oidc_roles").iter().map(|pair| pair_of(pair)).collect::<Result<Vec<_>, _>>()?;
    let default_role = filled("oidc_default_role").map(|word| role(&word)).transpose()?;
    if roles.is_empty() && default_role.is_none() {
        bail!(
            "by these settings nobody may sign in by `oidc_issuer`\nhint: name groups, such as \
             `oidc_roles = \"admin=sec-leads,responder=soc\"`, or `oidc_default_role = \"viewer\"`"
        );
    }
    let secret = std::env::var(CLIENT_SECRET).ok().filter(|secret| !secret.is_empty());
    let told = SingleSignOn {
        issuer,
        client_id,
        client_secret: secret.map(Secret::new),
        scopes: given.list("oidc_scopes"),
        name: filled("oidc_name").unwrap_or_else(|| "single sign-on".to_owned()),
        roles_claim: filled("oidc_roles_claim").unwrap_or_else(|| "groups".to_owned()),
        roles,
        default_role,
    };
    // Where no address is given, people reach it at the one that is listened on.
    let here = format!("http://{}", given.text("listen"));
    told.check(&filled("public_url").unwrap_or(here)).map_err(|error| {
        let hint = error.hint().unwrap_or_default();
        anyhow!("{}\nhint: {hint} (`oidc_issuer`, `public_url`)", chain(&error))
    })?;
    Ok(Some(told))
}

/// A role and the group that gives it.
fn pair_of(pair: &str) -> anyhow::Result<(Role, String)> {
    match pair.split_once('=') {
        Some((word, group)) if !group.trim().is_empty() => {
            Ok((role(word.trim())?, group.trim().to_owned()))
        }
        _ => bail!(
            "`oidc_roles` has no role and group in `{pair}`\nhint: write it as `admin=sec-leads,responder=soc`"
        ),
    }
}

fn role(word: &str) -> anyhow::Result<Role> {
    Role::of_word(word)
        .ok_or_else(|| anyhow!("`{word}` is no role\nhint: `viewer`, `responder` or `admin`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&'static str, &str)]) -> anyhow::Result<Option<SingleSignOn>> {
        let over = |given: Given, (key, value): &(&'static str, &str)| {
            given.over(key, Some((*value).to_owned()))
        };
        of(&pairs.iter().fold(Given::default(), over))
    }

    #[test]
    fn a_provider_with_its_groups_is_read() {
        let told = given(&[
            ("oidc_issuer", "https://id.example.com"),
            ("oidc_client_id", "claviger"),
            ("oidc_roles", "admin=sec-leads, responder=soc,admin=cn=root"),
        ])
        .unwrap()
        .unwrap();
        let group = |role, name: &str| (role, name.to_owned());
        assert_eq!(
            told.roles,
            [
                group(Role::Admin, "sec-leads"),
                group(Role::Responder, "soc"),
                group(Role::Admin, "cn=root")
            ]
        );
        assert_eq!((told.default_role, told.roles_claim.as_str()), (None, "groups"));
        assert_eq!(told.scopes, ["openid", "profile", "email"]);
        assert!(given(&[]).unwrap().is_none());
    }

    #[test]
    fn what_lets_nobody_in_or_makes_no_sense_is_an_error_with_a_hint() {
        let issuer = ("oidc_issuer", "https://id.example.com");
        let client = ("oidc_client_id", "claviger");
        for wrong in [
            vec![issuer],
            vec![client],
            vec![issuer, client],
            vec![issuer, client, ("oidc_roles", "sec-leads")],
            vec![issuer, client, ("oidc_roles", "owner=sec-leads")],
            vec![issuer, client, ("oidc_default_role", "root")],
            vec![("oidc_issuer", "http://id.example.com"), client, ("oidc_default_role", "viewer")],
            vec![issuer, client, ("oidc_default_role", "viewer"), ("listen", "0.0.0.0:8520")],
            vec![
                issuer,
                client,
                ("oidc_default_role", "viewer"),
                ("public_url", "http://a.internal"),
            ],
        ] {
            let error = given(&wrong).unwrap_err().to_string();
            assert!(error.contains("\nhint: "), "{error}");
        }
    }
}
