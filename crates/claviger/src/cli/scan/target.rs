//! What the command line names: standard input, files, folders, buckets and repositories.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, bail};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_repository::{Address, Fetched};
use tokio::runtime::{Handle, Runtime};

use super::bucket::Bucket;
use super::credentials::Asked;
use super::folder::{self, Manner};
use super::git;
use super::item::{Item, Listed, Position, Source};

/// The way out of this machine, made when something needs it.
pub(super) struct Outside {
    networks: Vec<Network>,
    made: OnceLock<(Runtime, Guard)>,
}

impl Outside {
    /// A way out that may lead into these networks although they are private.
    ///
    /// # Errors
    /// One of them is no network.
    pub(super) fn new(networks: &[String]) -> anyhow::Result<Self> {
        let parsed = networks.iter().map(|network| Network::parse(network));
        Ok(Self { networks: parsed.collect::<Result<_, _>>()?, made: OnceLock::new() })
    }

    /// The guarded client, and what runs it.
    ///
    /// # Errors
    /// This machine gives no threads or no client.
    pub(super) fn open(&self) -> anyhow::Result<(&Guard, &Handle)> {
        if self.made.get().is_none() {
            let runtime = Runtime::new().context("cannot start the runtime")?;
            let settings = GuardSettings {
                allowed_networks: self.networks.clone(),
                ..GuardSettings::default()
            };
            let made = (runtime, Guard::new(settings)?);
            drop(self.made.set(made));
        }
        let (runtime, guard) = self.made.get().context("cannot start the runtime")?;
        Ok((guard, runtime.handle()))
    }
}

/// One argument.
pub(super) enum Target {
    /// Standard input.
    Stdin,
    /// A file, or what a link that was named leads to.
    File(PathBuf),
    /// A folder with all below it.
    Folder(PathBuf),
    /// A bucket, or what begins with a prefix in it.
    Bucket(Arc<Bucket>),
    /// A repository's history.
    Git {
        /// Its address.
        uri: String,
        /// Where it lies.
        folder: PathBuf,
        /// Keeps what was fetched until the scan has ended.
        _fetched: Option<Fetched>,
    },
}

impl Target {
    /// The target that an argument names.
    ///
    /// # Errors
    /// It names nothing that can be scanned, or a repository cannot be fetched.
    pub(super) fn parse(path: &Path, asked: &Asked, outside: &Outside) -> anyhow::Result<Self> {
        let text = path.display().to_string();
        if path.as_os_str() == "-" {
            return Ok(Self::Stdin);
        }
        // A link that a person names is meant; links inside folders are not followed.
        if path.is_dir() {
            return Ok(Self::Folder(path.to_owned()));
        }
        if path.exists() {
            return Ok(Self::File(path.to_owned()));
        }
        if text.starts_with("oss://") || text.starts_with("s3://") {
            let (guard, handle) = outside.open()?;
            return Ok(Self::Bucket(Arc::new(Bucket::open(&text, asked, guard, handle)?)));
        }
        if text.starts_with("git+") {
            return Self::repository(&text, outside);
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            bail!(
                "`{text}` is the address of a page\nhint: write `git+{text}` if it is a repository, \
                 else download it and scan the file"
            );
        }
        bail!("there is no `{text}`\nhint: name a file, a folder, or `-` for standard input");
    }

    fn repository(uri: &str, outside: &Outside) -> anyhow::Result<Self> {
        // A person at a terminal may name a path as the shell has it.
        if let Some(folder) = uri.strip_prefix("git+file://") {
            let folder = PathBuf::from(folder);
            git::open(&folder)?;
            return Ok(Self::Git { uri: uri.to_owned(), folder, _fetched: None });
        }
        Address::parse(uri).map_err(git::told)?;
        let (guard, handle) = outside.open()?;
        let fetched = handle.block_on(Fetched::fetch(uri, guard)).map_err(git::told)?;
        let folder = fetched.folder().to_owned();
        Ok(Self::Git { uri: uri.to_owned(), folder, _fetched: Some(fetched) })
    }

    /// Whether a run that was interrupted in it can go on.
    pub(super) fn is_resumable(&self) -> bool {
        !matches!(self, Self::Stdin)
    }

    /// Lists it, as the target of this number, from the start or behind a position.
    pub(super) fn list(
        &self,
        number: usize,
        manner: &Manner,
        from: Option<&Position>,
    ) -> Box<dyn Iterator<Item = Listed> + Send> {
        let one = |uri: String, source: Source| -> Box<dyn Iterator<Item = Listed> + Send> {
            let position = Position::of_path(number, b"");
            let item = Item { uri, path: Vec::new(), note: None, source, position };
            // Behind the only item nothing is left.
            Box::new(from.is_none().then_some(Listed::Item(item)).into_iter())
        };
        match self {
            Self::Stdin => one("-".to_owned(), Source::Stdin),
            Self::File(path) => one(path.display().to_string(), Source::File(path.clone())),
            Self::Folder(path) => Box::new(folder::Walk::new(number, path, manner.clone(), from)),
            Self::Bucket(bucket) => Box::new(bucket.list(
                number,
                Arc::clone(&manner.select),
                Arc::clone(&manner.left_out),
                from,
            )),
            Self::Git { uri, folder, .. } => match git::open(folder) {
                Ok(repository) => {
                    let start = Position::of_path(number, b"");
                    let select = Arc::clone(&manner.select);
                    Box::new(git::Walk::new(repository, uri.clone(), start, select, from))
                }
                Err(error) => {
                    let why = format!("{uri}: {error:#}");
                    Box::new(std::iter::once(Listed::Failed { why, refused: false }))
                }
            },
        }
    }
}
