//! What decides whether a value in the right shape is one: checksums, ranges and calendars, each a function
//! that data types name.
//!
//! A check sees one value. It never looks at what stands around it; that is the business of columns and
//! labels.

mod america;
mod asia;
mod company;
mod device;
mod europe;
mod health;
mod money;
mod people;
mod sum;

use super::value::Value;

/// What a value is to a data type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing: not even the shape.
    No,
    /// It has the shape and fails the check.
    Shaped,
    /// It is one.
    Right,
    /// It is one that nobody has, such as an address in `example.com`.
    Reserved,
}

/// A check.
pub(super) type Check = fn(&Value<'_>) -> Verdict;

/// A check that says yes or no.
type Plain = fn(&Value<'_>) -> bool;

/// Every check by its name in the data types.
const CHECKS: &[(&str, Plain)] = &[
    ("person_name", people::name),
    ("address", people::address),
    ("age", people::age),
    ("date", people::date),
    ("short_text", people::short_text),
    ("text", people::text),
    ("number", people::number),
    ("amount", people::amount),
    ("account_name", people::account_name),
    ("phone", people::phone),
    ("landline", people::landline),
    ("latitude", people::latitude),
    ("longitude", people::longitude),
    ("resident_id", asia::resident_id),
    ("hk_id", asia::hk_id),
    ("tw_id", asia::tw_id),
    ("sg_nric", asia::sg_nric),
    ("aadhaar", asia::aadhaar),
    ("in_pan", asia::in_pan),
    ("kr_rrn", asia::kr_rrn),
    ("my_number", asia::my_number),
    ("th_id", asia::th_id),
    ("my_nric", asia::my_nric),
    ("id_nik", asia::id_nik),
    ("vn_cccd", asia::vn_cccd),
    ("il_id", asia::il_id),
    ("tr_tckn", asia::tr_tckn),
    ("emirates_id", asia::emirates_id),
    ("cn_plate", asia::cn_plate),
    ("us_itin", america::us_itin),
    ("us_routing", america::us_routing),
    ("ca_sin", america::ca_sin),
    ("br_cpf", america::br_cpf),
    ("br_cnpj", america::br_cnpj),
    ("mx_curp", america::mx_curp),
    ("ar_cuit", america::ar_cuit),
    ("cl_rut", america::cl_rut),
    ("au_tfn", america::au_tfn),
    ("au_medicare", america::au_medicare),
    ("za_id", america::za_id),
    ("uk_nino", europe::uk_nino),
    ("uk_nhs", europe::uk_nhs),
    ("de_tax_id", europe::de_tax_id),
    ("de_id_card", europe::de_id_card),
    ("fr_nir", europe::fr_nir),
    ("es_dni", europe::es_dni),
    ("it_codice_fiscale", europe::it_codice_fiscale),
    ("nl_bsn", europe::nl_bsn),
    ("be_number", europe::be_number),
    ("se_number", europe::se_number),
    ("no_number", europe::no_number),
    ("dk_cpr", europe::dk_cpr),
    ("fi_hetu", europe::fi_hetu),
    ("pl_pesel", europe::pl_pesel),
    ("pt_nif", europe::pt_nif),
    ("ch_ahv", europe::ch_ahv),
    ("at_number", europe::at_number),
    ("ie_pps", europe::ie_pps),
    ("ru_snils", europe::ru_snils),
    ("ru_inn", europe::ru_inn),
    ("iban", money::iban),
    ("bic", money::bic),
    ("imei", device::imei),
    ("iccid", device::iccid),
    ("vin", device::vin),
    ("ip_address", device::ip_address),
    ("us_npi", health::us_npi),
    ("us_dea", health::us_dea),
    ("uscc", company::uscc),
    ("org_code", company::org_code),
    ("vat", company::vat),
    ("text_or_number", people::text_or_number),
    ("number_or_blob", people::number_or_blob),
    ("secret_text", people::secret_text),
    ("coordinates", people::coordinates),
    ("measure", health::measure),
    ("track", money::track),
    ("wallet", money::wallet),
];

/// Checks that also know values that nobody has.
const JUDGES: &[(&str, Check)] =
    &[("us_ssn", america::us_ssn), ("bank_card", money::bank_card), ("email_cell", people::email)];

/// A check that a data type names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    /// Says yes or no.
    Plain(Plain),
    /// Also knows values that nobody has.
    Judge(Check),
}

impl Named {
    /// The check of a name; `None` when there is none.
    pub(super) fn of(name: &str) -> Option<Self> {
        let plain = CHECKS.iter().find(|(known, _)| *known == name);
        let judge = || JUDGES.iter().find(|(known, _)| *known == name);
        plain
            .map(|(_, check)| Self::Plain(*check))
            .or_else(|| judge().map(|(_, check)| Self::Judge(*check)))
    }

    /// What a value is.
    pub(super) fn verdict(self, value: &Value<'_>) -> Verdict {
        match self {
            Self::Plain(check) if check(value) => Verdict::Right,
            Self::Plain(_) => Verdict::Shaped,
            Self::Judge(check) => check(value),
        }
    }
}
