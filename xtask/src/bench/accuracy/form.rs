//! The forms in which people and programs write a pair: files of settings, code in many languages, commands,
//! logs and prose.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::provider::Provider;

/// A pair with how its provider names it.
pub(super) struct Given<'a> {
    pub(super) provider: &'a Provider,
    pub(super) id: String,
    pub(super) secret: String,
}

/// How the words of a name are put together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Style {
    Snake,
    Upper,
    Kebab,
    Dotted,
    Camel,
    Pascal,
}
use Style::{Camel, Dotted, Kebab, Pascal, Snake, Upper};

/// A name in a style.
pub(super) fn styled(words: &[&str], style: Style) -> String {
    let capital = |word: &&str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    };
    match style {
        Snake => words.join("_"),
        Upper => words.join("_").to_uppercase(),
        Kebab => words.join("-"),
        Dotted => words.join("."),
        Pascal => words.iter().map(capital).collect(),
        Camel => {
            let (first, rest) = words.split_first().map_or(("", &[][..]), |(f, r)| (*f, r));
            first.to_owned() + &rest.iter().map(capital).collect::<String>()
        }
    }
}

/// A form: its name, the file it stands in, how names are styled, and its text with `ID` and `SECRET` for
/// the names, `{id}` and `{secret}` for the values (`{id64}`, `{secret64}` in base64), `{host}` for where
/// objects are.
pub(super) type Form = (&'static str, &'static str, Style, &'static str);

/// Puts a pair into a form.
pub(super) fn fill(form: &Form, given: &Given<'_>) -> String {
    let (.., style, text) = form;
    let base64 = |value: &str| STANDARD.encode(value);
    // Names first: a value may hold any letters.
    text.replace("§ID§", &styled(given.provider.id_name, *style))
        .replace("§SECRET§", &styled(given.provider.secret_name, *style))
        .replace("{host}", given.provider.endpoint)
        .replace("{id64}", &base64(&given.id))
        .replace("{secret64}", &base64(&given.secret))
        .replace("{id}", &given.id)
        .replace("{secret}", &given.secret)
}

/// Every form.
pub(super) const FORMS: [Form; 62] = [
    (
        "dotenv",
        ".env",
        Upper,
        "APP_ENV=production\nAPP_PORT=8080\n§ID§={id}\n§SECRET§={secret}\nSTORAGE_ENDPOINT=https://{host}\n",
    ),
    (
        "dotenv quoted",
        "prod.env",
        Upper,
        "# storage, {host}\n§ID§=\"{id}\"\n§SECRET§=\"{secret}\"\n",
    ),
    (
        "ini",
        "storage.ini",
        Snake,
        "[storage]\nendpoint = https://{host}\n§ID§ = {id}\n§SECRET§ = {secret}\nretries = 3\n",
    ),
    (
        "json",
        "config.json",
        Camel,
        "{\n  \"endpoint\": \"https://{host}\",\n  \"§ID§\": \"{id}\",\n  \"§SECRET§\": \"{secret}\",\n  \"timeout\": 30\n}\n",
    ),
    (
        "json nested",
        "app.json",
        Pascal,
        "{\"log\":{\"level\":\"info\"},\"storage\":{\"host\":\"{host}\",\"credentials\":{\"§ID§\":\"{id}\",\"§SECRET§\":\"{secret}\"}}}",
    ),
    (
        "yaml",
        "application.yml",
        Kebab,
        "server:\n  port: 8080\nstorage:\n  endpoint: https://{host}\n  §ID§: {id}\n  §SECRET§: {secret}\n",
    ),
    (
        "yaml quoted",
        "values.yaml",
        Camel,
        "storage:\n  host: \"{host}\"\n  §ID§: \"{id}\"\n  §SECRET§: \"{secret}\"\n",
    ),
    (
        "kubernetes env",
        "deployment.yaml",
        Upper,
        "    spec:\n      containers:\n      - name: web\n        env:\n        - name: ENDPOINT\n          value: https://{host}\n        - name: §ID§\n          value: {id}\n        - name: §SECRET§\n          value: \"{secret}\"\n",
    ),
    (
        "kubernetes secret",
        "secret.yaml",
        Upper,
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: storage\n  annotations:\n    endpoint: {host}\ntype: Opaque\ndata:\n  §ID§: {id64}\n  §SECRET§: {secret64}\n",
    ),
    (
        "kubernetes string data",
        "sealed.yaml",
        Kebab,
        "kind: Secret\nstringData:\n  endpoint: {host}\n  §ID§: {id}\n  §SECRET§: {secret}\n",
    ),
    (
        "toml",
        "config.toml",
        Snake,
        "[storage]\nendpoint = \"https://{host}\"\n§ID§ = \"{id}\"\n§SECRET§ = \"{secret}\"\n",
    ),
    (
        "xml elements",
        "config.xml",
        Pascal,
        "<Storage>\n  <Endpoint>{host}</Endpoint>\n  <§ID§>{id}</§ID§>\n  <§SECRET§>{secret}</§SECRET§>\n</Storage>\n",
    ),
    (
        "xml properties",
        "core-site.xml",
        Dotted,
        "<configuration>\n<property><name>fs.endpoint</name><value>{host}</value></property>\n<property>\n  <name>fs.§ID§</name>\n  <value>{id}</value>\n</property>\n<property>\n  <name>fs.§SECRET§</name>\n  <value>{secret}</value>\n</property>\n</configuration>\n",
    ),
    (
        "xml attributes",
        "web.config",
        Pascal,
        "<appSettings>\n  <add key=\"Endpoint\" value=\"{host}\" />\n  <add key=\"§ID§\" value=\"{id}\" />\n  <add key=\"§SECRET§\" value=\"{secret}\" />\n</appSettings>\n",
    ),
    (
        "properties",
        "application.properties",
        Dotted,
        "storage.endpoint=https://{host}\nstorage.§ID§={id}\nstorage.§SECRET§={secret}\n",
    ),
    (
        "csv header",
        "keys.csv",
        Pascal,
        "User,Endpoint,§ID§,§SECRET§,Created\nbackup,{host},{id},{secret},2026-03-01\n",
    ),
    (
        "tab separated",
        "keys.tsv",
        Snake,
        "user\thost\t§ID§\t§SECRET§\nbackup\t{host}\t{id}\t{secret}\n",
    ),
    (
        "python",
        "settings.py",
        Upper,
        "import os\n\nDEBUG = False\nENDPOINT = 'https://{host}'\n§ID§ = '{id}'\n§SECRET§ = '{secret}'\n",
    ),
    (
        "python call",
        "upload.py",
        Snake,
        "client = connect(\n    endpoint=\"https://{host}\",\n    §ID§=\"{id}\",\n    §SECRET§=\"{secret}\",\n)\n",
    ),
    (
        "python positional",
        "auth.py",
        Snake,
        "# §ID§, §SECRET§ of {host}\nauth = Auth('{id}', '{secret}')\nbucket = Bucket(auth, 'https://{host}', 'acme')\n",
    ),
    (
        "java",
        "Storage.java",
        Camel,
        "public class Storage {\n    private static final String endpoint = \"{host}\";\n    private static final String §ID§ = \"{id}\";\n    private static final String §SECRET§ = \"{secret}\";\n}\n",
    ),
    (
        "go",
        "main.go",
        Pascal,
        "cfg := Config{\n\tEndpoint: \"{host}\",\n\t§ID§:     \"{id}\",\n\t§SECRET§: \"{secret}\",\n}\n",
    ),
    (
        "javascript",
        "storage.js",
        Camel,
        "const client = new Client({\n  endpoint: 'https://{host}',\n  §ID§: '{id}',\n  §SECRET§: '{secret}',\n});\n",
    ),
    (
        "typescript fallback",
        "env.ts",
        Upper,
        "export const endpoint = process.env.ENDPOINT ?? 'https://{host}';\nexport const id = process.env.§ID§ || '{id}';\nexport const secret = process.env.§SECRET§ || '{secret}';\n",
    ),
    (
        "ruby",
        "storage.rb",
        Snake,
        "Storage.configure do |c|\n  c.endpoint = 'https://{host}'\n  c.§ID§ = '{id}'\n  c.§SECRET§ = '{secret}'\nend\n",
    ),
    (
        "php define",
        "wp-config.php",
        Upper,
        "<?php\ndefine('ENDPOINT', 'https://{host}');\ndefine('§ID§', '{id}');\ndefine('§SECRET§', '{secret}');\n",
    ),
    (
        "php array",
        "filesystems.php",
        Snake,
        "return [\n    'endpoint' => 'https://{host}',\n    '§ID§' => '{id}',\n    '§SECRET§' => '{secret}',\n];\n",
    ),
    (
        "c sharp",
        "Storage.cs",
        Pascal,
        "var options = new Options {\n    Endpoint = \"https://{host}\",\n    §ID§ = \"{id}\",\n    §SECRET§ = \"{secret}\"\n};\n",
    ),
    (
        "rust",
        "main.rs",
        Upper,
        "const ENDPOINT: &str = \"https://{host}\";\nconst §ID§: &str = \"{id}\";\nconst §SECRET§: &str = \"{secret}\";\n",
    ),
    (
        "c++",
        "storage.cpp",
        Snake,
        "#define ENDPOINT \"{host}\"\n#define §ID§ \"{id}\"\n#define §SECRET§ \"{secret}\"\n",
    ),
    (
        "shell export",
        "deploy.sh",
        Upper,
        "#!/bin/sh\nset -eu\nexport ENDPOINT=https://{host}\nexport §ID§={id}\nexport §SECRET§='{secret}'\nmake deploy\n",
    ),
    (
        "shell prefix",
        "run.sh",
        Upper,
        "§ID§={id} §SECRET§={secret} ./upload --endpoint https://{host} dist/\n",
    ),
    (
        "powershell",
        "deploy.ps1",
        Upper,
        "$env:ENDPOINT = \"https://{host}\"\n$env:§ID§ = \"{id}\"\n$env:§SECRET§ = \"{secret}\"\n",
    ),
    (
        "batch",
        "deploy.bat",
        Upper,
        "@echo off\r\nset ENDPOINT=https://{host}\r\nset §ID§={id}\r\nset §SECRET§={secret}\r\n",
    ),
    (
        "terraform",
        "main.tf",
        Snake,
        "provider \"storage\" {\n  endpoint   = \"https://{host}\"\n  §ID§     = \"{id}\"\n  §SECRET§ = \"{secret}\"\n}\n",
    ),
    (
        "terraform variables",
        "variables.tf",
        Snake,
        "# {host}\nvariable \"§ID§\" {\n  type    = string\n  default = \"{id}\"\n}\n\nvariable \"§SECRET§\" {\n  type    = string\n  default = \"{secret}\"\n}\n",
    ),
    (
        "dockerfile",
        "Dockerfile",
        Upper,
        "FROM debian:12\nENV ENDPOINT=https://{host}\nENV §ID§={id}\nENV §SECRET§={secret}\nCMD [\"run\"]\n",
    ),
    (
        "dockerfile blank",
        "Dockerfile.old",
        Upper,
        "FROM debian:12\nENV ENDPOINT https://{host}\nENV §ID§ {id}\nENV §SECRET§ {secret}\n",
    ),
    (
        "docker compose",
        "docker-compose.yml",
        Upper,
        "services:\n  web:\n    image: acme/web\n    environment:\n      - ENDPOINT=https://{host}\n      - §ID§={id}\n      - §SECRET§={secret}\n",
    ),
    (
        "command",
        "history.txt",
        Kebab,
        "cd /srv\nstorage config --endpoint {host} --§ID§ {id} --§SECRET§ {secret}\nls\n",
    ),
    (
        "log line",
        "app.log",
        Snake,
        "2026-03-01T10:00:00Z INFO start\n2026-03-01T10:00:01Z DEBUG storage {host} §ID§={id} §SECRET§={secret} ready\n2026-03-01T10:00:02Z INFO ok\n",
    ),
    (
        "json in json",
        "events.jsonl",
        Camel,
        "{\"level\":\"info\",\"body\":\"{\\\"host\\\":\\\"{host}\\\",\\\"§ID§\\\":\\\"{id}\\\",\\\"§SECRET§\\\":\\\"{secret}\\\"}\"}\n",
    ),
    (
        "notebook",
        "analysis.ipynb",
        Snake,
        "{\"cells\":[{\"cell_type\":\"code\",\"execution_count\":1,\"metadata\":{},\"outputs\":[],\"source\":[\"host = '{host}'\\n\",\"§ID§ = '{id}'\\n\",\"§SECRET§ = '{secret}'\\n\"]}],\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":5}",
    ),
    (
        "postman",
        "env.postman_environment.json",
        Snake,
        "{\"name\":\"{host}\",\"values\":[{\"key\":\"§ID§\",\"value\":\"{id}\",\"enabled\":true},{\"key\":\"§SECRET§\",\"value\":\"{secret}\",\"enabled\":true}]}",
    ),
    (
        "workflow",
        "ci.yml",
        Upper,
        "jobs:\n  deploy:\n    runs-on: ubuntu-latest\n    env:\n      ENDPOINT: https://{host}\n      §ID§: {id}\n      §SECRET§: {secret}\n    steps:\n      - run: make\n",
    ),
    (
        "jenkinsfile",
        "Jenkinsfile",
        Upper,
        "pipeline {\n  environment {\n    ENDPOINT = 'https://{host}'\n    §ID§ = '{id}'\n    §SECRET§ = '{secret}'\n  }\n}\n",
    ),
    (
        "patch",
        "fix.patch",
        Snake,
        "--- a/conf.py\n+++ b/conf.py\n@@ -1,2 +1,4 @@\n endpoint = \"{host}\"\n-§ID§ = None\n+§ID§ = \"{id}\"\n+§SECRET§ = \"{secret}\"\n",
    ),
    (
        "sql",
        "dump.sql",
        Snake,
        "INSERT INTO settings (name, value) VALUES ('endpoint', '{host}');\nINSERT INTO settings (name, value) VALUES ('§ID§', '{id}');\nINSERT INTO settings (name, value) VALUES ('§SECRET§', '{secret}');\n",
    ),
    (
        "systemd",
        "web.service",
        Upper,
        "[Service]\nEnvironment=\"ENDPOINT={host}\"\nEnvironment=\"§ID§={id}\"\nEnvironment=\"§SECRET§={secret}\"\nExecStart=/usr/bin/web\n",
    ),
    (
        "prose",
        "notes.md",
        Snake,
        "# Access to {host}\n\nPlease use these for the upload:\n\n* §ID§: `{id}`\n* §SECRET§: `{secret}`\n",
    ),
    (
        "fish",
        "config.fish",
        Upper,
        "set -gx ENDPOINT {host}\nset -gx §ID§ {id}\nset -gx §SECRET§ {secret}\n",
    ),
    (
        "makefile",
        "Makefile",
        Upper,
        "ENDPOINT := {host}\n§ID§ ?= {id}\n§SECRET§ ?= {secret}\nall:\n",
    ),
    (
        "markdown table",
        "access.md",
        Pascal,
        "Keys of {host}:\n\n| Who | §ID§ | §SECRET§ |\n| --- | --- | --- |\n| ci | `{id}` | `{secret}` |\n",
    ),
    (
        "html table",
        "wiki.html",
        Pascal,
        "<p>{host}</p><table><tr><th>§ID§</th><td>{id}</td></tr><tr><th>§SECRET§</th><td><code>{secret}</code></td></tr></table>\n",
    ),
    (
        "xml character data",
        "store.xml",
        Pascal,
        "<Store><Host>{host}</Host><§ID§><![CDATA[{id}]]></§ID§><§SECRET§><![CDATA[{secret}]]></§SECRET§></Store>\n",
    ),
    (
        "android resources",
        "strings.xml",
        Snake,
        "<resources>\n<string name=\"endpoint\">{host}</string>\n<string name=\"§ID§\">{id}</string>\n<string name=\"§SECRET§\">{secret}</string>\n</resources>\n",
    ),
    (
        "parameters",
        "parameters.json",
        Snake,
        "{\"Parameters\":[{\"Name\":\"/prod/host\",\"Value\":\"{host}\"},{\"Name\":\"/prod/§ID§\",\"Type\":\"SecureString\",\"Value\":\"{id}\"},{\"Name\":\"/prod/§SECRET§\",\"Type\":\"SecureString\",\"Value\":\"{secret}\"}]}\n",
    ),
    (
        "value before name",
        "task.json",
        Upper,
        "{\"environment\":[{\"value\":\"{host}\",\"name\":\"ENDPOINT\"},{\"value\":\"{id}\",\"name\":\"§ID§\"},{\"value\":\"{secret}\",\"name\":\"§SECRET§\"}]}\n",
    ),
    (
        "sql columns",
        "stores.sql",
        Snake,
        "INSERT INTO stores (name, host, §ID§, §SECRET§) VALUES ('main', '{host}', '{id}', '{secret}');\n",
    ),
    (
        "nginx",
        "site.conf",
        Snake,
        "set $host \"{host}\";\nset $§ID§ \"{id}\";\nset $§SECRET§ \"{secret}\";\n",
    ),
    (
        "bold list",
        "runbook.md",
        Pascal,
        "## {host}\n\n- **§ID§**: {id}\n- **§SECRET§**: {secret}\n",
    ),
    (
        "names above values",
        "mail.txt",
        Pascal,
        "Hello,\n\nfor {host}:\n\n    §ID§\n        {id}\n    §SECRET§\n        {secret}\n\nBye\n",
    ),
];
