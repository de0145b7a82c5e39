//! The values of one row in normal form, and its keys.

use std::cell::OnceCell;

use jiff::civil::Date;
use rayon::prelude::*;

use super::layout::{Layout, Slot};
use crate::config::{Column, Matcher};
use crate::index::{Key, Keys};
use crate::values::{self, Names};

/// A row that is ready to be looked up, or to be looked up in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The values in normal form, by slot; nothing where they are missing.
    ///
    /// # Shape
    /// Days are `YYYY-MM-DD`, addresses `number|street|unit`, numbers and codes their digits.
    pub values: Vec<Option<String>>,
    /// Its keys in the passes.
    pub keys: Vec<Key>,
    /// The slots without a value whose cell says something all the same, such as an address without a street: they are not compared, and not
    /// given anything.
    pub unread: Vec<usize>,
}

/// Makes rows ready. It is used by one thread.
#[derive(Debug)]
pub struct Preparer<'l> {
    layout: &'l Layout,
    as_of: Date,
    keys: Keys<'l>,
}

impl<'l> Preparer<'l> {
    /// Makes rows of a layout ready. `as_of` is the day after which no day of a row can be.
    #[must_use]
    pub fn new(matcher: &'l Matcher, layout: &'l Layout, as_of: Date) -> Self {
        Self { layout, as_of, keys: Keys::new(matcher, layout) }
    }

    /// Makes a row ready from its cells, in the order of [`Layout::columns`].
    pub fn row(&mut self, cells: &[Option<&str>]) -> Prepared {
        let names = OnceCell::new();
        let slots = self.layout.slots().iter();
        let value = |slot: &Slot| {
            let value = value(slot, cells, self.as_of, &names)?;
            (slot.placeholders.is_empty() || !slot.placeholders.contains(&value)).then_some(value)
        };
        let mut row = self.values(slots.map(value).collect());
        let slots = self.layout.slots().iter().zip(&row.values).enumerate();
        let is_unread =
            |(_, (slot, value)): &(usize, (&Slot, &Option<String>))| value.is_none() && says_something(slot, cells);
        row.unread = slots.filter(is_unread).map(|(place, _)| place).collect();
        row
    }

    /// Makes a row ready whose values are in normal form already, by slot.
    pub fn values(&mut self, values: Vec<Option<String>>) -> Prepared {
        let keys = self.keys.of(&values);
        Prepared { values, keys, unread: Vec::new() }
    }
}

/// Returns whether the cell of a value that cannot be read is no placeholder either.
fn says_something(slot: &Slot, cells: &[Option<&str>]) -> bool {
    let number = match slot.column {
        Column::Suffix => 3,
        Column::Address | Column::Line(_) | Column::Number(_) => 0,
        // What these cannot read is nobody's: it is a placeholder.
        _ => return false,
    };
    let cell = slot.sources.get(number).and_then(|place| cells.get(*place).copied().flatten());
    let is_said = |text: String| {
        let is_placeholder = values::is_no_name(&text) && slot.column == Column::Suffix || values::is_no_address(&text);
        !is_placeholder && !slot.placeholders.contains(&text)
    };
    cell.and_then(values::text).is_some_and(is_said)
}

/// Makes rows ready by as many threads as there are; the answers are in their order.
#[must_use]
pub fn prepare<R: AsRef<[Option<C>]> + Sync, C: AsRef<str> + Sync>(
    matcher: &Matcher,
    layout: &Layout,
    as_of: Date,
    rows: &[R],
) -> Vec<Prepared> {
    let all = rows.par_chunks(SHARE).flat_map_iter(|rows| {
        let mut preparer = Preparer::new(matcher, layout, as_of);
        let mut cells = Vec::new();
        rows.iter().map(move |row| {
            cells.clear();
            cells.extend(row.as_ref().iter().map(|cell| cell.as_ref().map(AsRef::as_ref)));
            preparer.row(&cells)
        })
    });
    all.collect()
}

/// Rows that a thread makes ready before it asks for more: so many that names that sound are looked up again.
const SHARE: usize = 4_096;

fn value(slot: &Slot, cells: &[Option<&str>], as_of: Date, names: &OnceCell<Names>) -> Option<String> {
    let cell = |number: usize| slot.sources.get(number).and_then(|place| cells.get(*place).copied().flatten());
    let names = || names.get_or_init(|| values::names(cell(0), cell(1), cell(2), cell(3)));
    let one = cell(0);
    match &slot.column {
        Column::First => names().first.clone(),
        Column::Middle => names().middle.clone(),
        Column::Last => names().last.clone(),
        Column::Suffix => names().suffix.clone(),
        Column::Name(_) => one.and_then(values::name),
        Column::Day(_) => values::date(one?, as_of),
        Column::Sex => values::sex(one?),
        Column::Ssn9 => values::ssn(one?).filter(|number| number.len() == 9),
        Column::Last4 => values::last4(one?),
        Column::Ssn => one.and_then(values::ssn).or_else(|| values::last4(cell(1)?)),
        Column::Zip(_) => values::zip_code(one?, cell(1)),
        Column::Phone(_) => values::phone(one?),
        Column::Email(_) => values::email(one?),
        Column::Address => values::address(one, cell(1)).as_ref().map(values::address_text),
        Column::Line(_) => values::address(one, None).as_ref().map(values::address_text),
        Column::Text(_) => values::text(one?),
        Column::Flat(_) => values::text(one?).map(|text| values::flat(&text)),
        Column::Number(_) => {
            let number: f64 = one?.trim().parse().ok()?;
            number.is_finite().then(|| number.to_string())
        }
    }
}
