//! IMS, judged by the official client: network restrictions, the recycle bin, and the provider's own
//! restriction of keys that were seen in public.

use crate::client::Practice;
use crate::judge::judge;

#[tokio::test]
async fn the_ims_client_does_its_work() {
    judge(&Practice::start().await, "ims.py", &[]).await;
}

#[tokio::test]
async fn a_key_that_the_provider_saw_in_public_may_call_neither_ram_nor_ims() {
    let practice = Practice::start().await;
    let leaked = practice.user("leaked", "AdministratorAccess").await;
    let id = claviger_model::AccessKeyId::parse(&leaked.access_key_id).unwrap();
    assert!(practice.sandbox.restrict_leaked_key(&id));
    let words = [leaked.access_key_id.as_str(), leaked.secret.reveal()];
    judge(&practice, "leak_restriction.py", &words).await;
}
