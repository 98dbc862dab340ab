//! The form of a notice as a mail: headers, text, and a page for programs that show pages.

use claviger_model::{AlertNotice, Language};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use maud::{DOCTYPE, html};

use crate::{Link, Message, NotifyError};

/// The mail of a message. Its Message-ID is the delivery's id, the same at each try.
pub(super) fn mail(
    from: &Mailbox,
    to: &[Mailbox],
    message: &Message<'_>,
) -> Result<lettre::Message, NotifyError> {
    let notice = &one_line_each(message.notice);
    let id: String =
        message.id.chars().filter(|c| c.is_ascii_graphic() && !"<>@".contains(*c)).collect();
    let mut builder = lettre::Message::builder()
        .message_id(Some(format!("<{id}@claviger>")))
        .from(from.clone())
        .subject(&notice.subject)
        // Keeps programs that answer by themselves from answering (RFC 3834, section 5).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    for recipient in to {
        builder = builder.to(recipient.clone());
    }
    builder
        .multipart(MultiPart::alternative_plain_html(
            text(notice, message.acknowledge.as_ref()),
            page(notice, message),
        ))
        .map_err(|source| NotifyError::Compose(source.into()))
}

/// The notice with nothing left that could end a line: whoever composed it escaped what comes from
/// outside, and what an old row of the outbox holds is held to the same.
fn one_line_each(notice: &AlertNotice) -> AlertNotice {
    let line = |text: &String| -> String {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    };
    let mut notice = notice.clone();
    notice.subject = line(&notice.subject);
    notice.lead = notice.lead.iter().map(line).collect();
    for fact in &mut notice.facts {
        fact.label = line(&fact.label);
        fact.value = line(&fact.value);
    }
    notice.link = notice.link.as_ref().map(line);
    notice
}

/// For a mail program that shows text: the answers, where to act, the rest.
pub(super) fn text(notice: &AlertNotice, acknowledge: Option<&Link>) -> String {
    let mut lines: Vec<String> = notice.lead.clone();
    if let Some(link) = &notice.link {
        lines.push(String::new());
        lines.push(link.clone());
    }
    lines.extend(acknowledge.map(|link| format!("{}: {}", link.label, link.url)));
    if !notice.facts.is_empty() {
        lines.push(String::new());
    }
    for fact in &notice.facts {
        lines.push(format!("{}: {}", fact.label, fact.value));
    }
    lines.push(String::new());
    lines.join("\r\n")
}

/// For a mail program that shows pages: no images, nothing loaded from elsewhere, one column that a
/// telephone shows as well.
pub(super) fn page(notice: &AlertNotice, message: &Message<'_>) -> String {
    let lang = match message.language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
    };
    html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (notice.subject) }
            }
            body style="font-family:system-ui,sans-serif;line-height:1.5;max-width:40rem;overflow-wrap:anywhere" {
                h1 style="font-size:1.15rem" { (notice.subject) }
                @for line in &notice.lead { p style="margin:.5rem 0" { (line) } }
                @if let Some(link) = &notice.link {
                    p { a href=(link) { (link) } }
                }
                @if let Some(link) = &message.acknowledge {
                    p { a href=(link.url) { (link.label) } }
                }
                dl {
                    @for (index, fact) in notice.facts.iter().enumerate() {
                        @if index == 0 || notice.facts[index - 1].label != fact.label {
                            dt style="font-size:.85rem;font-weight:600" { (fact.label) }
                        }
                        dd style="margin:0 0 .5rem" { (fact.value) }
                    }
                }
            }
        }
    }
    .into_string()
}

#[cfg(test)]
mod tests {
    use claviger_model::NoticeFact;

    use super::*;

    fn notice() -> AlertNotice {
        let fact = |label: &str, value: &str| NoticeFact {
            label: label.to_owned(),
            value: value.to_owned(),
        };
        AlertNotice {
            subject: "High: leaked key LTAI5t…x7Q of billing-export is being used".to_owned(),
            lead: vec!["Whose key.".to_owned(), "What to press.".to_owned()],
            facts: vec![
                fact("AccessKey ID", "LTAI5tExampleKeyOfTestx7Q"),
                fact("Objects", "b/<script>alert('x')</script>&\".csv: S3"),
                fact("Objects", "b/用户.csv: S2"),
            ],
            link: Some("https://claviger.example.com/events/evt_1?a=1&b=2".to_owned()),
        }
    }

    #[test]
    fn the_answers_come_first_then_the_link_then_the_rest() {
        insta::assert_snapshot!(text(&notice(), None).replace("\r\n", "\n"));
    }

    #[test]
    fn names_cannot_become_markup() {
        let notice = notice();
        let page = page(&notice, &Message::new("dlv_1", &notice, Language::Chinese));
        assert!(page.contains("lang=\"zh-CN\""));
        assert!(page.contains("b/&lt;script&gt;alert('x')&lt;/script&gt;&amp;&quot;.csv: S3"));
        assert!(!page.contains("<script"));
        assert_eq!(page.matches(">Objects<").count(), 1);
    }
}
