//! What the credentials of a connection may do with the sources of log lines that are read with it: each call is made
//! once on every one of them.

use claviger_cloud::{Cloud, CloudError, LogStart, LogStore, Pulled, Right, Trail};
use claviger_model::{Connection, Feed};
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
        for kind in Pulled::ALL.iter().filter(|kind| kind.provider() == connection.provider) {
            let fed =
                |feed: &&Feed| Pulled::of(feed).is_some_and(|it| it.as_str() == kind.as_str());
            let own: Vec<&Feed> = feeds.iter().filter(fed).collect();
            if own.is_empty() {
                all.extend(not_tried(kind));
            }
            for feed in own {
                all.extend(tried(feed, cloud, self.now()).await);
            }
        }
        Ok(all)
    }
}

/// Without a source there is nothing that would be read.
fn not_tried(kind: &Pulled) -> Vec<(Right, Capability)> {
    let how = match kind {
        Pulled::Sls { .. } => "--sls PROJECT/LOGSTORE",
        Pulled::ActionTrail => "--actiontrail",
        Pulled::CloudTrail => "--cloudtrail",
    };
    let why = format!(
        "no source of this connection needs it (`claviger sources add NAME {how} --connection ID` sets one up)"
    );
    let went = (Verdict::NotTried, Some(why));
    kind.rights().into_iter().map(|right| capability(kind, right, None, went.clone())).collect()
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
    match feed {
        Feed::Sls { endpoint, project, logstore } => {
            let (endpoint, project) = (endpoint.clone(), project.clone());
            let store = LogStore { endpoint, project, logstore: logstore.clone() };
            try_logstore(&pulled, cloud, &store).await
        }
        Feed::ActionTrail { endpoint } | Feed::CloudTrail { endpoint } => {
            let mut all = Vec::new();
            for region in cloud.trail_regions() {
                let (endpoint, on) = (endpoint.clone(), Some(region.clone()));
                let trail = Trail { endpoint, region: Some(region) };
                let looked = cloud.lookup_events(&trail, (now - LOOKED_AT, now), None).await;
                let went = went(&looked);
                let noted = |right| capability(&pulled, right, on.clone(), went.clone());
                all.extend(pulled.rights().into_iter().map(noted));
            }
            all
        }
        Feed::Push | Feed::Folder { .. } | Feed::Fluent { .. } | Feed::Nats { .. } => Vec::new(),
    }
}

/// A shard that is not there is asked for all the same where shards may not be listed: who may not is told so first.
async fn try_logstore(
    pulled: &Pulled,
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
    pulled.rights().into_iter().map(of).collect()
}
