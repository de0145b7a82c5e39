//! The rows of a view for one resource.

use bumpalo::collections::Vec as BumpVec;

use crate::code::BodyId;
use crate::eval::{Element, Fault, Few, Frame, Gather, Resolved, Value, World};
use crate::view::{ColumnPlan, Iterate, SelectPlan, View};

/// How many values the rows of one view may have for one resource: siblings multiply, and a resource must not fill the memory.
const MOST_CELLS: usize = 2_000_000;

/// What was found for a column of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    Found(Few<'a>),
    Fault(Fault),
    /// A reference that means nothing that is known.
    Unresolved,
}

/// Rows of the same columns, one after another.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) rows: usize,
    pub(super) width: usize,
    pub(super) cells: BumpVec<'a, Cell<'a>>,
}

impl<'a> Block<'a> {
    fn new(world: &World<'a>, width: usize) -> Self {
        Self { rows: 0, width, cells: BumpVec::new_in(world.bump) }
    }

    /// Appends a row of the columns of a selection.
    #[inline]
    fn push(&mut self, world: &World<'a>, frame: &Frame<'a>, plan: &SelectPlan) -> Result<(), Fault> {
        if self.cells.len() + plan.columns.len() > MOST_CELLS {
            return Err(Fault::Range);
        }
        self.cells.reserve(plan.columns.len());
        for column in &plan.columns {
            self.cells.push(cell(world, frame, column));
        }
        self.rows += 1;
        Ok(())
    }

    /// Appends rows of the same columns.
    fn append(&mut self, other: Self) -> Result<(), Fault> {
        if self.cells.len() + other.cells.len() > MOST_CELLS {
            return Err(Fault::Range);
        }
        if self.rows == 0 {
            *self = other;
            return Ok(());
        }
        self.rows += other.rows;
        self.cells.extend_from_slice_copy(&other.cells);
        Ok(())
    }

    /// Returns every row beside every row of another.
    fn times(self, world: &World<'a>, other: Self) -> Result<Self, Fault> {
        if self.rows == 1 && self.width == 0 {
            return Ok(other);
        }
        let (rows, width) = (self.rows.saturating_mul(other.rows), self.width + other.width);
        if rows.saturating_mul(width.max(1)) > MOST_CELLS {
            return Err(Fault::Range);
        }
        let mut cells = BumpVec::with_capacity_in(rows * width, world.bump);
        for left in 0..self.rows {
            for right in 0..other.rows {
                cells.extend_from_slice_copy(self.row(left));
                cells.extend_from_slice_copy(other.row(right));
            }
        }
        Ok(Self { rows, width, cells })
    }

    /// Returns what was found for a column, row by row.
    pub(super) fn column(&self, at: usize) -> impl Iterator<Item = &Cell<'a>> {
        (0..self.rows).filter_map(move |row| self.cells.get(row * self.width + at))
    }

    pub(super) fn row(&self, at: usize) -> &[Cell<'a>] {
        self.cells.get(at * self.width..(at + 1) * self.width).unwrap_or_default()
    }
}

/// Returns the rows of a view; nothing if its conditions do not hold.
pub(super) fn rows<'a>(world: &World<'a>, frame: &Frame<'a>, view: &'a View) -> Result<Option<Block<'a>>, Fault> {
    for condition in &view.conditions {
        if world.decided(&world.eval(frame, *condition)?)? != Some(true) {
            return Ok(None);
        }
    }
    let mut block = Block::new(world, view.plan.width);
    selected(world, frame, &view.plan, &mut block)?;
    Ok(Some(block))
}

/// Appends the rows of a selection.
fn selected<'a>(world: &World<'a>, frame: &Frame<'a>, plan: &'a SelectPlan, into: &mut Block<'a>) -> Result<(), Fault> {
    let Some(scope) = &plan.scope else { return product(world, frame, plan, into) };
    let items = match &plan.iterate {
        Iterate::Here => frame.focus,
        Iterate::Each { of, .. } => world.eval(frame, *of)?,
        Iterate::Repeat(paths) => {
            let mut found = Gather::new(world.bump);
            repeated(world, frame, paths, frame.focus, &mut found)?;
            found.finish()
        }
    };
    for (item, row_index) in items.items().iter().zip(0..) {
        product(world, &world.frame(scope, Few::One(*item), row_index), plan, into)?;
    }
    if items.is_empty() && matches!(plan.iterate, Iterate::Each { or_null: true, .. }) {
        product(world, &world.frame(scope, Few::None, 0), plan, into)?;
    }
    Ok(())
}

/// Gathers what paths lead to, each followed by what they lead to from there.
fn repeated<'a>(
    world: &World<'a>,
    frame: &Frame<'a>,
    paths: &[BodyId],
    from: Few<'a>,
    found: &mut Gather<'a>,
) -> Result<(), Fault> {
    for path in paths {
        let next = world.judged(frame, *path, from, 0)?;
        for value in next.items() {
            if !goes_down(world, &from, *value) {
                return Err(Fault::Circle);
            }
            found.push(*value);
            repeated(world, frame, paths, Few::One(*value), found)?;
        }
    }
    Ok(())
}

/// Says whether a value lies within one that it was reached from, so that a repetition ends.
fn goes_down<'a>(world: &World<'a>, from: &Few<'a>, value: Value<'a>) -> bool {
    let Value::Element(Element { at, .. }) = value else { return false };
    from.items().iter().any(|outer| match outer {
        Value::Element(outer) => {
            let end = world.tree.entry(outer.at).map_or(0, |entry| entry.next);
            at > outer.at && at < end
        }
        _ => false,
    })
}

/// Appends the product of the columns of a selection, what it selects, and the rows of its union.
fn product<'a>(world: &World<'a>, frame: &Frame<'a>, plan: &'a SelectPlan, into: &mut Block<'a>) -> Result<(), Fault> {
    if plan.selects.is_empty() && plan.union.is_empty() {
        return into.push(world, frame, plan);
    }
    let mut block = Block::new(world, plan.columns.len());
    block.push(world, frame, plan)?;
    for select in &plan.selects {
        let mut rows = Block::new(world, select.width);
        selected(world, frame, select, &mut rows)?;
        block = block.times(world, rows)?;
    }
    if let Some(first) = plan.union.first() {
        let mut rows = Block::new(world, first.width);
        for branch in &plan.union {
            selected(world, frame, branch, &mut rows)?;
        }
        block = block.times(world, rows)?;
    }
    into.append(block)
}

#[inline]
fn cell<'a>(world: &World<'a>, frame: &Frame<'a>, column: &ColumnPlan) -> Cell<'a> {
    // A step of a path is copied as it is; what is taken apart and put together costs as much as finding it.
    if let Some(step) = frame.step(column.op) {
        return Cell::Found(*step);
    }
    match world.eval(frame, column.op) {
        Err(fault) => Cell::Fault(fault),
        Ok(found) => match column.reference {
            Some(reference) if found.is_empty() => {
                unresolved(world, frame, reference).map_or(Cell::Found(found), |()| Cell::Unresolved)
            }
            _ => Cell::Found(found),
        },
    }
}

/// Says that a reference means nothing that is known, if there is one that does.
fn unresolved<'a>(
    world: &World<'a>,
    frame: &Frame<'a>,
    (of, name, kind): (crate::code::OpId, crate::json::Name, crate::types::Type),
) -> Option<()> {
    let references = world.eval(frame, of).ok()?;
    let mut references = references.items().iter();
    references.any(|value| world.resolved(*value, name, kind) == Resolved::Nothing).then_some(())
}
