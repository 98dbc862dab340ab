//! What the credentials of a connection may do with the sources of log lines that are read with it: each call is made
//! once on every one of them.

use claviger_cloud::{BucketRef, Cloud, CloudError, LogStart, LogStore, Pulled, Right, Trail};
use claviger_model::{Connection, Feed, Provider};
use claviger_store::log_sources;
use jiff::{SignedDuration, Timestamp};

use super::capabilities::{Capability, Verdict, Went, went};
use crate::{Service, ServiceError};

/// A stretch of a trail that is short enough for one page.
const LOOKED_AT: SignedDuration = SignedDuration::from_secs(60);

impl Service {
    /// Tries the rights of each kind of source that the provider has.
    pub(super) async fn try_sources(
        &self,
        connection: &Connection,
        cloud: &dyn Cloud,
    ) -> Result<Vec<(Right, Capability)>, ServiceError> {
        let mut reader = self.store().read().await?;
        let sources = log_sources::list(&mut reader).await?;
        drop(reader);
        let mut feeds: Vec<Feed> = Vec::new();
        for source in sources {
            let is_own = source.connection_id.as_ref() == Some(&connection.id);
            if is_own && !feeds.contains(&source.feed) {
                feeds.push(source.feed);
            }
        }
        let mut all = Vec::new();
        let provider = connection.provider;
        for kind in Pulled::ALL.iter().filter(|kind| kind.providers().contains(&provider)) {
            let fed =
                |feed: &&Feed| Pulled::of(feed).is_some_and(|it| it.as_str() == kind.as_str());
            let own: Vec<&Feed> = feeds.iter().filter(fed).collect();
            if own.is_empty() {
                all.extend(not_tried(kind, provider));
            }
            for feed in own {
                all.extend(tried(feed, cloud, self.now()).await);
            }
        }
        Ok(all)
    }
}

/// Without a source there is nothing that would be read. What a bucket is read by was tried before.
fn not_tried(kind: &Pulled, provider: Provider) -> Vec<(Right, Capability)> {
    let how = match kind {
        Pulled::Bucket { .. } => return Vec::new(),
        Pulled::Sls { .. } => "--sls PROJECT/LOGSTORE",
        Pulled::ActionTrail => "--actiontrail",
        Pulled::CloudTrail => "--cloudtrail",
    };
    let why = format!(
        "no source of this connection needs it (`claviger sources add NAME {how} --connection ID` sets one up)"
    );
    let went = (Verdict::NotTried, Some(why));
    kind.rights(provider)
        .into_iter()
        .map(|right| capability(kind, right, None, went.clone()))
        .collect()
}

fn capability(
    of: &Pulled,
    right: Right,
    on: Option<String>,
    (verdict, answer): Went,
) -> (Right, Capability) {
    let (name, purpose) = (right.name, of.purpose());
    (right, Capability { right: name, purpose, on, verdict, answer })
}

async fn tried(feed: &Feed, cloud: &dyn Cloud, now: Timestamp) -> Vec<(Right, Capability)> {
    let Some(pulled) = Pulled::of(feed) else { return Vec::new() };
    let rights = pulled.rights(cloud.provider());
    match feed {
        Feed::Sls { endpoint, project, logstore } => {
            let (endpoint, project) = (endpoint.clone(), project.clone());
            let store = LogStore { endpoint, project, logstore: logstore.clone() };
            try_logstore((&pulled, rights), cloud, &store).await
        }
        Feed::ActionTrail { endpoint } | Feed::CloudTrail { endpoint } => {
            let mut all = Vec::new();
            for region in cloud.trail_regions() {
                let (endpoint, on) = (endpoint.clone(), Some(region.clone()));
                let trail = Trail { endpoint, region: Some(region) };
                let looked = cloud.lookup_events(&trail, (now - LOOKED_AT, now), None).await;
                let went = went(&looked);
                let noted = |right| capability(&pulled, right, on.clone(), went.clone());
                all.extend(rights.iter().cloned().map(noted));
            }
            all
        }
        Feed::Bucket { bucket, prefix } => {
            let bucket = crate::source::bucket_of(bucket);
            try_log_bucket((&pulled, rights), cloud, (&bucket, prefix)).await
        }
        Feed::Push | Feed::Folder { .. } | Feed::Fluent { .. } | Feed::Nats { .. } => Vec::new(),
    }
}

/// A shard that is not there is asked for all the same where shards may not be listed: who may not is told so first.
async fn try_logstore(
    (pulled, rights): (&Pulled, Vec<Right>),
    cloud: &dyn Cloud,
    store: &LogStore,
) -> Vec<(Right, Capability)> {
    let shards = cloud.log_shards(store).await;
    let shard = shards.as_ref().ok().and_then(|all| all.first()).copied().unwrap_or_default();
    let cursor: Result<String, CloudError> = cloud.log_cursor(store, shard, LogStart::Begin).await;
    let on = format!("{}/{}", store.project, store.logstore);
    let of = |right: Right| {
        let went = match right.name {
            "log:ListShards" => went(&shards),
            _ => went(&cursor),
        };
        capability(pulled, right, Some(on.clone()), went)
    };
    rights.into_iter().map(of).collect()
}

/// Reading is tried on the first file that is there.
async fn try_log_bucket(
    (pulled, rights): (&Pulled, Vec<Right>),
    cloud: &dyn Cloud,
    (bucket, prefix): (&BucketRef, &str),
) -> Vec<(Right, Capability)> {
    let listed = cloud.list_objects(bucket, prefix, None, None, 1).await;
    let first = listed.as_ref().map(|page| page.objects.first());
    let (read, file) = match first {
        Ok(Some(file)) => {
            let read = cloud.read_object(bucket, &file.name, 0..1).await;
            (went(&read), format!("{}/{}", bucket.name, file.name))
        }
        Ok(None) => not_there("no file is there to try it on", bucket, prefix),
        Err(_) => not_there("the files cannot be listed", bucket, prefix),
    };
    let mut tries = [(bucket.name.clone(), went(&listed)), (file, read)].into_iter();
    let of = |right: Right| {
        let (on, went) = tries.next()?;
        Some(capability(pulled, right, Some(on), went))
    };
    // The right to list is the first of the two.
    rights.into_iter().filter_map(of).collect()
}

fn not_there(why: &str, bucket: &BucketRef, prefix: &str) -> (Went, String) {
    ((Verdict::NotTried, Some(why.to_owned())), format!("{}/{prefix}", bucket.name))
}
