//! Files that grow, are rotated in every way, are packed, cut and endless.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use claviger_feed::folder::Folder;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

/// A followed folder whose positions are kept as its user keeps them.
struct Followed {
    root: tempfile::TempDir,
    kept: std::collections::BTreeMap<String, String>,
    folder: Folder,
    read: Vec<u8>,
    lost: Vec<String>,
    unreadable: Vec<String>,
}

impl Followed {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path().to_owned(), Vec::new());
        Self {
            root,
            kept: Default::default(),
            folder,
            read: Vec::new(),
            lost: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn append(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(name)).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
    }

    /// As after a restart: only what was kept is known.
    fn restart(&mut self) {
        let kept = self.kept.clone().into_iter().collect();
        self.folder = Folder::open(self.root.path().to_owned(), kept);
    }

    /// Reads what there is, so long after the last write.
    fn read_after(&mut self, quiet: Duration) -> String {
        let now = SystemTime::now() + quiet;
        self.read.clear();
        let look = self.folder.look(now).unwrap();
        assert_eq!(look.troubles, Vec::<String>::new());
        for part in look.gone {
            self.kept.remove(&part);
        }
        while let Some(chunk) = self.folder.next(now).unwrap() {
            self.read.extend_from_slice(&chunk.lines);
            self.kept.insert(chunk.part, chunk.position);
            self.lost.extend(chunk.lost);
            self.unreadable.extend(chunk.unreadable.map(|(_, why)| why));
        }
        String::from_utf8_lossy(&self.read).into_owned()
    }

    fn read(&mut self) -> String {
        self.read_after(Duration::ZERO)
    }
}

fn lines(range: std::ops::Range<usize>) -> String {
    range.map(|number| format!("{number:04} a line with a time in it, made up\n")).collect()
}

fn pack(path: &Path) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&fs::read(path).unwrap()).unwrap();
    fs::write(format!("{}.gz", path.display()), encoder.finish().unwrap()).unwrap();
    fs::remove_file(path).unwrap();
}

#[test]
fn what_is_appended_is_read_once() {
    let mut followed = Followed::new();
    followed.append("a.log", lines(0..3));
    assert_eq!(followed.read(), lines(0..3));
    assert_eq!(followed.read(), "");
    followed.append("a.log", lines(3..5));
    followed.restart();
    assert_eq!(followed.read(), lines(3..5));
    fs::create_dir(followed.path("deeper")).unwrap();
    followed.append("deeper/b.log", lines(9..10));
    followed.append(".hidden", lines(0..1));
    assert_eq!(followed.read(), lines(9..10));
}

#[test]
fn half_a_line_waits_for_its_other_half() {
    let mut followed = Followed::new();
    followed.append("a.log", "one\ntw");
    assert_eq!(followed.read(), "one\n");
    assert_eq!(followed.read_after(Duration::from_secs(60)), "");
    followed.append("a.log", "o\n");
    assert_eq!(followed.read(), "two\n");
    followed.append("a.log", "the last");
    assert_eq!(followed.read_after(Duration::from_secs(3600)), "the last");
    // A JSON document has no line's end.
    followed.append("b.json", "{\"Records\":[]}");
    assert_eq!(followed.read(), "");
    assert_eq!(followed.read_after(Duration::from_secs(3)), "{\"Records\":[]}");
}

#[test]
fn a_renamed_file_is_read_to_its_end_and_its_successor_from_the_beginning() {
    let mut followed = Followed::new();
    followed.append("a.log", lines(0..3));
    followed.read();
    followed.append("a.log", lines(3..4));
    fs::rename(followed.path("a.log"), followed.path("a.log.1")).unwrap();
    followed.append("a.log", lines(4..6));
    for restart in [false, true] {
        if restart {
            followed.restart();
        }
        let read = followed.read();
        assert_eq!(read, if restart { String::new() } else { lines(3..6) });
    }
}

#[test]
fn a_copied_and_truncated_file_is_read_on_in_the_copy_and_anew_in_itself() {
    let mut followed = Followed::new();
    followed.append("a.log", lines(0..3));
    followed.read();
    followed.append("a.log", lines(3..4));
    fs::copy(followed.path("a.log"), followed.path("a.log.1")).unwrap();
    File::create(followed.path("a.log")).unwrap();
    // More than before: the size alone does not tell.
    followed.append("a.log", lines(10..30));
    let mut read: Vec<String> = followed.read().lines().map(str::to_owned).collect();
    read.sort();
    let expected = lines(3..4) + &lines(10..30);
    assert_eq!(read, expected.lines().collect::<Vec<_>>());
    assert_eq!(followed.lost, Vec::<String>::new());
}

#[test]
fn a_file_packed_after_it_was_read_is_not_read_again() {
    let mut followed = Followed::new();
    followed.append("a.log", lines(0..300));
    followed.read();
    followed.append("a.log", lines(300..302));
    pack(&followed.path("a.log"));
    followed.restart();
    assert_eq!(followed.read(), lines(300..302));
    assert_eq!(followed.read(), "");
    followed.append("new.log", lines(500..600));
    pack(&followed.path("new.log"));
    assert_eq!(followed.read(), lines(500..600));
}

