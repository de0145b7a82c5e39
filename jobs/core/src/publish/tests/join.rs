//! Lists that grow long, and what is read of them.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;

use super::log::pointer;
use super::*;
use crate::ledger::Runs;
use crate::store::{FaultyStore, Moment};

/// A file of a run of a log: rows that tell their run, in a day's folder.
fn day(number: u32, rows: usize) -> Part {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let schema = Arc::new(Schema::new(vec![text("npi"), text("_run_id")]));
    let npis = StringArray::from_iter_values((0..rows).map(|row| format!("{number}-{row}")));
    let runs = StringArray::from_iter_values((0..rows).map(|_| run(number).to_string()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(npis), Arc::new(runs)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    let path = format!("day=2026-11-{:02}/part-00000.snappy.parquet", number % 3 + 1);
    Part { path, rows: rows as u64, bytes: writer.into_inner().unwrap() }
}

/// A world whose ledger gives out numbers that no test takes.
fn numbered() -> World {
    let world = World::new();
    world.ledger.start_run(&super::crash::new_run(1_000)).unwrap();
    world
}

fn told() -> Details {
    Details { schema: vec![column("npi", "text"), column("_run_id", "text")], ..details() }
}

fn opened<'s>(store: &'s dyn Store, ledger: &'s dyn Ledger, number: u32) -> Result<Publishing<'s>, PublishError> {
    let opening = Opening { serves: Serves::Log, ..opening(&run(number)) };
    Publishing::open(desk(store, ledger, at(number)), opening)
}

fn add(
    store: &dyn Store,
    ledger: &dyn Ledger,
    number: u32,
    rows: usize,
    replaces: Option<u32>,
) -> Result<Published, PublishError> {
    let publishing = opened(store, ledger, number)?;
    let draft = publishing.draft(run(number))?;
    draft.add(day(number, rows))?;
    let mut sealed = draft.seal(told())?;
    sealed.replaces = replaces.map(run);
    publishing.commit(Swap::run(sealed), keep(1))
}

/// Returns the rows of each run that a reader finds.
fn rows(store: &dyn Store) -> BTreeMap<String, usize> {
    let served = Served::of(store, &publication()).unwrap().unwrap();
    let schema = served.schema().unwrap();
    assert_eq!(
        schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(),
        ["npi", "_run_id", "day"]
    );
    let mut found = BTreeMap::new();
    for batch in served.batches(store, &schema) {
        let batch = batch.unwrap();
        for (at, run) in batch.column(1).as_string::<i32>().iter().enumerate() {
            let (run, npi) = (run.unwrap(), batch.column(0).as_string::<i32>().value(at));
            let number = run.parse::<RunId>().unwrap().number();
            assert!(npi.starts_with(&format!("{number}-")), "{npi} is of run {run}");
            let day = batch.column(2).as_string::<i32>().value(at);
            assert_eq!(day, format!("2026-11-{:02}", number % 3 + 1));
            *found.entry(run.to_owned()).or_default() += 1;
        }
    }
    found
}

fn expected(numbers: impl IntoIterator<Item = (u32, usize)>) -> BTreeMap<String, usize> {
    numbers.into_iter().map(|(number, rows)| (run(number).to_string(), rows)).collect()
}

#[test]
fn a_list_stays_short_and_every_row_is_there_once_with_the_run_that_published_it() {
    let world = numbered();
    let mut written = 0;
    for number in 1..=430 {
        let published = add(&world.store, &world.ledger, number, 2, None).unwrap();
        assert!(published.warnings.is_empty(), "{:?}", published.warnings);
        let pointer = pointer(&world);
        assert!(pointer.runs.len() <= MOST_RUNS, "{} runs after {number}", pointer.runs.len());
        assert_eq!(pointer.rows(), u64::from(number) * 2);
        written += pointer.runs.iter().filter(|entry| entry.joined > 0 && entry.rows > 0).count().min(1);
    }
    assert!(written > 0);
    assert_eq!(rows(&world.store), expected((1..=430).map(|number| (number, 2))));
    // What was joined is told, in order, and was joined once: like sizes only.
    let joined: Vec<u32> = pointer(&world)
        .runs
        .iter()
        .filter(|entry| entry.joined > 0)
        .flat_map(|entry| manifest(&world.store, &publication(), &entry.run_id).unwrap().joined)
        .map(|joined| joined.run_id.number())
        .collect();
    assert!(joined.is_sorted() && joined.len() > 300, "{joined:?}");
    let joins = runs(&world.store, &publication()).unwrap();
    let joins = joins.iter().filter_map(|run| run.manifest.as_ref()).filter(|manifest| !manifest.joined.is_empty());
    let again: u64 = joins.map(|manifest| manifest.rows).sum();
    assert!(again <= 2 * 430, "{again} rows were written again");
}

#[test]
fn compacting_makes_one_run_of_neighbours_and_leaves_parts_alone() {
    let world = numbered();
    (1..=5).for_each(|number| drop(add(&world.store, &world.ledger, number, 3, None).unwrap()));
    let before = rows(&world.store);
    let compact = || compact(desk(&world.store, &world.ledger, at(9))).unwrap();
    assert_eq!(compact().unwrap().sequence, 6);
    let pointer = pointer(&world);
    assert_eq!((pointer.runs.len(), pointer.runs[0].joined, pointer.rows()), (1, 5, 15));
    assert_eq!(rows(&world.store), before);
    assert!(compact().is_none());
    // The files of a day are one.
    assert_eq!(manifest(&world.store, &publication(), &pointer.runs[0].run_id).unwrap().files.len(), 3);
    super::super::rollback(desk(&world.store, &world.ledger, at(10)), &Target::Before).unwrap();
    assert_eq!((rows(&world.store), super::log::pointer(&world).runs.len()), (before.clone(), 5));
    // The run that they became before is there, made under another pointer.
    assert_eq!(compact().unwrap().sequence, 8);
    assert_eq!((rows(&world.store), super::log::pointer(&world).runs), (before, pointer.runs));
}

#[test]
fn a_run_that_was_joined_can_still_be_replaced_and_retracted() {
    let world = numbered();
    (1..=4).for_each(|number| drop(add(&world.store, &world.ledger, number, 2, None).unwrap()));
    compact(desk(&world.store, &world.ledger, at(5))).unwrap();
    add(&world.store, &world.ledger, 7, 5, Some(2)).unwrap();
    assert_eq!(rows(&world.store), expected([(1, 2), (3, 2), (4, 2), (7, 5)]));
    retract(desk(&world.store, &world.ledger, at(8)), &run(3)).unwrap();
    assert_eq!(rows(&world.store), expected([(1, 2), (4, 2), (7, 5)]));
    let held = manifest(&world.store, &publication(), &pointer(&world).runs[0].run_id).unwrap();
    assert_eq!(held.joined.iter().map(|joined| joined.run_id.number()).collect::<Vec<_>>(), [1, 4]);
    let error = retract(desk(&world.store, &world.ledger, at(9)), &run(3)).unwrap_err();
    assert!(matches!(error, PublishError::NotServed { .. }), "{error}");
}

#[test]
fn a_join_that_fails_anywhere_loses_nothing_and_can_be_repeated() {
    for moment in [Moment::Before, Moment::After] {
        for call in 1.. {
            let world = numbered();
            (1..=3).for_each(|number| drop(add(&world.store, &world.ledger, number, 2, None).unwrap()));
            let before = rows(&world.store);
            let faulty = FaultyStore::failing_from(&world.store, call, moment);
            let _ = compact(desk(&faulty, &world.ledger, at(5)));
            let calls = faulty.calls();
            drop(faulty);
            assert_eq!(rows(&world.store), before, "{call}");
            compact(desk(&world.store, &world.ledger, at(6))).unwrap();
            assert_eq!((rows(&world.store), pointer(&world).runs.len()), (before, 1), "{call}");
            if calls < call {
                break;
            }
        }
    }
}

#[test]
fn runs_of_several_schemas_are_read_as_one_and_two_types_of_a_column_are_refused() {
    let world = numbered();
    add(&world.store, &world.ledger, 1, 2, None).unwrap();
    let publish = |number: u32, kind: DataType, name: &str| {
        let publishing = opened(&world.store, &world.ledger, number).unwrap();
        let draft = publishing.draft(run(number)).unwrap();
        let schema = Arc::new(Schema::new(vec![Field::new(name, kind.clone(), true)]));
        let values = arrow_array::new_null_array(&kind, 1);
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![values]).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
        writer.write(&batch).unwrap();
        draft.add(Part { path: "part.parquet".into(), rows: 1, bytes: writer.into_inner().unwrap() }).unwrap();
        let schema = vec![column(name, &crate::table::type_name(&kind).unwrap())];
        let sealed = draft.seal(Details { schema, ..details() }).unwrap();
        publishing.commit(Swap::run(sealed), keep(1)).unwrap();
        Served::of(&world.store, &publication()).unwrap().unwrap()
    };
    let served = publish(2, DataType::Int64, "more");
    let schema = served.schema().unwrap();
    let batches: Vec<RecordBatch> = served.batches(&world.store, &schema).map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 3);
    assert_eq!((batches[0].column(2).null_count(), batches[1].column(0).null_count()), (2, 1));
    // Some columns only.
    let some = Arc::new(Schema::new(vec![Field::new("day", DataType::Utf8, true)]));
    assert_eq!(served.batches(&world.store, &some).next().unwrap().unwrap().num_columns(), 1);
    let served = publish(3, DataType::Int64, "npi");
    assert!(matches!(served.schema(), Err(ServedError::Types { .. })));
}
