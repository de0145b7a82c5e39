//! The loader that everybody writes first, against the same source: it must be seen to lose rows, or the model proves nothing.

use std::collections::BTreeMap;

use carelake_database::{Condition, Counts, Order, Reading, Refused, Session, Specials, Taker, Wanted};

use super::model::{MINUTE, Model, Write, relation};
use super::world::{BY_TIME, Lake, table};
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};

/// Keeps the greatest time that it saw, and asks for what is greater.
#[derive(Default)]
struct Naive {
    greatest: i64,
    rows: BTreeMap<i64, Option<i64>>,
}

impl Taker for Naive {
    fn rows(&mut self, rows: RecordBatch) -> Result<(), String> {
        let ids = rows.column(0).as_primitive::<Int64Type>();
        let cursors = rows.column(1).as_primitive::<TimestampMicrosecondType>();
        let versions = rows.column(2).as_primitive::<Int64Type>();
        for row in 0..rows.num_rows() {
            self.rows.insert(ids.value(row), Some(versions.value(row)));
            self.greatest = self.greatest.max(cursors.value(row));
        }
        Ok(())
    }

    fn refused(&mut self, _: Refused) -> Result<(), String> {
        Ok(())
    }
}

impl Naive {
    fn load(&mut self, session: &mut Model) -> Counts {
        let relation = relation();
        let columns: Vec<Wanted> = (0..3).map(|column| Wanted { column, choice: None }).collect();
        let from = self.greatest + 1;
        let conditions = [Condition::Since { column: 1, from, or_null: false }];
        session.begin(None).unwrap();
        let reading = Reading {
            relation: &relation,
            columns: &columns,
            conditions: &conditions,
            order: Order::Any,
            specials: Specials::Null,
            batch_rows: 10,
            batch_bytes: 1000,
            row_bytes: 1000,
        };
        let counts = session.read(&reading, self).unwrap();
        session.end().unwrap();
        counts
    }
}

/// Rows that commit late, rows of one instant, a row dated ahead: what the source holds in the end, by both loaders.
#[test]
fn a_loader_that_keeps_the_greatest_time_loses_rows_and_this_one_does_not() {
    let lake = Lake::new();
    let table = table(BY_TIME);
    let mut naive = Naive::default();
    let mut both = |lake: &Lake| {
        naive.load(&mut Model::new(&lake.source));
        lake.load(&table).unwrap();
        lake.pass(MINUTE);
        naive.rows.clone()
    };
    lake.source().put(1, Write::Now);
    // Begun before, committed after the load.
    lake.source().begin(1);
    lake.source().write(1, 2, Write::Now, false);
    lake.pass(MINUTE);
    lake.source().put(3, Write::Now);
    both(&lake);
    lake.source().commit(1);
    // Two rows of one instant, with a load between them.
    lake.source().put(4, Write::Now);
    both(&lake);
    let clock = lake.source().clock;
    lake.source().clock = clock - MINUTE;
    lake.source().put(5, Write::Now);
    lake.source().clock = clock;
    lake.source().put(6, Write::Ahead);
    both(&lake);
    lake.source().put(7, Write::Now);
    let found = both(&lake);
    let truth = lake.truth();
    let lost: Vec<i64> = truth.keys().filter(|id| !found.contains_key(id)).copied().collect();
    assert_eq!(lost, [2, 5, 7], "the model must bite");
    assert_eq!(lake.by_log(&table), truth);
    lake.assert_no_version_twice(&table);
}
