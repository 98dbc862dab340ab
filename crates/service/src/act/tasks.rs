//! Identification tasks, with their rate and the time left.

use claviger_model::AssetId;
use claviger_store::tasks::{self, IdentificationTask, TaskState};

use crate::{Service, ServiceError};

/// A task as a person sees it.
#[derive(Debug, Clone)]
pub struct TaskView {
    /// The task.
    pub task: IdentificationTask,
    /// Objects a second since it began.
    pub objects_per_second: f64,
    /// Seconds left at that rate; `None` once ended or before anything was read.
    pub seconds_left: Option<f64>,
}

impl Service {
    /// Tasks, newest first; of one bucket or of all.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn tasks(
        &self,
        asset: Option<&AssetId>,
        limit: u32,
    ) -> Result<Vec<TaskView>, ServiceError> {
        let mut reader = self.store().read().await?;
        let rows = tasks::list(&mut reader, asset, limit).await?;
        let now = self.now();
        Ok(rows.into_iter().map(|task| view(task, now)).collect())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits of count")]
fn view(task: IdentificationTask, now: jiff::Timestamp) -> TaskView {
    let until = task.ended_at.unwrap_or(now);
    let seconds = until.duration_since(task.started_at).as_secs_f64().max(0.001);
    let objects_per_second = task.objects_done as f64 / seconds;
    let left = task.objects_total.saturating_sub(task.objects_done) as f64;
    let running = task.state == TaskState::Running && objects_per_second > 0.0;
    TaskView { seconds_left: running.then(|| left / objects_per_second), task, objects_per_second }
}
