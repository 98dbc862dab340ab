//! Passwords that no name announces: in commands (`mysql -pX`, `curl -u user:X`, `sqlplus user/X@host`), in
//! statements (`IDENTIFIED BY 'X'`), in addresses of drivers (`user:X@tcp(host)`), in lines of `.pgpass`.

use std::ops::Range;

use super::assignment::{Assignment, Sign};

/// How far back the beginning of a command is looked for.
const COMMAND_REACH: usize = 200;
/// Longest user and password.
const USER_MAX: usize = 64;
const PASSWORD_MAX: usize = 128;

/// What announces such a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// ` -p` right before the password, of clients of MySQL.
    ShortOption,
    /// ` -P` before the password, of clients of SQL Server.
    LongOption,
    /// ` -a ` before the password, of clients of Redis.
    AuthOption,
    /// A call whose third argument is the password of a database: `getConnection("jdbc:…", "user", "…")`.
    ThirdArgument,
    /// ` -u ` or `--user ` before `user:password`.
    UserOption,
    /// Before `user/password@host`.
    Oracle,
    /// Behind `user:password` in Go's addresses of databases.
    GoAddress,
    /// Before a quoted password, in SQL.
    Identified,
    /// The port in a line of `.pgpass`: `host:port:database:user:password`.
    PasswordFile,
}

/// The password that a literal at `start..end` announces, as if it were given to a name.
pub(super) fn read(text: &[u8], sort: Sort, start: usize, end: usize) -> Option<Assignment> {
    let line_start =
        start - text[..start].iter().rev().take_while(|b| **b != b'\n').take(COMMAND_REACH).count();
    let before = &text[line_start..start];
    let holds = |word: &[u8]| memchr::memmem::find(before, word).is_some();
    let value = match sort {
        Sort::ShortOption => {
            let glued = holds(b"mysql") || holds(b"mariadb") || holds(b"sshpass");
            let apart = ["mongo", "sshpass", "docker login", "podman login", "rabbitmqadmin"]
                .iter()
                .any(|program| holds(program.as_bytes()));
            match text.get(end) {
                Some(b' ') if apart => word(text, end + 1),
                _ => glued.then(|| word(text, end))?,
            }
        }
        Sort::LongOption => (holds(b"sqlcmd") || holds(b"bcp ") || holds(b"osql"))
            .then(|| word(text, end + usize::from(text.get(end) == Some(&b' '))))?,
        Sort::AuthOption => {
            (holds(b"redis-cli") || holds(b"valkey-cli")).then(|| word(text, end))?
        }
        Sort::ThirdArgument => third_argument(text, end),
        Sort::UserOption => (holds(b"curl") || holds(b"http") || holds(b"wget"))
            .then(|| after_user(text, end, b':'))?,
        Sort::Oracle => {
            after_user(text, end, b'/').filter(|value| text.get(value.end) == Some(&b'@'))
        }
        Sort::GoAddress => before_host(text, start),
        Sort::Identified => quoted(text, end),
        Sort::PasswordFile => (!before.is_empty()).then(|| last_of_line(text, end))?,
    }?;
    let is_variable = text[value.clone()].starts_with(b"$");
    (!is_variable).then_some(Assignment {
        name: start..end,
        value,
        sign: Sign::Option,
        quoted: true,
        leads: true,
    })
}

fn ends_word(byte: u8) -> bool {
    byte <= b' ' || b"\"'`;|&<>()".contains(&byte)
}

/// A word at `at`, quoted or not.
fn word(text: &[u8], at: usize) -> Option<Range<usize>> {
    if matches!(text.get(at), Some(b'"' | b'\'')) {
        return quoted(text, at);
    }
    let length = text[at..].iter().take(PASSWORD_MAX).take_while(|byte| !ends_word(**byte)).count();
    (length > 0).then_some(at..at + length)
}

/// What follows a user and a sign.
fn after_user(text: &[u8], at: usize, sign: u8) -> Option<Range<usize>> {
    let at = at + usize::from(matches!(text.get(at), Some(b'"' | b'\'')));
    let in_user = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.-@+".contains(byte);
    let user = text[at..].iter().take(USER_MAX).take_while(in_user).count();
    let start = at + user + 1;
    (user > 0 && text.get(at + user) == Some(&sign)).then_some(())?;
    let stop = |byte: &&u8| !ends_word(**byte) && (sign == b':' || **byte != b'@');
    let length = text[start..].iter().take(PASSWORD_MAX).take_while(stop).count();
    (length > 0).then_some(start..start + length)
}

