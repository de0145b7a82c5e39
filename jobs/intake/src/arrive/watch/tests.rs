use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use carelake_core::ledger::SqliteLedger;
use carelake_core::names::Scope;
use carelake_core::store::{FaultyStore, LocalStore, Moment, Store};
use tempfile::TempDir;

use super::super::tests::Pattern;
use super::super::{claimed_by, take};
use super::*;
use crate::deliveries::{Control, Decision, Delivery, Position, Terms};
use crate::feed::{Mode, Ready};

static FEEDS: [Pattern; 1] = [Pattern::new("roster", "bayview", "PAT_{delivery:%Y%m%d}.csv")];

struct Desk {
    folder: TempDir,
    ledger: SqliteLedger,
    raw: LocalStore,
    scope: Scope,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("landing/bayview")).unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let raw = LocalStore::new(folder.path().join("raw"));
        Self { folder, ledger, raw, scope: Scope::default() }
    }

    fn watch(&self) -> Watch {
        Watch::new(Landing::new(self.folder.path().join("landing")))
    }

    fn deliveries(&self) -> Deliveries<'_> {
        Deliveries::new(&self.ledger, &self.scope)
    }

    /// Writes a file of the partner, as of a second.
    fn land(&self, name: &str, text: &str, second: u64) {
        let path = self.folder.path().join("landing/bayview").join(name);
        fs::write(&path, text).unwrap();
        touch(&path, second);
    }

    /// Looks once, and takes and claims what is due.
    fn look(&self, watch: &mut Watch, second: i64) -> Vec<(Decision, Delivery)> {
        let due = watch.look(&FEEDS, self.deliveries(), at(second)).unwrap();
        due.files.iter().map(|whole| self.claim(whole, second)).collect()
    }

    fn claim(&self, whole: &Whole, second: i64) -> (Decision, Delivery) {
        let arrival = take(whole, &self.raw).unwrap().unwrap();
        let (feed, named) = claimed_by(&FEEDS, &arrival.partner, &arrival.name).unwrap();
        let terms = Terms { feed: feed.name(), mode: Mode::Full, allow_empty: false };
        let position = Position { date: named.delivery.unwrap(), sequence: 0 };
        let claimed = self.deliveries().claim(terms, position, &arrival, at(second)).unwrap();
        (claimed.decision, claimed.delivery)
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn touch(path: &Path, second: u64) {
    let when = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000 + second);
    File::options().write(true).open(path).unwrap().set_modified(when).unwrap();
}

fn decisions(found: &[(Decision, Delivery)]) -> Vec<Decision> {
    found.iter().map(|(decision, _)| *decision).collect()
}

#[test]
fn a_file_is_taken_once_whoever_looks() {
    let desk = Desk::new();
    desk.land("PAT_20260803.csv", "one", 5);
    let (mut first, mut second) = (desk.watch(), desk.watch());
    assert_eq!(decisions(&desk.look(&mut first, 100)), []);
    let due = second.look(&FEEDS, desk.deliveries(), at(100)).unwrap();
    assert_eq!(due, Due::default());
    // Both find it whole before either has claimed it.
    let due = second.look(&FEEDS, desk.deliveries(), at(110)).unwrap();
    let found = desk.look(&mut first, 110);
    assert_eq!(decisions(&found), [Decision::New]);
    let delivery = &found[0].1;
    assert_eq!((delivery.arrived, delivery.name.as_str(), delivery.size_bytes), (at(5), "PAT_20260803.csv", 3));
    assert_eq!(delivery.raw, format!("intake/bayview/{}", delivery.sha256));
    assert_eq!(desk.raw.read(&delivery.raw).unwrap(), b"one");
    assert_eq!(desk.claim(&due.files[0], 111).0, Decision::AlreadySeen);
    for (watch, second) in [(&mut first, 120), (&mut second, 120), (&mut desk.watch(), 120)] {
        assert_eq!(decisions(&desk.look(watch, second)), []);
        assert_eq!(decisions(&desk.look(watch, second + 60)), [], "also after a restart");
    }
}

