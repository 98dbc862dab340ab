//! Cuts a space separated text line into fields from its right end.
//!
//! Fields that a client writes (address, referer, agent) stand left of the ones that the service
//! writes. Counting from the right keeps a client's quote from shifting the service's fields, the
//! access key id among them.

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// Without its quotes.
    pub(super) text: &'a str,
    /// Whether it stood in quotes or backticks.
    pub(super) quoted: bool,
    /// Its first byte in the line, the quote included.
    pub(super) start: usize,
}

/// The last `limit` fields of a line, the last one first.
pub(super) fn from_right(line: &str, limit: usize) -> Vec<Token<'_>> {
    let mut tokens = Vec::with_capacity(limit);
    let mut rest = line;
    while tokens.len() < limit {
        let Some(token) = last(rest) else { break };
        rest = &rest[..token.start];
        tokens.push(token);
    }
    tokens
}

fn last(text: &str) -> Option<Token<'_>> {
    let text = text.trim_end_matches(' ');
    let quote = *text.as_bytes().last()?;
    if matches!(quote, b'"' | b'`') {
        let body = &text[..text.len() - 1];
        let opening = if quote == b'"' { " \"" } else { " `" };
        let start = match body.rfind(opening) {
            Some(space) => Some(space + 1),
            None if body.as_bytes().first() == Some(&quote) => Some(0),
            None => None,
        };
        if let Some(start) = start {
            return Some(Token { text: &body[start + 1..], quoted: true, start });
        }
    }
    let start = text.rfind(' ').map_or(0, |space| space + 1);
    Some(Token { text: &text[start..], quoted: false, start })
}

/// The field's value: `-` and nothing mean "unknown".
pub(super) fn known(text: &str) -> Option<&str> {
    (!text.is_empty() && text != "-").then_some(text)
}

/// The agent out of `"referer" "agent"`. A referer holds no space, so it ends at the first quote
/// that spaces and a quote follow.
pub(super) fn user_agent(client: &str) -> &str {
    let client = client.trim();
    let agent = client.match_indices(['"', '`']).skip(1).find_map(|(end, _)| {
        let rest = &client[end + 1..];
        let agent = rest.trim_start_matches(' ');
        (agent.len() < rest.len()).then(|| agent.strip_prefix(['"', '`']))?
    });
    agent.and_then(|agent| agent.strip_suffix(['"', '`'])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_from_the_right_whatever_stands_left_of_them() {
        let line = r#"x "a "b" c" "d e" 12 "" "f""#;
        let fields: Vec<(&str, bool)> =
            from_right(line, 4).into_iter().map(|token| (token.text, token.quoted)).collect();
        assert_eq!(fields, [("f", true), ("", true), ("12", false), ("d e", true)]);
    }

    #[test]
    fn backticks_group_as_quotes_do() {
        let token = from_right("a `b c`", 1)[0];
        assert_eq!((token.text, token.quoted, token.start), ("b c", true, 2));
    }

    #[test]
    fn an_agent_keeps_the_quotes_inside_it() {
        assert_eq!(user_agent(r#"  "http://a"b/"  "a "b" c""#), r#"a "b" c"#);
        assert_eq!(user_agent(r#""-" """#), "");
        assert_eq!(user_agent("`-` `a`"), "a");
        assert_eq!(user_agent("\""), "");
    }

    #[test]
    fn a_lone_quote_is_a_field() {
        assert_eq!(from_right("\"", 3).len(), 1);
        assert!(from_right("   ", 3).is_empty());
    }
}
