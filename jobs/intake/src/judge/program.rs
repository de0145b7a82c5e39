//! Values as the configuration says them, made ready to be run for every row.

use std::collections::BTreeMap;

use bumpalo::Bump;
use carelake_records::{Batch, Cell, Kind};

use super::clean::{Cleaned, Cleaner, clean, is_cleaned_away, is_plain};
use super::flow::Flow;
use super::moment::{Century, iso};
use super::step::{Action, Unready};
use super::zone::Zone;
use crate::mapping::{From, Step, Value};

/// A value, ready.
#[derive(Debug)]
pub(super) struct Program<'f> {
    origin: Origin<'f>,
    actions: Vec<Action<'f>>,
    /// Whether its cells are only trimmed, because a step looks for what cleaning would take away.
    is_raw: bool,
    /// Whether it makes text that no cell holds, which is cleaned in turn.
    makes_text: bool,
    /// Whether what steps make may be one of the texts that stand for nothing. A value of a code list is what it says.
    has_tokens: bool,
}

#[derive(Debug)]
enum Origin<'f> {
    Cell(usize),
    Fixed(Option<&'f [u8]>),
    First(Vec<Program<'f>>),
    Joined(Vec<Program<'f>>, &'f str),
    List(Vec<Program<'f>>),
}

/// A row, and what running programs over it needs.
#[derive(Clone, Copy)]
pub(super) struct Record<'b> {
    pub(super) batch: &'b Batch,
    pub(super) cells: &'b [Cell],
    pub(super) arena: &'b Bump,
    pub(super) cleaner: &'b Cleaner,
    pub(super) zone: &'b Zone,
    pub(super) century: &'b Century,
}

/// A row holds a code that its list does not have, where that refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodeUnknown;

impl<'f> Program<'f> {
    /// Makes a value ready.
    pub(super) fn new(value: &'f Value, captures: &'f BTreeMap<String, String>) -> Result<Self, Unready> {
        let several =
            |values: &'f [Value]| values.iter().map(|value| Self::new(value, captures)).collect::<Result<Vec<_>, _>>();
        let origin = match &value.from {
            From::Cell(index) => Origin::Cell(*index),
            From::Capture(name) => Origin::Fixed(captures.get(name).map(String::as_bytes)),
            From::Constant(text) => Origin::Fixed(Some(text.as_bytes())),
            From::First(values) => Origin::First(several(values)?),
            From::Joined(values, between) => Origin::Joined(several(values)?, between),
            From::List(values) => Origin::List(several(values)?),
        };
        let has_tokens = !value.steps.iter().any(|step| matches!(step, Step::Map(..) | Step::Lookup(..)));
        let makes_text = matches!(origin, Origin::Joined(..)) || value.steps.iter().any(makes_text);
        Ok(Self {
            makes_text,
            origin,
            actions: value.steps.iter().map(Action::new).collect::<Result<_, _>>()?,
            is_raw: value.steps.iter().any(looks_for_what_is_cleaned),
            has_tokens,
        })
    }

    /// Returns the value as it is before its steps.
    pub(super) fn without_steps(self) -> Self {
        Self { actions: Vec::new(), ..self }
    }

    /// Returns the value of a row.
    #[inline]
    pub(super) fn run<'b>(&'b self, record: &Record<'b>) -> Result<Flow<'b>, CodeUnknown> {
        match self.plain(record) {
            Some([]) => Ok(Flow::Null),
            Some(text) => Ok(Flow::Text(text)),
            None => self.make(record),
        }
    }

    /// Returns the value of a row if it is a cell as it stands: neither copied nor handed on. Empty: it stands for nothing.
    #[inline]
    pub(super) fn plain<'b>(&self, record: &Record<'b>) -> Option<&'b [u8]> {
        let Origin::Cell(index) = &self.origin else { return None };
        let cell = record.cells.get(*index)?;
        if self.is_raw || !self.actions.is_empty() {
            return None;
        }
        match cell.kind {
            Kind::Null => Some(&[]),
            Kind::Text => {
                let text = record.batch.text_of(*cell);
                is_plain(text).then(|| if record.cleaner.is_nothing(text) { &[] } else { text })
            }
            _ => None,
        }
    }

    fn make<'b>(&'b self, record: &Record<'b>) -> Result<Flow<'b>, CodeUnknown> {
        let mut flow = match &self.origin {
            Origin::Cell(index) => match record.cells.get(*index) {
                Some(cell) => self.cell(*cell, record),
                None => Flow::Null,
            },
            Origin::Fixed(text) => text.map_or(Flow::Null, Flow::of),
            Origin::First(values) => first(values, record)?,
            Origin::Joined(values, between) => joined(values, between, record)?,
            Origin::List(values) => list(values, record)?,
        };
        for action in &self.actions {
            flow = each(action, flow, record)?;
        }
        if self.makes_text {
            flow = record.cleaned(flow, self.has_tokens);
        }
        Ok(flow)
    }

    /// Adds the sources in the file that it is made of; answers whether it has something even without them.
    pub(super) fn sources(&self, to: &mut Vec<usize>) -> bool {
        match &self.origin {
            Origin::Cell(index) => {
                to.push(*index);
                false
            }
            Origin::Fixed(text) => text.is_some(),
            Origin::First(values) | Origin::Joined(values, _) | Origin::List(values) => {
                let fixed = values.iter().filter(|value| value.sources(to)).count();
                fixed > 0
            }
        }
    }

    #[inline]
    fn cell<'b>(&self, cell: Cell, record: &Record<'b>) -> Flow<'b> {
        let text = record.batch.text_of(cell);
        match cell.kind {
            Kind::Text => told(self.cleaned(text, record), Flow::Text),
            Kind::Null => Flow::Null,
            // A number that only its exponent can write is none that anybody meant.
            Kind::Number if text.iter().any(|byte| matches!(byte, b'e' | b'E')) => Flow::Broken,
            Kind::Number => told(record.cleaner.clean(text, record.arena), Flow::Number),
            Kind::Boolean => told(record.cleaner.clean(text, record.arena), Flow::Text),
            Kind::Date | Kind::DateTime | Kind::Instant => iso(text, record.century).unwrap_or(Flow::Broken),
            Kind::List => {
                let mut values = bumpalo::collections::Vec::new_in(record.arena);
                values.extend(
                    record
                        .batch
                        .values(cell)
                        .filter(|cell| cell.kind != Kind::List)
                        .map(|cell| self.cell(cell, record)),
                );
                values.retain(|value| *value != Flow::Null);
                of_list(values)
            }
        }
    }

    fn cleaned<'b>(&self, text: &'b [u8], record: &Record<'b>) -> Cleaned<'b> {
        if self.is_raw { record.cleaner.trim(text) } else { record.cleaner.clean(text, record.arena) }
    }
}

