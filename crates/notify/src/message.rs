//! One message, with everything that a channel may need to give it its form.

use claviger_model::{AlertNotice, Language, Level};
use jiff::Timestamp;

/// Where a button leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What stands on the button, in the language of the message.
    pub label: String,
    /// Where it leads.
    pub url: String,
}

/// What becomes of the incident that a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signal {
    /// It begins, or goes on.
    #[default]
    Trigger,
    /// Somebody has seen it.
    Acknowledge,
    /// It is closed.
    Resolve,
}

/// One message.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The delivery's id: the same at each try, so that a receiver can drop a repeat.
    pub id: &'a str,
    /// What it says.
    pub notice: &'a AlertNotice,
    /// Its language.
    pub language: Language,
    /// How bad what it tells is.
    pub level: Level,
    /// What it is about: the same for every message about one incident.
    pub event: Option<&'a str>,
    /// What becomes of that.
    pub signal: Signal,
    /// When it is sent: signatures hold it.
    pub at: Timestamp,
    /// Where the event is looked at.
    pub open: Option<Link>,
    /// Where it is acknowledged.
    pub acknowledge: Option<Link>,
    /// The message in one short text, for a telephone's screen.
    pub brief: String,
    /// The message as a voice says it.
    pub spoken: String,
}

impl<'a> Message<'a> {
    /// A message without buttons, about no event.
    #[must_use]
    pub fn new(id: &'a str, notice: &'a AlertNotice, language: Language) -> Self {
        Self {
            id,
            notice,
            language,
            level: Level::Low,
            event: None,
            signal: Signal::Trigger,
            at: Timestamp::UNIX_EPOCH,
            open: None,
            acknowledge: None,
            brief: notice.subject.clone(),
            spoken: notice.subject.clone(),
        }
    }

    /// The answers and the labelled lines as plain text, at most so many characters.
    pub(crate) fn text(&self, characters_max: usize) -> String {
        let mut lines: Vec<String> = self.notice.lead.clone();
        if !self.notice.facts.is_empty() {
            lines.push(String::new());
        }
        let facts = self.notice.facts.iter();
        lines.extend(facts.map(|fact| format!("{}: {}", fact.label, fact.value)));
        cut(&lines.join("\n"), characters_max)
    }

    /// The buttons that there are.
    pub(crate) fn links(&self) -> impl Iterator<Item = &Link> {
        self.open.iter().chain(&self.acknowledge)
    }
}

/// At most so many characters; what is longer ends in `…`.
pub(crate) fn cut(text: &str, characters_max: usize) -> String {
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters_max.saturating_sub(1)).collect();
    format!("{kept}…")
}
