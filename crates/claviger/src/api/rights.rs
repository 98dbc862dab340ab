//! The rights that Claviger needs at a provider, as the smallest policy that grants them.

use claviger_model::{Action, Provider};
use claviger_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Query};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(get))
}

/// For what.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Which {
    /// `aliyun`, `aws`, `s3` or `minio`.
    provider: String,
    /// Actions apart by commas, as a plan is drafted with; none: reading alone.
    #[serde(default)]
    actions: String,
}

/// The rights and their policy.
#[derive(Serialize, ToSchema)]
pub(super) struct RightsView {
    /// As policies name them.
    pub(super) rights: Vec<&'static str>,
    /// The smallest policy, ready to be attached to the user that the connection signs as.
    pub(super) policy: String,
}

/// The rights for reading and for these actions.
#[utoipa::path(get, path = "/api/v1/rights", tag = "connections", params(Which),
    responses((status = 200, body = RightsView), (status = 422, body = Problem)))]
async fn get(_: Visitor, Query(which): Query<Which>) -> Result<Json<RightsView>, Problem> {
    let provider: Provider =
        which.provider.parse().map_err(|error: claviger_model::UnknownProvider| {
            Problem::field("provider", &error.to_string(), "use `aliyun`, `aws`, `s3` or `minio`")
        })?;
    let words = which.actions.split(',').map(str::trim).filter(|word| !word.is_empty());
    let actions: Option<Vec<Action>> = words.map(Action::from_word).collect();
    let actions = actions.ok_or_else(|| {
        let words: Vec<&str> = Action::ALL.into_iter().map(Action::as_str).collect();
        Problem::field("actions", "no such action", &format!("use `{}`", words.join("`, `")))
    })?;
    Ok(Json(RightsView {
        rights: claviger_cloud::rights(provider, &actions),
        policy: claviger_cloud::smallest_policy(provider, &actions),
    }))
}
