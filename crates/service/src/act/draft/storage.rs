//! Which bucket an action is about, and which versions of a file hold the key.

use claviger_cloud::Cloud;
use claviger_model::{BucketPlace, ConnectionId, RiskEvent};
use claviger_store::{assets, evidence};

use super::conflict;
use crate::gather::versions;
use crate::step::bucket_of;
use crate::{Service, ServiceError};

impl Service {
    /// A bucket by its name: of the event's own connection, else of those of its evidence, else of whichever
    /// has one of that name.
    pub(super) async fn bucket_place(
        &self,
        event: &RiskEvent,
        name: &str,
    ) -> Result<(ConnectionId, BucketPlace), ServiceError> {
        let mut reader = self.store().read().await?;
        let found = evidence::of_event(&mut reader, &event.id).await?;
        let near = found.iter().filter_map(|one| one.connection_id.as_ref());
        let near: Vec<&ConnectionId> = event.connection_id.iter().chain(near).collect();
        let mut asset = None;
        for connection_id in near {
            if asset.is_none() {
                asset = assets::find(&mut reader, connection_id, name).await?;
            }
        }
        if asset.is_none() {
            asset = assets::of_bucket(&mut reader, name).await?.into_iter().next();
        }
        let asset = asset.ok_or_else(|| ServiceError::not_found("bucket", name))?;
        let place =
            BucketPlace { name: asset.bucket, region: asset.region, endpoint: asset.endpoint };
        Ok((asset.connection_id, place))
    }

    /// The account that an event is about: the key's, else that of the storage where it leaked.
    pub(in crate::act) async fn store_of(
        &self,
        event: &RiskEvent,
    ) -> Result<ConnectionId, ServiceError> {
        if let Some(id) = &event.connection_id {
            return Ok(id.clone());
        }
        let mut reader = self.store().read().await?;
        let found = evidence::of_event(&mut reader, &event.id).await?;
        let id = found.into_iter().find_map(|one| one.connection_id);
        id.ok_or_else(|| {
            conflict("no connected account has to do with this event", "connect the account")
        })
    }

    /// The versions of a file that hold the event's key; none where its bucket keeps no versions.
    pub(super) async fn leaking_versions(
        &self,
        cloud: &dyn Cloud,
        event: &RiskEvent,
        place: &BucketPlace,
        object: &str,
    ) -> Result<Vec<String>, ServiceError> {
        let bucket = bucket_of(place);
        let Some(contents) = versions::contents(cloud, &bucket, object).await? else {
            return match cloud.head_object(&bucket, object).await? {
                Some(_) => Ok(Vec::new()),
                None => Err(ServiceError::not_found("file", object)),
            };
        };
        if contents.is_empty() {
            return Err(ServiceError::not_found("file", object));
        }
        if versions::are_too_large(&contents) {
            return Err(conflict(
                format!("the versions of `{object}` are too large to look for the key in each"),
                "delete those that hold it in the provider's own console",
            ));
        }
        let mut leaking = Vec::new();
        let mut judged: Vec<(String, bool)> = Vec::new();
        for version in contents {
            // The same content holds the same secret.
            let known = judged.iter().find(|(etag, _)| *etag == version.etag).map(|(_, it)| *it);
            let holds = match (known, &event.access_key_id) {
                (_, None) => true,
                (Some(holds), _) => holds,
                (None, Some(key)) => {
                    let of = (object, &version);
                    let found = versions::secrets_of(self, cloud, &bucket, of).await?;
                    // What could not be read may hold it: it is counted as holding it.
                    !found.is_whole || found.keys.contains(key)
                }
            };
            judged.push((version.etag.clone(), holds));
            if holds {
                leaking.push(version.id);
            }
        }
        if leaking.is_empty() {
            return Err(conflict(
                format!("no version of `{object}` holds the key"),
                "the evidence is checked again on its own; nothing is left to delete",
            ));
        }
        Ok(leaking)
    }
}
