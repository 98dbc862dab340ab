//! Rights that requests gave to users, roles, groups and policies, and whose keys they reach.
//!
//! A policy that is put on a user reaches the keys of that user; one that is put on a group reaches those who
//! were seen to join it, a new version of a policy those to whom it was seen to be attached. What was joined or
//! attached before the logs begin is not known here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use jiff::Timestamp;

use crate::detector::Detector;
use crate::tenant::Tenant;
use crate::timeline::Timeline;
use crate::traits::{DAY, second};
use crate::watched::short_key;

/// Rights given to one subject that are remembered; of more the latest are.
const GRANTS_MAX: usize = 1_024;

/// Groups and policies through which rights are followed: a user, her groups, their policies.
const STEPS_MAX: usize = 3;

/// A request gave rights to somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Granted {
    /// When.
    pub at: Timestamp,
    /// The key that signed the request.
    pub by: AccessKeyId,
    /// The request.
    pub event_id: EventId,
    /// What it did, as its provider names it.
    pub operation: String,
    /// Who has the rights now: a [`Subject`] as text.
    pub to: String,
    /// The group that was joined, or the policy that was attached.
    pub through: Option<String>,
}

/// What rights are given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    User,
    Role,
    Group,
    Policy,
}

impl Subject {
    /// The text by which one of an account is known: `111122223333:user/backup`. Without the account where
    /// requests do not name it.
    pub(crate) fn named(self, account: &str, name: &str) -> String {
        let kind = match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Group => "group",
            Self::Policy => "policy",
        };
        // Names are told without their paths: nothing else of one account bears the same.
        let name = name.rsplit(['/', ':']).next().unwrap_or(name);
        format!("{account}:{kind}/{name}")
    }
}

/// In whose name a request was made, as [`Granted::to`] names it; `None` where its log does not say.
#[must_use]
pub fn principal_of(event: &AccessEvent) -> Option<String> {
    principal(event.access_key_id.as_ref()?, event.account.as_deref()?)
}

/// The same of a key and the account that a log names with it.
#[must_use]
pub fn principal(key: &AccessKeyId, account: &str) -> Option<String> {
    if let Some(arn) = account.strip_prefix("arn:") {
        let mut parts = arn.splitn(5, ':');
        let (_, service, _) = (parts.next()?, parts.next()?, parts.next()?);
        let (account, resource) = (parts.next()?, parts.next()?);
        let (kind, name) = resource.split_once('/')?;
        return match (service, kind) {
            ("iam", "user") => Some(Subject::User.named(account, name)),
            ("iam", "role") => Some(Subject::Role.named(account, name)),
            ("sts", "assumed-role") => {
                Some(Subject::Role.named(account, name.split('/').next().unwrap_or(name)))
            }
            _ => None,
        };
    }
    // RAM: a user by name, a session as `role:session`. Numbers are ids, which grants do not name.
    let is_ram = ["LTAI", "STS.", "TMP."].iter().any(|begin| key.as_str().starts_with(begin));
    if !is_ram || account.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match account.split_once(':') {
        Some((role, _)) => Subject::Role.named("", role),
        None => Subject::User.named("", user_name(account)),
    })
}

/// A RAM user's name out of the one she signs in with: `backup@1234567890123456.onaliyun.com`.
pub(crate) fn user_name(principal: &str) -> &str {
    principal.split('@').next().unwrap_or(principal)
}

/// All rights that requests gave, as far as they are known.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    of_subject: HashMap<String, BTreeSet<Granted>>,
}

impl Grants {
    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of_subject.is_empty()
    }

    /// Adds one; one that is known already changes nothing.
    pub fn add(&mut self, granted: Granted) {
        let known = self.of_subject.entry(granted.to.clone()).or_default();
        known.insert(granted);
        if known.len() > GRANTS_MAX {
            known.pop_first();
        }
    }

    /// The groups and policies through which what is given to them reaches a subject, and itself.
    #[must_use]
    pub fn subjects(&self, principal: &str) -> BTreeSet<String> {
        let mut all = BTreeSet::from([principal.to_owned()]);
        let mut latest = vec![principal.to_owned()];
        for _ in 0..STEPS_MAX {
            let joined = latest.iter().filter_map(|subject| self.of_subject.get(subject)).flatten();
            let joined: Vec<String> =
                joined.filter_map(|granted| granted.through.clone()).collect();
            latest = joined.into_iter().filter(|subject| all.insert(subject.clone())).collect();
        }
        all
    }

    /// Everything that was given to a principal, by whatever way.
    pub fn reaching<'a>(&'a self, principal: &str) -> impl Iterator<Item = &'a Granted> + use<'a> {
        let subjects = self.subjects(principal).into_iter();
        subjects.filter_map(|subject| self.of_subject.get(&subject)).flatten()
    }
}

