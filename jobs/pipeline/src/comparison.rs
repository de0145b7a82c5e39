//! A record beside those that it may be the same as, and what somebody may answer. The only part of a page that has values of persons, and
//! so on no page but one that says so (`Pages::shows_persons`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::page::{Fact, To, Tone};

/// A record beside those that it may be the same as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What is asked, in a sentence.
    pub question: String,
    /// What the record is called.
    pub record: String,
    /// Those beside it, the likeliest first.
    pub others: Vec<Other>,
    /// What is compared, a line each.
    pub lines: Vec<Compared>,
    /// Bits of evidence before anything is compared.
    pub prior_bits: f64,
    /// What may be answered.
    pub answers: Vec<Answer>,
    /// Where one can go without an answer.
    pub ways: Vec<Way>,
    /// What the form sends along, such as the version that was seen.
    pub carries: BTreeMap<String, String>,
}

/// One that the record may be the same as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// What it is called.
    pub title: String,
    /// What there is to say of it, beside its values.
    pub facts: Vec<Fact>,
    /// Bits of evidence in all; nothing where nothing was weighed.
    pub bits: Option<f64>,
}

/// A line: a value of the record, and that of each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// What it is a value of.
    pub label: String,
    /// That of the record.
    pub own: Held,
    /// Those of the others, in their order.
    pub others: Vec<Beside>,
}

/// What is held in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Nothing.
    Missing,
    /// Something that stands where nobody knows a value.
    Placeholder(String),
    /// A value.
    Value(String),
}

/// A value beside that of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// It.
    pub held: Held,
    /// Whether the two are the same; nothing where a side is missing.
    pub likeness: Option<Likeness>,
    /// How well they agree; nothing where that was not weighed.
    pub level: Option<Level>,
}

/// How well two values agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Its name.
    pub name: String,
    /// Bits of evidence, less than none where it speaks against it.
    pub bits: f64,
}

/// Whether two values are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// They are.
    Same,
    /// They are alike.
    Alike,
    /// They are not.
    Unlike,
}

/// Something that may be answered, by a button or a key. It counts at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What is sent.
    pub value: String,
    /// What the button says.
    pub label: String,
    /// What it is called where its key is set: one word. Several have the same where each is about another of those beside the record.
    pub name: String,
    /// The key, unless somebody has set another.
    pub key: char,
    /// The place of the other that it is about.
    pub about: Option<usize>,
}

/// A way to another page, by a link or a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// What the link says.
    pub label: String,
    /// What it is called where its key is set.
    pub name: String,
    /// The key, unless somebody has set another.
    pub key: char,
    /// Where to.
    pub to: To,
}

/// A line that says what was done last, and what takes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// What was done.
    pub says: String,
    /// What takes it back.
    pub undo: Option<Answer>,
}

/// A choice of what a list shows: a member of the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// The member of the query.
    pub name: String,
    /// What it is, in words.
    pub label: String,
    /// What may be chosen. The first holds where nothing is; an empty one is called `any`.
    pub choices: Vec<String>,
    /// What is.
    pub chosen: String,
}

/// What somebody said by the form of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The value of the answer.
    pub answer: String,
    /// What they wrote beside it.
    pub comment: String,
    /// What the form carried.
    pub carried: BTreeMap<String, String>,
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It counts. What is to be looked at next: an item of the same page, or all of them; the query stays.
    Taken {
        /// The item.
        next: Option<String>,
    },
    /// It does not count, and nothing was changed.
    Refused {
        /// Why, in a sentence.
        says: String,
        /// Whether that is because something else was done meanwhile.
        is_late: bool,
    },
}

impl Held {
    /// Takes what a cell holds.
    #[must_use]
    pub fn of(text: Option<&str>, is_placeholder: bool) -> Self {
        match text.filter(|text| !text.is_empty()) {
            None => Self::Missing,
            Some(text) if is_placeholder => Self::Placeholder(text.to_owned()),
            Some(text) => Self::Value(text.to_owned()),
        }
    }

    /// Returns the value, if it is one.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Value(text) => Some(text),
            Self::Missing | Self::Placeholder(_) => None,
        }
    }
}

impl Likeness {
    /// Returns the sign that says it without colour.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Same => "=",
            Self::Alike => "≈",
            Self::Unlike => "≠",
        }
    }

    /// Returns how it is to be taken.
    #[must_use]
    pub const fn tone(self) -> Tone {
        match self {
            Self::Same => Tone::Good,
            Self::Alike => Tone::Warning,
            Self::Unlike => Tone::Bad,
        }
    }
}
