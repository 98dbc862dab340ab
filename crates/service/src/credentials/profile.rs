//! What a file of credentials says: the INI of AWS and of Alibaba Cloud, or lines with nothing but the values.

use claviger_cloud::Credentials;
use claviger_model::Secret;

/// The section that is meant where none is named.
const DEFAULT: &str = "default";

const IDS: [&str; 2] = ["aws_access_key_id", "access_key_id"];
const SECRETS: [&str; 2] = ["aws_secret_access_key", "access_key_secret"];
const TOKENS: [&str; 3] = ["aws_session_token", "security_token", "sts_token"];

/// The credentials of a profile; in words what is wrong, never what stands there.
pub(super) fn read(text: &str, profile: Option<&str>) -> Result<Credentials, String> {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
        .collect();
    let is_bare = |line: &&str| !line.contains(char::is_whitespace) && !line.starts_with('[');
    match (&lines[..], profile) {
        ([id, secret] | [id, secret, _], None)
            if lines.iter().all(is_bare) && !is_setting(id) && !is_setting(secret) =>
        {
            Ok(credentials(id, secret, lines.get(2).copied()))
        }
        _ => section(&lines, profile.unwrap_or(DEFAULT)),
    }
}

/// Whether a line sets something that has a name of its own; a secret may have `=` in it, too.
fn is_setting(line: &str) -> bool {
    let name = line.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
    IDS.iter().chain(&SECRETS).chain(&TOKENS).chain(&["type"]).any(|known| *known == name)
}

fn section(lines: &[&str], profile: &str) -> Result<Credentials, String> {
    let mut found = Found::default();
    // What stands before any section belongs to the default one.
    let mut inside = profile == DEFAULT;
    let mut is_there = false;
    for line in lines {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let name = name.trim();
            inside = name.strip_prefix("profile ").map_or(name, str::trim) == profile;
            is_there |= inside;
        } else if let Some((name, value)) = line.split_once('=').filter(|_| inside) {
            is_there = true;
            found.note(name.trim(), value.trim());
        }
    }
    match is_there {
        true => found.credentials(profile),
        false => Err(format!("it has no profile `{profile}`")),
    }
}

/// What a section sets.
#[derive(Default)]
struct Found<'a> {
    id: Option<&'a str>,
    secret: Option<&'a str>,
    token: Option<&'a str>,
    kind: Option<&'a str>,
}

impl<'a> Found<'a> {
    fn note(&mut self, name: &str, value: &'a str) {
        let name = name.to_ascii_lowercase();
        let place = match name.as_str() {
            name if IDS.contains(&name) => &mut self.id,
            name if SECRETS.contains(&name) => &mut self.secret,
            name if TOKENS.contains(&name) => &mut self.token,
            "type" => &mut self.kind,
            _ => return,
        };
        *place = Some(value).filter(|value| !value.is_empty());
    }

    fn credentials(&self, profile: &str) -> Result<Credentials, String> {
        match (self.kind, self.id, self.secret) {
            (None | Some("access_key" | "sts"), Some(id), Some(secret)) => {
                Ok(credentials(id, secret, self.token))
            }
            (None | Some("access_key" | "sts"), _, _) => {
                Err(format!("its profile `{profile}` lacks an access key id or its secret"))
            }
            (Some(_), _, _) => Err(format!(
                "its profile `{profile}` is of another `type` than `access_key` or `sts`"
            )),
        }
    }
}

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: id.to_owned(),
        secret: Secret::new(secret.to_owned()),
        security_token: token.map(|token| Secret::new(token.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, profile: Option<&str>, expected: (&str, &str, Option<&str>)) {
        let read = read(text, profile).unwrap();
        let token = read.security_token.as_ref().map(Secret::reveal);
        assert_eq!((read.access_key_id.as_str(), read.secret.reveal(), token), expected);
    }

    #[test]
    fn the_file_of_aws_is_read_by_profile() {
        let text = "[default]\naws_access_key_id = AKIA1\naws_secret_access_key = a/b+c==\n\
                    \n# comment\n[scan]\naws_access_key_id=ASIA2\naws_secret_access_key=s2\n\
                    aws_session_token=t2=\nregion = eu-west-1\n";
        check(text, None, ("AKIA1", "a/b+c==", None));
        check(text, Some("scan"), ("ASIA2", "s2", Some("t2=")));
        check(
            "[profile x]\naws_access_key_id=A\naws_secret_access_key=B",
            Some("x"),
            ("A", "B", None),
        );
    }

    #[test]
    fn the_file_of_alibaba_cloud_is_read_by_profile() {
        let text = "\u{feff}[default]\r\ntype = access_key\r\naccess_key_id = LTAI1\r\n\
                    access_key_secret = s1\r\n[temporary]\r\ntype = sts\r\naccess_key_id = STS.2\r\n\
                    access_key_secret = s2\r\nsecurity_token = t2\r\n";
        check(text, None, ("LTAI1", "s1", None));
        check(text, Some("temporary"), ("STS.2", "s2", Some("t2")));
    }

    #[test]
    fn lines_with_nothing_but_the_values_are_read() {
        check("LTAI1\nsecret+/=\n", None, ("LTAI1", "secret+/=", None));
        check("\nSTS.1\n  s\n t\n", None, ("STS.1", "s", Some("t")));
        check("access_key_id=LTAI1\naccess_key_secret=s1\n", None, ("LTAI1", "s1", None));
    }

    #[test]
    fn what_is_missing_is_told_and_what_stands_there_is_not() {
        for (text, profile, words) in [
            ("", None, "no profile `default`"),
            ("made-up-secret", None, "no profile `default`"),
            ("A\nmade-up-secret\n", Some("x"), "no profile `x`"),
            ("a\nmade-up-secret\nc\nd\n", None, "no profile"),
            ("[default]\naccess_key_id=A\n", None, "lacks an access key id or its secret"),
            ("[default]\ntype=ecs_ram_role\nrole_name=x\n", None, "of another `type`"),
        ] {
            let error = read(text, profile).unwrap_err();
            assert!(error.contains(words) && !error.contains("made-up-secret"), "{error}");
        }
    }
}
