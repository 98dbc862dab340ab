//! Phone calls by Alibaba Cloud: Dyvmsapi `SingleCallByTts`. A voice reads an approved template whose
//! variable `text` is what is said.

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::AlertMethod;
use serde_json::json;

use super::aliyun::Aliyun;
use crate::message::cut;
use crate::{Channel, Message, NotifyError, Receipt, Secrets};

/// Where the service is unless another endpoint is given.
const ENDPOINT: &str = "https://dyvmsapi.aliyuncs.com";

/// Characters of a variable that is read out.
const TEXT_MAX: usize = 100;

/// Calls from one account the number of a configuration.
#[derive(Debug)]
pub struct AliyunCall {
    aliyun: Aliyun,
    shown_number: Option<String>,
    template_code: String,
    to: String,
}

impl AliyunCall {
    /// The account of a method.
    ///
    /// # Errors
    /// The secret is missing, or the endpoint is no address.
    pub fn new(method: &AlertMethod, secrets: Secrets, guard: Guard) -> Result<Self, NotifyError> {
        let AlertMethod::AliyunCall { endpoint, access_key_id, shown_number, template_code, to } =
            method
        else {
            return Err(NotifyError::BadUrl);
        };
        let aliyun =
            Aliyun::new(endpoint.as_deref(), ENDPOINT, access_key_id, secrets.secret, guard)?;
        let (shown_number, template_code) = (shown_number.clone(), template_code.clone());
        Ok(Self { aliyun, shown_number, template_code, to: to.join(",") })
    }
}

#[async_trait]
impl Channel for AliyunCall {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let text = json!({ "text": cut(&message.spoken, TEXT_MAX) }).to_string();
        let mut parameters = vec![("CalledNumber", self.to.as_str())];
        if let Some(number) = &self.shown_number {
            parameters.push(("CalledShowNumber", number));
        }
        parameters.extend([
            ("OutId", message.id),
            ("TtsCode", self.template_code.as_str()),
            ("TtsParam", text.as_str()),
        ]);
        self.aliyun.call("SingleCallByTts", &parameters, message.at).await
    }
}
