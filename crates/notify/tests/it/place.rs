//! A place that takes messages over HTTP: a real server on loopback that answers as it is told, and shows
//! what it was sent.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// The server; it lives as long as the test.
pub(crate) struct Place {
    pub(crate) url: String,
    requests: Receiver<Request>,
}

impl Place {
    /// Answers each request with the next of the answers (status line and body).
    pub(crate) fn answering(answers: &[(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        let answers = answers.to_vec();
        thread::spawn(move || {
            for (status, answer) in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let mut headers = BTreeMap::new();
                loop {
                    let mut header = String::new();
                    reader.read_line(&mut header).unwrap();
                    let Some((name, value)) = header.trim().split_once(": ") else { break };
                    headers.insert(name.to_ascii_lowercase(), value.to_owned());
                }
                let length = headers.get("content-length").map_or(0, |text| text.parse().unwrap());
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let body = String::from_utf8(body).unwrap();
                sender.send(Request { line: line.trim().to_owned(), headers, body }).unwrap();
                let length = answer.len();
                write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
                )
                .unwrap();
            }
        });
        Self { url, requests }
    }

    /// The next request.
    pub(crate) fn request(&self) -> Request {
        self.requests.recv().unwrap()
    }
}
