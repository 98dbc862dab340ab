//! Secrets that commands take: never from the command line, which other users of a machine can read.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};

/// The token as a variable, for machines.
const TOKEN: &str = "CLAVIGER_TOKEN";

/// The token of a source of log lines.
pub(super) const SOURCE_TOKEN: &str = "CLAVIGER_SOURCE_TOKEN";

/// The shared key or password of a source's feed.
pub(super) const SOURCE_SECRET: &str = "CLAVIGER_SOURCE_SECRET";

/// The token of a repository of source code.
pub(super) const REPOSITORY_TOKEN: &str = "CLAVIGER_REPOSITORY_TOKEN";

/// The token for a service: from the environment, else as `claviger sign-in` kept it.
pub(super) fn token(server: &str) -> anyhow::Result<Option<String>> {
    if let Ok(token) = std::env::var(TOKEN) {
        return Ok(Some(token));
    }
    let path = token_file(server)?;
    match std::fs::read_to_string(&path) {
        Ok(token) => Ok(Some(token.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// Keeps the token of a service where only its owner can read it. Returns the file.
pub(super) fn keep_token(server: &str, token: &str) -> anyhow::Result<PathBuf> {
    let path = token_file(server)?;
    let failed = || format!("cannot write `{}`", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).with_context(failed)?;
    file.write_all(token.as_bytes()).with_context(failed)?;
    Ok(path)
}

/// Forgets the token of a service.
pub(super) fn forget_token(server: &str) -> anyhow::Result<()> {
    let path = token_file(server)?;
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

/// One file a service, so that a token is never shown to another one.
fn token_file(server: &str) -> anyhow::Result<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let folder = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or(home)
        .context("neither `XDG_CONFIG_HOME` nor `HOME` is set\nhint: set `CLAVIGER_TOKEN`")?;
    let word = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let name: String = server.trim_end_matches('/').chars().map(word).collect();
    Ok(folder.join("claviger").join(format!("token-{name}")))
}

/// A secret from a variable, else the first line of standard input.
pub(super) fn take(variable: &str, what: &str) -> anyhow::Result<String> {
    if let Ok(secret) = std::env::var(variable) {
        return Ok(secret);
    }
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        super::super::exit::say(&format!("{what} (it shows as you type; or set `{variable}`):"));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read standard input")?;
    let secret = line.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        bail!("no {what} was given\nhint: write it to standard input, or set `{variable}`");
    }
    Ok(secret.to_owned())
}
