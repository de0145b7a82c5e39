//! Columns that are declared: of the key, and others.

use std::sync::Arc;

use arrow_schema::{DataType, Field, TimeUnit};
use carelake_conditions::Path;
use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Fields, Key, Mistakes, Spot};

use super::keys::{ATTRIBUTE, KEY, TYPES, UNITS};

/// A declared column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name in the lake.
    pub name: String,
    /// Where it is in the record.
    pub from: Path,
    /// Its type.
    pub kind: Type,
}

/// The type of a declared column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Int64,
    /// A number with 38 digits, nine of them behind the point.
    Decimal,
    /// True or false.
    Bool,
    /// A moment, in microseconds, UTC.
    Timestamp(Unit),
    /// A day.
    Date,
    /// Bytes.
    Binary,
    /// Anything, as the text of its JSON.
    Json,
    /// A list of texts.
    TextList,
}

/// What a time counts since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nothing: it is written as ISO 8601 with an offset.
    Iso,
}

impl Type {
    /// Returns the type of its column.
    #[must_use]
    pub fn arrow(self) -> DataType {
        match self {
            Self::Text | Self::Json => DataType::Utf8,
            Self::Int64 => DataType::Int64,
            Self::Decimal => DataType::Decimal128(38, 9),
            Self::Bool => DataType::Boolean,
            Self::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Date => DataType::Date32,
            Self::Binary => DataType::Binary,
            Self::TextList => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
        }
    }
}

impl Unit {
    /// Reads a unit at a place.
    pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let choices: Vec<(&str, Self)> =
            UNITS.into_iter().zip([Self::Seconds, Self::Millis, Self::Micros, Self::Iso]).collect();
        spot.choice(&choices, mistakes)
    }
}

impl Attribute {
    /// Reads an entry of `keys`.
    pub(super) fn read_key(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        Self::read_as(spot, &KEY, mistakes)
    }

    /// Reads an entry of `attributes`.
    pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        Self::read_as(spot, &ATTRIBUTE, mistakes)
    }

    /// Says so where another column has its name, and remembers it.
    pub(super) fn check_new(&self, known: &mut Vec<String>, spot: &Spot<'_>, mistakes: &mut Mistakes) {
        if known.contains(&self.name) {
            let name = &self.name;
            mistakes.add(spot, format!("there is another column `{name}`; give one of the two another name"));
        }
        known.push(self.name.clone());
    }

    fn read_as(spot: &Spot<'_>, keys: &[Key], mistakes: &mut Mistakes) -> Option<Self> {
        let fields = spot.keyed(keys, mistakes);
        let name = fields.required("name", "what it is called in the lake", mistakes);
        let name = name.and_then(|spot| {
            let name = spot.text("a name such as site_id", mistakes)?;
            check_name(&name, &spot, mistakes);
            Some(name)
        });
        let kind = kind(&fields, keys.len() == KEY.len(), mistakes);
        let from = match fields.get("from") {
            Some(spot) => {
                let text = spot.text("a path such as address.city or tags[0]", mistakes)?;
                let path = Path::parse(&text);
                if path.is_none() {
                    spot.expected("a path such as address.city or tags[0]", mistakes);
                }
                path?
            }
            None => Path::parse(name.as_deref()?)?,
        };
        Some(Self { name: name?, from, kind: kind? })
    }
}

fn kind(fields: &Fields<'_>, is_key: bool, mistakes: &mut Mistakes) -> Option<Type> {
    // A column of the key has no unit.
    let unit = if is_key { None } else { fields.get("unit") };
    let chosen = unit.as_ref().and_then(|spot| Unit::read(spot, mistakes));
    let types = [
        Type::Text,
        Type::Int64,
        Type::Decimal,
        Type::Bool,
        Type::Timestamp(chosen.unwrap_or(Unit::Iso)),
        Type::Date,
        Type::Binary,
        Type::Json,
        Type::TextList,
    ];
    let of_key = [Type::Text, Type::Int64, Type::Decimal, Type::Binary];
    let choices: Vec<(&str, Type)> =
        TYPES.into_iter().zip(types).filter(|(_, it)| !is_key || of_key.contains(it)).collect();
    let kind = match fields.get("type") {
        Some(spot) => spot.choice(&choices, mistakes)?,
        None => Type::Text,
    };
    if let Some(spot) = unit.filter(|_| !matches!(kind, Type::Timestamp(_))) {
        mistakes.add(&spot, "is for `type: timestamp`");
    }
    Some(kind)
}

/// Columns that every row has.
const TAKEN: [&str; 13] = [
    "op",
    "ttl",
    "image",
    "old_image",
    "event_time",
    "arrived_at",
    "shard",
    "sequence",
    "event_id",
    "year",
    "month",
    "day",
    "hour",
];

fn check_name(name: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) {
    check_own_name(spot, name, mistakes);
    if TAKEN.contains(&name) {
        mistakes.add(spot, format!("`{name}` is a column that every row has; give it another name"));
    }
}
