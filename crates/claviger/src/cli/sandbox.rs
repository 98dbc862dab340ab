//! `claviger sandbox`: the practice cloud alone.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use claviger_sandbox::{Sandbox, Settings};
use serde_json::json;

use super::{Exit, exit, print};

/// Run a practice cloud on loopback: OSS, S3 and RAM that official clients accept
///
/// Prints its endpoints and the key of its account, then answers until it is interrupted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger sandbox
  claviger sandbox --oss-port 25999 --state ./practice")]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    listen: IpAddr,
    /// Port of OSS; 0 for any
    #[arg(long, default_value_t = 0)]
    oss_port: u16,
    /// Port of S3; 0 for any
    #[arg(long, default_value_t = 0)]
    s3_port: u16,
    /// Port of RAM; 0 for any
    #[arg(long, default_value_t = 0)]
    ram_port: u16,
    /// Port of what an AWS account has beside S3 (S3 Control, Secrets Manager, STS, CloudTrail); 0 for any
    #[arg(long, default_value_t = 0)]
    aws_port: u16,
    /// Region
    #[arg(long, default_value = "cn-hangzhou")]
    region: String,
    /// Folder in which the cloud is kept over a restart
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// How often access logs are delivered, in milliseconds
    #[arg(long, default_value_t = 1000, value_name = "MS")]
    log_interval_ms: u64,
    /// How long it takes to restore an archived object, in milliseconds
    #[arg(long, default_value_t = 1000, value_name = "MS")]
    restore_delay_ms: u64,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let settings = Settings {
        listen: args.listen,
        oss_port: args.oss_port,
        s3_port: args.s3_port,
        ram_port: args.ram_port,
        aws_port: args.aws_port,
        region: args.region.clone(),
        state: args.state.clone(),
        log_interval: Duration::from_millis(args.log_interval_ms.max(10)),
        restore_delay: Duration::from_millis(args.restore_delay_ms),
        ..Settings::default()
    };
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        let sandbox = Sandbox::start(settings).await.map_err(|error| {
            let hint = error.hint();
            anyhow::Error::new(error)
                .context(format!("the practice cloud did not start (hint: {hint})"))
        })?;
        let (id, secret) = sandbox.root_key().context("the account has no key of its own")?;
        print(&json!({
            "endpoints": sandbox.endpoints(), "region": sandbox.region(),
            "access_key_id": id, "access_key_secret": secret.reveal(),
        }))?;
        exit::say("the practice cloud answers; Ctrl-C ends it");
        super::signalled().await;
        sandbox.stop().await?;
        Ok(Exit::Clean)
    })
}
