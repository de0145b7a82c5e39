//! The content is a function of the runs that are in, whatever happened on the way there.

mod older;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::{Columns, Difference, Judged, Key, Linker, Loaded, Reference, ReferenceDatabase, ReferenceError, Row};
use crate::database::values;

/// A matcher of two columns: those of one number are one person, unless their names differ.
struct Numbers {
    max_block: usize,
    has_anchors: bool,
}

const ANCHORED: Numbers = Numbers { max_block: 3, has_anchors: true };

impl Linker for Numbers {
    fn identity(&self) -> String {
        format!("numbers {}", self.max_block)
    }

    fn judge(&self, rows: &[Row]) -> Vec<Option<Judged>> {
        let hash = |text: &str| xxhash_rust::xxh3::xxh3_64(text.as_bytes());
        let judge = |row: &Row| {
            let (name, number) = (row.columns.get("name")?, row.columns.get("number")?);
            Some(Judged {
                normalised: format!("{name}|{number}"),
                keys: vec![(0, hash(number)), (1, hash(name))],
                terms: vec![(0, hash(name))],
                anchors: self.has_anchors.then(|| vec![hash(number)]),
            })
        };
        rows.iter().map(judge).collect()
    }

    fn field(&self, _place: usize) -> &str {
        "name"
    }

    fn is_linking(&self) -> bool {
        true
    }

    fn max_block(&self) -> usize {
        self.max_block
    }

    fn joined(&self, records: &[Row], pairs: &[(usize, usize)]) -> Vec<bool> {
        let is_joined = |(one, other): &(usize, usize)| {
            let (one, other) = (&records[*one], &records[*other]);
            assert!(one.key < other.key, "the lesser key is the first");
            one.columns["number"] == other.columns["number"] && !self.is_parted(&[one.clone(), other.clone()])
        };
        pairs.iter().map(is_joined).collect()
    }

    /// A letter more is a slip; two are somebody else.
    fn is_parted(&self, records: &[Row]) -> bool {
        assert!(records.is_sorted_by(|one, other| one.key < other.key));
        let lengths: Vec<usize> = records.iter().map(|record| record.columns["name"].len()).collect();
        lengths.iter().any(|one| lengths.iter().any(|other| one.abs_diff(*other) > 1))
    }
}

fn row(run: u32, source: &str, id: u32, name: &str, number: u32, observed: u32) -> Row {
    Row {
        key: Key::new(source, &id.to_string()),
        observed: format!("2026-10-{observed:02}"),
        publication: format!("intake/persons/{source}"),
        run_id: format!("2026-11-01.{run}").parse().unwrap(),
        source_file: String::new(),
        columns: Columns::from([("name".to_owned(), name.to_owned()), ("number".to_owned(), number.to_string())]),
    }
}

struct Place {
    folder: TempDir,
    reference: ReferenceDatabase,
}

fn place() -> Place {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    #[cfg(feature = "postgres")]
    if let Some(target) = crate::tests::servers::asked() {
        return Place { folder, reference: ReferenceDatabase::server(&target, "matching_m").unwrap() };
    }
    let reference = ReferenceDatabase::file(&folder.path().join("matching/m.sqlite")).unwrap();
    Place { folder, reference }
}

impl Place {
    /// Makes it hold these runs, and no others.
    fn serve(&mut self, linker: &Numbers, runs: &[&Vec<Row>]) -> Loaded {
        let name = |row: &Row| (row.publication.clone(), row.run_id.to_string());
        let served: BTreeSet<_> = runs.iter().flat_map(|run| run.iter().map(name)).collect();
        let loaded: BTreeSet<_> =
            self.reference.loaded().unwrap().into_iter().map(|run| (run.publication, run.run_id)).collect();
        let new: BTreeSet<_> = served.difference(&loaded).cloned().collect();
        let gone = loaded.difference(&served).cloned().collect();
        let is_anew = self.reference.identity().unwrap() != linker.identity() && !loaded.is_empty();
        let difference = Difference { is_anew, gone, new: if is_anew { served } else { new } };
        let rows = runs.iter().flat_map(|run| run.iter()).filter(|row| difference.new.contains(&name(row))).cloned();
        self.reference.load::<ReferenceError>(linker, &difference, &mut rows.map(Ok)).unwrap()
    }

    fn persons(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let each = &mut |record: super::ReferenceRecord| {
            found.insert(format!("{}/{}", record.key.data_source, record.key.patient_id), record.person_id);
        };
        self.reference.each_record(each).unwrap();
        found
    }
}

