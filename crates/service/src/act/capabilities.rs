//! What the credentials of a connection may do: each call that Claviger reads by is made once, on the first bucket
//! and object that the account lists, and on the sources of log lines that are read with it. Nothing is changed, so
//! what plans need is not tried.

use claviger_cloud::{BucketRef, Cloud, CloudError, Listed, Reading, Right, policy_of_rights};
use claviger_model::{ConnectionId, Provider};

use crate::clouds::Area;
use crate::{Service, ServiceError, chain};

/// A name that no object, version or user is expected to have: that it is not there is an answer, too.
const NOBODY: &str = "claviger-connection-test";

/// What became of the try of one right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The provider carried the call out.
    Allowed,
    /// It refused: the right is missing.
    Refused,
    /// It answered neither, or nothing at all.
    Unanswered,
    /// This store has no such call: there is nothing to grant.
    Lacking,
    /// What would have to be known first was refused.
    NotTried,
}

impl Verdict {
    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
            Self::Lacking => "lacking",
            Self::NotTried => "not_tried",
        }
    }

    /// The words on pages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::Refused => "Not allowed",
            Self::Unanswered => "No answer",
            Self::Lacking => "Not there",
            Self::NotTried => "Not tried",
        }
    }
}

/// One right that reading needs, and whether the credentials have it.
#[derive(Debug, Clone)]
pub struct Capability {
    /// The right, as policies name it.
    pub right: &'static str,
    /// What Claviger needs it for.
    pub purpose: &'static str,
    /// What it was tried on, where that is a bucket or an object.
    pub on: Option<String>,
    /// Whether the credentials have it.
    pub verdict: Verdict,
    /// What was answered instead, with the way out.
    pub answer: Option<String>,
}

/// Rights that the provider said are missing.
#[derive(Debug, Clone)]
pub struct MissingRights {
    /// As policies name them.
    pub rights: Vec<&'static str>,
    /// The smallest policy that grants them, ready to be attached to the user of the connection.
    pub policy: String,
}

/// The test of a connection.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Every right that reading needs, in the order of [`Reading::ALL`], and behind them those of sources.
    pub capabilities: Vec<Capability>,
    /// What is missing; `None` where nothing is.
    pub missing: Option<MissingRights>,
}

/// How a call went: as the verdict says, with the answer where it is no success.
pub(super) type Went = (Verdict, Option<String>);

impl Service {
    /// Tries what the credentials of a connection may do, without changing anything.
    ///
    /// # Errors
    /// The connection does not exist or cannot be opened.
    pub async fn capabilities(&self, id: &ConnectionId) -> Result<Trial, ServiceError> {
        let (connection, cloud) = self.cloud(id).await?;
        let listed = cloud.list_buckets().await;
        self.note_health(id, Area::Buckets, listed.as_ref().err()).await?;
        let bucket = listed.as_ref().ok().and_then(|all| all.first()).map(|one| one.reference());
        let mut tries = Tries::of(connection.provider);
        tries.note(Reading::Buckets, None, went(&listed));
        match &bucket {
            Some(bucket) => try_bucket(&mut tries, cloud.as_ref(), bucket).await,
            None => tries.skip_bucket(listed.is_ok()),
        }
        let account_block = cloud.public_access_block(None).await;
        tries.note(Reading::AccountBlock, None, went(&account_block));
        try_keys(&mut tries, cloud.as_ref()).await;
        let of_sources = self.try_sources(&connection, cloud.as_ref()).await?;
        Ok(tries.end(of_sources))
    }
}

/// What was tried so far.
struct Tries {
    provider: Provider,
    all: Vec<(Reading, Capability)>,
}

impl Tries {
    fn of(provider: Provider) -> Self {
        Self { provider, all: Vec::new() }
    }

    /// Keeps how something went that the provider has a right for.
    fn note(&mut self, reading: Reading, on: Option<String>, (verdict, answer): Went) {
        let Some(right) = reading.right(self.provider) else { return };
        let purpose = reading.purpose();
        self.all.push((reading, Capability { right, purpose, on, verdict, answer }));
    }

    /// Without a bucket there is nothing to try the rights on that are about one.
    fn skip_bucket(&mut self, may_list: bool) {
        let why = match may_list {
            true => "the account has no bucket to try it on",
            false => "the buckets cannot be listed",
        };
        for reading in OF_BUCKET.into_iter().chain(OF_OBJECT) {
            self.note(reading, None, (Verdict::NotTried, Some(why.to_owned())));
        }
    }

    fn end(mut self, of_sources: Vec<(Right, Capability)>) -> Trial {
        let place = |reading| Reading::ALL.iter().position(|one| *one == reading);
        self.all.sort_by_key(|(reading, _)| place(*reading));
        let of_account = self.all.into_iter().map(|(_, one)| {
            let right = Right { name: one.right, resource: None };
            (right, one)
        });
        let all: Vec<(Right, Capability)> = of_account.chain(of_sources).collect();
        let refused = all.iter().filter(|(_, one)| one.verdict == Verdict::Refused);
        let mut lacked: Vec<Right> = refused.map(|(right, _)| right.clone()).collect();
        let mut rights: Vec<&'static str> = Vec::new();
        for right in &lacked {
            if !rights.contains(&right.name) {
                rights.push(right.name);
            }
        }
        lacked.sort_unstable();
        lacked.dedup();
        let missing = (!rights.is_empty()).then(|| {
            let policy = policy_of_rights(self.provider, &lacked);
            MissingRights { rights, policy }
        });
        Trial { capabilities: all.into_iter().map(|(_, one)| one).collect(), missing }
    }
}

