//! The console's pages of assets, over HTTP and without a script: connect, authorize, look, disconnect.

use claviger_dial::reqwest::Method;

use crate::practice::{Stage, between};

#[tokio::test]
async fn a_bucket_is_connected_and_authorized_by_forms_alone() {
    let csv = "name,email\nWang Wei,wang.wei@example.com\nLi Na,li.na@example.com\n";
    let stage = Stage::set(&[("exampledir/userdata.csv".to_owned(), csv)]).await;
    let admin = stage.sign_in("admin").await;
    assert!(admin.get("/assets").await.contains("No cloud account is connected"));
    assert!(admin.get("/identification").await.contains("Nothing was identified yet"));

    let refused = admin.try_to_connect(Some("NoSecretOfThisKey0000000000000")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("SignatureDoesNotMatch"), "{}", refused.body);
    assert!(refused.body.contains("value=\"practice &lt;b&gt;\""), "what was entered stays");
    assert!(!refused.body.contains("NoSecretOfThisKey"), "a secret is never written into a page");

    let asset = admin.connect().await;
    let page = admin.get("/assets").await;
    assert!(page.contains("0 of 1 bucket authorized") && page.contains("no access log"));

    let nothing = admin.post("/assets/authorize", &[("authorization", "not_authorized")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.body.contains("Tick at least one bucket"));

    let form = [("authorization", "not_authorized"), ("ids", asset.as_str())];
    let done = admin.post("/assets/authorize", &form).await;
    assert_eq!(done.status, 303);
    assert!(admin.get(&done.location).await.contains("1 bucket authorized."));
    assert!(
        admin.get("/assets?authorization=authorized").await.contains("1 of 1 bucket authorized")
    );

    let page =
        admin.get_until(&format!("/assets/{asset}"), "examplebucket holds data of level").await;
    assert!(page.contains("exampledir/userdata.csv") && page.contains("E-mail address"));
    assert!(!page.contains("wang.wei@example.com"), "samples are masked");
    assert!(page.contains("This bucket is not watched"));
    let page = admin.get_until("/identification", "Identification is done").await;
    assert!(page.contains("Internet Industry Classification and Categorization"));

    let again = admin.post(&format!("/assets/{asset}/identify"), &[]).await;
    assert_eq!((again.status, again.location), (303, format!("/assets/{asset}")));
    let form = [("only", asset.as_str()), ("ids", "ast_somebody_else")];
    assert_eq!(admin.post("/assets/deauthorize", &form).await.status, 303);
    assert!(admin.get("/assets").await.contains("0 of 1 bucket authorized"));
}

#[tokio::test]
async fn hostile_names_come_escaped_and_page_on() {
    let hostile = "b\n\"quoted\" <img src=x onerror='alert(1)'>&amp;?after=#%20\u{202e}.txt";
    // The longest that OSS takes: 1,023 bytes.
    let longest = format!("a/{}x", "é".repeat(510));
    let mut objects: Vec<(String, &str)> =
        (0..98).map(|number| (format!("a{number:03}"), "nothing")).collect();
    objects.push((longest.clone(), "nothing"));
    objects.push((hostile.to_owned(), "nothing"));
    objects.push(("the last".to_owned(), "nothing"));
    let stage = Stage::set(&objects).await;
    let admin = stage.sign_in("admin").await;
    let asset = admin.connect().await;
    let path = format!("/assets/{asset}");
    assert_eq!(admin.post(&format!("{path}/authorize"), &[]).await.location, path);
    admin.get_until("/identification", "Identification is done").await;

    let page = admin.get(&path).await;
    assert!(!page.contains("<img src=x"));
    assert!(
        page.contains("<span class=\"odd\">\\n</span>&quot;quoted&quot; &lt;img src=x onerror=")
    );
    assert!(page.contains("<span class=\"odd\">\\u{202e}</span>"));
    assert!(page.contains(&longest), "the longest name is there, whole");
    assert!(!page.contains("the last"));
    let pager = between(&page, "<nav class=\"pager\"", "</nav>").unwrap();
    let next = between(pager, "href=\"", "\"").unwrap().replace("&amp;", "&");
    let page = admin.get(&next).await;
    assert!(page.contains("the last") && !page.contains("quoted"));
}

#[tokio::test]
async fn an_archived_object_is_told_with_its_storage_class() {
    let objects = ["old.txt", "new.txt"].map(|name| (name.to_owned(), "made up"));
    let stage = Stage::set(&objects).await;
    assert!(stage.sandbox.archive("examplebucket", "old.txt"));
    let admin = stage.sign_in("admin").await;
    let asset = admin.connect().await;
    let path = format!("/assets/{asset}");
    admin.post(&format!("{path}/authorize"), &[]).await;
    let page = admin.get_until(&path, "1 of 2 objects cannot be read").await;
    assert!(page.contains("its storage class is `Archive`"), "{page}");
    admin.get_until("/identification", "Identification is done").await;
    let page = admin.get(&path).await;
    assert!(page.contains("</span> Archived<") && page.contains(">Standard<"), "{page}");
    let objects = admin.get(&format!("/api/v1{path}/objects")).await;
    let objects: serde_json::Value = serde_json::from_str(&objects).unwrap();
    let old = objects.as_array().unwrap().iter().find(|row| row["name"] == "old.txt").unwrap();
    assert_eq!((&old["state"], &old["availability"]), (&"unreadable".into(), &"archived".into()));
    assert_eq!(old["storage_class"], "Archive");
    assert!(old["why"].as_str().unwrap().contains("restore it"), "{old}");
}

#[tokio::test]
async fn a_viewer_looks_and_cannot_act() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let asset = admin.connect().await;
    let page = admin.get("/assets").await;
    assert!(!page.contains("disabled"));
    let connection = between(&page, "href=\"/connections/", "\"").unwrap().to_owned();

    let viewer = stage.sign_in("vera").await;
    let page = viewer.get("/assets").await;
    assert!(page.contains("title=\"This needs the role admin; you are viewer\""));
    assert!(page.contains("title=\"This needs the role responder; you are viewer\""));
    let acts = [
        "/assets/authorize".to_owned(),
        "/assets/deauthorize".to_owned(),
        "/assets/synchronize".to_owned(),
        format!("/assets/{asset}/authorize"),
        format!("/assets/{asset}/deauthorize"),
        format!("/assets/{asset}/identify"),
        format!("/connections/{connection}/synchronize"),
        format!("/connections/{connection}/disconnect"),
        format!("/connections/{connection}/credentials"),
    ];
    let form = [
        ("ids", asset.as_str()),
        ("confirm", "practice <b>"),
        ("access_key_id", "LTAI5tMadeUpForThisTest1"),
        ("access_key_secret", "MadeUpForThisTest0000000000000"),
    ];
    for act in acts {
        let answer = viewer.post(&act, &form).await;
        assert_eq!(answer.status, 403, "{act}: {}", answer.body);
        assert!(answer.body.contains("needs the role"), "{act}");
    }
    assert_eq!(viewer.try_to_connect(None).await.status, 403);
    assert!(viewer.get("/assets").await.contains("0 of 1 bucket authorized"));
    let stranger = stage.ask(Method::GET, "/assets", "", &[]).await;
    assert_eq!((stranger.status, stranger.location.as_str()), (303, "/sign-in?next=%2Fassets"));
}

