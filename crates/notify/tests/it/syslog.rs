//! Syslog, against a receiver over TLS and one over plain TCP.

use std::net::SocketAddr;
use std::sync::Arc;

use claviger_model::{AlertMethod, Language, Level};
use claviger_notify::channel::syslog::Syslog;
use claviger_notify::{Channel, Message, NotifyError};
use rcgen::{CertificateParams, KeyPair};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::{guard, notice};

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn method(address: SocketAddr, security: &str) -> AlertMethod {
    let security = security.to_owned();
    AlertMethod::Syslog { host: address.ip().to_string(), port: address.port(), security }
}

async fn send(syslog: Syslog) -> Result<(), NotifyError> {
    let notice = notice();
    let message = Message {
        level: Level::High,
        event: Some("evt_\"1]"),
        at: "2026-11-28T03:00:00Z".parse().unwrap(),
        ..Message::new("dlv_1", &notice, Language::English)
    };
    syslog.send(&message).await.map(drop)
}

/// The frame is as long as it says (RFC 5425, 4.3), and what it holds is RFC 5424.
fn check(frame: &str) {
    let (length, line) = frame.split_once(' ').unwrap();
    assert_eq!(length.parse::<usize>().unwrap(), line.len());
    let head = "<34>1 2026-11-28T03:00:00Z - claviger - ALERT [claviger@32473 delivery=\"dlv_1\" \
                event=\"evt_\\\"1\\]\" level=\"high\"] \u{feff}High: leaked key";
    assert!(line.starts_with(head), "{line}");
}

#[tokio::test]
async fn a_line_over_plain_tcp_is_framed_by_its_length() {
    let (listener, address) = listener().await;
    let received = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    });
    send(Syslog::new(&method(address, "none"), guard()).unwrap()).await.unwrap();
    check(&received.await.unwrap());
}

#[tokio::test]
async fn over_tls_the_server_must_show_a_trusted_certificate() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let _guard = guard();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listener().await;
    let received: JoinHandle<String> = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // The first caller does not trust the certificate, and breaks off.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut text = String::new();
            stream.read_to_string(&mut text).await.unwrap();
            return text;
        }
    });
    let method = method(address, "tls");
    let error = send(Syslog::new(&method, guard()).unwrap()).await.unwrap_err();
    assert!(matches!(error, NotifyError::Tls { .. }), "{error:?}");
    let trusting = Syslog::new(&method, guard()).unwrap().trusting(certificate.pem().as_bytes());
    send(trusting).await.unwrap();
    check(&received.await.unwrap());
}
