//! Storage classes and the restoration of archived objects (OSS documentation, "RestoreObject").

use jiff::Timestamp;

use crate::archive::{self, Restored};
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::{Object, StorageClass, World};
use crate::xml::Xml;

/// For how many days an object is restored unless the request says otherwise.
const DAYS_DEFAULT: u32 = 1;

const CLASS: &str = "x-oss-storage-class";

/// The storage class that a write asks for.
///
/// # Errors
/// There is no such class.
pub(super) fn class_asked(order: &Order<'_>) -> Result<StorageClass, Refusal> {
    let Some(word) = order.call.header(CLASS) else { return Ok(StorageClass::Standard) };
    let found = StorageClass::ALL.into_iter().find(|class| class.oss() == word);
    found.ok_or_else(|| Refusal::InvalidStorageClass { class: word.to_owned() })
}

/// What a look at an object says of where it lies.
pub(super) fn described(reply: Reply, object: &Object, now: Timestamp) -> Reply {
    let reply = reply.with(CLASS, object.storage_class.oss());
    match archive::told(object, now) {
        Some(told) => reply.with("x-oss-restore", &told),
        None => reply,
    }
}

/// What a listing says of it.
pub(super) fn listed(xml: &mut Xml, object: &Object, now: Timestamp) {
    xml.text("StorageClass", object.storage_class.oss());
    if let Some(told) = archive::told(object, now) {
        xml.text("RestoreInfo", &told);
    }
}

/// For how many days at most an object stays restored.
fn days_max(class: StorageClass) -> u32 {
    if class == StorageClass::Archive { 7 } else { 365 }
}

/// `POST /bucket/key?restore`: 202 where it begins, 200 where the object can be read already.
pub(super) fn post(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let days = archive::days(order)?.unwrap_or(DAYS_DEFAULT);
    Ok(match archive::restore(world, order, days, days_max)? {
        Restored::Begun => Reply::status(202),
        Restored::Prolonged => Reply::status(200),
    })
}
