//! How a value is kept: as one word, or two or three, that are compared without its text.

use super::Lexicon;
use crate::compare::{self, Kind, Level, Nicknames};
use crate::config::{Column, Field};

/// The first word of a value that is missing.
pub const MISSING: u32 = u32::MAX;
/// What is added to a number of four digits, so that it is none of nine.
const LAST4: u32 = 1_000_000_000;

/// How a value is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// The number of a name.
    Name,
    /// The number of a text.
    Text,
    /// The day `YYYYMMDD`.
    Day,
    /// The digits of a ZIP code.
    Zip,
    /// The digits of a social security number; of its last four, and 1,000,000,000.
    Ssn,
    /// The area of a telephone number, and the seven digits behind it.
    Phone,
    /// The numbers of the texts before and behind the `@`.
    Email,
    /// The numbers of number, street and unit.
    Address,
    /// The two halves of a number.
    Number,
}

impl Packing {
    /// Returns how the values of a field are kept that are compared so.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Exact | Kind::Edit | Kind::Text => Self::Text,
            Kind::FirstName | Kind::LastName => Self::Name,
            Kind::Date => Self::Day,
            Kind::Ssn => Self::Ssn,
            Kind::Zip => Self::Zip,
            Kind::Phone => Self::Phone,
            Kind::Email => Self::Email,
            Kind::Address => Self::Address,
            Kind::Number => Self::Number,
        }
    }

    /// Returns how the values of a column are kept that are not compared.
    #[must_use]
    pub const fn of_column(column: &Column) -> Self {
        match column {
            Column::First | Column::Middle | Column::Last | Column::Name(_) => Self::Name,
            Column::Suffix | Column::Sex | Column::Text(_) | Column::Flat(_) => Self::Text,
            Column::Day(_) => Self::Day,
            Column::Ssn9 | Column::Last4 | Column::Ssn => Self::Ssn,
            Column::Zip(_) => Self::Zip,
            Column::Phone(_) => Self::Phone,
            Column::Email(_) => Self::Email,
            Column::Address | Column::Line(_) => Self::Address,
            Column::Number(_) => Self::Number,
        }
    }

    /// Returns how many words a value takes.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::Name | Self::Text | Self::Day | Self::Zip | Self::Ssn => 1,
            Self::Phone | Self::Email | Self::Number => 2,
            Self::Address => 3,
        }
    }
}

/// Packs a value at the end of a row.
pub(super) fn pack(
    lexicon: &mut Lexicon<'_>,
    packing: Packing,
    value: Option<&str>,
    nicknames: &Nicknames,
    row: &mut Vec<u32>,
) {
    let from = row.len();
    if let Some(value) = value {
        let digits = |text: &str| text.parse::<u32>().unwrap_or(MISSING);
        let mut text = |text: &str| lexicon.texts.add(text).0;
        match packing {
            Packing::Name => row.push(lexicon.names.add(value, nicknames)),
            Packing::Text => row.push(text(value)),
            Packing::Day => row.push(digits(&value.replace('-', ""))),
            Packing::Zip => row.push(digits(value)),
            Packing::Ssn if value.len() == 4 => row.push(LAST4.saturating_add(digits(value))),
            Packing::Ssn => row.push(digits(value)),
            Packing::Phone => {
                let (area, local) = value.split_at_checked(3).unwrap_or((value, ""));
                row.extend([digits(area), digits(local)]);
            }
            Packing::Email => {
                let (local, domain) = value.split_once('@').unwrap_or((value, ""));
                row.extend([text(local), text(domain)]);
            }
            Packing::Address => {
                let mut parts = value.split('|');
                row.extend([(); 3].map(|()| text(parts.next().unwrap_or_default())));
            }
            Packing::Number => {
                let bits = value.parse::<f64>().unwrap_or(f64::NAN).to_bits();
                row.extend([(bits >> 32) as u32, (bits & u64::from(u32::MAX)) as u32]);
            }
        }
    }
    row.resize(from + packing.width(), MISSING);
}

