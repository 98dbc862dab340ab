//! Cuts a line of comma separated values into fields (RFC 4180).

/// The fields of a line: quoted or not, a doubled quote being one. A quote that is never closed runs
/// to the end of the line.
pub(super) fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(field) = fields.last_mut() else { break };
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => fields.push(String::new()),
            _ => field.push(character),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_group_and_double() {
        assert_eq!(fields(r#""a,b","say ""x""",,c"#), ["a,b", r#"say "x""#, "", "c"]);
        assert_eq!(fields(r#"a"b,"c"#), [r#"a"b"#, "c"]);
        assert_eq!(fields(""), [""]);
    }
}
