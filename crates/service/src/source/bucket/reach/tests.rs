//! A bucket in memory, into which files come late and in any order.

use std::collections::BTreeMap;

use claviger_cloud::{FolderPage, ObjectInfo};
use claviger_model::Availability;
use proptest::prelude::*;

use super::*;

/// Names of a page, so few that there are many pages.
const PAGE: usize = 3;

const OVERLAP: SignedDuration = SignedDuration::from_secs(120);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn created() -> Timestamp {
    at("2026-03-20T12:00:00Z")
}

/// What is in the bucket, and how often each was read.
#[derive(Default)]
struct Model {
    objects: BTreeMap<String, Timestamp>,
    read: BTreeMap<String, u32>,
    calls: usize,
}

impl Model {
    fn put(&mut self, name: &str, now: Timestamp) {
        self.objects.insert(name.to_owned(), now);
    }

    fn info(name: &str, last_modified: Timestamp) -> ObjectInfo {
        ObjectInfo {
            name: name.to_owned(),
            bytes: 1,
            etag: "e".to_owned(),
            last_modified,
            storage_class: None,
            availability: Availability::AtOnce,
        }
    }

    /// Answers as stores do.
    fn list(&mut self, ask: &Ask) -> FolderPage {
        self.calls += 1;
        let after = ask.next.clone().or_else(|| ask.after.clone()).unwrap_or_default();
        let mut page = FolderPage::default();
        let mut entries = 0;
        let mut last = String::new();
        for (name, came) in self.objects.iter().filter(|(name, _)| name.starts_with(&ask.prefix)) {
            let rest = &name[ask.prefix.len()..];
            let folder = rest.find('/').filter(|_| ask.is_folded());
            let entry = folder.map_or(name.as_str(), |end| &name[..=ask.prefix.len() + end]);
            // A token names a folder as a whole.
            let is_behind = if ask.next.is_some() { entry > &*after } else { **name > *after };
            if !is_behind || entry == last {
                continue;
            }
            if entries == PAGE {
                page.next = Some(last);
                return page;
            }
            entries += 1;
            entry.clone_into(&mut last);
            match folder {
                Some(_) => page.folders.push(entry.to_owned()),
                None => page.objects.push(Self::info(name, *came)),
            }
        }
        page
    }

    fn read(&mut self, reach: &mut Reach, mut brought: Brought) -> u64 {
        let strand = brought.strand.clone();
        brought.files.retain(|file| reach.is_wanted(strand.as_ref(), file.last_modified));
        let mut news = 0;
        for file in &brought.files {
            if !self.read.contains_key(&file.name) {
                self.read.insert(file.name.clone(), 1);
                news += 1;
            }
        }
        reach.note(&brought);
        news
    }

    /// Walks to the end. Returns how many files were news, and how many objects no logs.
    fn go(&mut self, reach: &mut Reach, walk: &mut Walk) -> (u64, u64) {
        let (mut news, mut skipped) = (0, 0);
        while let Some(ask) = walk.next_ask() {
            let page = self.list(&ask);
            let brought = walk.take(ask, page);
            skipped += brought.skipped;
            news += self.read(reach, brought);
            assert!(self.calls < 100_000, "it ends");
        }
        (news, skipped)
    }

    /// A sweep with the past behind it.
    fn sweep(&mut self, reach: &mut Reach, now: Timestamp) {
        let mut sweep = reach.sweep(now);
        self.go(reach, &mut sweep);
        assert!(!sweep.is_cut());
        if let Some(mut past) = reach.swept(&sweep, now) {
            self.go(reach, &mut past.walk);
            reach.settle(past);
        }
    }

    fn look(&mut self, reach: &mut Reach, now: Timestamp) {
        let mut look = reach.look(now);
        self.go(reach, &mut look);
    }

    fn unread(&self) -> Vec<&String> {
        self.objects.keys().filter(|name| !self.read.contains_key(*name)).collect()
    }
}

fn reach(root: &str, kept: Kept) -> Reach {
    Reach::new(root, created() - HOUR * (7 * 24), kept, OVERLAP)
}

fn trail(region: &str, time: Timestamp, unique: u32) -> String {
    let account = "111122223333";
    let (day, stamp) = (time.strftime("%Y/%m/%d"), time.strftime("%Y%m%dT%H%MZ"));
    format!(
        "AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{stamp}_{unique}.json.gz"
    )
}

