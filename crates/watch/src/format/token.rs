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

/// The fields of a line from its right end, each cut when it is first asked for.
pub(super) struct FromRight<'a, const N: usize> {
    line: &'a str,
    tokens: [Option<Token<'a>>; N],
    count: usize,
}

impl<'a, const N: usize> FromRight<'a, N> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { line, tokens: [None; N], count: 0 }
    }

    /// The field at a place, the last one at 0.
    pub(super) fn get(&mut self, place: usize) -> Option<Token<'a>> {
        while self.count <= place {
            let end = match self.count.checked_sub(1) {
                Some(right) => (*self.tokens.get(right)?)?.start,
                None => self.line.len(),
            };
            let token = last(self.line.get(..end)?)?;
            *self.tokens.get_mut(self.count)? = Some(token);
            self.count += 1;
        }
        *self.tokens.get(place)?
    }
}

fn last(text: &str) -> Option<Token<'_>> {
    let text = text.trim_end_matches(' ');
    let bytes = text.as_bytes();
    let quote = *bytes.last()?;
    if matches!(quote, b'"' | b'`') {
        let mut opening = memchr::memrchr(quote, &bytes[..bytes.len() - 1]);
        while let Some(start) = opening {
            if start == 0 || bytes[start - 1] == b' ' {
                return Some(Token { text: &text[start + 1..text.len() - 1], quoted: true, start });
            }
            opening = memchr::memrchr(quote, &bytes[..start]);
        }
    }
    let start = memchr::memrchr(b' ', bytes).map_or(0, |space| space + 1);
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
    let quotes = memchr::memchr2_iter(b'"', b'`', client.as_bytes());
    let agent = quotes.skip(1).find_map(|end| {
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
        let mut fields = FromRight::<4>::new(line);
        let mut field = |place| fields.get(place).map(|token| (token.text, token.quoted));
        assert_eq!(field(3), Some(("d e", true)));
        assert_eq!(field(0), Some(("f", true)));
        assert_eq!([1, 2, 4].map(field), [Some(("", true)), Some(("12", false)), None]);
    }

    #[test]
    fn backticks_group_as_quotes_do() {
        let token = FromRight::<1>::new("a `b c`").get(0).unwrap();
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
        let mut lone = FromRight::<3>::new("\"");
        assert!(lone.get(0).is_some() && lone.get(1).is_none());
        assert!(FromRight::<3>::new("   ").get(0).is_none());
    }
}
