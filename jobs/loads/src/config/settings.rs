//! How a table is loaded: what holds where nothing is said, what `defaults` change, and what overrides of tables do.

use std::time::Duration;

use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Preset, Spot};
use carelake_database::Specials;

use super::columns::Treatment;
use super::duration;
use super::hand_on::HandOn;
use super::keys::SETTINGS;
use super::pattern::TablePattern;

/// A mode that the configuration asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModeWord {
    /// The whole table, every time.
    Full,
    /// Rows changed since the last load, by a cursor.
    Incremental,
    /// Rows with new keys.
    Append,
    /// Rows changed since the last load, by transaction.
    Xid,
}

/// How often a table is compared with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconcile {
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Only when somebody asks.
    Never,
}

/// What the comparison looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReconcileBy {
    /// Keys and the cursor.
    Key,
    /// All columns.
    Row,
}

/// How the rows that the source has now are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latest {
    /// As files of their own.
    Merge,
    /// As a view.
    View,
    /// Not at all.
    Nothing,
}

/// What follows from a change of a table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evolve {
    /// The table goes along.
    Evolve,
    /// New columns are not read.
    Freeze,
    /// The load of the table fails.
    Fail,
}

/// What `latest` does with rows that are marked as deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletedRows {
    /// They are not in it.
    Leave,
    /// They are in it.
    Keep,
}

/// How a table is loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The mode, if it is not to be found out.
    pub mode: Option<ModeWord>,
    /// The column that tells when, or in which order, a row was written; if it is not to be found out.
    pub cursor: Option<String>,
    /// Names of columns that tell when a row was changed, the best first.
    pub cursors: Vec<String>,
    /// The column that marks rows as deleted.
    pub deleted: Option<String>,
    /// What `latest` does with these.
    pub deleted_rows: DeletedRows,
    /// How far a bookmark stays behind; none: as far as is right for the server.
    pub lag: Option<Duration>,
    /// The most rows of a table that is read whole without being asked to.
    pub full_max_rows: u64,
    /// How often it is compared with its source.
    pub reconcile: Reconcile,
    /// What the comparison looks at.
    pub reconcile_by: ReconcileBy,
    /// How the rows that the source has now are served.
    pub latest: Latest,
    /// What follows from a change of columns.
    pub evolve: Evolve,
    /// What is made of values for which there is none in the lake.
    pub specials: Specials,
    /// Former runs that are kept.
    pub keep_runs: u32,
    /// How often a bookmark moves when nothing comes.
    pub bookmark_every: Duration,
    /// The share of rows that may be refused, 0 to 1.
    pub max_reject_ratio: f64,
    /// The share of rows that may be gone in a full load, 0 to 1.
    pub max_drop_ratio: f64,
    /// Rows of a range; none: as the table suggests.
    pub chunk_rows: Option<u64>,
    /// Columns that tell rows apart into folders.
    pub partition_by: Vec<String>,
    /// Whether a full load that was cut begins again.
    pub full_consistent: bool,
    /// How long a table that is gone is remembered.
    pub forget_after: Duration,
    /// What is made of single columns.
    pub columns: Vec<(String, Treatment)>,
    /// Whether every attribute of a table of DynamoDB is a column.
    pub all_attributes: bool,
    /// Texts that another room takes as files.
    pub hand_on: Option<HandOn>,
}

/// What is said about the tables that a pattern fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// The tables.
    pub tables: TablePattern,
    /// What is said.
    pub(super) said: Said,
}

/// What one place of the configuration says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Said {
    mode: Option<ModeWord>,
    cursor: Option<String>,
    cursors: Option<Vec<String>>,
    deleted: Option<String>,
    deleted_rows: Option<DeletedRows>,
    lag: Option<Duration>,
    full_max_rows: Option<u64>,
    reconcile: Option<Reconcile>,
    reconcile_by: Option<ReconcileBy>,
    latest: Option<Latest>,
    evolve: Option<Evolve>,
    specials: Option<Specials>,
    keep_runs: Option<u32>,
    bookmark_every: Option<Duration>,
    max_reject_ratio: Option<f64>,
    max_drop_ratio: Option<f64>,
    chunk_rows: Option<u64>,
    partition_by: Option<Vec<String>>,
    full_consistent: Option<bool>,
    forget_after: Option<Duration>,
    columns: Vec<(String, Treatment)>,
    all_attributes: bool,
    hand_on: Option<HandOn>,
}

