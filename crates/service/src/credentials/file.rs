//! Credentials in a file where the service runs, below the folders that whoever runs it named: somebody who may
//! connect accounts must not read any file of the machine by it.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use claviger_cloud::{CloudError, Credentials};

use super::{missing, profile};

/// A file of credentials has some lines.
const BYTES_MAX: u64 = 64 * 1024;

/// Rights that nobody but the owner needs: a group may read (that is how containers are given secrets).
const TOO_OPEN: u32 = 0o027;

/// What stands in a file, and what is wrong with its rights.
pub(super) fn take(
    path: &str,
    profile: Option<&str>,
    folders: &[PathBuf],
) -> Result<(Credentials, Option<String>), CloudError> {
    let (text, metadata) = read(path, folders)?;
    let credentials = profile::read(&text, profile).map_err(|why| {
        let hint = "write it as the credentials file of AWS or Alibaba Cloud, name the profile as \
                    `file:PATH#PROFILE`, or write two lines: the access key id and its secret";
        missing(format!("`{path}` is no file of credentials: {why}"), hint.to_owned())
    })?;
    let mode = metadata.permissions().mode() & 0o777;
    let warning = (mode & TOO_OPEN != 0).then(|| {
        format!("`{path}` has mode {mode:03o}: others of the machine may read or change it; `chmod 600` it")
    });
    Ok((credentials, warning))
}

fn read(path: &str, folders: &[PathBuf]) -> Result<(String, Metadata), CloudError> {
    let below = |path: &Path, folder: &Path| path.starts_with(folder) && path != folder;
    // Judged by its words first: whether a file is there is told of those alone that may be read.
    let asked = Path::new(path);
    if !folders.iter().any(|folder| below(asked, folder)) {
        return Err(outside(path, folders));
    }
    let failed = |error: std::io::Error| {
        let why = format!("`{path}` cannot be read: {error}");
        missing(why, "let the user that runs Claviger read it, and mount it there".to_owned())
    };
    // A link may lead on inside of the folders, as those of mounted secrets do.
    let real = asked.canonicalize().map_err(failed)?;
    let is_inside = folders.iter().filter_map(|folder| folder.canonicalize().ok());
    if !is_inside.into_iter().any(|folder| below(&real, &folder)) {
        return Err(outside(path, folders));
    }
    // Before it is opened: a pipe would hold whoever opens it.
    let metadata = real.metadata().map_err(failed)?;
    if !metadata.is_file() || metadata.len() > BYTES_MAX {
        return Err(missing(
            format!("`{path}` is no file of credentials: it is no plain file, or above 64 KiB"),
            "name the file itself".to_owned(),
        ));
    }
    let file = File::open(&real).map_err(failed)?;
    let mut text = String::new();
    file.take(BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok((text, metadata))
}

fn outside(path: &str, folders: &[PathBuf]) -> CloudError {
    let hint = match folders {
        [] => "name its folder in the setting `credential_files`, which names none".to_owned(),
        [first, ..] => format!(
            "name its folder in the setting `credential_files`, or put it below `{}`",
            first.display()
        ),
    };
    missing(format!("`{path}` is in no folder that credentials may be taken from"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Secrets {
        _folder: tempfile::TempDir,
        open: PathBuf,
        closed: PathBuf,
    }

    impl Secrets {
        fn set() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (open, closed) = (folder.path().join("open"), folder.path().join("closed"));
            for place in [&open, &closed] {
                std::fs::create_dir(place).unwrap();
                std::fs::write(place.join("key"), "LTAI1\nmade-up\n").unwrap();
            }
            Self { _folder: folder, open, closed }
        }

        fn take(&self, path: &Path) -> Result<(Credentials, Option<String>), CloudError> {
            take(path.to_str().unwrap(), None, std::slice::from_ref(&self.open))
        }
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_below_a_named_folder_is_taken_also_by_a_link_that_stays_there() {
        let secrets = Secrets::set();
        std::os::unix::fs::symlink("key", secrets.open.join("link")).unwrap();
        for name in ["key", "link"] {
            let (taken, _) = secrets.take(&secrets.open.join(name)).unwrap();
            assert_eq!(taken.access_key_id, "LTAI1");
        }
    }

    #[test]
    fn a_file_elsewhere_is_refused_whether_it_is_there_or_not() {
        let secrets = Secrets::set();
        std::os::unix::fs::symlink(secrets.closed.join("key"), secrets.open.join("out")).unwrap();
        std::fs::write(secrets.open.with_extension("d"), "LTAI1\nmade-up\n").unwrap();
        for path in [
            secrets.closed.join("key"),
            secrets.closed.join("none"),
            secrets.open.join("out"),
            secrets.open.with_extension("d"),
            secrets.open.clone(),
        ] {
            let refused = secrets.take(&path).unwrap_err();
            assert!(refused.to_string().contains("in no folder"), "{refused}");
            assert!(refused.hint().contains("`credential_files`"), "{}", refused.hint());
        }
        let none = take("/etc/passwd", None, &[]).unwrap_err();
        assert!(none.hint().contains("names none"), "{}", none.hint());
    }

    #[test]
    fn rights_that_are_too_open_are_told() {
        let secrets = Secrets::set();
        let key = secrets.open.join("key");
        for (mode, is_told) in [(0o600, false), (0o440, false), (0o644, true), (0o620, true)] {
            set_mode(&key, mode);
            assert_eq!(secrets.take(&key).unwrap().1.is_some(), is_told, "{mode:o}");
        }
    }

    #[test]
    fn what_is_no_plain_small_file_is_not_read() {
        let secrets = Secrets::set();
        std::fs::create_dir(secrets.open.join("folder")).unwrap();
        std::fs::write(secrets.open.join("large"), vec![b'a'; 70_000]).unwrap();
        for name in ["folder", "large"] {
            let refused = secrets.take(&secrets.open.join(name)).unwrap_err();
            assert!(refused.to_string().contains("no plain file"), "{refused}");
        }
        assert!(
            secrets.take(&secrets.open.join("none")).unwrap_err().to_string().contains("cannot")
        );
    }
}
