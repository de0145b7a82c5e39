//! XML: elements at a path are records.
//!
//! A file is read event by event with one record in memory. Names are local ones: namespace prefixes count for nothing. Document
//! types and entities are refused, whatever they declare.

mod declared;
mod event;
mod record;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod way;

use std::io::Read;
use std::ops::ControlFlow;

pub(crate) use declared::declared;
use event::{Event, Events};
use record::Builder;
use text::Text;
use way::Way;

use crate::batch::{Batch, State};
use crate::format::Xml;
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::nested::{Grammar, Names, Plan, ROOT, Record, Sink, Step, slashed};
use crate::wanted::{Reading, Wanted};

/// Reads an XML file.
///
/// # Errors
/// [`Malformed`], if it is not XML with records at the path, or beyond the limits; an I/O error of the input.
pub(crate) fn read(
    input: &mut dyn Read,
    xml: &Xml,
    wanted: &Wanted,
    limits: &Limits,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    let mut names = Names::new('/');
    let plan = Plan::new(wanted, Grammar { steps: slashed, repeats: true }, &mut names, ROOT);
    let mut sink = Sink::new(plan, take);
    let mut builder = Builder::new(names, *limits);
    let mut events = Events::new(input, *limits)?;
    let mut way = Way::new(names_of(&xml.record));
    let mut number = 0;
    let mut has_root = false;
    let mut is_over = false;
    while !is_over {
        events.text().mark();
        match events.next()? {
            Event::Open(element) => {
                has_root = true;
                if way.open(element.name()) {
                    builder.begin(&element)?;
                    builder.read(&mut events)?;
                    way.close();
                    number += 1;
                    is_over = take_record(&builder, events.text(), &mut sink, number).is_break();
                }
            }
            Event::Close => way.close(),
            Event::Text(_) | Event::Nothing => {}
            Event::End if has_root && !way.was_near() => return Err(not_there()),
            Event::End => is_over = true,
        }
    }
    let mut reading = sink.finish();
    reading.others = builder.names.others(ROOT);
    reading.unpacked_bytes = events.text().bytes;
    Ok(reading)
}

fn take_record(builder: &Builder, text: &Text<'_>, sink: &mut Sink<'_>, number: u64) -> ControlFlow<()> {
    let raw = text.kept().as_bytes();
    let record = Record { raw, tree: &builder.tree, shown: (0, raw.len() as u32) };
    if !text.is_text() {
        return sink.broken(record, Some(0), number, State::Encoding);
    }
    sink.record(record, 0, number)
}

fn names_of(path: &str) -> Vec<String> {
    let names = slashed(path).into_iter().filter_map(|step| match step {
        Step::Member(name) => Some(name),
        Step::Nth(_) | Step::Every | Step::Where(..) => None,
    });
    names.collect()
}

fn not_there() -> ReadError {
    Malformed::new(
        Reason::NoRecords,
        "there is no element to hold records where it is declared; check the path of the format",
    )
    .into()
}
