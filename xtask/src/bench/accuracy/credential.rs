//! Credentials beside access key pairs: tokens after the vendors' own pages, passwords, addresses, keys.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::case::{Case, Truth};
use super::negative::{uuid, wrapped};
use super::provider::{ALNUM, BASE32, BASE64, CAPITALS, HEX, Part, URL64, draw};
use crate::bench::random::Random;
use Part::{Of, Text};

const DIGITS: &[u8] = b"0123456789";
const LOWER: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// Letters, digits and signs of a password that a generator makes.
const PASSWORD: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A token that its own form tells: the usual name, and its parts.
const TOKENS: [(&str, &[Part]); 44] = [
    ("GITLAB_TOKEN", &[Text("glpat-"), Of(URL64, 20)]),
    ("GITHUB_PAT", &[Text("github_pat_"), Of(ALNUM, 22), Text("_"), Of(ALNUM, 59)]),
    ("STRIPE_SECRET_KEY", &[Text("sk_live_"), Of(ALNUM, 24)]),
    ("STRIPE_RESTRICTED_KEY", &[Text("rk_live_"), Of(ALNUM, 99)]),
    ("STRIPE_WEBHOOK_SECRET", &[Text("whsec_"), Of(ALNUM, 32)]),
    (
        "SLACK_BOT_TOKEN",
        &[Text("xoxb-"), Of(DIGITS, 12), Text("-"), Of(DIGITS, 13), Text("-"), Of(ALNUM, 24)],
    ),
    (
        "SLACK_APP_TOKEN",
        &[Text("xapp-1-A0"), Of(CAPITALS, 9), Text("-"), Of(DIGITS, 13), Text("-"), Of(HEX, 64)],
    ),
    (
        "SLACK_WEBHOOK",
        &[
            Text("https://hooks.slack.com/services/T0"),
            Of(CAPITALS, 8),
            Text("/B0"),
            Of(CAPITALS, 9),
            Text("/"),
            Of(ALNUM, 24),
        ],
    ),
    ("OPENAI_API_KEY", &[Text("sk-proj-"), Of(ALNUM, 20), Text("T3BlbkFJ"), Of(ALNUM, 20)]),
    ("ANTHROPIC_API_KEY", &[Text("sk-ant-api03-"), Of(URL64, 93), Text("AA")]),
    ("GOOGLE_API_KEY", &[Text("AIzaSy"), Of(URL64, 33)]),
    ("GOOGLE_CLIENT_SECRET", &[Text("GOCSPX-"), Of(URL64, 28)]),
    ("SENDGRID_API_KEY", &[Text("SG."), Of(URL64, 22), Text("."), Of(URL64, 43)]),
    ("MAILGUN_API_KEY", &[Text("key-"), Of(HEX, 32)]),
    ("MAILCHIMP_API_KEY", &[Of(HEX, 32), Text("-us12")]),
    ("PYPI_TOKEN", &[Text("pypi-AgEIcHlwaS5vcmc"), Of(URL64, 150)]),
    ("HF_TOKEN", &[Text("hf_"), Of(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 34)]),
    ("SHOPIFY_TOKEN", &[Text("shpat_"), Of(HEX, 32)]),
    ("DIGITALOCEAN_TOKEN", &[Text("dop_v1_"), Of(HEX, 64)]),
    ("NEW_RELIC_KEY", &[Text("NRAK-"), Of(CAPITALS, 27)]),
    ("DATABRICKS_TOKEN", &[Text("dapi"), Of(HEX, 32)]),
    ("VAULT_TOKEN", &[Text("hvs."), Of(ALNUM, 92)]),
    ("TFC_TOKEN", &[Of(ALNUM, 14), Text(".atlasv1."), Of(ALNUM, 67)]),
    ("DOCKER_TOKEN", &[Text("dckr_pat_"), Of(URL64, 27)]),
    ("TELEGRAM_BOT_TOKEN", &[Of(b"123456789", 1), Of(DIGITS, 9), Text(":AA"), Of(URL64, 33)]),
    ("SQUARE_TOKEN", &[Text("EAAA"), Of(URL64, 60)]),
    ("TWILIO_API_KEY", &[Text("SK"), Of(HEX, 32)]),
    ("ATLASSIAN_TOKEN", &[Text("ATATT3xFfGF0"), Of(URL64, 180)]),
    ("LINEAR_API_KEY", &[Text("lin_api_"), Of(ALNUM, 40)]),
    ("NOTION_TOKEN", &[Text("ntn_"), Of(ALNUM, 46)]),
    ("GRAFANA_TOKEN", &[Text("glsa_"), Of(ALNUM, 32), Text("_"), Of(HEX, 8)]),
    ("SENTRY_TOKEN", &[Text("sntryu_"), Of(HEX, 64)]),
    ("PULUMI_TOKEN", &[Text("pul-"), Of(HEX, 40)]),
    ("POSTMAN_API_KEY", &[Text("PMAK-"), Of(HEX, 24), Text("-"), Of(HEX, 34)]),
    ("FIGMA_TOKEN", &[Text("figd_"), Of(URL64, 40)]),
    ("DOPPLER_TOKEN", &[Text("dp.pt."), Of(ALNUM, 43)]),
    ("AZURE_CLIENT_SECRET", &[Of(ALNUM, 3), Text("8Q~"), Of(ALNUM, 34)]),
    ("GROQ_API_KEY", &[Text("gsk_"), Of(ALNUM, 52)]),
    ("REPLICATE_TOKEN", &[Text("r8_"), Of(ALNUM, 37)]),
    ("FLY_TOKEN", &[Text("fo1_"), Of(URL64, 43)]),
    ("SENDINBLUE_KEY", &[Text("xkeysib-"), Of(HEX, 64), Text("-"), Of(ALNUM, 16)]),
    ("AGE_KEY", &[Text("AGE-SECRET-KEY-1"), Of(b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)]),
    ("TAILSCALE_KEY", &[Text("tskey-auth-k"), Of(ALNUM, 11), Text("CNTRL-"), Of(ALNUM, 32)]),
    ("NUGET_KEY", &[Text("oy2"), Of(b"abcdefghijklmnopqrstuvwxyz234567", 43)]),
];

