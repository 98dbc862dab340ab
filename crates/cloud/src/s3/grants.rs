//! Access control lists of S3: a list of grants, read as who in the world they let in.

use claviger_model::{Acl, Provider};
use serde::Deserialize;

/// Everybody.
const EVERYBODY: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
/// Everybody with an account. Anybody can open one at AWS; those of a store of one's own are known.
const WITH_ACCOUNT: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AclAnswer {
    owner: Option<Owner>,
    access_control_list: Option<Grants>,
}

#[derive(Deserialize)]
struct Owner {
    #[serde(rename = "ID")]
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Grants {
    #[serde(default)]
    grant: Vec<Grant>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Grant {
    grantee: Grantee,
    permission: String,
}

#[derive(Deserialize)]
struct Grantee {
    #[serde(rename = "URI")]
    uri: Option<String>,
    #[serde(rename = "ID")]
    id: Option<String>,
}

impl AclAnswer {
    /// The ready-made list that says exactly this; `None` where other grants stand in it.
    pub(super) fn ready_made(&self) -> Option<Acl> {
        let owner = self.owner.as_ref()?.id.as_deref()?;
        let grants = &self.access_control_list.as_ref()?.grant;
        let (mut own, mut read, mut write) = (false, false, false);
        for grant in grants {
            let everybody = grant.grantee.uri.as_deref() == Some(EVERYBODY);
            match grant.permission.as_str() {
                "FULL_CONTROL" if grant.grantee.id.as_deref() == Some(owner) => own = true,
                "READ" if everybody => read = true,
                "WRITE" if everybody => write = true,
                _ => return None,
            }
        }
        match (own, read, write) {
            (true, false, false) => Some(Acl::Private),
            (true, true, false) => Some(Acl::PublicRead),
            (true, true, true) => Some(Acl::PublicReadWrite),
            _ => None,
        }
    }

    /// What the list gives to strangers.
    pub(super) fn acl(&self, provider: Provider) -> Acl {
        let grants = self.access_control_list.as_ref().map_or(&[][..], |list| &list.grant);
        let to_strangers = |wanted: &[&str]| {
            grants.iter().any(|grant| {
                let uri = grant.grantee.uri.as_deref().unwrap_or_default();
                let is_stranger =
                    uri == EVERYBODY || (uri == WITH_ACCOUNT && provider == Provider::Aws);
                is_stranger && wanted.contains(&grant.permission.as_str())
            })
        };
        if to_strangers(&["WRITE", "FULL_CONTROL"]) {
            Acl::PublicReadWrite
        } else if to_strangers(&["READ"]) {
            Acl::PublicRead
        } else {
            Acl::Private
        }
    }
}

/// The ready-made list that sets it. S3 has nothing to inherit: what OSS calls `default` is private.
pub(super) fn canned(acl: Acl) -> &'static str {
    match acl {
        Acl::Default => Acl::Private.as_str(),
        acl => acl.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(grants: &[(&str, &str)], expected: Acl) {
        let owner = "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                     xsi:type=\"CanonicalUser\"><ID>o</ID></Grantee><Permission>FULL_CONTROL\
                     </Permission></Grant>";
        let more: String = grants
            .iter()
            .map(|(group, permission)| {
                format!(
                    "<Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/{group}</URI>\
                     </Grantee><Permission>{permission}</Permission></Grant>"
                )
            })
            .collect();
        let xml = format!(
            "<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList>{owner}{more}\
             </AccessControlList></AccessControlPolicy>"
        );
        let answer: AclAnswer = quick_xml::de::from_str(&xml).unwrap();
        assert_eq!(answer.acl(Provider::Aws), expected, "{grants:?}");
        let of_a_store = match grants.contains(&("AuthenticatedUsers", "READ")) {
            true => Acl::Private,
            false => expected,
        };
        assert_eq!(answer.acl(Provider::S3), of_a_store, "{grants:?}");
    }

    #[test]
    fn grants_to_strangers_make_it_public() {
        check(&[], Acl::Private);
        check(&[("AllUsers", "READ")], Acl::PublicRead);
        check(&[("AuthenticatedUsers", "READ")], Acl::PublicRead);
        check(&[("AllUsers", "READ"), ("AllUsers", "WRITE")], Acl::PublicReadWrite);
        check(&[("AllUsers", "READ_ACP")], Acl::Private);
    }
}
