//! What a client says of itself: the tool, its version and the system it runs on.

use std::borrow::Cow;

use crate::sketch::{hash, join};

/// A client, as the profile remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Client {
    /// Hash of the tool's name: `aws-cli`, `boto3`, `ossutil`.
    pub(crate) tool: u64,
    /// Hash of tool, version and system.
    pub(crate) whole: u64,
}

/// A client's name in its parts.
struct Parts<'a> {
    tool: Cow<'a, str>,
    version: &'a str,
    system: &'static str,
}

/// Systems that user agents name.
const SYSTEMS: [(&str, &str); 7] = [
    ("windows", "Windows"),
    ("darwin", "macOS"),
    ("mac os", "macOS"),
    ("macos", "macOS"),
    ("android", "Android"),
    ("kali", "Kali Linux"),
    ("linux", "Linux"),
];

/// Browsers, and programs that speak as one: the token that names them comes last.
const BROWSERS: [&str; 6] = ["Edg/", "OPR/", "Firefox/", "Chrome/", "Version/", "S3 Browser/"];

/// Programs whose names hold spaces; the version follows behind a slash, a space or a comma.
const SPACED: [&str; 5] = [
    "AWS Internal",
    "Microsoft Azure Storage Explorer",
    "Mountain Duck",
    "RDS Console",
    "S3 Browser",
];

/// How partners of AWS begin, before `Partner/1.0 Product/VERSION`: Terraform, Veeam, Pulumi.
const PARTNER: &str = "APN/1.0 ";

/// What stands between the words of an agent.
const BETWEEN: [char; 4] = [' ', ',', ';', '('];

fn parts(text: &str) -> Parts<'_> {
    let text = text.trim_matches(['[', ']', '"', ' ']);
    let lower = text.to_ascii_lowercase();
    let system = SYSTEMS.iter().find(|(word, _)| lower.contains(word)).map_or("", |(_, name)| name);
    let browser = BROWSERS.iter().find_map(|name| {
        let start = text.starts_with("Mozilla/").then(|| text.find(name)).flatten()?;
        Some(&text[start..])
    });
    if let Some((tool, version)) = of_partner(text) {
        return Parts { tool: Cow::Owned(tool), version, system };
    }
    let (tool, version) = tool_and_version(browser.unwrap_or(text));
    // Some tools add a random name to their own, call by call.
    let tool = tool.split('_').next().filter(|name| name.len() >= 3).unwrap_or(tool);
    Parts { tool: Cow::Borrowed(tool), version, system }
}

/// Partner and product as one name, with the product's version.
fn of_partner(text: &str) -> Option<(String, &str)> {
    let mut tokens = text.strip_prefix(PARTNER)?.split(' ');
    let (partner, _) = tokens.next()?.split_once('/')?;
    let (product, version) = tokens.next()?.split_once('/')?;
    Some((format!("{partner} {product}"), version))
}

/// The first name of an agent, whole where it is known to hold spaces, and its version.
fn tool_and_version(text: &str) -> (&str, &str) {
    let spaced = SPACED.iter().find_map(|name| {
        let (tool, rest) = text.split_at_checked(name.len())?;
        let ends = rest.is_empty() || rest.starts_with('/') || rest.starts_with(BETWEEN);
        (ends && tool.eq_ignore_ascii_case(name)).then_some((tool, rest))
    });
    let (tool, rest) = spaced.unwrap_or_else(|| {
        let text = text.trim_start_matches(BETWEEN);
        let ends = |sign: char| sign == '/' || BETWEEN.contains(&sign);
        text.split_at(text.find(ends).unwrap_or(text.len()))
    });
    if let Some(version) = rest.strip_prefix('/') {
        return (tool, version.split(BETWEEN).next().unwrap_or(""));
    }
    // `S3 Browser 9.5.5`, `Hadoop 3.3.4, aws-sdk-java/…`: a number behind the name.
    let version = rest.trim_start_matches([' ', ',']).split(BETWEEN).next().unwrap_or("");
    let is_number = version.starts_with(|first: char| first.is_ascii_digit());
    (tool, if is_number { version } else { "" })
}

