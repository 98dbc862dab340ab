//! A mail receiver that notes when each message was whole (RFC 5321, as far as a sender needs it).

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;

/// A message that arrived.
#[derive(Debug, Clone)]
pub(super) struct Mail {
    /// Its text, soft line breaks undone (RFC 2045, section 6.7).
    pub(super) text: String,
    /// When its last byte arrived.
    pub(super) received_at: Timestamp,
}

/// The receiver; it listens until the process ends.
#[derive(Debug)]
pub(super) struct Mailbox {
    address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl Mailbox {
    /// Opens the receiver on a free port of loopback.
    pub(super) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
        let address = listener.local_addr()?;
        let mails: Arc<Mutex<Vec<Mail>>> = Arc::default();
        let kept = mails.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = kept.clone();
                // A session that breaks off has delivered nothing; its sender tries again.
                std::thread::spawn(move || session(stream, &kept).ok());
            }
        });
        Ok(Self { address, mails })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every message so far.
    pub(super) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until there are so many messages, or patience ends.
    pub(super) fn wait_for(&self, count: usize, patience: Duration) {
        let started = Instant::now();
        while self.mails().len() < count && started.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn session(stream: TcpStream, mails: &Mutex<Vec<Mail>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut lines = BufReader::new(stream).lines();
    writer.write_all(b"220 bench\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-bench\r\n250 8BITMIME\r\n",
            "DATA" => {
                writer.write_all(b"354 end with a dot on its own line\r\n")?;
                let mut text = String::new();
                for line in lines.by_ref() {
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    match line.strip_suffix('=') {
                        Some(soft) => text.push_str(soft),
                        None => text.extend([line.as_str(), "\n"]),
                    }
                }
                let mail = Mail { text, received_at: Timestamp::now() };
                mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                b"250 taken\r\n"
            }
            "QUIT" => return writer.write_all(b"221 bye\r\n"),
            _ => b"250 ok\r\n",
        };
        writer.write_all(answer)?;
    }
    Ok(())
}
