//! Credentials for buckets, from where the vendors' own tools have them: the environment, then the files
//! of `aliyun`, `ossutil` and `aws`. Never from the command line, never from what is scanned.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use claviger_cloud::Credentials;
use claviger_model::Secret;
use serde::Deserialize;

/// What the command line says about buckets.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// `--profile`.
    pub(super) profile: Option<String>,
    /// `--region`.
    pub(super) region: Option<String>,
    /// `--endpoint`.
    pub(super) endpoint: Option<String>,
}

/// How a bucket is reached.
#[derive(Debug)]
pub(super) struct Found {
    /// What requests are signed with.
    pub(super) credentials: Credentials,
    /// Region; `None` where nobody names one.
    pub(super) region: Option<String>,
    /// Endpoint; `None` for the provider's own.
    pub(super) endpoint: Option<String>,
}

/// Names of environment variables, those of the vendor's newest tool first.
struct Variables {
    id: &'static [&'static str],
    secret: &'static [&'static str],
    token: &'static [&'static str],
    region: &'static [&'static str],
    endpoint: &'static [&'static str],
    profile: &'static [&'static str],
}

/// ossutil 2.0 and the aliyun command line, "Configure by environment variables".
const ALIYUN: Variables = Variables {
    id: &["OSS_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_ID"],
    secret: &["OSS_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    token: &["OSS_SESSION_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN"],
    region: &["OSS_REGION", "ALIBABA_CLOUD_REGION_ID"],
    endpoint: &["OSS_ENDPOINT"],
    profile: &["ALIBABA_CLOUD_PROFILE"],
};

/// The AWS command line, "Environment variables to configure the AWS CLI".
const AWS: Variables = Variables {
    id: &["AWS_ACCESS_KEY_ID"],
    secret: &["AWS_SECRET_ACCESS_KEY"],
    token: &["AWS_SESSION_TOKEN"],
    region: &["AWS_REGION", "AWS_DEFAULT_REGION"],
    endpoint: &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
    profile: &["AWS_PROFILE"],
};

/// A key with where it is used.
#[derive(Default)]
struct Known {
    id: Option<String>,
    secret: Option<String>,
    token: Option<String>,
    region: Option<String>,
    endpoint: Option<String>,
}

/// The credentials for `oss` or `s3`. A profile that the command line names comes before the environment.
///
/// # Errors
/// There are none, or a file with them cannot be read.
pub(super) fn of(scheme: &str, asked: &Asked) -> anyhow::Result<Found> {
    let variables = if scheme == "oss" { &ALIYUN } else { &AWS };
    let first = |names: &[&str]| {
        let values = names.iter().filter_map(|name| std::env::var(name).ok());
        values.into_iter().find(|value| !value.is_empty())
    };
    let environment = Known {
        id: first(variables.id),
        secret: first(variables.secret),
        token: first(variables.token),
        region: first(variables.region),
        endpoint: first(variables.endpoint),
    };
    let named = asked.profile.clone();
    let by_environment =
        named.is_none() && environment.id.is_some() && environment.secret.is_some();
    let known = if by_environment {
        Known::default()
    } else {
        let profile = named.clone().or_else(|| first(variables.profile));
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        match scheme {
            "oss" => aliyun_files(&home, profile.as_deref())?,
            _ => aws_files(&home, profile.as_deref())?,
        }
    };
    let keyed = if by_environment { &environment } else { &known };
    let (Some(id), Some(secret)) = (&keyed.id, &keyed.secret) else {
        let profile = named.map_or_else(String::new, |name| format!(" in the profile `{name}`"));
        bail!(
            "there are no credentials for `{scheme}://`{profile}\nhint: set `{}` and `{}`, or name a \
             profile of the vendor's own tool by `--profile`",
            variables.id[0],
            variables.secret[0]
        );
    };
    Ok(Found {
        credentials: Credentials {
            access_key_id: id.clone(),
            secret: Secret::new(secret.clone()),
            security_token: keyed.token.clone().map(Secret::new),
        },
        region: asked.region.clone().or(environment.region).or(known.region),
        endpoint: asked.endpoint.clone().or(environment.endpoint).or(known.endpoint),
    })
}

#[derive(Deserialize)]
struct AliyunFile {
    #[serde(default)]
    current: String,
    #[serde(default)]
    profiles: Vec<AliyunProfile>,
}

#[derive(Deserialize)]
struct AliyunProfile {
    name: String,
    access_key_id: Option<String>,
    access_key_secret: Option<String>,
    sts_token: Option<String>,
    region_id: Option<String>,
}

/// `~/.aliyun/config.json` of the aliyun command line, then `~/.ossutilconfig`.
fn aliyun_files(home: &Path, profile: Option<&str>) -> anyhow::Result<Known> {
    if let Some(text) = text_of(&home.join(".aliyun/config.json"))? {
        let file: AliyunFile = serde_json::from_str(&text)
            .context("cannot read `~/.aliyun/config.json` (hint: `aliyun configure` writes it)")?;
        let wanted = profile.unwrap_or(&file.current);
        if let Some(found) = file.profiles.into_iter().find(|known| known.name == wanted) {
            let filled = |value: Option<String>| value.filter(|value| !value.is_empty());
            return Ok(Known {
                id: filled(found.access_key_id),
                secret: filled(found.access_key_secret),
                token: filled(found.sts_token),
                region: filled(found.region_id),
                endpoint: None,
            });
        }
    }
    let Some(text) = text_of(&home.join(".ossutilconfig"))? else { return Ok(Known::default()) };
    let sections = sections(&text);
    let names = profile.map_or(vec!["default", "credentials"], |name| vec![name]);
    let section = names
        .iter()
        .find_map(|name| sections.get(*name).or_else(|| sections.get(&format!("profile {name}"))));
    let value = |names: [&str; 2]| {
        names.iter().find_map(|name| section?.get(*name).filter(|value| !value.is_empty())).cloned()
    };
    Ok(Known {
        id: value(["accesskeyid", "access_key_id"]),
        secret: value(["accesskeysecret", "access_key_secret"]),
        token: value(["ststoken", "sts_token"]),
        region: value(["region", "region_id"]),
        endpoint: value(["endpoint", "endpoint_url"]),
    })
}

/// `~/.aws/credentials` and `~/.aws/config`, or where `AWS_SHARED_CREDENTIALS_FILE` and
/// `AWS_CONFIG_FILE` say.
fn aws_files(home: &Path, profile: Option<&str>) -> anyhow::Result<Known> {
    let file = |variable: &str, usual: &str| {
        std::env::var_os(variable).map_or_else(|| home.join(usual), PathBuf::from)
    };
    let credentials = text_of(&file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"))?;
    let config = text_of(&file("AWS_CONFIG_FILE", ".aws/config"))?;
    let name = profile.unwrap_or("default");
    let mut known = BTreeMap::new();
    for text in [config, credentials].into_iter().flatten() {
        let mut sections = sections(&text);
        for section in [format!("profile {name}"), name.to_owned()] {
            known.extend(sections.remove(&section).unwrap_or_default());
        }
    }
    let mut value = |name: &str| known.remove(name).filter(|value| !value.is_empty());
    Ok(Known {
        id: value("aws_access_key_id"),
        secret: value("aws_secret_access_key"),
        token: value("aws_session_token"),
        region: value("region"),
        endpoint: value("endpoint_url"),
    })
}

fn text_of(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error)
            .with_context(|| format!("cannot read the credentials in `{}`", path.display())),
    }
}

