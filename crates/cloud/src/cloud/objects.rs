//! Objects: any name that the store takes, as it is.

use std::ops::Range;

use async_trait::async_trait;
use claviger_model::{Acl, Availability};
use jiff::Timestamp;

use super::{BucketRef, Provided, lacks};
use crate::{CloudError, archive};

/// An object as a listing or a look at it has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Name, decoded.
    pub name: String,
    /// Size.
    pub bytes: u64,
    /// What changes when the content does, without quotes.
    pub etag: String,
    /// Last change.
    pub last_modified: Timestamp,
    /// Its storage class by the provider's word, where it says one.
    pub storage_class: Option<String>,
    /// Whether it can be read.
    pub availability: Availability,
}

impl ObjectInfo {
    /// Whether it lies in an archive and somebody had it restored, or it is being restored.
    #[must_use]
    pub fn is_taken_out(&self) -> bool {
        match self.availability {
            Availability::Restoring => true,
            Availability::AtOnce => archive::is_archive(self.storage_class.as_deref()),
            Availability::Untold | Availability::Archived => false,
        }
    }
}

/// A stretch of a listing, in the order of names as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectPage {
    /// Objects.
    pub objects: Vec<ObjectInfo>,
    /// What to pass as `continuation` for the next stretch; `None` at the end.
    pub next: Option<String>,
}

/// A stretch of what lies directly in a folder: its objects, and the folders in it, each in the order of names as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderPage {
    /// Objects.
    pub objects: Vec<ObjectInfo>,
    /// Folders by their whole names, up to and with the `/`.
    pub folders: Vec<String>,
    /// As [`ObjectPage::next`].
    pub next: Option<String>,
}

/// Objects. Every method fails with what the provider refused, or `NotSupported`.
#[async_trait]
pub trait Objects: Provided {
    /// At most `max` objects (1 to 1,000) whose names begin with `prefix`: from the start, behind
    /// `start_after`, or from where the page before ended, which `continuation` says.
    async fn list_objects(
        &self,
        bucket: &BucketRef,
        prefix: &str,
        start_after: Option<&str>,
        continuation: Option<&str>,
        max: u32,
    ) -> Result<ObjectPage, CloudError>;

    /// As [`Objects::list_objects`], but what lies below a folder behind `prefix` is told by the folder alone.
    /// Objects and folders together are at most `max`.
    async fn list_folder(
        &self,
        _bucket: &BucketRef,
        _prefix: &str,
        _start_after: Option<&str>,
        _continuation: Option<&str>,
        _max: u32,
    ) -> Result<FolderPage, CloudError> {
        lacks(self, "list a folder of a bucket")
    }

    /// A look at one object; `None` when it is gone.
    async fn head_object(
        &self,
        bucket: &BucketRef,
        name: &str,
    ) -> Result<Option<ObjectInfo>, CloudError>;

    /// The bytes in `range`, fewer where the object ends before, none where it begins behind.
    async fn read_object(
        &self,
        bucket: &BucketRef,
        name: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, CloudError>;

    /// Writes an object as a whole, in place of any of that name.
    async fn put_object(
        &self,
        bucket: &BucketRef,
        name: &str,
        content: Vec<u8>,
        acl: Option<Acl>,
    ) -> Result<(), CloudError>;

    /// Deletes an object; that it was not there is no error.
    async fn delete_object(&self, bucket: &BucketRef, name: &str) -> Result<(), CloudError>;

    /// The access control list of an object itself.
    async fn object_acl(&self, bucket: &BucketRef, name: &str) -> Result<Acl, CloudError>;
}
