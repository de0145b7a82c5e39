//! What a function works with, wherever it runs.

use std::fmt::Display;
use std::path::Path;

use carelake_core::ErrorKinds;
use carelake_core::names::{Publication, Scope};
use carelake_core::store::Store;
use carelake_tabular::job::Services;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::close::Expense;
use super::pipeline::{Failure, Pipeline};
use super::runner::Runner;
use super::secrets::Secrets;
use super::steps::Steps;

/// What a function works with: everything that differs between one machine and AWS.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// Configuration, stores, ledger, clock, and whether the answer is still wanted.
    pub services: Services<'c>,
    /// What was received and must never expire.
    pub raw: &'c dyn Store,
    /// A folder of this machine for files that are gone with the work.
    pub scratch: &'c Path,
    /// A folder of this machine for what a room keeps in files of its own; `None` on AWS, where no folder stays.
    pub state: Option<&'c Path>,
    /// The environment to name in commands.
    pub environment: &'c str,
    /// Whose data it is: the scope of rows and claims.
    pub scope: &'c Scope,
    /// The options with which a command works on the same lake, such as `--env dev`.
    pub options: &'c str,
    /// The machine, to name in notices; `None` on AWS.
    pub host: Option<&'c str>,
    /// The time zone of times in notices.
    pub zone: &'c TimeZone,
    /// The kinds of errors there are.
    pub kinds: ErrorKinds,
    /// The version of carelake and of its configuration, for manifests.
    pub code_version: &'c str,
    /// Whether what it uses is paid for, as it is on AWS.
    pub is_paid: bool,
    /// From when on runs could have been.
    pub since: &'c (dyn Fn() -> Result<Timestamp, Failure> + Sync),
    /// Starts and follows executions.
    pub runner: &'c dyn Runner,
    /// What the configuration keeps elsewhere.
    pub secrets: &'c dyn Secrets,
    /// The tables of the publications, where a catalog keeps them.
    pub tables: Option<&'c dyn Tables>,
    /// Where an operator looks.
    pub log: &'c dyn Log,
}

/// The tables of publications in a catalog.
pub trait Tables: Sync {
    /// Makes the table of a publication say what its pointer says.
    ///
    /// # Errors
    /// `Storage` when the catalog fails.
    fn flip(&self, publication: &Publication) -> Result<(), Failure>;

    /// Makes a view over those of these publications that have a table.
    ///
    /// # Errors
    /// `Storage` when the catalog fails.
    fn unite(&self, view: &str, publications: &[Publication]) -> Result<(), Failure>;

    /// Makes a view over the table of a publication, if it has one. `question` words it in SQL, of the name of the table as SQL writes it and
    /// its columns; it asks for all of them.
    ///
    /// # Errors
    /// `Storage` when the catalog fails.
    fn declare_view(&self, view: &Publication, over: &Publication, question: Question<'_>) -> Result<(), Failure>;
}

/// Words a question to a table in SQL: of its name, as SQL writes it, and its columns.
pub type Question<'q> = &'q (dyn Fn(&str, &[&str]) -> String + Sync);

/// Where functions tell what an operator should know, beside their answers. Names and counts, never values from the data.
pub trait Log: Sync {
    /// Tells of something that an operator should see to.
    fn warning(&self, message: &dyn Display);

    /// Tells figures: of one publication, or of the environment.
    fn measured(&self, message: &str, publication: Option<&str>, figures: &[Figure]);

    /// Tells how far the work on something is, for whoever looks on while it is done; most who are told need not know.
    fn under_way(&self, _subject: &str, _way: Way) {}
}

/// How far a piece of work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Way {
    /// Rows so far.
    pub rows: u64,
    /// Bytes of these, in memory.
    pub bytes: u64,
    /// Whether it is done, well or not.
    pub is_over: bool,
}

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Its name, with the unit where it has one: `PeakMemoryMB`.
    pub name: &'static str,
    /// The unit as CloudWatch names it: `Count`, `Seconds`, `None`.
    pub unit: &'static str,
    /// A number.
    pub value: Value,
}

impl Figure {
    /// Takes name, unit and number.
    #[must_use]
    pub fn new(name: &'static str, unit: &'static str, value: impl Into<Value>) -> Self {
        Self { name, unit, value: value.into() }
    }
}

impl<'c> Context<'c> {
    /// Returns what the steps of the monthly run work with. `steps` is what the execution did so far, where it was counted.
    #[must_use]
    pub fn pipeline(&self, steps: Option<Steps>) -> Pipeline<'c> {
        let Self { services, environment, options, host, zone, kinds, code_version, is_paid, .. } = *self;
        let expense = Expense { is_paid, steps };
        Pipeline { services, environment, options, host, zone, kinds, code_version, expense }
    }
}
