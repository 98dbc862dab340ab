//! The Log Service and `ActionTrail`, judged by their official clients.

use crate::client::Practice;
use crate::judge::judge;

#[tokio::test]
async fn the_clients_of_logs_read_what_was_done() {
    judge(&Practice::start().await, "logs.py", &[]).await;
}
