//! One session of the mail receiver: commands in their order, and the message (RFC 5321, with SIZE,
//! 8BITMIME, PIPELINING and SMTPUTF8).
//!
//! A message ends with CRLF, dot, CRLF and nothing like it: a receiver that took a bare line feed for
//! a line end would let a sender smuggle a second message in.

use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::{Kept, Mail};

/// Longest command (RFC 5321, 4.5.3.1.4, with room for long addresses and parameters).
const COMMAND_BYTES_MAX: u64 = 2 * 1024;

/// Largest message taken.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Recipients a message may have (RFC 5321, 4.5.3.1.8).
const RECIPIENTS_MAX: usize = 100;

/// A client that says nothing for so long is gone (RFC 5321, 4.5.3.2.7).
const PATIENCE: Duration = Duration::from_secs(300);

/// Where a session stands.
#[derive(Debug, Default)]
struct Envelope {
    greeted: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl Envelope {
    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }
}

/// Serves one client to the end.
pub(super) async fn serve(stream: TcpStream, kept: &Kept) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut envelope = Envelope::default();
    say(&mut writer, "220 practice mail receiver").await?;
    loop {
        let answer = match command(&mut reader).await? {
            Line::End => return Ok(()),
            Line::TooLong => "500 the line is too long",
            Line::Text(line) => {
                let (verb, rest) = line.split_once([' ', '\t']).unwrap_or((&line, ""));
                match verb.to_ascii_uppercase().as_str() {
                    "QUIT" => return say(&mut writer, "221 bye").await,
                    "DATA" => match refuses_data(&envelope, kept) {
                        Some(refusal) => refusal,
                        None => {
                            say(&mut writer, "354 end with a dot on its own line").await?;
                            let Some(taken) = message(&mut reader).await? else { return Ok(()) };
                            keep(taken, &mut envelope, kept)
                        }
                    },
                    verb => answer(verb, rest, &mut envelope),
                }
            }
        };
        say(&mut writer, answer).await?;
    }
}

/// The answer to a command that needs nothing but the envelope.
fn answer(verb: &str, rest: &str, envelope: &mut Envelope) -> &'static str {
    match verb {
        "EHLO" => {
            *envelope = Envelope { greeted: true, ..Envelope::default() };
            "250-practice\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 16777216"
        }
        "HELO" => {
            *envelope = Envelope { greeted: true, ..Envelope::default() };
            "250 practice"
        }
        "MAIL" => mail(rest, envelope),
        "RCPT" => recipient(rest, envelope),
        "RSET" => {
            envelope.reset();
            "250 ok"
        }
        "NOOP" => "250 ok",
        "VRFY" => "252 send it and see",
        _ => "502 not here",
    }
}

fn mail(rest: &str, envelope: &mut Envelope) -> &'static str {
    if !envelope.greeted {
        return "503 say EHLO first";
    }
    if envelope.from.is_some() {
        return "503 one sender a message";
    }
    let size = rest.split_ascii_whitespace().find_map(|word| {
        let (name, size) = word.split_once('=')?;
        name.eq_ignore_ascii_case("SIZE").then(|| size.parse::<usize>())
    });
    match (address(rest, "FROM:"), size) {
        (None, _) | (_, Some(Err(_))) => "501 write MAIL FROM:<address>",
        (_, Some(Ok(size))) if size > MESSAGE_BYTES_MAX => "552 the message is too large",
        (Some(from), _) => {
            envelope.from = Some(from);
            "250 ok"
        }
    }
}

fn recipient(rest: &str, envelope: &mut Envelope) -> &'static str {
    if envelope.from.is_none() {
        return "503 name a sender first";
    }
    if envelope.to.len() == RECIPIENTS_MAX {
        return "452 too many recipients";
    }
    match address(rest, "TO:").filter(|address| !address.is_empty()) {
        None => "501 write RCPT TO:<address>",
        Some(to) => {
            envelope.to.push(to);
            "250 ok"
        }
    }
}

