//! Rows as lines of JSON, for a person who looks at them: dates as they are written, empty texts as such, and no value left out unsaid.

use std::fmt::Write as _;

use bumpalo::Bump;
use thiserror::Error;

use super::rows::{Cell, rows};
use super::typed;
use crate::eval::{Bundle, Fault, Few, References, Value, World};
use crate::json::{Resource, Shape};
use crate::view::{Column, Kind, View, Views};

/// Why the rows of a resource cannot be shown. It holds nothing of the resource.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{view}{}: {what}", column.as_ref().map(|column| format!(".{column}")).unwrap_or_default())]
pub struct RowError {
    /// The view.
    pub view: String,
    /// The column, if it is one of them.
    pub column: Option<String>,
    /// What it is.
    pub what: &'static str,
}

impl Views {
    /// Writes the rows of a view for a resource, an object a line, and answers how many there are; of another type's resource none.
    ///
    /// # Errors
    /// Several values for a column that takes one, a condition that is neither true nor false, and whatever else has no value: what is
    /// null and counted in a run.
    pub fn json_rows(
        &self,
        view: usize,
        resource: &Resource<'_>,
        references: &References,
        bundle: Option<&Bundle>,
        into: &mut String,
    ) -> Result<usize, RowError> {
        let Some(view) = self.get(view).filter(|view| resource.resource_type() == Some(view.resource_type())) else {
            return Ok(0);
        };
        let Some(of_type) = self.types.get(view.resource_type()) else { return Ok(0) };
        let bump = Bump::new();
        let world = World::new(&self.program, resource, &bump, references, bundle);
        let frame = world.frame(&of_type.scope, world.resource(), 0);
        let Some(block) = rows(&world, &frame, view).map_err(|fault| error(view, None, fault))? else { return Ok(0) };
        for row in 0..block.rows {
            for (at, (cell, column)) in block.row(row).iter().zip(view.columns()).enumerate() {
                into.push(if at == 0 { '{' } else { ',' });
                quoted(column.name(), into);
                into.push(':');
                write_cell(&world, column, *cell, into).map_err(|fault| error(view, Some(column), fault))?;
            }
            into.push_str("}\n");
        }
        Ok(block.rows)
    }
}

fn error(view: &View, column: Option<&Column>, fault: Fault) -> RowError {
    let column = column.map(|column| column.name().to_owned());
    RowError { view: view.name().to_owned(), column, what: fault.what() }
}

fn write_cell(world: &World<'_>, column: &Column, cell: Cell<'_>, into: &mut String) -> Result<(), Fault> {
    let found = match cell {
        Cell::Found(found) => found,
        Cell::Unresolved => Few::None,
        Cell::Fault(fault) => return Err(fault),
    };
    if column.is_collection {
        into.push('[');
        for (at, value) in found.items().iter().enumerate() {
            if at > 0 {
                into.push(',');
            }
            write_value(world, column.kind, value, into);
        }
        into.push(']');
    } else {
        match found.single()? {
            None => into.push_str("null"),
            Some(value) => write_value(world, column.kind, &value, into),
        }
    }
    Ok(())
}

/// Writes a value that its column can hold as it stands in the resource, or as FHIR would write it.
fn write_value(world: &World<'_>, kind: Kind, value: &Value<'_>, into: &mut String) {
    if value.is_bare() {
        into.push_str("null");
        return;
    }
    let is_such = match kind {
        Kind::Boolean => typed::boolean(world, value).map(|value| into.push_str(if value { "true" } else { "false" })),
        // Writing to a text cannot fail.
        Kind::Int32 { least } => {
            typed::int32(world, least, value).map(|value| write!(into, "{value}").unwrap_or_default())
        }
        Kind::Int64 => typed::integer(world, value).map(|value| write!(into, "{value}").unwrap_or_default()),
        Kind::Decimal { precision, scale } => {
            typed::decimal(world, precision, scale, value).map(|_| into.push_str(as_is(world, value)))
        }
        Kind::Double => typed::double(world, value).map(|_| into.push_str(as_is(world, value))),
        Kind::Date => typed::days(world, value).map(|_| quoted(as_is(world, value), into)),
        Kind::Timestamp => typed::micros(world, value).map(|_| quoted(as_is(world, value), into)),
        Kind::Text | Kind::Json | Kind::Any => typed::text(world, kind, value).map(|text| {
            if kind == Kind::Json || is_json(world, kind, value) {
                // A resource that was written over several lines stays in one.
                text.split(['\n', '\r']).for_each(|line| into.push_str(line));
            } else {
                quoted(text, into);
            }
        }),
    };
    if is_such.is_none() {
        into.push_str("null");
    }
}

/// Says whether what has no declared type is another value of JSON than text.
fn is_json(world: &World<'_>, kind: Kind, value: &Value<'_>) -> bool {
    kind == Kind::Any
        && match value {
            Value::Element(element) => world.tree.shape(element.at) != Shape::Text,
            Value::Boolean(_) | Value::Integer(_) | Value::Decimal(_) => true,
            Value::Text(_) | Value::Moment(_) | Value::Clock(_) => false,
        }
}

/// Returns a value as it stands in the resource, or as FHIR would write it.
fn as_is<'a>(world: &World<'a>, value: &Value<'a>) -> &'a str {
    match value {
        Value::Element(element) => world.tree.raw(element.at).unwrap_or_default(),
        _ => typed::written(world, value).unwrap_or("null"),
    }
}

/// Writes a text with its quotes and escapes.
fn quoted(text: &str, into: &mut String) {
    into.push('"');
    for character in text.chars() {
        match character {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            '\0'..='\u{1f}' => write!(into, "\\u{:04x}", u32::from(character)).unwrap_or_default(),
            _ => into.push(character),
        }
    }
    into.push('"');
}
