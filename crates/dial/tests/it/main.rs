//! Behaviour of the guard, from the outside, against listeners on loopback.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use claviger_dial::{DialError, Guard, GuardSettings, Network, Why, read_body};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn guard(allowed: &[&str]) -> Guard {
    let allowed_networks = allowed.iter().map(|text| Network::parse(text).unwrap()).collect();
    Guard::new(GuardSettings {
        allowed_networks,
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_millis(500),
    })
    .unwrap()
}

/// Answers every connection with `answer`, or never when it is empty; its port.
async fn listener(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                assert!(read > 0);
                if answer.is_empty() {
                    std::future::pending::<()>().await;
                }
                stream.write_all(answer.as_bytes()).await.unwrap();
            });
        }
    });
    port
}

#[tokio::test]
async fn a_name_that_leads_to_loopback_is_refused() {
    let port = listener("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let guard = guard(&[]);
    let sent = guard.send(guard.http().get(format!("http://localhost:{port}/"))).await;
    let Err(DialError::Forbidden(forbidden)) = sent else { panic!("{sent:?}") };
    assert_eq!((forbidden.why, forbidden.host.as_str()), (Why::Loopback, "localhost"));
    assert!(guard.resolve("localhost", 25).await.is_err());
}

#[tokio::test]
async fn an_allowed_network_is_dialled() {
    let port = listener("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
    let guard = guard(&["127.0.0.0/8"]);
    for host in ["localhost", "127.0.0.1"] {
        let answer = guard.send(guard.http().get(format!("http://{host}:{port}/"))).await.unwrap();
        assert_eq!(read_body(answer, 10).await.unwrap(), b"hi");
    }
    let addresses = guard.resolve("localhost", 25).await.unwrap();
    assert!(addresses.iter().all(|address| address.ip().is_loopback() && address.port() == 25));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let port = listener(
        "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let guard = guard(&["127.0.0.0/8"]);
    let answer = guard.send(guard.http().get(format!("http://127.0.0.1:{port}/"))).await.unwrap();
    assert_eq!(answer.status().as_u16(), 302);
}

#[tokio::test]
async fn a_body_above_the_limit_is_not_read() {
    let announced = listener("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\nx").await;
    let unannounced = listener("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nmore than ten").await;
    let guard = guard(&["127.0.0.0/8"]);
    for port in [announced, unannounced] {
        let request = guard.http().get(format!("http://127.0.0.1:{port}/"));
        let read = read_body(guard.send(request).await.unwrap(), 10).await;
        assert!(matches!(read, Err(DialError::BodyTooLarge { bytes_max: 10 })), "{read:?}");
    }
}

#[tokio::test]
async fn a_silent_server_ends_in_an_error_that_names_the_host_only() {
    let port = listener("").await;
    let guard = guard(&["127.0.0.0/8"]);
    let url = format!("http://127.0.0.1:{port}/?Signature=hidden");
    let error = guard.send(guard.http().get(url)).await.unwrap_err();
    assert!(error.is_retryable());
    let words = format!("{error:?}");
    assert!(words.contains(&port.to_string()) && !words.contains("hidden"), "{words}");
}
