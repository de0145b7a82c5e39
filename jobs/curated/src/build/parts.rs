//! The parts of a model: which are made again, and the rows of each.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::publish::{MOST_RUNS, Manifest, Served};
use polars::prelude::{
    Column, DataFrame, IntoLazy, JoinArgs, JoinType, LazyFrame, UnionArgs, UniqueKeepStrategy, col, concat, len, lit,
};
use xxhash_rust::xxh64::xxh64;

use super::error::BuildError;
use super::extent::{Change, together};
use super::inputs::{Table, folders, frames};
use super::make::{Made, ordered, shaped};
use super::state::came_as;
use super::testing::told;
use super::work::Work;
use crate::config::{Increment, Kind, Model};
use crate::engine::{EngineError, Shaped, polars_type, scan, take};

/// The parts of a model that has more partitions than a list may have entries.
const SHARED: u64 = 64;
/// The column that says which part a row belongs to.
const PART: &str = "part_";
/// What stands for no value in the name of a part.
const NO_VALUE: &str = "__null__";

/// What is made again.
pub(super) struct Remade {
    /// The rows of parts that are written, by part; one part without a name of a model that has none.
    pub(super) parts: Vec<(String, Rows)>,
    /// The parts that stay as they are.
    pub(super) kept: BTreeSet<String>,
    /// Whether partitions share parts.
    pub(super) is_shared: bool,
}

/// Where the rows of a part come from.
pub(super) enum Rows {
    /// They are there.
    Made(Made),
    /// They are made of one run of the table that drives; with the names under which its rows came.
    OfRun(Box<Served>, Vec<String>),
}

impl Remade {
    /// Adds a part without rows where there is no other: columns are told even so.
    fn or_empty(mut self, columns: &[(String, Kind)]) -> Self {
        if self.parts.is_empty() && self.kept.is_empty() {
            let none = |(name, kind): &(String, Kind)| Column::new_empty(name.as_str().into(), &polars_type(kind));
            if let Ok(rows) = DataFrame::new(0, columns.iter().map(none).collect()) {
                self.parts.push((String::new(), Rows::Made(Made { rows, columns: columns.to_vec() })));
            }
        }
        self
    }

    /// Makes all of a model.
    pub(super) fn whole(
        work: &Work<'_>,
        tables: &BTreeMap<String, Table>,
        before: Option<&Served>,
    ) -> Result<Self, BuildError> {
        match work.model.increment {
            Increment::Run => Self::of_runs(work, tables, None),
            Increment::Full => {
                let made = work.make(&frames(work.world, work.curated, work.model, tables)?)?;
                Ok(Self { parts: vec![(String::new(), Rows::Made(made))], kept: BTreeSet::new(), is_shared: false })
            }
            Increment::Partition => {
                let made = work.make(&frames(work.world, work.curated, work.model, tables)?)?;
                let mut found = Labels::of(work.model, &made.rows, false)?;
                let is_shared = found.names().len() > MOST_RUNS;
                if is_shared {
                    found = Labels::of(work.model, &made.rows, true)?;
                }
                let mut remade = Self { parts: Vec::new(), kept: BTreeSet::new(), is_shared };
                let labelled = found.label(made.rows.clone().lazy());
                for name in found.names() {
                    let own = labelled.clone().filter(col(PART).eq(lit(name.as_str())));
                    let made =
                        Made { rows: work.take(own.select(names(&made.columns)))?, columns: made.columns.clone() };
                    match before.filter(|_| !work.options.is_full) {
                        // What comes out as it is served stays, and whoever reads this model sees no change of it.
                        Some(before) if work.is_served(before, &name, &made)? => {
                            remade.kept.insert(name);
                        }
                        _ => remade.parts.push((name, Rows::Made(made))),
                    }
                }
                Ok(remade.or_empty(&made.columns))
            }
        }
    }