#[test]
fn a_group_is_the_person_of_its_least_key_and_is_left_apart_where_two_are_parted() {
    let (mut place, linker) = (place(), Numbers { max_block: 9, has_anchors: true });
    let run = vec![row(1, "b", 1, "ann", 7, 1), row(1, "b", 2, "ann", 7, 1), row(1, "b", 3, "bob", 9, 1)];
    place.serve(&linker, &[&run]);
    let persons = place.persons();
    assert_eq!(persons["b/2"], Key::new("b", "1").person_id());
    assert_ne!(persons["b/3"], persons["b/1"]);
    assert!(place.reference.apart().unwrap().is_empty());

    let other = vec![row(2, "a", 1, "annas", 7, 1)];
    place.serve(&linker, &[&run, &other]);
    let persons = place.persons();
    assert_eq!(persons["b/2"], Key::new("b", "1").person_id(), "what is parted is not linked");

    // One that links both would make one person of two that are parted.
    let between = vec![row(4, "c", 1, "anna", 7, 1)];
    place.serve(&linker, &[&run, &other, &between]);
    let persons: BTreeSet<String> = place.persons().into_values().collect();
    assert_eq!((persons.len(), place.reference.apart().unwrap()[0].len()), (5, 4));

    let third = vec![row(3, "a", 2, "amy", 7, 1)];
    place.serve(&linker, &[&run, &third]);
    assert_eq!(place.persons()["b/2"], Key::new("a", "2").person_id());
    let standing = place.reference.person(&Key::new("b", "1").person_id()).unwrap();
    assert_eq!(standing, Some(Key::new("a", "2").person_id()), "an id that was given leads to the person that stands");
    assert_eq!(place.reference.members(&Key::new("a", "2").person_id()).unwrap().len(), 3);

    place.serve(&linker, &[&run]);
    let standing = place.reference.person(&Key::new("a", "2").person_id()).unwrap();
    assert_eq!(standing, Some(Key::new("b", "1").person_id()), "also one whose record is gone");
}

#[test]
fn who_is_linked_by_a_key_that_becomes_too_large_is_linked_by_it_no_more() {
    let mut place = place();
    let run = vec![row(1, "a", 1, "ann", 7, 1), row(1, "a", 2, "ann", 7, 1), row(1, "a", 3, "ann", 7, 1)];
    place.serve(&ANCHORED, &[&run]);
    let persons = |place: &Place| place.persons().into_values().collect::<BTreeSet<_>>().len();
    assert_eq!(persons(&place), 1);
    let fourth = vec![row(2, "b", 1, "ann", 7, 1)];
    place.serve(&ANCHORED, &[&run, &fourth]);
    assert_eq!(persons(&place), 4);
    place.serve(&ANCHORED, &[&run]);
    assert_eq!(persons(&place), 1);
}

#[test]
fn the_newest_row_stands_and_the_one_before_comes_back_when_its_run_goes() {
    let mut place = place();
    let (old, new) = (vec![row(1, "a", 1, "ann", 7, 1)], vec![row(2, "a", 1, "anne", 8, 2)]);
    place.serve(&ANCHORED, &[&new]);
    place.serve(&ANCHORED, &[&old, &new]);
    let name = |place: &Place| place.reference.record(&Key::new("a", "1")).unwrap().unwrap().columns["name"].clone();
    assert_eq!(name(&place), "anne");
    let (_, former) = &place.reference.members(&Key::new("a", "1").person_id()).unwrap()[0];
    assert_eq!(former[0].columns["name"], "ann");
    place.serve(&ANCHORED, &[&old]);
    assert_eq!(name(&place), "ann");
    place.serve(&ANCHORED, &[]);
    assert!(place.reference.record(&Key::new("a", "1")).unwrap().is_none());
}

#[test]
fn decisions_are_neither_changed_nor_removed() {
    let mut place = place();
    let mut change = |statement: &'static str| {
        place
            .reference
            .write("deciding", |sql| sql.change(statement, values![]).map_err(ReferenceError::of(sql, "deciding")))
    };
    let add = "INSERT INTO decision (decision_id, sequence, action, reviewer, decided_at, review_version, detail)
               VALUES ('d', 1, 'comment', 'ann', '', 0, '{}')";
    assert_eq!(change(add).unwrap(), 1);
    for statement in ["UPDATE decision SET reviewer = 'bob'", "DELETE FROM decision"] {
        let refused = carelake_core::causes(&change(statement).unwrap_err());
        assert!(refused.contains("only added") || refused.contains("42501"), "{refused}");
    }
}

