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

/// What a database is called that only its settings tell of (`DB_PASSWORD`).
const ANY_DATABASE: &str = "database";

/// Endings of the names of settings that say which database it is, letters and digits alone.
const DRIVERS: [&str; 6] = ["connection", "driver", "dialect", "adapter", "engine", "dbtype"];

/// Which database a driver or the scheme of an address means, by a word in it.
const DATABASES: [(&str, &str); 9] = [
    ("postgres", "postgresql"),
    ("pgsql", "postgresql"),
    ("mysql", "mysql"),
    ("mariadb", "mysql"),
    ("sqlsrv", "sqlserver"),
    ("sqlserver", "sqlserver"),
    ("mssql", "sqlserver"),
    ("oracle", "oracle"),
    ("mongo", "mongodb"),
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
    let driver = (service == ANY_DATABASE).then(|| driver(text, place)).flatten();
    let service = driver.unwrap_or(service).to_owned();
    let found = user.is_some() || host.is_some();
    found.then_some(DatabaseAccount { service, user, host })
}

/// Account and host of the address that a password stands in.
fn of_address(text: &[u8], password: usize) -> Option<(Option<String>, Option<String>)> {
    let from = password.saturating_sub(AROUND);
    let scheme_end = from + memchr::memmem::rfind(&text[from..password], b"://")?;
    let info = Userinfo::read(text, scheme_end, scheme_end + 3)?;
    let part = |range: std::ops::Range<usize>| filled(&String::from_utf8_lossy(&text[range]));
    Some((part(info.user), part(info.host).map(|host| host.to_lowercase())))
}

/// What ends a stretch of settings, and how much of it belongs to none: an empty line, the head of a section.
const ENDS: [(&[u8], usize); 3] = [(b"\n\n", 2), (b"\n\r\n", 3), (b"\n[", 1)];

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

/// Which database the settings around a password are of, where one of them says so.
fn driver(text: &[u8], (start, end): (usize, usize)) -> Option<&'static str> {
    let (from, to) = block(text, start, end);
    text[from..to].split(|byte| b"\n;".contains(byte)).find_map(|setting| {
        let setting = String::from_utf8_lossy(setting).to_ascii_lowercase();
        let told = match setting.split_once("://") {
            Some((scheme, _)) => scheme.to_owned(),
            None => {
                let (name, value) = named_setting(&setting)?;
                DRIVERS.iter().any(|ending| name.ends_with(ending)).then_some(value)?
            }
        };
        DATABASES.iter().find(|(word, _)| told.contains(word)).map(|(_, database)| *database)
    })
}

/// The stretch of settings that a password stands in: no further than an empty line or the head of
/// another section.
pub(super) fn block(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let floor = start.saturating_sub(AROUND);
    let begins = ENDS.iter().filter_map(|(sign, skipped)| {
        memchr::memmem::rfind(&text[floor..start], sign).map(|at| floor + at + skipped)
    });
    let from = begins.max().unwrap_or(floor);
    let ceiling = text.len().min(end + AROUND);
    let ends =
        ENDS.iter().filter_map(|(sign, _)| memchr::memmem::find(&text[end..ceiling], sign)).min();
    (from, ends.map_or(ceiling, |at| end + at))
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
    fn settings_of_some_database_are_of_the_one_that_a_driver_or_an_address_names() {
        for (settings, expected) in [
            (
                "DB_CONNECTION=pgsql\nDB_HOST=db4\nDB_USERNAME=app\nDB_PASSWORD=|KXvISqQXB9yu\n",
                "postgresql://app@db4",
            ),
            (
                "db.url=jdbc:mysql://db4:3306/shop\ndb.user=app\ndb.password=|KXvISqQXB9yu\n",
                "mysql://app@db4:3306",
            ),
            (
                "[database]\r\nuser=app\r\nhost=db4\r\npassword=|KXvISqQXB9yu\r\n\r\nengine=sqlsrv\r\n",
                "database://app@db4",
            ),
        ] {
            assert_eq!(subjects(settings), [expected], "{settings}");
        }
    }

    #[test]
    fn what_is_no_database_has_no_such_account() {
        assert!(subjects("smtp://app:|KXvISqQXB9yu@mx.acme.cn:587\n").is_empty());
    }
}
