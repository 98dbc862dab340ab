//! What an AWS account has beside S3, judged by the official client.

use crate::client::Practice;
use crate::judge::judge;

#[tokio::test]
async fn boto3_stores_a_secret_and_blocks_public_access_to_the_account() {
    judge(&Practice::start().await, "aws_account.py", &[]).await;
}
