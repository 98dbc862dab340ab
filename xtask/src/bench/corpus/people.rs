//! Made-up people: names, addresses and numbers that pass the checks real ones pass.

use crate::bench::random::Random;

const SURNAMES: [&str; 12] =
    ["Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Huang", "Zhou", "Wu", "Xu", "Sun"];
const GIVEN: [&str; 12] =
    ["Wei", "Na", "Min", "Jing", "Qiang", "Lei", "Yan", "Tao", "Juan", "Ping", "Gang", "Xia"];
const STREETS: [&str; 6] =
    ["Wensan Road", "Jianguo Road", "Nanjing Street", "Huaihai Road", "Lake Lane", "Garden Street"];
const DIGITS: &[u8] = b"0123456789";

/// The head of a table of people.
pub(super) const HEAD: &str =
    "customer_id,full_name,phone,email,id_card,bank_card,address,amount\n";

/// The data types of a row of that table, each with one value a row.
pub(super) const COLUMNS: [&str; 6] =
    ["person_name", "phone", "email", "resident_id", "bank_card", "address"];

/// A row of the table.
pub(super) fn row(random: &mut Random) -> String {
    let (surname, given) = (random.word(&SURNAMES), random.word(&GIVEN));
    format!(
        "{},{surname} {given},{},{},{},{},{} {},{}.{:02}\n",
        random.below(100_000),
        phone(random),
        email(random),
        resident_id(random),
        bank_card(random),
        1 + random.below(400),
        random.word(&STREETS),
        random.below(10_000),
        random.below(100),
    )
}

/// A mobile number of mainland China.
pub(super) fn phone(random: &mut Random) -> String {
    format!("13{}{}", random.text(b"5678", 1), random.text(DIGITS, 8))
}

/// A mail address in a domain that is nobody's example.
pub(super) fn email(random: &mut Random) -> String {
    let (given, surname) = (random.word(&GIVEN), random.word(&SURNAMES));
    format!("{given}.{surname}{}@mail-of-nobody.cn", random.below(10_000)).to_lowercase()
}

/// A resident identity number (GB 11643): region, birthday, order, and the check digit of ISO 7064
/// MOD 11-2.
fn resident_id(random: &mut Random) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &str = "10X98765432";
    let body = format!(
        "{}{}{:02}{:02}{:03}",
        random.word(&["110105", "310104", "330106", "440305"]),
        1950 + random.below(55),
        1 + random.below(12),
        1 + random.below(28),
        random.below(1000),
    );
    let digits = body.chars().filter_map(|digit| digit.to_digit(10));
    let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = CHECK.chars().nth(usize::try_from(sum % 11).unwrap_or_default());
    body + &check.map(String::from).unwrap_or_default()
}

/// A card number: an issuer range of `UnionPay` or Visa and the Luhn digit.
fn bank_card(random: &mut Random) -> String {
    let body =
        format!("{}{}", random.word(&["622588", "621226", "453957"]), random.text(DIGITS, 9));
    let sum: u32 = body
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit) {
            (0, digit @ 0..=4) => digit * 2,
            (0, digit) => digit * 2 - 9,
            (_, digit) => digit,
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_as_many_fields_as_its_head() {
        let row = row(&mut Random::new(1));
        assert_eq!(row.split(',').count(), HEAD.split(',').count(), "{row}");
    }

    #[test]
    fn a_card_number_passes_luhn() {
        let mut random = Random::new(3);
        for _ in 0..100 {
            let card = bank_card(&mut random);
            let digits = card.chars().rev().filter_map(|digit| digit.to_digit(10));
            let sum: u32 = digits
                .enumerate()
                .map(
                    |(place, digit)| {
                        if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
                    },
                )
                .sum();
            assert_eq!((sum % 10, card.len()), (0, 16), "{card}");
        }
    }
}
