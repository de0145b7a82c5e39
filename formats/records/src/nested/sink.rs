//! Rows of records, handed over in batches.

use std::ops::ControlFlow::{self, Break, Continue};
use std::rc::Rc;

use super::find::Move;
use super::plan::{Plan, Table, Wish};
use super::tree::{Record, Shape};
use crate::batch::{Batch, Cell, Kind, Place, Row, Rows, State};
use crate::wanted::Reading;

/// Who takes batches, and says whether there is to be more.
type Take<'a> = &'a mut dyn FnMut(Batch) -> ControlFlow<()>;

/// Rows of a batch.
const MOST_ROWS: usize = 4_096;

/// Bytes of text of a batch.
const MOST_BYTES: usize = 4 << 20;

/// Makes rows of records.
pub(crate) struct Sink<'a> {
    plan: Rc<Plan>,
    take: Take<'a>,
    batch: Batch,
    rows: usize,
    /// The nodes around the one that is being taken, the outermost first.
    path: Vec<u32>,
    /// Where the record that is being taken begins in the batch.
    base: Option<u32>,
    reading: Reading,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(plan: Plan, take: Take<'a>) -> Self {
        let found = plan.tables.iter().map(|table| vec![false; table.cells.len()]).collect();
        let mut sink = Self {
            plan: Rc::new(plan),
            take,
            batch: Batch::default(),
            rows: 0,
            path: Vec::new(),
            base: None,
            reading: Reading { found, ..Reading::default() },
        };
        sink.batch = sink.empty();
        sink
    }

    /// Takes a record whose tree begins at `root`.
    pub(crate) fn record(&mut self, record: Record<'_>, root: u32, number: u64) -> ControlFlow<()> {
        self.base = None;
        let mut is_chosen = false;
        let plan = Rc::clone(&self.plan);
        let mut path = std::mem::take(&mut self.path);
        let flow = plan.tables.iter().enumerate().try_for_each(|(index, table)| {
            if !chosen(&plan, table, record, root) {
                return Continue(());
            }
            is_chosen = true;
            path.clear();
            path.push(root);
            let mut items = Items { table, index, record, number, item: 0 };
            match &table.each {
                None => self.row(&plan, &items, &path),
                Some(each) => self.each(&plan, &mut items, root, each, &mut path),
            }
        });
        self.path = path;
        self.reading.records += u64::from(is_chosen);
        flow?;
        self.hand_over_if(self.rows >= MOST_ROWS || self.batch.text.len() >= MOST_BYTES)
    }

    /// Takes a record that is broken: a row of the first table that would have it. `root` is that of its tree, if it has one.
    pub(crate) fn broken(
        &mut self,
        record: Record<'_>,
        root: Option<u32>,
        number: u64,
        state: State,
    ) -> ControlFlow<()> {
        self.base = None;
        let taker =
            self.plan.tables.iter().position(|table| root.is_none_or(|root| chosen(&self.plan, table, record, root)));
        let Some(taker) = taker else { return Continue(()) };
        let width = self.plan.tables.get(taker).map_or(0, |table| table.cells.len());
        let base = self.batch.text.len() as u32;
        self.batch.text.extend_from_slice(record.raw);
        let (start, length) = record.shown;
        if let Some(rows) = self.batch.tables.get_mut(taker) {
            rows.rows.push(Row { place: Place { number, item: 0 }, state, raw: (base + start, length) });
            rows.cells.resize(rows.cells.len() + width, Cell::default());
        }
        self.rows += 1;
        self.reading.records += 1;
        self.hand_over_if(self.rows >= MOST_ROWS || self.batch.text.len() >= MOST_BYTES)
    }

    /// Hands over what is left, and returns what was read.
    pub(crate) fn finish(mut self) -> Reading {
        // Nothing comes after the last batch, so it does not matter whether more would be taken.
        let _ = self.hand_over_if(self.rows > 0);
        self.reading
    }

    fn each(
        &mut self,
        plan: &Plan,
        items: &mut Items<'_>,
        at: u32,
        moves: &[Move],
        path: &mut Vec<u32>,
    ) -> ControlFlow<()> {
        let Some(node) = items.record.tree.node(at) else { return Continue(()) };
        let record = items.record;
        match (moves.split_first(), node.shape) {
            (None | Some((Move::Member(_) | Move::Where(..) | Move::Every, _)), Shape::List) => {
                let rest = match moves.split_first() {
                    Some((Move::Every, rest)) => rest,
                    _ => moves,
                };
                record.tree.held(at).try_for_each(|(item, _)| {
                    path.push(item);
                    let flow = self.each(plan, items, item, rest, path);
                    path.pop();
                    flow
                })
            }
            (None, Shape::Value(Kind::Null)) => Continue(()),
            (None, _) => {
                let is_item = path.last() == Some(&at) && path.len() > 1;
                if !is_item {
                    path.push(at);
                }
                items.item += 1;
                let flow = self.row(plan, items, path);
                if !is_item {
                    path.pop();
                }
                flow?;
                // A record of many items is not to be one batch; but it is copied into each.
                if self.rows >= MOST_ROWS.max(record.raw.len() >> 10) {
                    self.base = None;
                    return self.hand_over_if(true);
                }
                Continue(())
            }
            (Some((first, rest)), _) => {
                let first = std::slice::from_ref(first);
                record.follow(at, first, plan.repeated, &mut |next| self.each(plan, items, next, rest, path))
            }
        }
    }

    fn row(&mut self, plan: &Plan, items: &Items<'_>, path: &[u32]) -> ControlFlow<()> {
        let base = self.base(items.record);
        let Self { batch, reading, .. } = self;
        let Batch { tables, lists, .. } = batch;
        let Some(rows) = tables.get_mut(items.index) else { return Continue(()) };
        let Some(found) = reading.found.get_mut(items.index) else { return Continue(()) };
        rows.cells.extend(items.table.cells.iter().zip(found).map(|(wish, found)| {
            let around = path.len().saturating_sub(1 + wish.up);
            let at = path.get(around).copied().unwrap_or_default();
            cell(plan, items.record, at, wish, base, lists, found)
        }));
        let place = Place { number: items.number, item: items.item };
        let (start, length) = items.record.shown;
        rows.rows.push(Row { place, state: State::Data, raw: (base + start, length) });
        self.rows += 1;
        Continue(())
    }

    /// Copies a record into the batch, once.
    fn base(&mut self, record: Record<'_>) -> u32 {
        *self.base.get_or_insert_with(|| {
            let base = self.batch.text.len() as u32;
            self.batch.text.extend_from_slice(record.raw);
            self.batch.text.extend_from_slice(&record.tree.made);
            base
        })
    }

    fn hand_over_if(&mut self, is_due: bool) -> ControlFlow<()> {
        if !is_due {
            return Continue(());
        }
        let empty = self.empty();
        self.rows = 0;
        self.base = None;
        (self.take)(std::mem::replace(&mut self.batch, empty))
    }

    /// Returns a batch without rows, with room for as many as the last one had.
    fn empty(&self) -> Batch {
        let text = self.batch.text.len();
        let like = |rows: &Rows| Rows {
            rows: Vec::with_capacity(rows.rows.len()),
            cells: Vec::with_capacity(rows.cells.len()),
        };
        let mut tables: Vec<Rows> = self.batch.tables.iter().map(like).collect();
        tables.resize_with(self.reading.found.len(), Rows::default);
        Batch { text: Vec::with_capacity(text + text / 8), tables, ..Batch::default() }
    }
}

