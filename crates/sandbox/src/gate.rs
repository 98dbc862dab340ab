//! Who may do what: every order passes here before it is carried out.
//!
//! Says which action on which resource an order is; `access` judges. Some orders are several actions.

use crate::access::{self, Ask, Circumstances, Decision, Denial};
use crate::auth::Caller;
use crate::minio;
use crate::operation::Operation;
use crate::order::Order;
use crate::oss::Batch;
use crate::refusal::Refusal;
use crate::store::{self, Named};
use crate::world::World;

/// Lets an order through, or says why not.
///
/// # Errors
/// The bucket is not there, or the caller may not do this.
pub(crate) fn admit(world: &World, caller: &Caller, order: &Order<'_>) -> Result<(), Refusal> {
    if order.operation.needs_bucket() {
        world.bucket(order.bucket())?;
    }
    if matches!(caller, Caller::Minio { .. }) {
        return admit_minio(world, caller, order);
    }
    for Act { action, resource, version_id } in acts(order) {
        let resource = format!("acs:oss:*:{}:{resource}", world.owner_uid);
        let circumstances = circumstances(order);
        let version_id = version_id.as_deref();
        let ask = Ask { caller, action, resource: &resource, version_id, circumstances };
        if let Decision::Deny(by) = access::decide(world, &ask) {
            tracing::debug!(action, resource, ?by, "denied");
            return Err(denied(caller, order, by));
        }
    }
    Ok(())
}

/// The same for a key of MinIO, whose policies have other words for it.
fn admit_minio(world: &World, caller: &Caller, order: &Order<'_>) -> Result<(), Refusal> {
    for Act { action, resource, .. } in acts(order) {
        let action = minio::of_oss(action);
        let path = match resource.as_str() {
            "*" => "/".to_owned(),
            bucket if !bucket.contains('/') => format!("{bucket}/"),
            object => object.to_owned(),
        };
        if !minio::allows(world, caller, &action, &path, order.call.source_ip) {
            tracing::debug!(action, path, "denied");
            return Err(Refusal::denied("Access Denied."));
        }
    }
    Ok(())
}

/// What conditions of policies may ask about.
fn circumstances<'a>(order: &'a Order<'_>) -> Circumstances<'a> {
    let call = order.call;
    let lists = matches!(
        order.operation,
        Operation::ListObjects | Operation::ListObjectsV2 | Operation::ListObjectVersions
    );
    Circumstances {
        source_ip: call.source_ip,
        secure_transport: false,
        user_agent: call.header("user-agent"),
        prefix: lists.then(|| call.query("prefix").unwrap_or_default()),
    }
}

/// One thing that an order does.
struct Act {
    /// `oss:GetObject`.
    action: &'static str,
    /// `bucket/key`.
    resource: String,
    /// The version of the object, where one is named.
    version_id: Option<String>,
}

impl Act {
    fn on(operation: Operation, bucket: &str, object: &Named) -> Self {
        let action = match object.version_id {
            Some(_) => operation.version_action(),
            None => operation.action(),
        };
        let resource = format!("{bucket}/{}", object.key);
        Self { action, resource, version_id: object.version_id.clone() }
    }

    fn plain(action: &'static str, resource: String) -> Self {
        Self { action, resource, version_id: None }
    }
}

/// All that an order does.
fn acts(order: &Order<'_>) -> Vec<Act> {
    let (bucket, operation) = (order.bucket(), order.operation);
    let action = operation.action();
    match operation {
        Operation::DeleteObjects => match Batch::read(&order.body) {
            Ok(batch) => {
                batch.objects.iter().map(|object| Act::on(operation, bucket, object)).collect()
            }
            Err(_) => vec![Act::plain(action, format!("{bucket}/*"))],
        },
        Operation::PutObject | Operation::CopyObject => {
            let object = format!("{bucket}/{}", order.key());
            let mut acts = vec![Act::plain(action, object.clone())];
            if ["x-oss-object-acl", "x-amz-acl"]
                .iter()
                .any(|name| order.call.header(name).is_some())
            {
                acts.push(Act::plain(Operation::PutObjectAcl.action(), object));
            }
            if let Some((bucket, source)) = ["x-oss-copy-source", "x-amz-copy-source"]
                .iter()
                .find_map(|name| order.call.header(name))
                .and_then(store::copy_source)
            {
                acts.push(Act::on(Operation::GetObject, &bucket, &source));
            }
            acts
        }
        _ if !order.key().is_empty() => vec![Act::on(operation, bucket, &order.named())],
        _ if bucket.is_empty() => vec![Act::plain(action, "*".to_owned())],
        _ => vec![Act::plain(action, bucket.to_owned())],
    }
}

/// The sentence OSS says: by object or bucket, to strangers and to its own users, with the number of
/// who denies (OSS documentation, "EC error codes" 0003-…).
fn denied(caller: &Caller, order: &Order<'_>, by: Denial) -> Refusal {
    let ec = match by {
        Denial::Identity => "0003-00000201",
        Denial::Bucket => "0003-00000202",
        Denial::Both => "0003-00000203",
        Denial::Session => "0003-00000301",
        Denial::Nobody => "0003-00000001",
    };
    if by == Denial::Session {
        return Refusal::denied_by("Access denied by authorizer's policy.", ec);
    }
    if by != Denial::Nobody {
        return Refusal::denied_by("Access denied by bucket policy.", ec);
    }
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