impl<'b> Record<'b> {
    /// Cleans text that was made.
    fn cleaned(&self, flow: Flow<'b>, has_tokens: bool) -> Flow<'b> {
        match flow {
            Flow::Text(text) if has_tokens => told(self.cleaner.clean(text, self.arena), Flow::Text),
            Flow::Text(text) => told(clean(text, self.arena), Flow::Text),
            Flow::List(values) => {
                let cleaned = values.iter().map(|value| self.cleaned(*value, has_tokens));
                of_list(bumpalo::collections::Vec::from_iter_in(
                    cleaned.filter(|value| *value != Flow::Null),
                    self.arena,
                ))
            }
            other => other,
        }
    }
}

fn told<'b>(cleaned: Cleaned<'b>, flow: fn(&'b [u8]) -> Flow<'b>) -> Flow<'b> {
    match cleaned {
        Cleaned::Text(text) => flow(text),
        Cleaned::Nothing => Flow::Null,
        Cleaned::NotText => Flow::Broken,
    }
}

fn of_list<'b>(values: bumpalo::collections::Vec<'b, Flow<'b>>) -> Flow<'b> {
    if values.is_empty() { Flow::Null } else { Flow::List(values.into_bump_slice()) }
}

/// The first value that is something; where none is, but one could not be read, that.
fn first<'b>(values: &'b [Program<'_>], record: &Record<'b>) -> Result<Flow<'b>, CodeUnknown> {
    let mut best = Flow::Null;
    for value in values {
        match value.run(record)? {
            Flow::Null => {}
            Flow::Broken => best = Flow::Broken,
            something => return Ok(something),
        }
    }
    Ok(best)
}

fn joined<'b>(values: &'b [Program<'_>], between: &str, record: &Record<'b>) -> Result<Flow<'b>, CodeUnknown> {
    let mut text = bumpalo::collections::Vec::new_in(record.arena);
    let mut append = |flow: Flow<'b>| {
        if let Some(part) = flow.text(record.arena) {
            if !text.is_empty() {
                text.extend_from_slice(between.as_bytes());
            }
            text.extend_from_slice(part);
        }
    };
    for value in values {
        match value.run(record)? {
            Flow::List(parts) => parts.iter().copied().for_each(&mut append),
            part => append(part),
        }
    }
    Ok(Flow::of(text.into_bump_slice()))
}

fn list<'b>(values: &'b [Program<'_>], record: &Record<'b>) -> Result<Flow<'b>, CodeUnknown> {
    let mut found = bumpalo::collections::Vec::new_in(record.arena);
    let mut append = |flow: Flow<'b>| {
        if flow != Flow::Null && !found.contains(&flow) {
            found.push(flow);
        }
    };
    for value in values {
        match value.run(record)? {
            Flow::List(parts) => parts.iter().copied().for_each(&mut append),
            part => append(part),
        }
    }
    Ok(of_list(found))
}

/// Applies a step: to a list, value by value. What comes of values that are lists then is one list.
fn each<'b>(action: &'b Action<'_>, flow: Flow<'b>, record: &Record<'b>) -> Result<Flow<'b>, CodeUnknown> {
    let Flow::List(values) = flow else { return action.apply(flow, record) };
    let mut found = bumpalo::collections::Vec::with_capacity_in(values.len(), record.arena);
    for value in values {
        match action.apply(*value, record)? {
            Flow::Null => {}
            Flow::List(parts) => found.extend_from_slice(parts),
            part => found.push(part),
        }
    }
    Ok(of_list(found))
}

const fn makes_text(step: &Step) -> bool {
    !matches!(step, Step::Map(..) | Step::Lookup(..) | Step::Date(_) | Step::DateTime(_) | Step::Number(_))
}

fn looks_for_what_is_cleaned(step: &Step) -> bool {
    match step {
        Step::Split(on, _) | Step::SplitList(on) => is_cleaned_away(on),
        Step::Replace(of, _) => is_cleaned_away(of),
        Step::StripStart(literal) | Step::StripEnd(literal) => is_cleaned_away(literal),
        Step::Extract(regex) => {
            is_cleaned_away(regex.as_str()) || ["\\n", "\\t", "\\r"].iter().any(|end| regex.as_str().contains(end))
        }
        _ => false,
    }
}
