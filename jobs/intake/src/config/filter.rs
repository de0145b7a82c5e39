//! What leaves rows out, and what says that a row takes its key out.

use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Mistakes, Spot};

use super::text::texts;
use super::value::Values;
use crate::common::CommonTable;
use crate::mapping::{Filter, Operation, Subject, Test};

const TESTS: [&str; 3] = ["equals", "not_equals", "empty"];
const WHAT: &str = "a text or a list of them";

/// Reads the filters of a table.
pub(super) fn read_all(
    spot: &Spot<'_>,
    table: &CommonTable,
    values: &mut Values<'_, '_>,
    mistakes: &mut Mistakes,
) -> Vec<Filter> {
    let spots = spot.list("filters", mistakes);
    spots.iter().filter_map(|spot| read(spot, table, values, mistakes)).collect()
}

fn read(spot: &Spot<'_>, table: &CommonTable, values: &mut Values<'_, '_>, mistakes: &mut Mistakes) -> Option<Filter> {
    let own = ["rule", TESTS[0], TESTS[1], TESTS[2]];
    let of = match spot.child("column") {
        Some(column) => {
            spot.fields(&[&own, ["column"].as_slice()].concat(), mistakes);
            let name = column.text("a column of the table", mistakes)?;
            if table.column(&name).is_none() {
                let message = format!("{} has no column `{name}`", table.name);
                mistakes.unknown(&column, message, &name, table.columns.iter().map(|column| column.name.as_str()));
            }
            Subject::Column(name)
        }
        None if spot.is_map() => Subject::Value(values.read(spot, &own, None, mistakes)?),
        None => {
            spot.expected("a map such as { column: last_name, equals: TEST, rule: test_patient }", mistakes);
            return None;
        }
    };
    let rule = match spot.child("rule") {
        Some(rule) => rule.text("a name for the rows that are left out", mistakes)?,
        None => {
            mistakes.add(&spot.named("rule"), "missing; give a name for the rows that are left out");
            return None;
        }
    };
    check_own_name(&spot.child("rule")?, &rule, mistakes);
    let listed = |spot: &Spot<'_>, mistakes: &mut Mistakes| {
        texts(spot, WHAT, mistakes).into_iter().map(|(text, _)| text).collect()
    };
    let given: Vec<(&str, Spot<'_>)> = TESTS.iter().filter_map(|test| Some((*test, spot.child(test)?))).collect();
    let test = match given.as_slice() {
        [("equals", spot)] => Test::OneOf(listed(spot, mistakes)),
        [("not_equals", spot)] => Test::NoneOf(listed(spot, mistakes)),
        [("empty", spot)] => {
            spot.choice(&[("true", ())], mistakes);
            Test::Null
        }
        _ => {
            mistakes.add(spot, "needs one of equals, not_equals, empty: true");
            return None;
        }
    };
    Some(Filter { rule, of, test })
}

/// Reads what says that a row takes its key out.
pub(super) fn read_operation(
    spot: &Spot<'_>,
    values: &mut Values<'_, '_>,
    mistakes: &mut Mistakes,
) -> Option<Operation> {
    let value = values.read(spot, &["remove"], None, mistakes);
    let remove = spot.child("remove").map(|spot| texts(&spot, WHAT, mistakes));
    if remove.is_none() && spot.is_map() {
        mistakes.add(&spot.named("remove"), "missing; give what it says when a row takes its key out");
    }
    Some(Operation { value: value?, remove: remove?.into_iter().map(|(text, _)| text).collect() })
}
