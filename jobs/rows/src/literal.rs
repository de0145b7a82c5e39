//! Literals of conditions as values of the columns that they are compared with.

use std::cmp::Ordering;

use arrow_schema::DataType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carelake_conditions::{Literal, Number, Question, Units};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::cell::Cell;

/// A literal, as the column counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Typed {
    Text(String),
    Bytes(Vec<u8>),
    Bool(bool),
    /// In units of the scale of the column.
    Units(Units),
    Real(f64),
    /// Of a column of texts, which are read as numbers.
    Number(Number),
    Day(i64),
    Clock(i64),
    Instant(i128),
}

/// Returns a question as a column of a type is asked it. Lists of many literals are in their order, so that they are searched.
///
/// # Errors
/// What can be written instead.
pub(crate) fn question(question: &Question<Literal>, kind: &DataType) -> Result<Question<Typed>, &'static str> {
    Ok(match question {
        Question::IsNull => Question::IsNull,
        Question::Compare(comparison, literal) => Question::Compare(*comparison, typed(literal, kind)?),
        Question::In(literals) => {
            let mut typed = literals.iter().map(|literal| typed(literal, kind)).collect::<Result<Vec<_>, _>>()?;
            typed.sort_by(order);
            Question::In(typed)
        }
    })
}

fn typed(literal: &Literal, kind: &DataType) -> Result<Typed, &'static str> {
    use DataType::{
        Binary, BinaryView, Boolean, Date32, Date64, Decimal32, Decimal64, Decimal128, Decimal256, FixedSizeBinary,
        Float16, Float32, Float64, LargeBinary, LargeUtf8, Time32, Time64, Timestamp, Utf8, Utf8View,
    };
    match kind {
        Utf8 | LargeUtf8 | Utf8View => match literal {
            Literal::Text(text) => Ok(Typed::Text(text.clone())),
            Literal::Number(number) => Ok(Typed::Number(number.clone())),
            Literal::Bool(_) => Err("is compared with 'text' or a number"),
        },
        Boolean => match literal {
            Literal::Bool(is_so) => Ok(Typed::Bool(*is_so)),
            _ => Err("is compared with true or false"),
        },
        kind if kind.is_integer() => Ok(Typed::Units(number(literal)?.units(0))),
        Decimal32(_, scale) | Decimal64(_, scale) | Decimal128(_, scale) => {
            Ok(Typed::Units(number(literal)?.units((*scale).into())))
        }
        Decimal256(_, _) => Ok(Typed::Number(number(literal)?)),
        Float64 => real(literal, |text| text.parse().ok()),
        Float32 | Float16 => real(literal, |text| text.parse::<f32>().ok().map(f64::from)),
        Date32 | Date64 => {
            let day =
                text(literal).and_then(|text| text.parse::<Date>().ok()).ok_or("is compared with '2026-11-01'")?;
            let at = Offset::UTC.to_timestamp(day.into()).map_err(|_| "is compared with '2026-11-01'")?;
            Ok(Typed::Day(at.as_second().div_euclid(86_400)))
        }
        Timestamp(_, _) => {
            let at = text(literal).and_then(moment).ok_or("is compared with '2026-11-01' or '2026-11-01T08:30:00Z'")?;
            Ok(Typed::Instant(at.as_nanosecond()))
        }
        Time32(_) | Time64(_) => {
            let time = text(literal).and_then(|text| text.parse::<Time>().ok()).ok_or("is compared with '08:30:00'")?;
            let nanos = time.duration_since(Time::midnight()).as_nanos();
            Ok(Typed::Clock(i64::try_from(nanos).map_err(|_| "is compared with '08:30:00'")?))
        }
        Binary | LargeBinary | BinaryView | FixedSizeBinary(_) => {
            let bytes = text(literal).and_then(|text| STANDARD.decode(text).ok());
            Ok(Typed::Bytes(bytes.ok_or("is compared with its bytes in base64")?))
        }
        DataType::Null => Ok(Typed::Bool(false)),
        _ => Err("only `is null` and `is not null` can be asked of it, or a member such as address.city or tags[0]"),
    }
}

