//! One model: what its rows are, what they are made of, how they are published, what is asked of them.

use std::path::Path;

use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_core::names::Publication;

use super::column::Column;
use super::increments::{Dimension, Increment, Increments};
use super::keys::{MODEL, OUTPUT, PATTERN};
use super::script::Script;
use super::step::Step;
use super::test::{Check, Declared, model_tests};
use crate::sql::Checked;

/// What the rows of a model are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// Normalised and typed.
    Curated,
    /// Joined, pivoted.
    Transformed,
    /// Counted.
    Report,
}

impl Zone {
    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Curated => "curated",
            Self::Transformed => "transformed",
            Self::Report => "report",
        }
    }
}

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// A publication; `{tenant}` stands for the tenant.
    Publication(String),
    /// The union by name of all that a pattern names.
    Pattern(String),
}

/// An input, by its name in SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name in SQL, in lower case.
    pub name: String,
    /// Where it comes from.
    pub from: From,
}

/// What makes the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A question in SQL.
    Sql(Script),
    /// Steps, each on the result of the one before.
    Steps(Vec<Step>),
}

/// How a model is published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Whether a list of runs is served.
    pub is_log: bool,
    /// The columns that tell rows apart.
    pub key: Vec<String>,
    /// The columns whose values are folders.
    pub partition_by: Vec<String>,
}

/// A model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// What its rows are.
    pub zone: Zone,
    /// What a row is.
    pub description: String,
    /// Who is told of it.
    pub owner: Option<String>,
    /// Words by which it is selected.
    pub tags: Vec<String>,
    /// The publications that it reads.
    pub inputs: Vec<Input>,
    /// What makes the rows.
    pub body: Body,
    /// How it is published.
    pub output: Output,
    /// How much is made again.
    pub increment: Increment,
    /// The columns by which rows belong together: a row is made of rows of what is followed that have the same values in them.
    pub group: Vec<String>,
    /// What a change of its other inputs does.
    pub dimensions: Vec<Dimension>,
    /// The contract; none: what comes out is published.
    pub columns: Option<Vec<Column>>,
    /// What is asked of the rows.
    pub tests: Vec<Declared>,
    /// The input whose rows become the rows of the model.
    pub drives: Option<String>,
    /// Its share of the memory of the machine, bytes.
    pub memory_bytes: Option<u64>,
    /// Whether it may tell of somebody's health though it is a report.
    pub allow_phi: bool,
}

