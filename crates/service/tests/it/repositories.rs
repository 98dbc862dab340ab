//! Repositories of source code: what leaks in one raises risk events, once, and goes with the history that held it.

use std::path::Path;
use std::process::Command;

use claviger_model::{
    AllowlistScope, Evidence, EvidenceState, IntelligenceSource, RiskEvent, RiskType, Secret,
    WatchedRepository, WorkState,
};
use claviger_service::{NewAllowance, NewRepository, ServiceError};
use claviger_store::risk_events::RiskEventFilter;

use crate::git_server::Host;
use crate::stage::{Stage, until};

/// Made-up pairs.
const PAIRS: [(&str, &str); 3] = [
    ("LTAI5tK9qW2mZ7rT4vB8nC3x", "k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U"),
    ("LTAI5tF6hY4sJ2pL9wQ7dX1z", "m8Rw3TyN6kBv5XcZ2qLs9JhGf4DpUe"),
    ("LTAI5tB3gN8kV5mC1xZ6sP4t", "q7Fj2LdWs9XnM4vKb6TzRh3YgCa8Ep"),
];

/// A made-up password.
const PASSWORD: &str = "KXvISqQXB9yu";

const AUTHOR: &str = "Li Wei <li.wei@acme.cn>";

/// A made-up token.
const TOKEN: &str = "made-up-token-of-a-reader";

