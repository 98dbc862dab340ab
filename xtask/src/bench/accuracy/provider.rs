//! What the ids and secrets of each provider look like, after the providers' own pages, and how their own
//! tools name the two.

use crate::bench::random::Random;

pub(super) const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
pub(super) const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub(super) const ALNUM: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(super) const CAPITALS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(super) const BASE64: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";
pub(super) const URL64: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
pub(super) const HEX: &[u8] = b"0123456789abcdef";

/// A part of an id or a secret.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// Always the same.
    Text(&'static str),
    /// So many characters of an alphabet.
    Of(&'static [u8], usize),
    /// Base64 of so many hexadecimal digits.
    EncodedHex(usize),
}
use Part::{EncodedHex, Of, Text};

/// Draws a text.
pub(super) fn draw(random: &mut Random, parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Text(same) => text.push_str(same),
            Of(alphabet, length) => text.push_str(&random.text(alphabet, *length)),
            EncodedHex(length) => {
                use base64::Engine;
                let digits = random.text(HEX, *length);
                text.push_str(&base64::engine::general_purpose::STANDARD_NO_PAD.encode(digits));
            }
        }
    }
    text
}

/// Who issues pairs.
pub(super) struct Provider {
    pub(super) name: &'static str,
    id: &'static [Part],
    secret: &'static [Part],
    /// The words of the name that its own tools give an id.
    pub(super) id_name: &'static [&'static str],
    /// The same of a secret.
    pub(super) secret_name: &'static [&'static str],
    /// Where its objects are.
    pub(super) endpoint: &'static str,
    /// Whether an id tells by itself what it is.
    pub(super) has_prefix: bool,
}

impl Provider {
    /// A pair that nobody has.
    pub(super) fn draw(&self, random: &mut Random) -> (String, String) {
        (draw(random, self.id), draw(random, self.secret))
    }
}

const fn provider(
    name: &'static str,
    has_prefix: bool,
    (id, secret): (&'static [Part], &'static [Part]),
    (id_name, secret_name): (&'static [&'static str], &'static [&'static str]),
    endpoint: &'static str,
) -> Provider {
    Provider { name, id, secret, id_name, secret_name, endpoint, has_prefix }
}

const ALIYUN: (&[&str], &[&str]) = (
    &["alibaba", "cloud", "access", "key", "id"],
    &["alibaba", "cloud", "access", "key", "secret"],
);
const ALIYUN_SHORT: (&[&str], &[&str]) =
    (&["oss", "access", "key", "id"], &["oss", "access", "key", "secret"]);
const AWS: (&[&str], &[&str]) =
    (&["aws", "access", "key", "id"], &["aws", "secret", "access", "key"]);
const OSS: &str = "oss-cn-hangzhou.aliyuncs.com";
const GOOGLE: (&[&str], &[&str]) =
    (&["gs", "access", "key", "id"], &["gs", "secret", "access", "key"]);

