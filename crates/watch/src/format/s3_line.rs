//! Cuts a line of the shape of an S3 server access log, which other stores took over.
//!
//! Source: "Amazon S3 server access log format" in the S3 user guide. The address, the referer and
//! the agent are the client's text and may hold quotes: the first eight fields are counted from the
//! left, and the address, which holds no space, ends at the first quote that the status, the error
//! and the numbers follow.

use super::token::{known, user_agent};

/// A line, cut. The numbers are those of the documentation.
#[derive(Debug)]
pub(super) struct S3Line<'a> {
    /// 1: the bucket's owner.
    pub(super) owner: &'a str,
    /// 2.
    pub(super) bucket: &'a str,
    /// 3, without brackets.
    pub(super) time: &'a str,
    /// 4.
    pub(super) source_ip: Option<&'a str>,
    /// 5.
    pub(super) requester: Option<&'a str>,
    /// 6.
    pub(super) request_id: Option<&'a str>,
    /// 7.
    pub(super) operation: &'a str,
    /// 8, as the log encodes it.
    pub(super) key: Option<&'a str>,
    /// 9: method, address, protocol; empty where the store acted by itself.
    pub(super) request: &'a str,
    /// 10.
    pub(super) status: Option<&'a str>,
    /// 11.
    pub(super) error: Option<&'a str>,
    /// 12.
    pub(super) bytes_sent: Option<&'a str>,
    /// 17.
    pub(super) user_agent: Option<&'a str>,
    /// 18 and all that follow, as they stand.
    pub(super) tail: &'a str,
}

impl<'a> S3Line<'a> {
    /// Cuts a line.
    pub(super) fn cut(line: &'a str) -> Result<Self, String> {
        let mut rest = line.trim();
        let owner = next(&mut rest);
        let bucket = next(&mut rest);
        let (time, after) = rest
            .trim_start()
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .ok_or("there is no `[time]` after the owner and the bucket")?;
        rest = after;
        let [source_ip, requester, request_id] = [(); 3].map(|()| known(next(&mut rest)));
        let operation = next(&mut rest);
        let key = known(next(&mut rest));
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if operation.is_empty() || !operation.bytes().all(is_word) {
            return Err("there is no operation where one belongs".to_owned());
        }
        let (request, numbers) = request(rest.trim_start())
            .ok_or("the fields after the address are not those of an access log")?;
        rest = numbers;
        let [status, error, bytes_sent] = [(); 3].map(|()| known(next(&mut rest)));
        let [_, _, _] = [(); 3].map(|()| next(&mut rest));
        let (user_agent, tail) = client(rest.trim_start());
        Ok(Self {
            owner,
            bucket,
            time,
            source_ip,
            requester,
            request_id,
            operation,
            key,
            request,
            status,
            error,
            bytes_sent,
            user_agent,
            tail,
        })
    }

    /// The address of the request.
    pub(super) fn uri(&self) -> &'a str {
        let mut rest = self.request;
        let _method = next(&mut rest);
        next(&mut rest)
    }

    /// A field right of the agent, by its number.
    pub(super) fn field(&self, number: usize) -> Option<&'a str> {
        self.tail.split_ascii_whitespace().nth(number - 18).and_then(known)
    }
}

/// The next field, and the rest after it.
fn next<'a>(rest: &mut &'a str) -> &'a str {
    let text = rest.trim_start_matches(' ');
    let end = memchr::memchr(b' ', text.as_bytes()).unwrap_or(text.len());
    let (field, after) = text.split_at(end);
    *rest = after;
    field
}

/// Field 9 without its quotes, and what follows it.
fn request(text: &str) -> Option<(&str, &str)> {
    let Some(body) = text.strip_prefix('"') else {
        let rest = text.strip_prefix('-')?;
        return are_numbers(rest).then_some(("", rest));
    };
    memchr::memchr_iter(b'"', body.as_bytes())
        .map(|quote| (&body[..quote], &body[quote + 1..]))
        .find(|(_, rest)| are_numbers(rest))
        .map(|(request, rest)| (known(request).unwrap_or_default(), rest))
}

/// Whether a status, an error and four numbers stand here.
fn are_numbers(text: &str) -> bool {
    let mut rest = text;
    let is_number = |field: &str| {
        field == "-" || (!field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let status = next(&mut rest);
    let error = next(&mut rest);
    text.starts_with(' ')
        && (status == "-" || (status.len() == 3 && is_number(status)))
        && !error.is_empty()
        && !error.contains('"')
        && (0..4).all(|_| is_number(next(&mut rest)))
}

/// Field 17, and the fields after it. The agent ends at the last quote but those of a lone `"-"`,
/// which stores write between fields of their own.
fn client(text: &str) -> (Option<&str>, &str) {
    if !text.starts_with('"') {
        let mut rest = text;
        let [_, _] = [(); 2].map(|()| next(&mut rest));
        return (None, rest);
    }
    let mut end = memchr::memrchr(b'"', text.as_bytes()).unwrap_or_default();
    while let Some(before) = text[..=end].strip_suffix(" \"-\"") {
        let earlier = before.rfind('"').filter(|earlier| *earlier > 0);
        match earlier.filter(|earlier| before[..*earlier].matches('"').count() >= 3) {
            Some(earlier) => end = earlier,
            None => break,
        }
    }
    (known(user_agent(&text[..=end])), &text[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "owner photos [06/Feb/2026:00:00:38 +0000] 192.0.2.3 arn:aws:iam::1:user/x \
                        3E57 REST.GET.OBJECT a.txt ";

    fn check(rest: &str, request: &str, status: &str, agent: Option<&str>, tail: &str) {
        let line = format!("{HEAD}{rest}");
        let cut = S3Line::cut(&line).unwrap_or_else(|why| panic!("{why}: {rest}"));
        assert_eq!((cut.request, cut.status, cut.user_agent), (request, Some(status), agent));
        assert_eq!(cut.tail.trim(), tail);
    }

    #[test]
    fn a_clients_quotes_shift_no_field() {
        check(
            r#""GET /a"b?c="d HTTP/1.1" 200 - 5 5 9 8 "http://x"y" "a "b" 200 - 1 1 1 1" - host"#,
            r#"GET /a"b?c="d HTTP/1.1"#,
            "200",
            Some(r#"a "b" 200 - 1 1 1 1"#),
            "- host",
        );
    }

    #[test]
    fn bare_dashes_stand_where_the_store_acted_by_itself() {
        check("- 204 - - 5 - - - - - host", "", "204", None, "- host");
    }

    #[test]
    fn a_quoted_dash_after_the_agent_is_no_agent() {
        check(
            r#""GET / HTTP/1.1" 200 - 1 - 6 6 "-"  "x y" - - "-" z"#,
            "GET / HTTP/1.1",
            "200",
            Some("x y"),
            r#"- - "-" z"#,
        );
        check(r#""GET / HTTP/1.1" 200 - 1 - 6 6 "-" "-" -"#, "GET / HTTP/1.1", "200", None, "-");
    }

    #[test]
    fn what_is_cut_off_is_told() {
        for end in 0..HEAD.len() {
            assert!(S3Line::cut(&HEAD[..end]).is_err());
        }
    }
}
