//! One signed call to RAM (2015-05-01), an RPC: the parameters travel in the query of a POST.

use serde::de::DeserializeOwned;

use super::Aliyun;
use crate::CloudError;
use crate::sign::{Parts, acs3, encode, sha256_hex};
use crate::wire::{Address, Answer, Call, Outgoing};

const VERSION: &str = "2015-05-01";
const FORM: &str = "application/x-www-form-urlencoded";
/// Pages of one listing: a bound against a service that never ends.
const PAGES_MAX: usize = 1_000;

impl Aliyun {
    /// Runs `ram:<action>`.
    pub(super) async fn ram(
        &self,
        call: Call,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, CloudError> {
        self.rpc(&self.accounts, VERSION, call, parameters).await
    }

    /// Runs `<service>:<action>` of an RPC service.
    pub(super) async fn rpc(
        &self,
        address: &Address,
        version: &str,
        call: Call,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, CloudError> {
        self.rpc_with_form(address, version, call, parameters, &[]).await
    }

    /// The same with parameters that must not stand in an address, which others log: they travel as a
    /// form in the body.
    pub(super) async fn rpc_with_form(
        &self,
        address: &Address,
        version: &str,
        call: Call,
        parameters: &[(&str, &str)],
        form: &[(&str, &str)],
    ) -> Result<Answer, CloudError> {
        let fields: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let body = fields.join("&").into_bytes();
        let action = call.name.split_once(':').map_or(call.name, |(_, action)| action);
        let mut query: Vec<(String, String)> = Vec::with_capacity(parameters.len());
        for (name, value) in parameters {
            query.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.exchange
            .run(&call, |now| {
                let mut parts = Parts::new("POST", "/");
                parts.query.clone_from(&query);
                parts.set_header("host", address.authority());
                parts.set_header("x-acs-action", action);
                parts.set_header("x-acs-version", version);
                if !body.is_empty() {
                    parts.set_header("content-type", FORM);
                    parts.payload_sha256 = sha256_hex(&body);
                }
                acs3::sign(&mut parts, &self.credentials.now(), &nonce()?, now);
                // Without it RAM answers in XML. Not signed, as the documents want it.
                parts.set_header("accept", "application/json");
                let url = address.url("/", &query)?;
                Outgoing::new(parts, url, body.clone())
            })
            .await
    }

    /// Runs a listing page by page. `page` says what a page holds and whether more follow.
    pub(super) async fn ram_pages<P: DeserializeOwned, T>(
        &self,
        name: &'static str,
        parameters: &[(&str, &str)],
        page: impl Fn(P) -> (Vec<T>, Option<String>),
    ) -> Result<Vec<T>, CloudError> {
        let mut all = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut asked = parameters.to_vec();
            if let Some(marker) = &marker {
                asked.push(("Marker", marker));
            }
            let (items, next) = page(self.ram(Call::new(name), &asked).await?.json(name)?);
            all.extend(items);
            match next {
                Some(next) => marker = Some(next),
                None => return Ok(all),
            }
        }
        Err(CloudError::Malformed { call: name, why: "the listing does not end".to_owned() })
    }
}

/// 128 random bits: a call and each of its repetitions need their own.
pub(crate) fn nonce() -> Result<String, CloudError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| CloudError::Settings { why: format!("no randomness: {error}") })?;
    Ok(hex::encode(bytes))
}