/// The rights that are about a bucket, and those about what is in it.
const OF_BUCKET: [Reading; 6] = [
    Reading::BucketAcl,
    Reading::BucketBlock,
    Reading::BucketPolicy,
    Reading::BucketLogging,
    Reading::BucketStat,
    Reading::Objects,
];
const OF_OBJECT: [Reading; 4] =
    [Reading::Content, Reading::ObjectAcl, Reading::Versions, Reading::VersionContent];

async fn try_bucket(tries: &mut Tries, cloud: &dyn Cloud, bucket: &BucketRef) {
    let of = Listed { bucket, object: None };
    let (acl, block, policy, logging, stat, page) = tokio::join!(
        cloud.acl(of),
        cloud.public_access_block(Some(bucket)),
        cloud.bucket_policy(bucket),
        cloud.bucket_logging(bucket),
        cloud.bucket_stat(bucket),
        cloud.list_objects(bucket, "", None, None, 1),
    );
    for (reading, went) in [
        (Reading::BucketAcl, went(&acl)),
        (Reading::BucketBlock, went(&block)),
        (Reading::BucketPolicy, went(&policy)),
        (Reading::BucketLogging, went(&logging)),
        (Reading::BucketStat, went(&stat)),
        (Reading::Objects, went(&page)),
    ] {
        tries.note(reading, Some(bucket.name.clone()), went);
    }
    let first = page.as_ref().map(|page| page.objects.first().map(|one| one.name.clone()));
    match first {
        Ok(first) => try_object(tries, cloud, bucket, first.as_deref()).await,
        // Where objects may not be listed, one that is not there is refused like one that may not be read.
        Err(_) => {
            for reading in OF_OBJECT {
                let why = "the objects of the bucket cannot be listed".to_owned();
                tries.note(reading, None, (Verdict::NotTried, Some(why)));
            }
        }
    }
}

/// Tries an object that is there, or one that is not.
async fn try_object(tries: &mut Tries, cloud: &dyn Cloud, bucket: &BucketRef, first: Option<&str>) {
    let name = first.unwrap_or(NOBODY);
    let (content, acl, versions) = tokio::join!(
        cloud.read_object(bucket, name, 0..1),
        cloud.object_acl(bucket, name),
        cloud.object_versions(bucket, name),
    );
    let on = first.map_or_else(|| bucket.name.clone(), |name| format!("{}/{name}", bucket.name));
    tries.note(Reading::Content, Some(on.clone()), went(&content));
    tries.note(Reading::ObjectAcl, Some(on.clone()), went(&acl));
    tries.note(Reading::Versions, Some(on.clone()), went(&versions));
    let there = versions.as_ref().map(|all| all.iter().find(|one| !one.is_marker));
    let version_content = match there {
        Ok(Some(version)) => went(&cloud.read_version(bucket, name, &version.id, 0..1).await),
        Ok(None) => (Verdict::NotTried, Some("the bucket has no version to try it on".to_owned())),
        Err(error) if error.is_lacking() => went(&versions),
        Err(_) => (Verdict::NotTried, Some("the versions cannot be listed".to_owned())),
    };
    tries.note(Reading::VersionContent, Some(on), version_content);
}

/// Listing every key asks for users, too, and for keys only where there are users; the keys of one who is not there
/// are asked for all the same.
async fn try_keys(tries: &mut Tries, cloud: &dyn Cloud) {
    let listed = cloud.list_keys().await.map(drop);
    let asked = cloud.keys_of_user(NOBODY).await.map(drop);
    for reading in [Reading::Users, Reading::User, Reading::Keys] {
        let Some(right) = reading.right(tries.provider) else { continue };
        let asks = if reading == Reading::Users { &listed } else { &asked };
        let refusing = [&listed, &asked].into_iter().find(|answer| missing(answer) == Some(right));
        let verdict = match refusing {
            Some(answer) => went(answer),
            None => match missing(asks) {
                // Users are asked for first: what was refused came behind them.
                Some(_) if reading == Reading::Users => (Verdict::Allowed, None),
                Some(first) => {
                    (Verdict::NotTried, Some(format!("`{first}` was refused before it")))
                }
                None => went(asks),
            },
        };
        tries.note(reading, None, verdict);
    }
}

fn missing(answer: &Result<(), CloudError>) -> Option<&'static str> {
    answer.as_ref().err().and_then(CloudError::missing_right)
}

pub(super) fn went<T>(answer: &Result<T, CloudError>) -> Went {
    let Err(error) = answer else { return (Verdict::Allowed, None) };
    let verdict = match error {
        // Who may not look is told so, and not that there is nothing.
        CloudError::NotFound(_) => return (Verdict::Allowed, None),
        error if error.is_archived() => return (Verdict::Allowed, None),
        error if error.is_lacking() => Verdict::Lacking,
        error if error.missing_right().is_some() => Verdict::Refused,
        _ => Verdict::Unanswered,
    };
    (verdict, Some(format!("{} ({})", chain(error), error.hint())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_an_answer_is_no_missing_right() {
        let (call, why) = ("s3:ListBuckets", "made up".to_owned());
        let broken: Result<(), CloudError> = Err(CloudError::Malformed { call, why });
        let mut tries = Tries::of(Provider::Aws);
        tries.note(Reading::Buckets, None, went(&broken));
        let trial = tries.end(Vec::new());
        assert_eq!(trial.capabilities[0].verdict, Verdict::Unanswered);
        assert!(trial.missing.is_none(), "{trial:?}");
    }
}