impl Client {
    /// Reads a user agent; `None` where the log has none.
    pub(crate) fn of(text: Option<&str>) -> Option<Self> {
        let parts = parts(text.filter(|text| !text.is_empty() && *text != "-")?);
        let tool = hash(parts.tool.to_ascii_lowercase().as_bytes());
        let version = hash(parts.version.as_bytes());
        let whole = join(join(tool, version), hash(parts.system.as_bytes()));
        Some(Self { tool, whole })
    }

    /// Tool and system without versions, which change in one pair of hands: `aws-cli on Windows`; `None`
    /// where the log has none.
    pub(crate) fn tool_name(text: Option<&str>) -> Option<String> {
        let parts = parts(text.filter(|text| !text.is_empty() && *text != "-")?);
        let system = if parts.system.is_empty() { "" } else { " on " };
        Some(crate::words::quoted(&format!("{}{system}{}", parts.tool, parts.system)))
    }

    /// The client for people: `aws-cli 2.15.1 on Windows`.
    pub(crate) fn name(text: Option<&str>) -> String {
        let Some(text) = text else { return "a client without a name".to_owned() };
        let parts = parts(text);
        let version = if parts.version.is_empty() { "" } else { " " };
        let system = if parts.system.is_empty() { "" } else { " on " };
        let name = format!("{}{version}{}{system}{}", parts.tool, parts.version, parts.system);
        crate::words::quoted(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_of_a_call_makes_no_other_client() {
        let of = |command: &str| {
            Client::of(Some(&format!("aws-cli/2.15.1 Python/3.11 Windows/10 command/{command}")))
        };
        assert_eq!(of("s3.ls"), of("iam.list-users"));
        let tool = |text| Client::of(Some(text)).unwrap().tool;
        assert_eq!(tool("stratus-red-team_0a1b"), tool("stratus-red-team_9f00"));
        assert_eq!(tool("[Boto3/1.28.1 md/Botocore]"), tool("Boto3/1.34.0"));
        assert_ne!(tool("Boto3/1.28.1"), tool("aws-cli/2.15.1"));
    }

    #[test]
    fn a_client_reads_as_people_say_it() {
        let name = |text| Client::name(Some(text));
        assert_eq!(name("aws-cli/2.15.1 Python/3.11 Windows/10"), "aws-cli 2.15.1 on Windows");
        assert_eq!(
            name("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"),
            "Chrome 120.0 on Linux"
        );
        assert_eq!(name("python-requests"), "python-requests");
        assert_eq!(name("Hadoop 3.3.4, aws-sdk-java/1.12.262 Linux/5.10"), "Hadoop 3.3.4 on Linux");
        assert_eq!(Client::of(Some("-")), None);
    }

    #[test]
    fn a_name_with_spaces_is_whole() {
        let name = |text| Client::name(Some(text));
        assert_eq!(name("S3 Browser/12.2.9 (https://s3browser.com)"), "S3 Browser 12.2.9");
        assert_eq!(name("[S3 Browser 9.5.5 https://s3browser.com]"), "S3 Browser 9.5.5");
        assert_eq!(name("S3 Browser"), "S3 Browser");
        assert_eq!(name("S3 Browsers/1.0"), "S3");
        let explorer = "Microsoft Azure Storage Explorer, 1.15.0, darwin, Azure-Storage/2.10.3";
        assert_eq!(name(explorer), "Microsoft Azure Storage Explorer 1.15.0 on macOS");
        assert_eq!(name("AWS Internal"), "AWS Internal");
        assert_eq!(name("RDS Console, aws-internal/3 aws-sdk-java/1.12"), "RDS Console");
        let tool = |text| Client::of(Some(text)).unwrap().tool;
        assert_eq!(tool("S3 Browser 9.5.5 https://s3browser.com"), tool("S3 Browser/12.2.9"));
        assert_ne!(tool("S3 Browser/12.2.9"), tool("S3/1.0"));
    }

    #[test]
    fn a_partner_of_aws_is_named_by_its_product() {
        let agent = "APN/1.0 HashiCorp/1.0 Terraform/1.5.6 (+https://www.terraform.io) linux";
        assert_eq!(Client::name(Some(agent)), "HashiCorp Terraform 1.5.6 on Linux");
        assert_eq!(Client::name(Some("APN/1.0 Veeam/1.0 Backup/12.1")), "Veeam Backup 12.1");
        assert_eq!(Client::name(Some("APN/1.0")), "APN 1.0");
    }
}
