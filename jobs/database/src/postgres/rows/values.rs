//! The values of a column as they are put together. One `match` a cell, and no allocation for one.

use crate::kind::Kind;
use crate::postgres::connection::Octets;
use crate::postgres::fault::Fault;
use crate::postgres::rows::cells::Cells;
use crate::postgres::rows::numeric::{Unfit, numeric};
use crate::repair::{Repair, repair};

use arrow_buffer::BooleanBufferBuilder;

/// Days from 1970 to 2000, where the server begins to count.
const DAYS: i32 = 10_957;
/// The same in microseconds.
const MICROS: i64 = 946_684_800_000_000;

/// How many bytes a whole number has on the wire, and whether it has a sign.
#[derive(Debug, Clone, Copy)]
pub(super) enum Width {
    Two,
    Four,
    Eight,
    Unsigned,
}

impl Width {
    #[inline]
    fn read(self, octets: &mut Octets<'_>) -> Result<i64, Fault> {
        Ok(match self {
            Self::Two => octets.short()?.into(),
            Self::Four => octets.int()?.into(),
            Self::Eight => octets.long()?,
            Self::Unsigned => octets.unsigned()?.into(),
        })
    }
}

/// How a text comes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Written {
    Plain,
    /// Trailing blanks are padding.
    Padded,
    /// A byte for the version stands before it.
    Jsonb,
    /// Sixteen bytes.
    Uuid,
    /// It was stored as if it were Latin-1.
    Repaired,
}

/// How a number with a fixed number of digits comes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Digits {
    Numeric,
    /// A whole number of the smallest coin.
    Money,
}

/// Values of variable length.
#[derive(Debug)]
pub(super) struct Long {
    pub(super) ends: Vec<i32>,
    pub(super) bytes: Vec<u8>,
}

impl Long {
    pub(super) fn new() -> Self {
        Self { ends: vec![0], bytes: Vec::new() }
    }

    #[inline]
    fn add(&mut self, value: &[u8]) -> Result<(), Fault> {
        self.bytes.extend_from_slice(value);
        self.end()
    }

    /// Ends a value. More than two gigabytes do not come: a batch is cut before.
    fn end(&mut self) -> Result<(), Fault> {
        self.ends.push(i32::try_from(self.bytes.len()).map_err(|_| Fault::Protocol)?);
        Ok(())
    }
}

/// How the elements of an array come.
#[derive(Debug, Clone, Copy)]
pub(super) enum Elements {
    Binary,
    /// As the text of the array, with this between them.
    Literal(u8),
}

pub(super) enum Values {
    Integers(Width, Vec<i64>),
    Booleans(BooleanBufferBuilder),
    /// Whole numbers that are 0 or 1.
    Flags(BooleanBufferBuilder),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
    Decimals {
        of: Digits,
        precision: u8,
        scale: u8,
        values: Vec<i128>,
    },
    Dates(Vec<i32>),
    Timestamps {
        is_local: bool,
        values: Vec<i64>,
    },
    Intervals {
        months: Vec<i32>,
        days: Vec<i32>,
        micros: Vec<i64>,
    },
    Texts(Written, Long),
    Blobs(Long),
    Lists {
        of: Elements,
        ends: Vec<i32>,
        child: Box<Cells>,
    },
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Held,
    /// It is held, and something about it is counted.
    Counted,
    /// Arrow has none for it; nothing was added.
    Special,
}

/// Moves a time to where 1970 is the beginning; nothing for the endless ones and for those too late.
const fn micros(value: i64) -> Option<i64> {
    if value == i64::MAX || value == i64::MIN { None } else { value.checked_add(MICROS) }
}

const fn days(value: i32) -> Option<i32> {
    if value == i32::MAX || value == i32::MIN { None } else { value.checked_add(DAYS) }
}

fn held<T>(values: &mut Vec<T>, value: Option<T>) -> Outcome {
    match value {
        Some(value) => {
            values.push(value);
            Outcome::Held
        }
        None => Outcome::Special,
    }
}

