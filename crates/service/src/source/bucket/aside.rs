//! What lies beside the logs: services of a cloud write more into a bucket than the logs of requests, and it is not
//! read.
//!
//! Sources: CloudTrail user guide, "Finding your CloudTrail log files" (digests and insights lie in folders beside those of
//! events, and bear it in their names); AWS documents of Config, VPC flow logs and load balancing, whose folders stand
//! below the same account.

/// What a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Logs, for all that is known.
    Logs,
    /// What a trail writes beside them; it is counted.
    Aside,
    /// What another service writes; it is not looked at.
    OfOthers,
}

/// What a folder of this whole name holds.
pub(super) fn holds(folder: &str) -> Holds {
    let mut path = folder.trim_end_matches('/').rsplit('/');
    let (own, account) = (path.next().unwrap_or_default(), path.next().unwrap_or_default());
    let above = path.next().unwrap_or_default();
    let is_below_account = account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && (above == "AWSLogs" || (above.starts_with("o-") && path.next() == Some("AWSLogs")));
    match own {
        _ if !is_below_account => Holds::Logs,
        "CloudTrail" => Holds::Logs,
        "CloudTrail-Digest" | "CloudTrail-Insight" => Holds::Aside,
        _ => Holds::OfOthers,
    }
}

/// Whether an object may be a log file by its name and size: it is no folder's mark, not empty, and no digest.
pub(super) fn is_log(name: &str, bytes: u64) -> bool {
    let own = name.rsplit('/').next().unwrap_or_default();
    let is_aside =
        ["_CloudTrail-Digest_", "_CloudTrail-Insight_"].iter().any(|it| own.contains(it));
    bytes > 0 && !own.is_empty() && !is_aside
}

/// Whether a name is below `root` and in no folder that is not read.
pub(super) fn is_wanted(root: &str, name: &str) -> bool {
    let folders = name.match_indices('/').map(|(at, _)| at + 1).filter(|end| *end > root.len());
    name.starts_with(root) && folders.into_iter().all(|end| holds(&name[..end]) == Holds::Logs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_lies_below_an_account_only_the_events_are_read() {
        let check = |folder, expected| assert_eq!(holds(folder), expected, "{folder}");
        check("AWSLogs/111122223333/CloudTrail/", Holds::Logs);
        check("a/AWSLogs/o-exampleorg/111122223333/CloudTrail/", Holds::Logs);
        check("AWSLogs/111122223333/CloudTrail-Digest/", Holds::Aside);
        check("AWSLogs/o-exampleorg/111122223333/CloudTrail-Insight/", Holds::Aside);
        check("AWSLogs/111122223333/vpcflowlogs/", Holds::OfOthers);
        check("AWSLogs/o-exampleorg/111122223333/Config/", Holds::OfOthers);
        for folder in ["AWSLogs/", "AWSLogs/111122223333/", "logs/111122223333/x/", "Config/"] {
            check(folder, Holds::Logs);
        }
    }

    #[test]
    fn a_digest_is_known_by_its_name_wherever_it_lies() {
        assert!(is_log("x/111122223333_CloudTrail_eu-west-1_20260102T0005Z_a.json.gz", 1));
        for (name, bytes) in [
            ("x/111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260102T000500Z.json.gz", 9),
            ("x/", 0),
            ("x/", 3),
            ("x/empty.log", 0),
        ] {
            assert!(!is_log(name, bytes), "{name}");
        }
    }

    #[test]
    fn who_asks_for_digests_gets_them() {
        let digest = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/x";
        assert!(!is_wanted("AWSLogs/", digest));
        assert!(is_wanted("AWSLogs/111122223333/CloudTrail-Digest/", digest));
        assert!(!is_wanted("other/", digest));
    }
}
