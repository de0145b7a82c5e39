//! Making the tables of a source: those parts that are not made of what is there now.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{Input, Keep, Pointer, Publishing, Served, Swap, current, reconcile_link};
use carelake_fhirpath::{View, Views};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xxhash_rust::xxh3::xxh3_128;

use super::compiled::{compiled, references};
use super::fill::{Filling, schema};
use crate::config::{Definition, Source};
use crate::error::FhirError;
use crate::rows::RunWriter;
use crate::settle::is_more;
use crate::world::World;

/// What made the parts.
const MADE_BY: &str = "fhir.views";

/// What the tables of a source are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tables {
    /// Rows, by view.
    pub rows: BTreeMap<String, u64>,
    /// Parts that were written.
    pub parts: u64,
    /// What was found wanting in what was written: values of another type than their column, several where there is room for one.
    pub found: BTreeMap<String, u64>,
}

/// What the pointer of a view keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    /// What it is made by: its definition, and the base URLs of the source.
    definition: String,
    /// The run of resources that each part is made of.
    parts: BTreeMap<String, RunId>,
}

/// Makes what is not made of the resources that are there now. `anew` names views that are made anew whatever they are made of. Beside what
/// is made it answers [`FhirError::Many`] of the first view that cannot be: that view is as it was, and the others are made.
///
/// # Errors
/// [`FhirError`]. Views that were committed before it are new, and the rest is as it was.
pub fn make(
    world: &World<'_>,
    source: &Source,
    anew: &dyn Fn(&str) -> bool,
) -> Result<(Tables, Option<FhirError>), FhirError> {
    let (mut tables, mut unmade) = (Tables::default(), None);
    let Some(served) = Served::of(world.store, &source.resources())? else { return Ok((tables, unmade)) };
    let there: BTreeMap<String, RunId> =
        served.manifests.iter().filter_map(|run| Some((run.part.clone()?, run.run_id.clone()))).collect();
    let publications: Vec<Publication> = source.views.iter().map(|view| source.publication(&view.name)).collect();
    let mut stale: Vec<(&Definition, &Publication)> = Vec::new();
    for (definition, publication) in source.views.iter().zip(&publications) {
        let pointer = current(world.store, publication)?;
        let is_made = held(pointer.as_ref(), publication)?
            .is_some_and(|held| held.definition == hash(source, definition) && held.parts == there);
        if !is_made || anew(&definition.name) {
            stale.push((definition, publication));
        }
    }
    if !stale.is_empty() {
        let definitions: Vec<Definition> = stale.iter().map(|(definition, _)| (*definition).clone()).collect();
        let views = compiled(&definitions, (world.now)())?;
        let mut work = Vec::new();
        for (definition, publication) in &stale {
            work.push(One::begin(world, source, definition, publication, anew(&definition.name))?);
        }
        let making = Making { world, served: &served, there: &there, views: &views, work };
        unmade = making.carry_out(source, &mut tables)?;
    }
    for (definition, publication) in source.views.iter().zip(&publications) {
        // Whoever moved a pointer may not have lived to show it.
        reconcile_link(world.store, publication)?;
        let rows = current(world.store, publication)?.map_or(0, |pointer| pointer.rows());
        tables.rows.insert(definition.name.clone(), rows);
    }
    Ok((tables, unmade))
}

fn held(pointer: Option<&Pointer>, publication: &Publication) -> Result<Option<Held>, FhirError> {
    let state = pointer.map(|pointer| &pointer.state).filter(|state| !state.is_null());
    state
        .map(|state| Held::deserialize(state).map_err(|_| FhirError::State { publication: publication.path() }))
        .transpose()
}

fn hash(source: &Source, definition: &Definition) -> String {
    format!("{:032x}", xxh3_128(format!("{}\n{}", source.bases.join(" "), definition.text).as_bytes()))
}

/// One view that is being made.
struct One<'w> {
    publication: &'w Publication,
    publishing: Publishing<'w>,
    before: Held,
    after: Held,
    is_anew: bool,
    swap: Swap,
}

impl<'w> One<'w> {
    fn begin(
        world: &World<'w>,
        source: &Source,
        definition: &Definition,
        publication: &'w Publication,
        is_anew: bool,
    ) -> Result<Self, FhirError> {
        let publishing = world.open(publication)?;
        let before = held(current(world.store, publication)?.as_ref(), publication)?.unwrap_or_default();
        let after = Held { definition: hash(source, definition), parts: BTreeMap::new() };
        let is_anew = is_anew || before.definition != after.definition;
        let swap = Swap { replace_all: is_anew, ..Swap::default() };
        Ok(Self { publication, publishing, before, after, is_anew, swap })
    }

