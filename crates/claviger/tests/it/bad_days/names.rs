//! Object names that try everything: each goes through list, scan, evidence, access log, use, mail and API
//! and arrives as it was, byte by byte; none becomes markup, a header or a path.

use std::collections::{BTreeMap, BTreeSet};

use claviger_sandbox::mail::Mail;
use claviger_watch::LogFormat;
use proptest::prelude::{Strategy, any, proptest};
use proptest::test_runner::Config;
use serde_json::Value;

use super::client::{rows, text, until};
use super::owner::{BUCKET, DATA, LEAK, LOG_BUCKET, Owner, Pair, bucket, leak_of, tell_by_mail};
use super::stage::{Stage, cloud_in};

/// Names that a store takes and that something on the way may trip over.
fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "quotes ' \" ` \u{201c}\u{201d}.txt",
        "new\nline\r\n\ttab.txt",
        "<script>alert('x')</script>&amp;<b>.txt",
        "100% %41 %2F %2e%2e %.txt",
        "back\\slash\\\\.txt",
        "emoji 🗝️ 密钥 ключ e\u{301}.txt",
        " leading blanks",
        "trailing blanks  ",
        "../../../etc/passwd",
        "a/../b/./c//d.txt",
        "a folder/",
        "a+b&c=d?e#f;g:h,i@j$k!l*m(n)o[p]{q}|r^s~t.txt",
        "\u{202e}gpj.exe \u{200b}\u{feff}\u{2028}.txt",
        "\u{1}\u{1b}[31mred\u{7f}\u{85}.txt",
        "Subject: x\r\nBcc: evil@example.com\r\n\r\n.\r\nbody",
        "'; DROP TABLE objects; --",
        "{account} {{name}} ${jndi:ldap://x} $(reboot) `id`",
        "=?utf-8?b?ZXZpbA==?= =cmd|' /C calc'!A0",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push(format!("{}a", "密".repeat(341)));
    assert_eq!(names.last().unwrap().len(), 1024);
    names
}