impl Override {
    /// Returns what is handed on, where it says so.
    #[must_use]
    pub const fn hand_on(&self) -> Option<&HandOn> {
        self.said.hand_on.as_ref()
    }

    /// Returns the columns that something is said of.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.said.columns.iter().map(|(name, _)| name.as_str())
    }
}

impl Settings {
    /// Returns what holds where the configuration says nothing.
    #[must_use]
    pub fn preset() -> Self {
        let whole = |name| match preset(name) {
            Some(Preset::Whole(number)) => u64::try_from(number).unwrap_or_default(),
            _ => 0,
        };
        let number = |name| match preset(name) {
            Some(Preset::Number(number)) => number,
            _ => 0.0,
        };
        let span = |name| duration::preset(&SETTINGS, name);
        Self {
            mode: None,
            cursor: None,
            cursors: CURSORS.map(str::to_owned).to_vec(),
            deleted: None,
            deleted_rows: DeletedRows::Leave,
            lag: None,
            full_max_rows: whole("full_max_rows"),
            reconcile: Reconcile::Daily,
            reconcile_by: ReconcileBy::Key,
            latest: Latest::Merge,
            evolve: Evolve::Evolve,
            specials: Specials::Null,
            keep_runs: u32::try_from(whole("keep_runs")).unwrap_or(u32::MAX),
            bookmark_every: span("bookmark_every"),
            max_reject_ratio: number("max_reject_ratio"),
            max_drop_ratio: number("max_drop_ratio"),
            chunk_rows: None,
            partition_by: Vec::new(),
            full_consistent: false,
            forget_after: span("forget_after"),
            columns: Vec::new(),
            all_attributes: false,
            hand_on: None,
        }
    }

    /// Returns these, changed by what is said.
    pub(super) fn with(&self, said: &Said) -> Self {
        let own = self.clone();
        // What is said of columns adds up: a mask is never lost by another override.
        let mut columns = own.columns;
        for (name, treatment) in &said.columns {
            columns.retain(|(known, _)| known != name);
            columns.push((name.clone(), treatment.clone()));
        }
        Self {
            mode: said.mode.or(own.mode),
            cursor: said.cursor.clone().or(own.cursor),
            cursors: said.cursors.clone().unwrap_or(own.cursors),
            deleted: said.deleted.clone().or(own.deleted),
            deleted_rows: said.deleted_rows.unwrap_or(own.deleted_rows),
            lag: said.lag.or(own.lag),
            full_max_rows: said.full_max_rows.unwrap_or(own.full_max_rows),
            reconcile: said.reconcile.unwrap_or(own.reconcile),
            reconcile_by: said.reconcile_by.unwrap_or(own.reconcile_by),
            latest: said.latest.unwrap_or(own.latest),
            evolve: said.evolve.unwrap_or(own.evolve),
            specials: said.specials.unwrap_or(own.specials),
            keep_runs: said.keep_runs.unwrap_or(own.keep_runs),
            bookmark_every: said.bookmark_every.unwrap_or(own.bookmark_every),
            max_reject_ratio: said.max_reject_ratio.unwrap_or(own.max_reject_ratio),
            max_drop_ratio: said.max_drop_ratio.unwrap_or(own.max_drop_ratio),
            chunk_rows: said.chunk_rows.or(own.chunk_rows),
            partition_by: said.partition_by.clone().unwrap_or(own.partition_by),
            full_consistent: said.full_consistent.unwrap_or(own.full_consistent),
            forget_after: said.forget_after.unwrap_or(own.forget_after),
            columns,
            all_attributes: said.all_attributes || own.all_attributes,
            hand_on: said.hand_on.clone().or(own.hand_on),
        }
    }
}

/// What stands in the place of columns where every attribute is one.
const AUTO: &str = "auto";

/// The usual names of columns that tell when a row was changed, the best first.
pub(super) const CURSORS: [&str; 10] = [
    "updated_at",
    "updated_on",
    "update_time",
    "modified_at",
    "modified_on",
    "last_modified",
    "last_updated",
    "changed_at",
    "row_updated",
    "row_updated_at",
];

fn preset(name: &str) -> Option<Preset> {
    SETTINGS.iter().find(|key| key.name == name).and_then(|key| key.preset)
}

