//! The values of items, and how they are written.

use std::collections::BTreeMap;

use serde_json::Value;

/// An item: its attributes by name, in the order of their bytes.
pub type Item = BTreeMap<String, Attribute>;

/// A value of an item. Numbers are canonical, bytes are base64, and sets are in the order of their text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// Text.
    S(String),
    /// A number.
    N(String),
    /// Bytes.
    B(String),
    /// True or false.
    Bool(bool),
    /// Nothing.
    Null,
    /// A set of texts (`SS`), numbers (`NS`) or bytes (`BS`).
    Set(&'static str, Vec<String>),
    /// A list.
    List(Vec<Attribute>),
    /// A map.
    Map(Item),
}

impl Attribute {
    /// Returns a set; `kind` is `SS`, `NS` or `BS`.
    #[must_use]
    pub fn set(kind: &'static str, mut values: Vec<String>) -> Self {
        values.sort_unstable();
        Self::Set(kind, values)
    }

    /// Returns the name of its type in DynamoDB.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::Set(kind, _) => kind,
            Self::List(_) => "L",
            Self::Map(_) => "M",
        }
    }

    /// Returns it as text: what is one value as that, lists, maps and sets as their JSON, and of nothing nothing.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::S(text) | Self::N(text) | Self::B(text) => Some(text.clone()),
            Self::Bool(is_so) => Some(is_so.to_string()),
            Self::Null => None,
            Self::Set(..) | Self::List(_) | Self::Map(_) => {
                let mut json = String::new();
                self.write_value(&mut json);
                Some(json)
            }
        }
    }

    /// Writes `{"S":"x"}`.
    fn write(&self, to: &mut String) {
        to.push_str("{\"");
        to.push_str(self.kind());
        to.push_str("\":");
        self.write_value(to);
        to.push('}');
    }

    /// Writes what stands behind the name of the type.
    fn write_value(&self, to: &mut String) {
        match self {
            Self::S(text) | Self::N(text) | Self::B(text) => quote(text, to),
            Self::Bool(is_so) => to.push_str(if *is_so { "true" } else { "false" }),
            Self::Null => to.push_str("true"),
            Self::Set(_, values) => separated(values, '[', ']', to, |value, to| quote(value, to)),
            Self::List(values) => separated(values, '[', ']', to, Self::write),
            Self::Map(item) => write_item(item, |_| true, to),
        }
    }
}

/// Writes an item as DynamoDB's JSON, its keys in the order of their bytes, without the attributes that `keeps` does not keep.
pub(super) fn write_item(item: &Item, keeps: impl Fn(&str) -> bool, to: &mut String) {
    let kept = item.iter().filter(|(name, _)| keeps(name));
    separated(kept, '{', '}', to, |(name, value), to| {
        quote(name, to);
        to.push(':');
        value.write(to);
    });
}

fn separated<T>(
    values: impl IntoIterator<Item = T>,
    open: char,
    close: char,
    to: &mut String,
    write: impl Fn(T, &mut String),
) {
    to.push(open);
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            to.push(',');
        }
        write(value, to);
    }
    to.push(close);
}

/// Writes a text of JSON.
fn quote(text: &str, to: &mut String) {
    to.push_str(&Value::from(text).to_string());
}
