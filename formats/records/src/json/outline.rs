//! The outline of a JSON document: on the way to its records, what is not on the way is passed by.

use std::ops::ControlFlow::{self, Break, Continue};

use super::input::{Input, malformed};
use super::records::Records;
use super::token::Stop;
use crate::malformed::{Malformed, ReadError, Reason};

/// Something that is looked for: the names that lead to it, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) names: Vec<String>,
    pub(super) what: What,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// An array of records.
    Records,
    /// An array of names of columns.
    Columns,
}

/// Reads a value on the way to the targets, `depth` levels down.
pub(super) fn walk(
    input: &mut Input<'_>,
    targets: &[Target],
    records: &mut Records<'_>,
    depth: usize,
) -> Result<ControlFlow<()>, ReadError> {
    if let Some(target) = targets.iter().find(|target| target.names.is_empty()) {
        return records.array(input, target.what, depth);
    }
    match input.peek()? {
        _ if targets.is_empty() => {
            input.pass(depth)?;
            Ok(Continue(()))
        }
        Some(b'{') => members(input, depth, |input, name| {
            let inner: Vec<_> = targets.iter().filter_map(|target| target.after(name)).collect();
            walk(input, &inner, records, depth + 1)
        }),
        Some(b'[') => items(input, depth, |input| walk(input, targets, records, depth + 1)),
        Some(_) => {
            input.pass(depth)?;
            Ok(Continue(()))
        }
        None => Err(malformed(Stop::End)),
    }
}

impl Target {
    fn after(&self, name: &[u8]) -> Option<Self> {
        let (first, rest) = self.names.split_first()?;
        (first.as_bytes() == name).then(|| Self { names: rest.to_vec(), what: self.what })
    }
}

/// Reads an object: for each member its value is to be read.
pub(super) fn members<'a>(
    input: &mut Input<'a>,
    depth: usize,
    mut read: impl FnMut(&mut Input<'a>, &[u8]) -> Result<ControlFlow<()>, ReadError>,
) -> Result<ControlFlow<()>, ReadError> {
    list(input, depth, b'}', |input| {
        let name = input.string()?;
        if input.byte()? != b':' {
            return Err(malformed(Stop::Syntax(0)));
        }
        read(input, &name)
    })
}

/// Reads an array: each item is to be read.
pub(super) fn items<'a>(
    input: &mut Input<'a>,
    depth: usize,
    read: impl FnMut(&mut Input<'a>) -> Result<ControlFlow<()>, ReadError>,
) -> Result<ControlFlow<()>, ReadError> {
    list(input, depth, b']', read)
}

fn list<'a>(
    input: &mut Input<'a>,
    depth: usize,
    close: u8,
    mut read: impl FnMut(&mut Input<'a>) -> Result<ControlFlow<()>, ReadError>,
) -> Result<ControlFlow<()>, ReadError> {
    if depth >= input.limits.depth {
        return Err(malformed(Stop::Deep));
    }
    input.byte()?;
    if input.peek()? == Some(close) {
        input.byte()?;
        return Ok(Continue(()));
    }
    loop {
        if read(input)?.is_break() {
            return Ok(Break(()));
        }
        match input.byte()? {
            b',' => {}
            byte if byte == close => return Ok(Continue(())),
            _ => return Err(malformed(Stop::Syntax(0))),
        }
    }
}

/// Says that something is not where it is declared to be.
pub(super) fn not_there(what: &str) -> ReadError {
    Malformed::new(
        Reason::NoRecords,
        format!("there is no array of {what} where it is declared; check the path of the format"),
    )
    .into()
}
