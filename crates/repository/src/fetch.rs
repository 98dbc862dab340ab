//! A repository that lies elsewhere, fetched by the `git` program.
//!
//! The program is told to ask nothing, to run nothing of the other side's, and to follow no redirection. It connects
//! to the addresses that were judged and to no other. A token travels in the environment, never on a command line
//! or on disk.

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use claviger_dial::Guard;
use claviger_model::Secret;
use tokio::process::Command;

use crate::program::{self, Bounds};
use crate::{Address, RepositoryError};

/// Settings of one run of git. `protocol.allow` keeps helpers of other protocols from being run; a transfer that
/// stands still for a minute ends.
const SETTINGS: [&str; 10] = [
    "protocol.allow=never",
    "http.followRedirects=false",
    "http.proxy=",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "core.hooksPath=/dev/null",
    "fetch.fsckObjects=false",
    "fetch.recurseSubmodules=false",
    "maintenance.auto=false",
    "gc.auto=0",
];

/// Longest fetch.
const FETCH_TIME_MAX: Duration = Duration::from_secs(3600);

/// Largest repository that is fetched.
const BYTES_MAX: u64 = 20 << 30;

/// The port of ssh.
const SSH_PORT: u16 = 22;

/// Answers git's question for a name and a password out of the environment.
const ANSWER: &str = "!f() { test \"$1\" = get && \
    printf 'username=%s\\npassword=%s\\n' \"$CLAVIGER_GIT_USER\" \"$CLAVIGER_GIT_TOKEN\"; }; f";

/// What opens a repository.
pub struct Login {
    /// The name; hosts that take a token take any.
    pub user: String,
    /// The token or password.
    pub token: Secret,
}

/// A repository fetched whole, into a folder that goes with this value.
pub struct Fetched {
    folder: tempfile::TempDir,
}

impl Fetched {
    /// Fetches a repository that lies elsewhere; `address` as people write it.
    ///
    /// # Errors
    /// The address is refused, there is no `git`, or it fails.
    pub async fn fetch(address: &str, guard: &Guard) -> Result<Self, RepositoryError> {
        let parsed = Address::parse(address)?;
        let folder = tempfile::Builder::new().prefix("claviger-git-").tempdir();
        let folder = folder.map_err(RepositoryError::Run)?;
        let run = Run::to(&parsed, guard, None).await?;
        // A person's own settings open what they may read.
        let args = ["clone", "--mirror", "--quiet", "--"].map(OsStr::new);
        run.git(folder.path(), true, |command, url| {
            command.args(args).arg(url).arg(folder.path());
        })
        .await?;
        Ok(Self { folder })
    }

    /// Where it lies for the time being.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// One run of git towards an address that was judged.
pub(crate) struct Run<'l> {
    url: String,
    settings: Vec<String>,
    ssh: String,
    login: Option<&'l Login>,
}

impl<'l> Run<'l> {
    /// Judges an address by the same rules as every other one that is dialled.
    pub(crate) async fn to(
        address: &Address,
        guard: &Guard,
        login: Option<&'l Login>,
    ) -> Result<Self, RepositoryError> {
        let Address::Elsewhere { url, scheme, host, port } = address else {
            return Err(RepositoryError::Address {
                address: format!("{address:?}"),
                why: "it lies on this machine and is read there",
                hint: "read it where it lies",
            });
        };
        if login.is_some() && *scheme == "http" {
            return Err(plain_text(url));
        }
        let bare = host.trim_matches(['[', ']']);
        let judged = guard.resolve(bare, *port).await?;
        let mut settings: Vec<String> = SETTINGS.map(str::to_owned).to_vec();
        settings.push(format!("protocol.{scheme}.allow=always"));
        let addresses: Vec<String> = judged.iter().map(|one| one.ip().to_string()).collect();
        if bare.parse::<IpAddr>().is_err() {
            // A name that changes its mind between the judgement and the connection gains nothing.
            settings.push(format!("http.curloptResolve={bare}:{port}:{}", addresses.join(",")));
        }
        if login.is_some() && *scheme == "https" {
            let place = format!("credential.https://{host}");
            let place = if *port == 443 { place } else { format!("{place}:{port}") };
            settings.push("credential.helper=".to_owned());
            settings.push(format!("{place}.helper={ANSWER}"));
        }
        // The guard answers with an address, or not at all.
        let first = judged.first().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), SocketAddr::ip);
        let ssh = ssh(bare, *port, first);
        Ok(Self { url: url.clone(), settings, ssh, login })
    }

    /// Runs git in a folder whose room is looked after; `owners` says whether the settings of whoever runs this
    /// count.
    pub(crate) async fn git(
        &self,
        folder: &Path,
        owners: bool,
        arguments: impl FnOnce(&mut Command, &str),
    ) -> Result<(), RepositoryError> {
        let mut command = program::git(owners);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        arguments(&mut command, &self.url);
        command.env("GIT_SSH_COMMAND", &self.ssh);
        if let Some(login) = self.login {
            command.env("CLAVIGER_GIT_USER", &login.user);
            command.env("CLAVIGER_GIT_TOKEN", login.token.reveal());
        }
        let (about, room) = (self.url.as_str(), Some((folder, BYTES_MAX)));
        let bounds = Bounds { about, alone: !owners, time_max: FETCH_TIME_MAX, room };
        program::run(command, &bounds).await
    }
}

/// The refusal to send a token where everybody on the way can read it.
fn plain_text(address: &str) -> RepositoryError {
    RepositoryError::Address {
        address: address.to_owned(),
        why: "a token would travel to it in plain text",
        hint: "write it as `git+https://HOST/PATH`, or give no token",
    }
}

/// How ssh is run: it asks nothing, connects to the address that was judged, leaves nobody behind, and knows the
/// host by the name that `ssh-keyscan` writes.
fn ssh(host: &str, port: u16, judged: IpAddr) -> String {
    let alias = if port == SSH_PORT { host.to_owned() } else { format!("[{host}]:{port}") };
    format!(
        "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=30 -oHostName={judged} \
         '-oHostKeyAlias={alias}' -oProxyCommand=none -oProxyJump=none -oControlMaster=no \
         -oControlPath=none"
    )
}

#[cfg(test)]
mod tests {
    use claviger_dial::{GuardSettings, Network};

    use super::*;

    #[test]
    fn a_host_at_another_port_is_known_by_the_name_that_its_key_is_kept_under() {
        let judged = IpAddr::from([192, 0, 2, 7]);
        assert!(ssh("code.acme.cn", 22, judged).contains("'-oHostKeyAlias=code.acme.cn'"));
        let other = ssh("code.acme.cn", 2222, judged);
        assert!(other.contains("'-oHostKeyAlias=[code.acme.cn]:2222'"), "{other}");
        assert!(other.contains("-oHostName=192.0.2.7 "), "{other}");
    }

    #[tokio::test]
    async fn a_token_travels_in_no_plain_text() {
        let networks = vec![Network::parse("192.0.2.0/24").unwrap()];
        let settings = GuardSettings { allowed_networks: networks, ..GuardSettings::default() };
        let guard = Guard::new(settings).unwrap();
        let login = Login { user: "git".to_owned(), token: Secret::new("made-up".to_owned()) };
        let address = Address::parse("git+http://192.0.2.7/a.git").unwrap();
        let refused = Run::to(&address, &guard, Some(&login)).await.err().unwrap();
        assert!(refused.hint().unwrap().contains("git+https://"), "{refused}");
        assert!(Run::to(&address, &guard, None).await.is_ok());
    }
}