impl Model {
    /// Reads a model.
    pub(super) fn read(name: &str, spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Self> {
        check_own_name(spot, name, mistakes);
        let fields = spot.keyed(&MODEL, mistakes);
        let zones = [("curated", Zone::Curated), ("transformed", Zone::Transformed), ("report", Zone::Report)];
        let zone = fields.required("zone", "curated, transformed or report", mistakes);
        let zone = zone.and_then(|spot| spot.choice(&zones, mistakes));
        let description = fields.text("description", "what a row is", mistakes);
        let text = |key: &str, mistakes: &mut Mistakes| fields.get(key).and_then(|spot| spot.text("a text", mistakes));
        let (owner, drives) = (text("owner", mistakes), text("drives", mistakes));
        let tags = names(&fields, "tags", mistakes);
        let inputs = fields.get("inputs").map(|spot| inputs(&spot, mistakes)).unwrap_or_default();
        let body = body(&fields, folder, mistakes);
        let mut tests = Vec::new();
        let columns = fields.get("columns").map(|spot| {
            let entries = spot.entries("columns, by name", mistakes);
            entries.iter().filter_map(|(name, spot)| Column::read(name, spot, &mut tests, mistakes)).collect::<Vec<_>>()
        });
        let has_contract = fields.word("contract", true, &[false], mistakes);
        match (&columns, has_contract) {
            (None, true) => mistakes.add(spot, "has no `columns`; declare them, or say `contract: none`"),
            (Some(_), false) => mistakes.add(spot, "has `columns` and `contract: none`; keep one of the two"),
            (None, false) if zone == Some(Zone::Report) => {
                mistakes.add(spot, "is a report, which people read; declare its `columns`");
            }
            _ => {}
        }
        if let Some(spot) = fields.get("tests") {
            tests.extend(model_tests(&spot, mistakes));
        }
        let output = output(&fields, columns.as_deref(), mistakes);
        let Increments { increment, group, dimensions } = Increments::read(&fields, columns.as_deref(), mistakes);
        let memory_bytes = fields.get("memory").and_then(|spot| memory(&spot, mistakes));
        let allow_phi = fields.get("allow_phi").and_then(|spot| spot.boolean(mistakes)).unwrap_or(false);
        check_tests(&tests, columns.as_deref(), spot, mistakes);
        let model = Self {
            name: name.to_owned(),
            zone: zone?,
            description,
            owner,
            tags,
            inputs,
            body: body?,
            output,
            increment,
            group,
            dimensions,
            columns,
            tests,
            drives,
            memory_bytes,
            allow_phi,
        };
        model.check_increments(spot, mistakes);
        Some(model)
    }

    /// Returns what it is published as.
    #[must_use]
    pub fn publication(&self) -> Publication {
        Publication::of_feed("curated", &self.name)
    }

    /// Returns the tables that it names and does not make itself, each once: inputs and models.
    #[must_use]
    pub fn tables(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let mut own: Vec<&str> = Vec::new();
        let mut add = |name, own: &[&str]| {
            if !own.contains(&name) && !found.contains(&name) {
                found.push(name);
            }
        };
        match &self.body {
            Body::Sql(script) => script.tables().into_iter().for_each(|name| add(name, &[])),
            Body::Steps(steps) => {
                for step in steps {
                    step.tables().into_iter().for_each(|name| add(name, &own));
                    own.extend(step.named.as_deref());
                }
            }
        }
        found
    }

    /// Returns the tables that its tests ask.
    pub fn asked(&self) -> impl Iterator<Item = &str> {
        self.tests.iter().filter_map(|test| test.check.asks())
    }

    /// Returns whether an increment follows the runs of a table: it is no dimension.
    #[must_use]
    pub fn follows(&self, table: &str) -> bool {
        self.increment != Increment::Full && !self.dimensions.iter().any(|dimension| dimension.input == table)
    }

    /// Returns the columns by which rows belong together: the key, unless others are named.
    #[must_use]
    pub fn group(&self) -> &[String] {
        if self.group.is_empty() { &self.output.key } else { &self.group }
    }

    /// Returns an input.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// Returns its files of SQL.
    pub fn scripts(&self) -> impl Iterator<Item = &Script> {
        let (sql, steps) = match &self.body {
            Body::Sql(script) => (Some(script), &[] as &[Step]),
            Body::Steps(steps) => (None, steps.as_slice()),
        };
        sql.into_iter().chain(steps.iter().filter_map(|step| match &step.action {
            super::Action::Sql(script) => Some(script),
            _ => None,
        }))
    }

    /// Returns whether its rows depend on the day of the build.
    #[must_use]
    pub fn uses_as_of(&self) -> bool {
        let spines = match &self.body {
            Body::Steps(steps) => {
                steps.iter().any(|step| matches!(step.action, super::Action::Spine { to_as_of: true, .. }))
            }
            Body::Sql(_) => false,
        };
        spines || self.scripts().any(|script| script.checked.vars.iter().any(|var| var.name == crate::sql::AS_OF))
    }
}

fn names(fields: &Fields<'_>, key: &str, mistakes: &mut Mistakes) -> Vec<String> {
    let texts = fields.get(key).map(|spot| spot.texts("names", mistakes)).unwrap_or_default();
    texts.into_iter().map(|(text, _)| text).collect()
}

fn inputs(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Input> {
    let mut found = Vec::new();
    for (name, spot) in spot.entries("publications, by their name in SQL", mistakes) {
        check_own_name(&spot, name, mistakes);
        let from = if spot.is_map() {
            From::Pattern(spot.keyed(&PATTERN, mistakes).text("pattern", "a pattern such as loads/lab/*", mistakes))
        } else {
            let Some(text) = spot.text("a publication, such as files/units", mistakes) else { continue };
            if let Err(error) = text.replace("{tenant}", "tenant").parse::<Publication>() {
                mistakes.add(&spot, error.to_string());
            }
            From::Publication(text)
        };
        found.push(Input { name: name.to_owned(), from });
    }
    found
}

fn body(fields: &Fields<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Body> {
    match (fields.get("sql"), fields.get("steps")) {
        (Some(spot), None) => Some(Body::Sql(Script::read(&spot, folder, mistakes)?)),
        (None, Some(spot)) => {
            let spots = spot.list("steps", mistakes);
            let steps: Vec<_> = spots.iter().map(|spot| Step::read(spot, folder, mistakes)).collect();
            let first = spots.first().zip(steps.first().and_then(Option::as_ref));
            if let Some((spot, step)) = first
                && step.from.is_none()
                && step.action.kind() != "sql"
            {
                mistakes.add(spot, "is the first step and has no `from`; name the input or model that it works on");
            }
            steps.into_iter().collect::<Option<Vec<_>>>().filter(|steps| !steps.is_empty()).map(Body::Steps)
        }
        _ => {
            mistakes.add(&fields.owner, "needs one of `sql` and `steps`");
            None
        }
    }
}

fn output(fields: &Fields<'_>, columns: Option<&[Column]>, mistakes: &mut Mistakes) -> Output {
    let Some(spot) = fields.get("output") else { return Output::default() };
    let keyed = spot.keyed(&OUTPUT, mistakes);
    let is_log = keyed.word("kind", false, &[true], mistakes);
    let mut declared = |key: &str| {
        let Some(spot) = keyed.get(key) else { return Vec::new() };
        let texts = spot.texts("columns", mistakes);
        for (name, spot) in &texts {
            check_column(name, spot, columns, mistakes);
        }
        texts.into_iter().map(|(name, _)| name).collect()
    };
    let (key, partition_by) = (declared("key"), declared("partition_by"));
    Output { is_log, key, partition_by }
}

fn memory(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<u64> {
    let found = spot.raw_text().and_then(|text| {
        let (number, unit) = match text.strip_suffix("GiB") {
            Some(number) => (number, 30),
            None => (text.strip_suffix("MiB")?, 20),
        };
        number.trim().parse::<u64>().ok()?.checked_shl(unit)
    });
    if found.is_none() {
        spot.expected("a size, such as 512MiB or 2GiB", mistakes);
    }
    found
}

/// Says so where a column is none of those that are declared.
pub(super) fn check_column(name: &str, spot: &Spot<'_>, columns: Option<&[Column]>, mistakes: &mut Mistakes) {
    let Some(columns) = columns else { return };
    if !columns.iter().any(|column| column.name == name) {
        let known = columns.iter().map(|column| column.name.as_str());
        mistakes.unknown(spot, format!("`{name}` is none of the model's columns"), name, known);
    }
}

fn check_tests(tests: &[Declared], columns: Option<&[Column]>, spot: &Spot<'_>, mistakes: &mut Mistakes) {
    for (at, test) in tests.iter().enumerate() {
        if tests.iter().take(at).any(|other| other.name == test.name) {
            mistakes.add(spot, format!("two tests are called `{}`; give one of them a `name`", test.name));
        }
        let spot = spot.named("tests");
        for column in test.check.columns() {
            check_column(column, &spot, columns, mistakes);
        }
        let question = match &test.check {
            Check::Expression { text, .. } | Check::Distribution { condition: text, .. } => {
                format!("SELECT 1 AS one FROM this WHERE {text}")
            }
            Check::Empty(text) => text.clone(),
            _ => continue,
        };
        for wrong in Checked::parse(&question).err().unwrap_or_default() {
            mistakes.add(&spot, format!("{}: {}", test.name, wrong.message));
        }
    }
}