/// Every provider.
pub(super) const PROVIDERS: [Provider; 28] = [
    provider("aliyun 24", true, (&[Text("LTAI5t"), Of(BASE58, 18)], &[Of(ALNUM, 30)]), ALIYUN, OSS),
    provider(
        "aliyun 24 G",
        true,
        (&[Text("LTAI4G"), Of(BASE58, 18)], &[Of(ALNUM, 30)]),
        ALIYUN_SHORT,
        OSS,
    ),
    provider(
        "aliyun 16",
        true,
        (&[Text("LTAI"), Of(ALNUM, 12)], &[Of(ALNUM, 30)]),
        ALIYUN_SHORT,
        OSS,
    ),
    provider("aliyun 20", true, (&[Text("LTAI"), Of(ALNUM, 16)], &[Of(ALNUM, 30)]), ALIYUN, OSS),
    provider(
        "aliyun sts",
        true,
        (&[Text("STS.N"), Of(BASE58, 24)], &[Of(BASE58, 44)]),
        ALIYUN,
        OSS,
    ),
    provider(
        "aws",
        true,
        (&[Text("AKIA"), Of(BASE32, 16)], &[Of(BASE64, 40)]),
        AWS,
        "s3.eu-west-1.amazonaws.com",
    ),
    provider(
        "aws session",
        true,
        (&[Text("ASIA"), Of(BASE32, 16)], &[Of(BASE64, 40)]),
        AWS,
        "s3.amazonaws.com",
    ),
    provider(
        "tencent",
        true,
        (&[Text("AKID"), Of(ALNUM, 32)], &[Of(ALNUM, 32)]),
        (&["tencentcloud", "secret", "id"], &["tencentcloud", "secret", "key"]),
        "cos.ap-guangzhou.myqcloud.com",
    ),
    provider(
        "huawei",
        false,
        (&[Of(CAPITALS, 20)], &[Of(ALNUM, 40)]),
        (&["huaweicloud", "sdk", "ak"], &["huaweicloud", "sdk", "sk"]),
        "obs.cn-north-4.myhuaweicloud.com",
    ),
    provider(
        "huawei obs",
        false,
        (&[Of(CAPITALS, 20)], &[Of(ALNUM, 40)]),
        (&["obs", "access", "key", "id"], &["obs", "secret", "access", "key"]),
        "obs.cn-south-1.myhuaweicloud.com",
    ),
    provider(
        "volcengine",
        true,
        (&[Text("AKLT"), EncodedHex(32)], &[Of(BASE64, 58), Text("==")]),
        (&["volc", "accesskey"], &["volc", "secretkey"]),
        "tos-cn-beijing.volces.com",
    ),
    provider(
        "baidu",
        true,
        (&[Text("ALTAK"), Of(ALNUM, 21)], &[Of(HEX, 32)]),
        (&["bce", "access", "key", "id"], &["bce", "secret", "access", "key"]),
        "bj.bcebos.com",
    ),
    provider(
        "jd",
        true,
        (&[Text("JDC_"), Of(CAPITALS, 28)], &[Of(CAPITALS, 32)]),
        (&["jdcloud", "access", "key"], &["jdcloud", "secret", "key"]),
        "s3.cn-north-1.jdcloud-oss.com",
    ),
    provider(
        "kingsoft",
        true,
        (&[Text("AKLT"), Of(URL64, 20)], &[Of(URL64, 42)]),
        (&["ks3", "access", "key", "id"], &["ks3", "access", "key", "secret"]),
        "ks3-cn-beijing.ksyuncs.com",
    ),
    provider(
        "ucloud",
        false,
        (&[Of(BASE64, 45)], &[Of(BASE64, 60)]),
        (&["ucloud", "public", "key"], &["ucloud", "private", "key"]),
        "cn-bj.ufileos.com",
    ),
    provider(
        "qiniu",
        false,
        (&[Of(URL64, 40)], &[Of(URL64, 40)]),
        (&["qiniu", "access", "key"], &["qiniu", "secret", "key"]),
        "upload.qiniup.com",
    ),
    provider(
        "google hmac",
        true,
        (&[Text("GOOG1E"), Of(BASE32, 55)], &[Of(BASE64, 40)]),
        GOOGLE,
        "storage.googleapis.com",
    ),
    provider(
        "google hmac user",
        true,
        (&[Text("GOOG"), Of(CAPITALS, 20)], &[Of(BASE64, 40)]),
        GOOGLE,
        "storage.googleapis.com",
    ),
    provider(
        "oracle",
        false,
        (&[Of(HEX, 40)], &[Of(BASE64, 43), Text("=")]),
        (&["oci", "access", "key"], &["oci", "secret", "key"]),
        "acme.compat.objectstorage.eu-frankfurt-1.oraclecloud.com",
    ),
    provider(
        "ibm",
        false,
        (&[Of(HEX, 32)], &[Of(HEX, 48)]),
        (&["ibm", "cos", "access", "key", "id"], &["ibm", "cos", "secret", "access", "key"]),
        "s3.eu-de.cloud-object-storage.appdomain.cloud",
    ),
    provider(
        "digitalocean",
        true,
        (&[Text("DO00"), Of(CAPITALS, 16)], &[Of(BASE64, 43)]),
        (&["spaces", "access", "key", "id"], &["spaces", "secret", "access", "key"]),
        "ams3.digitaloceanspaces.com",
    ),
    provider(
        "cloudflare r2",
        false,
        (&[Of(HEX, 32)], &[Of(HEX, 64)]),
        (&["r2", "access", "key", "id"], &["r2", "secret", "access", "key"]),
        "acme.r2.cloudflarestorage.com",
    ),
    provider(
        "backblaze",
        false,
        (
            &[Text("00"), Of(HEX, 13), Text("000000000"), Of(b"123456789", 1)],
            &[Text("K00"), Of(b"12345", 1), Of(BASE64, 27)],
        ),
        (&["b2", "application", "key", "id"], &["b2", "application", "key"]),
        "s3.us-west-004.backblazeb2.com",
    ),
    provider(
        "wasabi",
        false,
        (&[Of(CAPITALS, 20)], &[Of(ALNUM, 40)]),
        (&["wasabi", "access", "key"], &["wasabi", "secret", "key"]),
        "s3.eu-central-1.wasabisys.com",
    ),
    provider(
        "minio",
        false,
        (&[Of(ALNUM, 20)], &[Of(ALNUM, 40)]),
        (&["minio", "access", "key"], &["minio", "secret", "key"]),
        "minio.acme.internal:9000",
    ),
    provider(
        "yandex",
        true,
        (&[Text("YCAJE"), Of(URL64, 20)], &[Text("YC"), Of(URL64, 38)]),
        (&["yandex", "access", "key", "id"], &["yandex", "secret", "access", "key"]),
        "storage.yandexcloud.net",
    ),
    provider(
        "exoscale",
        true,
        (&[Text("EXO"), Of(HEX, 24)], &[Of(URL64, 43)]),
        (&["exoscale", "api", "key"], &["exoscale", "api", "secret"]),
        "sos-ch-gva-2.exo.io",
    ),
    provider(
        "linode",
        false,
        (&[Of(CAPITALS, 20)], &[Of(ALNUM, 40)]),
        (&["linode", "access", "key"], &["linode", "secret", "key"]),
        "eu-central-1.linodeobjects.com",
    ),
];
