//! What a policy would have done to the requests that the history recorded, before it is made.

use claviger_model::{PlanId, Provider, RiskEvent, RiskEventId, StepKind};
use claviger_respond::plan;
use claviger_respond::policy::Policy;
use claviger_respond::what_if::{Drafted, WhatIf, judge};

use crate::gather::usage;
use crate::{Service, ServiceError};

impl Service {
    /// Judges what a plan would set, on the whole recorded past of its event's key.
    ///
    /// # Errors
    /// The plan does not exist or refuses nothing by a policy, or the history cannot be read.
    pub async fn what_if_of_plan(&self, id: &PlanId) -> Result<WhatIf, ServiceError> {
        let plan = self.plan(id).await?;
        let event = self.risk_event(&plan.risk_event_id).await?;
        let provider = self.connection(&plan.connection_id).await?.provider;
        let kinds: Vec<StepKind> = plan.steps.into_iter().map(|step| step.kind).collect();
        let judged = self.what_if_of_steps(&event, provider, &kinds).await?;
        judged.ok_or_else(|| ServiceError::Conflict {
            message: format!("the plan `{}` sets no policy", plan.action.title()),
            hint: "draft `restrict_network`, `deny_policy` or `deny_bucket`".to_owned(),
        })
    }

    /// Judges a policy that a person wrote: one of the key's user, or that of a bucket. `is_alone`: nothing
    /// else allows anything.
    ///
    /// # Errors
    /// The event does not exist or is about no key, the text is no policy, or the history cannot be read.
    pub async fn what_if(
        &self,
        id: &RiskEventId,
        document: &str,
        bucket: Option<String>,
        is_alone: bool,
    ) -> Result<WhatIf, ServiceError> {
        let event = self.risk_event(id).await?;
        let policy = Policy::parse(document).map_err(|error| {
            let hint = "write it as the provider takes it: a `Version` and a list of `Statement`";
            ServiceError::invalid("policy", error.to_string(), hint)
        })?;
        let connection_id = self.store_of(&event).await?;
        let provider = self.connection(&connection_id).await?.provider;
        self.judged(&event, &Drafted { policy, provider, bucket, is_alone }).await
    }

    /// Judges the steps of a draft; `None` where none refuses by a policy.
    pub(super) async fn what_if_of_steps(
        &self,
        event: &RiskEvent,
        provider: Provider,
        kinds: &[StepKind],
    ) -> Result<Option<WhatIf>, ServiceError> {
        match kinds.iter().find_map(|kind| plan::drafted(provider, kind)) {
            Some(drafted) => self.judged(event, &drafted).await.map(Some),
            None => Ok(None),
        }
    }

    async fn judged(&self, event: &RiskEvent, drafted: &Drafted) -> Result<WhatIf, ServiceError> {
        let Some(key) = &event.access_key_id else {
            return Err(ServiceError::Conflict {
                message: "the risk event names no access key".to_owned(),
                hint: "a policy is judged on what was done with a key".to_owned(),
            });
        };
        let (_, leaked_at) = self.leak_of(event).await?;
        let (events, is_partial) = usage::events_of(self, key).await?;
        let drafted = drafted.clone();
        let judged =
            tokio::task::spawn_blocking(move || judge(&drafted, &events, leaked_at, is_partial));
        judged
            .await
            .map_err(|error| ServiceError::Internal(format!("the policy was not judged: {error}")))
    }
}
