//! Pairs in odd arrangements and encodings: several profiles, secret first, far apart, id alone, in different
//! files, in other alphabets, packed.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::case::{Case, Truth};
use super::provider::{PROVIDERS, Provider};
use crate::bench::random::Random;

/// How many of each.
const EACH: usize = 4;

/// Those whose ids tell what they are.
fn told(random: &mut Random) -> &'static Provider {
    let told: Vec<&Provider> = PROVIDERS.iter().filter(|known| known.has_prefix).collect();
    random.pick(&told).unwrap_or(&PROVIDERS[0])
}

/// Draws all of them.
pub(super) fn cases(random: &mut Random) -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for number in 0..EACH {
        cases.extend(arranged(random, number));
        cases.extend(encoded(random, number)?);
    }
    Ok(cases)
}

fn arranged(random: &mut Random, number: usize) -> Vec<Case> {
    let name = number.to_string();
    let mut profiles = String::new();
    let mut several = Vec::new();
    let mut rows = "[\n".to_owned();
    for who in ["prod", "stage", "dev", "backup", "audit"] {
        let (id, secret) = PROVIDERS[5].draw(random);
        profiles += &format!(
            "[{who}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\nregion = eu-west-1\n\n"
        );
        let (other, hidden) = PROVIDERS[0].draw(random);
        rows +=
            &format!("  {{\"secret\": \"{hidden}\", \"name\": \"{who}\", \"id\": \"{other}\"}},\n");
        several.push((Truth::pair(&id, &secret), Truth::pair(&other, &hidden)));
    }
    let (ini, json): (Vec<Truth>, Vec<Truth>) = several.into_iter().unzip();
    let mut cases = vec![
        Case::new("pair: several profiles", &name, "credentials", profiles, ini),
        Case::new("pair: secret first", &format!("{name} json"), "keys.json", rows + "]\n", json),
    ];
    let (a, b) = (PROVIDERS[0].draw(random), PROVIDERS[5].draw(random));
    let two = format!(
        "OSS_ACCESS_KEY_ID={}\nAWS_ACCESS_KEY_ID={}\nOSS_ACCESS_KEY_SECRET={}\nAWS_SECRET_ACCESS_KEY={}\n",
        a.0, b.0, a.1, b.1
    );
    let truths = vec![Truth::pair(&a.0, &a.1), Truth::pair(&b.0, &b.1)];
    cases.push(Case::new("pair: several providers", &name, ".env", two, truths));
    let provider = told(random);
    let (id, secret) = provider.draw(random);
    let pair = || vec![Truth::pair(&id, &secret)];
    let filler: String = (0..30).map(|n| format!("option_{n} = {}\n", n * 7)).collect();
    let far = format!("access_key = \"{id}\"\n{filler}secret_key = \"{secret}\"\n");
    cases.push(Case::new("pair: far apart", &name, "conf.ini", far, pair()));
    let first = format!(
        "{provider}_secret_key: {secret}\n{provider}_access_key: {id}\n",
        provider = provider.name.replace(' ', "_")
    );
    cases.push(Case::new("pair: secret first", &name, "conf.yml", first, pair()));
    let bare = format!("{id}\n{secret}\n");
    cases.push(Case::new("pair: two lines", &name, "key.txt", bare, pair()));
    let (id, secret) = PROVIDERS[5].draw(random);
    let mut split = Case::new(
        "pair: neighbouring files",
        &name,
        "secrets/access_key_id",
        format!("{id}\n"),
        vec![Truth::pair(&id, &secret)],
    );
    split.files.push(("secrets/secret_access_key".to_owned(), format!("{secret}\n").into_bytes()));
    cases.push(split);
    for text in [
        "the key {id} was rotated\n",
        "{\"accessKeyId\":\"{id}\",\"status\":\"Active\"}\n",
        "2026-03-01 GET /o?OSSAccessKeyId={id}&Expires=1772000000&Signature=abc 200\n",
    ] {
        let (id, _) = told(random).draw(random);
        cases.push(Case::new(
            "id alone",
            &name,
            "notes.txt",
            text.replace("{id}", &id),
            vec![Truth::id(&id)],
        ));
    }
    cases
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// A text as gzip and as zip.
fn packed(text: &str) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(text.as_bytes())?;
    let gz = gz.finish()?;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("conf/prod.env", zip::write::SimpleFileOptions::default())?;
    archive.write_all(text.as_bytes())?;
    let archive = archive.finish()?.into_inner();
    Ok((gz, archive))
}