impl Values {
    /// Adds a value.
    #[inline]
    pub(super) fn add(&mut self, cell: &[u8]) -> Result<Outcome, Fault> {
        let mut octets = Octets(cell);
        match self {
            Self::Integers(width, values) => values.push(width.read(&mut octets)?),
            Self::Booleans(values) => values.append(octets.byte()? != 0),
            Self::Flags(values) => values.append(octets.long()? != 0),
            Self::Floats(values) => values.push(f32::from_bits(octets.unsigned()?)),
            Self::Doubles(values) => values.push(f64::from_bits(octets.long()?.cast_unsigned())),
            Self::Decimals { of: Digits::Numeric, precision, scale, values } => {
                let found = numeric(cell, *precision, *scale)?;
                return Ok(held(values, found.ok()));
            }
            Self::Decimals { of: Digits::Money, values, .. } => values.push(octets.long()?.into()),
            Self::Dates(values) => return Ok(held(values, days(octets.int()?))),
            Self::Timestamps { values, .. } => return Ok(held(values, micros(octets.long()?))),
            Self::Intervals { months, days, micros } => {
                micros.push(octets.long()?);
                days.push(octets.int()?);
                months.push(octets.int()?);
            }
            Self::Texts(written, values) => return add_text(*written, values, cell),
            Self::Blobs(values) => values.add(cell)?,
            Self::Lists { of, ends, child } => {
                let is_shifted = child.add_elements(*of, cell)?;
                ends.push(i32::try_from(child.rows()).map_err(|_| Fault::Protocol)?);
                return Ok(if is_shifted { Outcome::Counted } else { Outcome::Held });
            }
        }
        Ok(Outcome::Held)
    }

    /// Adds what stands where there is no value.
    #[inline]
    pub(super) fn add_nothing(&mut self) -> Result<(), Fault> {
        match self {
            Self::Integers(_, values) | Self::Timestamps { values, .. } => values.push(0),
            Self::Booleans(values) | Self::Flags(values) => values.append(false),
            Self::Floats(values) => values.push(0.0),
            Self::Doubles(values) => values.push(0.0),
            Self::Decimals { values, .. } => values.push(0),
            Self::Dates(values) => values.push(0),
            Self::Intervals { months, days, micros } => {
                months.push(0);
                days.push(0);
                micros.push(0);
            }
            Self::Texts(_, values) | Self::Blobs(values) => values.end()?,
            Self::Lists { ends, child, .. } => {
                ends.push(i32::try_from(child.rows()).map_err(|_| Fault::Protocol)?);
            }
        }
        Ok(())
    }

    /// Returns a value as text, where that is what keys are made of.
    pub(super) fn shown(&self, cell: &[u8]) -> Option<String> {
        let mut octets = Octets(cell);
        match self {
            Self::Integers(width, _) => Some(width.read(&mut octets).ok()?.to_string()),
            Self::Dates(_) => Some(days(octets.int().ok()?)?.to_string()),
            Self::Timestamps { .. } => Some(micros(octets.long().ok()?)?.to_string()),
            Self::Texts(written, _) => {
                let mut text = Long::new();
                add_text(*written, &mut text, cell).ok()?;
                String::from_utf8(text.bytes).ok()
            }
            Self::Decimals { of: Digits::Numeric, precision, scale, .. } => {
                Some(numeric(cell, *precision, *scale).ok()?.ok()?.to_string())
            }
            _ => Some(cell.iter().map(|byte| format!("{byte:02x}")).collect()),
        }
    }

