//! How the cells of a column are decoded: chosen once, from what the catalogue says of it and what the rows bring.

use arrow_schema::DataType;
use mysql_common::constants::ColumnType as Sent;

use super::cells::Cells;
use super::digits::decimal;
use super::link::Header;
use super::times::{Stamp, span};
use super::wire::Wire;
use crate::kind::{Kind, TypeChoice};
use crate::reading::Specials;
use crate::repair::{Repair, repair};

/// How a cell is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decode {
    /// A whole number of this many bytes, with a sign or without.
    Whole(u8, bool),
    /// Eight bytes without a sign.
    Unsigned,
    /// 0 or 1, in a whole number of this many bytes.
    Truth(u8),
    /// One bit.
    Bit,
    /// Up to 63 bits.
    Bits,
    /// 64 bits.
    AllBits,
    Float,
    Double,
    /// Digits.
    Decimal(u8, u8),
    /// Digits, of which too many are refused.
    Fitted(u8, u8),
    Day,
    Moment,
    /// A day as text.
    DayText,
    /// A day and a time as text.
    MomentText,
    Span,
    /// Text or bytes, as they are.
    Plain,
    /// Text without the blanks at its end.
    Padded,
    Repaired,
    /// Sixteen bytes.
    Uuid,
    Geometry,
    Set,
}

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// It is in the column.
    Kept,
    /// It is null, for Arrow has no such value.
    Special,
    /// It is in the column, but could not be repaired.
    Counted,
    /// The row is refused.
    Refused,
}

/// Returns the Arrow type of a wanted column, and how its cells are decoded; none where the rows bring another type than the catalogue
/// said, or the choice is not one for it.
pub(super) fn decoding(
    kind: &Kind,
    choice: Option<&TypeChoice>,
    specials: Specials,
    sent: Header,
) -> Option<(DataType, Decode)> {
    let whole = width(sent.kind);
    let is_run = matches!(
        sent.kind,
        Sent::MYSQL_TYPE_VARCHAR
            | Sent::MYSQL_TYPE_VAR_STRING
            | Sent::MYSQL_TYPE_STRING
            | Sent::MYSQL_TYPE_TINY_BLOB
            | Sent::MYSQL_TYPE_BLOB
            | Sent::MYSQL_TYPE_MEDIUM_BLOB
            | Sent::MYSQL_TYPE_LONG_BLOB
            | Sent::MYSQL_TYPE_ENUM
            | Sent::MYSQL_TYPE_SET
            | Sent::MYSQL_TYPE_JSON
            | Sent::MYSQL_TYPE_GEOMETRY
            | Sent::MYSQL_TYPE_VECTOR
    );
    let is_digits = matches!(sent.kind, Sent::MYSQL_TYPE_NEWDECIMAL | Sent::MYSQL_TYPE_DECIMAL);
    let is_bits = sent.kind == Sent::MYSQL_TYPE_BIT;
    let is_stamp = matches!(sent.kind, Sent::MYSQL_TYPE_DATETIME | Sent::MYSQL_TYPE_TIMESTAMP);
    let as_text = specials == Specials::Text;
    let plain = |decode| Some((kind.arrow(), decode));
    match (kind, choice) {
        (Kind::Integer, Some(TypeChoice::Boolean)) => Some((DataType::Boolean, Decode::Truth(whole?))),
        (Kind::Boolean, Some(TypeChoice::Boolean)) if is_bits => plain(Decode::Bit),
        (Kind::Text | Kind::Decimal { .. } | Kind::Padded, Some(TypeChoice::Decimal { precision, scale }))
            if is_digits || is_run =>
        {
            let (precision, scale) = (*precision, *scale);
            Some((Kind::Decimal { precision, scale }.arrow(), Decode::Fitted(precision, scale)))
        }
        (Kind::Bytes, Some(TypeChoice::Uuid)) if is_run => Some((DataType::Utf8, Decode::Uuid)),
        (Kind::Text | Kind::Padded, Some(TypeChoice::Repaired)) if is_run => Some((DataType::Utf8, Decode::Repaired)),
        (_, Some(_)) => None,
        (Kind::Integer, None) if is_bits => plain(Decode::Bits),
        (Kind::Integer, None) => plain(Decode::Whole(whole?, !sent.is_unsigned && sent.kind != Sent::MYSQL_TYPE_YEAR)),
        (Kind::Unsigned, None) if is_bits => plain(Decode::AllBits),
        (Kind::Unsigned, None) if whole == Some(8) => plain(Decode::Unsigned),
        (Kind::Boolean, None) if is_bits => plain(Decode::Bit),
        (Kind::Float, None) if sent.kind == Sent::MYSQL_TYPE_FLOAT => plain(Decode::Float),
        (Kind::Double, None) if sent.kind == Sent::MYSQL_TYPE_DOUBLE => plain(Decode::Double),
        (Kind::Decimal { precision, scale }, None) if is_digits => plain(Decode::Decimal(*precision, *scale)),
        (Kind::Date, None) if matches!(sent.kind, Sent::MYSQL_TYPE_DATE | Sent::MYSQL_TYPE_NEWDATE) => {
            if as_text {
                Some((DataType::Utf8, Decode::DayText))
            } else {
                plain(Decode::Day)
            }
        }
        (Kind::LocalTimestamp | Kind::Timestamp, None) if is_stamp => {
            if as_text {
                Some((DataType::Utf8, Decode::MomentText))
            } else {
                plain(Decode::Moment)
            }
        }
        (Kind::Time, None) if sent.kind == Sent::MYSQL_TYPE_TIME => plain(Decode::Span),
        (Kind::Text, None) if is_run || is_digits => plain(Decode::Plain),
        (Kind::Padded, None) if is_run => plain(Decode::Padded),
        (Kind::Bytes, None) if is_run => plain(Decode::Plain),
        (Kind::Geometry, None) if is_run => plain(Decode::Geometry),
        (Kind::Set(_), None) if is_run => plain(Decode::Set),
        _ => None,
    }
}

