//! Whether a key that was found works: asked of its issuer by the one call that changes nothing and needs no
//! right, `sts:GetCallerIdentity`, and only where a person allows it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use claviger_cloud::{CloudError, Credentials, caller_identity};
use claviger_dial::Guard;
use claviger_model::{Finding, Provider, Secret};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::cli::exit::say;

/// Between two calls to one endpoint: issuers count what is asked, and many calls look like an attack.
const PAUSE: Duration = Duration::from_millis(250);
/// Where keys are checked unless told otherwise.
const ENDPOINTS: [(Provider, &str); 2] =
    [(Provider::Aliyun, "https://sts.aliyuncs.com"), (Provider::Aws, "https://sts.amazonaws.com")];

/// What the issuer says of a key.
#[derive(Debug, Clone)]
pub(super) enum Live {
    /// It works.
    Active {
        /// The account it belongs to, where the issuer tells.
        account: String,
        /// Who it is.
        arn: String,
    },
    /// It does not work.
    Refused(String),
    /// It was not asked.
    Skipped(String),
    /// No answer came.
    Unknown(String),
}

impl Live {
    /// As data.
    pub(super) fn as_json(&self) -> Value {
        match self {
            Self::Active { account, arn } => {
                json!({ "status": "active", "account": account, "arn": arn })
            }
            Self::Refused(why) => json!({ "status": "refused", "why": why }),
            Self::Skipped(why) => json!({ "status": "skipped", "why": why }),
            Self::Unknown(why) => json!({ "status": "unknown", "why": why }),
        }
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Active { account, arn } => format!("works: account {account}, {arn}"),
            Self::Refused(why) => format!("does not work: {why}"),
            Self::Skipped(why) => format!("not checked: {why}"),
            Self::Unknown(why) => format!("could not be checked: {why}"),
        }
    }
}

/// Checks keys, each once.
pub(super) struct Checker<'c> {
    guard: &'c Guard,
    handle: &'c Handle,
    endpoints: Vec<(Provider, String)>,
    known: HashMap<(String, String), Live>,
    asked: HashMap<String, Instant>,
}

impl<'c> Checker<'c> {
    /// A checker. `endpoints`: where to ask instead, as `aliyun=http://…`.
    ///
    /// # Errors
    /// An endpoint is not written so.
    pub(super) fn new(
        guard: &'c Guard,
        handle: &'c Handle,
        endpoints: &[String],
    ) -> anyhow::Result<Self> {
        let mut all: Vec<(Provider, String)> =
            ENDPOINTS.map(|(provider, endpoint)| (provider, endpoint.to_owned())).into();
        for text in endpoints {
            let (name, endpoint) = text.split_once('=').context(
                "an endpoint is written as `aliyun=https://sts.cn-hangzhou.aliyuncs.com`",
            )?;
            let Some(known) = all.iter_mut().find(|(provider, _)| provider.as_str() == name) else {
                bail!("keys of `{name}` are not checked (hint: `aliyun=…` or `aws=…`)");
            };
            endpoint.clone_into(&mut known.1);
        }
        Ok(Self { guard, handle, endpoints: all, known: HashMap::new(), asked: HashMap::new() })
    }

    /// What is known of a finding's key; `None` for what is no key with its secret.
    pub(super) fn check(&mut self, finding: &Finding) -> Option<Live> {
        let (id, secret) = (finding.access_key_id.as_ref()?, finding.secret.as_ref()?);
        let provider = finding.provider?;
        let skipped = |why: &str| Some(Live::Skipped(why.to_owned()));
        let known = self.endpoints.iter().find(|(known, _)| *known == provider);
        let Some((_, endpoint)) = known.cloned() else {
            return skipped("no call of this issuer is known to be harmless");
        };
        if let Some(why) = finding.why.iter().find(|why| why.starts_with("canary")) {
            say(&format!(
                "warning: {id} is a decoy ({why}): it was not checked, since using it calls its owner"
            ));
            return skipped("a decoy that calls its owner when it is used");
        }
        if id.as_str().starts_with("STS.") || id.as_str().starts_with("ASIA") {
            return skipped("a temporary key works only with its token");
        }
        let place = (format!("{id} {:?}", secret.fingerprint), endpoint.clone());
        if let Some(live) = self.known.get(&place) {
            return Some(live.clone());
        }
        let credentials = Credentials {
            access_key_id: id.as_str().to_owned(),
            secret: Secret::new(secret.value.reveal().to_owned()),
            security_token: None,
        };
        self.wait(&endpoint);
        let call = caller_identity(provider, &endpoint, credentials, self.guard);
        let live = match self.handle.block_on(call) {
            Ok(identity) => Live::Active { account: identity.account, arn: identity.arn },
            // Only a key that was accepted can lack a right.
            Err(CloudError::Denied(_)) => {
                Live::Active { account: "unknown".to_owned(), arn: "not told".to_owned() }
            }
            Err(CloudError::CredentialRefused(refusal) | CloudError::TokenExpired(refusal)) => {
                Live::Refused(refusal.code.clone())
            }
            Err(error) => Live::Unknown(claviger_service::chain(&error)),
        };
        self.known.insert(place, live.clone());
        Some(live)
    }

    fn wait(&mut self, endpoint: &str) {
        if let Some(asked) = self.asked.get(endpoint) {
            std::thread::sleep(PAUSE.saturating_sub(asked.elapsed()));
        }
        self.asked.insert(endpoint.to_owned(), Instant::now());
    }
}
