//! `claviger serve` as a browser without scripts meets it: a process of its own, plain HTTP, a cookie.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// The first admin's password; made up.
pub(crate) const PASSWORD: &str = "four quiet made-up words";

/// A server with an installation of its own; both end with this value.
pub(crate) struct Served {
    child: Child,
    address: String,
    _folder: TempDir,
}

/// What it answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }

    /// Where a 303 leads.
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.body);
        self.header("location").unwrap()
    }

    /// Whether the page says so, whatever its markup.
    pub(crate) fn says(&self, words: &str) -> bool {
        let mut text = String::new();
        let mut inside = false;
        for character in self.body.chars() {
            match character {
                '<' => inside = true,
                '>' => inside = false,
                other if !inside => text.push(other),
                _ => {}
            }
        }
        text.contains(words)
    }
}

/// Somebody's browser: it keeps its cookie.
pub(crate) struct Browser<'a> {
    served: &'a Served,
    cookie: String,
}

impl Served {
    /// Starts a new installation.
    pub(crate) fn start() -> Self {
        Self::start_with("127.0.0.1:0", &[])
    }

    /// Starts a new installation at an address, told more by the environment.
    pub(crate) fn start_with(listen: &str, told: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_claviger"))
            .args(["serve", "--listen", listen, "--data-dir"])
            .arg(folder.path())
            .env("CLAVIGER_ADMIN_PASSWORD", PASSWORD)
            .env("CLAVIGER_TRUSTED_RECIPIENTS", "@example.com")
            .envs(told.iter().copied())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut words = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(told.read_line(&mut line).unwrap(), 0, "it did not start: {words}");
            if let Some((_, address)) = line.split_once("claviger serves http://") {
                break address.trim().to_owned();
            }
            words.push_str(&line);
        };
        // Nobody reads on; a full pipe must not stop it.
        std::thread::spawn(move || drop(std::io::copy(&mut told, &mut std::io::sink())));
        Self { child, address, _folder: folder }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A browser in which nobody is signed in.
    pub(crate) fn stranger(&self) -> Browser<'_> {
        Browser { served: self, cookie: String::new() }
    }

    /// A browser in which somebody is signed in.
    pub(crate) fn browser_of(&self, name: &str, password: &str) -> Browser<'_> {
        let mut browser = self.stranger();
        let answer = browser.post("/sign-in", &[("name", name), ("password", password)]);
        assert_eq!(answer.location(), "/");
        let cookie = answer.header("set-cookie").unwrap();
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        browser
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Browser<'_> {
    /// Asks for a page.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "")
    }

    /// Sends a form.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let escaped =
            |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        self.send("POST", path, &pairs.join("&"))
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.served.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.served.address,
            self.cookie,
            body.len()
        )
        .unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }
}