    /// Makes what follows from the runs that came and went; `None` where all has to be made again.
    pub(super) fn changed(
        work: &Work<'_>,
        tables: &BTreeMap<String, Table>,
        before: &Served,
        (changes, is_shared): (&[Change], bool),
    ) -> Result<Option<Self>, BuildError> {
        if work.model.increment == Increment::Run {
            return Self::of_runs(work, tables, Some(before)).map(Some);
        }
        let all: BTreeSet<String> = before.pointer.runs.iter().filter_map(|entry| entry.part.clone()).collect();
        let Some(units) = units(work, changes)? else {
            return Ok(Some(Self { parts: Vec::new(), kept: all, is_shared }));
        };
        let of_units = |frame: LazyFrame, how: JoinType| {
            let on: Vec<_> = work.model.group().iter().map(|name| col(name.as_str())).collect();
            frame.join(units.clone().lazy(), on.clone(), on, JoinArgs { nulls_equal: true, ..JoinArgs::new(how) })
        };
        let mut narrowed = frames(work.world, work.curated, work.model, tables)?;
        for (name, frame) in &mut narrowed {
            if work.model.follows(name) {
                *frame = of_units(frame.clone(), JoinType::Semi);
            }
        }
        let Shaped { frame, columns } = shaped(work.model, &narrowed, work.vars, work.options.as_of)?;
        let new = work.take(frame)?;
        let served = work.rows_of(before, &columns)?;
        let old = work.take(of_units(served.clone(), JoinType::Semi))?;
        let differing = work.take(differing(work.model, &new, &old, &columns))?;
        let touched = Labels::of(work.model, &differing, is_shared)?;
        let known: BTreeSet<String> = all.union(&touched.names()).cloned().collect();
        if !is_shared && known.len() > MOST_RUNS {
            return Ok(None);
        }
        let mut remade =
            Self { parts: Vec::new(), kept: all.difference(&touched.names()).cloned().collect(), is_shared };
        let new = Labels::of(work.model, &new, is_shared)?.label(new.lazy());
        for name in touched.names() {
            let mut frames = vec![new.clone().filter(col(PART).eq(lit(name.as_str()))).select(names(&columns))];
            let own = before.only(|manifest| manifest.part.as_deref() == Some(&name));
            if !own.manifests.is_empty() {
                frames.push(of_units(work.rows_of(&own, &columns)?, JoinType::Anti));
            }
            let frame =
                concat(frames, UnionArgs::default()).map_err(|error| work.failed(EngineError::of_question(&error)))?;
            let made = ordered(work.model, frame, columns.clone())?;
            // A part without rows is no longer there.
            if made.rows.height() > 0 {
                remade.parts.push((name, Rows::Made(made)));
            }
        }
        Ok(Some(remade.or_empty(&columns)))
    }

