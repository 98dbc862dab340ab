//! What OSS and S3 say of archived objects and of storage classes.

use super::{Refusal, Wire};

/// The words of OSS; `None` where it is about something else.
pub(super) fn oss(refusal: &Refusal) -> Option<Wire> {
    Some(match refusal {
        Refusal::InvalidObjectState { .. } | Refusal::SourceInArchive { .. } => {
            let message = "The operation is not valid for the object's state";
            Wire::new(403, "InvalidObjectState", message, "")
        }
        Refusal::NotArchived { .. } => {
            let message = "The operation is not supported for this resource";
            Wire::new(400, "OperationNotSupported", message, "")
        }
        Refusal::RestoreAlreadyInProgress => {
            let message = "The restore operation is in progress.";
            Wire::new(409, "RestoreAlreadyInProgress", message, "")
        }
        Refusal::InvalidStorageClass { class } => {
            let message = "The storage class you specified is invalid.";
            Wire::new(400, "InvalidArgument", message, "")
                .with("ArgumentName", "x-oss-storage-class")
                .with("ArgumentValue", class)
        }
        _ => return None,
    })
}

/// The words of S3.
pub(super) fn s3(refusal: &Refusal) -> Option<Wire> {
    Some(match refusal {
        Refusal::InvalidObjectState { storage_class } => {
            let message = "The operation is not valid for the object's storage class";
            Wire::new(403, "InvalidObjectState", message, "")
                .with("StorageClass", storage_class.s3())
        }
        Refusal::SourceInArchive { .. } => {
            let message = "The source object of the COPY action is not in the active tier.";
            Wire::new(403, "ObjectNotInActiveTierError", message, "")
        }
        Refusal::NotArchived { storage_class } => {
            let message = "Restore is not allowed for the object's current storage class";
            Wire::new(403, "InvalidObjectState", message, "")
                .with("StorageClass", storage_class.s3())
        }
        Refusal::RestoreAlreadyInProgress => {
            let message = "Object restore is already in progress";
            Wire::new(409, "RestoreAlreadyInProgress", message, "")
        }
        Refusal::InvalidStorageClass { class } => {
            let message = "The storage class you specified is not valid";
            Wire::new(400, "InvalidStorageClass", message, "").with("StorageClassRequested", class)
        }
        _ => return None,
    })
}
