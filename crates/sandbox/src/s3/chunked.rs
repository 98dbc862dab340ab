//! The framing `aws-chunked`: `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n`, a chunk of size 0, trailers
//! (AWS documentation, "Signature calculation: transferring a payload in multiple chunks").

use axum::body::Bytes;

use crate::refusal::Refusal;

/// The bytes inside.
///
/// # Errors
/// A chunk announces another size than it has.
pub(super) fn unframe(framed: &[u8]) -> Result<Bytes, Refusal> {
    let broken = || Refusal::argument("Content-Encoding", "aws-chunked", "The body is broken.");
    let mut rest = framed;
    let mut bytes = Vec::with_capacity(framed.len());
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").ok_or_else(broken)?;
        let head = std::str::from_utf8(&rest[..end]).map_err(|_| broken())?;
        let size = head.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| broken())?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Ok(Bytes::from(bytes));
        }
        let after = size.checked_add(2).ok_or_else(broken)?;
        if rest.len() < after || &rest[size..after] != b"\r\n" {
            return Err(broken());
        }
        bytes.extend_from_slice(&rest[..size]);
        rest = &rest[after..];
    }
}

#[cfg(test)]
mod tests {
    use super::unframe;

    #[test]
    fn chunks_are_joined_and_trailers_left_out() {
        let framed =
            b"5;chunk-signature=ab\r\nhello\r\n1\r\n!\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        assert_eq!(&unframe(framed).unwrap()[..], b"hello!");
    }

    #[test]
    fn a_broken_chunk_is_refused() {
        for framed in [&b"5\r\nhel"[..], b"zz\r\n", b"", b"5\r\nhelloXX0\r\n\r\n"] {
            assert!(unframe(framed).is_err());
        }
    }
}
