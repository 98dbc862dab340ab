//! A host of git repositories: `git http-backend` behind a small HTTP server, which may want a token.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;

/// A host; its thread ends with the test.
pub(crate) struct Host {
    pub(crate) port: u16,
}

impl Host {
    /// Serves the repositories of a folder; with a token only to who gives it, by any name.
    pub(crate) fn of(folder: &Path, token: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let folder = folder.to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folder = folder.clone();
                // A caller that breaks off is none of the host's troubles.
                std::thread::spawn(move || drop(answer(&stream, &folder, token)));
            }
        });
        Self { port }
    }
}

/// What was asked.
struct Asked {
    method: String,
    target: String,
    head: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asked {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next()?, words.next()?);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            head.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut asked = Self { method, target, head, body: Vec::new() };
        let length = asked.header("content-length").and_then(|text| text.parse().ok());
        asked.body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut asked.body).ok()?;
        Some(asked)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn gives(&self, token: &str) -> bool {
        let sent = self.header("authorization").and_then(|text| text.strip_prefix("Basic "));
        let sent =
            sent.and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
        sent.is_some_and(|text| text.ends_with(format!(":{token}").as_bytes()))
    }
}

fn answer(mut stream: &TcpStream, folder: &PathBuf, token: Option<&str>) -> std::io::Result<()> {
    let Some(asked) = Asked::read(stream) else { return Ok(()) };
    if token.is_some_and(|token| !asked.gives(token)) {
        return stream.write_all(
            b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"code\"\r\n\
              Content-Length: 0\r\nConnection: close\r\n\r\n",
        );
    }
    let (path, question) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    let mut backend = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("REQUEST_METHOD", &asked.method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", question)
        .env("CONTENT_TYPE", asked.header("content-type").unwrap_or_default())
        .env("CONTENT_LENGTH", asked.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", asked.header("content-encoding").unwrap_or_default())
        .env("GIT_PROTOCOL", asked.header("git-protocol").unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    backend.stdin.take().unwrap().write_all(&asked.body)?;
    let said = backend.wait_with_output()?.stdout;
    let end = said.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(said.len() - 4);
    let (head, body) = (String::from_utf8_lossy(&said[..end]), &said[end + 4..]);
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let rest: Vec<&str> = head.lines().filter(|line| !line.starts_with("Status: ")).collect();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
        rest.join("\r\n")
    )?;
    stream.write_all(body)
}
