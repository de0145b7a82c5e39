//! How each column is asked for, and what becomes of its values: in binary where that is handy, else as the text of the type's own
//! output function, since a cast may say something else (`inet` to text adds a mask).

use crate::address::Engine;
use crate::kind::{Kind, TypeChoice};
use crate::postgres::connection::Described;
use crate::postgres::fault::Fault;
use crate::postgres::quoted;
use crate::postgres::rows::cells::Cells;
use crate::postgres::rows::values::{Digits, Elements, Long, Values, Width, Written, empty};
use crate::postgres::types::{Types, Wired, oid};
use crate::reading::{Specials, Wanted};
use crate::relation::Column;

/// Digits of an amount of money.
const MONEY_DIGITS: u8 = 19;

/// A column that is read.
pub(super) struct Asked {
    /// What stands in the statement.
    pub(super) expression: String,
    /// What the server must say of it, where it is asked for as it is.
    pub(super) expected: Option<(i16, Wired)>,
    pub(super) cells: Cells,
    /// Whether a value of it can make that its row is refused.
    pub(super) may_refuse: bool,
}

/// What a connection knows that columns depend on.
#[derive(Clone, Copy)]
pub(in crate::postgres) struct Known<'a> {
    pub(in crate::postgres) types: &'a Types,
    /// Whether the server saw to it that texts are UTF-8.
    pub(in crate::postgres) is_checked: bool,
}

impl Asked {
    pub(super) fn new(column: &Column, wanted: &Wanted, specials: Specials, known: Known<'_>) -> Result<Self, Fault> {
        let of = Wired::of(column.wire);
        let name = quoted::name(&column.name);
        let kind = column.kind.chosen(Engine::Postgres, wanted.choice.as_ref(), specials);
        let (expression, values) = match &wanted.choice {
            None => asked(&name, of, &column.kind, &kind, specials, known)?,
            Some(choice) => chosen(&name, of, choice, known)?,
        };
        let is_bare = expression == name;
        let may_refuse = wanted.choice.is_some() || matches!(values, Values::Lists { .. });
        Ok(Self {
            expected: is_bare.then_some((i16::try_from(column.number).map_err(|_| Fault::Changed)?, of)),
            expression,
            cells: Cells::new(column.name.clone(), kind.arrow(), specials, known.is_checked, values),
            may_refuse,
        })
    }

    /// Returns whether the server says of this column what the plan says.
    pub(super) fn is(&self, found: &Described, table: u32) -> bool {
        self.expected.is_none_or(|(number, of)| {
            found.table == table && found.number == number && found.of == of.oid && found.modifier == of.modifier
        })
    }
}

fn texts(written: Written) -> Values {
    Values::Texts(written, Long::new())
}

/// Returns what is written by the type's own output function.
fn output(name: &str, of: Wired, known: Known<'_>) -> Result<String, Fault> {
    if of.oid == oid::MONEY {
        return Ok(format!("({name}::pg_catalog.numeric)::pg_catalog.text"));
    }
    let known = known.types.get(of.oid).ok_or(Fault::Changed)?;
    if known.name == "hstore" {
        return Ok(format!("({name}::pg_catalog.json)::pg_catalog.text"));
    }
    Ok(format!("pg_catalog.textin({}({name}))", known.output))
}

/// Returns how a text comes in binary, if it does.
fn written(of: Wired, known: Known<'_>) -> Option<Written> {
    match of.oid {
        oid::TEXT | oid::VARCHAR | oid::NAME | oid::JSON => Some(Written::Plain),
        oid::BPCHAR => Some(Written::Padded),
        oid::JSONB => Some(Written::Jsonb),
        oid::UUID => Some(Written::Uuid),
        other => known.types.get(other).filter(|of| of.is_enum || of.name == "citext").map(|_| Written::Plain),
    }
}

/// Returns what holds values that come in binary, if they do.
fn binary(of: Wired, kind: &Kind, known: Known<'_>) -> Option<Values> {
    match (kind, of.oid) {
        (Kind::Integer, oid::INT2) => Some(Values::Integers(Width::Two, Vec::new())),
        (Kind::Integer, oid::INT4) => Some(Values::Integers(Width::Four, Vec::new())),
        (Kind::Integer, oid::OID) => Some(Values::Integers(Width::Unsigned, Vec::new())),
        (Kind::Integer, _) => Some(Values::Integers(Width::Eight, Vec::new())),
        (Kind::Decimal { precision, scale }, _) => {
            let of = Digits::Numeric;
            Some(Values::Decimals { of, precision: *precision, scale: *scale, values: Vec::new() })
        }
        (Kind::Money { scale }, _) => {
            let of = Digits::Money;
            Some(Values::Decimals { of, precision: MONEY_DIGITS, scale: *scale, values: Vec::new() })
        }
        (Kind::Text, _) => written(of, known).map(texts),
        (kind, _) => empty(kind),
    }
}

