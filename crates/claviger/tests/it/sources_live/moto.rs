//! moto, as the AWS of a test.

use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Ended, START_MAX, free_port, part};

/// Starts it, and tells its address. It enforces nothing before a test says so. `None` where it is not installed.
pub(crate) async fn start() -> Option<(Ended, String)> {
    let program = part("CLAVIGER_TEST_MOTO", "moto_server", "moto[server]")?;
    let port = free_port();
    let server = Command::new(program)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .env("INITIAL_NO_AUTH_ACTION_COUNT", "1000000000")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let server = Ended(server.unwrap());
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(started.elapsed() < START_MAX, "moto does not listen in time");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Some((server, format!("http://127.0.0.1:{port}")))
}
