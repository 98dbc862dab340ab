//! The files that tools of providers write and read themselves, each with the names that it uses.

use super::case::{Case, Truth};
use super::provider::PROVIDERS;
use crate::bench::random::Random;

/// How many of each.
const EACH: usize = 3;

/// The provider's name, the file, and its text with `{id}`, `{secret}` and `{more}` for letters and digits.
const FILES: [(&str, &str, &str); 30] = [
    (
        "aws",
        ".aws/credentials",
        "[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\nregion = eu-west-1\n",
    ),
    ("aws", "rootkey.csv", "AWSAccessKeyId={id}\r\nAWSSecretKey={secret}\r\n"),
    ("aws", "ci_accessKeys.csv", "\u{feff}Access key ID,Secret access key\n{id},{secret}\n"),
    (
        "aws",
        "credentials.csv",
        "User name,Password,Access key ID,Secret access key,Console login link\nci,,{id},{secret},https://123456789012.signin.aws.amazon.com/console\n",
    ),
    (
        "aws",
        "create-access-key.json",
        "{\n    \"AccessKey\": {\n        \"UserName\": \"ci\",\n        \"AccessKeyId\": \"{id}\",\n        \"Status\": \"Active\",\n        \"SecretAccessKey\": \"{secret}\",\n        \"CreateDate\": \"2026-03-01T10:00:00Z\"\n    }\n}\n",
    ),
    (
        "aws",
        "terraform.tfstate",
        "{\"resources\":[{\"type\":\"aws_iam_access_key\",\"instances\":[{\"attributes\":{\"create_date\":\"2026-03-01\",\"id\":\"{id}\",\"key_fingerprint\":null,\"secret\":\"{secret}\",\"status\":\"Active\",\"user\":\"ci\"}}]}]}",
    ),
    (
        "aws",
        ".s3cfg",
        "[default]\naccess_key = {id}\nbucket_location = eu-west-1\ncheck_ssl_certificate = True\ngpg_passphrase = \nhost_base = s3.amazonaws.com\nsecret_key = {secret}\nuse_https = True\n",
    ),
    (
        "aws",
        "rclone.conf",
        "[acme]\ntype = s3\nprovider = AWS\nenv_auth = false\naccess_key_id = {id}\nsecret_access_key = {secret}\nregion = eu-west-1\n",
    ),
    ("aws", ".boto", "[Credentials]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
    ("aws", ".passwd-s3fs", "{id}:{secret}\n"),
    (
        "aws",
        "core-site.xml",
        "<configuration>\n<property>\n<name>fs.s3a.access.key</name>\n<value>{id}</value>\n</property>\n<property>\n<name>fs.s3a.secret.key</name>\n<value>{secret}</value>\n</property>\n</configuration>",
    ),
    (
        "aws",
        "spark.py",
        "sc._jsc.hadoopConfiguration().set(\"fs.s3a.access.key\", \"{id}\")\nsc._jsc.hadoopConfiguration().set(\"fs.s3a.secret.key\", \"{secret}\")\n",
    ),
    ("aws", "s3.txt", "s3a://{id}:{secret}@acme-backup/2026/\n"),
    (
        "aws",
        "litestream.yml",
        "access-key-id: {id}\nsecret-access-key: {secret}\ndbs:\n  - path: /srv/app.db\n",
    ),
    (
        "aws",
        "gitlab.rb",
        "gitlab_rails['object_store']['connection'] = {\n  'provider' => 'AWS',\n  'aws_access_key_id' => '{id}',\n  'aws_secret_access_key' => '{secret}'\n}\n",
    ),
    (
        "aliyun 24",
        ".ossutilconfig",
        "[Credentials]\nlanguage=EN\nendpoint=oss-cn-hangzhou.aliyuncs.com\naccessKeyID={id}\naccessKeySecret={secret}\n",
    ),
    (
        "aliyun 24",
        ".aliyun/config.json",
        "{\"current\":\"default\",\"profiles\":[{\"name\":\"default\",\"mode\":\"AK\",\"access_key_id\":\"{id}\",\"access_key_secret\":\"{secret}\",\"sts_token\":\"\",\"region_id\":\"cn-hangzhou\"}]}",
    ),
    ("aliyun 24", "AccessKey.csv", "AccessKey ID,AccessKey Secret\n{id},{secret}\n"),
    (
        "aliyun 24",
        "nacos.yaml",
        "spring:\n  cloud:\n    alicloud:\n      access-key: {id}\n      secret-key: {secret}\n      oss:\n        endpoint: oss-cn-hangzhou.aliyuncs.com\n",
    ),
    ("aliyun 24", "chat.txt", "[10:02] wang: 生产环境的 AK: {id} SK: {secret} 不要外传\n"),
    ("aliyun 24", "mail.txt", "AccessKey ID\n{id}\nAccessKey Secret\n{secret}\n"),
    (
        "aliyun sts",
        "sts.json",
        "{\"RequestId\":\"{more}\",\"Credentials\":{\"SecurityToken\":\"CAIS{more}{more}{more}{more}{more}{more}{more}{more}\",\"AccessKeyId\":\"{id}\",\"AccessKeySecret\":\"{secret}\",\"Expiration\":\"2026-03-01T10:00:00Z\"}}",
    ),
    (
        "tencent",
        ".cos.conf",
        "[common]\nsecret_id = {id}\nsecret_key = {secret}\nbucket = acme-1250000000\nregion = ap-guangzhou\n",
    ),
    ("tencent", "default.credential", "{\"secretId\": \"{id}\", \"secretKey\": \"{secret}\"}"),
    (
        "huawei",
        ".obsutilconfig",
        "endpoint=obs.cn-north-4.myhuaweicloud.com\nak={id}\nsk={secret}\ntoken=\n",
    ),
    (
        "huawei",
        "credentials.csv",
        "User Name,Access Key Id,Secret Access Key\nobs-ci,{id},{secret}\n",
    ),
    (
        "minio",
        ".mc/config.json",
        "{\"version\":\"10\",\"aliases\":{\"acme\":{\"url\":\"https://minio.acme.internal:9000\",\"accessKey\":\"{id}\",\"secretKey\":\"{secret}\",\"api\":\"S3v4\",\"path\":\"auto\"}}}",
    ),
    (
        "minio",
        "minio-env",
        "MINIO_ROOT_USER={id}\nMINIO_ROOT_PASSWORD={secret}\nMINIO_VOLUMES=/mnt/data\n",
    ),
    (
        "google hmac",
        ".boto",
        "[Credentials]\ngs_access_key_id = {id}\ngs_secret_access_key = {secret}\n",
    ),
    (
        "volcengine",
        "config.json",
        "{\"profiles\":{\"default\":{\"mode\":\"AK\",\"access-key\":\"{id}\",\"secret-key\":\"{secret}\",\"region\":\"cn-beijing\"}}}",
    ),
];

/// Draws all of them.
pub(super) fn cases(random: &mut Random) -> Vec<Case> {
    let mut cases = Vec::new();
    for (who, file, text) in FILES {
        let Some(provider) = PROVIDERS.iter().find(|known| known.name == who) else { continue };
        for number in 0..EACH {
            let (id, secret) = provider.draw(random);
            let more = random.text(super::provider::ALNUM, 32);
            let filled = text.replace("{more}", &more).replace("{id}", &id);
            let filled = filled.replace("{secret}", &secret);
            let name = format!("{file} {number}");
            let truths = vec![Truth::pair(&id, &secret)];
            cases.push(Case::new("pair: tools' own files", &name, file, filled, truths));
        }
    }
    cases
}
