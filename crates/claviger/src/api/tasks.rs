//! Identification tasks, with their rate and the time left.

use axum::extract::State;
use claviger_model::AssetId;
use claviger_service::{Service, TaskView as Task};
use claviger_store::tasks::TaskState;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Query};
use super::{Problem, Visitor, limit};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list))
}

/// An identification task.
#[derive(Serialize, ToSchema)]
struct TaskView {
    id: String,
    asset_id: String,
    template: String,
    /// The template's name.
    template_title: String,
    /// `running`, `done` or `failed`.
    state: &'static str,
    /// RFC 3339.
    started_at: String,
    /// RFC 3339.
    ended_at: Option<String>,
    objects_done: u64,
    objects_total: u64,
    bytes_done: u64,
    unreadable: u64,
    objects_per_second: f64,
    seconds_left: Option<f64>,
    error: Option<String>,
}

impl From<Task> for TaskView {
    fn from(view: Task) -> Self {
        let template = claviger_scan::template(&view.task.template);
        Self {
            id: view.task.id,
            asset_id: view.task.asset_id.to_string(),
            template_title: template.map_or_else(String::new, |t| t.title().to_owned()),
            template: view.task.template,
            state: match view.task.state {
                TaskState::Running => "running",
                TaskState::Done => "done",
                TaskState::Failed => "failed",
            },
            started_at: view.task.started_at.to_string(),
            ended_at: view.task.ended_at.map(|at| at.to_string()),
            objects_done: view.task.objects_done,
            objects_total: view.task.objects_total,
            bytes_done: view.task.bytes_done,
            unreadable: view.task.unreadable,
            objects_per_second: view.objects_per_second,
            seconds_left: view.seconds_left,
            error: view.task.error,
        }
    }
}

/// Which tasks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Which {
    asset_id: Option<String>,
    limit: Option<u32>,
}

/// Identification tasks, newest first.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "assets", params(Which),
    responses((status = 200, body = [TaskView])))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
    Query(which): Query<Which>,
) -> Result<Json<Vec<TaskView>>, Problem> {
    let asset_id = which.asset_id.map(AssetId::from);
    let tasks = service.tasks(asset_id.as_ref(), limit(which.limit)).await?;
    Ok(Json(tasks.into_iter().map(TaskView::from).collect()))
}
