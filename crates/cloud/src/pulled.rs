//! Sources of log lines that are read with the credentials of a connection: each with the rights that it needs, so that
//! the policy of a source, the test of a connection and what a refused source is told speak of the same.
//!
//! Sources: Log Service documentation, "RAM authorization" (cursors and records share one action, and a logstore is
//! a resource); `ActionTrail` documentation, "RAM authorization", and AWS service authorization reference,
//! "`CloudTrail`" (neither look-up is about a resource).

use claviger_model::{Feed, Provider};

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
}

impl Pulled {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Sls { place: None }, Self::ActionTrail, Self::CloudTrail];

    /// What a source is fed by; `None` where no connection reads it.
    #[must_use]
    pub fn of(feed: &Feed) -> Option<Self> {
        match feed {
            Feed::Sls { project, logstore, .. } => {
                Some(Self::Sls { place: Some((project.clone(), logstore.clone())) })
            }
            Feed::ActionTrail { .. } => Some(Self::ActionTrail),
            Feed::CloudTrail { .. } => Some(Self::CloudTrail),
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
        }
    }

    /// The source of a word; `read_sls:PROJECT/LOGSTORE` is that logstore alone.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let Some((kind, place)) = word.split_once(':') else {
            return Self::ALL.into_iter().find(|one| one.as_str() == word);
        };
        let (project, logstore) = place.split_once('/')?;
        let is_plain = |name: &str| {
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !name.is_empty() && name.bytes().all(letter)
        };
        let fits = kind == "read_sls" && is_plain(project) && is_plain(logstore);
        fits.then(|| Self::Sls { place: Some((project.to_owned(), logstore.to_owned())) })
    }

    /// Whose it is.
    #[must_use]
    pub fn provider(&self) -> Provider {
        match self {
            Self::Sls { .. } | Self::ActionTrail => Provider::Aliyun,
            Self::CloudTrail => Provider::Aws,
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
        }
    }

    /// The rights that reading it needs.
    #[must_use]
    pub fn rights(&self) -> Vec<Right> {
        let names: &[&'static str] = match self {
            Self::Sls { .. } => &["log:GetCursorOrData", "log:ListShards"],
            Self::ActionTrail => &["actiontrail:LookupEvents"],
            Self::CloudTrail => &["cloudtrail:LookupEvents"],
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
    pub fn policy(&self) -> String {
        policy_of_rights(self.provider(), &self.rights())
    }
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
    }

    #[test]
    fn a_policy_names_the_logstore_where_it_is_known() {
        let of = |word: &str| Pulled::from_word(word).unwrap().policy();
        let place = "\"Resource\":\"acs:log:*:*:project/p/logstore/l\"";
        assert!(of("read_sls:p/l").contains(place), "{}", of("read_sls:p/l"));
        assert!(of("read_sls").contains("\"Resource\":\"*\""), "{}", of("read_sls"));
        assert!(of("read_cloudtrail").contains("2012-10-17"), "{}", of("read_cloudtrail"));
    }
}
