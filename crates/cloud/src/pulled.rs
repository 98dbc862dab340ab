//! Sources of log lines that are read with the credentials of a connection: each with the rights that it needs, so that
//! the policy of a source, the test of a connection and what a refused source is told speak of the same.
//!
//! Sources: Log Service documentation, "RAM authorization" (cursors and records share one action, and a logstore is
//! a resource); `ActionTrail` documentation, "RAM authorization", and AWS service authorization reference,
//! "`CloudTrail`" (neither look-up is about a resource); OSS documentation, "RAM policies", and AWS service authorization
//! reference, "S3" (names are listed of a bucket, and contents read of objects).

use claviger_model::{Feed, Provider};

use crate::reading::Reading;
use crate::rights::{Right, policy_of_rights};

/// A source that is read with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pulled {
    /// A logstore of Alibaba Cloud's Log Service.
    Sls {
        /// Its project and its name; `None`: any.
        place: Option<(String, String)>,
    },
    /// Alibaba Cloud's `ActionTrail`.
    ActionTrail,
    /// AWS `CloudTrail`.
    CloudTrail,
    /// A bucket that others write log files into.
    Bucket {
        /// Its name, and what the names of the files begin with; `None`: any.
        place: Option<(String, String)>,
    },
}

impl Pulled {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::Sls { place: None },
        Self::ActionTrail,
        Self::CloudTrail,
        Self::Bucket { place: None },
    ];

    /// What a source is fed by; `None` where no connection reads it.
    #[must_use]
    pub fn of(feed: &Feed) -> Option<Self> {
        match feed {
            Feed::Sls { project, logstore, .. } => {
                Some(Self::Sls { place: Some((project.clone(), logstore.clone())) })
            }
            Feed::ActionTrail { .. } => Some(Self::ActionTrail),
            Feed::CloudTrail { .. } => Some(Self::CloudTrail),
            Feed::Bucket { bucket, prefix } => {
                Some(Self::Bucket { place: Some((bucket.clone(), prefix.clone())) })
            }
            Feed::Push | Feed::Folder { .. } | Feed::Fluent { .. } | Feed::Nats { .. } => None,
        }
    }

    /// The word of its kind, beside those of actions.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Sls { .. } => "read_sls",
            Self::ActionTrail => "read_actiontrail",
            Self::CloudTrail => "read_cloudtrail",
            Self::Bucket { .. } => "read_bucket",
        }
    }

    /// The source of a word; `read_sls:PROJECT/LOGSTORE` is that logstore alone, `read_bucket:BUCKET/PREFIX` that
    /// part of a bucket.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let Some((kind, place)) = word.split_once(':') else {
            return Self::ALL.into_iter().find(|one| one.as_str() == word);
        };
        let (outer, inner) = place.split_once('/').unwrap_or((place, ""));
        let own = Some((outer.to_owned(), inner.to_owned()));
        match kind {
            "read_sls" if is_plain(outer, "-_") && is_plain(inner, "-_") => {
                Some(Self::Sls { place: own })
            }
            "read_bucket" if Self::is_place(outer, inner) => Some(Self::Bucket { place: own }),
            _ => None,
        }
    }

    /// Whether there can be a bucket of this name with files whose names begin so, and a policy can speak of them: it
    /// has wildcards and variables.
    #[must_use]
    pub fn is_place(bucket: &str, prefix: &str) -> bool {
        let odd = |letter: char| letter.is_control() || matches!(letter, '*' | '?' | '$');
        is_plain(bucket, "-_.") && prefix.len() <= 512 && !prefix.contains(odd)
    }

    /// Whose it is.
    #[must_use]
    pub fn providers(&self) -> &'static [Provider] {
        match self {
            Self::Sls { .. } | Self::ActionTrail => &[Provider::Aliyun],
            Self::CloudTrail => &[Provider::Aws],
            Self::Bucket { .. } => &Provider::WITH_BUCKETS,
        }
    }

    /// What Claviger needs its rights for.
    #[must_use]
    pub fn purpose(&self) -> &'static str {
        match self {
            Self::Sls { .. } => "read requests on buckets from the Log Service, seconds late",
            Self::ActionTrail | Self::CloudTrail => {
                "read what is done with the account by its APIs"
            }
            Self::Bucket { .. } => "read log files that others write into a bucket",
        }
    }

    /// The rights that reading it needs at a provider.
    #[must_use]
    pub fn rights(&self, provider: Provider) -> Vec<Right> {
        let names: &[&'static str] = match self {
            Self::Sls { .. } => &["log:GetCursorOrData", "log:ListShards"],
            Self::ActionTrail => &["actiontrail:LookupEvents"],
            Self::CloudTrail => &["cloudtrail:LookupEvents"],
            Self::Bucket { place } => return rights_on_bucket(provider, place.as_ref()),
        };
        let resource = match self {
            Self::Sls { place: Some((project, logstore)) } => {
                Some(format!("acs:log:*:*:project/{project}/logstore/{logstore}"))
            }
            _ => None,
        };
        let right = |name: &&'static str| Right { name, resource: resource.clone() };
        names.iter().map(right).collect()
    }

    /// The smallest policy that grants them.
    #[must_use]
    pub fn policy(&self, provider: Provider) -> String {
        policy_of_rights(provider, &self.rights(provider))
    }
}