fn pair(number: usize) -> String {
    let (id, secret) = PAIRS[number];
    format!("# deploy\nAccessKeyId: {id}\nAccessKeySecret: {secret}\n")
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Li Wei", "-c", "user.email=li.wei@acme.cn", "-c", "gc.auto=0"])
        .args(args)
        .env("GIT_AUTHOR_DATE", "2026-01-31T08:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-01-31T08:00:00Z")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Commits a file; returns the commit.
fn commit(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", &format!("change {name}")]);
    git(folder, &["rev-parse", "HEAD"])
}

/// A stage with a repository of two commits: a pair, and the account of a database in whose place nothing stands.
struct Scene {
    stage: Stage,
    code: tempfile::TempDir,
    commits: Vec<String>,
}

impl Scene {
    async fn set() -> Self {
        let code = tempfile::tempdir().unwrap();
        let folder = code.path();
        git(folder, &["init", "--quiet", "--initial-branch", "main"]);
        let database = format!("DATABASE_URL=postgres://app:{PASSWORD}@db4.acme.cn:7237/shop\n");
        let commits = vec![
            commit(folder, "app/.env", &database),
            commit(folder, "app/.env", "DATABASE_URL=\n"),
            commit(folder, "ci/keys.yml", &pair(0)),
        ];
        Self { stage: Stage::set().await, code, commits }
    }

    fn address(&self) -> String {
        format!("git+file://{}", self.code.path().display())
    }

    async fn add(&self, new: NewRepository) -> WatchedRepository {
        self.stage.service.add_repository(&self.stage.actor, new).await.unwrap()
    }

    async fn watch(&self) -> WatchedRepository {
        let name = Some("shop".to_owned());
        self.add(NewRepository { address: self.address(), name, ..NewRepository::default() }).await
    }

    /// Waits until it was read to its end as it is now: the first look that ends may have begun before.
    async fn read(&self) -> WatchedRepository {
        self.looked().await;
        self.looked().await
    }

    async fn looked(&self) -> WatchedRepository {
        let service = &self.stage.service;
        let before = service.instant();
        service.scan_repository(&self.stage.actor, "shop", false).await.unwrap();
        until("the repository is read", async || {
            let repository = service.repository("shop").await.unwrap();
            repository.scan.scanned_at.is_some_and(|at| at >= before).then_some(repository)
        })
        .await
    }

    async fn event(&self, risk_type: RiskType, subject: &str) -> RiskEvent {
        until(subject, async || {
            let filter = RiskEventFilter { risk_type: Some(risk_type), ..Default::default() };
            let all = self.stage.service.risk_events(&filter).await.unwrap();
            all.into_iter().find(|event| event.subject == subject)
        })
        .await
    }

    async fn evidence(&self, event: &RiskEvent) -> Evidence {
        let details = self.stage.service.event_details(&event.id).await.unwrap();
        let shown = format!("{details:?}");
        assert!(!shown.contains(PASSWORD) && !shown.contains(PAIRS[0].1), "no plaintext is kept");
        details.evidence.into_iter().next().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_an_account_in_code_are_leaks_with_file_author_and_commit() {
    let scene = Scene::set().await;
    let repository = scene.watch().await;
    let leak = scene.event(RiskType::AccessKeyPairLeak, PAIRS[0].0).await;
    let found = scene.evidence(&leak).await;
    let code = found.code.clone().unwrap();
    assert_eq!(found.source, IntelligenceSource::Repository);
    assert_eq!((code.file.as_deref(), found.location.line), (Some("ci/keys.yml"), 2));
    assert_eq!((code.author.as_str(), &code.commit), (AUTHOR, &scene.commits[2]));
    assert_eq!(code.repository_id, repository.id);
    assert_eq!(found.location.uri, format!("{}/ci/keys.yml", scene.address()));
    assert_eq!(found.readable_since, Some("2026-01-31T08:00:00Z".parse().unwrap()));
    assert_eq!(found.link, None, "a folder has no pages");

    // What a later commit took away stands in the history.
    let account = "postgresql://app@db4.acme.cn:7237";
    let event = scene.event(RiskType::DatabaseAccountLeak, account).await;
    let found = scene.evidence(&event).await;
    assert_eq!(found.state, EvidenceState::Found);
    assert_eq!(found.code.unwrap().commit, scene.commits[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_commit_is_read_without_the_old_and_on_its_schedule() {
    let scene = Scene::set().await;
    scene.watch().await;
    let before = scene.read().await.scan;
    assert_eq!(
        (before.commits, before.blobs, before.unread),
        (3, 6, 0),
        "three files, three messages"
    );
    assert_eq!(scene.read().await.scan.blobs, 6, "nothing is new");
    commit(scene.code.path(), "ci/more.yml", &pair(1));
    let after = scene.read().await.scan;
    assert_eq!((after.commits, after.blobs), (4, 8));
    scene.event(RiskType::AccessKeyPairLeak, PAIRS[1].0).await;

    // Another one is looked at as often as it was said.
    let other = tempfile::tempdir().unwrap();
    git(other.path(), &["init", "--quiet"]);
    let address = format!("git+file://{}", other.path().display());
    let (name, interval_seconds) = (Some("other".to_owned()), Some(10));
    scene.add(NewRepository { address, name, interval_seconds, ..Default::default() }).await;
    commit(other.path(), "keys.yml", &pair(2));
    scene.event(RiskType::AccessKeyPairLeak, PAIRS[2].0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_the_allowlist_hides_a_repository_a_user_or_a_file_of_it() {
    let scene = Scene::set().await;
    scene.watch().await;
    let leak = scene.event(RiskType::AccessKeyPairLeak, PAIRS[0].0).await;
    let (service, actor) = (&scene.stage.service, &scene.stage.actor);
    for (scope, value) in [
        (AllowlistScope::Repository, scene.address()),
        (AllowlistScope::User, "li.wei@acme.cn".to_owned()),
        (AllowlistScope::User, "Li Wei".to_owned()),
        (AllowlistScope::File, "ci/*.yml".to_owned()),
        (AllowlistScope::File, "keys.yml".to_owned()),
        (AllowlistScope::Source, "repository".to_owned()),
    ] {
        let new = NewAllowance {
            scope,
            value,
            access_key_id: leak.access_key_id.clone(),
            reason: "made up".to_owned(),
            owner: None,
            expires_at: None,
            also_public: false,
        };
        let entry = service.allow(actor, new).await.unwrap();
        assert_eq!(scene.evidence(&leak).await.state, EvidenceState::AddedToWhitelist, "{entry:?}");
        let event = scene.stage.event_now(&leak.id).await;
        assert_eq!(event.work_state, WorkState::AddedToWhitelist);
        service.remove_from_allowlist(actor, &entry.id).await.unwrap();
        assert_eq!(scene.evidence(&leak).await.state, EvidenceState::Found, "{entry:?}");
    }
    // What comes later is hidden from the start.
    let new = NewAllowance {
        scope: AllowlistScope::Repository,
        value: scene.address(),
        access_key_id: None,
        reason: "samples".to_owned(),
        owner: None,
        expires_at: None,
        also_public: false,
    };
    service.allow(actor, new).await.unwrap();
    commit(scene.code.path(), "ci/more.yml", &pair(1));
    scene.read().await;
    let filter = RiskEventFilter { search: Some(PAIRS[1].0.to_owned()), ..Default::default() };
    assert_eq!(service.risk_events(&filter).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rewritten_history_no_longer_holds_is_deleted_and_disposed_of_once_it_is_not_to_be_had()
 {
    let scene = Scene::set().await;
    let folder = scene.code.path();
    scene.watch().await;
    let leak = scene.event(RiskType::AccessKeyPairLeak, PAIRS[0].0).await;
    scene.read().await;
    // The same file in another commit: it stands there.
    git(folder, &["switch", "--quiet", "--create", "side", &scene.commits[1]]);
    let other = commit(folder, "ci/keys.yml", &pair(0));
    git(folder, &["branch", "--quiet", "-D", "main"]);
    scene.read().await;
    let found = scene.evidence(&leak).await;
    assert_eq!((found.state, found.code.unwrap().commit), (EvidenceState::Found, other));

    git(folder, &["reset", "--quiet", "--hard", &scene.commits[1]]);
    scene.read().await;
    assert_eq!(scene.evidence(&leak).await.state, EvidenceState::Deleted);
    assert!(!scene.stage.event_now(&leak.id).await.work_state.is_closed());
    let lines = scene.stage.service.history_of_event(&leak.id).await.unwrap();
    assert!(lines.iter().any(|line| line.text.contains("git gc --prune=now")), "{lines:?}");

    git(folder, &["reflog", "expire", "--expire=now", "--all"]);
    git(folder, &["gc", "--quiet", "--prune=now"]);
    scene.read().await;
    assert_eq!(scene.evidence(&leak).await.state, EvidenceState::Disposed);
    assert_eq!(scene.stage.event_now(&leak.id).await.work_state, WorkState::Disposed);
    let account = "postgresql://app@db4.acme.cn:7237";
    let event = scene.event(RiskType::DatabaseAccountLeak, account).await;
    assert_eq!(scene.evidence(&event).await.state, EvidenceState::Found, "it is in the history");

    // It comes back.
    let back = commit(folder, "ci/keys.yml", &pair(0));
    scene.read().await;
    let found = scene.evidence(&leak).await;
    assert_eq!((found.state, found.code.unwrap().commit), (EvidenceState::Found, back));
    assert_eq!(scene.stage.event_now(&leak.id).await.work_state, WorkState::Pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_of_a_host_is_fetched_and_what_it_forgot_is_disposed_of() {
    let scene = Scene::set().await;
    let folder = scene.code.path();
    let home = tempfile::tempdir().unwrap();
    let bare = home.path().join("shop.git");
    git(folder, &["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let new = |host: Host, token: Option<&str>| NewRepository {
        address: format!("git+http://127.0.0.1:{}/shop.git", host.port),
        public: true,
        token: token.map(|token| Secret::new(token.to_owned())),
        ..NewRepository::default()
    };
    let (service, actor) = (&scene.stage.service, &scene.stage.actor);
    scene.add(new(Host::of(home.path(), Some(TOKEN)), None)).await;
    let failure = until("it cannot be fetched", async || {
        service.repository("shop").await.unwrap().scan.failure
    })
    .await;
    assert!(failure.contains("give a token"), "{failure}");
    let told = service.conditions_now();
    assert!(
        told.iter().any(|one| one.place == "repository shop" && one.hint.is_some()),
        "{told:?}"
    );
    service.remove_repository(actor, "shop").await.unwrap();
    assert!(service.conditions_now().iter().all(|one| one.place != "repository shop"));
    let plain = new(Host::of(home.path(), Some(TOKEN)), Some(TOKEN));
    match service.add_repository(actor, plain).await {
        Err(ServiceError::Invalid { field: "token", hint, .. }) => {
            assert!(hint.contains("git+https://"), "{hint}");
        }
        other => panic!("a token travels in plain text: {other:?}"),
    }

    let repository = scene.add(new(Host::of(home.path(), None), None)).await;
    let leak = scene.event(RiskType::AccessKeyPairLeak, PAIRS[0].0).await;
    let found = scene.evidence(&leak).await;
    assert_eq!(found.source, IntelligenceSource::Github, "anybody may read it");
    scene.read().await;
    let mirror = service.settings().data_dir.join("repositories");
    let mirror = mirror.join(format!("{}.git", repository.id));
    assert!(mirror.exists());

    // Only what is new travels and is read.
    let before = service.repository("shop").await.unwrap().scan;
    commit(folder, "ci/more.yml", &pair(1));
    git(folder, &["push", "--quiet", bare.to_str().unwrap(), "main"]);
    let after = scene.read().await.scan;
    assert_eq!((after.commits, after.blobs), (before.commits + 1, before.blobs + 2));
    scene.event(RiskType::AccessKeyPairLeak, PAIRS[1].0).await;

    git(folder, &["reset", "--quiet", "--hard", &scene.commits[1]]);
    git(folder, &["push", "--quiet", "--force", bare.to_str().unwrap(), "main"]);
    scene.read().await;
    assert_eq!(scene.evidence(&leak).await.state, EvidenceState::Deleted);
    let lines = service.history_of_event(&leak.id).await.unwrap();
    assert!(lines.iter().any(|line| line.text.contains("still hands out commit")), "{lines:?}");
    git(&bare, &["gc", "--quiet", "--prune=now"]);
    scene.read().await;
    assert_eq!(scene.evidence(&leak).await.state, EvidenceState::Disposed);
    assert_eq!(scene.stage.event_now(&leak.id).await.work_state, WorkState::Disposed);
    service.remove_repository(actor, "shop").await.unwrap();
    until("its copy is deleted", async || (!mirror.exists()).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_under_several_paths_is_evidence_for_each() {
    let scene = Scene::set().await;
    let folder = scene.code.path();
    commit(folder, "ci/copy.yml", &pair(0));
    scene.watch().await;
    let leak = scene.event(RiskType::AccessKeyPairLeak, PAIRS[0].0).await;
    let files = async |count: usize| {
        until("every path is told", async || {
            let details = scene.stage.service.event_details(&leak.id).await.unwrap();
            let files = details.evidence.into_iter().filter_map(|one| one.code?.file);
            let mut files: Vec<String> = files.collect();
            files.sort();
            (files.len() == count).then_some(files)
        })
        .await
    };
    assert_eq!(files(2).await, ["ci/copy.yml", "ci/keys.yml"]);
    let before = scene.read().await.scan.blobs;
    git(folder, &["mv", "ci", "deploy"]);
    git(folder, &["commit", "--quiet", "--message", "renamed"]);
    let after = scene.read().await.scan;
    assert_eq!(files(4).await[2..], ["deploy/copy.yml", "deploy/keys.yml"]);
    assert_eq!(after.blobs, before + 1, "the message alone is new");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_any_number_of_paths_of_a_content_some_are_told_and_the_rest_is_counted() {
    let scene = Scene::set().await;
    let folder = scene.code.path();
    let copies = folder.join("copies");
    std::fs::create_dir(&copies).unwrap();
    for number in 0..110 {
        std::fs::write(copies.join(format!("{number}.yml")), pair(1)).unwrap();
    }
    commit(folder, "copies/last.yml", &pair(1));
    scene.watch().await;
    let scan = scene.read().await.scan;
    // The first one, and a hundred beside it.
    assert_eq!((scan.blobs, scan.unread), (8, 10));
    assert!(scan.unread_why.unwrap().contains("100 other paths"));
    scene.event(RiskType::AccessKeyPairLeak, PAIRS[1].0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_of_more_leaks_than_are_committed_at_once_raises_each() {
    let scene = Scene::set().await;
    let users = 450;
    let line = |user: usize| {
        format!("DATABASE_URL=postgres://app{user}:{PASSWORD}{user}@db4.acme.cn:7237/shop\n")
    };
    commit(scene.code.path(), "all.env", &(0..users).map(line).collect::<String>());
    scene.watch().await;
    let scan = scene.read().await.scan;
    assert_eq!((scan.commits, scan.blobs, scan.unread), (4, 8, 0));
    let filter = RiskEventFilter {
        risk_type: Some(RiskType::DatabaseAccountLeak),
        limit: 1_000,
        ..Default::default()
    };
    let events = scene.stage.service.risk_events(&filter).await.unwrap();
    assert_eq!(events.len(), users + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_runs_something_or_leads_inside_is_refused_with_the_way_out() {
    let scene = Scene::set().await;
    let marker = scene.code.path().join("ran");
    let (service, actor) = (&scene.stage.service, &scene.stage.actor);
    for address in [
        format!("ext::touch {}", marker.display()),
        format!("git+ext::touch%20{}", marker.display()),
        format!("git+--upload-pack=touch {}", marker.display()),
        format!("git+ssh://-oProxyCommand=touch${{IFS}}{}/x", marker.display()),
        "git+file:///etc/passwd".to_owned(),
        "git+file://../../etc".to_owned(),
        format!("git+file://{}/../..", scene.code.path().display()),
        "git+http://169.254.169.254/latest/meta-data".to_owned(),
        "git+https://10.0.0.1/a.git".to_owned(),
        "git+https://user:made-up@code.acme.cn/a.git".to_owned(),
    ] {
        let new = NewRepository { address: address.clone(), ..NewRepository::default() };
        match service.add_repository(actor, new).await {
            Err(ServiceError::Invalid { field: "address", hint, message }) => {
                assert!(!hint.is_empty() && !message.contains("made-up"), "{message}");
            }
            other => panic!("{address}: {other:?}"),
        }
    }
    assert!(!marker.exists());
    assert_eq!(service.repositories().await.unwrap(), []);
    // A token has no way into a folder, and two lines are none.
    let token = |address: String, token: &str| NewRepository {
        address,
        token: Some(Secret::new(token.to_owned())),
        ..NewRepository::default()
    };
    assert!(service.add_repository(actor, token(scene.address(), TOKEN)).await.is_err());
}
