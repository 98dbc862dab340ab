//! The user agents that real clients send, with versions that move.

use crate::bench::random::Random;

/// A client. Its number of variants is unbounded: system, interpreter and version are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::bench::detect) enum Tool {
    Boto,
    AwsCli,
    AwsJava,
    AwsJavaTwo,
    AwsGo,
    AwsJs,
    AwsTerraform,
    AwsConsole,
    Hadoop,
    FluentBit,
    Rclone,
    S3Browser,
    Cyberduck,
    OssPython,
    OssJava,
    OssGo,
    OssNode,
    OssUtil,
    OssBrowser,
    OssHadoop,
    OssTerraform,
    AliyunPython,
    AliyunConsole,
    Curl,
}

/// What a machine has.
#[derive(Debug, Clone, Copy)]
pub(in crate::bench::detect) struct Machine {
    linux: &'static str,
    python: u64,
    java: &'static str,
    go: u64,
    is_arm: bool,
}

const KERNELS: [&str; 7] = [
    "5.15.0-1055-aws",
    "5.10.209-198.858.amzn2.x86_64",
    "6.1.79-99.167.amzn2023.x86_64",
    "5.10.134-16.1.al8.x86_64",
    "4.19.91-27.7.al7.x86_64",
    "6.5.0-1018-azure",
    "5.4.0-174-generic",
];

impl Machine {
    /// A machine.
    pub(in crate::bench::detect) fn draw(random: &mut Random) -> Self {
        Self {
            linux: random.word(&KERNELS),
            python: random.below(5) + 8,
            java: random.word(&["1.8.0_402", "11.0.22", "17.0.10", "21.0.2"]),
            go: random.below(4) + 19,
            is_arm: random.below(4) == 0,
        }
    }

    /// A person's computer.
    fn system(self) -> &'static str {
        if self.is_arm { "Darwin/23.4.0 exe/arm64" } else { "Windows/10 exe/AMD64" }
    }
}

impl Tool {
    /// What machines of AWS users run.
    pub(in crate::bench::detect) const OF_AWS: [Self; 5] =
        [Self::Boto, Self::AwsJava, Self::AwsJavaTwo, Self::AwsGo, Self::AwsJs];
    /// What machines of Alibaba Cloud users run.
    pub(in crate::bench::detect) const OF_ALIYUN: [Self; 4] =
        [Self::OssPython, Self::OssJava, Self::OssGo, Self::OssNode];

    /// The user agent; a higher release is a later version.
    pub(in crate::bench::detect) fn agent(self, machine: Machine, release: u32) -> String {
        let Machine { linux, python, java, go, is_arm } = machine;
        let arch = if is_arm { "aarch64" } else { "x86_64" };
        let minor = 20 + release;
        let patch = (release * 37 + 11) % 160;
        match self {
            Self::Boto => format!(
                "Boto3/1.{minor}.{patch} md/Botocore#1.{minor}.{patch} ua/2.0 os/linux#{linux} \
                 md/arch#{arch} lang/python#3.{python}.{} md/pyimpl#CPython cfg/retry-mode#legacy \
                 Botocore/1.{minor}.{patch}",
                patch % 12
            ),
            // The command's name follows, call by call.
            Self::AwsCli if linux.ends_with("generic") || linux.ends_with("azure") => format!(
                "aws-cli/2.{minor}.{} Python/3.11.8 Linux/{linux} exe/{arch}.ubuntu.22 prompt/off command/",
                patch % 30
            ),
            Self::AwsCli => format!(
                "aws-cli/2.{minor}.{} Python/3.11.8 {} prompt/off command/",
                patch % 30,
                machine.system()
            ),
            Self::AwsJava => format!(
                "aws-sdk-java/1.12.{} Linux/{linux} OpenJDK_64-Bit_Server_VM/{java} java/{java} \
                 vendor/Amazon.com_Inc. cfg/retry-mode/legacy",
                400 + release * 9
            ),
            Self::AwsJavaTwo => format!(
                "aws-sdk-java/2.{minor}.{} Linux/{linux} OpenJDK_64-Bit_Server_VM/{java} Java/{java} \
                 vendor/Eclipse_Adoptium io/sync http/Apache cfg/retry-mode/legacy",
                patch % 60
            ),
            Self::AwsGo => format!(
                "aws-sdk-go-v2/1.{minor}.{} os/linux lang/go#1.{go}.{} md/GOOS#linux \
                 md/GOARCH#{} api/s3#1.{}.{}",
                patch % 9,
                patch % 7,
                if is_arm { "arm64" } else { "amd64" },
                minor + 25,
                patch % 6
            ),
            Self::AwsJs => format!(
                "aws-sdk-js/3.{}.0 ua/2.0 os/linux#{linux} lang/js md/nodejs#18.{}.1 api/s3#3.{}.0",
                480 + release * 5,
                minor % 20,
                480 + release * 5
            ),
            Self::AwsTerraform => format!(
                "APN/1.0 HashiCorp/1.0 Terraform/1.{}.{} (+https://www.terraform.io) \
                 terraform-provider-aws/5.{minor}.0 (+https://registry.terraform.io/providers/hashicorp/aws) \
                 aws-sdk-go-v2/1.{minor}.1 os/linux lang/go#1.{go}.8 md/GOOS#linux md/GOARCH#amd64",
                5 + release / 4,
                release % 6
            ),
            Self::Hadoop => format!(
                "Hadoop 3.3.{}, aws-sdk-java/1.12.{} Linux/{linux} OpenJDK_64-Bit_Server_VM/{java} \
                 java/{java} vendor/Amazon.com_Inc.",
                release % 7,
                262 + release
            ),
            _ => self.other_agent(machine, release),
        }
    }

