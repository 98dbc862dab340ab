//! `claviger fetch`: one object, as a cloud's own tool would download it.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use claviger_cloud::{BucketRef, Credentials, Settings};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{Provider, Secret};

use super::{Exit, exit};

/// Bytes asked for at a time.
const RANGE_BYTES: u64 = 8 * 1024 * 1024;

/// Download one object, as a cloud's own tool would: for trying what a key opens
///
/// The key comes from the environment: `CLAVIGER_FETCH_KEY_ID` and `CLAVIGER_FETCH_KEY_SECRET`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  CLAVIGER_FETCH_KEY_ID=… CLAVIGER_FETCH_KEY_SECRET=… \\
    claviger fetch oss://examplebucket/exampledir/userdata.csv --endpoint http://127.0.0.1:25999")]
pub(crate) struct Args {
    /// The object: `oss://bucket/key` or `s3://bucket/key`
    address: String,
    /// Endpoint of the store; the provider's own unless given
    #[arg(long)]
    endpoint: Option<String>,
    /// Region
    #[arg(long, default_value = "cn-hangzhou")]
    region: String,
    /// Private network that the endpoint may lie in
    #[arg(long, default_value = "127.0.0.0/8")]
    allow_network: String,
    /// Where to write it; standard output unless given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let (provider, bucket, name) = parse(&args.address)?;
    let variable = |name: &str| {
        std::env::var(name).with_context(|| format!("the environment variable `{name}` is not set"))
    };
    let credentials = Credentials {
        access_key_id: variable("CLAVIGER_FETCH_KEY_ID")?,
        secret: Secret::new(variable("CLAVIGER_FETCH_KEY_SECRET")?),
        security_token: None,
    };
    let guard = Guard::new(GuardSettings {
        allowed_networks: vec![Network::parse(&args.allow_network)?],
        ..GuardSettings::default()
    })?;
    let settings = Settings {
        provider,
        region: args.region.clone(),
        endpoint: args.endpoint.clone(),
        accounts_endpoint: None,
        credentials: Some(credentials),
    };
    let cloud = claviger_cloud::connect(settings, &guard)?;
    let bucket = BucketRef { name: bucket.to_owned(), region: args.region.clone(), endpoint: None };
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let read = runtime.block_on(async {
        let mut bytes = Vec::new();
        loop {
            let start = bytes.len() as u64;
            let block = cloud.read_object(&bucket, name, start..start + RANGE_BYTES).await?;
            let last = (block.len() as u64) < RANGE_BYTES;
            bytes.extend_from_slice(&block);
            if last {
                return Ok::<_, claviger_cloud::CloudError>(bytes);
            }
        }
    });
    match read {
        Ok(bytes) => {
            match &args.output {
                Some(path) => std::fs::write(path, &bytes)
                    .with_context(|| format!("cannot write `{}`", path.display()))?,
                None => std::io::stdout().lock().write_all(&bytes)?,
            }
            exit::say(&format!("{}: {} bytes", args.address, bytes.len()));
            Ok(Exit::Clean)
        }
        Err(error) => {
            exit::say(&format!("claviger: {}", claviger_service::chain(&error)));
            let refused = matches!(error.code(), "credential_refused" | "denied" | "token_expired");
            Ok(if refused { Exit::Refused } else { Exit::Error })
        }
    }
}

fn parse(address: &str) -> anyhow::Result<(Provider, &str, &str)> {
    let (scheme, path) = address.split_once("://").unwrap_or_default();
    let provider = match scheme {
        "oss" => Provider::Aliyun,
        "s3" => Provider::S3,
        _ => bail!("`{address}` is no object's address\nhint: write `oss://bucket/key`"),
    };
    match path.split_once('/') {
        Some((bucket, name)) if !bucket.is_empty() && !name.is_empty() => {
            Ok((provider, bucket, name))
        }
        _ => bail!("`{address}` names no object\nhint: write `oss://bucket/key`"),
    }
}
