//! Objects in packs: made by whoever likes, and packed anew while they are read.

use std::io::Write;
use std::path::Path;

use claviger_repository::{History, ObjectId, Piece};
use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::history::{commit, git, open, tips};

/// A pack of one delta of the object `base`, called `name`, as nobody's git would make it.
fn put_pack(folder: &Path, name: [u8; 20], base: [u8; 20]) {
    let packs = folder.join(".git/objects/pack");
    std::fs::create_dir_all(&packs).unwrap();
    let mut delta = ZlibEncoder::new(Vec::new(), Compression::default());
    delta.write_all(&[1, 1, 1, b'x']).unwrap();
    let pack = [b"PACK\0\0\0\x02\0\0\0\x01".as_slice(), &[0x74], &base, &delta.finish().unwrap()];
    let mut index: Vec<u8> =
        (0..=255).flat_map(|first| u32::from(first >= name[0]).to_be_bytes()).collect();
    index.extend(12u32.to_be_bytes());
    index.extend(name);
    let path = packs.join(format!("pack-{}", hex::encode(name)));
    std::fs::write(path.with_extension("pack"), pack.concat()).unwrap();
    std::fs::write(path.with_extension("idx"), index).unwrap();
}

#[test]
fn deltas_that_are_made_from_each_other_are_no_objects() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "--quiet"]);
    put_pack(folder, [0xAA; 20], [0xBB; 20]);
    put_pack(folder, [0xBB; 20], [0xAA; 20]);
    put_pack(folder, [0xCC; 20], [0xCC; 20]);
    put_pack(folder, [0xDD; 20], [0xEE; 20]);
    let repository = open(folder);
    for first in [0xAA, 0xBB, 0xCC, 0xDD] {
        let id = ObjectId::parse(&hex::encode([first; 20])).unwrap();
        assert!(!repository.holds(&id) && repository.blob(&id).is_none(), "{first:x}");
    }
}

#[test]
fn what_is_packed_anew_while_it_is_read_is_found_where_it_lies_then() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "--quiet", "--initial-branch", "main"]);
    for number in 0..40 {
        commit(folder, "a", &format!("{number}\n{}", "the same line\n".repeat(50)));
        if number % 10 == 9 {
            git(folder, &["repack", "--quiet", "-d"]);
        }
    }
    commit(folder, "b", "lies about");
    let repository = open(folder);
    let mut history = History::since(repository.clone(), &tips(&repository), &[]);
    let mut contents = Vec::new();
    for (number, piece) in history.by_ref().enumerate() {
        if number == 5 {
            git(folder, &["gc", "--quiet", "--prune=now"]);
        }
        if let Piece::File { id, .. } = piece {
            contents.push(id);
        }
    }
    assert_eq!((contents.len(), history.missing()), (41, 0));
    assert!(contents.iter().all(|id| repository.blob(id).is_some()));
}
