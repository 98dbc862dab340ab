//! MinIO's own API, judged by its official client.

use crate::client::Practice;
use crate::judge::judge;

#[tokio::test]
async fn the_minio_client_does_its_work_and_s3_obeys() {
    judge(&Practice::start().await, "minio_admin.py", &[]).await;
}
