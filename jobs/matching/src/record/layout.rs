//! Which columns of a row are read, and the values, one a slot, that are made of them.

use std::collections::HashSet;

use jiff::civil::Date;

use crate::config::{Column, Matcher, Repair};
use crate::lexicon::Packing;
use crate::values;

/// A value that is made of a row.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its name: that of a field or of a column.
    pub name: String,
    /// What it is made of.
    pub column: Column,
    /// How it is kept for comparing.
    pub packing: Packing,
    /// Where its words begin in a packed row.
    pub offset: usize,
    /// Further placeholders, in normal form.
    pub(super) placeholders: HashSet<String>,
    /// The places of its columns in a row.
    pub(super) sources: Vec<usize>,
}

/// The columns that a matcher reads, and its slots: the fields in their order, then what else it requires, repairs or blocks on.
#[derive(Debug, Clone)]
pub struct Layout {
    columns: Vec<String>,
    slots: Vec<Slot>,
    words: usize,
}

impl Layout {
    /// Lays out the rows of a matcher. `as_of` is the day after which no day of a row can be.
    #[must_use]
    pub fn new(matcher: &Matcher, as_of: Date) -> Self {
        let mut all = Self { columns: Vec::new(), slots: Vec::new(), words: 0 };
        for field in &matcher.fields {
            all.add(&field.name, field.column.clone(), Packing::of(field.kind), matcher, as_of);
        }
        let mut others: Vec<&str> = vec!["first_name", "last_name"];
        others.extend(matcher.input.required.iter().map(String::as_str));
        for repair in &matcher.repair {
            match repair {
                Repair::Column(name) => others.push(name),
                Repair::Together(names) => others.extend(names.iter().map(String::as_str)),
            }
        }
        for name in others {
            if all.slot(name).is_none() {
                let column = Column::common(name).unwrap_or_else(|| Column::Text(name.to_owned()));
                let packing = Packing::of_column(&column);
                all.add(name, column, packing, matcher, as_of);
            }
        }
        all
    }

    fn add(&mut self, name: &str, column: Column, packing: Packing, matcher: &Matcher, as_of: Date) {
        let sources: Vec<String> = column.sources().into_iter().map(str::to_owned).collect();
        let mut places = Vec::with_capacity(sources.len());
        for source in sources {
            let place = self.columns.iter().position(|known| *known == source);
            places.push(place.unwrap_or(self.columns.len()));
            if place.is_none() {
                self.columns.push(source);
            }
        }
        let further = matcher.missing.iter().filter(|(of, _)| of == name).flat_map(|(_, texts)| texts);
        let placeholders = further.filter_map(|text| normal_alone(&column, text, as_of)).collect();
        let offset = self.words;
        self.words += packing.width();
        self.slots.push(Slot { name: name.to_owned(), column, packing, offset, placeholders, sources: places });
    }

    /// Returns the columns that a row must have, in the order of its cells.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the slots.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Returns the words of a packed row.
    #[must_use]
    pub const fn words(&self) -> usize {
        self.words
    }

    /// Returns the place of a slot.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.slots.iter().position(|slot| slot.name == name)
    }
}

/// Returns the normal form of one text in the place of a value, placeholder or not.
fn normal_alone(column: &Column, cell: &str, as_of: Date) -> Option<String> {
    let own = match column {
        Column::Day(_) => values::date(cell, as_of),
        Column::Zip(_) => values::zip_code(cell, None),
        Column::Phone(_) => values::phone(cell),
        Column::Email(_) => values::email(cell),
        Column::Ssn9 | Column::Ssn | Column::Last4 => values::ssn(cell),
        Column::Address | Column::Line(_) => values::address(Some(cell), None).as_ref().map(values::address_text),
        Column::Flat(_) => values::text(cell).map(|text| values::flat(&text)),
        _ => None,
    };
    own.or_else(|| values::text(cell))
}