/// Whether a name is letters, digits and some signs, so that it means nothing else where it stands.
fn is_plain(name: &str, signs: &str) -> bool {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || signs.contains(letter);
    !name.is_empty() && name.len() <= 128 && name.chars().all(letter)
}

fn rights_on_bucket(provider: Provider, place: Option<&(String, String)>) -> Vec<Right> {
    let begin = if provider == Provider::Aliyun { "acs:oss:*:*:" } else { "arn:aws:s3:::" };
    let bucket = place.map(|(bucket, _)| format!("{begin}{bucket}"));
    let files = place.map(|(bucket, prefix)| format!("{begin}{bucket}/{prefix}*"));
    let rights = [(Reading::Objects, bucket), (Reading::Content, files)];
    let right = |(reading, resource): (Reading, _)| {
        Some(Right { name: reading.right(provider)?, resource })
    };
    rights.into_iter().filter_map(right).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_a_source_and_perhaps_its_place() {
        for one in Pulled::ALL {
            assert_eq!(Pulled::from_word(one.as_str()), Some(one));
        }
        let place = Some(("p-1".to_owned(), "l_2".to_owned()));
        assert_eq!(Pulled::from_word("read_sls:p-1/l_2"), Some(Pulled::Sls { place }));
        for wrong in
            ["", "disable", "read_sls:", "read_sls:p", "read_sls:p/*", "read_cloudtrail:p/l"]
        {
            assert_eq!(Pulled::from_word(wrong), None, "{wrong}");
        }
        for (word, bucket, prefix) in
            [("read_bucket:t", "t", ""), ("read_bucket:t/a/b", "t", "a/b")]
        {
            let place = Some((bucket.to_owned(), prefix.to_owned()));
            assert_eq!(Pulled::from_word(word), Some(Pulled::Bucket { place }));
        }
        for wrong in ["read_bucket:", "read_bucket:/a", "read_bucket:t/*", "read_bucket:t/${x}"] {
            assert_eq!(Pulled::from_word(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_policy_names_the_logstore_where_it_is_known() {
        let of = |provider, word: &str| Pulled::from_word(word).unwrap().policy(provider);
        let of_aliyun = |word| of(Provider::Aliyun, word);
        let place = "\"Resource\":\"acs:log:*:*:project/p/logstore/l\"";
        assert!(of_aliyun("read_sls:p/l").contains(place), "{}", of_aliyun("read_sls:p/l"));
        assert!(of_aliyun("read_sls").contains("\"Resource\":\"*\""), "{}", of_aliyun("read_sls"));
        let of_aws = of(Provider::Aws, "read_cloudtrail");
        assert!(of_aws.contains("2012-10-17"), "{of_aws}");
    }

    #[test]
    fn a_policy_lists_the_bucket_and_reads_what_begins_so() {
        let of = |provider| {
            let policy = Pulled::from_word("read_bucket:trail/AWSLogs/").unwrap().policy(provider);
            serde_json::from_str::<serde_json::Value>(&policy).unwrap()["Statement"].clone()
        };
        let statements = |list, get, bucket, files| {
            serde_json::json!([
                { "Effect": "Allow", "Action": [list], "Resource": bucket },
                { "Effect": "Allow", "Action": [get], "Resource": files },
            ])
        };
        let (bucket, files) = ("arn:aws:s3:::trail", "arn:aws:s3:::trail/AWSLogs/*");
        for provider in [Provider::Aws, Provider::S3] {
            assert_eq!(of(provider), statements("s3:ListBucket", "s3:GetObject", bucket, files));
        }
        let of_minio = of(Provider::Minio);
        assert_eq!(of_minio[0]["Resource"], serde_json::json!([bucket]), "{of_minio}");
        assert_eq!(of_minio[1]["Resource"], serde_json::json!([files]), "{of_minio}");
        let (bucket, files) = ("acs:oss:*:*:trail", "acs:oss:*:*:trail/AWSLogs/*");
        let expected = statements("oss:ListObjects", "oss:GetObject", bucket, files);
        assert_eq!(of(Provider::Aliyun), expected);
    }
}