/// The items of a record that are rows of one table.
struct Items<'a> {
    table: &'a Table,
    index: usize,
    record: Record<'a>,
    number: u64,
    item: u32,
}

fn chosen(plan: &Plan, table: &Table, record: Record<'_>, root: u32) -> bool {
    let Some((moves, values)) = &table.select else { return true };
    record
        .follow(root, moves, plan.repeated, &mut |at| {
            record.values(at, &mut |_, start, length| {
                let text = record.text(start, length);
                if values.iter().any(|value| value.as_bytes() == text) { Break(()) } else { Continue(()) }
            })
        })
        .is_break()
}

#[inline]
fn cell(
    plan: &Plan,
    record: Record<'_>,
    at: u32,
    wish: &Wish,
    base: u32,
    lists: &mut Vec<Cell>,
    found: &mut bool,
) -> Cell {
    let noted = wish.only.and_then(|path| record.tree.noted(path));
    if let (Some(Some(at)), false) = (noted, wish.is_list)
        && let Some(node) = record.tree.node(at)
        && let Some(kind) = node.shape.kind()
    {
        *found = true;
        return Cell { kind, start: base + record.position(node.start), length: node.length };
    }
    let mut single = Cell::default();
    let first = lists.len();
    let mut is_there = false;
    let mut take = |node| {
        is_there = true;
        record.values(node, &mut |kind, start, length| {
            let value = Cell { kind, start: base + record.position(start), length };
            if wish.is_list {
                lists.push(value);
                return Continue(());
            }
            single = value;
            Break(())
        })
    };
    let flow = match noted {
        Some(Some(node)) => take(node),
        Some(None) => Continue(()),
        None => record.follow(at, &wish.moves, plan.repeated, &mut take),
    };
    debug_assert!(flow.is_continue() || !wish.is_list, "a list is read to its end");
    *found |= is_there;
    if wish.is_list && is_there {
        Cell { kind: Kind::List, start: first as u32, length: (lists.len() - first) as u32 }
    } else {
        single
    }
}
