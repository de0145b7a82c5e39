//! The records of a JSON file, one at a time.

use std::io::Read;
use std::ops::ControlFlow::{self, Continue};

use super::input::{Input, malformed};
use super::outline::{What, items};
use super::scan::Scan;
use super::token::Stop;
use crate::batch::State;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::nested::{NONE, ROOT, Record, Shape, Sink};

/// Reads records and hands them to the sink.
pub(super) struct Records<'a> {
    pub(super) scan: Scan,
    pub(super) sink: Sink<'a>,
    /// The member of an item that is the record, as a path; the item itself if it is [`ROOT`].
    pub(super) inner: u32,
    /// Whether items are arrays whose names are at another place of the file.
    pub(super) has_columns: bool,
    /// How many items there were.
    pub(super) number: u64,
    /// Whether the array of records was there.
    pub(super) is_found: bool,
    /// Rows that came before their names.
    held: Option<Vec<u8>>,
}

impl<'a> Records<'a> {
    pub(super) fn new(scan: Scan, sink: Sink<'a>, inner: u32, has_columns: bool) -> Self {
        Self { scan, sink, inner, has_columns, number: 0, is_found: false, held: None }
    }

    /// Reads what is where an array is declared to be, `depth` levels down. Null is an array without items.
    pub(super) fn array(
        &mut self,
        input: &mut Input<'_>,
        what: What,
        depth: usize,
    ) -> Result<ControlFlow<()>, ReadError> {
        match (input.peek()?, what) {
            (Some(b'['), What::Columns) => self.columns(input, depth),
            (Some(b'['), What::Records) if self.has_columns && self.scan.columns.is_none() => self.hold(input, depth),
            (Some(b'['), What::Records) => {
                self.is_found = true;
                items(input, depth, |input| self.item(input, depth + 1))
            }
            (Some(b'n'), _) => {
                self.is_found = true;
                input.pass(depth)?;
                Ok(Continue(()))
            }
            (Some(_), _) => Err(Malformed::new(Reason::NotTheFormat, "what is declared to be an array is none").into()),
            (None, _) => Err(malformed(Stop::End)),
        }
    }

    fn item(&mut self, input: &mut Input<'_>, depth: usize) -> Result<ControlFlow<()>, ReadError> {
        input.peek()?;
        let length = input.value(&mut self.scan, ROOT, depth)?.map_err(malformed)?;
        self.number += 1;
        let text = input.rest().get(..length).unwrap_or_default();
        let flow = take(&self.scan, &mut self.sink, text, self.inner, self.number);
        input.skip(length);
        Ok(flow)
    }

    /// Tells whether there are rows whose names did not come.
    pub(super) fn is_waiting(&self) -> bool {
        self.held.is_some()
    }

    /// Keeps rows whose names are still to come: as many bytes as one record may have.
    fn hold(&mut self, input: &mut Input<'_>, depth: usize) -> Result<ControlFlow<()>, ReadError> {
        let length = input.value(&mut self.scan, NONE, depth)?.map_err(malformed)?;
        self.is_found = true;
        self.held = Some(input.rest().get(..length).unwrap_or_default().to_vec());
        input.skip(length);
        Ok(Continue(()))
    }

    fn columns(&mut self, input: &mut Input<'_>, depth: usize) -> Result<ControlFlow<()>, ReadError> {
        let mut columns = Vec::new();
        let most = input.limits.columns;
        let names = &mut self.scan.names;
        let flow = items(input, depth, |input| {
            if columns.len() >= most {
                return Err(Malformed::new(Reason::TooWide, "there are more columns than are read").into());
            }
            let name = input.string()?;
            columns.push(names.member(ROOT, &name, NONE));
            Ok(Continue(()))
        })?;
        self.scan.columns = Some(columns);
        match self.held.take() {
            Some(held) => self.release(&held, input, depth),
            None => Ok(flow),
        }
    }

    fn release(&mut self, held: &[u8], input: &Input<'_>, depth: usize) -> Result<ControlFlow<()>, ReadError> {
        let mut held = held;
        let mut rows = Input::new(&mut held as &mut dyn Read, input.limits)?;
        self.array(&mut rows, What::Records, depth)
    }

    /// Reads values one after the other, each of which is a record; a broken one is a row.
    pub(super) fn values(&mut self, input: &mut Input<'_>) -> Result<ControlFlow<()>, ReadError> {
        self.is_found = true;
        while input.peek()?.is_some() {
            let scanned = input.value(&mut self.scan, ROOT, 0)?;
            self.number += 1;
            let flow = match scanned {
                Ok(length) => {
                    let text = input.rest().get(..length).unwrap_or_default();
                    let flow = take(&self.scan, &mut self.sink, text, self.inner, self.number);
                    input.skip(length);
                    flow
                }
                Err(stop @ (Stop::End | Stop::Syntax(_))) => self.broken(input, stop)?,
                Err(stop) => return Err(malformed(stop)),
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(Continue(()))
    }

    /// Takes a broken value as a row, and finds where the next one begins: on the next line, or, if it went over several, on the
    /// next that begins with a bracket.
    fn broken(&mut self, input: &mut Input<'_>, stop: Stop) -> Result<ControlFlow<()>, ReadError> {
        let is_over = match stop {
            Stop::Syntax(at) => input.rest().get(..at).unwrap_or_default().contains(&b'\n'),
            _ => input.rest().contains(&b'\n'),
        };
        let length = loop {
            let rest = input.rest();
            let next = memchr::memchr_iter(b'\n', rest).find(|line| !is_over || rest.get(line + 1) == Some(&b'{'));
            match next {
                Some(line) => break line,
                None if input.rest().len() > crate::nested::RECORD_BYTES => return Err(malformed(Stop::Wide)),
                None if input.fill()? => {}
                None => break input.rest().len(),
            }
        };
        let text = input.rest().get(..length).unwrap_or_default();
        let record = Record { raw: text, tree: &self.scan.tree, shown: (0, text.len() as u32) };
        let flow = self.sink.broken(record, None, self.number, State::Malformed);
        input.skip(length);
        Ok(flow)
    }
}

/// Hands one item to the sink.
fn take(scan: &Scan, sink: &mut Sink<'_>, text: &[u8], inner: u32, number: u64) -> ControlFlow<()> {
    let root = if inner == ROOT { Some(0) } else { scan.tree.member(0, scan.names.label_of(inner)) };
    let Some((root, node)) = root.and_then(|root| Some((root, scan.tree.node(root)?))) else { return Continue(()) };
    let record = Record { raw: text, tree: &scan.tree, shown: (node.start, node.length) };
    let is_columns = scan.columns.as_ref().is_some_and(|columns| columns.len() != scan.items);
    let state = match node.shape {
        _ if simdutf8::basic::from_utf8(text).is_err() => State::Encoding,
        _ if !scan.is_text => State::Malformed,
        Shape::Value(_) | Shape::Element => State::Malformed,
        Shape::Record | Shape::List if is_columns => State::FieldCount,
        Shape::Record | Shape::List => return sink.record(record, root, number),
    };
    sink.broken(record, Some(root), number, state)
}
