//! Custom policies of RAM.

use async_trait::async_trait;

use super::Aliyun;
use crate::CloudError;
use crate::cloud::Policies;
use crate::wire::Call;

#[async_trait]
impl Policies for Aliyun {
    async fn create_policy(&self, name: &str, document: &str) -> Result<(), CloudError> {
        let parameters = [("PolicyName", name), ("PolicyDocument", document)];
        match self.ram(Call::new("ram:CreatePolicy"), &parameters).await {
            Err(error) if error.has_code("EntityAlreadyExists.Policy") => {}
            answer => return answer.map(drop),
        }
        let parameters = [
            ("PolicyName", name),
            ("PolicyDocument", document),
            ("SetAsDefault", "true"),
            ("RotateStrategy", "DeleteOldestNonDefaultVersionWhenLimitExceeded"),
        ];
        self.ram(Call::new("ram:CreatePolicyVersion"), &parameters).await.map(drop)
    }

    async fn attach_policy(&self, user: &str, name: &str) -> Result<(), CloudError> {
        let parameters = [("UserName", user), ("PolicyName", name), ("PolicyType", "Custom")];
        match self.ram(Call::new("ram:AttachPolicyToUser"), &parameters).await {
            Err(error) if error.has_code("EntityAlreadyExists.User.Policy") => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn detach_policy(&self, user: &str, name: &str) -> Result<(), CloudError> {
        let parameters = [("UserName", user), ("PolicyName", name), ("PolicyType", "Custom")];
        match self.ram(Call::new("ram:DetachPolicyFromUser"), &parameters).await {
            Err(error) if error.has_code("EntityNotExist") => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn delete_policy(&self, name: &str) -> Result<(), CloudError> {
        let parameters = [("PolicyName", name), ("CascadingDelete", "true")];
        match self.ram(Call::new("ram:DeletePolicy"), &parameters).await {
            Err(error) if error.has_code("EntityNotExist") => Ok(()),
            answer => answer.map(drop),
        }
    }
}