/// Returns how a column is decoded of which nothing but the answer is known.
pub(super) fn as_sent(sent: Header) -> Decode {
    match (sent.kind, width(sent.kind)) {
        (_, Some(8)) if sent.is_unsigned => Decode::Unsigned,
        (_, Some(width)) => Decode::Whole(width, !sent.is_unsigned),
        (Sent::MYSQL_TYPE_FLOAT, _) => Decode::Float,
        (Sent::MYSQL_TYPE_DOUBLE, _) => Decode::Double,
        (Sent::MYSQL_TYPE_DATE, _) => Decode::DayText,
        (Sent::MYSQL_TYPE_DATETIME | Sent::MYSQL_TYPE_TIMESTAMP, _) => Decode::MomentText,
        (Sent::MYSQL_TYPE_TIME, _) => Decode::Span,
        _ => Decode::Plain,
    }
}

fn width(sent: Sent) -> Option<u8> {
    match sent {
        Sent::MYSQL_TYPE_TINY => Some(1),
        Sent::MYSQL_TYPE_SHORT | Sent::MYSQL_TYPE_YEAR => Some(2),
        Sent::MYSQL_TYPE_INT24 | Sent::MYSQL_TYPE_LONG => Some(4),
        Sent::MYSQL_TYPE_LONGLONG => Some(8),
        _ => None,
    }
}