/// Returns what a column is asked for as, and what holds it. `own` is what its type says, `kind` what the specials make of it.
fn asked(
    name: &str,
    of: Wired,
    own: &Kind,
    kind: &Kind,
    specials: Specials,
    known: Known<'_>,
) -> Result<(String, Values), Fault> {
    if let Kind::List(element) = kind {
        let wired = known.types.element(of).ok_or(Fault::Changed)?;
        let is_same = own == kind;
        let values = if is_same { binary(wired, element, known) } else { None };
        let delimiter = known.types.get(of.oid).map_or(b',', |of| of.delimiter);
        let (expression, form, values) = match values {
            Some(values) => (name.to_owned(), Elements::Binary, values),
            None => (output(name, of, known)?, Elements::Literal(delimiter), texts(Written::Plain)),
        };
        let child = Cells::new(element_name(name), element.arrow(), specials, known.is_checked, values);
        return Ok((expression, Values::Lists { of: form, ends: vec![0], child: Box::new(child) }));
    }
    match if own == kind { binary(of, kind, known) } else { None } {
        Some(values) => Ok((name.to_owned(), values)),
        None => Ok((output(name, of, known)?, texts(Written::Plain))),
    }
}

fn element_name(name: &str) -> String {
    name.trim_matches('"').replace("\"\"", "\"")
}

/// Returns the same where the configuration chose a type.
fn chosen(name: &str, of: Wired, choice: &TypeChoice, known: Known<'_>) -> Result<(String, Values), Fault> {
    let is_whole = [oid::INT2, oid::INT4, oid::INT8].contains(&of.oid);
    Ok(match choice {
        TypeChoice::Boolean if of.oid == oid::BOOL => {
            (name.to_owned(), binary(of, &Kind::Boolean, known).ok_or(Fault::Choice)?)
        }
        TypeChoice::Boolean if is_whole => {
            (format!("{name}::pg_catalog.int8"), Values::Flags(arrow_buffer::BooleanBufferBuilder::new(0)))
        }
        TypeChoice::Decimal { precision, scale } if is_whole || of.oid == oid::NUMERIC => {
            let expression = if is_whole { format!("{name}::pg_catalog.numeric") } else { name.to_owned() };
            let (precision, scale) = (*precision, *scale);
            (expression, Values::Decimals { of: Digits::Numeric, precision, scale, values: Vec::new() })
        }
        TypeChoice::Uuid if [oid::UUID, oid::BYTEA].contains(&of.oid) => (name.to_owned(), texts(Written::Uuid)),
        TypeChoice::Json => (format!("(pg_catalog.to_json({name}))::pg_catalog.text"), texts(Written::Plain)),
        TypeChoice::Repaired if [oid::TEXT, oid::VARCHAR, oid::BPCHAR].contains(&of.oid) => {
            let is_padded = of.oid == oid::BPCHAR;
            let expression = if is_padded { format!("{name}::pg_catalog.text") } else { name.to_owned() };
            (expression, texts(Written::Repaired))
        }
        _ => return Err(Fault::Choice),
    })
}

/// Returns the text of a column, written as [`crate::checksum()`] writes the values that are read of it; null where those are.
pub(in crate::postgres) fn written_as(column: &Column, name: &str, known: Known<'_>) -> Result<String, Fault> {
    let of = Wired::of(column.wire);
    Ok(match &column.kind {
        Kind::Decimal { .. } if of.oid == oid::NUMERIC => format!("nullif({name}, 'NaN')::pg_catalog.text"),
        Kind::Float => format!("encode(pg_catalog.float4send({name}), 'hex')"),
        Kind::Double => format!("encode(pg_catalog.float8send({name}), 'hex')"),
        Kind::Date => format!("CASE WHEN isfinite({name}) THEN ({name} - date '1970-01-01')::pg_catalog.text END"),
        Kind::Time => format!("(extract(epoch FROM {name}) * 1000000)::pg_catalog.int8::pg_catalog.text"),
        Kind::Interval => format!("encode(pg_catalog.interval_send({name}), 'hex')"),
        Kind::Bytes | Kind::Geometry => format!("encode({name}::pg_catalog.bytea, 'hex')"),
        Kind::Boolean => format!("{name}::pg_catalog.text"),
        Kind::List(_) | Kind::Set(_) => "NULL".to_owned(),
        _ if written(of, known).is_some() => format!("{name}::pg_catalog.text"),
        _ => output(name, of, known)?,
    })
}
