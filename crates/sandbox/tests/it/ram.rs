//! RAM, judged by the official clients of both generations.

use crate::client::Practice;
use crate::judge::judge;

#[tokio::test]
async fn the_ram_client_does_its_work() {
    judge(&Practice::start().await, "ram.py", &[]).await;
}

#[tokio::test]
async fn the_first_generation_client_does_its_work_with_rpc_v1() {
    judge(&Practice::start().await, "rpc_v1.py", &[]).await;
}

#[tokio::test]
async fn keys_and_policies_of_ram_are_enforced_by_oss_and_s3() {
    judge(&Practice::start().await, "enforced.py", &[]).await;
}
