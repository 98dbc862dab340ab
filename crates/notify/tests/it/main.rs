//! What channels promise, against real servers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod channels;
mod place;
mod receiver;
mod smtp;
mod syslog;
mod unreachable;

use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{AlertMethod, AlertNotice, NoticeFact};

/// A guard that lets out to this machine, where the tests' servers are.
fn guard() -> Guard {
    let allowed_networks = vec![Network::parse("127.0.0.0/8").unwrap()];
    Guard::new(GuardSettings { allowed_networks, ..GuardSettings::default() }).unwrap()
}

fn method(port: u16, security: &str) -> AlertMethod {
    AlertMethod::Email {
        host: "127.0.0.1".to_owned(),
        port,
        security: security.to_owned(),
        username: None,
        from: "Claviger <claviger@example.com>".to_owned(),
        to: vec!["ada@example.com".to_owned(), "grace@example.com".to_owned()],
    }
}

fn notice() -> AlertNotice {
    AlertNotice {
        subject: "High: leaked key LTAI5t…x7Q of billing-export is being used".to_owned(),
        lead: vec!["Whose key.".to_owned(), "Where it leaked.".to_owned()],
        facts: vec![NoticeFact {
            label: "Objects".to_owned(),
            value: "examplebucket/exampledir/userdata.csv: S3, 3.1 KiB".to_owned(),
        }],
        link: Some("https://claviger.example.com/events/evt_1".to_owned()),
    }
}
