//! Pairs in the settings of what reads and writes stores (engines, copying programs, charts, SQL), in the arguments of
//! clients, and pairs whose id could be any word: accounts of Azure Storage, root users of stores.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::case::{Case, Truth};
use super::provider::{ALNUM, PROVIDERS};
use crate::bench::random::Random;

/// How many of each.
const EACH: usize = 3;

/// Words of which names of accounts and users are made.
const WORDS: [&str; 8] =
    ["backup", "lake", "archive", "media", "audit", "ledger", "sync", "ingest"];

/// The provider's name (`azure` and `root` for those whose ids are words), the file, and its text with `{id}`,
/// `{secret}`, and both in base64 as `{id64}`, `{secret64}`.
const FILES: [(&str, &str, &str); 44] = [
    (
        "aws",
        "spark-defaults.conf",
        "spark.hadoop.fs.s3a.access.key {id}\nspark.hadoop.fs.s3a.secret.key {secret}\n",
    ),
    (
        "minio",
        "core-site.xml",
        "<property><name>fs.s3a.endpoint</name><value>http://minio:9000</value></property>\n<property><name>fs.s3a.access.key</name><value>{id}</value></property>\n<property><name>fs.s3a.secret.key</name><value>{secret}</value></property>\n",
    ),
    (
        "aliyun 24",
        "core-site.xml",
        "<property>\n  <name>fs.oss.accessKeyId</name>\n  <value>{id}</value>\n</property>\n<property>\n  <name>fs.oss.accessKeySecret</name>\n  <value>{secret}</value>\n</property>\n",
    ),
    (
        "huawei",
        "core-site.xml",
        "<property>\n<name>fs.obs.access.key</name>\n<value>{id}</value>\n</property>\n<property>\n<name>fs.obs.secret.key</name>\n<value>{secret}</value>\n</property>\n",
    ),
    (
        "tencent",
        "core-site.xml",
        "<property><name>fs.cosn.userinfo.secretId</name><value>{id}</value></property><property><name>fs.cosn.userinfo.secretKey</name><value>{secret}</value></property>\n",
    ),
    (
        "azure",
        "core-site.xml",
        "<property>\n  <name>fs.azure.account.key.{id}.blob.core.windows.net</name>\n  <value>{secret}</value>\n</property>\n",
    ),
    ("azure", "abfs.properties", "fs.azure.account.key.{id}.dfs.core.windows.net={secret}\n"),
    (
        "azure",
        ".env",
        "AZURE_STORAGE_CONNECTION_STRING=DefaultEndpointsProtocol=https;AccountName={id};AccountKey={secret};EndpointSuffix=core.windows.net\n",
    ),
    ("azure", ".env", "AZURE_STORAGE_ACCOUNT={id}\nAZURE_STORAGE_KEY={secret}\n"),
    (
        "azure",
        "appsettings.json",
        "{\n  \"Storage\": \"AccountKey={secret};AccountName={id};DefaultEndpointsProtocol=https\"\n}\n",
    ),
    ("azure", "rclone.conf", "[az]\ntype = azureblob\naccount = {id}\nkey = {secret}\n"),
    ("root", ".env", "MINIO_ROOT_USER={id}\nMINIO_ROOT_PASSWORD={secret}\nMINIO_VOLUMES=/data\n"),
    (
        "root",
        "docker-compose.yml",
        "services:\n  minio:\n    image: minio/minio\n    environment:\n      MINIO_ROOT_USER: {id}\n      MINIO_ROOT_PASSWORD: {secret}\n",
    ),
    (
        "root",
        "docker-compose.yml",
        "services:\n  s3:\n    image: minio/minio\n    environment:\n      - MINIO_ROOT_USER={id}\n      - MINIO_ROOT_PASSWORD={secret}\n",
    ),
    (
        "root",
        "values.yaml",
        "mode: standalone\nrootUser: {id}\nrootPassword: {secret}\npersistence:\n  enabled: true\n",
    ),
    (
        "root",
        "secret.yaml",
        "kind: Secret\ndata:\n  root-user: {id64}\n  root-password: {secret64}\n",
    ),
    ("root", "run.sh", "docker run -e MINIO_ROOT_PASSWORD={secret}\nexport MINIO_ROOT_USER={id}\n"),
    (
        "minio",
        "rclone.conf",
        "[m]\ntype = s3\nprovider = Minio\naccess_key_id = {id}\nsecret_access_key = {secret}\nendpoint = http://10.0.0.4:9000\n",
    ),
    (
        "minio",
        "config.json",
        "{\"version\":\"10\",\"aliases\":{\"prod\":{\"url\":\"https://minio.acme.cn\",\"accessKey\":\"{id}\",\"secretKey\":\"{secret}\",\"api\":\"s3v4\"}}}",
    ),
    (
        "minio",
        "stores.csv",
        "endpoint,secret_key,access_key,owner\nhttp://minio:9000,{secret},{id},ops\n",
    ),
    (
        "minio",
        "Store.java",
        "MinioClient c = MinioClient.builder().endpoint(\"https://s3.acme.cn\").credentials(\"{id}\", \"{secret}\").build();\n",
    ),
    (
        "minio",
        "store.go",
        "client, err := minio.New(\"s3.acme.cn\", &minio.Options{\n\tCreds: credentials.NewStaticV4(\"{id}\", \"{secret}\", \"\"),\n})\n",
    ),
    (
        "minio",
        "setup.sql",
        "SET s3_endpoint='minio:9000';\nSET s3_access_key_id='{id}';\nSET s3_secret_access_key='{secret}';\n",
    ),
    (
        "minio",
        "iceberg.properties",
        "s3.endpoint=http://minio:9000\ns3.aws-access-key={id}\ns3.aws-secret-key={secret}\n",
    ),
    (
        "minio",
        "clickhouse.xml",
        "<s3>\n <endpoint>http://minio:9000/b/</endpoint>\n <access_key_id>{id}</access_key_id>\n <secret_access_key>{secret}</secret_access_key>\n</s3>\n",
    ),
    (
        "huawei",
        "Store.java",
        "ObsClient obs = new ObsClient(\"{id}\", \"{secret}\", \"https://obs.cn-north-4.myhuaweicloud.com\");\n",
    ),
    ("huawei", "Store.cs", "ObsClient client = new ObsClient(\"{id}\", \"{secret}\", config);\n"),
    (
        "huawei",
        "dump.sql",
        "INSERT INTO cloud_account (vendor, access_key, secret_key) VALUES ('huaweicloud', '{id}', '{secret}');\n",
    ),
    (
        "tencent",
        "Store.java",
        "COSCredentials cred = new BasicCOSCredentials(\"{id}\", \"{secret}\");\n",
    ),
    (
        "baidu",
        "Store.java",
        "config.setCredentials(new DefaultBceCredentials(\"{id}\", \"{secret}\"));\n",
    ),
    (
        "volcengine",
        "store.py",
        "client = tos.TosClientV2('{id}', '{secret}', 'tos-cn-beijing.volces.com', 'cn-beijing')\n",
    ),
    ("jd", "store.py", "credential = Credential('{id}', '{secret}')\n"),
    (
        "aliyun 24",
        "store.go",
        "client, err := oss.New(\"oss-cn-hangzhou.aliyuncs.com\", \"{id}\", \"{secret}\")\n",
    ),
    (
        "aliyun 24",
        "config.sh",
        "ossutil64 config -e oss-cn-hangzhou.aliyuncs.com -i {id} -k {secret}\n",
    ),
    (
        "aws",
        "Store.cs",
        "var client = new AmazonS3Client(\"{id}\", \"{secret}\", RegionEndpoint.EUWest1);\n",
    ),
    (
        "aws",
        "store.rb",
        "Aws.config.update(credentials: Aws::Credentials.new('{id}', '{secret}'))\n",
    ),
    (
        "aws",
        "store.rs",
        "let c = Credentials::new(\"{id}\", \"{secret}\", None, None, \"static\");\n",
    ),
    (
        "aws",
        "duck.sql",
        "CREATE SECRET s (TYPE s3, KEY_ID '{id}', SECRET '{secret}', REGION 'eu-west-1');\n",
    ),
    (
        "aws",
        "redshift.sql",
        "COPY t FROM 's3://b/k' CREDENTIALS 'aws_access_key_id={id};aws_secret_access_key={secret}' CSV;\n",
    ),
    (
        "aws",
        "stage.sql",
        "CREATE STAGE s URL='s3://b' CREDENTIALS=(AWS_KEY_ID='{id}' AWS_SECRET_KEY='{secret}');\n",
    ),
    (
        "aws",
        "clickhouse.sql",
        "SELECT * FROM s3('https://b.s3.amazonaws.com/x.csv', '{id}', '{secret}', 'CSV');\n",
    ),
    (
        "aws",
        "storage.yml",
        "amazon:\n  service: S3\n  access_key_id: <%= '{id}' %>\n  secret_access_key: <%= '{secret}' %>\n",
    ),
    ("aws", "passwd-s3fs", "{id}:{secret}\n"),
    (
        "aws",
        "deploy.yml",
        "      - run: aws configure set aws_access_key_id {id} && aws configure set aws_secret_access_key {secret}\n",
    ),
];

