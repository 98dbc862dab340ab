//! The alarm dial by command and by console, against a service that runs.

use std::time::{Duration, Instant};

use crate::remote::{Serving, json_lines};
use crate::served::{Answer, Browser, PASSWORD};

/// Longest wait: a loaded machine is slow, a broken promise is never kept.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lines of an OSS log: a backend for some days up to now, then a stranger.
fn lines() -> String {
    let now = jiff::Timestamp::now().as_second();
    let mut log = String::new();
    let mut add = |second: i64, ip: &str, agent: &str| {
        let at = jiff::Timestamp::from_second(second).unwrap();
        let time = at.strftime("%d/%b/%Y:%H:%M:%S +0000");
        log.push_str(&format!(
            "{ip} - - [{time}] \"GET /b/o{second} HTTP/1.1\" 200 40000000 9 \"-\" \"{agent}\" \"h\" \
             \"{second:024X}\" \"true\" \"-\" \"GetObject\" \"b\" \"o{second}\" 40000000 9 \"-\" 100 \"1\" \
             - \"-\" \"standard\" \"-\" \"-\" \"LTAI5tMadeUpKeyId0000001\" \"-\"\n"
        ));
    };
    for turn in 0..80 {
        add(now - 20 * 86_400 + turn * 20_000, "192.0.2.10", "aliyun-sdk-java/3.17");
    }
    for turn in 0..60 {
        add(now - 600 + turn, "203.0.113.7", "rclone/1.64");
    }
    log
}

fn preview_ends(browser: &Browser<'_>) -> Answer {
    let started = Instant::now();
    loop {
        let page = browser.get("/policy");
        if !page.body.contains("Stop the preview") {
            return page;
        }
        assert!(started.elapsed() < PATIENCE, "{}", page.body);
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn the_dial_is_turned_and_previewed_by_command_and_by_console() {
    let serving = Serving::start();
    assert_eq!(serving.run(&["sign-in", "admin"], PASSWORD).code, 0);
    let stands = serving.run(&["policy", "dial"], "");
    assert_eq!(stands.stdout, "about 5 alarms a day, as the configuration says\n");
    let none = serving.run(&["policy", "dial", "--last"], "");
    assert!(none.stderr.contains("hint: ask for one"), "{}", none.stderr);
    let empty = serving.run(&["policy", "dial", "--preview"], "");
    assert!(
        empty.stdout.contains("note: the history holds no use of a key yet"),
        "{}",
        empty.stdout
    );

    let added = serving.run(&["sources", "add", "logs"], "");
    assert_eq!(added.code, 0, "{}", added.stderr);
    let sent = serving.run(&["ingest", "-", "--source", "logs"], &lines());
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    let preview = json_lines(&serving.run(&["policy", "dial", "50", "--preview", "--json"], ""));
    let result = &preview[0]["result"];
    assert_eq!((&result["events"], &result["keys"]), (&140.into(), &1.into()), "{result}");
    assert_eq!(result["alarms"][0]["access_key_id"], "LTAI5tMadeUpKeyId0000001");
    assert!(result["dials"].as_array().unwrap().iter().any(|one| one["alarms_per_day"] == 50.0));
    let told = serving.run(&["policy", "dial", "--last"], "");
    assert!(told.stdout.contains("the present value") && told.stdout.contains("203.0.113.7"));

    assert!(told.stdout.contains("\n       5  "), "{}", told.stdout);

    let days = serving.run(&["policy", "dial", "20", "--days", "30"], "");
    assert!(days.code == 2 && days.stderr.contains("hint: add `--preview`"), "{}", days.stderr);
    let stands = serving.run(&["policy", "dial"], "");
    assert_eq!(stands.stdout, "about 5 alarms a day, as the configuration says\n");
    let set = serving.run(&["policy", "dial", "12.5"], "");
    assert!(set.stdout.contains("accesses from now on"), "{}", set.stdout);
    let stands = serving.run(&["policy", "dial"], "");
    assert!(stands.stdout.starts_with("about 12.5 alarms a day, since "), "{}", stands.stdout);
    assert_eq!(serving.run(&["policy", "dial", "0"], "").code, 2);
    let idle = serving.run(&["policy", "dial", "--cancel"], "");
    assert!(idle.code == 2 && idle.stderr.contains("hint:"), "{}", idle.stderr);

    let admin = serving.served.browser_of("admin", PASSWORD);
    let fields = [("act", "preview"), ("alarms_per_day", "20"), ("days", "30")];
    assert_eq!(admin.post("/policy/dial", &fields).location(), "/policy#dial");
    let page = preview_ends(&admin);
    assert!(page.says("Preview of 20 alarms a day over 30 days"), "{}", page.body);
    assert!(page.says("The same") && page.says("203.0.113.7"), "{}", page.body);
    assert!(page.says("Against 12.5 a day:"), "{}", page.body);
    assert!(page.body.contains("value=\"12.5\""), "the form begins where the dial stands");
    assert!(page.says("Turn the dial to 20"), "{}", page.body);
    let fields = [("act", "set"), ("alarms_per_day", "7"), ("days", "30")];
    let saved = admin.post("/policy/dial", &fields).location().to_owned();
    let turned = admin.get(&saved);
    assert!(turned.says("stands at about 7 alarms a day"));
    assert!(turned.says("The dial was turned since: here, present means 12.5 a day"));

    let name = [("name", "mei"), ("role", "viewer"), ("password", "words of a made-up viewer")];
    assert_eq!(admin.post("/settings/users", &name).location(), "/settings?added=mei");
    let viewer = serving.served.browser_of("mei", "words of a made-up viewer");
    assert!(viewer.get("/policy").says("About 7 alarms a day"));
    assert_eq!(viewer.post("/policy/dial", &fields).status, 403);
}