/// A name as a line of a message shows it: what could break or turn the line is written out.
fn shown(name: &str) -> String {
    let mut line = String::new();
    for character in name.chars() {
        match character {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{200b}' | '\u{202e}' | '\u{feff}') =>
            {
                line.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => line.push(c),
        }
    }
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_object_names_arrive_unharmed_everywhere() {
    let stage = Stage::set().await;
    stage.owner.furnish().await;
    tell_by_mail(&stage.client, stage.mailbox.address()).await;
    let mut pairs: BTreeMap<String, Pair> = BTreeMap::new();
    for (number, name) in hostile().into_iter().enumerate() {
        let pair = stage.owner.make_user(&format!("user-{number}")).await;
        stage.owner.put(&name, &leak_of(&pair)).await;
        pairs.insert(name, pair);
    }
    let asset = stage.owner.authorize(&stage.client).await;
    let names: Vec<&str> = pairs.keys().map(String::as_str).collect();
    stage.scanned(&asset, &names).await;
    let listed = stage.client.get(&format!("/api/v1/assets/{asset}/objects?limit=1000")).await;
    let listed: BTreeSet<String> = rows(&listed).map(|object| text(object, "name")).collect();
    let expected: BTreeSet<String> =
        names.iter().copied().chain([LEAK, DATA]).map(str::to_owned).collect();
    assert_eq!(listed, expected);
    // Each is downloaded with the key that it holds.
    for (name, pair) in &pairs {
        let content =
            stage.owner.cloud_of(pair).read_object(&bucket(BUCKET), name, 0..4096).await.unwrap();
        assert_eq!(content, leak_of(pair).into_bytes(), "{name:?}");
    }
    for (name, pair) in &pairs {
        let event = used_event(&stage, pair).await;
        holds_the_name(&event, name);
        for mail in mails_of(&stage, &event).await {
            is_one_sound_mail(&mail, name);
        }
    }
    for name in pairs.keys() {
        stage.owner.delete(name).await;
    }
    until("every event is disposed", || async {
        let events = stage.client.get("/api/v1/events?work_state=disposed&limit=1000").await;
        (rows(&events).count() == pairs.len()).then_some(())
    })
    .await;
    assert!(!stage.serve.said().contains("panicked"));
}

/// The event of a key with its use.
async fn used_event(stage: &Stage, pair: &Pair) -> Value {
    until("the use is seen and told", || async {
        let path = format!("/api/v1/events?search={}", pair.id);
        let events = stage.client.get(&path).await;
        let id = text(events.get(0)?, "id");
        let told = stage.client.get(&format!("/api/v1/events/{id}")).await;
        let delivered = rows(&told["deliveries"]).filter(|one| one["state"] == "delivered").count();
        (told["event"]["uses"] == 1 && delivered == 2).then_some(told)
    })
    .await
}

fn holds_the_name(event: &Value, name: &str) {
    let evidence = &event["evidence"][0];
    assert_eq!(evidence["object"], name);
    assert_eq!(evidence["uri"], format!("oss://{BUCKET}/{name}"));
    let files: Vec<&Value> = rows(&event["usage"]["buckets"])
        .flat_map(|used| used["files"].as_array().unwrap())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!((&files[0]["object"], &files[0]["allowed"]), (&name.into(), &1.into()));
    let used = rows(&event["timeline"]).find(|entry| entry["kind"] == "used").unwrap();
    assert_eq!(used["details"]["object"], name);
}

/// The mails about an event, by the ids of its deliveries.
async fn mails_of(stage: &Stage, event: &Value) -> Vec<Mail> {
    let ids: BTreeSet<String> =
        rows(&event["deliveries"]).map(|one| format!("<{}@claviger>", text(one, "id"))).collect();
    let mails: Vec<Mail> = stage
        .mailbox
        .messages()
        .into_iter()
        .filter(|mail| mail.header("Message-ID").is_some_and(|id| ids.contains(&id)))
        .collect();
    assert_eq!(mails.len(), 2);
    mails
}

/// A mail goes to whom it was sent and nobody else, and shows the name on one line.
fn is_one_sound_mail(mail: &Mail, name: &str) {
    assert_eq!(mail.to, ["oncall@example.com"]);
    assert_eq!(mail.header("To").as_deref(), Some("oncall@example.com"));
    assert_eq!(mail.header("Bcc"), None);
    assert!(mail.raw.is_ascii(), "{name:?}");
    let (head, _) = mail.raw.split_once("\r\n\r\n").unwrap();
    let names: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap())
        .collect();
    let known = [
        "Message-ID",
        "From",
        "To",
        "Subject",
        "Auto-Submitted",
        "Date",
        "MIME-Version",
        "Content-Type",
    ];
    for header in names {
        assert!(known.contains(&header), "{header}: {head}");
    }
    assert!(mail.subject().starts_with("High: "), "{}", mail.subject());
    let body = mail.text();
    assert!(body.contains(&shown(name)), "{name:?} is not in {body}");
    // A mail program that shows pages shows the name, not what it would do.
    assert!(!body.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n')), "{body:?}");
}

/// Any name that OSS takes: up to 1,024 bytes of text that begins with neither slash.
fn names() -> impl Strategy<Value = Vec<String>> {
    let name = any::<String>().prop_filter_map("no name", |text| {
        let name: String = text.chars().filter(|character| *character != '\0').collect();
        let fits = !name.is_empty() && name.len() <= 1024 && !name.starts_with(['/', '\\']);
        (fits && !matches!(name.as_str(), "." | "..")).then_some(name)
    });
    proptest::collection::vec(name, 1..12)
}

proptest! {
    #![proptest_config(Config { cases: 12, ..Config::default() })]

    #[test]
    fn any_name_comes_back_from_the_list_the_object_and_the_log(names in names()) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let sandbox = cloud_in(&folder.path().join("cloud"), None).await;
            let owner = Owner::of(&sandbox);
            owner.furnish().await;
            let names: BTreeSet<String> = names.into_iter().collect();
            for name in &names {
                owner.put(name, name).await;
            }
            let listed: BTreeSet<String> = owner.names().await.into_iter().collect();
            let cloud = owner.cloud();
            for name in &names {
                assert!(listed.contains(name), "{name:?} is not in {listed:?}");
                let found = cloud.head_object(&bucket(BUCKET), name).await.unwrap().unwrap();
                assert_eq!(found.bytes, name.len() as u64);
                let content = cloud.read_object(&bucket(BUCKET), name, 0..2048).await.unwrap();
                assert_eq!(content, name.as_bytes());
            }
            let logged = until("every name is in the log", || async {
                let logged = logged_names(&owner).await;
                names.is_subset(&logged).then_some(logged)
            })
            .await;
            assert!(logged.is_superset(&names));
        });
    }
}

/// Every object that the bucket's log names.
async fn logged_names(owner: &Owner) -> BTreeSet<String> {
    let cloud = owner.cloud();
    let page = cloud.list_objects(&bucket(LOG_BUCKET), "", None, None, 1000).await.unwrap();
    let mut names = BTreeSet::new();
    for file in page.objects {
        let bytes =
            cloud.read_object(&bucket(LOG_BUCKET), &file.name, 0..file.bytes).await.unwrap();
        let parsed = claviger_watch::parse(LogFormat::Oss, &bytes);
        assert!(parsed.rejects.is_empty(), "{:?}", parsed.rejects);
        names.extend(parsed.events.into_iter().filter_map(|event| event.object));
    }
    names
}
