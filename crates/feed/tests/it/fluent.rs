//! The forward protocol: every mode, acknowledgement, the shared key, and what is no protocol at all.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use claviger_feed::fluent::{Listener, Received};
use claviger_model::Secret;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use sha2::{Digest, Sha512};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// A listener whose lines a test sees.
async fn listen(key: Option<&str>) -> (SocketAddr, mpsc::UnboundedReceiver<Received>) {
    let key = key.map(|key| Secret::new(key.to_owned()));
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), key).await.unwrap();
    let address = listener.address().unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(listener.serve(move |received| {
        let kept = tell.send(received).is_ok();
        async move { kept }
    }));
    (address, told)
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.push(0xd9);
    out.push(u8::try_from(text.len()).unwrap());
    out.extend_from_slice(text.as_bytes());
}

/// `{"bucket": name, "status": 200}`.
fn record(name: &str) -> Vec<u8> {
    let mut out = vec![0x82];
    text(&mut out, "bucket");
    text(&mut out, name);
    text(&mut out, "status");
    out.extend_from_slice(&[0xcd, 0, 200]);
    out
}

/// `[time, record]` with a time in nanoseconds.
fn entry(name: &str) -> Vec<u8> {
    [&[0x92, 0xd7, 0, 0, 0, 0, 1, 0, 0, 0, 0][..], &record(name)].concat()
}

fn option(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut out = vec![0x80 | u8::try_from(pairs.len()).unwrap()];
    for (name, value) in pairs {
        text(&mut out, name);
        text(&mut out, value);
    }
    out
}