#[test]
fn a_truncated_file_tells_what_of_it_is_lost() {
    let mut followed = Followed::new();
    followed.append("a.log", lines(0..2) + "half a line");
    followed.read();
    File::create(followed.path("a.log")).unwrap();
    followed.append("a.log", lines(7..8));
    assert_eq!(followed.read(), lines(7..8));
    assert_eq!(followed.lost.len(), 1);
    assert!(followed.lost[0].contains("11 bytes"), "{:?}", followed.lost);
}

#[test]
fn a_file_replaced_between_the_look_and_the_read_is_never_read_in_its_middle() {
    let replace: [fn(&Followed); 2] = [
        |followed| fs::write(followed.path("a.log"), lines(100..160)).unwrap(),
        |followed| {
            fs::rename(followed.path("a.log"), followed.path("a.log.1")).unwrap();
            followed.append("a.log", lines(100..160));
        },
    ];
    for (read_before, replace) in
        [(0, replace[0]), (0, replace[1]), (3, replace[0]), (3, replace[1])]
    {
        let mut followed = Followed::new();
        followed.append("a.log", lines(0..3));
        if read_before > 0 {
            followed.read();
        }
        followed.append("a.log", lines(3..7));
        let now = SystemTime::now();
        followed.folder.look(now).unwrap();
        replace(&followed);
        while let Some(chunk) = followed.folder.next(now).unwrap() {
            followed.read.extend_from_slice(&chunk.lines);
        }
        let mut read = std::mem::take(&mut followed.read);
        followed.read();
        read.extend_from_slice(&followed.read);
        let read = String::from_utf8(read).unwrap();
        let whole: Vec<&str> = read.lines().collect();
        for line in lines(100..160).lines() {
            assert_eq!(
                whole.iter().filter(|read| **read == line).count(),
                1,
                "{read_before} {line}: {read}"
            );
        }
        let known = lines(0..7) + &lines(100..160);
        assert!(whole.iter().all(|line| known.lines().any(|known| known == *line)), "{read}");
    }
}

#[test]
fn an_endless_line_is_stepped_over_and_the_next_is_read() {
    let mut followed = Followed::new();
    let path = followed.path("a.log");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"first\n").unwrap();
    let block = vec![b'x'; 1 << 20];
    for _ in 0..80 {
        file.write_all(&block).unwrap();
    }
    assert_eq!(followed.read(), "first\n");
    assert_eq!(followed.unreadable.len(), 1);
    file.write_all(&block).unwrap();
    followed.restart();
    assert_eq!(followed.read(), "");
    file.write_all(b"the end of it\nlast\n").unwrap();
    assert_eq!(followed.read(), "last\n");
    assert_eq!(followed.unreadable.len(), 1);
}

#[test]
fn a_packed_file_that_breaks_off_is_waited_for_and_then_told() {
    let mut followed = Followed::new();
    followed.append("a", lines(0..2_000));
    pack(&followed.path("a"));
    let packed = fs::read(followed.path("a.gz")).unwrap();
    fs::write(followed.path("a.gz"), &packed[..packed.len() / 2]).unwrap();
    followed.read();
    assert_eq!(followed.unreadable, Vec::<String>::new());
    followed.read_after(Duration::from_secs(120));
    assert_eq!(followed.unreadable.len(), 1);
    assert_eq!(followed.read_after(Duration::from_secs(180)), "");
}

#[test]
fn a_file_alone_and_a_path_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let mut folder = Folder::open(path.clone(), Vec::new());
    assert_eq!(folder.look(SystemTime::now()).unwrap_err().code(), "folder");
    fs::write(&path, lines(0..1)).unwrap();
    folder.look(SystemTime::now()).unwrap();
    let chunk = folder.next(SystemTime::now()).unwrap().unwrap();
    assert_eq!(chunk.lines, lines(0..1).into_bytes());
}

/// What may happen to a log.
#[derive(Debug, Clone)]
enum Act {
    Append(usize),
    Rename,
    Copy,
    Pack,
    Restart,
    Read,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1_usize..40).prop_map(Act::Append),
        1 => Just(Act::Rename),
        1 => Just(Act::Copy),
        1 => Just(Act::Pack),
        1 => Just(Act::Restart),
        3 => Just(Act::Read),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn however_it_is_rotated_every_line_is_read(acts in proptest::collection::vec(act(), 1..25)) {
        let mut followed = Followed::new();
        let mut number = 0;
        let mut turn = 0;
        let mut read = String::new();
        for act in acts {
            turn += 1;
            let old = format!("a.log.{turn}");
            match act {
                Act::Append(count) => {
                    followed.append("a.log", lines(number..number + count));
                    number += count;
                }
                Act::Rename if followed.path("a.log").exists() => {
                    fs::rename(followed.path("a.log"), followed.path(&old)).unwrap();
                }
                Act::Copy if followed.path("a.log").exists() => {
                    // What a copy misses is lost to everybody; here it misses nothing.
                    fs::copy(followed.path("a.log"), followed.path(&old)).unwrap();
                    File::create(followed.path("a.log")).unwrap();
                }
                Act::Pack if followed.path("a.log").exists() => {
                    fs::rename(followed.path("a.log"), followed.path(&old)).unwrap();
                    pack(&followed.path(&old));
                }
                Act::Restart => followed.restart(),
                _ => read.push_str(&followed.read()),
            }
        }
        read.push_str(&followed.read());
        let mut known: Vec<&str> = read.lines().collect();
        known.sort_unstable();
        known.dedup();
        let all = lines(0..number);
        prop_assert_eq!(known, all.lines().collect::<Vec<_>>());
    }
}
