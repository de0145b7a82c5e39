//! What the levels of a pair weigh, field by field, without the reference in memory.

use std::collections::BTreeMap;

use super::error::MatchError;
use super::linker::Engine;
use super::memory::day_of;
use super::model::using;
use crate::index::Frequencies;
use crate::model::{Model, Weight};
use crate::reference::{ReferenceDatabase, ReferenceRecord};
use crate::reviews::how_common;

/// The model that weighs, as it is now.
#[derive(Debug, Clone)]
pub struct Weighing {
    engine: &'static Engine,
    model: Model,
}

impl Weighing {
    /// Reads the model of a matcher.
    ///
    /// # Errors
    /// [`MatchError`] where there is none, or it cannot be read.
    pub fn new(engine: &'static Engine, reference: &ReferenceDatabase) -> Result<Self, MatchError> {
        let model = using(&engine.matcher, reference)?.model(&engine.matcher)?;
        Ok(Self { engine, model })
    }

    /// Returns the bits of a pair of which nothing is known.
    #[must_use]
    pub const fn prior_bits(&self) -> f64 {
        self.model.prior_bits
    }

    /// Returns the bits of each level of a pair, by field. What is equal to a common value says less: how common it is tells the record of
    /// the reference, which has the same.
    ///
    /// # Errors
    /// [`MatchError`] of the reference.
    pub fn bits(
        &self,
        reference: &ReferenceDatabase,
        record: &ReferenceRecord,
        levels: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, f64>, MatchError> {
        let Self { engine, model } = self;
        let prepared = engine.prepare(std::iter::once((&record.columns, day_of(&record.run_id)))).pop();
        let mut bits = BTreeMap::new();
        for (place, (field, weights)) in engine.matcher.fields.iter().zip(&model.weights).enumerate() {
            let Some(level) = levels.get(&field.name).and_then(|level| field.kind.level(level)) else { continue };
            let Some(weight) = weights.get(usize::from(level.0)) else { continue };
            let value = prepared.as_ref().and_then(|row| row.values.get(place)?.as_deref());
            let of_level = match (weight, value) {
                (Weight::Shares { m, .. }, Some(value)) if level.0 == 0 && field.is_frequent => {
                    let (having, all) = how_common(reference, &field.name, Frequencies::hash(value))?;
                    let share = if all == 0 { 0.0 } else { having as f64 / all as f64 };
                    (m / share.max(model.floor)).log2()
                }
                _ => weight.bits(),
            };
            bits.insert(field.name.clone(), of_level);
        }
        Ok(bits)
    }
}
