//! Key ids of Backblaze B2, most of whose characters count: `00`, one digit of the cluster, the twelve of the
//! account, and the number of the key in ten, nearly all of them zero. So they look made up, and are not.

/// Zeros before the number of a key: nobody makes a million of them.
const ZEROS: usize = 6;

/// Whether a token has the structure of an id.
pub(super) fn is_key_id(token: &[u8]) -> bool {
    let Some((head, number)) = token.split_at_checked(15) else { return false };
    let zeros = number.iter().take_while(|byte| **byte == b'0').count();
    token.len() == 25
        && head.starts_with(b"00")
        && (ZEROS..number.len()).contains(&zeros)
        && !super::is_placeholder(&head[3..])
}

#[cfg(test)]
mod tests {
    use super::is_key_id;

    #[test]
    fn the_number_of_a_key_comes_after_its_account() {
        assert!(is_key_id(b"0041f8ab92c07de0000000003"));
        assert!(!is_key_id(b"0040000000000000000000003"));
        assert!(!is_key_id(b"0041f8ab92c07de1f8ab92c07"));
    }
}