/// The third of the arguments in quotes of a call.
fn third_argument(text: &[u8], at: usize) -> Option<Range<usize>> {
    let (mut at, mut argument) = (at, None);
    for number in 0..3 {
        let blanks = text[at..].iter().take(PASSWORD_MAX).take_while(|b| b.is_ascii_whitespace());
        at += blanks.count();
        if number > 0 {
            (text.get(at) == Some(&b',')).then_some(())?;
            at += 1;
        }
        let value = quoted(text, at)?;
        at = value.end + 1;
        argument = Some(value);
    }
    argument
}

fn before_host(text: &[u8], end: usize) -> Option<Range<usize>> {
    let in_password = |byte: &&u8| !ends_word(**byte) && **byte != b':' && **byte != b'/';
    let length = text[..end].iter().rev().take(PASSWORD_MAX).take_while(in_password).count();
    (length > 0 && text[..end - length].ends_with(b":")).then_some(end - length..end)
}

fn quoted(text: &[u8], at: usize) -> Option<Range<usize>> {
    let blanks = text[at..].iter().take(8).take_while(|byte| **byte == b' ').count();
    let start = at + blanks + 1;
    let quote = text.get(start - 1).filter(|quote| matches!(quote, b'\'' | b'"'))?;
    let reach = &text[start..text.len().min(start + PASSWORD_MAX)];
    let length = memchr::memchr2(*quote, b'\n', reach)?;
    (length > 0 && reach[length] == *quote).then_some(start..start + length)
}

/// The fifth field of a line whose second ends at `at`.
fn last_of_line(text: &[u8], at: usize) -> Option<Range<usize>> {
    let reach = &text[at..text.len().min(at + COMMAND_REACH)];
    let line = &reach[..memchr::memchr2(b'\n', b'\r', reach).unwrap_or(reach.len())];
    let mut fields = line.splitn(3, |byte| *byte == b':');
    let before = fields.next()?.len() + fields.next()?.len() + 2;
    let plain = line.iter().all(u8::is_ascii_graphic);
    (plain && before < line.len()).then_some(at + before..at + line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str, literal: &str, sort: Sort) -> Option<String> {
        let start = text.find(literal)?;
        let found = read(text.as_bytes(), sort, start, start + literal.len())?;
        Some(text[found.value].to_owned())
    }

    #[test]
    fn a_password_is_read_where_no_name_stands() {
        for (text, literal, sort) in [
            ("mysqldump -u backup -pkd83jfA2 shop", " -p", Sort::ShortOption),
            ("mongosh --host a -u b -p kd83jfA2", " -p", Sort::ShortOption),
            ("sqlcmd -S a -U sa -P kd83jfA2", " -P", Sort::LongOption),
            ("redis-cli -h a -a kd83jfA2 ping", " -a ", Sort::AuthOption),
            ("f(\"jdbc:x\", \"b\", \"kd83jfA2\")", "f(", Sort::ThirdArgument),
            ("curl -s -u ci:kd83jfA2 https://a.cn", " -u ", Sort::UserOption),
            ("sqlplus shop/kd83jfA2@10.0.3.7/x", "sqlplus ", Sort::Oracle),
            ("open(\"shop:kd83jfA2@tcp(10.0.3.7)/x\")", "@tcp(", Sort::GoAddress),
            ("create user a IDENTIFIED BY 'kd83jfA2';", "DENTIFIED BY", Sort::Identified),
            ("10.0.3.7:5432:shop:shop:kd83jfA2\n", ":5432:", Sort::PasswordFile),
        ] {
            assert_eq!(password(text, literal, sort).as_deref(), Some("kd83jfA2"), "{text}");
        }
        assert_eq!(password("mkdir -p/srv/a", " -p", Sort::ShortOption), None);
        assert_eq!(password("docker run -u 1000:1000 x", " -u ", Sort::UserOption), None);
    }
}
