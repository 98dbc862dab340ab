//! The handshake with a shared key: `HELO`, `PING`, `PONG`.
//!
//! Source: "Forward Protocol Specification v1", "Handshake Messages". Each side proves the key by a
//! SHA-512 over the other's salt or nonce; the key itself never travels.

use claviger_model::Secret;
use sha2::{Digest, Sha512};
use tokio::io::AsyncWriteExt;

use super::msgpack::{self, Cursor, Value};
use super::{Connection, MESSAGE_BYTES_MAX};

/// What this side calls itself.
const HOSTNAME: &str = "claviger";

/// Bytes of the nonce.
const NONCE: usize = 16;

/// Largest `PING`: names and digests.
const PING_MAX: usize = 16 * 1024;

impl Connection {
    /// Lets a sender prove that it has the key, and proves it in turn.
    pub(super) async fn shake_hands(&mut self, key: &Secret) -> Result<(), String> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
        let mut helo = Vec::new();
        msgpack::write_array(&mut helo, 2);
        msgpack::write_text(&mut helo, "HELO");
        helo.push(0x83);
        msgpack::write_text(&mut helo, "nonce");
        msgpack::write_bytes(&mut helo, &nonce);
        msgpack::write_text(&mut helo, "auth");
        msgpack::write_bytes(&mut helo, b"");
        msgpack::write_text(&mut helo, "keepalive");
        helo.push(0xc3);
        self.send(&helo).await?;

        let ping = self.ping().await?;
        let proved = ping.digest == digest(&ping.salt, ping.hostname.as_bytes(), &nonce, key);
        let mut pong = Vec::new();
        msgpack::write_array(&mut pong, 5);
        msgpack::write_text(&mut pong, "PONG");
        pong.push(if proved { 0xc3 } else { 0xc2 });
        msgpack::write_text(&mut pong, if proved { "" } else { "shared key mismatch" });
        msgpack::write_text(&mut pong, if proved { HOSTNAME } else { "" });
        let own = if proved {
            digest(&ping.salt, HOSTNAME.as_bytes(), &nonce, key)
        } else {
            String::new()
        };
        msgpack::write_text(&mut pong, &own);
        self.send(&pong).await?;
        if proved { Ok(()) } else { Err("it does not have the shared key".to_owned()) }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.stream.write_all(bytes).await.map_err(|error| error.to_string())
    }

    async fn ping(&mut self) -> Result<Ping, String> {
        loop {
            let length = msgpack::length(&self.buffer, MESSAGE_BYTES_MAX).map_err(|bad| bad.0)?;
            if let Some(length) = length {
                let bytes: Vec<u8> = self.buffer.drain(..length).collect();
                return Ping::read(&bytes).ok_or_else(|| "its `PING` is none".to_owned());
            }
            if self.buffer.len() > PING_MAX || self.read().await? == 0 {
                return Err("no `PING` came".to_owned());
            }
        }
    }
}

/// `["PING", hostname, salt, digest, username, password digest]`.
struct Ping {
    hostname: String,
    salt: Vec<u8>,
    digest: String,
}

impl Ping {
    fn read(bytes: &[u8]) -> Option<Self> {
        let Value::Array(parts) = Cursor::new(bytes).value().ok()? else { return None };
        let bytes_of = |value: &Value| match value {
            Value::Text(bytes) | Value::Bytes(bytes) => Some(bytes.clone()),
            _ => None,
        };
        let text = |value: &Value| String::from_utf8(bytes_of(value)?).ok();
        if text(parts.first()?)? != "PING" {
            return None;
        }
        Some(Self {
            hostname: text(parts.get(1)?)?,
            salt: bytes_of(parts.get(2)?)?,
            digest: text(parts.get(3)?)?,
        })
    }
}

fn digest(salt: &[u8], hostname: &[u8], nonce: &[u8], key: &Secret) -> String {
    let hash = Sha512::new()
        .chain_update(salt)
        .chain_update(hostname)
        .chain_update(nonce)
        .chain_update(key.reveal().as_bytes());
    hex::encode(hash.finalize())
}