impl Detector {
    /// Tells it which keys of some events have rights that were given to their holders.
    pub fn grant_all(&mut self, grants: &Grants, events: &Timeline) {
        if grants.is_empty() {
            return;
        }
        let mut keys: BTreeMap<String, Vec<AccessKeyId>> = BTreeMap::new();
        for (key, account) in events.holders() {
            if let Some(principal) = principal(&key, account) {
                keys.entry(principal).or_default().push(key);
            }
        }
        for (principal, keys) in keys {
            self.grant(&keys, grants.reaching(&principal));
        }
    }
}

/// For so long after rights were given the holder's strange sources are under suspicion: later it is the
/// rights that are to be looked at, not who uses them.
const GRANT_LASTS: u32 = 30 * DAY;

/// Rights that somebody was given by a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grant {
    /// When.
    pub(crate) at: u32,
    /// The key with which they were given.
    pub(crate) by: AccessKeyId,
    /// By what request.
    pub(crate) operation: String,
    /// To whom: the holder, a group or a policy of hers.
    pub(crate) to: String,
}

/// All rights that somebody was given, by whatever way.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// By the key that gave them, as the tenant knows it.
    by: BTreeMap<u32, BTreeSet<Grant>>,
}

impl Reach {
    pub(crate) fn of<'a>(granted: impl IntoIterator<Item = &'a Granted>) -> Self {
        let mut reach = Self::default();
        for Granted { at, by, operation, to, .. } in granted {
            let grant = Grant {
                at: second(*at),
                by: by.clone(),
                operation: operation.clone(),
                to: to.clone(),
            };
            reach.by.entry(short_key(by)).or_default().insert(grant);
        }
        reach
    }

    /// Whether some of them were given with a key.
    pub(crate) fn is_by(&self, key: &AccessKeyId) -> bool {
        self.by.get(&short_key(key)).is_some_and(|grants| grants.iter().any(|one| one.by == *key))
    }

    /// The first that was given to the holder of a key in the days before a second by another key which
    /// was under alarm. What a key gives to its own holder says nothing of another's.
    pub(crate) fn by_suspect(&self, id: &AccessKeyId, tenant: &Tenant, now: u32) -> Option<&Grant> {
        let days = now.saturating_sub(GRANT_LASTS)..=now;
        let suspects = self.by.iter().filter(|(by, _)| tenant.may_be_alarmed(**by));
        let first = suspects.filter_map(|(by, grants)| {
            let mut recent = grants.iter().filter(|one| days.contains(&one.at) && one.by != *id);
            recent.find(|one| tenant.was_suspect(*by, one.at, now))
        });
        first.min()
    }
}

/// What a request gave, as its log's reader finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantView<'a> {
    /// [`Granted::operation`].
    pub(crate) operation: Cow<'a, str>,
    /// [`Granted::to`].
    pub(crate) to: String,
    /// [`Granted::through`].
    pub(crate) through: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> AccessKeyId {
        AccessKeyId::parse(id).unwrap()
    }

    #[test]
    fn a_principal_is_known_by_its_account_and_name_whatever_its_path_and_session() {
        let check = |id: &str, account: &str, expected: Option<&str>| {
            assert_eq!(principal(&key(id), account).as_deref(), expected, "{account}");
        };
        let aws = "AKIAFAKEFAKEFAKE0001";
        check(aws, "arn:aws:iam::111122223333:user/ops/backup", Some("111122223333:user/backup"));
        check(aws, "arn:aws-cn:iam::1:user/x", Some("1:user/x"));
        let session = "arn:aws:sts::111122223333:assumed-role/reader/i-0fa4e";
        check("ASIAFAKEFAKEFAKE0001", session, Some("111122223333:role/reader"));
        check(aws, "arn:aws:iam::111122223333:root", None);
        check(aws, "backup", None);
        let ram = "LTAI5tFAKEFAKEFAKE000001";
        check(ram, "backup", Some(":user/backup"));
        check(ram, "backup@1000000000000001.onaliyun.com", Some(":user/backup"));
        check("STS.NUfakeFAKEfakeFAKEfake01", "reader:session", Some(":role/reader"));
        check(ram, "200011112222333344", None);
    }

    #[test]
    fn rights_reach_through_groups_and_policies_that_were_joined() {
        let mut grants = Grants::default();
        let mut give = |number: i64, to: &str, through: Option<&str>| {
            let granted = Granted {
                at: Timestamp::from_second(number).unwrap(),
                by: key("AKIAFAKEFAKEFAKE0001"),
                event_id: EventId(number.to_string()),
                operation: String::new(),
                to: to.to_owned(),
                through: through.map(str::to_owned),
            };
            grants.add(granted.clone());
            grants.add(granted);
        };
        give(1, "1:user/x", Some("1:group/g"));
        give(2, "1:group/g", Some("1:policy/p"));
        give(3, "1:policy/p", None);
        give(4, "1:policy/q", None);
        give(5, "1:user/y", None);
        let reaching = |principal: &str| {
            let mut found: Vec<i64> =
                grants.reaching(principal).map(|one| one.at.as_second()).collect();
            found.sort_unstable();
            found
        };
        assert_eq!(reaching("1:user/x"), [1, 2, 3]);
        assert_eq!(reaching("1:user/y"), [5]);
        assert_eq!(reaching("1:user/z"), [0; 0]);
    }
}