/// Where a token or a password stands.
const PLACES: [(&str, &str, &str); 4] = [
    ("settings", ".env", "PORT=80\n{name}={value}\n"),
    ("code", "client.py", "client = Client(\n    {lower}=\"{value}\",\n    retries=3,\n)\n"),
    ("json", "config.json", "{\"service\": {\"{lower}\": \"{value}\"}}\n"),
    ("yaml", "config.yml", "service:\n  {lower}: {value}\n"),
];

/// Where a password stands that has nothing but its name and its account: the text, with `{v}` for it.
const ACCOUNTS: [(&str, &str); 24] = [
    (
        "application.yml",
        "spring:\n  datasource:\n    url: jdbc:mysql://10.0.3.7:3306/shop\n    username: shop\n    password: {v}\n",
    ),
    (
        "application.properties",
        "spring.datasource.url=jdbc:postgresql://db.acme.cn/shop\nspring.datasource.username=shop\nspring.datasource.password={v}\n",
    ),
    (
        "settings.py",
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'shop', 'USER': 'shop', 'PASSWORD': '{v}', 'HOST': '10.0.3.7', 'PORT': 5432}}\n",
    ),
    (
        "wp-config.php",
        "define('DB_NAME', 'wp');\ndefine('DB_USER', 'wp');\ndefine('DB_PASSWORD', '{v}');\ndefine('DB_HOST', '10.0.3.7');\n",
    ),
    (
        "appsettings.json",
        "{\"ConnectionStrings\":{\"Default\":\"Server=10.0.3.7,1433;Database=shop;User Id=shop;Password={v};Encrypt=true\"}}",
    ),
    (
        "docker-compose.yml",
        "services:\n  db:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: {v}\n      MYSQL_DATABASE: shop\n",
    ),
    (
        "compose.yaml",
        "services:\n  db:\n    image: postgres:16\n    environment:\n      - POSTGRES_USER=shop\n      - POSTGRES_PASSWORD={v}\n",
    ),
    ("redis.conf", "bind 10.0.3.7\nport 6379\nrequirepass {v}\n"),
    (".netrc", "machine git.acme.cn\nlogin ci\npassword {v}\n"),
    (
        ".pypirc",
        "[distutils]\nindex-servers = acme\n\n[acme]\nrepository = https://pypi.acme.cn\nusername = ci\npassword = {v}\n",
    ),
    (
        "settings.xml",
        "<servers><server><id>acme</id><username>ci</username><password>{v}</password></server></servers>\n",
    ),
    ("my.cnf", "[client]\nuser=backup\npassword={v}\nhost=10.0.3.7\n"),
    (".pgpass", "10.0.3.7:5432:shop:shop:{v}\n"),
    ("tnsnames.sql", "sqlplus shop/{v}@10.0.3.7:1521/ORCL\n"),
    ("backup.sh", "mysqldump -h 10.0.3.7 -u backup -p{v} shop > shop.sql\n"),
    ("pg.sh", "PGPASSWORD={v} psql -h 10.0.3.7 -U shop\n"),
    (
        "smtp.ini",
        "[mail]\nsmtp_host = smtp.acme.cn\nsmtp_user = noreply@acme.cn\nsmtp_password = {v}\n",
    ),
    ("main.go", "db, err := sql.Open(\"mysql\", \"shop:{v}@tcp(10.0.3.7:3306)/shop\")\n"),
    ("users.sql", "CREATE USER 'shop'@'%' IDENTIFIED BY '{v}';\n"),
    ("hosts.ini", "[web]\n10.0.3.7 ansible_user=root ansible_password={v}\n"),
    ("curl.sh", "curl -u admin:{v} https://api.acme.cn/v1/export\n"),
    ("notes.txt", "数据库 10.0.3.7 用户名：root 密码：{v}\n"),
    ("mongo.yml", "mongodb:\n  host: 10.0.3.7\n  user: shop\n  pass: {v}\n"),
    ("accounts.csv", "host,user,password\n10.0.3.7,root,{v}\n"),
];