    /// Returns which rule a row breaks by this value, if it does: the end of its name.
    pub(super) fn refuses(&self, cell: &[u8]) -> Result<Option<&'static str>, Fault> {
        let mut octets = Octets(cell);
        let is_refused = match self {
            Self::Decimals { of: Digits::Numeric, precision, scale, .. } => {
                numeric(cell, *precision, *scale)? == Err(Unfit::Overflow)
            }
            Self::Flags(_) => !(0..=1).contains(&octets.long()?),
            Self::Texts(Written::Uuid, _) => cell.len() != 16,
            Self::Lists { of, child, .. } => {
                if child.has_dimensions(*of, cell)? {
                    return Ok(Some("dimensions"));
                }
                false
            }
            _ => false,
        };
        Ok(is_refused.then_some("overflow"))
    }
}

fn add_text(written: Written, values: &mut Long, cell: &[u8]) -> Result<Outcome, Fault> {
    match written {
        Written::Plain => values.add(cell)?,
        Written::Padded => values.add(without_padding(cell))?,
        Written::Jsonb => values.add(cell.strip_prefix(&[1]).ok_or(Fault::Protocol)?)?,
        Written::Uuid => add_uuid(values, cell)?,
        Written::Repaired => match std::str::from_utf8(cell).map_or(Repair::Impossible, repair) {
            Repair::Repaired(text) => values.add(text.as_bytes())?,
            Repair::Needless => values.add(cell)?,
            Repair::Impossible => {
                values.add(cell)?;
                return Ok(Outcome::Counted);
            }
        },
    }
    Ok(Outcome::Held)
}

fn without_padding(cell: &[u8]) -> &[u8] {
    let end = cell.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    cell.get(..end).unwrap_or_default()
}

#[inline]
fn add_uuid(values: &mut Long, cell: &[u8]) -> Result<(), Fault> {
    let Some((bytes, _)) = cell.split_first_chunk::<16>() else { return Err(Fault::Protocol) };
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *bytes;
    let mut text = [b'-'; 36];
    text[..8].copy_from_slice(&digits([a, b, c, d]));
    let [first @ .., w, x, y, z] = digits([e, f, g, h]);
    text[9..13].copy_from_slice(&first);
    text[14..18].copy_from_slice(&[w, x, y, z]);
    let [first @ .., w, x, y, z] = digits([i, j, k, l]);
    text[19..23].copy_from_slice(&first);
    text[24..28].copy_from_slice(&[w, x, y, z]);
    text[28..].copy_from_slice(&digits([m, n, o, p]));
    values.add(&text)
}

/// Returns the hexadecimal digits of four bytes, all eight at once.
#[inline]
fn digits(bytes: [u8; 4]) -> [u8; 8] {
    let mut halves = u64::from(u32::from_be_bytes(bytes));
    halves = (halves | halves << 16) & 0x0000_ffff_0000_ffff;
    halves = (halves | halves << 8) & 0x00ff_00ff_00ff_00ff;
    halves = (halves | halves << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    // 1 in each byte that is greater than 9, and so is a letter.
    let letters = (halves + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    (halves + 0x3030_3030_3030_3030 + letters * u64::from(b'a' - b'9' - 1)).to_be_bytes()
}

/// Returns what holds values of a kind, where it does not depend on how they come.
pub(super) fn empty(kind: &Kind) -> Option<Values> {
    Some(match kind {
        Kind::Boolean => Values::Booleans(BooleanBufferBuilder::new(0)),
        Kind::Float => Values::Floats(Vec::new()),
        Kind::Double => Values::Doubles(Vec::new()),
        Kind::Date => Values::Dates(Vec::new()),
        Kind::LocalTimestamp => Values::Timestamps { is_local: true, values: Vec::new() },
        Kind::Timestamp => Values::Timestamps { is_local: false, values: Vec::new() },
        Kind::Time => Values::Integers(Width::Eight, Vec::new()),
        Kind::Interval => Values::Intervals { months: Vec::new(), days: Vec::new(), micros: Vec::new() },
        Kind::Padded => Values::Texts(Written::Padded, Long::new()),
        Kind::Bytes | Kind::Geometry => Values::Blobs(Long::new()),
        _ => return None,
    })
}
