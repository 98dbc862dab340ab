//! How long a connection may keep the server waiting, and how many there may be at once: a visitor who
//! sends a byte now and then must not hold what others need.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// The longest time in which nothing is answered on a connection. Live pages get a sign of life every 15
/// seconds; a body has to arrive in less.
const PATIENCE: Duration = Duration::from_secs(60);

/// Connections at once: browsers hold six each, and each costs some kilobytes.
const CONNECTIONS_MAX: usize = 1024;

/// A listener whose connections end when nothing was answered on them for a while.
pub(crate) struct Patient {
    listener: TcpListener,
    patience: Duration,
    room: Arc<Semaphore>,
}

impl Patient {
    /// The server's patience over a listener.
    pub(crate) fn new(listener: TcpListener) -> Self {
        Self { listener, patience: PATIENCE, room: Arc::new(Semaphore::new(CONNECTIONS_MAX)) }
    }
}

impl Listener for Patient {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // The semaphore is never closed; without a permit the connection is served all the same.
        let permit = self.room.clone().acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let sleep = Box::pin(tokio::time::sleep(self.patience));
        (Connection { stream, sleep, patience: self.patience, _permit: permit }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    /// Ends when patience does; begins anew with each byte of an answer.
    sleep: Pin<Box<Sleep>>,
    patience: Duration,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Connection {
    fn answered(&mut self) {
        let until = Instant::now() + self.patience;
        self.sleep.as_mut().reset(until);
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.sleep.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if matches!(written, Poll::Ready(Ok(count)) if count > 0) {
            self.answered();
        } else if self.sleep.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn serve(patience: Duration) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let patient = Patient { patience, ..Patient::new(listener) };
        let router = axum::Router::new().route("/", axum::routing::get(async || "well".to_owned()));
        tokio::spawn(async move { axum::serve(patient, router).await });
        address
    }

    #[tokio::test]
    async fn a_visitor_who_sends_a_byte_now_and_then_is_not_waited_for() {
        let mut stream = TcpStream::connect(serve(Duration::from_millis(300)).await).await.unwrap();
        let mut sent = 0;
        // Far more drops than patience lasts: the writes end with the connection.
        while sent < 600 && stream.write_all(b"G").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            sent += 1;
        }
        assert!(sent < 600);
    }

    #[tokio::test]
    async fn who_asks_in_time_is_answered_again_and_again() {
        let mut stream = TcpStream::connect(serve(Duration::from_secs(5)).await).await.unwrap();
        for _ in 0..3 {
            stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            let mut bytes = vec![0; 4096];
            let count = stream.read(&mut bytes).await.unwrap();
            assert!(String::from_utf8_lossy(&bytes[..count]).starts_with("HTTP/1.1 200"));
        }
    }
}