/// Schemes of addresses with a password in them.
const SCHEMES: [&str; 12] = [
    "mysql",
    "postgresql",
    "mongodb+srv",
    "redis",
    "amqp",
    "mssql",
    "oracle",
    "clickhouse",
    "ftp",
    "https",
    "mysql+pymysql",
    "ldap",
];

/// Draws all of them.
pub(super) fn cases(random: &mut Random) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, parts) in TOKENS {
        for (place, file, text) in PLACES {
            let value = draw(random, parts);
            let text = text.replace("{name}", name).replace("{lower}", &name.to_lowercase());
            let text = text.replace("{value}", &value);
            cases.push(Case::new(
                &format!("token: {place}"),
                name,
                file,
                text,
                vec![Truth::secret(&value)],
            ));
        }
    }
    for (file, text) in ACCOUNTS {
        for length in [10, 14, 20] {
            let value = random.text(PASSWORD, length - 1) + "7";
            let truths = vec![Truth::secret(&value)];
            cases.push(Case::new("account", file, file, text.replace("{v}", &value), truths));
        }
    }
    for scheme in SCHEMES {
        for number in 0..2 {
            let value = random.text(PASSWORD, 12 + number * 4);
            let text =
                format!("URL={scheme}://shop:{value}@{}.acme.cn/shop\n", random.text(LOWER, 3));
            cases.push(Case::new(
                "address",
                scheme,
                "service.conf",
                text,
                vec![Truth::secret(&value)],
            ));
        }
    }
    for number in 0..4 {
        cases.extend(checked(random, number));
        cases.extend(encoded(random, number));
        cases.extend(named(random, number));
    }
    cases
}

fn add(cases: &mut Vec<Case>, number: usize, name: &str, file: &str, text: String, value: &str) {
    let class = format!("key: {name}");
    cases.push(Case::new(&class, &number.to_string(), file, text, vec![Truth::secret(value)]));
}

