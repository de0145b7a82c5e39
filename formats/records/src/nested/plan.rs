//! What is wanted, ready to be looked for.

use std::ops::ControlFlow::Break;

use super::find::{Move, Repeated};
use super::names::{Names, ROOT};
use super::path::Step;
use super::tree::Record;
use crate::wanted::{Select, Wanted, WantedTable};

/// How a format writes paths, and what members of one name are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grammar {
    /// Takes apart a path.
    pub(crate) steps: fn(&str) -> Vec<Step>,
    /// Whether members of one name are a list; else the last counts.
    pub(crate) repeats: bool,
}

/// What is wanted, with labels for names.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) tables: Vec<Table>,
    pub(super) repeated: Repeated,
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) select: Option<(Vec<Move>, Vec<String>)>,
    pub(super) each: Option<Vec<Move>>,
    pub(super) cells: Vec<Wish>,
}

/// One cell of a row.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) moves: Vec<Move>,
    /// The paths that it may lead to.
    paths: Vec<u32>,
    /// The one path that it leads to, if it goes from the record by names only.
    pub(super) only: Option<u32>,
    pub(super) up: usize,
    pub(super) is_list: bool,
}

impl Plan {
    /// Makes a plan, and lets names know what is wanted below `root`, the path of records.
    pub(crate) fn new(wanted: &Wanted, grammar: Grammar, names: &mut Names, root: u32) -> Self {
        let tables = wanted.tables.iter().map(|table| Table::new(table, grammar, names, root)).collect();
        Self { tables, repeated: Repeated::of(grammar.repeats) }
    }
}

impl Plan {
    /// Tells of each cell whether there is anything at the paths that it may lead to.
    pub(crate) fn found(&self, has: impl Fn(u32) -> bool) -> Vec<Vec<bool>> {
        let found = |table: &Table| table.cells.iter().map(|wish| wish.paths.iter().any(|path| has(*path))).collect();
        self.tables.iter().map(found).collect()
    }
}

impl Table {
    fn new(table: &WantedTable, grammar: Grammar, names: &mut Names, root: u32) -> Self {
        let each = table.each.as_deref().map(grammar.steps);
        let select = table.select.as_ref().map(|Select { source, values }| {
            let steps = (grammar.steps)(source);
            names.want(root, &steps);
            (moves(&steps, names), values.clone())
        });
        let cells = table.sources.iter().map(|source| {
            let steps = (grammar.steps)(&source.path);
            let item = each.as_deref().unwrap_or_default();
            // How far out a list lies is only known in the record: any step to the items may be through one.
            let outer = item.len().saturating_sub(usize::from(source.up > 0));
            let inner = if source.up == 0 { item.len() } else { 0 };
            let paths = (inner..=outer).map(|around| {
                let around = names.lead(root, item.get(..around).unwrap_or_default());
                names.want(around, &steps)
            });
            let paths: Vec<u32> = paths.collect();
            let is_straight = !steps.is_empty() && steps.iter().all(|step| matches!(step, Step::Member(_)));
            let only = paths.first().copied().filter(|_| is_straight && each.is_none() && source.up == 0);
            Wish { paths, only, moves: moves(&steps, names), up: usize::from(source.up), is_list: source.is_list }
        });
        let cells = cells.collect();
        if let Some(each) = &each {
            names.lead(root, each);
        }
        Self { select, each: each.map(|steps| moves(&steps, names)), cells }
    }
}

/// One path, ready to be followed.
#[derive(Debug)]
pub(crate) struct Trail {
    moves: Vec<Move>,
    repeated: Repeated,
}

impl Trail {
    /// Makes one from the record on, and lets names know.
    pub(crate) fn new(steps: &[Step], repeats: bool, names: &mut Names) -> Self {
        names.want(ROOT, steps);
        Self { moves: moves(steps, names), repeated: Repeated::of(repeats) }
    }

    /// Returns the first value that it leads to.
    pub(crate) fn first(&self, record: Record<'_>) -> Option<String> {
        let mut first = None;
        let _ = record.follow(0, &self.moves, self.repeated, &mut |node| {
            record.values(node, &mut |_, start, length| {
                first = Some(String::from_utf8_lossy(record.text(start, length)).into_owned());
                Break(())
            })
        });
        first
    }
}

fn moves(steps: &[Step], names: &mut Names) -> Vec<Move> {
    steps
        .iter()
        .map(|step| match step {
            Step::Member(name) => Move::Member(names.label(name)),
            Step::Nth(nth) => Move::Nth(*nth),
            Step::Every => Move::Every,
            Step::Where(name, value) => Move::Where(names.label(name), value.as_bytes().into()),
        })
        .collect()
}
