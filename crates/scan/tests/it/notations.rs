//! Ids, secrets and passwords in the notations of languages, commands and tables, and what stands in their
//! place.

use claviger_scan::Limits;

use crate::{pairs, scan};

const ID: &str = "Hq3VtXw9LmNc72KbYzRd";
const SECRET: &str = "kd83jfA2xQw9ZtV5mLrN7pBs4cHy6gTe1uWq0nXo";

/// The secrets found, ids left out.
fn secrets(text: &str) -> Vec<String> {
    let findings = scan("a", text.as_bytes(), Limits::default()).findings;
    findings.into_iter().filter_map(|f| Some(f.secret?.value.reveal().to_owned())).collect()
}

#[test]
fn a_pair_without_a_prefix_is_found_by_its_names_in_every_notation() {
    for text in [
        "const MINIO_ACCESS_KEY: &str = \"ID\";\nconst MINIO_SECRET_KEY: &str = \"SK\";\n",
        "a = process.env.MINIO_ACCESS_KEY || 'ID';\nb = process.env.MINIO_SECRET_KEY || 'SK';\n",
        "variable \"minio_access_key\" {\n  default = \"ID\"\n}\nvariable \"minio_secret_key\" {\n  default = \"SK\"\n}\n",
        "#define MINIO_ACCESS_KEY \"ID\"\n#define MINIO_SECRET_KEY \"SK\"\n",
        "<name>fs.minio.access.key</name>\n<value>ID</value>\n<name>fs.minio.secret.key</name>\n<value>SK</value>\n",
        "user,minio access key,minio secret key\nci,ID,SK\n",
        "MINIO_ROOT_USER=ID\nMINIO_ROOT_PASSWORD=SK\n",
        "User Name,Access Key Id,Secret Access Key\nci,ID,SK\n",
    ] {
        let text = text.replace("ID\"", &format!("{ID}\"")).replace("ID'", &format!("{ID}'"));
        let text = text
            .replace(">ID<", &format!(">{ID}<"))
            .replace("ci,ID,SK", &format!("ci,{ID},{SECRET}"));
        let text = text.replace("=ID\n", &format!("={ID}\n")).replace("SK", SECRET);
        let found = pairs(&scan("a", text.as_bytes(), Limits::default()));
        assert_eq!(found, [(ID.to_owned(), SECRET.to_owned())], "{text}");
    }
}

#[test]
fn a_password_is_found_where_no_name_announces_it() {
    for text in [
        "mysqldump -h db -u backup -pkd83jfA2xQw9 shop\n",
        "curl -u ci:kd83jfA2xQw9 https://api.acme.cn\n",
        "CREATE USER 'a'@'%' IDENTIFIED BY 'kd83jfA2xQw9';\n",
        "db.acme.cn:5432:shop:shop:kd83jfA2xQw9\n",
        "dsn := \"shop:kd83jfA2xQw9@tcp(db:3306)/shop\"\n",
        "requirepass kd83jfA2xQw9\n",
        "machine git.acme.cn\nlogin ci\npassword kd83jfA2xQw9\n",
        "host,user,password\ndb,root,kd83jfA2xQw9\n",
    ] {
        assert_eq!(secrets(text), ["kd83jfA2xQw9"], "{text}");
    }
}