fn message(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![0x91 + u8::try_from(parts.len()).unwrap()];
    text(&mut out, "a.tag");
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

fn bytes(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[0xc6][..], &length, content].concat()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// The acknowledgement of a chunk.
fn ack(chunk: &str) -> Vec<u8> {
    let long =
        |text: &str| [&[0xda, 0, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    [vec![0x81], long("ack"), long(chunk)].concat()
}

const ONE: &str = "{\"bucket\":\"one\",\"status\":200}\n";
const TWO: &str = "{\"bucket\":\"two\",\"status\":200}\n";

#[tokio::test]
async fn every_mode_hands_over_its_records_and_is_acknowledged() {
    let (address, mut told) = listen(None).await;
    let both = [entry("one"), entry("two")].concat();
    let forward = [vec![0x92], both.clone()].concat();
    let now = [0xce, 0x6b, 0, 0, 0];
    let cases = [
        (message(&[&now, &record("one"), &option(&[("chunk", "c1")])]), "c1", ONE.to_owned()),
        (message(&[&forward, &option(&[("chunk", "c2")])]), "c2", format!("{ONE}{TWO}")),
        (message(&[&bytes(&both), &option(&[("chunk", "c3")])]), "c3", format!("{ONE}{TWO}")),
        (
            message(&[&bytes(&gzip(&both)), &option(&[("chunk", "c4"), ("compressed", "gzip")])]),
            "c4",
            format!("{ONE}{TWO}"),
        ),
    ];
    let mut stream = TcpStream::connect(address).await.unwrap();
    for (sent, chunk, lines) in cases {
        // In pieces, as a network may cut them.
        for piece in sent.chunks(7) {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        let received = told.recv().await.unwrap();
        assert_eq!(String::from_utf8(received.lines).unwrap(), lines);
        assert_eq!((received.tag.as_str(), received.unreadable.len()), ("a.tag", 0));
        let mut answer = vec![0; ack(chunk).len()];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, ack(chunk));
    }
    // A sign of life, and messages that want no answer.
    stream.write_all(&[0xc0]).await.unwrap();
    stream.write_all(&message(&[&now, &record("one")]).repeat(3)).await.unwrap();
    let mut lines = Vec::new();
    while lines.len() < 3 * ONE.len() {
        lines.extend(told.recv().await.unwrap().lines);
    }
    assert_eq!(String::from_utf8(lines).unwrap(), ONE.repeat(3));
}

#[tokio::test]
async fn a_line_that_a_shipper_read_from_a_file_comes_as_it_stood() {
    let (address, mut told) = listen(None).await;
    let mut record = vec![0x82];
    text(&mut record, "log");
    text(&mut record, "1.2.3.4 - - [now]\n");
    text(&mut record, "file");
    text(&mut record, "/var/log/x");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&message(&[&[0x01], &record])).await.unwrap();
    assert_eq!(told.recv().await.unwrap().lines, b"1.2.3.4 - - [now]\n");
}

#[tokio::test]
async fn what_is_not_kept_is_not_acknowledged() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
    let address = listener.address().unwrap();
    tokio::spawn(listener.serve(async |_| false));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let sent = message(&[&[0x01], &record("one"), &option(&[("chunk", "c")])]);
    stream.write_all(&sent).await.unwrap();
    assert_eq!(stream.read(&mut [0; 64]).await.unwrap_or(0), 0);
}

/// Shakes hands as a sender; whether it was let in.
async fn shake(stream: &mut TcpStream, key: &str) -> bool {
    let mut helo = vec![0; 1024];
    let length = stream.read(&mut helo).await.unwrap();
    let at = helo[..length].windows(5).position(|window| window == b"nonce").unwrap();
    let nonce = &helo[at + 8..at + 24];
    let digest = Sha512::new()
        .chain_update(b"salt")
        .chain_update(b"sender")
        .chain_update(nonce)
        .chain_update(key.as_bytes());
    let mut ping = vec![0x96];
    for part in ["PING", "sender", "salt", &hex::encode(digest.finalize()), "", ""] {
        text(&mut ping, part);
    }
    stream.write_all(&ping).await.unwrap();
    let mut pong = vec![0; 1024];
    assert!(stream.read(&mut pong).await.unwrap() > 8);
    assert_eq!(&pong[4..8], b"PONG");
    pong[8] == 0xc3
}

#[tokio::test]
async fn a_shared_key_lets_in_who_has_it() {
    let (address, mut told) = listen(Some("made up")).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert!(!shake(&mut stream, "wrong").await);
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert!(shake(&mut stream, "made up").await);
    stream.write_all(&message(&[&[0x01], &record("one")])).await.unwrap();
    assert_eq!(told.recv().await.unwrap().lines, ONE.as_bytes());
}

#[tokio::test]
async fn a_bomb_is_told_and_the_next_sender_is_served() {
    let (address, mut told) = listen(None).await;
    let deep = [vec![0x91; 200], vec![0x01]].concat();
    let bombs: [Vec<u8>; 6] = [
        // Four thousand million values, and none of them.
        vec![0xdd, 0xff, 0xff, 0xff, 0xff],
        // A text of four gigabytes.
        [&message(&[])[..], &[0xdb, 0xff, 0xff, 0xff, 0xff]].concat(),
        vec![0xc1],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        message(&[&[0x01], &deep]),
        message(&[&[0x01], &[&[0xdc, 0xff, 0xff][..], &[0xc0; 0xffff]].concat()]),
    ];
    for bomb in bombs {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // It may be left before it has sent all.
        drop(stream.write_all(&bomb).await);
        let received = told.recv().await.unwrap();
        assert_eq!((received.lines.len(), received.unreadable.len()), (0, 1), "{received:?}");
    }
    // A quarter of a gigabyte in a megabyte or two costs its message alone.
    let bomb = gzip(&vec![0; 1 << 26]).repeat(4);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let chunk = [("chunk", "c"), ("compressed", "gzip")];
    let sent = stream.write_all(&message(&[&bytes(&bomb), &option(&chunk)])).await;
    let received = told.recv().await.unwrap();
    assert!(sent.is_ok() && received.unreadable.len() == 1, "{} {sent:?} {received:?}", bomb.len());
    stream.write_all(&message(&[&[0x01], &record("one")])).await.unwrap();
    assert_eq!(told.recv().await.unwrap().lines, ONE.as_bytes());
    // Half a message, and then nobody: told when the connection ends.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&message(&[&[0x01], &record("one")])[..9]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    drop(stream);
    assert_eq!(told.recv().await.unwrap().unreadable.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]
    #[test]
    fn any_bytes_end_no_listener(sent in proptest::collection::vec(any::<u8>(), 1..300)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (address, mut told) = listen(None).await;
            for bytes in [sent.clone(), message(&[&sent])] {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(&bytes).await.unwrap();
            }
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&message(&[&[0x01], &record("one")])).await.unwrap();
            while told.recv().await.unwrap().lines != ONE.as_bytes() {}
        });
    }
}
