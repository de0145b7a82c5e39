//! The types of PostgreSQL: what each holds, and how it is written as text.

use std::collections::HashMap;

use crate::kind::Kind;
use crate::postgres::connection::{Row, Wire};
use crate::postgres::fault::Fault;
use crate::postgres::{number, quoted, text};

/// Numbers of types that are the same in every server.
pub(super) mod oid {
    pub(crate) const BOOL: u32 = 16;
    pub(crate) const BYTEA: u32 = 17;
    pub(crate) const NAME: u32 = 19;
    pub(crate) const INT8: u32 = 20;
    pub(crate) const INT2: u32 = 21;
    pub(crate) const INT4: u32 = 23;
    pub(crate) const TEXT: u32 = 25;
    pub(crate) const OID: u32 = 26;
    pub(crate) const JSON: u32 = 114;
    pub(crate) const FLOAT4: u32 = 700;
    pub(crate) const FLOAT8: u32 = 701;
    pub(crate) const MONEY: u32 = 790;
    pub(crate) const BPCHAR: u32 = 1042;
    pub(crate) const VARCHAR: u32 = 1043;
    pub(crate) const DATE: u32 = 1082;
    pub(crate) const TIME: u32 = 1083;
    pub(crate) const TIMESTAMP: u32 = 1114;
    pub(crate) const TIMESTAMPTZ: u32 = 1184;
    pub(crate) const INTERVAL: u32 = 1186;
    pub(crate) const NUMERIC: u32 = 1700;
    pub(crate) const UUID: u32 = 2950;
    pub(crate) const JSONB: u32 = 3802;
}

/// A type.
#[derive(Debug, Clone)]
pub(super) struct Type {
    /// Its name without a schema.
    pub(super) name: String,
    /// Whether its values are labels.
    pub(super) is_enum: bool,
    /// Of a domain: what it is made of, and what is said beside the name of that.
    base: Option<(u32, i32)>,
    /// Of an array: the type of its elements.
    element: Option<u32>,
    /// What stands between elements of this type in the text of an array.
    pub(super) delimiter: u8,
    /// The function that writes a value as text, quoted.
    pub(super) output: String,
}

/// Those that were met, and how many digits money has here.
#[derive(Debug, Clone, Default)]
pub(super) struct Types {
    met: HashMap<u32, Type>,
    pub(super) money_digits: u8,
}

/// The type itself, and what is said beside its name, such as a precision; −1 is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wired {
    pub(super) oid: u32,
    pub(super) modifier: i32,
}

impl Wired {
    /// Reads what [`crate::Column::wire`] keeps.
    pub(super) const fn of(wire: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = wire.to_be_bytes();
        Self { oid: u32::from_be_bytes([e, f, g, h]), modifier: i32::from_be_bytes([a, b, c, d]) }
    }

    pub(super) const fn wire(self) -> u64 {
        let [a, b, c, d] = self.modifier.to_be_bytes();
        let [e, f, g, h] = self.oid.to_be_bytes();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// All digits and those after the point of a `numeric`, where the lake has a number for it.
fn precision(modifier: i32) -> Option<(u8, u8)> {
    let packed = modifier.checked_sub(4).filter(|packed| *packed >= 0)?;
    // Eleven bits with a sign, and above them the precision.
    let scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
    let (precision, scale) = (u8::try_from(packed >> 16).ok()?, u8::try_from(scale).ok()?);
    (precision <= 38 && scale <= precision).then_some((precision, scale))
}

impl Types {
    /// Learns those types, and what they are made of.
    pub(super) fn learn(&mut self, wire: &mut Wire, wanted: impl Iterator<Item = u32>) -> Result<(), Fault> {
        let mut unknown: Vec<String> =
            wanted.filter(|oid| !self.met.contains_key(oid)).map(|oid| oid.to_string()).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(());
        }
        for row in wire.rows(include_str!("types.sql"), &[&quoted::array(&unknown)])? {
            self.keep(&row)?;
        }
        Ok(())
    }

    fn keep(&mut self, row: &Row) -> Result<(), Fault> {
        let modifier = text(row, 4)?.parse().map_err(|_| Fault::Protocol)?;
        let is = |oid: u32| (oid != 0).then_some(oid);
        let of = Type {
            name: text(row, 1)?.to_owned(),
            is_enum: text(row, 2)? == "e",
            base: is(number(row, 3)?).map(|base| (base, modifier)),
            element: is(number(row, 5)?),
            delimiter: text(row, 6)?.bytes().next().unwrap_or(b','),
            output: format!("{}.{}", quoted::name(text(row, 7)?), quoted::name(text(row, 8)?)),
        };
        self.met.insert(number(row, 0)?, of);
        Ok(())
    }

    /// Returns a type that was learned.
    pub(super) fn get(&self, oid: u32) -> Option<&Type> {
        self.met.get(&oid)
    }

    /// Returns what a domain is made of; other types are what they are.
    pub(super) fn base(&self, of: Wired) -> Wired {
        match self.get(of.oid).and_then(|known| known.base) {
            Some((oid, modifier)) => {
                self.base(Wired { oid, modifier: if of.modifier < 0 { modifier } else { of.modifier } })
            }
            None => of,
        }
    }

    /// Returns what the elements of an array are.
    pub(super) fn element(&self, array: Wired) -> Option<Wired> {
        let element = self.get(array.oid)?.element?;
        Some(self.base(Wired { oid: element, modifier: array.modifier }))
    }

    /// Returns what columns of a type hold.
    pub(super) fn kind(&self, of: Wired) -> Kind {
        match of.oid {
            oid::INT2 | oid::INT4 | oid::INT8 | oid::OID => Kind::Integer,
            oid::BOOL => Kind::Boolean,
            oid::FLOAT4 => Kind::Float,
            oid::FLOAT8 => Kind::Double,
            oid::NUMERIC => match precision(of.modifier) {
                Some((precision, scale)) => Kind::Decimal { precision, scale },
                None => Kind::Text,
            },
            oid::MONEY => Kind::Money { scale: self.money_digits },
            oid::DATE => Kind::Date,
            oid::TIMESTAMP => Kind::LocalTimestamp,
            oid::TIMESTAMPTZ => Kind::Timestamp,
            oid::TIME => Kind::Time,
            oid::INTERVAL => Kind::Interval,
            oid::BYTEA => Kind::Bytes,
            oid::BPCHAR => Kind::Padded,
            _ => match (self.element(of), self.get(of.oid)) {
                (Some(element), _) => Kind::List(Box::new(self.kind(element))),
                (None, Some(known)) if ["geometry", "geography"].contains(&known.name.as_str()) => Kind::Geometry,
                _ => Kind::Text,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_a_counterpart_are_text() {
        let modifier = |precision: i32, scale: i32| ((precision << 16) | (scale & 0x7ff)) + 4;
        assert_eq!(precision(modifier(10, 2)), Some((10, 2)));
        assert_eq!(precision(modifier(38, 38)), Some((38, 38)));
        assert_eq!(precision(modifier(39, 2)), None);
        assert_eq!(precision(modifier(5, -2)), None);
        assert_eq!(precision(modifier(3, 5)), None);
        assert_eq!(precision(modifier(1000, 2)), None);
        assert_eq!(precision(-1), None);
    }

    #[test]
    fn what_a_column_keeps_comes_back() {
        for wired in [Wired { oid: 1700, modifier: -1 }, Wired { oid: u32::MAX, modifier: 655_366 }] {
            assert_eq!(Wired::of(wired.wire()), wired);
        }
    }
}