fn text(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::Text(text) => Some(text),
        _ => None,
    }
}

fn number(literal: &Literal) -> Result<Number, &'static str> {
    let number = match literal {
        Literal::Number(number) => Some(number.clone()),
        Literal::Text(text) => Number::parse(text),
        Literal::Bool(_) => None,
    };
    number.ok_or("is compared with a number")
}

fn real(literal: &Literal, read: impl Fn(&str) -> Option<f64>) -> Result<Typed, &'static str> {
    read(&number(literal)?.to_string()).map(Typed::Real).ok_or("is compared with a number")
}

/// Reads a moment; without an offset it is UTC.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

/// Compares two literals of one column.
fn order(one: &Typed, other: &Typed) -> Ordering {
    match (one, other) {
        (Typed::Text(one), Typed::Text(other)) => one.cmp(other),
        (Typed::Bytes(one), Typed::Bytes(other)) => one.cmp(other),
        (Typed::Units(one), Typed::Units(other)) => one.cmp(other),
        (Typed::Real(one), Typed::Real(other)) => one.total_cmp(other),
        (Typed::Number(one), Typed::Number(other)) => one.cmp(other),
        (Typed::Day(one), Typed::Day(other)) => one.cmp(other),
        (Typed::Clock(one), Typed::Clock(other)) => one.cmp(other),
        (Typed::Instant(one), Typed::Instant(other)) => one.cmp(other),
        // Numbers that are looked for among texts come behind the texts.
        (Typed::Text(_), Typed::Number(_)) => Ordering::Less,
        (Typed::Number(_), Typed::Text(_)) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

/// Compares a cell with a literal; none where they cannot be: a text that is no number, or no number at all.
pub(crate) fn compare(literal: &Typed, cell: &Cell<'_>) -> Option<Ordering> {
    Some(match (cell, literal) {
        (Cell::Text(text), Typed::Text(literal)) => (*text).cmp(literal.as_str()),
        (Cell::Text(text), Typed::Number(literal)) => Number::parse(text)?.cmp(literal),
        (Cell::Digits(text), Typed::Number(literal)) => Number::parse(text)?.cmp(literal),
        (Cell::Bytes(bytes), Typed::Bytes(literal)) => (*bytes).cmp(literal.as_slice()),
        (Cell::Bool(is_so), Typed::Bool(literal)) => is_so.cmp(literal),
        (Cell::Whole(units) | Cell::Decimal(units, _), Typed::Units(literal)) => literal.compare(*units),
        (Cell::Real(number), Typed::Real(literal)) => number.partial_cmp(literal)?,
        (Cell::Single(number), Typed::Real(literal)) => f64::from(*number).partial_cmp(literal)?,
        (Cell::Day(day), Typed::Day(literal)) => day.cmp(literal),
        (Cell::Clock(nanos), Typed::Clock(literal)) => nanos.cmp(literal),
        (Cell::Instant(nanos, _), Typed::Instant(literal)) => nanos.cmp(literal),
        _ => return None,
    })
}

/// Returns the answer of a cell.
pub(crate) fn answer(question: &Question<Typed>, cell: Option<Cell<'_>>) -> Option<bool> {
    /// From so many literals on, they are searched by halves.
    const MANY: usize = 8;
    match (question, &cell) {
        (Question::In(literals), Some(cell))
            if literals.len() > MANY && !matches!(literals.last(), Some(Typed::Number(_))) =>
        {
            let found = literals.binary_search_by(|literal| {
                // A cell that compares with no literal of its column is no number, and is none of them.
                compare(literal, cell).unwrap_or(Ordering::Less).reverse()
            });
            match (found, literals.first()) {
                (Ok(_), _) => Some(true),
                (Err(_), Some(first)) => compare(first, cell).map(|_| false),
                (Err(_), None) => Some(false),
            }
        }
        _ => question.answer(cell, compare),
    }
}
