//! The block of public access of the whole account (S3 Control, "GetPublicAccessBlock", "PutPublicAccessBlock",
//! "DeletePublicAccessBlock"). Where public lists and policies count for nothing by it, no bucket is public.

use axum::http::Method;
use claviger_model::PublicAccessBlock;

use super::fault::Fault;
use super::{account, permit};
use crate::auth::Caller;
use crate::call::Call;
use crate::reply::Reply;
use crate::world::World;
use crate::xml::{Node, Xml};

pub(super) const PATH: &str = "/v20180820/configuration/publicAccessBlock";

/// Carries a call out.
pub(super) fn perform(world: &mut World, call: &Call, caller: &Caller) -> Result<Reply, Fault> {
    let own = account(world);
    if call.header("x-amz-account-id") != Some(own.as_str()) {
        let message = "The account id does not match the credentials.";
        return Err(Fault::new(403, "AccessDenied", message));
    }
    let action = match call.method {
        Method::GET => "s3:GetAccountPublicAccessBlock",
        Method::PUT | Method::DELETE => "s3:PutAccountPublicAccessBlock",
        _ => return Err(Fault::unknown()),
    };
    permit(world, call, caller, action, "*")?;
    match call.method {
        Method::PUT => {
            world.account_block = Some(wanted(call)?);
            Ok(Reply::status(201))
        }
        Method::DELETE => {
            world.account_block = None;
            Ok(Reply::status(204))
        }
        _ => {
            let block = world.account_block.ok_or_else(|| {
                let message = "The public access block configuration was not found";
                Fault::new(404, "NoSuchPublicAccessBlockConfiguration", message)
            })?;
            Ok(document(block))
        }
    }
}

/// The operation of a method, as events name it.
pub(super) fn name(method: &Method) -> &'static str {
    match *method {
        Method::PUT => "PutAccountPublicAccessBlock",
        Method::DELETE => "DeleteAccountPublicAccessBlock",
        _ => "GetAccountPublicAccessBlock",
    }
}

fn halves(block: &PublicAccessBlock) -> [(&'static str, bool); 4] {
    [
        ("BlockPublicAcls", block.block_public_acls),
        ("IgnorePublicAcls", block.ignore_public_acls),
        ("BlockPublicPolicy", block.block_public_policy),
        ("RestrictPublicBuckets", block.restrict_public_buckets),
    ]
}

fn document(block: PublicAccessBlock) -> Reply {
    let namespace = " xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"";
    Reply::xml(Xml::with_attributes("PublicAccessBlockConfiguration", namespace, |xml| {
        for (name, closed) in halves(&block) {
            xml.text(name, &closed.to_string());
        }
    }))
}

/// What the body asks for: a half that is not named is open.
fn wanted(call: &Call) -> Result<PublicAccessBlock, Fault> {
    let malformed = || Fault::new(400, "MalformedXML", "The XML you provided was not well-formed.");
    let root = Node::parse(&call.body).ok_or_else(malformed)?;
    let half = |name: &str| match root.child_text(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(malformed()),
    };
    Ok(PublicAccessBlock {
        block_public_acls: half("BlockPublicAcls")?,
        ignore_public_acls: half("IgnorePublicAcls")?,
        block_public_policy: half("BlockPublicPolicy")?,
        restrict_public_buckets: half("RestrictPublicBuckets")?,
    })
}