#[test]
fn what_programs_and_vaults_write_is_no_password() {
    for text in [
        "password: ENC[AES256_GCM,data:Nupca/P+lQPrxNH+AR8=,iv:4WbTmIDx=,tag:XPYB3g==,type:str]\n",
        "spring.datasource.password=ENC(cz7U1+YN2n6tP4WLoixGUNHPFUGjljKF+3x+iGeO4Zp=)\n",
        "password = 'pbkdf2_sha256$390000$c6nS7eqW0H6dfMR0ySIEkn$GIF7I2GyGtDlYcxagTCJWAF1Guk6='\n",
        "mongodb://<username>:<password>@cluster.mongodb.net\n",
        "fn f(password: *const u16) {}\n",
        "SecretId: arn:aws:secretsmanager:eu-west-1:111122223333:secret:MyTestSecret-a1b2c3\n",
        "password: PHlvdXItcGFzc3dvcmQ+\n",
        "bypass = enabled2\n",
    ] {
        assert_eq!(secrets(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn an_id_that_could_be_any_word_is_found_beside_its_secret() {
    let key =
        "T/42bvwavG4iV5cVAbUqthdo3XpzMbeYHEDiMobhP3zJhwHAe+VI+HJlP/aQci2w1Rk9GuzHeFcg5moCfEDxKg==";
    for (text, id, secret) in [
        (
            "MINIO_ROOT_USER=svc-archive\nMINIO_ROOT_PASSWORD=Q7d!MgBrCY8yd7jG\n",
            "svc-archive",
            "Q7d!MgBrCY8yd7jG",
        ),
        (
            "    rootUser: lakehouse_rw\n    rootPassword: \"XpLnG61nCO9B9Kgn\"\n",
            "lakehouse_rw",
            "XpLnG61nCO9B9Kgn",
        ),
        (
            "data:\n  root-user: dmF1bHQtc3luYw==\n  root-password: WHBMbkc2MW5DTzlCOUtnbg==\n",
            "vault-sync",
            "XpLnG61nCO9B9Kgn",
        ),
        (
            "new ObsClient(\"52PZI3NJPU924KKOXBQS\", \"9TgRaXH2Opx1Qxb31LAyKqYgFkA8ZbQaFwUgcteT\", config);\n",
            "52PZI3NJPU924KKOXBQS",
            "9TgRaXH2Opx1Qxb31LAyKqYgFkA8ZbQaFwUgcteT",
        ),
        (
            "MinioClient.builder().endpoint(\"https://s3.acme.cn\").credentials(\"CDH9CDZB1SK7NPOM8K44\", \"9TgRaXH2Opx1Qxb31LAyKqYgFkA8ZbQaFwUgcteT\")\n",
            "CDH9CDZB1SK7NPOM8K44",
            "9TgRaXH2Opx1Qxb31LAyKqYgFkA8ZbQaFwUgcteT",
        ),
        (
            &format!("AccountName=acmelogs3;AccountKey={key};EndpointSuffix=core.windows.net\n"),
            "acmelogs3",
            key,
        ),
        (&format!("[az]\ntype = azureblob\naccount = acmelogs3\nkey = {key}\n"), "acmelogs3", key),
        (
            &format!(
                "<name>fs.azure.account.key.acmelogs3.dfs.core.windows.net</name>\n<value>{key}</value>\n"
            ),
            "acmelogs3",
            key,
        ),
    ] {
        let found = pairs(&scan("a", text.as_bytes(), Limits::default()));
        assert_eq!(found, [(id.to_owned(), secret.to_owned())], "{text}");
    }
}

#[test]
fn key_and_secret_are_a_pair_as_arguments_of_a_client_of_a_store() {
    let (word, password) = ("svc-archive", "XpLnG61nCO9B9KgnIPMf");
    for text in [
        "fs = s3fs.S3FileSystem(key=\"ID\", secret=\"SK\", client_kwargs={\"endpoint_url\": \"http://minio:9000\"})\n",
        "fs = s3fs.S3FileSystem(\n    anon=False,\n    secret='SK',\n    key='ID',\n)\n",
        "fs = fsspec.filesystem(\"s3\", key=\"ID\", secret=\"SK\")\n",
        "fs = ossfs.OSSFileSystem(endpoint='http://oss-cn-hangzhou.aliyuncs.com', key='ID', secret='SK')\n",
        "df = dd.read_parquet('s3://b/x', storage_options={'key': 'ID', 'secret': 'SK'})\n",
        "{\"storage_options\": {\"key\": \"ID\", \"secret\": \"SK\"}}\n",
        "$s3 = new Aws\\S3\\S3Client(['version' => 'latest', 'credentials' => ['key' => 'ID', 'secret' => 'SK']]);\n",
    ] {
        for (id, secret) in [(word, password), (ID, SECRET)] {
            let text = text.replace("ID", id).replace("SK", secret);
            let found = pairs(&scan("a", text.as_bytes(), Limits::default()));
            assert_eq!(found, [(id.to_owned(), secret.to_owned())], "{text}");
        }
    }
}

#[test]
fn key_and_secret_are_no_pair_elsewhere() {
    for text in [
        "fs = S3FileSystem(key=\"svc-archive\", secret=os.environ[\"S3_SECRET\"])\n",
        "fs = S3FileSystem(key=\"svc-archive\", secret=\"<your-secret>\")\n",
        "fs = S3FileSystem(key=\"minioadmin\", secret=\"changeme\")\n",
        "fs = S3FileSystem(anon=True)\npusher = Pusher(key=\"svc-archive\", secret=\"XpLnG61nCO9B9KgnIPMf\")\n",
        "fs = LocalFileSystem(cache_key=\"svc-archive\", secret=\"XpLnG61nCO9B9KgnIPMf\")\n",
        "var client = createClient({ key: 'svc-archive', secret: 'XpLnG61nCO9B9KgnIPMf', cluster: 'eu' });\n",
        "twitter = OAuth(key='svc-archive', secret='XpLnG61nCO9B9KgnIPMf')\n",
        "fs = S3FileSystem(key=key, secret=\"XpLnG61nCO9B9KgnIPMf\")\n",
    ] {
        let found = pairs(&scan("a", text.as_bytes(), Limits::default()));
        assert_eq!(found, [], "{text}");
    }
}

#[test]
fn a_file_in_base64_is_told_by_what_it_holds() {
    let text = "kind: Secret\ndata:\n  credentials: W2RlZmF1bHRdCmF3c19hY2Nlc3Nfa2V5X2lkID0gQUtJQUZCRUpHTEVMRkFNQkQ2MlkKYXdzX3NlY3JldF9hY2Nlc3Nfa2V5ID0gMUI0YmJLVXlWbnVxNE93dW5YMGtndzNkTVNqUit4N2xsUlRyV09ZMgo=\n";
    assert_eq!(secrets(text), ["1B4bbKUyVnuq4OwunX0kgw3dMSjR+x7llRTrWOY2"]);
}
