//! Patterns of paths, as `.gitignore` and shells write them: `*`, `?`, `**`, `[a-z]`, `{a,b}`.
//!
//! A pattern without `/` is about the last name at any depth; one with `/` about the whole path below
//! the target. A pattern that matches a folder matches everything in it.

use anyhow::Context;
use regex::bytes::Regex;

/// A list of patterns.
pub(super) struct Globs {
    patterns: Vec<Regex>,
}

impl Globs {
    /// Compiles patterns.
    ///
    /// # Errors
    /// One of them is no pattern.
    pub(super) fn new(patterns: &[String]) -> anyhow::Result<Self> {
        let compile = |pattern: &String| {
            Regex::new(&as_regex(pattern)).with_context(|| {
                format!("`{pattern}` is no pattern (hint: write it as `*.log` or `build/**`)")
            })
        };
        Ok(Self { patterns: patterns.iter().map(compile).collect::<Result<_, _>>()? })
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether one matches a path, whose parts `/` divides.
    pub(super) fn matches(&self, path: &[u8]) -> bool {
        self.patterns.iter().any(|pattern| pattern.is_match(path))
    }
}

/// A pattern as a regular expression over bytes.
fn as_regex(pattern: &str) -> String {
    let trimmed = pattern.trim_end_matches('/');
    let anchored = trimmed.contains('/');
    let body = trimmed.trim_start_matches('/');
    let mut regex = String::from(if anchored { "^" } else { "(?:^|/)" });
    let mut rest = body.chars().peekable();
    let mut braces = 0;
    while let Some(character) = rest.next() {
        match character {
            '*' if rest.peek() == Some(&'*') => {
                rest.next();
                // `**/` is any number of folders, also none.
                if rest.peek() == Some(&'/') {
                    rest.next();
                    regex.push_str("(?:[^/]+/)*");
                } else {
                    regex.push_str(".*");
                }
            }
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => {
                regex.push('[');
                if matches!(rest.peek(), Some('!' | '^')) {
                    rest.next();
                    regex.push('^');
                }
            }
            ']' => regex.push(']'),
            '-' => regex.push('-'),
            '{' => {
                braces += 1;
                regex.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                regex.push(')');
            }
            ',' if braces > 0 => regex.push('|'),
            '\\' => {
                let literal: String = rest.next().into_iter().collect();
                regex.push_str(&regex::escape(&literal));
            }
            other => regex.push_str(&regex::escape(&other.to_string())),
        }
    }
    format!("(?s-u){regex}(?:/|$)").replacen("(?s-u)", "(?s)", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, matched: &[&str], not_matched: &[&str]) {
        let globs = Globs::new(&[pattern.to_owned()]).unwrap();
        for path in matched {
            assert!(globs.matches(path.as_bytes()), "{pattern} {path}");
        }
        for path in not_matched {
            assert!(!globs.matches(path.as_bytes()), "{pattern} {path}");
        }
    }

    #[test]
    fn a_pattern_is_about_names_or_about_paths() {
        check("*.log", &["a.log", "x/y/a.log", "a.log/inside"], &["a.logs", "log"]);
        check("build/**", &["build/a", "build/a/b"], &["x/build/a", "builds/a"]);
        check("**/node_modules", &["node_modules/a", "x/node_modules/b"], &["node_module"]);
        check("/a?[0-9].{csv,json}", &["ab1.csv", "ac9.json"], &["x/ab1.csv", "abc.csv"]);
        check("[!a]*", &["b"], &["a"]);
        check("数据*", &["x/数据一.csv"], &["x/一数据.csv"]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        assert!(Globs::new(&["[".to_owned()]).is_err());
    }
}
