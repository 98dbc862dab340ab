//! Which requests give rights to whom: shared by the logs of control planes.
//!
//! Source: API references of IAM (AWS), RAM, IMS and Resource Manager (Alibaba Cloud).

use super::json::{Node, text};
use crate::grants::{GrantView, Subject, user_name};

/// A request that gives rights.
struct Gives {
    operation: &'static str,
    /// What has them then, and the parameter that names it.
    to: (Subject, &'static str),
    /// What it has them through, and the parameter that names that.
    through: Option<(Subject, &'static str)>,
}

/// The requests of one provider that give rights.
pub(super) struct GivingRights(&'static [Gives]);

const fn gives(operation: &'static str, to: (Subject, &'static str)) -> Gives {
    Gives { operation, to, through: None }
}

const fn through(
    operation: &'static str,
    to: (Subject, &'static str),
    through: (Subject, &'static str),
) -> Gives {
    Gives { operation, to, through: Some(through) }
}

const AWS_USER: (Subject, &str) = (Subject::User, "userName");
const AWS_ROLE: (Subject, &str) = (Subject::Role, "roleName");
const AWS_GROUP: (Subject, &str) = (Subject::Group, "groupName");
const AWS_POLICY: (Subject, &str) = (Subject::Policy, "policyArn");

/// AWS IAM.
pub(super) const AWS: GivingRights = GivingRights(&[
    through("AttachUserPolicy", AWS_USER, AWS_POLICY),
    through("AttachRolePolicy", AWS_ROLE, AWS_POLICY),
    through("AttachGroupPolicy", AWS_GROUP, AWS_POLICY),
    through("AddUserToGroup", AWS_USER, AWS_GROUP),
    gives("PutUserPolicy", AWS_USER),
    gives("PutRolePolicy", AWS_ROLE),
    gives("PutGroupPolicy", AWS_GROUP),
    gives("CreatePolicyVersion", AWS_POLICY),
    gives("SetDefaultPolicyVersion", AWS_POLICY),
    gives("UpdateAssumeRolePolicy", AWS_ROLE),
    gives("DeleteUserPermissionsBoundary", AWS_USER),
    gives("DeleteRolePermissionsBoundary", AWS_ROLE),
]);

const RAM_USER: (Subject, &str) = (Subject::User, "UserName");
const RAM_ROLE: (Subject, &str) = (Subject::Role, "RoleName");
const RAM_GROUP: (Subject, &str) = (Subject::Group, "GroupName");
const RAM_POLICY: (Subject, &str) = (Subject::Policy, "PolicyName");

/// Alibaba Cloud RAM.
pub(super) const RAM: GivingRights = GivingRights(&[
    through("AttachPolicyToUser", RAM_USER, RAM_POLICY),
    through("AttachPolicyToRole", RAM_ROLE, RAM_POLICY),
    through("AttachPolicyToGroup", RAM_GROUP, RAM_POLICY),
    through("AddUserToGroup", RAM_USER, RAM_GROUP),
    through("AddUserToGroup", (Subject::User, "UserPrincipalName"), RAM_GROUP),
    gives("CreatePolicyVersion", RAM_POLICY),
    gives("SetDefaultPolicyVersion", RAM_POLICY),
    gives("UpdateRole", RAM_ROLE),
]);

impl GivingRights {
    /// What a request that was carried out gave, in an account.
    pub(super) fn read<'a>(
        &self,
        operation: &str,
        account: &str,
        asked: Option<Node<'a>>,
    ) -> Option<Box<GrantView<'a>>> {
        let asked = asked?;
        let named =
            |(subject, parameter): (Subject, &str)| {
                let name = text(asked, &[parameter])?;
                Some(subject.named(
                    account,
                    if subject == Subject::User { user_name(&name) } else { &name },
                ))
            };
        let of_name = self.0.iter().filter(|gives| gives.operation == operation);
        of_name
            .filter_map(|gives| {
                Some(Box::new(GrantView {
                    operation: gives.operation.into(),
                    to: named(gives.to)?,
                    through: gives.through.and_then(named),
                }))
            })
            .next()
    }
}