/// Draws all of them.
pub(super) fn cases(random: &mut Random) -> Vec<Case> {
    let mut cases = Vec::new();
    for (number, (owner, file, text)) in FILES.iter().enumerate() {
        for round in 0..EACH {
            let (id, secret) = pair(owner, random);
            let text = text
                .replace("{id}", &id)
                .replace("{secret}", &secret)
                .replace("{id64}", &STANDARD.encode(&id))
                .replace("{secret64}", &STANDARD.encode(&secret));
            let truths = vec![Truth::pair(&id, &secret)];
            let name = format!("{owner} {number} {round}");
            cases.push(Case::new(&format!("store: {file}"), &name, file, text, truths));
        }
    }
    cases
}

/// A pair that nobody has.
fn pair(owner: &str, random: &mut Random) -> (String, String) {
    match owner {
        "azure" => {
            let mut key = [0; 64];
            random.fill(&mut key);
            (
                format!("{}{}", random.word(&WORDS), random.text(b"0123456789", 4)),
                STANDARD.encode(key),
            )
        }
        "root" => {
            let id = format!("{}-{}", random.word(&WORDS), random.word(&WORDS));
            (id, random.text(ALNUM, 20))
        }
        name => {
            let known = PROVIDERS.iter().find(|known| known.name == name);
            known.unwrap_or(&PROVIDERS[0]).draw(random)
        }
    }
}
