//! The mail receiver, judged by Python's own mail client.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use claviger_sandbox::mail::{Mail, Mailbox};

use crate::judge::judge_mail;

async fn mailbox() -> Mailbox {
    Mailbox::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap()
}

fn named<'a>(mails: &'a [Mail], subject: &str) -> &'a Mail {
    mails.iter().find(|mail| mail.subject() == subject).unwrap()
}

#[tokio::test]
async fn what_a_mail_client_sends_arrives_whole_and_what_breaks_off_does_not() {
    let mailbox = mailbox().await;
    if !judge_mail(mailbox.address(), "deliver").await {
        return;
    }
    let mails = mailbox.messages();
    let subjects: Vec<String> = mails.iter().map(Mail::subject).collect();
    let expected = [
        "plain",
        "Zwölf 猫 🔑 <b>",
        "dots",
        "long",
        "8bit é",
        "bounce",
        "after",
        "pipelined",
        "pipelined too",
        "smuggled",
    ];
    assert_eq!(subjects, expected);
    assert_eq!(mails[0].text(), "hello");
    assert_eq!(mails[1].text(), "café ünï 猫");
    let dots = named(&mails, "dots");
    assert_eq!(dots.text(), ".\n..\n.x");
    assert_eq!(dots.to, ["person@example.com", "second@example.com"]);
    assert_eq!(named(&mails, "long").text(), format!("{}\n.", "x".repeat(100_000)));
    let utf8 = named(&mails, "8bit é");
    assert_eq!((utf8.from.as_str(), utf8.text()), ("jürgen@example.com", "ü".repeat(5000)));
    assert_eq!(named(&mails, "bounce").from, "");
    assert_eq!(named(&mails, "pipelined too").text(), "two");
    assert!(named(&mails, "smuggled").raw.contains("a\n.\nMAIL FROM:<x@example.com>\n.\r\nb\r\n"));
}

#[tokio::test]
async fn a_receiver_that_refuses_takes_nothing_and_takes_again_later() {
    let mailbox = mailbox().await;
    mailbox.refuse(true);
    if !judge_mail(mailbox.address(), "refused").await {
        return;
    }
    assert!(mailbox.messages().is_empty());
    mailbox.refuse(false);
    judge_mail(mailbox.address(), "deliver").await;
    assert!(mailbox.wait_for(10, Duration::from_secs(5)).await);
    assert!(!mailbox.wait_for(11, Duration::from_millis(50)).await);
}