#[tokio::test]
async fn a_connection_is_tested_and_ends_only_by_its_name() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    admin.connect().await;
    let page = admin.get("/assets").await;
    let id = between(&page, "href=\"/connections/", "\"").unwrap().to_owned();
    let path = format!("/connections/{id}");
    assert!(admin.get(&path).await.contains("practice &lt;b&gt; answers"));
    let page = admin.get(&format!("{path}?test=true")).await;
    assert!(page.contains("ListAccessKeys") && page.contains("Allowed"));

    let (key, _) = stage.sandbox.root_key().unwrap();
    let form =
        [("access_key_id", key.as_str()), ("access_key_secret", "NotItsSecret00000000000000000")];
    let refused = admin.post(&format!("{path}/credentials"), &form).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.body.contains("SignatureDoesNotMatch") && !refused.body.contains("NotItsSecret")
    );
    let odd = admin.post(&format!("{path}/credentials"), &[("access_key_id", "no key id")]).await;
    assert_eq!(odd.status, 422);
    assert!(odd.body.contains("aria-invalid=\"true\""), "{}", odd.body);

    let wrong = admin.post(&format!("{path}/disconnect"), &[("confirm", "practice")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("This is not the connection's name"));
    let right = admin.post(&format!("{path}/disconnect"), &[("confirm", "practice <b>")]).await;
    assert_eq!((right.status, right.location.as_str()), (303, "/assets"));
    assert!(admin.get("/assets").await.contains("No cloud account is connected"));
}
