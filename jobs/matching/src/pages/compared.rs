//! A record and the persons that it may be, value by value.

use std::collections::{BTreeMap, BTreeSet};

use carelake_pipeline::page::{Beside, Cell, Compared, Fact, Held, Level, Likeness, Other};
use jiff::civil::Date;

use super::review::short;
use super::reviews::Place;
use crate::config::Column;
use crate::record::Prepared;
use crate::reference::{Columns, Reference, ReferenceRecord};
use crate::reviews::Review;
use crate::run::{Engine, MatchError, Weighing, day_of, find};
use crate::values::{flat, text};

/// Columns that are told elsewhere on the page.
const ELSEWHERE: [&str; 4] = ["data_source", "patient_id", "partner", "delivery_date"];
/// The level of two values that are the same.
const EQUAL: &str = "equal";
/// That of two values which have nothing in common.
const ELSE: &str = "else";

/// A record: its columns, and what the matcher makes of them.
struct Row {
    columns: Columns,
    prepared: Option<Prepared>,
}

/// Both sides of a question.
pub(super) struct Sides {
    own: Row,
    theirs: Vec<Row>,
    records: Vec<Option<ReferenceRecord>>,
    /// The columns that either side has, beside those that are told elsewhere.
    pub columns: Vec<String>,
    /// Whether the record is served no more.
    pub is_gone: bool,
}

impl Row {
    fn of(engine: &Engine, columns: Columns, as_of: Date) -> Self {
        let prepared = engine.prepare(std::iter::once((&columns, as_of))).pop();
        Self { columns, prepared }
    }

    /// Returns what the cell of a field holds.
    fn field(&self, place: usize, column: &Column) -> Held {
        let prepared = self.prepared.as_ref();
        let value = prepared.and_then(|row| row.values.get(place)).and_then(Option::as_deref);
        let is_unread = prepared.is_some_and(|row| row.unread.contains(&place));
        Held::of(self.written(column, value).as_deref(), value.is_none() && !is_unread)
    }

    /// Returns a value as it was sent; `value` is its normal form.
    fn written(&self, column: &Column, value: Option<&str>) -> Option<String> {
        let cell = |name: &str| self.columns.get(name).map(String::as_str);
        let own = match column {
            Column::First => cell("first_name"),
            Column::Middle => cell("middle_name"),
            Column::Last => cell("last_name"),
            Column::Suffix => cell("name_suffix"),
            Column::Ssn if value.is_some_and(|digits| digits.len() == 4) => cell("ssn_last4"),
            Column::Ssn => cell("social_security_number").or(cell("ssn_last4")),
            Column::Address => {
                let lines: Vec<&str> = ["address", "address_line_2"].into_iter().filter_map(cell).collect();
                return (!lines.is_empty()).then(|| lines.join(", "));
            }
            other => other.sources().first().copied().and_then(cell),
        };
        own.map(str::to_owned)
    }
}

impl Sides {
    pub(super) fn of(place: &Place<'_>, review: &Review) -> Result<Self, MatchError> {
        let (engine, reference) = (place.engine, &place.reference);
        let found = if review.kind == "cluster" {
            reference.record(&review.key)?.map(|record| (record.columns, day_of(&record.run_id)))
        } else {
            find(&place.world, engine, &review.key)?
        };
        let is_gone = found.is_none();
        let (columns, as_of) = found.unwrap_or_else(|| (Columns::new(), Date::default()));
        let own = Row::of(engine, columns, as_of);
        let mut records = Vec::new();
        for rival in &review.candidates {
            records.push(reference.record(&rival.record)?);
        }
        let row = |record: &Option<ReferenceRecord>| match record {
            Some(record) => Row::of(engine, record.columns.clone(), day_of(&record.run_id)),
            None => Row::of(engine, Columns::new(), Date::default()),
        };
        let theirs: Vec<Row> = records.iter().map(row).collect();
        let names: BTreeSet<&String> = theirs.iter().chain([&own]).flat_map(|row| row.columns.keys()).collect();
        let columns = names.into_iter().filter(|name| !ELSEWHERE.contains(&name.as_str())).cloned().collect();
        Ok(Self { own, theirs, records, columns, is_gone })
    }
}

/// Returns the persons, as the heads of their columns.
pub(super) fn others(review: &Review, sides: &Sides) -> Vec<Other> {
    let other = |(rival, record): (&crate::run::Rival, &Option<ReferenceRecord>)| {
        let mut facts = vec![
            Fact::new("source", Cell::text(&rival.record.data_source)),
            Fact::new("id", Cell::text(&rival.record.patient_id)),
        ];
        match record {
            Some(record) => facts.push(Fact::new("delivered", Cell::some(Some(&record.observed)))),
            None => facts.push(Fact::new("record", Cell::text("is in the reference no more"))),
        }
        let bits = (!rival.levels.is_empty()).then_some(rival.weight);
        Other { title: short(&rival.person), facts, bits }
    };
    review.candidates.iter().zip(&sides.records).map(other).collect()
}

/// Compares the fields of the matcher, then what else either side has.
pub(super) fn lines(
    place: &Place<'_>,
    review: &Review,
    sides: &Sides,
    weighing: &Weighing,
) -> Result<Vec<Compared>, MatchError> {
    let fields = &place.engine.matcher.fields;
    let mut bits: Vec<BTreeMap<String, f64>> = Vec::new();
    for (rival, record) in review.candidates.iter().zip(&sides.records) {
        bits.push(match record {
            Some(record) => weighing.bits(&place.reference, record, &rival.levels)?,
            None => BTreeMap::new(),
        });
    }
    let mut lines = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let own = sides.own.field(at, &field.column);
        let beside = |((row, rival), bits): ((&Row, &crate::run::Rival), &BTreeMap<String, f64>)| {
            let held = row.field(at, &field.column);
            let level = rival
                .levels
                .get(&field.name)
                .map(|name| Level { name: name.clone(), bits: bits.get(&field.name).copied().unwrap_or_default() });
            let likeness = level.as_ref().map(|level| likeness(&level.name)).or_else(|| plainly(&own, &held));
            Beside { held, likeness, level }
        };
        let others = sides.theirs.iter().zip(&review.candidates).zip(&bits).map(beside).collect();
        lines.push(Compared { label: field.name.clone(), own, others });
    }
    // What a line of two columns tells is told once.
    let is_told = |name: &String| {
        fields.iter().any(|field| match field.column {
            Column::Ssn | Column::Address => field.column.sources().contains(&name.as_str()),
            _ => field.name == *name || field.column.sources() == [name.as_str()],
        })
    };
    for column in sides.columns.iter().filter(|name| !is_told(name)) {
        let held = |row: &Row| Held::of(row.columns.get(column).map(String::as_str), false);
        let own = held(&sides.own);
        let others = sides.theirs.iter().map(|row| {
            let held = held(row);
            Beside { likeness: plainly(&own, &held), held, level: None }
        });
        lines.push(Compared { label: column.clone(), others: others.collect(), own });
    }
    Ok(lines)
}

fn likeness(level: &str) -> Likeness {
    match level {
        EQUAL => Likeness::Same,
        ELSE => Likeness::Unlike,
        _ => Likeness::Alike,
    }
}

/// Compares what was not weighed.
fn plainly(one: &Held, other: &Held) -> Option<Likeness> {
    let normal = |held: &Held| held.value().map(|value| text(value).map(|text| flat(&text)).unwrap_or_default());
    let (one, other) = (normal(one)?, normal(other)?);
    Some(if one == other { Likeness::Same } else { Likeness::Unlike })
}
