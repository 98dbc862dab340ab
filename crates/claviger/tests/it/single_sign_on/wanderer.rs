//! A browser that goes from one server to another: it keeps each one's cookies and follows where it is sent.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// More steps than any sign-in takes.
const STEPS_MAX: usize = 20;

/// A page at which somebody stands.
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Page {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }

    /// Where its form is sent.
    fn action(&self) -> String {
        let (_, rest) = self.body.split_once("action=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

/// The browser; cookies by origin and name.
#[derive(Default)]
pub(crate) struct Wanderer(BTreeMap<String, BTreeMap<String, String>>);

impl Wanderer {
    /// Goes to an address and on, until a page is shown.
    pub(crate) fn go(&mut self, url: &str) -> Page {
        let page = self.ask("GET", url, "");
        self.follow(page, "")
    }

    /// Goes to an address and on, until one would be asked that begins with `before`.
    pub(crate) fn go_until(&mut self, url: &str, before: &str) -> Page {
        let page = self.ask("GET", url, "");
        self.follow(page, before)
    }

    /// Signs in at the provider, where the page stands that asks for it, and consents. Stops before an address.
    pub(crate) fn sign_in_at_provider(&mut self, asks: &Page, login: &str, before: &str) -> Page {
        let form = format!("prompt=login&login={login}&password=made-up");
        let page = self.ask("POST", &asks.action(), &form);
        let consents = self.follow(page, before);
        if !consents.body.contains("value=\"consent\"") {
            return consents;
        }
        let page = self.ask("POST", &consents.action(), "prompt=consent");
        self.follow(page, before)
    }

    /// One request, not followed.
    pub(crate) fn ask(&mut self, method: &str, url: &str, body: &str) -> Page {
        let (host, path) = parts(url);
        let cookies: Vec<String> = self
            .0
            .get(host)
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            cookies.join("; "),
            body.len()
        )
        .unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let page =
            Page { url: url.to_owned(), status, head: head.to_owned(), body: body.to_owned() };
        self.keep_cookies(host, &page);
        page
    }

    /// Gives up what was kept of a server.
    pub(crate) fn forget(&mut self, url: &str) {
        self.0.remove(parts(url).0);
    }

    fn keep_cookies(&mut self, host: &str, page: &Page) {
        let kept = self.0.entry(host.to_owned()).or_default();
        for line in page.head.lines() {
            let Some((name, cookie)) = line.split_once(": ") else { continue };
            if !name.eq_ignore_ascii_case("set-cookie") {
                continue;
            }
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() || cookie.contains("Max-Age=0") || cookie.contains("01 Jan 1970") {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn follow(&mut self, mut page: Page, before: &str) -> Page {
        for _ in 0..STEPS_MAX {
            let Some(next) = page.header("location").map(str::to_owned) else { return page };
            let next = if next.starts_with('/') {
                format!("http://{}{next}", parts(&page.url).0)
            } else {
                next
            };
            if !before.is_empty() && next.starts_with(before) {
                return Page { url: next, ..page };
            }
            page = self.ask("GET", &next, "");
        }
        panic!("it leads on and on: {}", page.url)
    }
}

/// Host and path of an address.
fn parts(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").unwrap();
    let at = rest.find('/').unwrap_or(rest.len());
    (&rest[..at], if at == rest.len() { "/" } else { &rest[at..] })
}
