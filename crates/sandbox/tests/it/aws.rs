//! What an AWS account has beside S3, judged by the official client.

use crate::client::Practice;
use crate::judge::judge;

#[tokio::test]
async fn boto3_stores_a_secret_blocks_public_access_to_the_account_and_looks_up_what_was_done() {
    judge(&Practice::start().await, "aws_account.py", &[]).await;
}