    /// Makes a part of each run of the table that drives; parts whose runs are all there still stay.
    fn of_runs(work: &Work<'_>, tables: &BTreeMap<String, Table>, before: Option<&Served>) -> Result<Self, BuildError> {
        let driving = tables.iter().find(|(name, _)| work.model.follows(name));
        let Some((_, Table::Served(served))) = driving else {
            let what = "what drives it is a file of the configuration, which has no runs".to_owned();
            return Err(work.failed(EngineError::Question { what }));
        };
        let sources: Vec<(Served, Vec<String>)> = served
            .iter()
            .flat_map(|one| {
                one.manifests
                    .iter()
                    .map(|manifest| (together(&one.publication, vec![manifest.clone()]), named(one, manifest)))
            })
            .collect();
        let current: BTreeSet<&String> = sources.iter().flat_map(|(_, names)| names).collect();
        let covers = |manifest: &Manifest| -> BTreeSet<String> {
            let of = manifest.details.get("of").and_then(|of| of.as_array());
            of.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        let mut kept: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for manifest in before.iter().flat_map(|before| &before.manifests) {
            let own = covers(manifest);
            if let Some(part) = &manifest.part
                && !own.is_empty()
                && own.iter().all(|name| current.contains(name))
            {
                kept.insert(part.clone(), own);
            }
        }
        loop {
            let covered: BTreeSet<&String> = kept.values().flatten().collect();
            let parts: Vec<(String, Rows)> = sources
                .iter()
                .filter(|(_, names)| names.iter().any(|name| !covered.contains(name)))
                .map(|(one, names)| (label(one), Rows::OfRun(Box::new(one.clone()), names.clone())))
                .collect();
            // A run that was joined with others is made as one: parts of these others would have their rows twice.
            let twice: BTreeSet<&String> = parts
                .iter()
                .flat_map(|(_, rows)| match rows {
                    Rows::OfRun(_, names) => names.as_slice(),
                    Rows::Made(_) => &[],
                })
                .filter(|name| covered.contains(name))
                .collect();
            let doubled: Vec<String> = kept
                .iter()
                .filter(|(_, names)| names.iter().any(|name| twice.contains(name)))
                .map(|(part, _)| part.clone())
                .collect();
            if doubled.is_empty() {
                if kept.len() + parts.len() > MOST_RUNS && before.is_some() {
                    return Self::of_runs(work, tables, None);
                }
                return Ok(Self { parts, kept: kept.into_keys().collect(), is_shared: false });
            }
            doubled.iter().for_each(|part| drop(kept.remove(part)));
        }
    }
}

/// Returns the names under which the rows of a run came, each with its publication.
fn named(served: &Served, manifest: &Manifest) -> Vec<String> {
    came_as(manifest).iter().map(|run| format!("{} {run}", served.publication)).collect()
}

/// Returns the part that a run of the table that drives becomes.
fn label(source: &Served) -> String {
    let run = source.manifests.first().map(|manifest| manifest.run_id.to_string()).unwrap_or_default();
    format!("{} {run}", source.publication)
}

/// Returns what came or went, by the columns by which rows belong together; `None` of nothing.
fn units(work: &Work<'_>, changes: &[Change]) -> Result<Option<DataFrame>, BuildError> {
    let mut found = Vec::new();
    for change in changes {
        for served in change.came.iter().chain(&change.left).filter(|served| !served.manifests.is_empty()) {
            let mut frame =
                scan(work.world.store, std::slice::from_ref(served), &folders(work.curated, &served.publication))
                    .map_err(|cause| work.failed(cause))?;
            let schema = frame.collect_schema().map_err(|error| work.failed(EngineError::of_question(&error)))?;
            for name in work.model.group() {
                if schema.get(name).is_none() {
                    let what = format!(
                        "{} has no column {name}, by which rows belong together; name it among `dimensions`",
                        change.table
                    );
                    return Err(work.failed(EngineError::Question { what }));
                }
            }
            let own = work.model.group().iter().map(|name| {
                let kind = work
                    .model
                    .columns
                    .iter()
                    .flatten()
                    .find(|column| column.name == *name)
                    .map(|column| polars_type(&column.kind));
                kind.map_or_else(|| col(name.as_str()), |kind| col(name.as_str()).cast(kind))
            });
            found.push(frame.select(own.collect::<Vec<_>>()));
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let all = concat(found, UnionArgs::default()).map_err(|error| work.failed(EngineError::of_question(&error)))?;
    let units = work.take(all.unique(None, UniqueKeepStrategy::Any))?;
    Ok(Some(units).filter(|units| units.height() > 0))
}

/// Returns the rows that are in one of two and not in the other, or more often; all of both where there are lists, which are not compared.
fn differing(model: &Model, new: &DataFrame, old: &DataFrame, columns: &[(String, Kind)]) -> LazyFrame {
    let side =
        |rows: &DataFrame, sign: i32| rows.clone().lazy().select(names(columns)).with_column(lit(sign).alias("side_"));
    let both = concat([side(new, 1), side(old, -1)], UnionArgs::default()).unwrap_or_else(|_| side(new, 1));
    let partition: Vec<_> = model.output.partition_by.iter().map(|name| col(name.as_str())).collect();
    if columns.iter().any(|(_, kind)| matches!(kind, Kind::List(_))) {
        return both.select(partition);
    }
    let counted = both.group_by(names(columns)).agg([col("side_").sum()]);
    counted.filter(col("side_").neq(lit(0))).select(partition)
}

/// Returns columns by their names.
pub(super) fn names(columns: &[(String, Kind)]) -> Vec<polars::prelude::Expr> {
    columns.iter().map(|(name, _)| col(name.as_str())).collect()
}

/// The parts to which partitions belong.
struct Labels {
    partitions: DataFrame,
    names: BTreeSet<String>,
    by: Vec<String>,
}

impl Labels {
    fn of(model: &Model, rows: &DataFrame, is_shared: bool) -> Result<Self, BuildError> {
        let failed = |error: polars::prelude::PolarsError| BuildError::Engine {
            model: model.name.clone(),
            cause: EngineError::of_rows(&error),
        };
        let by = model.output.partition_by.clone();
        let keys: Vec<_> = by.iter().map(|name| col(name.as_str())).collect();
        let counted = rows.clone().lazy().group_by(keys).agg([len().alias("rows_")]);
        let mut partitions = take(counted).map_err(|cause| BuildError::Engine { model: model.name.clone(), cause })?;
        let mut labels = Vec::new();
        for at in 0..partitions.height() {
            let mut folders = Vec::new();
            for name in &by {
                let value = partitions.column(name).and_then(|column| column.get(at)).map_err(failed)?;
                let text = if value.is_null() { NO_VALUE.to_owned() } else { told(&value) };
                folders.push(format!("{name}={text}"));
            }
            let name = folders.join("/");
            labels.push(if is_shared { format!("shared-{:02}", xxh64(name.as_bytes(), 0) % SHARED) } else { name });
        }
        let names = labels.iter().cloned().collect();
        partitions.with_column(Column::new(PART.into(), labels)).map_err(failed)?;
        Ok(Self { partitions, names, by })
    }

    fn names(&self) -> BTreeSet<String> {
        self.names.clone()
    }

    /// Adds to each row the part to which it belongs.
    fn label(&self, frame: LazyFrame) -> LazyFrame {
        let on: Vec<_> = self.by.iter().map(|name| col(name.as_str())).collect();
        let args = JoinArgs {
            nulls_equal: true,
            maintain_order: polars::prelude::MaintainOrderJoin::Left,
            ..JoinArgs::new(JoinType::Left)
        };
        frame.join(self.partitions.clone().lazy(), on.clone(), on, args)
    }
}