fn refuses_data(envelope: &Envelope, kept: &Kept) -> Option<&'static str> {
    if envelope.from.is_none() || envelope.to.is_empty() {
        return Some("503 name a sender and a recipient first");
    }
    kept.refuses().then_some("451 not now")
}

fn keep(taken: Message, envelope: &mut Envelope, kept: &Kept) -> &'static str {
    let (from, to) = (envelope.from.take().unwrap_or_default(), std::mem::take(&mut envelope.to));
    match taken {
        Message::TooLarge => "552 the message is too large",
        Message::Whole(bytes) => {
            let raw = String::from_utf8_lossy(&bytes).into_owned();
            kept.take(Mail { from, to, raw, received_at: Timestamp::now() });
            "250 taken"
        }
    }
}

/// What stands between angle brackets behind `FROM:` or `TO:`.
fn address(rest: &str, word: &str) -> Option<String> {
    let head = rest.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word))?;
    let inner = rest[head.len()..].trim_start().strip_prefix('<')?;
    inner.split_once('>').map(|(address, _)| address.to_owned())
}

async fn say(writer: &mut OwnedWriteHalf, answer: &str) -> std::io::Result<()> {
    writer.write_all(format!("{answer}\r\n").as_bytes()).await
}

/// A command line.
enum Line {
    /// Without its end.
    Text(String),
    /// It was read over.
    TooLong,
    /// The client is gone.
    End,
}

async fn command(reader: &mut BufReader<OwnedReadHalf>) -> std::io::Result<Line> {
    let mut bytes = Vec::new();
    let mut too_long = false;
    loop {
        bytes.clear();
        let mut limited = (&mut *reader).take(COMMAND_BYTES_MAX);
        let read = limited.read_until(b'\n', &mut bytes);
        if tokio::time::timeout(PATIENCE, read).await?? == 0 {
            return Ok(Line::End);
        }
        match (bytes.ends_with(b"\n"), too_long) {
            (false, _) if bytes.len() as u64 == COMMAND_BYTES_MAX => too_long = true,
            (false, _) => return Ok(Line::End),
            (true, true) => return Ok(Line::TooLong),
            (true, false) => {
                let text = String::from_utf8_lossy(&bytes);
                return Ok(Line::Text(text.trim_end_matches(['\r', '\n']).to_owned()));
            }
        }
    }
}

/// What came behind `DATA`.
enum Message {
    /// All of it, with doubled dots undone.
    Whole(Vec<u8>),
    /// It was read over to its end.
    TooLarge,
}

/// Reads a message to its end; `None` when the client goes away before.
async fn message(reader: &mut BufReader<OwnedReadHalf>) -> std::io::Result<Option<Message>> {
    let mut whole = Vec::new();
    let mut piece = Vec::new();
    let (mut too_large, mut at_start) = (false, true);
    loop {
        piece.clear();
        // In pieces, so that a line without an end takes no more memory than a message may.
        let mut limited = (&mut *reader).take(MESSAGE_BYTES_MAX as u64);
        let read = limited.read_until(b'\n', &mut piece);
        if tokio::time::timeout(PATIENCE, read).await?? == 0 {
            return Ok(None);
        }
        if at_start && piece == b".\r\n" {
            return Ok(Some(if too_large { Message::TooLarge } else { Message::Whole(whole) }));
        }
        let kept = if at_start { piece.strip_prefix(b".").unwrap_or(&piece) } else { &piece };
        too_large |= whole.len() + kept.len() > MESSAGE_BYTES_MAX;
        if !too_large {
            whole.extend_from_slice(kept);
        }
        at_start = piece.ends_with(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_stands_between_its_brackets() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(address("FROM:<a@example.com> SIZE=5", "FROM:"), some("a@example.com"));
        assert_eq!(address("from: <\"a b\"@é.example>", "FROM:"), some("\"a b\"@é.example"));
        assert_eq!(address("FROM:<>", "FROM:"), some(""));
        for wrong in ["", "FROM:", "FROM:a@example.com", "TO:<a@example.com>", "FROM:<a", "é"] {
            assert_eq!(address(wrong, "FROM:"), None, "{wrong}");
        }
    }
}
