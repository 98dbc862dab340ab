//! Text messages by Alibaba Cloud: Dysmsapi `SendSms`. What is said fills the variable `text` of an approved
//! template. `OutId` carries the delivery's id, by which the provider's log is searched.

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::AlertMethod;
use serde_json::json;

use super::aliyun::Aliyun;
use crate::message::cut;
use crate::{Channel, Message, NotifyError, Receipt, Secrets};

/// Where the service is unless another endpoint is given.
const ENDPOINT: &str = "https://dysmsapi.aliyuncs.com";

/// Characters of a variable: what a template's variable may hold at most.
const TEXT_MAX: usize = 35;

/// Sends from one account to the numbers of a configuration.
#[derive(Debug)]
pub struct AliyunSms {
    aliyun: Aliyun,
    sign_name: String,
    template_code: String,
    to: String,
}

impl AliyunSms {
    /// The account of a method.
    ///
    /// # Errors
    /// The secret is missing, or the endpoint is no address.
    pub fn new(method: &AlertMethod, secrets: Secrets, guard: Guard) -> Result<Self, NotifyError> {
        let AlertMethod::AliyunSms { endpoint, access_key_id, sign_name, template_code, to } =
            method
        else {
            return Err(NotifyError::BadUrl);
        };
        let aliyun =
            Aliyun::new(endpoint.as_deref(), ENDPOINT, access_key_id, secrets.secret, guard)?;
        let (sign_name, template_code) = (sign_name.clone(), template_code.clone());
        Ok(Self { aliyun, sign_name, template_code, to: to.join(",") })
    }
}

#[async_trait]
impl Channel for AliyunSms {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let text = json!({ "text": cut(&message.spoken, TEXT_MAX) }).to_string();
        let parameters = [
            ("OutId", message.id),
            ("PhoneNumbers", self.to.as_str()),
            ("SignName", self.sign_name.as_str()),
            ("TemplateCode", self.template_code.as_str()),
            ("TemplateParam", text.as_str()),
        ];
        self.aliyun.call("SendSms", &parameters, message.at).await
    }
}
