//! Messages that are about other messages: digests, escalations, codes, and what does not get through.

use claviger_model::{AlertNotice, Language, Level, NoticeFact, Response, ResponseRule, RiskEvent};
use jiff::Timestamp;

use super::{SUBJECT_NAME_MAX, key_short};
use crate::catalogue;
use crate::text;

/// Messages named in a digest; the delivery log has all.
const LINES_MAX: usize = 50;

/// Several messages as one; the level is that of the worst.
#[must_use]
pub fn compose_digest(
    language: Language,
    notices: &[(AlertNotice, Level, Timestamp)],
    link: Option<String>,
) -> (AlertNotice, Level) {
    let words = catalogue::of(language);
    let level = notices.iter().map(|(_, level, _)| *level).max().unwrap_or(Level::Low);
    let count = notices.len() as u64;
    let level_word = words.text(&format!("level.{}", level.as_str()));
    let messages = words.count("digest.messages", count);
    let subject = words.say("digest.subject", &[("level", &level_word), ("messages", &messages)]);
    let facts = notices
        .iter()
        .take(LINES_MAX)
        .map(|(notice, _, at)| NoticeFact { label: text::time(*at), value: notice.subject.clone() })
        .collect();
    let mut lead = vec![words.text("digest.lead")];
    if notices.len() > LINES_MAX {
        lead.push(words.count("digest.more", (notices.len() - LINES_MAX) as u64));
    }
    (AlertNotice { subject, lead, facts, link }, level)
}

/// The same message, told further because nobody acknowledged it.
#[must_use]
pub fn compose_escalation(language: Language, notice: &AlertNotice, minutes: u64) -> AlertNotice {
    let words = catalogue::of(language);
    let minutes = words.count("ago.minutes", minutes);
    let mut further = notice.clone();
    further.subject =
        words.say("escalation.subject", &[("minutes", &minutes), ("subject", &notice.subject)]);
    further
}

/// What is said when an event was acknowledged or closed.
#[must_use]
pub fn compose_settled(language: Language, event: &RiskEvent, closed: bool) -> AlertNotice {
    let words = catalogue::of(language);
    let message = if closed { "settled.closed" } else { "settled.acknowledged" };
    let subject = words.say(message, &[("key", &key_short(event))]);
    AlertNotice { subject, lead: Vec::new(), facts: Vec::new(), link: None }
}

/// The code that makes an address a recipient. Without the code: what is kept of the message.
#[must_use]
pub fn compose_code(language: Language, code: Option<&str>) -> AlertNotice {
    let words = catalogue::of(language);
    let code = code.unwrap_or("······");
    AlertNotice {
        subject: words.say("code.subject", &[("code", code)]),
        lead: vec![words.text("code.lead"), words.text("code.ignore")],
        facts: Vec::new(),
        link: None,
    }
}

/// What another configuration's people are told when messages do not get through.
#[must_use]
pub fn compose_failure(
    language: Language,
    configuration_name: &str,
    since: Timestamp,
    why: &str,
    link: Option<String>,
) -> AlertNotice {
    let words = catalogue::of(language);
    let name = text::short(configuration_name, SUBJECT_NAME_MAX);
    AlertNotice {
        subject: words.say("failure.subject", &[("name", &name)]),
        lead: vec![
            words.say("failure.since", &[("name", &name), ("since", &text::time(since))]),
            words.say("failure.why", &[("why", &text::short(why, 500))]),
            words.text("failure.kept"),
        ],
        facts: Vec::new(),
        link,
    }
}

/// What people are told before a response rule runs its plan.
#[must_use]
pub fn compose_response(
    language: Language,
    (event, rule, response): (&RiskEvent, &ResponseRule, &Response),
    veto: Option<&str>,
    link: Option<String>,
) -> AlertNotice {
    let words = catalogue::of(language);
    let level = words.text(&format!("level.{}", event.level.as_str()));
    let at = text::time(response.runs_at);
    let names = [("name", text::short(&rule.name, 120)), ("by", text::short(&rule.made_by, 120))];
    let names = names.each_ref().map(|(name, value)| (*name, value.as_str()));
    let veto = match veto {
        Some(link) => words.say("response.veto", &[("link", link)]),
        None => words.say("response.veto_page", &[("id", &response.id)]),
    };
    let what = format!("response.what.{}", rule.action.as_str());
    let what = words.say(&what, &[("key", &key_short(event))]);
    AlertNotice {
        subject: words.say("response.subject", &[("level", &level), ("what", &what), ("at", &at)]),
        lead: vec![
            words.say("response.rule", &names),
            words.say("response.runs", &[("at", &at)]),
            veto,
        ],
        facts: Vec::new(),
        link,
    }
}

/// What people are told when a confirmed plan did not go through.
#[must_use]
pub fn compose_handling_failed(
    language: Language,
    event: &RiskEvent,
    title: &str,
    why: &str,
    link: Option<String>,
) -> AlertNotice {
    let words = catalogue::of(language);
    let level = words.text(&format!("level.{}", event.level.as_str()));
    let key = key_short(event);
    AlertNotice {
        subject: words.say("handling_failed.subject", &[("level", &level), ("key", &key)]),
        lead: vec![
            words.say("handling_failed.step", &[("title", &text::short(title, 200))]),
            words.say("handling_failed.why", &[("why", &text::short(why, 500))]),
            words.text("handling_failed.still"),
        ],
        facts: Vec::new(),
        link,
    }
}

/// What stands on the button that opens the event.
#[must_use]
pub fn label_open(language: Language) -> String {
    catalogue::of(language).text("button.open")
}

/// What stands on the button that acknowledges.
#[must_use]
pub fn label_acknowledge(language: Language) -> String {
    catalogue::of(language).text("button.acknowledge")
}

/// The message as a voice says it.
#[must_use]
pub fn spoken(language: Language, notice: &AlertNotice) -> String {
    catalogue::of(language).say("call.text", &[("subject", &notice.subject)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_code_message_does_not_hold_the_code() {
        for language in [Language::English, Language::Chinese] {
            assert!(compose_code(language, Some("123456")).subject.contains("123456"));
            let kept = compose_code(language, None);
            assert!(!kept.subject.chars().any(|c| c.is_ascii_digit()), "{}", kept.subject);
        }
    }

    #[test]
    fn a_digest_has_the_worst_level_and_names_each_message() {
        let one = |subject: &str| AlertNotice {
            subject: subject.to_owned(),
            lead: Vec::new(),
            facts: Vec::new(),
            link: None,
        };
        let at = Timestamp::UNIX_EPOCH;
        let all =
            [(one("a"), Level::Low, at), (one("b"), Level::High, at), (one("c"), Level::Low, at)];
        let (digest, level) = compose_digest(Language::English, &all, None);
        assert_eq!(level, Level::High);
        assert_eq!(digest.subject, "High: 3 messages of Claviger in one");
        let named: Vec<&str> = digest.facts.iter().map(|fact| fact.value.as_str()).collect();
        assert_eq!(named, ["a", "b", "c"]);
    }
}
