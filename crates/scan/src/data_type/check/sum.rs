//! Sums that many check digits are made of.

/// Luhn (ISO/IEC 7812-1 annex B): every second digit from the right counts double.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let (single, pairs) = digits.split_at(digits.len() % 2);
    // Twice a digit, and of what is more than nine the sum of its own digits.
    let double = |digit: u8| 2 * digit - if digit > 4 { 9 } else { 0 };
    let pairs = pairs.as_chunks::<2>().0.iter().map(|[second, first]| double(*second) + first);
    let sum =
        pairs.map(u32::from).sum::<u32>() + single.iter().copied().map(u32::from).sum::<u32>();
    sum.is_multiple_of(10)
}

/// Digits by their weights; what has no weight does not count.
pub(super) fn weighted(digits: &[u8], weights: &[u16]) -> u32 {
    // Products of sixteen bits are what every processor has.
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(u16::from(*digit) * weight)).sum()
}

/// The number that digits write.
pub(super) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, digit| value.wrapping_mul(10) + u64::from(*digit))
}

/// How many digits differ.
pub(super) fn distinct(digits: &[u8]) -> usize {
    let seen = digits.iter().fold(0_u32, |seen, digit| seen | 1 << (digit % 32));
    seen.count_ones() as usize
}

/// Whether so many digits differ. The first few mostly tell.
pub(super) fn has_distinct(digits: &[u8], least: usize) -> bool {
    distinct(&digits[..digits.len().min(2 * least)]) >= least || distinct(digits) >= least
}

/// Whether there is such a day. Years of two digits are of any century.
pub(super) fn is_date(year: u64, month: u64, day: u64) -> bool {
    let leap = year.is_multiple_of(4)
        && (year < 100 || !year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// The value of a letter or digit: `A` is 10.
pub(super) fn base_36(symbol: u8) -> u32 {
    match symbol {
        b'0'..=b'9' => u32::from(symbol - b'0'),
        _ => u32::from(symbol.saturating_sub(b'A')) + 10,
    }
}

/// Verhoeff's check over the dihedral group D5 (J. Verhoeff, "Error detecting decimal codes", 1969).
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    const PERMUTED: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    let product = |a: u8, b: u8| match (a, b) {
        (0..5, 0..5) => (a + b) % 5,
        (0..5, _) => (a + b - 5) % 5 + 5,
        (_, 0..5) => (a - 5 + 5 - b) % 5 + 5,
        (_, _) => (a + 5 - b) % 5,
    };
    let places = digits.iter().rev().enumerate();
    places
        .fold(0, |sum, (place, digit)| product(sum, PERMUTED[place % 8][usize::from(*digit % 10)]))
        == 0
}
