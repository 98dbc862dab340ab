//! Who may do what: every order passes here before it is carried out.
//!
//! Says which action on which resource an order is; `access` judges. Some orders are several actions.

use crate::access::{self, Decision};
use crate::auth::Caller;
use crate::operation::Operation;
use crate::order::Order;
use crate::oss::Batch;
use crate::refusal::Refusal;
use crate::store;
use crate::world::World;

/// Lets an order through, or says why not.
///
/// # Errors
/// The bucket is not there, or the caller may not do this.
pub(crate) fn admit(world: &World, caller: &Caller, order: &Order<'_>) -> Result<(), Refusal> {
    if order.operation.needs_bucket() {
        world.bucket(order.bucket())?;
    }
    for (action, resource) in actions(order) {
        let resource = format!("acs:oss:*:{}:{resource}", world.owner_uid);
        let source_ip = order.call.source_ip;
        if let Decision::Deny { why } = access::decide(world, caller, action, &resource, source_ip)
        {
            tracing::debug!(action, resource, why, "denied");
            return Err(denied(caller, order));
        }
    }
    Ok(())
}

/// The actions that an order is, each with its resource.
fn actions(order: &Order<'_>) -> Vec<(&'static str, String)> {
    let (bucket, key) = (order.bucket(), order.key());
    let action = order.operation.action();
    let on_object = format!("{bucket}/{key}");
    match order.operation {
        Operation::DeleteObjects => match Batch::read(&order.body) {
            Ok(batch) => batch.keys.iter().map(|key| (action, format!("{bucket}/{key}"))).collect(),
            Err(_) => vec![(action, format!("{bucket}/*"))],
        },
        Operation::PutObject | Operation::CopyObject => {
            let mut actions = vec![(action, on_object.clone())];
            if ["x-oss-object-acl", "x-amz-acl"]
                .iter()
                .any(|name| order.call.header(name).is_some())
            {
                actions.push((Operation::PutObjectAcl.action(), on_object));
            }
            if let Some((bucket, key)) = ["x-oss-copy-source", "x-amz-copy-source"]
                .iter()
                .find_map(|name| order.call.header(name))
                .and_then(store::copy_source)
            {
                actions.push((Operation::GetObject.action(), format!("{bucket}/{key}")));
            }
            actions
        }
        _ if !key.is_empty() => vec![(action, on_object)],
        _ if bucket.is_empty() => vec![(action, "*".to_owned())],
        _ => vec![(action, bucket.to_owned())],
    }
}

/// The sentence OSS says: by object or bucket, to strangers and to its own users.
fn denied(caller: &Caller, order: &Order<'_>) -> Refusal {
    if order.target.key.is_some() {
        return Refusal::denied("You have no right to access this object because of bucket acl.");
    }
    match caller {
        Caller::Anonymous if order.target.bucket.is_none() => {
            Refusal::denied("Anonymous user has no right to access this service.")
        }
        Caller::Anonymous => Refusal::denied("Anonymous user has no right to access this bucket."),
        _ => Refusal::denied("You have no right to access this bucket because of bucket acl."),
    }
}
