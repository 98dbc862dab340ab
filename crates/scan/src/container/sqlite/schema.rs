//! What `CREATE TABLE` says: the names of the columns.

/// Words that begin a constraint of a table rather than a column.
const CONSTRAINTS: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];

/// The names of the columns in order; empty where the words make no sense.
pub(super) fn columns(sql: &str) -> Vec<String> {
    let Some(open) = sql.find('(') else { return Vec::new() };
    let mut columns = Vec::new();
    for part in parts(&sql[open + 1..]) {
        let part = part.trim_start();
        let name = name(part);
        if !CONSTRAINTS.iter().any(|word| name.eq_ignore_ascii_case(word)) && !name.is_empty() {
            columns.push(name);
        }
    }
    columns
}

/// The parts between commas, up to the bracket that closes the list.
fn parts(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start, mut quote) = (Vec::new(), 0, 0, None);
    for (at, character) in list.char_indices() {
        match (quote, character) {
            (Some(open), character) => quote = (character != open).then_some(open),
            (None, '"' | '\'' | '`') => quote = Some(character),
            (None, '[') => quote = Some(']'),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => {
                parts.push(&list[start..at]);
                return parts;
            }
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    parts
}

/// The first word of a part, its quotes removed.
fn name(part: &str) -> String {
    let mut characters = part.chars();
    let close = match characters.next() {
        Some('[') => ']',
        Some(quote @ ('"' | '\'' | '`')) => quote,
        _ => {
            let end = part.find(|c: char| c.is_whitespace() || matches!(c, '(' | ','));
            return part[..end.unwrap_or(part.len())].to_owned();
        }
    };
    characters.take_while(|character| *character != close).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_through_quotes_types_and_constraints() {
        let sql = "CREATE TABLE \"a b\" (id INTEGER PRIMARY KEY, [access key] TEXT DEFAULT ',', \"x(\" \
                   VARCHAR(10, 2) CHECK (a > 1), `y`, PRIMARY KEY (id), CONSTRAINT c UNIQUE (a)) STRICT";
        assert_eq!(columns(sql), ["id", "access key", "x(", "y"]);
        assert!(columns("CREATE TABLE t").is_empty());
    }
}
