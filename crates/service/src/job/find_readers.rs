//! Searches the history for who read the objects in which a key was found.

use claviger_model::AccessKeyId;

use super::Ending;
use crate::gather::readers;
use crate::{Service, ServiceError};

pub(super) async fn run(service: &Service, key: &AccessKeyId) -> Result<Ending, ServiceError> {
    readers::search(service, key).await?;
    Ok(Ending::Done)
}
