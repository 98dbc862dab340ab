//! What looks like a credential and is none: every finding in these is a false alarm.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::case::Case;
use super::provider::{ALNUM, BASE32, BASE64, CAPITALS, HEX, URL64};
use crate::bench::random::Random;

/// How many of each kind.
const EACH: usize = 12;

/// A kind: its name, the file, and what draws its text.
type Kind = (&'static str, &'static str, fn(&mut Random) -> String);

const KINDS: [Kind; 38] = [
    ("example key", "README.md", |r| {
        format!(
            "export AWS_ACCESS_KEY_ID=AKIA{}EXAMPLE\nexport AWS_SECRET_ACCESS_KEY={}EXAMPLEKEY\n",
            r.text(BASE32, 9),
            r.text(BASE64, 30)
        )
    }),
    ("placeholder", ".env.example", |r| {
        let value = r.word(&[
            "your-access-key-id",
            "<ACCESS_KEY>",
            "xxxxxxxxxxxxxxxxxxxx",
            "CHANGEME",
            "****************",
            "REPLACE_ME_WITH_YOUR_KEY",
            "my-secret-key",
            "insert-key-here",
            "TODO",
            "${STORAGE_KEY}",
        ]);
        format!(
            "ACCESS_KEY_ID={value}\nSECRET_ACCESS_KEY={value}\nDB_PASSWORD={value}\nAPI_TOKEN={value}\n"
        )
    }),
    ("template", "values.yaml", |r| {
        let name = r.word(&["storage", "db", "cache", "mail", "queue"]);
        format!(
            "{name}:\n  accessKey: {{{{ .Values.{name}.accessKey }}}}\n  secretKey: ${{{{ secrets.{}_KEY }}}}\n  password: !Ref {name}Password\n  token: \"%({name}_token)s\"\n",
            name.to_uppercase()
        )
    }),
    ("environment", "settings.py", |r| {
        let name = r.word(&["DB", "MAIL", "AWS", "OSS", "REDIS"]);
        format!(
            "import os\nPASSWORD = os.environ[\"{name}_PASSWORD\"]\nSECRET_KEY = os.getenv(\"{name}_SECRET_KEY_V2\", \"\")\napi_key = config.get(\"{name}.api_key1\")\ntoken = get_token_from_vault(\"{name}/prod2\")\n"
        )
    }),
    ("checksums", "SHA256SUMS", |r| {
        (0..8).map(|n| format!("{}  release-{n}.tar.gz\n", r.text(HEX, 64))).collect()
    }),
    ("commits", "history.txt", |r| {
        (0..8)
            .map(|n| format!("commit {}\n    merge key handling {n}\n", r.text(HEX, 40)))
            .collect()
    }),
    ("md5 column", "files.csv", |r| {
        "name,size,md5,etag\n".to_owned()
            + &(0..6)
                .map(|n| {
                    format!(
                        "f{n}.bin,{},{},\"{}-3\"\n",
                        r.below(99999),
                        r.text(HEX, 32),
                        r.text(HEX, 32)
                    )
                })
                .collect::<String>()
    }),
    ("uuid", "resources.json", |r| {
        format!(
            "{{\"secret_ref\":\"{0}\",\"key_id\":\"{1}\",\"tenant\":\"{0}\",\"token_id\":\"{1}\"}}",
            uuid(r),
            uuid(r)
        )
    }),
    ("uuid secret reference", "app.yaml", |r| {
        format!("credentials:\n  secret: {}\n  secretRef: {}\n", uuid(r), uuid(r))
    }),
    ("package lock", "package-lock.json", |r| {
        format!(
            "{{\"packages\":{{\"node_modules/key-{0}\":{{\"version\":\"1.0.{0}\",\"resolved\":\"https://registry.acme.org/key/-/key-1.0.{0}.tgz\",\"integrity\":\"sha512-{1}==\"}}}}}}",
            r.below(99),
            r.text(BASE64, 86)
        )
    }),
    ("yarn lock", "yarn.lock", |r| {
        format!(
            "token-types@^4.1.1:\n  version \"4.2.1\"\n  resolved \"https://registry.acme.org/token-types/-/token-types-4.2.1.tgz#{}\"\n  integrity sha512-{}==\n",
            r.text(HEX, 40),
            r.text(BASE64, 86)
        )
    }),
    ("go sum", "go.sum", |r| {
        (0..6)
            .map(|n| format!("github.com/acme/secret{n} v1.{n}.0 h1:{}=\n", r.text(BASE64, 43)))
            .collect()
    }),
    ("cargo lock", "Cargo.lock", |r| {
        (0..6).map(|n| format!("[[package]]\nname = \"secret-{n}\"\nversion = \"1.0.{n}\"\nchecksum = \"{}\"\n\n", r.text(HEX, 64))).collect()
    }),
    ("pip hashes", "requirements.txt", |r| {
        (0..5)
            .map(|n| format!("keyring==24.{n}.0 \\\n    --hash=sha256:{}\n", r.text(HEX, 64)))
            .collect()
    }),
    ("subresource integrity", "index.html", |r| {
        format!(
            "<script src=\"/js/auth.js\" integrity=\"sha384-{}\" crossorigin=\"anonymous\"></script>\n<script nonce=\"{}\">key=1</script>\n",
            r.text(BASE64, 64),
            r.text(ALNUM, 22)
        )
    }),
    ("minified script", "app.min.js", |r| {
        let mut text = String::from("!function(e,t){");
        for _ in 0..40 {
            text.push_str(&format!(
                "var {}=function({},t){{return {}.key=t,this.token={}}};",
                r.text(b"abcdefghijk", 2),
                r.text(b"abcdef", 1),
                r.text(b"abcdef", 1),
                r.text(b"ghijkl", 2)
            ));
        }
        text + "}(window);"
    }),
    ("source map", "app.js.map", |r| {
        format!(
            "{{\"version\":3,\"sources\":[\"auth.js\"],\"mappings\":\"{}\"}}",
            (0..80).map(|_| r.text(BASE64, 7) + r.word(&[",", ";"])).collect::<String>()
        )
    }),
    ("image in base64", "style.css", |r| {
        format!(
            ".key{{background:url(data:image/png;base64,iVBORw0KGgo{}=)}}\n",
            r.text(BASE64, 600)
        )
    }),
    ("certificate", "ca.pem", |r| {
        format!(
            "-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n",
            wrapped(r, "MIID", 900, "")
        )
    }),
    ("public key", "id.pub", |r| {
        format!(
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ{} deploy@acme.cn\n-----BEGIN PUBLIC KEY-----\n{}-----END PUBLIC KEY-----\n",
            r.text(BASE64, 340),
            wrapped(r, "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", 360, "")
        )
    }),
    ("signature block", "notes.asc", |r| {
        format!(
            "-----BEGIN PGP SIGNATURE-----\n\n{}={}\n-----END PGP SIGNATURE-----\n",
            wrapped(r, "iQEzBAABCAAd", 400, ""),
            r.text(BASE64, 4)
        )
    }),
    ("ansible vault", "vault.yml", |r| {
        format!(
            "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n{}",
            (0..8).map(|_| format!("  {}\n", r.text(HEX, 80))).collect::<String>()
        )
    }),
    ("sops", "secrets.enc.yaml", |r| {
        format!(
            "password: ENC[AES256_GCM,data:{}=,iv:{}=,tag:{}==,type:str]\nsops:\n    mac: ENC[AES256_GCM,data:{},type:str]\n",
            r.text(BASE64, 19),
            r.text(BASE64, 43),
            r.text(BASE64, 22),
            r.text(BASE64, 60)
        )
    }),
    ("sealed secret", "sealed.yaml", |r| {
        format!(
            "kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgB{}==\n",
            r.text(BASE64, 400)
        )
    }),
    ("jasypt", "application.properties", |r| {
        format!(
            "spring.datasource.password=ENC({}=)\nspring.mail.password={{cipher}}{}\n",
            r.text(BASE64, 43),
            r.text(HEX, 64)
        )
    }),
    ("password hashes", "users.sql", |r| {
        format!(
            "INSERT INTO users (name, password_hash) VALUES ('li', '$2b$12${}');\nroot:$6${}${}:19000:0:99999:7:::\npassword = 'pbkdf2_sha256$390000${}${}='\n",
            r.text(ALNUM, 53),
            r.text(ALNUM, 16),
            r.text(ALNUM, 86),
            r.text(ALNUM, 22),
            r.text(BASE64, 43)
        )
    }),
    ("word list", "words.txt", |r| {
        (0..40)
            .map(|_| {
                format!(
                    "{}\n",
                    r.word(&[
                        "passwordless",
                        "keyboard",
                        "secretary",
                        "tokenizer",
                        "ASIAPACIFICREGIONS",
                        "LTAIMITATION",
                        "AKIAVERYLONGWORDIS",
                        "monkey1",
                        "bearer",
                        "accessory",
                        "authentication2"
                    ])
                )
            })
            .collect()
    }),
    ("identifiers", "Auth.java", |r| {
        format!(
            "String token = AccessTokenProvider.getAccessToken2();\nprivate final String passwordResetTokenKey = \"user.password.reset.token.v{}\";\nsecretKey = KeyFactory.getInstance(\"PBKDF2WithHmacSHA256\");\nString apiKeyHeader = \"X-Api-Key-V2\";\n",
            r.below(9)
        )
    }),
    ("test vectors", "vectors.txt", |r| {
        (0..6)
            .map(|n| {
                format!(
                    "Count = {n}\nKey = {}\nIV = {}\nPlaintext = {}\nCiphertext = {}\n\n",
                    r.text(HEX, 32),
                    r.text(HEX, 24),
                    r.text(HEX, 64),
                    r.text(HEX, 64)
                )
            })
            .collect()
    }),
    ("interface texts", "zh.json", |r| {
        format!(
            "{{\"password\":\"密码\",\"password.hint\":\"At least {0} characters, 1 digit\",\"passwordRequired\":\"Password is required!\",\"forgot_password\":\"Forgot your password?\",\"token_expired\":\"Token expired after {0}h\"}}",
            r.below(90) + 8
        )
    }),
    ("form", "login.html", |r| {
        format!(
            "<input type=\"password\" name=\"password\" id=\"password{}\" autocomplete=\"current-password\">\n<label for=\"password1\">Password:</label>\n<a href=\"/password/reset?step=2\">Reset</a>\n",
            r.below(9)
        )
    }),
    ("types", "client.ts", |r| {
        format!(
            "interface Login {{ password: string; token?: string; apiKey: string | undefined }}\nconst tokenRegex = /^[A-Za-z0-9]{{{}}}$/;\nlet secretKey: Uint8Array = new Uint8Array(32);\nif (password === oldPassword1) throw new Error('E1');\n",
            r.below(60) + 4
        )
    }),
    ("identity headers", "access.log", |r| {
        (0..6).map(|_| format!("10.0.0.{} - - [01/Mar/2026:10:00:00 +0000] \"GET /b/key HTTP/1.1\" 200 512 \"{}\" x-oss-request-id={} etag=\"{}\" trace={}\n", r.below(250), r.text(CAPITALS, 24), r.text(CAPITALS, 24), r.text(HEX, 32), r.text(HEX, 32))).collect()
    }),
    ("public key set", "jwks.json", |r| {
        format!(
            "{{\"keys\":[{{\"kty\":\"RSA\",\"use\":\"sig\",\"kid\":\"{}\",\"alg\":\"RS256\",\"n\":\"{}\",\"e\":\"AQAB\"}}]}}",
            r.text(URL64, 27),
            r.text(URL64, 342)
        )
    }),
    ("image digests", "deploy.yaml", |r| {
        format!(
            "image: acme/web@sha256:{}\nenv:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db-credentials-v2\n      key: password\n",
            r.text(HEX, 64)
        )
    }),
    ("placeholder in base64", "secret.yaml", |r| {
        format!(
            "kind: Secret\ndata:\n  password: {}\n  apiKey: {}\n",
            STANDARD.encode(r.word(&["changeme", "<your-password>", "REPLACE_ME", "password"])),
            STANDARD.encode(r.word(&[
                "your-api-key-here",
                "xxxxxxxxxxxxxxxxxxxxxxxx",
                "<api-key>"
            ]))
        )
    }),
    ("documented address", "README.rst", |r| {
        format!(
            "mysql://user:password@localhost:3306/db{0}\npostgres://username:password@hostname/dbname\nredis://:${{REDIS_PASSWORD}}@cache:6379\nhttps://user:pass@example.com/x{0}\nmongodb://<username>:<password>@cluster.mongodb.net\n",
            r.below(9)
        )
    }),
    ("hex dump", "dump.txt", |r| {
        (0..12)
            .map(|n| {
                format!(
                    "{:08x}  {}  |key.token|\n",
                    n * 16,
                    (0..16).map(|_| r.text(HEX, 2)).collect::<Vec<_>>().join(" ")
                )
            })
            .collect()
    }),
];

/// Draws all of them.
pub(super) fn cases(random: &mut Random) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, file, text) in KINDS {
        for number in 0..EACH {
            let class = format!("negative: {name}");
            cases.push(Case::new(&class, &number.to_string(), file, text(random), Vec::new()));
        }
    }
    cases
}

/// A UUID of random bits (RFC 9562 §5.4).
pub(super) fn uuid(random: &mut Random) -> String {
    let mut hex = |length| random.text(HEX, length);
    format!("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
}

/// Lines of base64 that begin with `head` and end with `pad`.
pub(super) fn wrapped(random: &mut Random, head: &str, length: usize, pad: &str) -> String {
    let text = format!("{head}{}{pad}", random.text(BASE64, length));
    let mut lines = String::new();
    for (place, character) in text.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            lines.push('\n');
        }
        lines.push(character);
    }
    lines + "\n"
}
