//! How much of a model is made again when its inputs change.

use carelake_core::config::reader::{Fields, Mistakes, Spot};

use super::column::Column;
use super::keys::INCREMENTAL;
use super::model::{Model, check_column};

/// How much is made again when inputs change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Increment {
    /// All of it.
    #[default]
    Full,
    /// An output run for each run of the table that drives.
    Run,
    /// The partitions that changed rows touch.
    Partition,
}

/// What a change of an input does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// The input.
    pub input: String,
    /// Whether all is made again; else what is published stays as it is.
    pub rebuilds: bool,
}

/// What `incremental` says.
#[derive(Debug, Default)]
pub(super) struct Increments {
    pub(super) increment: Increment,
    pub(super) group: Vec<String>,
    pub(super) dimensions: Vec<Dimension>,
}

impl Increments {
    pub(super) fn read(fields: &Fields<'_>, columns: Option<&[Column]>, mistakes: &mut Mistakes) -> Self {
        let Some(spot) = fields.get("incremental") else { return Self::default() };
        if spot.raw_text() == Some("full") {
            return Self::default();
        }
        let keyed = spot.keyed(&INCREMENTAL, mistakes);
        let increment = keyed.word("by", Increment::Full, &[Increment::Run, Increment::Partition], mistakes);
        let names = keyed.get("group").map(|spot| spot.texts("columns", mistakes)).unwrap_or_default();
        for (name, spot) in &names {
            check_column(name, spot, columns, mistakes);
        }
        let entries = keyed.get("dimensions").map(|spot| spot.entries("inputs", mistakes)).unwrap_or_default();
        let choices = [("rebuild", true), ("as_published", false)];
        let dimension = |(input, spot): (&str, Spot<'_>)| {
            Some(Dimension { input: input.to_owned(), rebuilds: spot.choice(&choices, mistakes)? })
        };
        let dimensions = entries.into_iter().filter_map(dimension).collect();
        Self { increment, group: names.into_iter().map(|(name, _)| name).collect(), dimensions }
    }
}

impl Model {
    /// Says so where what an increment needs is not declared.
    pub(super) fn check_increments(&self, owner: &Spot<'_>, mistakes: &mut Mistakes) {
        let spot = owner.named("incremental");
        let tables = self.tables();
        let followed = tables.iter().filter(|name| self.follows(name)).count();
        let wrong = match self.increment {
            Increment::Full => None,
            _ if !self.output.is_log => Some("serves its parts as a log: write `output: {kind: log}`"),
            _ if followed == 0 => Some("follows nothing: every table is a dimension"),
            Increment::Run if followed > 1 => Some(
                "is made of the runs of one table; name the others under `dimensions`, with rebuild or as_published",
            ),
            Increment::Run => None,
            Increment::Partition if self.columns.is_none() => Some("needs declared `columns`"),
            Increment::Partition if self.output.partition_by.is_empty() => Some("needs `output.partition_by`"),
            Increment::Partition if self.group().is_empty() => {
                Some("needs `output.key`, or `group`: the columns by which rows belong together")
            }
            Increment::Partition => None,
        };
        if let Some(wrong) = wrong {
            mistakes.add(&spot, wrong);
        }
    }
}
