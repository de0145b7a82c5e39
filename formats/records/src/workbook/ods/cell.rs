//! A cell of an open document: its value by its attributes, or its paragraphs.

use std::io::BufRead;

use calamine::{CellErrorType, Data};
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{Document, NO_XML, ended, why};
use crate::malformed::{Malformed, ReadError, Reason};
use crate::workbook::unreadable;

/// What comes next in a cell.
enum InCell {
    /// Something that is text.
    Text,
    /// An element inside of which more text may be.
    Inside,
    /// A comment that is no part of the value.
    Comment,
    /// The end of an element.
    End,
}

/// What a cell says in its attributes.
#[derive(Default)]
pub(super) struct Said {
    kind: String,
    value: Option<String>,
    is_error: bool,
    pub(super) repeated: u32,
}

impl<R: BufRead> Document<R> {
    /// Reads the value of the cell that was begun.
    pub(super) fn read_value(&mut self, said: Said) -> Result<Data, ReadError> {
        let Said { kind, value, is_error, .. } = said;
        if is_error {
            self.skip()?;
            return Ok(Data::Error(CellErrorType::Value));
        }
        if kind == "string" && value.is_none() {
            return Ok(Data::String(self.read_text()?));
        }
        self.skip()?;
        let Some(value) = value else { return Ok(Data::Empty) };
        Ok(match kind.as_str() {
            "date" => Data::DateTimeIso(value),
            "time" => Data::DurationIso(value),
            "boolean" => Data::Bool(value.eq_ignore_ascii_case("true")),
            "float" | "currency" | "percentage" => value.parse().map_or(Data::String(value), Data::Float),
            _ => Data::String(value),
        })
    }

    /// Reads the paragraphs of the cell that was begun.
    fn read_text(&mut self) -> Result<String, ReadError> {
        let (mut text, mut depth, mut is_first) = (String::new(), 1_usize, true);
        loop {
            let most = self.limits.value_bytes;
            let next = match self.next()? {
                Event::Text(part) => {
                    text.push_str(&part.xml10_content());
                    InCell::Text
                }
                Event::CData(part) => {
                    text.push_str(&part.xml10_content());
                    InCell::Text
                }
                Event::GeneralRef(reference) => {
                    push_reference(&reference, &mut text)?;
                    InCell::Text
                }
                Event::Start(element) => match element.local_name().as_ref() {
                    "annotation" => InCell::Comment,
                    "p" => {
                        text.push_str(if std::mem::take(&mut is_first) { "" } else { "\n" });
                        InCell::Inside
                    }
                    "s" => {
                        let count = repeated(&element, "c")?.min(most as u64 + 1);
                        text.extend((0..count).map(|_| ' '));
                        InCell::Inside
                    }
                    "tab" => {
                        text.push('\t');
                        InCell::Inside
                    }
                    "line-break" => {
                        text.push('\n');
                        InCell::Inside
                    }
                    _ => InCell::Inside,
                },
                Event::End(_) => InCell::End,
                Event::Eof => return Err(ended()),
                _ => InCell::Text,
            };
            if text.len() > most {
                return Err(Malformed::new(Reason::TooWide, format!("a value has more than {most} bytes")).into());
            }
            match next {
                InCell::Text => {}
                InCell::Inside => depth += 1,
                InCell::Comment => self.skip()?,
                InCell::End => depth -= 1,
            }
            if depth == 0 {
                return Ok(text);
            }
            self.check_depth(depth)?;
        }
    }
}

/// Reads the attributes of a cell.
pub(super) fn said(element: &BytesStart<'_>) -> Result<Said, ReadError> {
    let mut said = Said { repeated: 1, ..Said::default() };
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| unreadable(NO_XML))?;
        let value = || attribute.normalized_value(XmlVersion::Explicit1_0).map(String::from).map_err(why);
        match attribute.key.local_name().as_ref() {
            // The office calls an error a text; its maker says what it is.
            "value-type" if attribute.value == "error" => said.is_error = true,
            "value-type" if said.kind.is_empty() => said.kind = value()?,
            "value" | "date-value" | "time-value" | "boolean-value" | "string-value" => said.value = Some(value()?),
            "number-columns-repeated" => said.repeated = number(&value()?)?.try_into().unwrap_or(u32::MAX),
            _ => {}
        }
    }
    Ok(said)
}

/// Returns how often an element stands there: once, where it does not say.
pub(super) fn repeated(element: &BytesStart<'_>, name: &str) -> Result<u64, ReadError> {
    attribute(element, name)?.map_or(Ok(1), |text| number(&text))
}

fn number(text: &str) -> Result<u64, ReadError> {
    text.trim().parse().map_err(|_| unreadable("has a number of repetitions that is none").into())
}

/// Returns an attribute by its local name.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, ReadError> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| unreadable(NO_XML))?;
        if attribute.key.local_name().as_ref() == name {
            return attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map(|value| Some(value.into_owned()))
                .map_err(why);
        }
    }
    Ok(None)
}

/// Appends the character that a reference stands for.
fn push_reference(reference: &BytesRef<'_>, text: &mut String) -> Result<(), ReadError> {
    if let Some(character) = reference.resolve_char_ref().map_err(why)? {
        text.push(character);
        return Ok(());
    }
    let known = resolve_predefined_entity(&reference.xml10_content()).map(str::to_owned);
    text.push_str(&known.ok_or_else(|| Malformed::new(Reason::Entity, "refers to an entity"))?);
    Ok(())
}