impl Decode {
    /// Decodes a cell that is not null; none where it is none of the protocol.
    #[inline]
    pub(super) fn cell(self, wire: &mut Wire<'_>, to: &mut Cells) -> Option<Cell> {
        match self {
            Self::Whole(width, is_signed) => to.integer(whole(wire, width, is_signed)?),
            Self::Unsigned => to.decimal(i128::from(u64::from_le_bytes(wire.array()?))),
            Self::Truth(width) => match whole(wire, width, true)? {
                0 => to.boolean(false),
                1 => to.boolean(true),
                _ => return Some(Cell::Refused),
            },
            Self::Bit => to.boolean(bits(wire)? != 0),
            Self::Bits => to.integer(bits(wire)? as i64),
            Self::AllBits => to.decimal(i128::from(bits(wire)?)),
            Self::Float => to.float(f32::from_le_bytes(wire.array()?)),
            Self::Double => to.double(f64::from_le_bytes(wire.array()?)),
            Self::Decimal(precision, scale) => to.decimal(decimal(wire.bytes()?, precision, scale)?),
            Self::Fitted(precision, scale) => match decimal(wire.bytes()?, precision, scale) {
                Some(number) => to.decimal(number),
                None => return Some(Cell::Refused),
            },
            Self::Day => match Stamp::read(wire)?.days() {
                Some(days) => to.days(days),
                None => return Some(special(to)),
            },
            Self::Moment => match Stamp::read(wire)?.micros() {
                Some(micros) => to.integer(micros),
                None => return Some(special(to)),
            },
            Self::DayText => to.bytes(&[Stamp::read(wire)?.text(false).as_bytes()]),
            Self::MomentText => to.bytes(&[Stamp::read(wire)?.text(true).as_bytes()]),
            Self::Span => to.integer(span(wire)?),
            Self::Plain => to.bytes(&[wire.bytes()?]),
            Self::Padded => to.bytes(&[wire.bytes()?.trim_ascii_end_of_blanks()]),
            Self::Repaired => return repaired(wire.bytes()?, to),
            Self::Uuid => match uuid(wire.bytes()?) {
                Some(text) => to.bytes(&[text.as_bytes()]),
                None => return Some(Cell::Refused),
            },
            Self::Geometry => geometry(wire.bytes()?, to)?,
            Self::Set => to.list(wire.bytes()?),
        }
        Some(Cell::Kept)
    }

    /// Returns a cell as text, for the key of a row that is refused.
    pub(super) fn text(self, wire: &mut Wire<'_>) -> Option<String> {
        Some(match self {
            Self::Whole(width, is_signed) => whole(wire, width, is_signed)?.to_string(),
            Self::Truth(width) => whole(wire, width, true)?.to_string(),
            Self::Unsigned => u64::from_le_bytes(wire.array()?).to_string(),
            Self::Bit | Self::Bits | Self::AllBits => bits(wire)?.to_string(),
            Self::Float => f32::from_le_bytes(wire.array()?).to_string(),
            Self::Double => f64::from_le_bytes(wire.array()?).to_string(),
            Self::Day | Self::DayText => Stamp::read(wire)?.text(false),
            Self::Moment | Self::MomentText => Stamp::read(wire)?.text(true),
            Self::Span => span(wire)?.to_string(),
            Self::Uuid | Self::Geometry => wire.bytes()?.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Decimal(..) | Self::Fitted(..) | Self::Plain | Self::Padded | Self::Repaired | Self::Set => {
                let bytes = wire.bytes()?;
                let hexadecimal = || bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                std::str::from_utf8(bytes).map_or_else(|_| hexadecimal(), str::to_owned)
            }
        })
    }

    /// Returns the rule by which a row is refused, after the name of the column.
    pub(super) const fn rule(self) -> &'static str {
        match self {
            Self::Truth(_) => "boolean",
            Self::Uuid => "uuid",
            _ => "overflow",
        }
    }
}

fn special(to: &mut Cells) -> Cell {
    to.null();
    Cell::Special
}

#[inline]
fn whole(wire: &mut Wire<'_>, width: u8, is_signed: bool) -> Option<i64> {
    Some(match (width, is_signed) {
        (1, true) => i64::from(i8::from_le_bytes(wire.array()?)),
        (1, false) => i64::from(u8::from_le_bytes(wire.array()?)),
        (2, true) => i64::from(i16::from_le_bytes(wire.array()?)),
        (2, false) => i64::from(u16::from_le_bytes(wire.array()?)),
        (4, true) => i64::from(i32::from_le_bytes(wire.array()?)),
        (4, false) => i64::from(u32::from_le_bytes(wire.array()?)),
        _ => i64::from_le_bytes(wire.array()?),
    })
}

