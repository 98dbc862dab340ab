//! KMS, judged by the official client.

use std::time::Duration;

use claviger_sandbox::Settings;

use serde_json::{Value, json};

use crate::client::Practice;
use crate::judge::judge;

const VERSION: &str = "2016-01-20";

#[tokio::test]
async fn the_kms_client_hosts_and_rotates_a_key_pair() {
    let settings = Settings {
        rotation_delay: Duration::from_millis(500),
        rotation_window: Duration::from_millis(1500),
        ..Settings::default()
    };
    judge(&Practice::start_with(settings).await, "kms.py", &[]).await;
}

async fn kms(practice: &Practice, action: &str, parameters: &[(&str, &str)]) -> Value {
    practice.call(&practice.root, VERSION, action, parameters).await
}

async fn hosted_key(practice: &Practice) -> String {
    let name = [("SecretName", "acs/ram/user/hosted")];
    let value = kms(practice, "GetSecretValue", &name).await;
    let data: Value = serde_json::from_str(value["SecretData"].as_str().unwrap()).unwrap();
    data["AccessKeyId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_rotation_that_was_asked_for_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |delay| Settings {
        state: Some(folder.path().to_owned()),
        rotation_delay: Duration::from_secs(delay),
        rotation_window: Duration::from_millis(200),
        ..Settings::default()
    };
    let first = Practice::start_with(settings(1)).await;
    let pair = first.user("hosted", "AliyunOSSReadOnlyAccess").await;
    let data = json!({ "AccessKeys": [{ "AccessKeyId": pair.access_key_id,
        "AccessKeySecret": pair.secret.reveal() }] });
    let create = [
        ("SecretName", "$Auto"),
        ("SecretType", "RAMCredentials"),
        ("VersionId", "v1"),
        ("SecretData", &data.to_string()),
        ("ExtendedConfig", r#"{"SecretSubType":"RamUserAccessKey","UserName":"hosted"}"#),
    ];
    kms(&first, "CreateSecret", &create).await;
    let rotate = [("SecretName", "acs/ram/user/hosted"), ("VersionId", "v2")];
    kms(&first, "RotateSecret", &rotate).await;
    assert_eq!(hosted_key(&first).await, pair.access_key_id);
    first.sandbox.stop().await.unwrap();

    let second = Practice::start_with(settings(1)).await;
    for _ in 0..200 {
        // The secret first: the new pair is there before the secret names it, so that a list read
        // afterwards shows one key only when the old one is gone.
        let hosted = hosted_key(&second).await;
        let listed = second.ram("ListAccessKeys", &[("UserName", "hosted")]).await;
        let keys = listed["AccessKeys"]["AccessKey"].as_array().unwrap().clone();
        if hosted != pair.access_key_id && keys.len() == 1 {
            assert_eq!(keys[0]["AccessKeyId"], hosted.as_str());
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the rotation stood still");
}
