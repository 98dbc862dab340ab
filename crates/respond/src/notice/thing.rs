//! The lines of a message about what is no leaked key: an account of a database, a bucket, a shared key, a
//! key to be watched.

use claviger_model::{AlertKind, RiskType};

use super::{NoticeInput, lead};
use crate::text;

/// Characters of a name in a line; the facts below have it whole.
const NAME_MAX: usize = 120;

/// The subject of the first message about an event of a type.
pub(super) fn subject(risk_type: RiskType) -> &'static str {
    match risk_type {
        RiskType::AccessKeyPairLeak | RiskType::AbnormalAccess => "subject.leak_found",
        RiskType::DatabaseAccountLeak => "subject.database_found",
        RiskType::SharedAccount => "subject.shared_found",
        RiskType::PublicStorageOfSensitiveInformation => "subject.public_found",
        RiskType::CustomIntelligence => "subject.intelligence_found",
    }
}

/// Whether a message has lines of its own: no leaked key, or a key of which more is to say than its leak.
pub(super) fn is_one(input: &NoticeInput<'_>) -> bool {
    match input.event.risk_type {
        RiskType::AccessKeyPairLeak | RiskType::AbnormalAccess => false,
        RiskType::DatabaseAccountLeak
        | RiskType::SharedAccount
        | RiskType::PublicStorageOfSensitiveInformation => true,
        RiskType::CustomIntelligence => input.kind == AlertKind::LeakFound,
    }
}

/// What it is about, where it stands, what was found, how bad, what to press.
pub(super) fn lead(input: &NoticeInput<'_>) -> Vec<String> {
    let words = input.words();
    let event = input.event;
    let subject = text::short(&event.subject, NAME_MAX);
    let about = match event.risk_type {
        RiskType::DatabaseAccountLeak => words.say("thing.database", &[("subject", &subject)]),
        RiskType::PublicStorageOfSensitiveInformation => {
            words.say("thing.bucket", &[("subject", &subject)])
        }
        _ => lead::whose(input),
    };
    let told = match event.judgement.first() {
        Some(reason) => words.say("thing.told", &[("reason", &text::short(reason, 2 * NAME_MAX))]),
        None => words.text("thing.told_nothing"),
    };
    let press = match event.risk_type {
        RiskType::DatabaseAccountLeak => "thing.press_database",
        RiskType::PublicStorageOfSensitiveInformation => "thing.press_public",
        RiskType::SharedAccount => "thing.press_shared",
        _ => "thing.press_intelligence",
    };
    let level = words.text(&format!("level.{}", event.level.as_str()));
    vec![
        about,
        lead::where_leaked(input),
        told,
        words.say("thing.level", &[("level", &level)]),
        words.text(press),
    ]
}
