//! A value that a JSON file says of itself.

use std::io::Read;
use std::ops::ControlFlow::{self, Break, Continue};

use super::input::{Input, malformed};
use super::outline::members;
use super::scan::Scan;
use crate::limits::Limits;
use crate::malformed::ReadError;
use crate::nested::{Names, ROOT, Record, Step, Trail, dotted};

/// Returns the value at a path from the top, the first there is: objects on the way are passed through member by member, whatever
/// their size; of files of several values, the first that has it counts.
///
/// # Errors
/// [`Malformed`](crate::Malformed), if it is not JSON up to the value, or beyond the limits; an I/O error of the input.
pub(crate) fn declared(input: &mut dyn Read, path: &str, limits: &Limits) -> Result<Option<String>, ReadError> {
    let steps = dotted(path);
    let mut input = Input::new(input, *limits)?;
    let mut found = None;
    while found.is_none() && input.peek()?.is_some() {
        let _ = look(&mut input, &steps, &mut found, 0)?;
    }
    Ok(found)
}

fn look(
    input: &mut Input<'_>,
    steps: &[Step],
    found: &mut Option<String>,
    depth: usize,
) -> Result<ControlFlow<()>, ReadError> {
    match (input.peek()?, steps.split_first()) {
        (Some(b'{'), Some((Step::Member(name), rest))) => members(input, depth, |input, member| {
            if member == name.as_bytes() {
                return look(input, rest, found, depth + 1);
            }
            input.pass(depth + 1)?;
            Ok(Continue(()))
        }),
        // An array, or what is looked for: small enough to be read as one.
        _ => {
            *found = value(input, steps, depth)?;
            Ok(if found.is_some() { Break(()) } else { Continue(()) })
        }
    }
}

fn value(input: &mut Input<'_>, steps: &[Step], depth: usize) -> Result<Option<String>, ReadError> {
    let mut names = Names::new('.');
    let trail = Trail::new(steps, false, &mut names);
    let mut scan = Scan::new(input.limits, names);
    let length = input.value(&mut scan, ROOT, depth)?.map_err(malformed)?;
    let text = input.rest().get(..length).unwrap_or_default();
    let value = trail.first(Record { raw: text, tree: &scan.tree, shown: (0, 0) });
    input.skip(length);
    Ok(value)
}
