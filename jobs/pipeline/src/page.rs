//! What a room shows of itself: data, never HTML. Whoever draws it knows no room.
//!
//! A page holds names, counts and moments. Where it shows a value of a person, the room says so, and who draws it asks for the right.
//! Such values are in a [`Comparison`] and in the tables behind it, and nowhere else.

use std::collections::BTreeMap;

use carelake_core::names::Publication;
use carelake_tabular::config::Config;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use super::cells::{PAGE_ROWS, shown, typed};
pub use super::comparison::{
    Answer, Answered, Beside, Compared, Comparison, Filter, Held, Last, Level, Likeness, Other, Said, Way,
};
use super::context::Context;
use super::pipeline::Failure;

/// A kind of page of a room, with a page for each of its items where it has items: `feeds` and `feeds/<name>`.
pub trait Pages: Sync {
    /// Returns its name in addresses: one word, unique in its room.
    fn name(&self) -> &'static str;

    /// Returns its title in a list of pages.
    fn title(&self) -> &'static str;

    /// Returns whether it shows values of persons, so that only who may see those may see it.
    fn shows_persons(&self) -> bool {
        false
    }

    /// Returns the columns that tell a row of a publication of the room from every other, where its section of the configuration
    /// says so; none of a publication that it is not about.
    fn key_of(&self, _config: &Config, _publication: &Publication) -> Vec<String> {
        Vec::new()
    }

    /// Returns the page that is asked for; `None` where there is no such item.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be told.
    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure>;

    /// Takes what somebody said by the form of a page; `None` where there is no such item, or nothing is asked. The same thing said once
    /// more, as by a double click, is taken and changes nothing.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be told whether it counts.
    fn answer(&self, _context: &Context<'_>, _view: &View, _said: &Said) -> Result<Option<Answered>, Failure> {
        Ok(None)
    }
}

/// What is to be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// The item; `None` for the page of all.
    pub item: Option<String>,
    /// Filters, and where to go on: what a page's own links say.
    pub query: BTreeMap<String, String>,
    /// Who looks; nobody where a page is asked for that is made for nobody in particular.
    pub by: Option<Looker>,
}

/// Somebody who looks at a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looker {
    /// A name of the operating system, or of the issuer that they signed in at.
    pub name: String,
    /// Whether what is for a lead is theirs.
    pub is_lead: bool,
    /// The feeds, or sources, whose persons they may see; all without a list.
    pub feeds: Option<Vec<String>>,
}

/// A page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// What it is, in words.
    pub title: String,
    /// Single facts.
    pub facts: Vec<Fact>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Courses of numbers over time.
    pub charts: Vec<Chart>,
    /// What can be done from here.
    pub actions: Vec<Action>,
    /// What was done last, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Last>,
    /// What a list may be cut down to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// A record beside those that it may be the same as; the tables are what is behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is of.
    pub label: String,
    /// It.
    pub cell: Cell,
    /// How it is to be taken.
    pub tone: Tone,
}

/// How something is to be taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// To be looked at.
    Warning,
    /// Wrong.
    Bad,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What it is of.
    pub title: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Its rows, a cell for each column.
    pub rows: Vec<Row>,
    /// What to do next where it has no rows.
    pub empty: String,
    /// The query of the same page that shows what comes after, where there is more.
    pub next: Option<BTreeMap<String, String>>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// A cell for each column.
    pub cells: Vec<Cell>,
    /// How it is to be taken.
    pub tone: Tone,
}

/// A value with its kind, so that who draws it knows how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Words.
    Text(String),
    /// Something to be typed or compared letter by letter: a name in code, a command, a hash.
    Code(String),
    /// A whole number.
    Count(u64),
    /// A share, 0 to 1.
    Share(f64),
    /// A size in bytes.
    Bytes(u64),
    /// A length of time in seconds.
    Seconds(f64),
    /// A moment.
    Moment(Timestamp),
    /// Words that lead to another page.
    Link {
        /// The words.
        text: String,
        /// Where to.
        to: To,
    },
    /// Nothing.
    None,
}

/// Another page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum To {
    /// A page of a room.
    Page {
        /// The room.
        room: String,
        /// The page.
        page: String,
        /// The item.
        item: Option<String>,
    },
    /// A page of a room, by a query.
    Asked {
        /// The room.
        room: String,
        /// The page.
        page: String,
        /// The item.
        item: Option<String>,
        /// The query.
        query: BTreeMap<String, String>,
    },
    /// An execution.
    Execution(String),
    /// A publication.
    Publication(String),
}

/// The course of numbers over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// What it is of, with the unit.
    pub title: String,
    /// A line each.
    pub lines: Vec<Line>,
}

/// A line of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What it is of.
    pub label: String,
    /// Its points, oldest first.
    pub points: Vec<(Timestamp, f64)>,
}

/// Something that can be done, once somebody has seen what it will do and said yes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// What a button says: a verb.
    pub label: String,
    /// What exactly will be done, in figures.
    pub effect: String,
    /// The command that does the same.
    pub command: String,
    /// What is called.
    pub does: Does,
}

/// What an action calls: nothing that could not be called without a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// A function of a room, whose handler is an action or a task.
    Call {
        /// Its name.
        function: String,
        /// What it is asked. What it holds of the state that was seen lets the function refuse when that has moved on.
        payload: Value,
    },
    /// An execution of a definition.
    Start {
        /// Its name.
        definition: String,
        /// Its input.
        input: Value,
    },
}
