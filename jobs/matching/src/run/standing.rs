//! How a matcher stands: what it published, what it is asked, and its model.

use std::collections::BTreeMap;

use carelake_core::publish::{Served, current};
use jiff::Timestamp;
use serde::Serialize;

use super::error::MatchError;
use super::linker::Engine;
use super::model::using;
use super::outcomes::{outcomes, repairs};
use super::shares::{State, Told};
use super::world::World;
use crate::model::{Model, Weight};
use crate::reference::Reference;
use crate::reviews::{Quality, quality};

/// How a matcher stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// The matcher.
    pub matcher: String,
    /// The last runs, oldest first.
    pub runs: Vec<Told>,
    /// When the last of them published.
    pub published_at: Option<Timestamp>,
    /// Rows of the reference that are loaded.
    pub reference_rows: i64,
    /// Runs of these.
    pub reference_runs: usize,
    /// The model in use, by the name that rows have for it; nothing where there is none that can be read.
    pub model: Option<String>,
    /// Its weights: field, level, m, u and bits.
    pub weights: Vec<WeightOf>,
    /// Cells that are given, by column.
    pub repairs: BTreeMap<String, u64>,
    /// How good runs and reviewers are.
    pub quality: Quality,
}

/// What a level of a field says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightOf {
    /// The field.
    pub field: String,
    /// The level.
    pub level: &'static str,
    /// Its share among pairs that are one person; nothing where a person gave the bits.
    pub m: Option<f64>,
    /// Its share among those that are not.
    pub u: Option<f64>,
    /// Its bits.
    pub bits: f64,
}

/// Looks how a matcher stands.
///
/// # Errors
/// [`MatchError`].
pub fn standing(world: &World<'_>, engine: &Engine) -> Result<Standing, MatchError> {
    let matcher = &engine.matcher;
    let pointer = current(world.store, &outcomes(&matcher.name))?;
    let state = pointer.as_ref().map(State::of).unwrap_or_default();
    let reference = world.reference(&matcher.name)?;
    let loaded = reference.loaded()?;
    let model = using(matcher, &reference).ok();
    let read: Option<Model> = model.as_ref().and_then(|model| model.model(matcher).ok());
    Ok(Standing {
        matcher: matcher.name.clone(),
        published_at: state.told.last().map(|told| told.at),
        runs: state.told,
        reference_rows: loaded.iter().map(|run| run.rows).sum(),
        reference_runs: loaded.len(),
        model: model.map(|model| model.name()),
        weights: read.map(|model| weights(engine, &model)).unwrap_or_default(),
        repairs: repaired(world, &matcher.name)?,
        quality: quality(&reference)?,
    })
}

fn weights(engine: &Engine, model: &Model) -> Vec<WeightOf> {
    let fields = engine.matcher.fields.iter().zip(&model.weights);
    let of_field = fields.flat_map(|(field, weights)| {
        field.kind.levels().iter().zip(weights).map(move |(level, weight)| {
            let (m, u) = match weight {
                Weight::Bits(_) => (None, None),
                Weight::Shares { m, u } => (Some(*m), Some(*u)),
            };
            WeightOf { field: field.name.clone(), level, m, u, bits: weight.bits() }
        })
    });
    of_field.collect()
}

/// Counts the cells that are given.
fn repaired(world: &World<'_>, matcher: &str) -> Result<BTreeMap<String, u64>, MatchError> {
    let mut counts = BTreeMap::new();
    let Some(served) = Served::of(world.store, &repairs(matcher))? else { return Ok(counts) };
    let schema = served.schema()?;
    let Ok(column) = schema.index_of("column") else { return Ok(counts) };
    let schema = std::sync::Arc::new(schema.project(&[column])?);
    for batch in served.batches(world.store, &schema) {
        let batch = batch?;
        let cells = super::served::Cells::of(&batch);
        for row in 0..batch.num_rows() {
            *counts.entry(cells.text("column", row).unwrap_or_default()).or_default() += 1;
        }
    }
    Ok(counts)
}
