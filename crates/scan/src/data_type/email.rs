//! E-mail addresses, as RFC 5321 lets them be written without quotes.

/// The addresses in a line.
pub(super) fn find(bytes: &[u8]) -> Vec<(usize, usize)> {
    memchr::memchr_iter(b'@', bytes).filter_map(|at| around(bytes, at)).collect()
}

fn around(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let domain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let before = bytes[..at].iter().rev().take(64).take_while(|byte| local(byte)).count();
    let after = bytes[at + 1..].iter().take(253).take_while(|byte| domain(byte)).count();
    let host = &bytes[at + 1..at + 1 + after];
    let host_end = host.iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let host = &host[..host_end];
    let dot = host.iter().rposition(|byte| *byte == b'.')?;
    let top = &host[dot + 1..];
    let fits = before > 0 && dot > 0 && top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic);
    fits.then_some((at - before, at + 1 + host_end))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn addresses_are_found_and_at_signs_are_not() {
        assert_eq!(find(b"a: mei@example.com."), [(3, 18)]);
        assert_eq!(find(b"@example.com user@host git@10.0.0.1 @"), []);
    }
}
