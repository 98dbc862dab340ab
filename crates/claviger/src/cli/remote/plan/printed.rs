//! The calls of a plan as text, for somebody with more rights than Claviger's own credentials have.

use anyhow::bail;
use clap::ValueEnum;
use serde_json::Value;

/// Whose words the calls are printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum As {
    /// Commands of Alibaba Cloud's own tool
    AliyunCli,
    /// Commands of AWS's own tool
    AwsCli,
    /// Commands of MinIO's own tool
    Mc,
    /// Resources of Terraform
    Terraform,
}

impl As {
    /// Whose tool a command is of. That of MinIO takes policies from files, which are written first.
    fn of_command(command: &str) -> Self {
        match command.split(' ').next() {
            Some("aws") => Self::AwsCli,
            Some("mc" | "printf") => Self::Mc,
            _ => Self::AliyunCli,
        }
    }

    /// The text of a plan, a step after the other, each with its title as a comment.
    pub(super) fn of(self, plan: &Value) -> anyhow::Result<String> {
        let mut out = String::new();
        for step in plan["steps"].as_array().into_iter().flatten() {
            let title = step["title"].as_str().unwrap_or_default();
            let command = step["command"].as_str().unwrap_or_default();
            let text = match self {
                Self::Terraform => step["terraform"].as_str(),
                Self::AliyunCli | Self::AwsCli | Self::Mc => {
                    Some(command).filter(|text| !text.is_empty())
                }
            };
            let own = Self::of_command(command);
            if !command.is_empty() && self != Self::Terraform && self != own {
                let other = own.to_possible_value().map(|value| value.get_name().to_owned());
                let other = other.unwrap_or_default();
                bail!("the key is of another provider\nhint: use `--as {other}`");
            }
            out.push_str(&format!("# {title}\n"));
            match text {
                Some(text) => out.push_str(text.trim_end()),
                None => out.push_str("# nothing to run: this step waits, or has no such form"),
            }
            out.push('\n');
        }
        Ok(out.trim_end().to_owned())
    }
}
