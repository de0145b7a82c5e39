//! Makes a model of what is served now.

use std::collections::BTreeMap;

use carelake_core::names::RunId;
use jiff::civil::Date;
use serde_json::json;

use super::error::MatchError;
use super::linker::Engine;
use super::loading::load;
use super::memory::{forget, index};
use super::served::{Cells, files, served};
use super::world::World;
use crate::decide::Record;
use crate::record::Prepared;
use crate::reference::{Columns, KeptModel, Key, Reference};
use crate::train::{Label, Trained, train as trained_of};

/// A model that was made, and kept as a new version.
#[derive(Debug)]
pub struct Training {
    /// The model as it is kept.
    pub kept: KeptModel,
    /// How it came about.
    pub trained: Trained,
}

/// Persons that people said records are: the key of a record, and that of a reference record of its person.
pub type Labels = BTreeMap<Key, Key>;

/// A record that is looked up: its key, its partner, its values.
type Looked = (Key, Option<String>, Prepared);

/// Makes a model of the records and the reference of a matcher, and keeps it. No run uses it before it is the last one and the configuration
/// names none.
///
/// # Errors
/// [`MatchError`].
pub fn train(world: &World<'_>, engine: &'static Engine, labels: &Labels) -> Result<Training, MatchError> {
    let matcher = &engine.matcher;
    let mut reference = world.reference(&matcher.name)?;
    load(world, engine, &mut reference)?;
    let index = index(engine, &reference, &[])?;
    let (mut records, mut inputs): (Vec<Looked>, Vec<String>) = Default::default();
    for served in served(world, &matcher.name, &matcher.input.publications)? {
        inputs.extend(served.manifests.iter().map(|run| format!("{} {}", served.publication, run.run_id)));
        for file in files(&served) {
            for batch in file.batches(world.store)? {
                let cells = Cells::of(&batch);
                let rows: Vec<Columns> = (0..batch.num_rows()).map(|row| cells.columns(row)).collect();
                let as_of: Date = RunId::as_of(&file.run_id);
                let prepared = engine.prepare(rows.iter().map(|row| (row, as_of)));
                for (row, prepared) in prepared.into_iter().enumerate() {
                    let is_looked_up = matcher.input.takes_all || !engine.missing(&prepared).is_empty();
                    if let Some(key) = cells.key(row).filter(|_| is_looked_up) {
                        records.push((key, rows.get(row).and_then(|row| row.get("partner").cloned()), prepared));
                    }
                }
            }
        }
    }
    let all: Vec<Record<'_>> = records
        .iter()
        .map(|(key, partner, row)| Record {
            data_source: &key.data_source,
            partner: partner.as_deref(),
            patient_id: &key.patient_id,
            row,
            decisions: &[],
        })
        .collect();
    let label = |(at, (key, ..)): (usize, &Looked)| {
        let person = labels.get(key)?;
        Some(Label { record: at, place: index.place(&person.data_source, &person.patient_id)? })
    };
    let labelled: Vec<Label> = records.iter().enumerate().filter_map(label).collect();
    let trained = trained_of(&index, &all, &labelled)
        .map_err(|error| MatchError::Training { matcher: matcher.name.clone(), cause: error.to_string() })?;
    let loaded = reference.loaded()?;
    let reference_runs: Vec<String> = loaded.iter().map(|run| format!("{} {}", run.publication, run.run_id)).collect();
    let inputs = json!({
        "records": inputs, "reference": reference_runs, "config_sha256": engine.sha256(), "labels": labelled.len(),
    });
    let content = trained.to_json(matcher, inputs).to_string();
    let kept = reference.keep_model(&matcher.name, &content)?;
    forget();
    Ok(Training { kept, trained })
}
