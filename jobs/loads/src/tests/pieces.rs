//! A table that several sessions read in pieces.

use std::collections::BTreeSet;

use super::model::{Model, Write};
use super::world::{Lake, Seen, table};
use crate::publish::{LoadError, Mode, Table};
use crate::window::{Outcome, View, give_back, load, take};

const ROWS: i64 = 200;

fn lake() -> Lake {
    let lake = Lake::new();
    lake.source().begin(0);
    for id in 0..ROWS {
        lake.source().write(0, id, Write::Now, false);
    }
    lake.source().commit(0);
    lake
}

/// Loads a table of pieces of ten rows, with so many sessions besides the first.
fn load_by(lake: &Lake, sessions: usize, most_waiting: usize) -> Result<Outcome, LoadError> {
    load_pieces(lake, 10, sessions, most_waiting)
}

fn load_pieces(lake: &Lake, rows: u64, sessions: usize, most_waiting: usize) -> Result<Outcome, LoadError> {
    let mut table = Table { piece_rows: Some(rows), ..table(Mode::Full) };
    table.relation.rows = Some(ROWS.unsigned_abs());
    let (mut first, mut others) = (Model::new(&lake.source), Vec::new());
    others.resize_with(sessions, || Model::new(&lake.source));
    lake.on(&lake.store, |world| {
        let turn = take(world, &table)?.expect("nobody else loads");
        let mut view = View::open(&mut first)?;
        view.most_waiting = most_waiting;
        for other in &mut others {
            assert!(view.share(other)?);
        }
        let outcome = load(world, &mut view, &turn, &table);
        view.close()?;
        give_back(world, turn, &table)?;
        outcome
    })
}

fn served(lake: &Lake) -> Vec<Seen> {
    lake.log(&table(Mode::Full))
}

fn assert_all(lake: &Lake) {
    let rows = served(lake);
    let ids: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
    assert_eq!((rows.len(), ids), (200, (0..ROWS).collect()));
}

#[test]
fn rows_and_their_order_are_the_same_by_any_number_of_sessions() {
    let orders: Vec<Vec<i64>> = [(1, usize::MAX), (2, 1), (5, usize::MAX), (5, 1)]
        .into_iter()
        .map(|(sessions, most_waiting)| {
            let lake = lake();
            let outcome = load_by(&lake, sessions, most_waiting).unwrap();
            assert_eq!((outcome.account.read, outcome.account.published), (200, 200));
            assert_all(&lake);
            served(&lake).iter().map(|row| row.id).collect()
        })
        .collect();
    assert!(orders.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn what_a_session_that_is_cut_had_not_handed_over_is_read_by_another() {
    for (sessions, most_waiting) in [(1, usize::MAX), (1, 1), (3, 1)] {
        let lake = lake();
        // Whoever hands over the first rows of all hands over none.
        lake.source().cut_after = Some(0);
        let outcome = load_by(&lake, sessions, most_waiting).unwrap();
        assert_eq!(outcome.account.published, 200);
        assert_all(&lake);
    }
}

#[test]
fn a_cut_in_the_midst_loses_nothing_and_doubles_nothing() {
    for after in (1..200).step_by(7) {
        let lake = lake();
        lake.source().cut_after = Some(after);
        match load_by(&lake, 2, 1) {
            Ok(outcome) => assert_eq!(outcome.account.published, 200),
            // Rows of that piece were handed over already: the table begins again.
            Err(error) => {
                assert!(error.is_cut(), "{error}");
                assert!(served(&lake).is_empty());
                load_by(&lake, 2, 1).unwrap();
            }
        }
        assert_all(&lake);
    }
}

#[test]
fn a_session_alone_that_is_cut_ends_the_load() {
    let lake = lake();
    lake.source().cut_after = Some(50);
    assert!(load_by(&lake, 0, usize::MAX).unwrap_err().is_cut());
    assert!(served(&lake).is_empty());
}

#[test]
fn one_session_alone_reads_a_large_table_by_pieces_so_that_no_statement_takes_too_long() {
    for (rows, readings) in [(10, 1), (2, 100)] {
        let lake = lake();
        assert_eq!(load_pieces(&lake, rows, 0, usize::MAX).unwrap().account.published, 200);
        assert_eq!(lake.source().readings, readings, "pieces of {rows} rows");
        assert_all(&lake);
    }
}
