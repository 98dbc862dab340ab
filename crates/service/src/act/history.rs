//! What the history lost: somebody who knows it says so, and it is no longer told.

use claviger_history::Damage;

use crate::{Act, Actor, Service, ServiceError};

impl Service {
    /// Forgets what the history lost, as [`crate::HistoryState::damage`] tells it, and gives what that was.
    /// Files that were moved aside stay where they are.
    ///
    /// # Errors
    /// The actor is no admin, nothing was lost, or the history cannot be written.
    pub async fn forget_damage(&self, actor: &Actor) -> Result<Vec<Damage>, ServiceError> {
        let damage = self.history_state().await?.damage;
        let first = damage.first().map(|one| one.file.display().to_string()).unwrap_or_default();
        let subject = match damage.len() {
            0 | 1 => first,
            files => format!("{first} and {} more", files - 1),
        };
        self.perform(actor, Act::ForgetDamage, &subject, async {
            if damage.is_empty() {
                return Err(ServiceError::Conflict {
                    message: "the history lost nothing that is not known".to_owned(),
                    hint: "`claviger history damage` tells what is".to_owned(),
                });
            }
            let history = self.history().clone();
            let forgotten = tokio::task::spawn_blocking(move || history.forget_damage());
            forgotten.await.map_err(|fault| {
                ServiceError::Internal(format!("the history was not written: {fault}"))
            })??;
            Ok(damage)
        })
        .await
    }
}
