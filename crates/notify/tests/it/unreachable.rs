//! Servers that are not there.

use std::net::TcpListener;

use claviger_dial::{Guard, GuardSettings};
use claviger_model::{AlertMethod, Language};
use claviger_notify::{Message, NotifyError, Secrets, channel};

use crate::{guard, method, notice};

async fn send(method: &AlertMethod, guard: &Guard) -> NotifyError {
    let notice = notice();
    let message = Message::new("dlv_1", &notice, Language::English);
    match channel(method, Secrets::default(), guard) {
        Ok(channel) => channel.send(&message).await.unwrap_err(),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_unreachable_and_tried_again() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for security in ["none", "starttls", "tls"] {
        let error = send(&method(port, security), &guard()).await;
        assert!(matches!(error, NotifyError::Unreachable { .. }), "{error:?}");
        assert!(!error.is_permanent());
        assert!(error.hint().contains("is up"), "{}", error.hint());
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for security in ["none", "starttls", "tls"] {
        let error = send(&method(port, security), &guard()).await;
        assert!(matches!(error, NotifyError::Unreachable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_address_that_the_guard_refuses_is_not_dialled() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let strict = Guard::new(GuardSettings::default()).unwrap();
    let error = send(&method(port, "none"), &strict).await;
    assert!(matches!(error, NotifyError::Dial { .. }), "{error:?}");
    assert!(error.hint().contains("allow_networks"), "{}", error.hint());
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody dialled");
}

#[tokio::test]
async fn a_bad_address_is_named() {
    let AlertMethod::Email { host, port, security, username, from, .. } = method(25, "none") else {
        unreachable!()
    };
    let to = vec!["ada@example.com\r\nBcc: eve@example.com".to_owned()];
    let error =
        send(&AlertMethod::Email { host, port, security, username, from, to }, &guard()).await;
    assert!(matches!(error, NotifyError::BadAddress { .. }), "{error:?}");
    assert!(error.is_permanent());
}