    fn wants(&self, part: &str, run: &RunId) -> bool {
        self.is_anew || self.before.parts.get(part) != Some(run)
    }
}

struct Making<'m, 'w> {
    world: &'m World<'w>,
    served: &'m Served,
    there: &'m BTreeMap<String, RunId>,
    views: &'m Arc<Views>,
    work: Vec<One<'w>>,
}

impl Making<'_, '_> {
    /// Answers why the first view that cannot be made is not.
    fn carry_out(mut self, source: &Source, tables: &mut Tables) -> Result<Option<FhirError>, FhirError> {
        let mut filling = Filling::new(self.views, &references(source));
        for (part, run) in self.there {
            let wanted: Vec<bool> = self.work.iter().map(|one| one.wants(part, run)).collect();
            if wanted.contains(&true) {
                self.part(part, &wanted, &mut filling)?;
            }
        }
        let mut unmade = None;
        tables.found = filling.found();
        for ((one, view), rows) in self.work.into_iter().zip(self.views.iter()).zip(&filling.rows) {
            if let Some(error) = check(source, view, *rows, &filling.found()) {
                let of_view = format!("{}.", view.name());
                tables.found.retain(|name, _| !name.starts_with(&of_view));
                unmade = unmade.or(Some(error));
                continue;
            }
            tables.parts += one.swap.runs.len() as u64;
            let One { publication, publishing, after, before, is_anew, mut swap } = one;
            let after = Held { parts: self.there.clone(), ..after };
            if !is_anew {
                let pointer = current(self.world.store, publication)?;
                let is_gone = |part: &String| before.parts.contains_key(part) && !self.there.contains_key(part);
                let runs = pointer.iter().flat_map(|pointer| &pointer.runs);
                swap.retract
                    .extend(runs.filter(|run| run.part.as_ref().is_some_and(is_gone)).map(|run| run.run_id.clone()));
            }
            swap.state =
                Some(serde_json::to_value(&after).map_err(|_| FhirError::State { publication: publication.path() })?);
            publishing.commit(swap, Keep::ALL)?;
        }
        Ok(unmade)
    }

    /// Writes one part of the views that want it.
    fn part(&mut self, part: &str, wanted: &[bool], filling: &mut Filling<'_>) -> Result<(), FhirError> {
        let mut writers: Vec<Option<RunWriter<'_>>> = Vec::new();
        for ((one, view), is_wanted) in self.work.iter().zip(self.views.iter()).zip(wanted) {
            writers.push(match is_wanted {
                false => None,
                true => {
                    let identity = format!("{part} {} {}", one.publishing.sequence(), (self.world.now)());
                    let given = self.world.new_id(one.publication, &identity)?;
                    let schema = (&schema(view), false);
                    Some(RunWriter::begin(self.world, &one.publishing, one.publication, schema, given, MADE_BY)?)
                }
            });
        }
        let served = self.served.only(|run| run.part.as_deref() == Some(part));
        let work = &self.work;
        filling.part(self.world, &served, wanted, &mut |view, batch: &RecordBatch| {
            if let Some(one) = work.get(view) {
                one.publishing.beat()?;
            }
            writers.get_mut(view).and_then(Option::as_mut).map_or(Ok(()), |writer| writer.push(batch))
        })?;
        let input = Input::Publication {
            publication: self.served.publication.clone(),
            content: self.served.pointer.content,
            runs: served.manifests.iter().map(|run| run.run_id.clone()).collect(),
        };
        for (one, writer) in self.work.iter_mut().zip(writers) {
            let Some(writer) = writer else { continue };
            let details = json!({ "after": one.publishing.sequence() });
            // A part without rows has its columns.
            one.swap.runs.push(writer.seal(Some(part.to_owned()), vec![input.clone()], BTreeMap::new(), details)?);
        }
        Ok(())
    }
}

/// Answers where more rows than may be have several values and a column takes one.
fn check(source: &Source, view: &View, rows: u64, found: &BTreeMap<String, u64>) -> Option<FhirError> {
    let most = source.max_reject_ratio;
    view.columns().iter().find_map(|column| {
        let many = found.get(&format!("{}.{}_many", view.name(), column.name())).copied().unwrap_or_default();
        let (origin, view, column) = (source.name.clone(), view.name().to_owned(), column.name().to_owned());
        is_more(many, rows, most).then_some(FhirError::Many { origin, view, column, many, rows, most })
    })
}
