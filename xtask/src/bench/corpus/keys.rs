//! Made-up key pairs in the right shape, and the forms in which people leave them lying about.

use crate::bench::random::Random;

/// The characters of Alibaba Cloud's ids (Base58: none that look alike).
const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";

/// A pair that nobody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The access key id.
    pub(crate) id: String,
    /// Its secret.
    pub(crate) secret: String,
}

/// A pair of one of the two providers, and the text in which it stands.
pub(crate) fn plant(random: &mut Random) -> (Pair, String) {
    if random.below(2) == 0 {
        let id = format!("LTAI5t{}", random.text(BASE58, 18));
        let pair = Pair { id, secret: random.text(ALPHANUMERIC, 30) };
        let text = aliyun_form(random, &pair);
        (pair, text)
    } else {
        let id = format!("AKIA{}", random.text(BASE32, 16));
        let pair = Pair { id, secret: random.text(BASE64, 40) };
        let text = aws_form(random, &pair);
        (pair, text)
    }
}

fn aliyun_form(random: &mut Random, Pair { id, secret }: &Pair) -> String {
    match random.below(5) {
        0 => format!("AccessKeyId: {id}\nAccessKeySecret: {secret}\n"),
        1 => format!("{{\"accessKeyId\":\"{id}\",\"accessKeySecret\":\"{secret}\"}}\n"),
        2 => {
            format!("ALIBABA_CLOUD_ACCESS_KEY_ID={id}\nALIBABA_CLOUD_ACCESS_KEY_SECRET={secret}\n")
        }
        3 => format!("auth = oss2.Auth('{id}', '{secret}')\n"),
        _ => format!("INFO oss client access_key_id={id} access_key_secret={secret} ready\n"),
    }
}

fn aws_form(random: &mut Random, Pair { id, secret }: &Pair) -> String {
    match random.below(4) {
        0 => format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
        1 => format!("{{\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"{secret}\"}}\n"),
        2 => format!("export AWS_ACCESS_KEY_ID={id}\nexport AWS_SECRET_ACCESS_KEY={secret}\n"),
        _ => format!("s3.accessKey: {id}\ns3.secretKey: {secret}\n"),
    }
}