impl Lexicon<'_> {
    /// Returns on which level two packed values of a field agree; exchanged names are not seen here.
    #[must_use]
    pub fn level(&self, field: &Field, nicknames: &Nicknames, a: &[u32], b: &[u32]) -> Level {
        let (Some(one), Some(other)) = (a.first().copied(), b.first().copied()) else { return Level::NULL };
        if one == MISSING || other == MISSING {
            return Level::NULL;
        }
        // Most values differ in the first word.
        if one == other && a == b && field.kind != Kind::Ssn {
            return Level::EQUAL;
        }
        match field.kind {
            Kind::Exact => Level(1),
            Kind::Edit => compare::edit(self.texts.text(one), self.texts.text(other)),
            Kind::Text => compare::text(self.texts.text(one), self.texts.text(other)),
            Kind::FirstName => self.first_name(nicknames, one, other),
            Kind::LastName => self.last_name(one, other),
            Kind::Date => compare::date(one, other),
            Kind::Ssn => ssn(one, other),
            Kind::Zip => Level(if one / 100 == other / 100 { 1 } else { 2 }),
            Kind::Phone => Level(if a.get(1) == b.get(1) { 1 } else { 2 }),
            Kind::Email => {
                let is_long = || self.texts.text(one).chars().nth(3).is_some();
                Level(if one == other && is_long() { 1 } else { 2 })
            }
            Kind::Address => self.address(a, b),
            Kind::Number => {
                let is_within = number(a).zip(number(b)).is_some_and(|(a, b)| (a - b).abs() <= field.within);
                Level(if is_within { 1 } else { 2 })
            }
        }
    }

    fn first_name(&self, nicknames: &Nicknames, a: u32, b: u32) -> Level {
        let (one, other) = (self.names.get(a), self.names.get(b));
        if one.flat == other.flat {
            return Level::EQUAL;
        }
        let share = || nicknames.share(one.nickname(), other.nickname());
        compare::first_name(self.names.text(one.flat), self.names.text(other.flat), share)
    }

    fn last_name(&self, a: u32, b: u32) -> Level {
        let (one, other) = (self.names.get(a), self.names.get(b));
        if one.flat == other.flat {
            return Level::EQUAL;
        }
        let both = |number: u32, flat: u32| {
            let name = self.names.text(number);
            (name, if number == flat { name } else { self.names.text(flat) })
        };
        compare::last_name(both(a, one.flat), both(b, other.flat), || one.sounds_as(&other))
    }

    fn address(&self, a: &[u32], b: &[u32]) -> Level {
        let ([number, street, _], [other_number, other_street, _]) = (a, b) else { return Level(3) };
        if number != other_number || self.texts.text(*number).is_empty() {
            return Level(3);
        }
        if street == other_street {
            return Level(1);
        }
        let likeness = compare::jaro_winkler(self.texts.text(*street), self.texts.text(*other_street));
        Level(if likeness >= compare::CLOSE { 2 } else { 3 })
    }
}

fn ssn(a: u32, b: u32) -> Level {
    if a < LAST4 && b < LAST4 {
        return Level(if a == b {
            0
        } else if compare::digits::<9>(a, b) {
            2
        } else {
            3
        });
    }
    Level(if a % 10_000 == b % 10_000 { 1 } else { 3 })
}

fn number(words: &[u32]) -> Option<f64> {
    let [high, low] = words else { return None };
    Some(f64::from_bits(u64::from(*high) << 32 | u64::from(*low)))
}

impl Lexicon<'_> {
    /// Returns a packed value in normal form; nothing where it is missing.
    #[must_use]
    pub fn show(&self, packing: Packing, words: &[u32]) -> Option<String> {
        let first = words.first().copied().filter(|first| *first != MISSING)?;
        let text = |place: usize| words.get(place).map_or("", |number| self.texts.text(*number));
        Some(match packing {
            Packing::Name => self.names.text(first).to_owned(),
            Packing::Text => text(0).to_owned(),
            Packing::Day => format!("{:04}-{:02}-{:02}", first / 10_000, first / 100 % 100, first % 100),
            Packing::Zip => format!("{first:05}"),
            Packing::Ssn if first >= LAST4 => format!("{:04}", first - LAST4),
            Packing::Ssn => format!("{first:09}"),
            Packing::Phone => format!("{first:03}{:07}", words.get(1).copied().unwrap_or_default()),
            Packing::Email => format!("{}@{}", text(0), text(1)),
            Packing::Address => format!("{}|{}|{}", text(0), text(1), text(2)),
            Packing::Number => number(words).unwrap_or(f64::NAN).to_string(),
        })
    }
}
