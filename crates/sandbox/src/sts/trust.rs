//! Who may take a role on: the trust policy of a role (RAM documentation, "Edit the trust policy of a
//! RAM role").

use serde_json::Value;

use crate::access::PolicyError;
use crate::auth::Caller;

/// A trust policy that was read.
#[derive(Debug)]
pub(crate) struct Trust {
    /// `acs:ram::<uid>:root`, `…:user/<name>`, `…:role/<name>`. Trust in services is read over: no
    /// service asks for keys here.
    principals: Vec<String>,
}

impl Trust {
    /// Reads a trust policy.
    ///
    /// # Errors
    /// The text is none.
    pub(crate) fn parse(text: &str) -> Result<Self, PolicyError> {
        let document: Value = serde_json::from_str(text)
            .map_err(|error| PolicyError::NotJson { why: error.to_string() })?;
        if document.get("Version").and_then(Value::as_str) != Some("1") {
            return Err(PolicyError::Version);
        }
        let statements = document.get("Statement").and_then(Value::as_array);
        let statements = statements.ok_or(PolicyError::Missing { element: "Statement" })?;
        let mut principals = Vec::new();
        for statement in statements {
            if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
                return Err(PolicyError::Shape { element: "Effect", wanted: "\"Allow\"" });
            }
            if !texts(statement.get("Action")).contains(&"sts:AssumeRole") {
                return Err(PolicyError::Shape { element: "Action", wanted: "\"sts:AssumeRole\"" });
            }
            let principal = statement.get("Principal").and_then(Value::as_object);
            let principal = principal.ok_or(PolicyError::Missing { element: "Principal" })?;
            principals.extend(texts(principal.get("RAM")).into_iter().map(str::to_owned));
        }
        Ok(Self { principals })
    }

    /// Whether the caller is trusted. Trust in the account's root is trust in all of the account that
    /// is allowed to ask.
    pub(super) fn holds(&self, owner_uid: &str, caller: &Caller) -> bool {
        let own = match caller {
            Caller::User { name, .. } => format!("user/{name}"),
            Caller::Role { name, .. } => format!("role/{name}"),
            Caller::Root { .. } | Caller::Anonymous | Caller::Minio { .. } => return false,
        };
        let known = [format!("acs:ram::{owner_uid}:root"), format!("acs:ram::{owner_uid}:{own}")];
        self.principals.iter().any(|principal| known.contains(principal))
    }
}

/// One text or a list of them.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::Trust;
    use crate::auth::Caller;

    fn trust(principal: &str) -> Trust {
        let text = format!(
            r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{{"RAM":["{principal}"],"Service":["ecs.aliyuncs.com"]}}}}]}}"#
        );
        Trust::parse(&text).unwrap()
    }

    fn user(name: &str) -> Caller {
        let (user_id, access_key_id) = ("2".to_owned(), "LTAI5tMadeUp".to_owned());
        Caller::User { name: name.to_owned(), user_id, access_key_id }
    }

    #[test]
    fn a_role_trusts_whom_it_names() {
        let root = Caller::Root { access_key_id: "LTAI5tMadeUp".to_owned() };
        assert!(trust("acs:ram::1:root").holds("1", &user("alice")));
        assert!(!trust("acs:ram::1:root").holds("1", &root));
        assert!(!trust("acs:ram::2:root").holds("1", &user("alice")));
        assert!(trust("acs:ram::1:user/alice").holds("1", &user("alice")));
        assert!(!trust("acs:ram::1:user/alice").holds("1", &user("bob")));
    }

    #[test]
    fn what_is_no_trust_policy_is_refused() {
        for text in [
            "{",
            r#"{"Version":"1"}"#,
            r#"{"Version":"1","Statement":[{"Effect":"Deny"}]}"#,
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Principal":{}}]}"#,
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#,
        ] {
            assert!(Trust::parse(text).is_err(), "{text}");
        }
    }
}