/// The ways in which names are given, with and without a day.
fn named(way: usize, time: Timestamp, unique: u32) -> String {
    match way {
        0 => trail("eu-west-1", time, unique),
        1 => format!("AWSLogs/dt={}/{unique}.gz", time.strftime("%Y-%m-%d")),
        2 => format!("AWSLogs/h/{}/{unique}.gz", time.strftime("year=%Y/month=%m/day=%d/hour=%H")),
        3 => format!("AWSLogs/flat-{unique}.log"),
        4 => format!("AWSLogs/{}-{unique}", time.strftime("%Y-%m-%d-%H-%M-%S")),
        _ => trail(&format!("region-{}", unique % 3), time, unique),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Each file is named by a time, and comes up to 48 hours later.
    #[test]
    fn a_file_that_appears_within_48_hours_is_read_once_by_the_next_sweep(
        files in prop::collection::vec((0_i64..120 * 3600, 0_i64..48 * 3600, 0_usize..6), 1..60),
        restarts in prop::collection::btree_set(0_usize..40, 0..3),
    ) {
        let mut comes: Vec<(Timestamp, String)> = files.iter().zip(0..).map(|((time, late, way), unique)| {
            let time = created() + SignedDuration::from_secs(*time);
            (time + SignedDuration::from_secs(*late), named(*way, time, unique))
        }).collect();
        comes.sort();
        let mut comes = comes.into_iter().peekable();
        let mut model = Model::default();
        let mut reach = reach("AWSLogs/", Kept::default());
        for turn in 0..45_usize {
            let now = created() + HOUR * i32::try_from(turn * 4).unwrap();
            while let Some((came, name)) = comes.next_if(|(came, _)| *came <= now) {
                model.put(&name, came);
                if name.len() % 2 == 0 {
                    model.look(&mut reach, came);
                }
            }
            if restarts.contains(&turn) {
                reach = self::reach("AWSLogs/", reach.kept());
            }
            model.sweep(&mut reach, now);
            prop_assert!(model.unread().is_empty(), "{:?}", model.unread());
        }
        prop_assert!(comes.next().is_none());
        prop_assert_eq!(model.read.len(), model.objects.len());
    }
}

#[test]
fn a_new_source_begins_a_week_back_and_one_that_stood_still_where_it_stood() {
    let mut model = Model::default();
    let day = |days: i64| created() - HOUR * i32::try_from(days * 24).unwrap();
    let came = created() - HOUR;
    for days in 0..20 {
        model.put(&trail("eu-west-1", day(days), 1), day(days));
    }
    model.put("AWSLogs/old.log", day(20));
    model.put("AWSLogs/new.log", came);
    let mut reach = reach("", Kept::default());
    model.sweep(&mut reach, created());
    // The day on which it begins is read as a whole, and by some clock it is still the one before.
    assert_eq!(model.read.len(), 8 + 1, "{:?}", model.read);
    let kept = reach.kept();
    for days in 1..30 {
        model.put(&trail("eu-west-1", day(-days), 1), day(-days));
    }
    let mut reach = self::reach("", kept);
    let now = day(-30);
    let mut sweep = reach.sweep(now);
    model.go(&mut reach, &mut sweep);
    assert!(!model.read.contains_key(&trail("eu-west-1", day(-10), 1)), "the present is first");
    let past = reach.swept(&sweep, now).unwrap();
    drop(past);
    let mut reach = self::reach("", reach.kept());
    model.sweep(&mut reach, now);
    assert_eq!(model.read.len(), 8 + 1 + 29, "what broke off is read anew");
}

#[test]
fn a_look_costs_one_call_a_strand_and_brings_what_is_new() {
    let mut model = Model::default();
    let mut reach = reach("", Kept::default());
    for unique in 0..200 {
        let time = created() - SignedDuration::from_mins(i64::from(5 * unique));
        model.put(&trail("eu-west-1", time, unique), time);
        model.put(&trail("us-east-1", time, unique), time);
    }
    model.sweep(&mut reach, created());
    let now = created() + SignedDuration::from_mins(5);
    model.calls = 0;
    model.look(&mut reach, now);
    assert_eq!(model.calls, 2);
    let name = trail("us-east-1", now, 1);
    model.put(&name, now);
    model.look(&mut reach, now);
    assert!(model.read.contains_key(&name));
    let (new_day, tomorrow) = (created() + HOUR * 13, created() + HOUR * 37);
    for (time, unique) in [(new_day, 2), (tomorrow, 3)] {
        let name = trail("eu-west-1", time, unique);
        model.put(&name, time);
        model.look(&mut reach, time);
        assert!(model.read.contains_key(&name), "{name}");
    }
}

#[test]
fn a_file_of_the_future_hides_no_other() {
    let mut model = Model::default();
    let mut reach = reach("", Kept::default());
    model.put(&trail("eu-west-1", created(), 1), created());
    model.sweep(&mut reach, created());
    let now = created() + HOUR;
    model.put(&trail("eu-west-1", at("2036-01-01T00:00:00Z"), 1), now);
    model.look(&mut reach, now);
    let now = now + HOUR;
    let name = trail("eu-west-1", now, 2);
    model.put(&name, now);
    model.look(&mut reach, now);
    assert!(model.read.contains_key(&name));
}

#[test]
fn what_lies_aside_is_counted_by_an_audit_and_not_read() {
    let mut model = Model::default();
    let mut reach = reach("AWSLogs/", Kept::default());
    let now = created();
    model.put(&trail("eu-west-1", now, 1), now);
    let digest =
        "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/20/x_CloudTrail-Digest_y.json.gz";
    model.put(digest, now);
    model.put("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/03/20/x.log.gz", now);
    model.sweep(&mut reach, now);
    assert_eq!(model.read.len(), 1);
    let mut audit = reach.audit(now - HOUR * (31 * 24));
    assert_eq!(model.go(&mut reach, &mut audit), (0, 1));
    let looked = reach.look(now).next_ask().map(|ask| ask.prefix);
    assert_eq!(looked.as_deref(), Some("AWSLogs/111122223333/CloudTrail/eu-west-1/"));
}

#[test]
fn a_folder_that_only_begins_like_a_year_is_looked_through() {
    let mut model = Model::default();
    let mut reach = reach("", Kept::default());
    let now = created();
    for name in ["a/2026/report/x.log", "a/2026/03/x.log", "b/2026/2026-03-20.log", "c/2026/x"] {
        model.put(name, now);
    }
    // Days of many years are passed over, and not what lies behind them.
    for day in 0..900 {
        let time = now - HOUR * (24 * day);
        model.put(&format!("d/{}/x.log", time.strftime("%Y-%m-%d")), time);
    }
    model.put("d/other/x.log", now);
    model.sweep(&mut reach, now);
    let read = |begin: &str| model.read.keys().filter(|name| name.starts_with(begin)).count();
    assert_eq!((read("a/"), read("b/"), read("c/"), read("d/")), (2, 1, 1, 9));
    assert!(model.calls < 40, "{}", model.calls);
}