/// What carries a checksum or a structure.
fn checked(random: &mut Random, number: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    let body = random.text(ALNUM, 30);
    let github = format!("ghp_{body}{}", checksum(&body));
    add(
        &mut cases,
        number,
        "GitHub",
        "deploy.sh",
        format!("git clone https://ci:{github}@github.com/acme/web\n"),
        &github,
    );
    let npm_body = random.text(ALNUM, 30);
    let npm = format!("npm_{npm_body}{}", checksum(&npm_body));
    add(
        &mut cases,
        number,
        "npm",
        ".npmrc",
        format!("//registry.npmjs.org/:_authToken={npm}\n"),
        &npm,
    );
    let storage = random.text(BASE64, 86) + "==";
    add(
        &mut cases,
        number,
        "Azure storage",
        "local.settings.json",
        format!(
            "{{\"Values\":{{\"AzureWebJobsStorage\":\"DefaultEndpointsProtocol=https;AccountName=acme{number};AccountKey={storage};EndpointSuffix=core.windows.net\"}}}}"
        ),
        &storage,
    );
    let claims = |text: String| URL_SAFE_NO_PAD.encode(text);
    let jwt = format!(
        "{}.{}.{}",
        claims("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned()),
        claims(format!(
            "{{\"sub\":\"{}\",\"role\":\"service_role\",\"iat\":1772000000}}",
            random.below(99999)
        )),
        random.text(URL64, 43)
    );
    add(
        &mut cases,
        number,
        "JSON web token",
        "api.http",
        format!("GET /v1/me\nAuthorization: Bearer {jwt}\n"),
        &jwt,
    );
    cases
}

/// What is written in base64, and private keys.
fn encoded(random: &mut Random, number: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    let basic = STANDARD.encode(format!("ci:{}", random.text(PASSWORD, 14)));
    add(
        &mut cases,
        number,
        "basic authorization",
        "docker.json",
        format!("{{\"auths\":{{\"hub.acme.cn\":{{\"auth\":\"{basic}\"}}}}}}"),
        &basic,
    );
    let header = STANDARD.encode(format!("admin:{}", random.text(PASSWORD, 14)));
    add(
        &mut cases,
        number,
        "basic header",
        "x.http",
        format!("GET /\nAuthorization: Basic {header}\n"),
        &header,
    );
    let key = wrapped(random, "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ", 1573, "=");
    let begin = "-----BEGIN";
    let pem = format!("{begin} PRIVATE KEY-----\n{key}-----END PRIVATE KEY-----\n");
    add(
        &mut cases,
        number,
        "private key",
        "server.key",
        pem.clone(),
        key.lines().nth(2).unwrap_or_default(),
    );
    let account = format!(
        "{{\"type\":\"service_account\",\"project_id\":\"acme\",\"private_key_id\":\"{}\",\"private_key\":\"{}\",\"client_email\":\"ci@acme.iam.gserviceaccount.com\"}}",
        random.text(HEX, 40),
        pem.replace('\n', "\\n")
    );
    add(
        &mut cases,
        number,
        "service account",
        "sa.json",
        account,
        key.lines().nth(3).unwrap_or_default(),
    );
    let rsa = wrapped(random, "MIIEpAIBAAKCAQEA", 1574, "==");
    add(
        &mut cases,
        number,
        "RSA key",
        "id_rsa",
        format!("{begin} RSA PRIVATE KEY-----\n{rsa}-----END RSA PRIVATE KEY-----\n"),
        rsa.lines().nth(4).unwrap_or_default(),
    );
    cases
}

/// What only its name tells.
fn named(random: &mut Random, number: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    let api = random.text(ALNUM, 32);
    add(
        &mut cases,
        number,
        "generic key",
        "Service.java",
        format!("private static final String API_KEY = \"{api}\";\n"),
        &api,
    );
    let hexadecimal = random.text(HEX, 40);
    add(
        &mut cases,
        number,
        "generic secret",
        ".env",
        format!("JWT_SECRET={hexadecimal}\nSESSION_TTL=3600\n"),
        &hexadecimal,
    );
    let django = random.text(b"abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)", 50);
    add(
        &mut cases,
        number,
        "Django secret",
        "settings.py",
        format!("SECRET_KEY = 'django-insecure-{django}'\n"),
        &django,
    );
    let client = uuid(random);
    let token = random.text(BASE32, 32);
    add(
        &mut cases,
        number,
        "one-time password seed",
        "totp.txt",
        format!("client_id: {client}\notpauth://totp/acme:ci?secret={token}&issuer=acme\n"),
        &token,
    );
    let sas = random.text(BASE64, 43).replace('+', "%2B").replace('/', "%2F") + "%3D";
    add(
        &mut cases,
        number,
        "shared access signature",
        "url.txt",
        format!(
            "https://acme.blob.core.windows.net/b?sv=2022-11-02&ss=b&srt=sco&sp=rwdl&se=2027-01-01T00:00:00Z&sig={sas}\n"
        ),
        &sas,
    );
    cases
}

/// The last six characters of GitHub's and npm's tokens: CRC-32 in base 62.
fn checksum(body: &str) -> String {
    const DIGITS62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut crc = flate2::Crc::new();
    crc.update(body.as_bytes());
    let mut sum = crc.sum();
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS62[(sum % 62) as usize];
        sum /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}
