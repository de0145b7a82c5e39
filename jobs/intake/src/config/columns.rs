//! The columns of a table of a feed.

use carelake_core::config::reader::{Mistakes, Spot};

use super::text::texts;
use super::value::{Values, is_list};
use crate::common::{CommonColumn, CommonTable, Rule};
use crate::mapping::{ColumnMapping, Moment, Step, Value};

/// Reads the columns, in the order of the page.
///
/// A name such as `encounter_start` stands for `encounter_start_date` and `encounter_start_datetime`, where a table has both: they
/// are read from one text.
pub(super) fn read_all(
    spot: &Spot<'_>,
    table: &CommonTable,
    values: &mut Values<'_, '_>,
    mistakes: &mut Mistakes,
) -> Vec<ColumnMapping> {
    let mut columns: Vec<ColumnMapping> = Vec::new();
    for (name, spot) in spot.entries("columns and where they come from", mistakes) {
        for column in read(name, &spot, table, values, mistakes) {
            if columns.iter().any(|other| other.column == column.column) {
                mistakes.add(&spot, format!("{} is mapped already; keep one of the two", column.column));
            } else {
                columns.push(column);
            }
        }
    }
    columns
}

fn read(
    name: &str,
    spot: &Spot<'_>,
    table: &CommonTable,
    values: &mut Values<'_, '_>,
    mistakes: &mut Mistakes,
) -> Vec<ColumnMapping> {
    let pair = [format!("{name}_date"), format!("{name}_datetime")];
    if let [Some(_), Some(_)] = pair.each_ref().map(|name| table.column(name)) {
        let Some((value, when)) = read_value(spot, None, values, mistakes) else { return Vec::new() };
        if value.steps.iter().any(|step| matches!(step, Step::Date(_))) {
            mistakes.add(spot, "is a date and a time; read it with `datetime`, or map the two columns apart");
        }
        let made = |name: String, steps| ColumnMapping {
            column: name,
            value: Value { steps, ..value.clone() },
            when: when.clone(),
        };
        let [date, datetime] = pair;
        let (dates, datetimes) = both(&value.steps);
        return vec![made(date, dates), made(datetime, datetimes)];
    }
    let Some(column) = table.column(name) else {
        let message = format!("{} has no such column", table.name);
        mistakes.unknown(spot, message, name, table.columns.iter().map(|column| column.name.as_str()));
        return Vec::new();
    };
    if column.rule == Rule::Made {
        mistakes.add(spot, "is filled in by intake; leave it out");
        return Vec::new();
    }
    let Some((value, when)) = read_value(spot, Some(&column.rule), values, mistakes) else { return Vec::new() };
    check_list(column, &value, spot, values, mistakes);
    vec![ColumnMapping { column: name.to_owned(), value, when }]
}

/// A value, and when the column has it.
type Conditional = (Value, Option<(Value, Vec<String>)>);

fn read_value(
    spot: &Spot<'_>,
    rule: Option<&Rule>,
    values: &mut Values<'_, '_>,
    mistakes: &mut Mistakes,
) -> Option<Conditional> {
    let value = values.read(spot, &["when"], rule, mistakes);
    let when = match spot.child("when") {
        None => None,
        Some(spot) => {
            let subject = values.read(&spot, &["is"], None, mistakes);
            let is = spot.child("is").map(|spot| texts(&spot, "a text or a list of them", mistakes));
            if is.is_none() && spot.is_map() {
                mistakes.add(&spot.named("is"), "missing; give the values with which the column is filled");
            }
            Some((subject?, is?.into_iter().map(|(text, _)| text).collect()))
        }
    };
    Some((value?, when))
}

/// Returns the steps for the date, and those for the time: what reads a time reads its date too.
fn both(steps: &[Step]) -> (Vec<Step>, Vec<Step>) {
    let mut datetimes = steps.to_vec();
    if !datetimes.iter().any(|step| matches!(step, Step::DateTime(_))) {
        datetimes.push(Step::DateTime(vec![Moment::Iso]));
    }
    let date_of = |step: &Step| match step {
        Step::DateTime(moments) => Step::Date(moments.clone()),
        other => other.clone(),
    };
    (datetimes.iter().map(date_of).collect(), datetimes)
}

/// Checks that a column of one value gets no list.
fn check_list(column: &CommonColumn, value: &Value, spot: &Spot<'_>, values: &Values<'_, '_>, mistakes: &mut Mistakes) {
    let holds_lists = matches!(column.rule, Rule::TextList | Rule::Diagnoses);
    if is_list(value, &values.sources) && !holds_lists {
        mistakes.add(spot, "is a list, and the column holds one value; take a `part` of it, or `concat`");
    }
}