    /// Clients that have no version of their own system to tell.
    fn other_agent(self, machine: Machine, release: u32) -> String {
        let is_arm = machine.is_arm;
        match self {
            Self::FluentBit => format!("aws-fluent-bit-plugin-{}", release % 5),
            Self::Rclone => format!("rclone/v1.{}.{}", 60 + release % 8, release % 3),
            Self::S3Browser => {
                format!("S3 Browser/11.{}.{} (https://s3browser.com)", release % 8, release % 5)
            }
            Self::Cyberduck => format!(
                "Cyberduck/8.{}.{}.41543 (Mac OS X/14.4) ({})",
                release % 8,
                release % 4,
                if is_arm { "aarch64" } else { "x86_64" }
            ),
            _ => self.aliyun_agent(machine, release),
        }
    }

    /// The clients of Alibaba Cloud, and browsers.
    fn aliyun_agent(self, machine: Machine, release: u32) -> String {
        let Machine { linux, python, java, go, is_arm } = machine;
        let chrome = 118 + release % 8;
        match self {
            Self::OssPython => format!(
                "aliyun-sdk-python/2.{}.{}(Linux/{linux}/x86_64;3.{python}.{})",
                14 + release % 6,
                release % 7,
                release % 11
            ),
            Self::OssJava => format!(
                "aliyun-sdk-java/3.{}.{}(Linux/{linux}/amd64;{java})",
                14 + release % 5,
                release % 4
            ),
            Self::OssGo => format!(
                "aliyun-sdk-go/v{}.{}.{} (Linux/{linux}/x86_64;go1.{go}.{})",
                2 + release % 2,
                release % 3,
                release % 9,
                release % 6
            ),
            Self::OssNode => {
                format!(
                    "aliyun-sdk-nodejs/6.{}.0 Node.js v18.19.0 on Linux 64-bit",
                    10 + release % 12
                )
            }
            Self::OssUtil if is_arm => format!(
                "aliyun-sdk-go/v2.2.6 (Darwin/23.4.0/arm64;go1.{go})/ossutil-v1.7.{}",
                10 + release % 9
            ),
            Self::OssUtil => format!(
                "aliyun-sdk-go/v2.2.6 (Linux/{linux}/x86_64;go1.{go})/ossutil-v1.7.{}",
                10 + release % 9
            ),
            Self::OssBrowser => format!(
                "aliyun-sdk-js/1.0.0 Chrome {chrome}.0 on Windows 10 64-bit oss-browser/1.{}.0",
                12 + release % 7
            ),
            Self::OssHadoop => format!(
                "aliyun-sdk-java/3.13.{}(Linux/{linux}/amd64;{java})/HadoopFS/3.3.{}",
                release % 3,
                release % 7
            ),
            Self::OssTerraform => format!(
                "HashiCorp-Terraform/1.{}.{} aliyun-sdk-go/v2.1.{} (Linux/{linux}/x86_64;go1.{go}) Provider/1.{}.0",
                5 + release / 4,
                release % 6,
                release % 9,
                210 + release
            ),
            Self::AliyunPython => format!(
                "AlibabaCloud (Linux; x86_64) Python/3.{python}.{} Core/2.13.{} python-requests/2.31.0",
                release % 9,
                20 + release
            ),
            Self::Curl => format!("curl/7.{}.0", 68 + release),
            _ => {
                let system = if is_arm {
                    "Macintosh; Intel Mac OS X 10_15_7"
                } else {
                    "Windows NT 10.0; Win64; x64"
                };
                format!(
                    "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/{chrome}.0.0.0 Safari/537.36"
                )
            }
        }
    }
}
