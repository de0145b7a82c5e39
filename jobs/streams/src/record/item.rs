//! The attributes of an item, and texts that are borrowed where they have no escapes.

use std::borrow::Cow;
use std::fmt;

use carelake_conditions::Path;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::value::{Tagged, Value, members};

/// A text of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'r>(pub Cow<'r, str>);

impl<'de: 'r, 'r> Deserialize<'de> for Text<'r> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Taking;
        impl<'de> Visitor<'de> for Taking {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Taking)
    }
}

/// The attributes of an item, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Item<'r>(pub Vec<(Cow<'r, str>, Value<'r>)>);

impl<'r> Item<'r> {
    /// Reads an object of plain JSON; none of another text.
    pub(crate) fn plain(raw: &'r RawValue) -> Option<Self> {
        members(raw).map(Self).ok()
    }

    /// Returns the value at a path; of a name that is there twice, the last.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<&Value<'r>> {
        Value::step(&self.0, path.steps())
    }
}

/// Reads an item in DynamoDB's JSON.
impl<'de: 'r, 'r> Deserialize<'de> for Item<'r> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Taking;
        impl<'de> Visitor<'de> for Taking {
            type Value = Item<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an item of DynamoDB")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Text(name), Tagged(value))) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Item(members))
            }
        }
        deserializer.deserialize_map(Taking)
    }
}
