//! Values of records, with their numbers as they were sent.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carelake_conditions::{Number, Step};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::item::{Item, Text};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'r> {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, as it was sent.
    Number(Cow<'r, str>),
    /// Text.
    Text(Cow<'r, str>),
    /// Bytes, in base64.
    Bytes(Cow<'r, str>),
    /// A set of texts, numbers, or bytes in base64, as it was sent; whether they are numbers.
    Set(Vec<Text<'r>>, bool),
    /// A list.
    List(Vec<Value<'r>>),
    /// A map.
    Map(Vec<(Cow<'r, str>, Value<'r>)>),
}

impl<'r> Value<'r> {
    /// Goes some steps into members.
    pub(super) fn step<'v>(members: &'v [(Cow<'r, str>, Self)], steps: &[Step]) -> Option<&'v Self> {
        let (Step::Member(first), rest) = steps.split_first()? else { return None };
        let (_, value) = members.iter().rev().find(|(name, _)| name == first)?;
        rest.iter().try_fold(value, |value, step| match (value, step) {
            (Self::Map(members), Step::Member(name)) => {
                members.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value)
            }
            (Self::List(items), Step::Item(at)) => items.get(*at),
            _ => None,
        })
    }

    /// Returns it as text: what is one value as that, lists, maps and sets as JSON, and of nothing nothing.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null => None,
            Self::Bool(is_so) => Some(Cow::Borrowed(if *is_so { "true" } else { "false" })),
            Self::Number(text) | Self::Text(text) | Self::Bytes(text) => Some(Cow::Borrowed(text)),
            Self::Set(..) | Self::List(_) | Self::Map(_) => Some(Cow::Owned(self.json())),
        }
    }

    /// Returns bytes as they are in values.
    pub(crate) fn base64(bytes: &[u8]) -> String {
        STANDARD.encode(bytes)
    }

    /// Returns it as plain JSON, numbers as they were sent.
    #[must_use]
    pub fn json(&self) -> String {
        let mut to = String::new();
        self.write(&mut to);
        to
    }

    fn write(&self, to: &mut String) {
        match self {
            Self::Null => to.push_str("null"),
            Self::Bool(is_so) => to.push_str(if *is_so { "true" } else { "false" }),
            Self::Number(text) => number(text, to),
            Self::Text(text) | Self::Bytes(text) => quote(text, to),
            Self::Set(items, are_numbers) => {
                separated(
                    items,
                    '[',
                    ']',
                    to,
                    |Text(item), to| if *are_numbers { number(item, to) } else { quote(item, to) },
                );
            }
            Self::List(items) => separated(items, '[', ']', to, Self::write),
            Self::Map(members) => separated(members, '{', '}', to, |(name, value), to| {
                quote(name, to);
                to.push(':');
                value.write(to);
            }),
        }
    }

    /// Reads a text of plain JSON; nothing of another text.
    pub(crate) fn of_json(text: &'r str) -> Option<Self> {
        Self::plain(serde_json::from_str(text).ok()?).ok()
    }

    /// Reads plain JSON.
    pub(super) fn plain(raw: &'r RawValue) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'{') => Self::Map(members(raw)?),
            Some(b'[') => {
                let items: Vec<&'r RawValue> = serde_json::from_str(text)?;
                Self::List(items.into_iter().map(Self::plain).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Self::Text(serde_json::from_str::<Text<'r>>(text)?.0),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ => Self::Number(Cow::Borrowed(text)),
        })
    }
}

/// Reads the members of an object of plain JSON.
pub(super) fn members<'r>(raw: &'r RawValue) -> Result<Vec<(Cow<'r, str>, Value<'r>)>, serde_json::Error> {
    struct Members<'r>(Vec<(Text<'r>, &'r RawValue)>);
    impl<'de: 'r, 'r> Deserialize<'de> for Members<'r> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Taking;
            impl<'de> Visitor<'de> for Taking {
                type Value = Members<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut members = Vec::new();
                    while let Some(member) = map.next_entry()? {
                        members.push(member);
                    }
                    Ok(Members(members))
                }
            }
            deserializer.deserialize_map(Taking)
        }
    }
    let Members(members) = serde_json::from_str(raw.get())?;
    members.into_iter().map(|(Text(name), raw)| Ok((name, Value::plain(raw)?))).collect()
}

fn separated<T>(items: &[T], open: char, close: char, to: &mut String, write: impl Fn(&T, &mut String)) {
    to.push(open);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            to.push(',');
        }
        write(item, to);
    }
    to.push(close);
}

fn quote(text: &str, to: &mut String) {
    to.push_str(&serde_json::Value::from(text).to_string());
}

/// Writes a number as it was sent, in quotes where JSON has no such number.
fn number(text: &str, to: &mut String) {
    if serde_json::from_str::<&RawValue>(text).is_ok() { to.push_str(text) } else { quote(text, to) }
}

/// A value in DynamoDB's JSON: `{"S": "x"}`.
pub(super) struct Tagged<'r>(pub Value<'r>);

impl<'de: 'r, 'r> Deserialize<'de> for Tagged<'r> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Tags).map(Tagged)
    }
}

struct Tags;

impl<'de> Visitor<'de> for Tags {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with the tag of its type")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(Text(tag)) = map.next_key()? else { return Err(A::Error::custom("no tag")) };
        let value = match &*tag {
            "S" => Value::Text(map.next_value::<Text<'de>>()?.0),
            "N" => Value::Number(checked::<A::Error>(map.next_value::<Text<'de>>()?)?.0),
            "B" => Value::Bytes(map.next_value::<Text<'de>>()?.0),
            "BOOL" => Value::Bool(map.next_value()?),
            "NULL" => map.next_value::<bool>().map(|_| Value::Null)?,
            "SS" | "BS" => Value::Set(map.next_value()?, false),
            "NS" => {
                let numbers: Vec<Text<'de>> = map.next_value()?;
                Value::Set(numbers.into_iter().map(checked::<A::Error>).collect::<Result<_, _>>()?, true)
            }
            "L" => Value::List(map.next_value::<Vec<Tagged<'de>>>()?.into_iter().map(|Tagged(value)| value).collect()),
            "M" => Value::Map(map.next_value::<Item<'de>>()?.0),
            _ => return Err(A::Error::custom("no tag of DynamoDB")),
        };
        match map.next_key::<IgnoredAny>()? {
            None => Ok(value),
            Some(_) => Err(A::Error::custom("two tags")),
        }
    }
}

fn checked<E: Error>(text: Text<'_>) -> Result<Text<'_>, E> {
    if Number::is(&text.0) { Ok(text) } else { Err(E::custom("no number")) }
}
