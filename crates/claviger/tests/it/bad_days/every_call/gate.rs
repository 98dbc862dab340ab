//! Stands between the service and a cloud, and knows which requests change something. It may hold one of those
//! back: before the cloud sees it, or before the service sees the answer.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The longest head of a request: as long as servers take.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// On which side of the cloud a request is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The cloud has not seen it.
    Before,
    /// The cloud has carried it out, and nobody has seen the answer.
    After,
}

impl Side {
    pub(super) const ALL: [Self; 2] = [Self::Before, Self::After];
}

/// Which request is held back: the first that changes something has the number 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trap {
    pub(super) number: usize,
    pub(super) side: Side,
}

#[derive(Default)]
struct Inner {
    trap: Option<Trap>,
    /// The changing requests since the trap was set, by their names.
    calls: Vec<String>,
    is_sprung: bool,
}

/// The gate. Requests pass while it lives.
#[derive(Clone)]
pub(super) struct Gate {
    inner: Arc<Mutex<Inner>>,
    released: Arc<Notify>,
    /// As `http://127.0.0.1:PORT`.
    pub(super) url: String,
}

impl Gate {
    /// Opens a gate before the server at an address `http://HOST:PORT`. What holds requests back is shared with
    /// another gate, where the cloud has several addresses.
    pub(super) async fn open(server: &str, beside: Option<&Self>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let gate = match beside {
            Some(other) => Self { url, ..other.clone() },
            None => Self { inner: Arc::default(), released: Arc::default(), url },
        };
        let (own, server) = (gate.clone(), server.trim_start_matches("http://").to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (own, server) = (own.clone(), server.clone());
                tokio::spawn(async move { own.pass(client, &server).await });
            }
        });
        gate
    }

    /// Counts anew, and holds back what the trap says.
    pub(super) fn set(&self, trap: Option<Trap>) {
        *self.lock() = Inner { trap, ..Inner::default() };
    }

    /// Whether a request is being held back.
    pub(super) fn is_sprung(&self) -> bool {
        self.lock().is_sprung
    }

    /// Lets go of what is held back, which its sender does not wait for any more.
    pub(super) fn release(&self) {
        self.lock().is_sprung = false;
        self.released.notify_waiters();
    }

    /// The changing requests since the trap was set.
    pub(super) fn calls(&self) -> Vec<String> {
        self.lock().calls.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes one request; whoever has another one connects anew.
    async fn pass(&self, mut client: TcpStream, server: &str) {
        let Some(request) = Request::read(&mut client).await else { return };
        let held = request.change().and_then(|call| self.count(call));
        if held == Some(Side::Before) {
            return self.hold().await;
        }
        let Some(answer) = request.ask(server).await else { return };
        if held == Some(Side::After) {
            return self.hold().await;
        }
        // The answer says that the connection ends with it: its length need not be understood here.
        drop(client.write_all(&answer).await);
    }

    /// Counts a changing request, and says whether it is held back.
    fn count(&self, call: String) -> Option<Side> {
        let mut inner = self.lock();
        inner.calls.push(call);
        let trap = inner.trap.filter(|trap| trap.number == inner.calls.len())?;
        inner.trap = None;
        Some(trap.side)
    }

    async fn hold(&self) {
        let released = self.released.notified();
        self.lock().is_sprung = true;
        released.await;
    }
}

/// One request as it came.
struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    async fn read(client: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(bytes.len() < HEAD_BYTES_MAX, "a request without end");
            if client.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let mut body = bytes.split_off(end);
        let head = String::from_utf8(bytes).ok()?;
        let length = header(&head, "content-length").map_or(0, |text| text.parse().unwrap());
        while body.len() < length {
            if client.read_buf(&mut body).await.ok()? == 0 {
                return None;
            }
        }
        Some(Self { head, body })
    }

    /// What it changes, by the name of its call; `None` where it only asks.
    fn change(&self) -> Option<String> {
        let (method, rest) = self.head.split_once(' ')?;
        let path = rest.split(' ').next()?;
        let body = String::from_utf8_lossy(&self.body);
        let in_form = body.split('&').find_map(|field| field.strip_prefix("Action="));
        let by_header =
            header(&self.head, "x-acs-action").or_else(|| header(&self.head, "x-amz-target"));
        match by_header.or(in_form) {
            Some(call) => {
                let call = call.rsplit('.').next().unwrap_or(call);
                let asks = ["Get", "List", "Describe"].iter().any(|word| call.starts_with(word));
                (!asks).then(|| call.to_owned())
            }
            None => (!matches!(method, "GET" | "HEAD")).then(|| format!("{method} {path}")),
        }
    }

    /// The server's whole answer.
    async fn ask(&self, server: &str) -> Option<Vec<u8>> {
        let mut stream = TcpStream::connect(server).await.ok()?;
        let kept = self
            .head
            .trim_end()
            .lines()
            .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let mut head = kept.collect::<Vec<_>>().join("\r\n");
        head.push_str("\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(&self.body).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        Some(answer)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut of_name = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    of_name.next().map(|(_, value)| value.trim())
}
