//! Kinds of plans that need the same scene on every cloud.

use claviger_model::{AccessKeyId, CloudKeyStatus};
use serde_json::json;

use super::{BUCKET, Leaked, OBJECT, Scene, pair_of};

impl Scene {
    /// Enables a key that is disabled, and disables it again.
    pub(super) async fn enabling_goes_on(
        &mut self,
        leaked: &Leaked,
        sibling: Option<&AccessKeyId>,
    ) {
        let (user, id) = (&leaked.user, &leaked.pair.id);
        self.cloud.set_key_status(user, id, CloudKeyStatus::Inactive).await.unwrap();
        self.goes_on_there_and_back(leaked, sibling, &json!({ "action": "enable" })).await;
        self.cloud.set_key_status(user, id, CloudKeyStatus::Active).await.unwrap();
    }

    /// Deletes a file that holds a leaked key, which each kill has anew.
    pub(super) async fn deleting_a_file_goes_on(&mut self) {
        let filed = async |scene: &Self, turn: usize| -> Leaked {
            let user = format!("filed-{turn}");
            scene.cloud.create_user(&user).await.unwrap();
            let pair = pair_of(scene.cloud.create_key(&user).await.unwrap());
            let text = crate::bad_days::owner::leak_of(&pair).into_bytes();
            scene.cloud.put_object(&scene.place, OBJECT, text, None).await.unwrap();
            scene.leaked(&user, pair).await
        };
        let ask = json!({ "action": "delete_file", "bucket": BUCKET, "object": OBJECT });
        self.goes_on_to_its_end(&ask, filed).await;
    }
}
