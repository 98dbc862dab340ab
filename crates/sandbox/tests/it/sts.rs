//! STS, judged by the official client, and its temporary keys by the clients of OSS, S3 and RAM.

use crate::client::Practice;
use crate::judge::judge;

#[tokio::test]
async fn the_sts_client_does_its_work_and_its_keys_open_what_the_role_may() {
    judge(&Practice::start().await, "sts.py", &[]).await;
}
