//! Which rules a secret fits, by its length, its characters and how random it is.

use super::plausible::is_secret_like;
use super::{Alphabet, Rule, Rules, Shape, entropy, is_placeholder, is_worded};

impl Rules {
    /// The rules whose secret this may be. A `named` one stands beside the word "secret" or its like,
    /// and need not look as random; hexadecimal must be named, since hashes look the same.
    pub(crate) fn secret_fits(&self, token: &[u8], named: bool) -> Vec<usize> {
        if is_placeholder(token) {
            return Vec::new();
        }
        let secret_like = is_secret_like(token, named);
        let density = entropy(token);
        let fits = |shape: &Shape| {
            let hexadecimal = matches!(shape.alphabet, Alphabet::Hexadecimal);
            (if hexadecimal { named } else { secret_like })
                && shape.lengths.contains(&token.len())
                && shape.alphabet.holds(token, token)
                && density >= shape.entropy
        };
        let rules = self.rules.iter().enumerate();
        rules.filter(|(_, rule)| fits(&rule.secret)).map(|(index, _)| index).collect()
    }

    /// The rules whose ids tell themselves and whose secret this may be although it is not random enough to be
    /// believed by itself: hexadecimal, of one case, or without a digit. Only right beside an id it means anything.
    pub(crate) fn secret_may_fit(&self, token: &[u8]) -> Vec<usize> {
        let hexadecimal = token.iter().all(u8::is_ascii_hexdigit);
        if is_placeholder(token) || is_worded(token) || token.iter().all(u8::is_ascii_digit) {
            return Vec::new();
        }
        let density = entropy(token);
        let fits = |rule: &Rule| {
            !rule.prefixes.is_empty()
                && (!hexadecimal || matches!(rule.secret.alphabet, Alphabet::Hexadecimal))
                && rule.secret.lengths.contains(&token.len())
                && rule.secret.alphabet.holds(token, token)
                && density >= rule.secret.entropy
        };
        let rules = self.rules.iter().enumerate();
        rules.filter(|(_, rule)| fits(rule)).map(|(index, _)| index).collect()
    }
}
