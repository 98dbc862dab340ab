//! A history read piece by piece: nothing twice, nothing left out, names as they stand now.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use claviger_repository::{History, ObjectId, Piece, Repository};

pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Li Wei", "-c", "user.email=li.wei@acme.cn", "-c", "gc.auto=0"])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn commit(folder: &Path, name: &str, content: &str) -> ObjectId {
    std::fs::write(folder.join(name), content).unwrap();
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", name]);
    ObjectId::parse(&git(folder, &["rev-parse", "HEAD"])).unwrap()
}

pub(crate) fn open(folder: &Path) -> Arc<Repository> {
    Arc::new(Repository::open(folder, claviger_scan::apply_git_delta).unwrap())
}

pub(crate) fn tips(repository: &Repository) -> Vec<ObjectId> {
    repository.names().values().copied().collect()
}

/// The files that a history lists, and where it could be broken off: after each, the commits listed so far that no
/// listed one follows.
fn listed(folder: &Path, before: &[ObjectId]) -> (Vec<String>, Vec<Vec<ObjectId>>) {
    let repository = open(folder);
    let tips = tips(&repository);
    let (mut files, mut heads, mut breaks) = (Vec::new(), before.to_vec(), Vec::new());
    for piece in History::since(repository, &tips, before) {
        match piece {
            Piece::File { path, again: false, .. } => files.push(path),
            Piece::Listed(commit) => {
                heads.retain(|head| !commit.parents.contains(head));
                heads.push(commit.id);
                breaks.push(heads.clone());
            }
            Piece::Words { .. } | Piece::File { .. } | Piece::Loose(_) => {}
        }
    }
    (files, breaks)
}

/// Two branches that were merged.
fn merged(folder: &Path) {
    git(folder, &["init", "--quiet", "--initial-branch", "main"]);
    commit(folder, "a", "first");
    git(folder, &["switch", "--quiet", "--create", "side"]);
    commit(folder, "b", "second");
    git(folder, &["switch", "--quiet", "main"]);
    commit(folder, "c", "third");
    git(folder, &["merge", "--quiet", "--no-edit", "side"]);
    commit(folder, "a", "fourth");
}

#[test]
fn what_was_listed_is_not_listed_again_wherever_it_was_broken_off() {
    let folder = tempfile::tempdir().unwrap();
    merged(folder.path());
    let (all, breaks) = listed(folder.path(), &[]);
    assert_eq!((all[0].as_str(), all[3].as_str(), all.len()), ("a", "a", 4));
    // Both branches were made in one second.
    assert!(all[1..3].contains(&"b".to_owned()) && all[1..3].contains(&"c".to_owned()), "{all:?}");
    for (number, heads) in breaks.iter().enumerate() {
        let (rest, _) = listed(folder.path(), heads);
        assert!(all.ends_with(&rest), "{number}: {rest:?}");
        assert_eq!(rest.is_empty(), number + 1 == breaks.len(), "{number}: {rest:?}");
    }
    commit(folder.path(), "d", "fifth");
    assert_eq!(listed(folder.path(), breaks.last().unwrap()).0, ["d"]);
}

#[test]
fn a_rewritten_history_lists_what_it_brought_anew_and_reaches_no_more_what_it_left() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "--quiet", "--initial-branch", "main"]);
    let first = commit(folder, "a", "first");
    let left = commit(folder, "secret", "second");
    git(folder, &["pack-refs", "--all"]);
    git(folder, &["reset", "--quiet", "--hard", "HEAD~1"]);
    let again = commit(folder, "b", "third");
    let repository = open(folder);
    let now = tips(&repository);
    assert_eq!(now, [again], "a packed name of the past does not count");
    let reached: BTreeSet<ObjectId> = repository.reach(&now).into_iter().collect();
    assert_eq!(reached, [first, again].into_iter().collect());
    assert!(repository.holds(&left), "until it is cleaned up");
    assert_eq!(listed(folder, &[left]).0, ["b"]);
}

#[test]
fn a_repository_of_another_format_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--object-format", "sha256"]);
    let refused = Repository::open(folder.path(), claviger_scan::apply_git_delta).err().unwrap();
    assert!(refused.hint().is_some(), "{refused}");
}

/// Where a content stands under another path than the one it was listed with first.
fn again(repository: &Arc<Repository>, before: &[ObjectId]) -> Vec<String> {
    let history = History::since(Arc::clone(repository), &tips(repository), before);
    let listed = history.filter_map(|piece| match piece {
        Piece::File { path, again: true, .. } => Some(path),
        _ => None,
    });
    listed.collect()
}

#[test]
fn a_content_under_another_path_is_listed_once_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "--quiet", "--initial-branch", "main"]);
    std::fs::create_dir(folder.join("old")).unwrap();
    let first = commit(folder, "old/a", "the same");
    commit(folder, "copy", "the same");
    git(folder, &["mv", "old", "new"]);
    git(folder, &["commit", "--quiet", "--message", "renamed"]);
    commit(folder, "other", "another");
    assert_eq!(listed(folder, &[]).0, ["old/a", "other"], "each content once");
    let repository = open(folder);
    assert_eq!(again(&repository, &[]), ["copy", "new/a"]);
    assert_eq!(again(&repository, &[first]), ["copy", "new/a"], "and behind where it was read to");
}

#[test]
fn a_commit_that_holds_a_file_under_any_number_of_paths_comes_to_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "--quiet", "--initial-branch", "main"]);
    let mut tree = {
        commit(folder, "a", "content");
        git(folder, &["rev-parse", "HEAD^{tree}"])
    };
    // Ten folders in each of ten: ten thousand million files.
    for _ in 0..10 {
        let entries: String = (0..10).map(|n| format!("040000 tree {tree}\tfolder{n}\n")).collect();
        std::fs::write(folder.join(".git/entries"), entries).unwrap();
        let made = Command::new("sh")
            .current_dir(folder)
            .args(["-c", "git mktree < .git/entries"])
            .output()
            .unwrap();
        tree = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    }
    let made = git(folder, &["commit-tree", "-p", "HEAD", "-m", "many", &tree]);
    git(folder, &["update-ref", "refs/heads/main", &made]);
    let repository = open(folder);
    let mut history = History::since(Arc::clone(&repository), &tips(&repository), &[]);
    assert!(history.by_ref().count() < 1_000_000);
    assert!(history.passed_over() > 0 && history.missing() == 0);
}

#[test]
fn what_a_name_or_a_commit_leads_to_is_missed_and_what_a_log_remembers_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "--quiet", "--initial-branch", "main"]);
    let first = commit(folder, "a", "first");
    let second = commit(folder, "a", "second");
    let third = commit(folder, "a", "third");
    git(folder, &["reset", "--quiet", "--hard", &second.hex()]);
    let lose = |id: &ObjectId| {
        let name = id.hex();
        std::fs::remove_file(folder.join(".git/objects").join(&name[..2]).join(&name[2..]))
            .unwrap();
    };
    let missing = |history: History| {
        let mut history = history;
        history.by_ref().for_each(drop);
        history.missing()
    };
    let since = |repository: Arc<Repository>| {
        let tips = tips(&repository);
        missing(History::since(repository, &tips, &[]))
    };
    lose(&third);
    assert_eq!(missing(History::whole(open(folder))), 0, "a log remembers it");
    lose(&first);
    assert_eq!((missing(History::whole(open(folder))), since(open(folder))), (1, 1));
    lose(&second);
    assert_eq!(since(open(folder)), 1, "the branch itself");
}