/// A text in hexadecimal digits.
fn hexadecimal(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02x}")).collect()
}

/// A text in a mail, quoted-printable.
fn mail(text: &str) -> String {
    let printable: String = text
        .bytes()
        .map(|b| match b {
            b'=' => "=3D".to_owned(),
            b'\n' => "=0A=\r\n".to_owned(),
            b => char::from(b).to_string(),
        })
        .collect();
    format!(
        "MIME-Version: 1.0\r\nSubject: keys\r\nFrom: a@acme.cn\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{printable}\r\n"
    )
}

fn encoded(random: &mut Random, number: usize) -> anyhow::Result<Vec<Case>> {
    let provider = told(random);
    let (id, secret) = provider.draw(random);
    let text = format!(
        "ENDPOINT=https://{}\nACCESS_KEY_ID={id}\nSECRET_ACCESS_KEY={secret}\n",
        provider.endpoint
    );
    let json = format!("{{\"accessKeyId\":\"{id}\",\"secretAccessKey\":\"{secret}\"}}");
    let escaped: String = json
        .chars()
        .map(|c| {
            if b"/+=:-_.".iter().any(|sign| char::from(*sign) == c) && c != ':' {
                format!("\\u{:04x}", c as u32)
            } else {
                c.to_string()
            }
        })
        .collect();
    let percent: String = text
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let (hex, mail) = (hexadecimal(&text), mail(&text));
    let (gz, archive) = packed(&text)?;
    let mark = |bytes: Vec<u8>, mark: &[u8]| [mark, &bytes].concat();
    // "key" in Chinese, as GB 18030 writes it.
    let gbk = [b"# \xC3\xDC\xD4\xBF\r\n", text.as_bytes()].concat();
    let twice = STANDARD.encode(STANDARD.encode(&text));
    let all: Vec<(&str, &str, Vec<u8>)> = vec![
        ("UTF-16, mark", "a.txt", mark(utf16(&text, u16::to_le_bytes), b"\xFF\xFE")),
        ("UTF-16, big, mark", "a.txt", mark(utf16(&text, u16::to_be_bytes), b"\xFE\xFF")),
        ("UTF-16", "a.ini", utf16(&text, u16::to_le_bytes)),
        (
            "UTF-32",
            "a.txt",
            mark(text.chars().flat_map(|c| (c as u32).to_le_bytes()).collect(), b"\xFF\xFE\0\0"),
        ),
        ("GB 18030", "a.env", gbk),
        ("JSON escapes", "a.json", escaped.into_bytes()),
        ("percent", "a.url", percent.into_bytes()),
        ("hexadecimal", "a.txt", hex.into_bytes()),
        ("base64", "a.txt", STANDARD.encode(&text).into_bytes()),
        (
            "base64 in YAML",
            "a.yaml",
            format!("kind: Secret\ndata:\n  prod.env: {}\n", STANDARD.encode(&text)).into_bytes(),
        ),
        ("base64 twice", "a.txt", twice.into_bytes()),
        ("gzip in base64", "a.txt", STANDARD.encode(&gz).into_bytes()),
        ("quoted-printable", "a.eml", mail.into_bytes()),
        ("gzip", "a.env.gz", gz),
        ("zip", "a.zip", archive),
    ];
    let case = |(class, file, bytes): (&str, &str, Vec<u8>)| {
        let truths = vec![Truth::pair(&id, &secret)];
        Case::new(&format!("encoding: {class}"), &number.to_string(), file, bytes, truths)
    };
    Ok(all.into_iter().map(case).collect())
}
