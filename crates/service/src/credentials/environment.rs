//! Credentials in environment variables of the service, of those that whoever runs it named.

use claviger_cloud::{CloudError, Credentials};
use claviger_model::Secret;

use super::missing;

/// The names of the variables.
pub(super) struct Variables<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) secret: &'a str,
    pub(super) security_token: Option<&'a str>,
}

/// What names of variables say that hold a secret.
const SECRET_WORDS: [&str; 3] = ["SECRET", "TOKEN", "PASSWORD"];

/// What stands in the variables; `read` gives the value of one. A name that no prefix allows is not read at all.
pub(super) fn take(
    variables: &Variables<'_>,
    prefixes: &[String],
    read: impl Fn(&str) -> Option<String>,
) -> Result<Credentials, CloudError> {
    let value = |name: &str| {
        if !prefixes.iter().any(|prefix| name.starts_with(prefix)) {
            return Err(missing(
                format!("the variable `{name}` is none that credentials may be taken from"),
                format!(
                    "name it by its prefix in the setting `credential_env`, beside {}",
                    told(prefixes)
                ),
            ));
        }
        read(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                missing(
                    format!("the environment variable `{name}` of the service is not set"),
                    "set it where the service is started, and start it again".to_owned(),
                )
            })
    };
    // An id is shown; a variable whose name says that it holds a secret holds none.
    let name = variables.access_key_id;
    if SECRET_WORDS.iter().any(|word| name.to_ascii_uppercase().contains(word)) {
        return Err(missing(
            format!("the variable `{name}` holds no access key id, by its name"),
            "name the id first: `env:AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY`".to_owned(),
        ));
    }
    Ok(Credentials {
        access_key_id: value(name)?,
        secret: Secret::new(value(variables.secret)?),
        security_token: variables.security_token.map(value).transpose()?.map(Secret::new),
    })
}

fn told(prefixes: &[String]) -> String {
    match prefixes {
        [] => "none".to_owned(),
        all => format!("`{}`", all.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(id: &str, token: Option<&str>) -> Result<Credentials, CloudError> {
        let variables =
            Variables { access_key_id: id, secret: "AWS_SECRET", security_token: token };
        take(&variables, &["AWS_".to_owned()], |name| match name {
            "AWS_ID" | "HOME" => Some("AKIAMADEUP\n".to_owned()),
            "AWS_SECRET" => Some("made-up".to_owned()),
            "AWS_EMPTY" => Some(" ".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn variables_of_an_allowed_prefix_are_taken() {
        let taken = taken("AWS_ID", None).unwrap();
        assert_eq!(
            (taken.access_key_id.as_str(), taken.secret.reveal()),
            ("AKIAMADEUP", "made-up")
        );
    }

    #[test]
    fn no_variable_of_a_secret_is_read_as_an_id() {
        let error = taken("AWS_SECRET", None).unwrap_err().to_string();
        assert!(error.contains("`AWS_SECRET`") && !error.contains("made-up"), "{error}");
    }

    #[test]
    fn other_variables_and_empty_ones_are_refused_with_the_way_out() {
        let hint = |id, token| taken(id, token).unwrap_err().hint();
        assert!(hint("HOME", None).contains("`credential_env`"));
        assert!(hint("AWS_ID", Some("AWS_EMPTY")).contains("set it where the service is started"));
        assert!(hint("AWS_NONE", None).contains("set it"));
    }
}
