//! Whose password it is, and of which database: out of the address that holds it, or out of the settings
//! beside it.

use claviger_model::DatabaseAccount;

use super::rule::{At, CredentialRule};
use super::userinfo::Userinfo;

/// How far from the password its account and host are looked for.
const AROUND: usize = 512;

/// Longest account and host.
const VALUE_MAX: usize = 128;

/// Services whose addresses and accounts have passwords, too, and that are no databases.
const NO_DATABASES: [&str; 14] = [
    "amqp", "ftp", "http", "kafka", "ldap", "mail", "mqtt", "nats", "proxy", "rabbitmq", "rtsp",
    "smtp", "ssh", "webdav",
];

/// Endings of the names of settings, letters and digits alone.
const USERS: [&str; 7] = ["user", "username", "login", "uid", "userid", "account", "usr"];
const HOSTS: [&str; 7] =
    ["host", "hostname", "server", "addr", "address", "endpoint", "datasource"];

/// The account of the password at `place`; `None` where the rule is about no database, or where neither
/// account nor host is told.
pub(super) fn read(
    text: &[u8],
    place: (usize, usize),
    rule: &CredentialRule,
) -> Option<DatabaseAccount> {
    let service = rule.name.strip_suffix("_address").or(rule.name.strip_suffix("_account"))?;
    if NO_DATABASES.contains(&service) {
        return None;
    }
    let (user, host) = match rule.at {
        At::Userinfo => of_address(text, place.0)?,
        At::Account => of_settings(text, place),
        _ => return None,
    };
    let found = user.is_some() || host.is_some();
    found.then(|| DatabaseAccount { service: service.to_owned(), user, host })
}

/// Account and host of the address that a password stands in.
fn of_address(text: &[u8], password: usize) -> Option<(Option<String>, Option<String>)> {
    let from = password.saturating_sub(AROUND);
    let scheme_end = from + memchr::memmem::rfind(&text[from..password], b"://")?;
    let info = Userinfo::read(text, scheme_end, scheme_end + 3)?;
    let part = |range: std::ops::Range<usize>| filled(&String::from_utf8_lossy(&text[range]));
    Some((part(info.user), part(info.host).map(|host| host.to_lowercase())))
}

/// What one setting says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    User,
    Host,
    Port,
    Address,
}

/// Account and host among the settings around a password: of each the one that stands nearest.
fn of_settings(text: &[u8], (start, end): (usize, usize)) -> (Option<String>, Option<String>) {
    let (from, to) = block(text, start, end);
    let mut nearest: [Option<(usize, String)>; 4] = [const { None }; 4];
    let is_sign = |byte: &u8| b"\n;&,{}".contains(byte);
    let mut at = from;
    for setting in text[from..to].split(is_sign) {
        let place = at;
        at += setting.len() + 1;
        if place <= start && start < at {
            continue;
        }
        let Some((says, value)) = said(&String::from_utf8_lossy(setting)) else { continue };
        let distance = place.abs_diff(start);
        let kept = &mut nearest[says as usize];
        if kept.as_ref().is_none_or(|(known, _)| distance < *known) {
            *kept = Some((distance, value));
        }
    }
    let [user, host, port, address] = nearest.map(|one| one.map(|(_, value)| value));
    let host = host.or(address).map(|host| match port {
        Some(port) if !host.contains(':') => format!("{host}:{port}"),
        _ => host,
    });
    (user, host.map(|host| host.to_lowercase()))
}

/// The stretch of settings that a password stands in: no further than an empty line or the head of
/// another section.
pub(super) fn block(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let floor = start.saturating_sub(AROUND);
    let from =
        memchr::memmem::rfind(&text[floor..start], b"\n\n").map_or(floor, |at| floor + at + 2);
    let from = memchr::memmem::rfind(&text[from..start], b"\n[").map_or(from, |at| from + at + 1);
    let ceiling = text.len().min(end + AROUND);
    let ends = [&b"\n\n"[..], b"\n["];
    let to = ends.iter().filter_map(|sign| memchr::memmem::find(&text[end..ceiling], sign)).min();
    (from, to.map_or(ceiling, |at| end + at))
}

/// What a setting says of an account; `None` for any other.
fn said(setting: &str) -> Option<(Says, String)> {
    if let Some((_, address)) = setting.split_once("://") {
        let ends = |c: char| c.is_whitespace() || "/?\"'`\\".contains(c);
        let host = address.split(ends).next().unwrap_or(address);
        let host = host.rsplit('@').next().unwrap_or(host);
        return Some((Says::Address, filled(host)?));
    }
    let (name, value) = named_setting(setting)?;
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let says = if ends(&USERS) {
        Says::User
    } else if ends(&HOSTS) {
        Says::Host
    } else if name.ends_with("port") && value.bytes().all(|byte| byte.is_ascii_digit()) {
        Says::Port
    } else {
        return None;
    };
    Some((says, value))
}

/// The name of a setting in lower case, letters and digits alone, and its value.
pub(super) fn named_setting(setting: &str) -> Option<(String, String)> {
    let (name, value) = setting.split_once(['=', ':'])?;
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let value = filled(value.trim_matches(|c: char| c.is_whitespace() || "\"'`=>:".contains(c)))?;
    Some((name.to_ascii_lowercase(), value))
}

/// A value that names something: no reference, no sentence.
fn filled(value: &str) -> Option<String> {
    let plain = !value.contains(['$', '<', '{', '(', ' ']) && value.len() <= VALUE_MAX;
    (plain && !value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use claviger_model::FingerprintKey;

    use crate::{Limits, Scanner};

    /// The subjects of the accounts that are found in a text; `|` is cut out first.
    fn subjects(text: &str) -> Vec<String> {
        let scanner = Scanner::builtin(FingerprintKey::new([7; 32]));
        let mut scan = scanner.open("a.conf", Limits::default());
        scan.feed(text.replace('|', "").as_bytes());
        let found = scan.finish().findings;
        found.iter().filter_map(|one| Some(one.account.as_ref()?.subject())).collect()
    }

    #[test]
    fn an_address_names_its_account_and_host() {
        assert_eq!(
            subjects("DATABASE_URL=postgres://app:|KXvISqQXB9yu@DB4.acme.cn:7237/shop\n"),
            ["postgresql://app@db4.acme.cn:7237"]
        );
    }

    #[test]
    fn settings_beside_a_password_name_its_account_and_host() {
        let yaml =
            "mysql:\n  host: db.acme.cn\n  port: 3306\n  user: app\n  password: |QVpIl0OqjMzr\n";
        assert_eq!(subjects(yaml), ["mysql://app@db.acme.cn:3306"]);
        let other = "[mail]\nuser=postman\nhost=mx.acme.cn\n\n[mysql]\nusername=app\nhost=db2\npassword=|mT8XklUffbRz\n";
        assert_eq!(subjects(other), ["mysql://app@db2"]);
    }

    #[test]
    fn what_is_no_database_has_no_such_account() {
        assert!(subjects("smtp://app:|KXvISqQXB9yu@mx.acme.cn:587\n").is_empty());
    }
}