#[test]
fn what_is_written_over_a_file_is_a_correction_and_the_raw_copy_stays() {
    let desk = Desk::new();
    let mut watch = desk.watch();
    desk.land("PAT_20260803.csv", "one", 5);
    desk.look(&mut watch, 100);
    let first = desk.look(&mut watch, 110).remove(0).1;
    desk.land("PAT_20260803.csv", "two", 200);
    desk.look(&mut watch, 210);
    let found = desk.look(&mut watch, 220);
    assert_eq!(decisions(&found), [Decision::New], "the first was never accepted");
    assert_eq!(desk.raw.read(&first.raw).unwrap(), b"one");
    assert_eq!(desk.raw.read(&found[0].1.raw).unwrap(), b"two");
    // Touched, it has the same bytes.
    desk.land("PAT_20260803.csv", "two", 300);
    desk.look(&mut watch, 310);
    assert_eq!(decisions(&desk.look(&mut watch, 320)), [Decision::Duplicate]);
}

#[test]
fn old_files_are_not_read_again_after_a_restart() {
    let desk = Desk::new();
    for day in 1..=28 {
        desk.land(&format!("PAT_202608{day:02}.csv"), &day.to_string(), day);
    }
    let mut watch = desk.watch();
    desk.look(&mut watch, 100);
    assert_eq!(desk.look(&mut watch, 110).len(), 28);
    let mut restarted = desk.watch();
    for second in [200, 210, 220] {
        // What is not due is never opened.
        assert_eq!(restarted.look(&FEEDS, desk.deliveries(), at(second)).unwrap(), Due::default());
    }
}

#[test]
fn a_file_that_moves_while_it_is_taken_is_not_whole() {
    let desk = Desk::new();
    let mut watch = desk.watch();
    desk.land("PAT_20260803.csv", "one", 5);
    watch.look(&FEEDS, desk.deliveries(), at(100)).unwrap();
    let due = watch.look(&FEEDS, desk.deliveries(), at(110)).unwrap();
    desk.land("PAT_20260803.csv", "one and more", 6);
    assert_eq!(take(&due.files[0], &desk.raw).unwrap(), None);
    fs::remove_file(desk.folder.path().join("landing/bayview/PAT_20260803.csv")).unwrap();
    assert_eq!(take(&due.files[0], &desk.raw).unwrap(), None, "nor is one that is gone");
    let outside = desk.folder.path().join("outside.csv");
    fs::write(&outside, "one").unwrap();
    touch(&outside, 5);
    std::os::unix::fs::symlink(&outside, desk.folder.path().join("landing/bayview/PAT_20260803.csv")).unwrap();
    assert_eq!(take(&due.files[0], &desk.raw).unwrap(), None, "nor a link in its place");
    assert_eq!(desk.raw.list("").unwrap(), []);
}

#[test]
fn a_file_that_could_not_be_kept_is_due_again() {
    let desk = Desk::new();
    let mut watch = desk.watch();
    desk.land("PAT_20260803.csv", "one", 5);
    watch.look(&FEEDS, desk.deliveries(), at(100)).unwrap();
    let due = watch.look(&FEEDS, desk.deliveries(), at(110)).unwrap();
    let calls = (1..).take_while(|number| {
        let faulty = FaultyStore::failing_once(&desk.raw, *number, Moment::Before);
        take(&due.files[0], &faulty).is_err()
    });
    assert!(calls.count() >= 2);
    assert_eq!(watch.look(&FEEDS, desk.deliveries(), at(111)).unwrap().files, due.files);
    assert_eq!(decisions(&desk.look(&mut watch, 112)), [Decision::New]);
}

#[test]
fn what_a_control_file_says_comes_along() {
    let desk = Desk::new();
    let feeds = [FEEDS[0].clone().with(Ready::Control(".ctl".into()))];
    let mut watch = desk.watch();
    desk.land("PAT_20260803.csv", "one", 5);
    desk.land("PAT_20260803.csv.ctl", "rows=1 bytes=3", 6);
    watch.look(&feeds, desk.deliveries(), at(100)).unwrap();
    let due = watch.look(&feeds, desk.deliveries(), at(110)).unwrap();
    assert_eq!(due.files.len(), 1);
    let arrival = take(&due.files[0], &desk.raw).unwrap().unwrap();
    assert_eq!(arrival.control, Some(Control { rows: Some(1), bytes: Some(3), sha256: None }));
}

#[test]
fn small_files_come_first() {
    let desk = Desk::new();
    let mut watch = desk.watch();
    desk.land("PAT_20260803.csv", "a large one", 5);
    desk.land("PAT_20260804.csv", "small", 5);
    desk.look(&mut watch, 100);
    let due = watch.look(&FEEDS, desk.deliveries(), at(110)).unwrap();
    let names: Vec<_> = due.files.iter().map(|whole| whole.file.name.as_str()).collect();
    assert_eq!(names, ["PAT_20260804.csv", "PAT_20260803.csv"]);
}
