//! JSON: arrays of records, at the top or at a path; records one after the other; arrays with names of columns; FHIR Bundles.
//!
//! A file is read in one pass with one record in memory: what is wanted of it becomes a tree, the rest is only checked. A syntax
//! error in an array makes the file something else than JSON; of records that come one after the other, only one is broken.

mod declared;
mod input;
mod outline;
mod plain;
#[cfg(test)]
mod properties;
mod records;
mod scan;
#[cfg(test)]
mod tests;
mod token;

use std::io::Read;
use std::ops::ControlFlow;

pub(crate) use declared::declared;
use input::Input;
use outline::{Target, What, not_there, walk};
use records::Records;
use scan::Scan;

use crate::batch::Batch;
use crate::format::Json;
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::nested::{Grammar, Names, Plan, ROOT, Sink, Step, dotted};
use crate::wanted::{Reading, Wanted};

/// The member of an entry of a Bundle that is a record.
const RESOURCE: &str = "resource";

/// Reads a JSON file.
///
/// # Errors
/// [`Malformed`], if it is not JSON of the declared shape, or beyond the limits; an I/O error of the input.
pub(crate) fn read(
    input: &mut dyn Read,
    json: &Json,
    wanted: &Wanted,
    limits: &Limits,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    let mut names = Names::new('.');
    let inner = match json {
        Json::Bundle => names.lead(ROOT, &[Step::Member(RESOURCE.to_owned())]),
        _ => ROOT,
    };
    let grammar = Grammar { steps: dotted, repeats: false };
    let plan = Plan::new(wanted, grammar, &mut names, inner);
    let has_columns = matches!(json, Json::Columns { .. });
    let mut records = Records::new(Scan::new(*limits, names), Sink::new(plan, take), inner, has_columns);
    let mut input = Input::new(input, *limits)?;
    if let Some(first) = input.peek()? {
        let targets = targets(json);
        let is_right = match first {
            b'{' => targets.iter().all(|target| !target.names.is_empty()),
            b'[' => *json != Json::Lines,
            _ => false,
        };
        if !is_right {
            return Err(not_the_shape());
        }
        let flow = if *json == Json::Lines {
            records.values(&mut input)?
        } else {
            document(&mut input, &targets, &mut records)?
        };
        if flow.is_continue() && !records.is_found {
            return Err(not_there("records"));
        }
    }
    let mut reading = records.sink.finish();
    reading.others = records.scan.names.others(inner);
    reading.unpacked_bytes = input.bytes;
    Ok(reading)
}

fn document(
    input: &mut Input<'_>,
    targets: &[Target],
    records: &mut Records<'_>,
) -> Result<ControlFlow<()>, ReadError> {
    let flow = walk(input, targets, records, 0)?;
    if flow.is_continue() && input.peek()?.is_some() {
        return Err(Malformed::new(Reason::NotTheFormat, "there is text after the end of the JSON value").into());
    }
    if flow.is_continue() && records.is_waiting() {
        return Err(not_there("names of columns"));
    }
    Ok(flow)
}

fn targets(json: &Json) -> Vec<Target> {
    let target = |path: &str, what| Target { names: names_of(path), what };
    match json {
        Json::Array { path } => vec![target(path, What::Records)],
        Json::Lines => Vec::new(),
        Json::Columns { columns, rows } => vec![target(columns, What::Columns), target(rows, What::Records)],
        Json::Bundle => vec![target("entry", What::Records)],
    }
}

/// Returns the names of a path to an array; it goes through every item of lists on the way.
fn names_of(path: &str) -> Vec<String> {
    let names = dotted(path).into_iter().filter_map(|step| match step {
        Step::Member(name) => Some(name),
        Step::Nth(_) | Step::Every | Step::Where(..) => None,
    });
    names.collect()
}

fn not_the_shape() -> ReadError {
    Malformed::new(Reason::NotTheFormat, "the file does not begin as JSON of the declared shape does").into()
}