/// The sections of an INI file by their names in lower case, and the values in them.
fn sections(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            current = name.trim().to_lowercase();
        } else if let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#'))
        {
            let section = sections.entry(current.clone()).or_default();
            section.insert(name.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_of_the_vendors_tools_are_read() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            ".aliyun/config.json",
            r#"{"current":"two","profiles":[{"name":"one","access_key_id":"I1","access_key_secret":"S1"},
                {"name":"two","mode":"StsToken","access_key_id":"I2","access_key_secret":"S2",
                 "sts_token":"T2","region_id":"cn-beijing"}]}"#,
        );
        let known = aliyun_files(home.path(), None).unwrap();
        assert_eq!((known.id.as_deref(), known.token.as_deref()), (Some("I2"), Some("T2")));
        assert_eq!(known.region.as_deref(), Some("cn-beijing"));
        let known = aliyun_files(home.path(), Some("one")).unwrap();
        assert_eq!((known.id.as_deref(), known.token), (Some("I1"), None));
        write(
            ".ossutilconfig",
            "[Credentials]\naccessKeyID = I3\naccessKeySecret=S3\nendpoint=e\n",
        );
        std::fs::remove_file(home.path().join(".aliyun/config.json")).unwrap();
        let known = aliyun_files(home.path(), None).unwrap();
        assert_eq!((known.id.as_deref(), known.endpoint.as_deref()), (Some("I3"), Some("e")));
        write(".aws/credentials", "[default]\naws_access_key_id=A\n[p]\naws_access_key_id = B\n");
        write(".aws/config", "[profile p]\nregion = eu-west-1\n");
        let known = aws_files(home.path(), Some("p")).unwrap();
        assert_eq!((known.id.as_deref(), known.region.as_deref()), (Some("B"), Some("eu-west-1")));
    }
}
