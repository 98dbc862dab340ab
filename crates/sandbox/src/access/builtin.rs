//! The provider's own policies, which every account has: their names and what they grant.
//!
//! The real ones also speak of services that the practice cloud does not have.

use super::policy::{Policy, PolicyKind};

/// A policy of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BuiltinPolicy {
    /// Name.
    pub(crate) name: &'static str,
    /// What it is for.
    pub(crate) description: &'static str,
    /// The document.
    pub(crate) document: &'static str,
}

impl BuiltinPolicy {
    /// Every one, by name.
    pub(crate) const ALL: [Self; 7] = [
        Self {
            name: "AdministratorAccess",
            description: "Full access to all services and resources",
            document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        },
        Self {
            name: "AliyunKMSFullAccess",
            description: "Full access to Key Management Service",
            document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#,
        },
        Self {
            name: "AliyunOSSFullAccess",
            description: "Full access to Object Storage Service",
            document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}"#,
        },
        Self {
            name: "AliyunOSSReadOnlyAccess",
            description: "Read-only access to Object Storage Service",
            document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:Get*","oss:List*"],"Resource":"*"}]}"#,
        },
        Self {
            name: "AliyunRAMFullAccess",
            description: "Full access to Resource Access Management",
            document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*","Resource":"*"}]}"#,
        },
        Self {
            name: "AliyunRAMReadOnlyAccess",
            description: "Read-only access to Resource Access Management",
            document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["ram:Get*","ram:List*"],"Resource":"*"}]}"#,
        },
        Self {
            name: "AliyunSTSAssumeRoleAccess",
            description: "Access to call AssumeRole of Security Token Service",
            document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#,
        },
    ];

    /// The one of a name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name == name)
    }

    /// It, read.
    pub(super) fn read(self) -> Option<Policy> {
        Policy::parse(self.document, PolicyKind::Identity).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::BuiltinPolicy;

    #[test]
    fn every_builtin_policy_is_one() {
        for policy in BuiltinPolicy::ALL {
            assert!(policy.read().is_some(), "{}", policy.name);
        }
    }
}
