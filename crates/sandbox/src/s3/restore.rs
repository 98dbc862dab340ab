//! Storage classes and the restoration of archived objects (AWS documentation, "RestoreObject").

use jiff::Timestamp;

use crate::archive::{self, Restored};
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::{Reply, xml_time};
use crate::world::{Object, StorageClass, World};
use crate::xml::Xml;

const CLASS: &str = "x-amz-storage-class";

/// The storage class that a write asks for.
///
/// # Errors
/// There is no such class.
pub(super) fn class_asked(order: &Order<'_>) -> Result<StorageClass, Refusal> {
    let Some(word) = order.call.header(CLASS) else { return Ok(StorageClass::Standard) };
    let found = StorageClass::ALL.into_iter().find(|class| class.s3() == word);
    found.ok_or_else(|| Refusal::InvalidStorageClass { class: word.to_owned() })
}

/// What a look at an object says of where it lies; nothing of the usual class.
pub(super) fn described(reply: Reply, object: &Object, now: Timestamp) -> Reply {
    let reply = match object.storage_class {
        StorageClass::Standard => reply,
        class => reply.with(CLASS, class.s3()),
    };
    match archive::told(object, now) {
        Some(told) => reply.with("x-amz-restore", &told),
        None => reply,
    }
}

/// What a listing says of a restoration, where the request wants to know.
pub(super) fn listed(xml: &mut Xml, object: &Object, order: &Order<'_>) {
    let wanted = order.call.header("x-amz-optional-object-attributes").unwrap_or_default();
    if !wanted.split(',').any(|word| word.trim() == "RestoreStatus") {
        return;
    }
    let Some((is_ongoing, until)) = archive::stands(object, order.now()) else { return };
    xml.element("RestoreStatus", |xml| {
        xml.text("IsRestoreInProgress", &is_ongoing.to_string());
        if !is_ongoing {
            xml.text("RestoreExpiryDate", &xml_time(until));
        }
    });
}

/// `POST /bucket/key?restore`: 202 where it begins, 200 where the object can be read already.
pub(super) fn post(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let days = archive::days(order)?.ok_or(Refusal::MalformedXml)?;
    Ok(match archive::restore(world, order, days, |_| u32::MAX)? {
        Restored::Begun => Reply::status(202),
        Restored::Prolonged => Reply::status(200),
    })
}