fn bits(wire: &mut Wire<'_>) -> Option<u64> {
    let bytes = wire.bytes()?;
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

trait Blanks {
    /// Returns the bytes without the blanks at their end; other white space is none.
    fn trim_ascii_end_of_blanks(&self) -> &Self;
}

impl Blanks for [u8] {
    fn trim_ascii_end_of_blanks(&self) -> &Self {
        let mut kept = self;
        while let [rest @ .., b' '] = kept {
            kept = rest;
        }
        kept
    }
}

fn repaired(bytes: &[u8], to: &mut Cells) -> Option<Cell> {
    let found = std::str::from_utf8(bytes).map_or(Repair::Impossible, repair);
    Some(match found {
        Repair::Repaired(text) => {
            to.bytes(&[text.as_bytes()]);
            Cell::Kept
        }
        Repair::Needless => {
            to.bytes(&[bytes]);
            Cell::Kept
        }
        Repair::Impossible => {
            to.bytes(&[bytes]);
            Cell::Counted
        }
    })
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    let digits = |of: &[u8]| of.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (a, rest) = bytes.split_first_chunk::<4>()?;
    let parts: Vec<_> = rest.chunks(2).take(3).map(digits).collect();
    Some(format!("{}-{}-{}", digits(a), parts.join("-"), digits(rest.last_chunk::<6>()?)))
}

/// The flag of EWKB that says that a number of a reference system follows.
const WITH_SYSTEM: u32 = 0x2000_0000;

/// Adds the server's four bytes of a reference system and WKB as EWKB: the system stands inside, and is left out where it is none.
fn geometry(bytes: &[u8], to: &mut Cells) -> Option<()> {
    let mut wire = Wire(bytes);
    let system: [u8; 4] = wire.array()?;
    if system == [0; 4] {
        to.bytes(&[wire.0]);
        return Some(());
    }
    let order = wire.byte()?;
    let kind: [u8; 4] = wire.array()?;
    let (kind, system) = match order {
        1 => ((u32::from_le_bytes(kind) | WITH_SYSTEM).to_le_bytes(), system),
        _ => ((u32::from_be_bytes(kind) | WITH_SYSTEM).to_be_bytes(), u32::from_le_bytes(system).to_be_bytes()),
    };
    to.bytes(&[&[order], &kind, &system, wire.0]);
    Some(())
}

#[cfg(test)]
mod tests {
    use arrow_schema::DataType;
    use mysql_common::constants::ColumnType as Sent;

    use super::{Decode, decoding};
    use crate::kind::Kind;
    use crate::mysql::link::Header;
    use crate::reading::Specials;

    #[test]
    fn a_document_of_mysql_is_text_although_it_is_sent_as_bytes() {
        let sent = Header { kind: Sent::MYSQL_TYPE_JSON, is_unsigned: false };
        assert_eq!(decoding(&Kind::Text, None, Specials::Null, sent), Some((DataType::Utf8, Decode::Plain)));
    }

    #[test]
    fn what_the_rows_bring_must_be_what_the_catalogue_said() {
        let sent = |kind| Header { kind, is_unsigned: false };
        for (kind, brought) in [
            (Kind::Integer, Sent::MYSQL_TYPE_VAR_STRING),
            (Kind::Text, Sent::MYSQL_TYPE_LONG),
            (Kind::Date, Sent::MYSQL_TYPE_DATETIME),
            (Kind::Unsigned, Sent::MYSQL_TYPE_LONG),
            (Kind::Float, Sent::MYSQL_TYPE_DOUBLE),
        ] {
            assert_eq!(decoding(&kind, None, Specials::Null, sent(brought)), None, "{kind:?}");
        }
    }
}