#[test]
fn a_load_that_fails_on_its_way_changes_nothing() {
    let mut place = place();
    let run = vec![row(1, "a", 1, "ann", 7, 1)];
    place.serve(&ANCHORED, &[&run]);
    let before = place.reference.digests().unwrap();
    let new = BTreeSet::from([("intake/persons/a".to_owned(), "2026-11-01.2".to_owned())]);
    let gone = BTreeSet::from([("intake/persons/a".to_owned(), "2026-11-01.1".to_owned())]);
    let broken = ReferenceError::Damaged { place: String::new(), what: "a file" };
    let rows = vec![Ok(row(2, "a", 2, "bob", 8, 1)), Err(broken)];
    let failed = place.reference.load(&ANCHORED, &Difference { is_anew: false, gone, new }, &mut rows.into_iter());
    assert!(failed.is_err());
    assert_eq!(place.reference.digests().unwrap(), before);
}

/// Feed, id, name, number and day of a row.
type Cells = (u32, u32, usize, u32, u32);

fn runs() -> impl Strategy<Value = Vec<Vec<Row>>> {
    let cell = (0..2_u32, 0..4_u32, 0..3_usize, 0..3_u32, 1..4_u32);
    prop::collection::vec(prop::collection::vec(cell, 1..7), 1..5).prop_map(|runs| {
        let names = ["ann", "anna", "annas"];
        let rows = |(run, cells): (usize, Vec<Cells>)| {
            let run = u32::try_from(run).unwrap() + 1;
            let row = |(source, id, name, number, observed)| {
                row(run, if source == 0 { "a" } else { "b" }, id, names[name], number, observed)
            };
            cells.into_iter().map(row).collect()
        };
        runs.into_iter().enumerate().map(rows).collect()
    })
}

/// A server takes its time.
fn cases() -> u32 {
    #[cfg(feature = "postgres")]
    if crate::tests::servers::is_used() {
        return 12;
    }
    96
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn content_is_a_function_of_the_runs(
        runs in runs(),
        steps in prop::collection::vec(prop::collection::btree_set(0..4_usize, 0..4), 0..4),
        has_anchors in any::<bool>(),
        max_block in 1..6_usize,
    ) {
        let linker = Numbers { max_block, has_anchors };
        let mut at_once = place();
        at_once.serve(&linker, &runs.iter().collect::<Vec<_>>());
        let expected = at_once.reference.digests().unwrap();

        // Any other way: some of them, others, backwards, twice; with another matcher in between.
        let mut by_steps = place();
        by_steps.serve(&Numbers { max_block: 9, has_anchors: true }, &runs.iter().take(1).collect::<Vec<_>>());
        for step in steps {
            let some: Vec<&Vec<Row>> = step.iter().filter_map(|at| runs.get(*at)).rev().collect();
            by_steps.serve(&linker, &some);
        }
        by_steps.serve(&linker, &runs.iter().rev().collect::<Vec<_>>());
        by_steps.serve(&linker, &runs.iter().collect::<Vec<_>>());
        prop_assert_eq!(by_steps.reference.digests().unwrap(), expected);
        prop_assert_eq!(by_steps.persons(), at_once.persons());
    }
}

/// What holds of a file holds of a server: the same tests, each in a schema of its own.
#[cfg(feature = "postgres")]
#[test]
fn a_server_keeps_what_a_file_keeps() {
    crate::tests::servers::on_a_server(&[
        &a_group_is_the_person_of_its_least_key_and_is_left_apart_where_two_are_parted,
        &who_is_linked_by_a_key_that_becomes_too_large_is_linked_by_it_no_more,
        &the_newest_row_stands_and_the_one_before_comes_back_when_its_run_goes,
        &decisions_are_neither_changed_nor_removed,
        &a_load_that_fails_on_its_way_changes_nothing,
        &content_is_a_function_of_the_runs,
    ]);
}

#[cfg(feature = "postgres")]
#[test]
fn a_server_and_a_file_hold_the_same_by_the_same_hash() {
    let runs =
        vec![row(1, "a", 1, "ann", 7, 1), row(1, "b", 2, "anna", 7, 2), row(1, "b", 3, "o'brien \"x\\\" {ü}", 9, 1)];
    let later = vec![row(2, "a", 1, "annas", 7, 3), row(2, "b", 4, "bob", 9, 1)];
    let digests = || {
        let mut place = place();
        place.serve(&ANCHORED, &[&runs]);
        place.serve(&ANCHORED, &[&runs, &later]);
        place.reference.digests().unwrap()
    };
    let of_file = digests();
    crate::tests::servers::on_a_server(&[&|| assert_eq!(digests(), of_file)]);
}