impl Said {
    /// Reads what is said at a place.
    pub(super) fn read(spot: &Spot<'_>, keys: &[Key], mistakes: &mut Mistakes) -> Self {
        let fields = spot.keyed(keys, mistakes);
        let mut reader = Reader { fields: &fields, mistakes };
        Self {
            mode: reader.word("mode", &[ModeWord::Full, ModeWord::Incremental, ModeWord::Append, ModeWord::Xid]),
            cursor: reader.text("cursor", "a column"),
            cursors: reader.texts("cursors"),
            deleted: reader.text("deleted", "a column"),
            deleted_rows: reader.word("deleted_rows", &[DeletedRows::Leave, DeletedRows::Keep]),
            lag: reader.span("lag"),
            full_max_rows: reader.whole("full_max_rows"),
            reconcile: reader.word("reconcile", &[Reconcile::Daily, Reconcile::Weekly, Reconcile::Never]),
            reconcile_by: reader.word("reconcile_by", &[ReconcileBy::Key, ReconcileBy::Row]),
            latest: reader.word("latest", &[Latest::Merge, Latest::View, Latest::Nothing]),
            evolve: reader.word("evolve", &[Evolve::Evolve, Evolve::Freeze, Evolve::Fail]),
            specials: reader.word("specials", &[Specials::Null, Specials::Error, Specials::Text]),
            keep_runs: reader.whole("keep_runs").and_then(|number| u32::try_from(number).ok()),
            bookmark_every: reader.span("bookmark_every"),
            max_reject_ratio: reader.share("max_reject_ratio"),
            max_drop_ratio: reader.share("max_drop_ratio"),
            chunk_rows: reader.whole("chunk_rows"),
            partition_by: reader.texts("partition_by"),
            full_consistent: reader.fields.get("full_consistent").and_then(|spot| spot.boolean(reader.mistakes)),
            forget_after: reader.span("forget_after"),
            all_attributes: reader.fields.get("columns").is_some_and(|spot| spot.raw_text() == Some(AUTO)),
            columns: reader.columns(),
            hand_on: reader.fields.get("hand_on").and_then(|spot| HandOn::read(&spot, reader.mistakes)),
        }
    }
}

/// Reads values that may be absent.
struct Reader<'f, 'a, 'm> {
    fields: &'f Fields<'a>,
    mistakes: &'m mut Mistakes,
}

impl Reader<'_, '_, '_> {
    fn word<T: Copy>(&mut self, name: &str, values: &[T]) -> Option<T> {
        let Some(Form::Word(words)) = SETTINGS.iter().find(|key| key.name == name).map(|key| key.form) else {
            return None;
        };
        let choices: Vec<(&str, T)> = words.iter().copied().zip(values.iter().copied()).collect();
        self.fields.get(name)?.choice(&choices, self.mistakes)
    }

    fn text(&mut self, name: &str, what: &str) -> Option<String> {
        self.fields.get(name)?.text(what, self.mistakes)
    }

    fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let texts = self.fields.get(name)?.texts("names of columns", self.mistakes);
        Some(texts.into_iter().map(|(text, _)| text).collect())
    }

    fn span(&mut self, name: &str) -> Option<Duration> {
        duration::read(&self.fields.get(name)?, self.mistakes)
    }

    fn whole(&mut self, name: &str) -> Option<u64> {
        let Some(Form::Whole(least, most)) = SETTINGS.iter().find(|key| key.name == name).map(|key| key.form) else {
            return None;
        };
        let number = self.fields.get(name)?.number("a whole number", least..=most, self.mistakes)?;
        u64::try_from(number).ok()
    }

    fn share(&mut self, name: &str) -> Option<f64> {
        self.fields.get(name)?.number("a number", 0.0..=1.0, self.mistakes)
    }

    fn columns(&mut self) -> Vec<(String, Treatment)> {
        let Some(spot) = self.fields.get("columns").filter(|spot| spot.raw_text() != Some(AUTO)) else {
            return Vec::new();
        };
        let entries = spot.entries("columns and what is made of them", self.mistakes);
        let read = |(name, spot): (&str, Spot<'_>)| Some((name.to_owned(), Treatment::read(&spot, self.mistakes)?));
        entries.into_iter().filter_map(read).collect()
    }
}
