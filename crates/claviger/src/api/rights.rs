//! The rights that Claviger needs at a provider, as the smallest policy that grants them.

use claviger_cloud::{Ability, Pulled, policy_of_rights, rights_for};
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
    /// Actions apart by commas, as a plan is drafted with, and sources of log lines that a connection reads:
    /// `read_sls` (or `read_sls:PROJECT/LOGSTORE`), `read_actiontrail`, `read_cloudtrail`, `read_bucket` (or
    /// `read_bucket:BUCKET/PREFIX`); none: reading alone.
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

/// The rights for reading, for these actions and for these sources.
#[utoipa::path(get, path = "/api/v1/rights", tag = "connections", params(Which),
    responses((status = 200, body = RightsView), (status = 422, body = Problem)))]
async fn get(_: Visitor, Query(which): Query<Which>) -> Result<Json<RightsView>, Problem> {
    let provider: Provider =
        which.provider.parse().map_err(|error: claviger_model::UnknownProvider| {
            Problem::field("provider", &error.to_string(), "use `aliyun`, `aws`, `s3` or `minio`")
        })?;
    let words = which.actions.split(',').map(str::trim).filter(|word| !word.is_empty());
    let abilities: Result<Vec<Ability>, Problem> =
        words.map(|word| ability(provider, word)).collect();
    let rights = rights_for(provider, &abilities?);
    let mut names: Vec<&'static str> = rights.iter().map(|right| right.name).collect();
    names.dedup();
    Ok(Json(RightsView { rights: names, policy: policy_of_rights(provider, &rights) }))
}

/// What a word asks for, which the provider must have.
fn ability(provider: Provider, word: &str) -> Result<Ability, Problem> {
    let ability = Ability::from_word(word).ok_or_else(|| {
        let actions = Action::ALL.into_iter().map(Action::as_str);
        let sources = Pulled::ALL.iter().map(Pulled::as_str);
        let words: Vec<&str> = actions.chain(sources).collect();
        let message = format!("there is no action or source `{word}`");
        Problem::field("actions", &message, &format!("use `{}`", words.join("`, `")))
    })?;
    match &ability {
        Ability::Read(pulled) if !pulled.providers().contains(&provider) => {
            let of = pulled.providers();
            let titles: Vec<&str> = of.iter().map(|one| one.title()).collect();
            let words: Vec<&str> = of.iter().map(|one| one.as_str()).collect();
            let (titles, words) = (titles.join(" or "), words.join("` or `"));
            let message =
                format!("`{word}` is a source of {titles}, and not of {}", provider.title());
            let hint = format!("ask for the policy of `{words}`, or leave it out");
            Err(Problem::field("actions", &message, &hint))
        }
        _ => Ok(ability),
    }
}
