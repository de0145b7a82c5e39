//! What is written, when, and what it says of itself.

use std::fs::File;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use carelake_core::publish::{Input, current, current_runs};
use carelake_core::table::DESCRIPTION;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::world::{Sent, World, now, sent};
use crate::feed::Mode;
use crate::publish::publication;

const MODES: [Mode; 3] = [Mode::Full, Mode::Append, Mode::Upsert];

fn sequences(world: &World) -> Vec<u64> {
    let of = |table| current(&world.output, &publication(table, "roster")).unwrap().unwrap().sequence;
    ["persons", "encounters"].map(of).into()
}

#[test]
fn rows_have_the_columns_of_the_table_and_say_where_they_came_from() {
    for (mode, runs) in MODES.into_iter().zip([1, 2, 1]) {
        let world = World::new(mode);
        let all = [sent(1, 0..3, 0), sent(2, 5..7, 0)];
        world.settle(&all).unwrap();
        let persons = publication("persons", "roster");
        let (pointer, manifests) = current_runs(&world.output, &persons).unwrap().unwrap();
        assert_eq!((manifests.len(), pointer.runs.last().unwrap().origin.as_str()), (runs, "roster 2026-08-02.1"));
        let inputs: Vec<&str> = manifests.iter().flat_map(|manifest| &manifest.inputs).map(named).collect();
        let expected = ["roster 2026-08-01.1", "roster 2026-08-02.1"];
        assert_eq!(inputs, if mode == Mode::Full { &expected[1..] } else { &expected[..] });
        for manifest in &manifests {
            let file = manifest.files.first().unwrap();
            assert_eq!(file.path, "partner=bayview/part-00000.snappy.parquet");
            let path = world.folder().join("output").join(manifest.folder()).join(&file.path);
            let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
            let fields = reader.schema().fields().clone();
            let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
            let columns =
                ["data_source", "patient_id", "last_name", "updated_at", "delivery_date", "incomplete_fields"];
            let lineage = ["_run_id", "_ingested_at", "_source_file"];
            assert_eq!(names, columns.into_iter().chain(lineage).collect::<Vec<_>>());
            assert_eq!(fields[2].metadata()[DESCRIPTION], "the last_name");
            for batch in reader.build().unwrap().map(Result::unwrap) {
                let (runs, times) = (batch.column(6).as_string::<i32>(), batch.column(7));
                assert!(runs.iter().all(|run| run == Some(manifest.run_id.to_string().as_str())));
                let times = times.as_primitive::<TimestampMicrosecondType>();
                assert!(times.iter().all(|time| time == Some(now().as_microsecond())));
            }
        }
    }
}

fn named(input: &Input) -> &str {
    match input {
        Input::Delivery { delivery, .. } => delivery,
        _ => "something else",
    }
}

#[test]
fn settling_or_rebuilding_what_is_settled_writes_nothing() {
    for mode in MODES {
        let world = World::new(mode);
        let all = [sent(1, 0..4, 1), sent(2, 2..6, 1)];
        let settled = world.settle(&all).unwrap();
        let before = sequences(&world);
        assert_eq!(world.settle(&all).unwrap().tables, settled.tables);
        world.judged.borrow_mut().clear();
        assert_eq!(world.settle_on(&world.output, &all, true).unwrap().tables, settled.tables);
        assert_eq!(sequences(&world), before, "{mode:?}");
        assert_eq!(world.judged.borrow().len(), if mode == Mode::Full { 1 } else { 2 });
    }
}

#[test]
fn a_changed_mapping_judges_nothing_anew_but_by_a_rebuild() {
    for mode in [Mode::Append, Mode::Upsert] {
        let mut world = World::new(mode);
        let all = [sent(1, 0..4, 0), sent(2, 2..6, 0), sent(3, 5..8, 0)];
        world.settle(&all[..2]).unwrap();
        world.feed.mapping = "m2".into();
        world.judged.borrow_mut().clear();
        let mappings = |world: &World, rebuild| {
            let settled = world.settle_on(&world.output, &all, rebuild).unwrap();
            let held = settled.tables[0].state.deliveries.clone().into_iter();
            held.map(|held| held.found.unwrap().mapping).collect::<Vec<_>>()
        };
        assert_eq!(mappings(&world, false), ["m1", "m1", "m2"]);
        assert_eq!(*world.judged.borrow(), [all[2].accepted().id]);
        assert_eq!(mappings(&world, true), ["m2", "m2", "m2"]);
        world.feed.tables[0].order.clear();
        world.judged.borrow_mut().clear();
        mappings(&world, false);
        assert_eq!(world.judged.borrow().len(), 3, "hashes and ranks of another key or order compare with nothing");
    }
}

#[test]
fn a_full_delivery_that_came_too_late_is_judged_when_it_becomes_the_newest() {
    let world = World::new(Mode::Full);
    let all: [Sent; 2] = [sent(1, 0..4, 0), sent(2, 2..6, 0)];
    world.settle(&all[1..]).unwrap();
    world.settle(&all).unwrap();
    assert_eq!(*world.judged.borrow(), [all[1].accepted().id]);
    let settled = world.settle(&all[..1]).unwrap();
    assert_eq!(*world.judged.borrow(), [all[1].accepted().id, all[0].accepted().id]);
    assert_eq!(settled.tables[0].rows, 4);
    let settled = world.settle(&[]).unwrap();
    assert_eq!((settled.tables[0].rows, settled.tables[0].state.deliveries.len()), (0, 0));
}
