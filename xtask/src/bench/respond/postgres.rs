//! A PostgreSQL server of this machine on a socket in a folder of its own, with its defaults, stopped when
//! dropped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::say;

/// The user and group that the server runs as where this program is root, which `initdb` refuses.
const NOBODY: [&str; 3] = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"];

/// A server that runs.
pub(super) struct Server {
    /// Below the system's own folder for such things: the path of a socket has 107 bytes at most (unix(7)).
    folder: PathBuf,
    programs: PathBuf,
}

impl Server {
    /// Starts one; `None` where its programs are not here.
    pub(super) fn start() -> anyhow::Result<Option<Self>> {
        let Some(programs) = programs() else { return Ok(None) };
        let folder = std::env::temp_dir().join(format!("claviger-bench-{}", std::process::id()));
        std::fs::create_dir(&folder)?;
        if is_root() {
            ran(Command::new("chown").arg("nobody:nogroup").arg(&folder))?;
        }
        let server = Self { folder, programs };
        let mut initdb = server.program("initdb");
        initdb.arg("-D").arg(server.data());
        ran(initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]))?;
        let options = format!("-c listen_addresses='' -k {}", server.folder.display());
        let log = server.folder.join("log");
        ran(server.pg_ctl().arg("-l").arg(log).arg("-o").arg(options).args(["-w", "start"]))?;
        Ok(Some(server))
    }

    /// The address of its empty database.
    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.display())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn pg_ctl(&self) -> Command {
        let mut command = self.program("pg_ctl");
        command.arg("-D").arg(self.data());
        command
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(NOBODY).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped = ran(self.pg_ctl().args(["-m", "immediate", "-w", "stop"]));
        if stopped.is_err() || std::fs::remove_dir_all(&self.folder).is_err() {
            say(&format!(
                "xtask: look after {}: a server may still run there",
                self.folder.display()
            ));
        }
    }
}

/// Where the server's programs are: as `pg_config` says, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let said = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok();
    let said = said.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    said.into_iter()
        .chain(versions.map(|version| version.path().join("bin")))
        .find(|folder| folder.join("initdb").is_file())
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// Runs a command that must go well. Its output goes to nobody: a server keeps open what it inherits.
fn ran(command: &mut Command) -> anyhow::Result<()> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let name = Path::new(command.get_program()).display().to_string();
    let status = command.status().with_context(|| format!("cannot start {name}"))?;
    if !status.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}
