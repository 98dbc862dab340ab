//! CRC-64/XZ, the checksum that OSS answers in `x-oss-hash-crc64ecma` and its clients verify.
//!
//! Parameters (Cook, "Catalogue of parametrised CRC algorithms"): ECMA-182 polynomial, reflected,
//! initial value and final exclusive-or all ones.

/// The ECMA-182 polynomial with its bits reversed.
const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;

/// Remainders of the 256 single bytes.
const TABLE: [u64; 256] = table();

/// The checksum of `bytes`.
pub(crate) fn crc64(bytes: &[u8]) -> u64 {
    !bytes.iter().fold(!0, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        TABLE[usize::from(low ^ byte)] ^ (crc >> 8)
    })
}

const fn table() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::crc64;

    #[test]
    fn the_check_value_of_the_catalogue_comes_out() {
        assert_eq!(crc64(b"123456789"), 0x995D_C9BB_DF19_39FA);
        assert_eq!(crc64(b""), 0);
    }
}
