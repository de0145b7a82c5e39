//! From what was chosen to what is served: runs, and one move of the pointer with the state that says so.

use std::collections::BTreeSet;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::SchemaRef;
use arrow_select::filter::filter_record_batch;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{Keep, PublishError, Sealed, Served, Swap};
use carelake_core::table::Splicer;

use super::index::Onto;
use super::part::Part;
use super::rows::Rows;
use super::settle::Services;
use super::work::Work;
use crate::error::IntakeError;
use crate::feed::Mode;
use crate::publish::{Content, Contribution, Encoded, Sink, Taking};

impl Work<'_> {
    /// Serves what was chosen, with the state that says so, by one move of the pointer. Nothing is written where it is served
    /// already. Answers what failed after that.
    pub(super) fn publish(mut self, services: Services<'_>) -> Result<Vec<PublishError>, IntakeError> {
        self.after.forget_measures();
        self.after.forget_places();
        let mut swap = match self.mode {
            Mode::Append => self.each_its_run(services)?,
            Mode::Full => self.one_run(services, self.after.deliveries.len().saturating_sub(1))?,
            Mode::Upsert => self.one_run(services, 0)?,
        };
        if self.after == self.before {
            return Ok(Vec::new());
        }
        let found = self.after.deliveries.iter().filter_map(|held| held.found.as_ref());
        let parts = found.flat_map(|found| [&found.part, &found.places]).flatten().cloned();
        swap.helpers = Some(parts.chain(self.after.index.clone()).collect());
        swap.state = Some(
            serde_json::to_value(&self.after)
                .map_err(|cause| IntakeError::State { publication: self.shelf.desk.publication.path(), cause })?,
        );
        Ok(self.publishing.commit(swap, Keep::ALL)?.warnings)
    }

    /// Makes one run of all deliveries from this one on.
    fn one_run(&mut self, services: Services<'_>, from: usize) -> Result<Swap, IntakeError> {
        let only_state = Swap::default();
        let served: Vec<usize> = (from..self.after.deliveries.len()).collect();
        if served.is_empty() {
            return Ok(Swap { replace_all: true, ..only_state });
        }
        let before = self.before.deliveries.last().filter(|_| self.is_usable);
        if self.mode == Mode::Full
            && let (Some(before), Some(after)) = (before, self.after.deliveries.last_mut())
            && matches!(self.rows.last(), Some(Rows::None))
        {
            (after.run, after.identity) = (before.run.clone(), before.identity.clone());
            return Ok(only_state);
        }
        let made_of = self.made_of(&served);
        let identity = self.shelf.identity(&made_of);
        let known = self.before.deliveries.last().filter(|held| held.identity.as_ref() == Some(&identity));
        let (run, swap) = match known.and_then(|held| held.run.clone()) {
            Some(run) => {
                self.after.index.clone_from(&self.before.index);
                (run, only_state)
            }
            None => {
                let sealed = self.write(services, &served, &made_of, &identity)?;
                self.after.index = self.keep_index(services, &sealed.manifest().run_id)?;
                (sealed.manifest().run_id.clone(), Swap { replace_all: true, ..Swap::run(sealed) })
            }
        };
        for at in served {
            if let Some(held) = self.after.deliveries.get_mut(at) {
                (held.run, held.identity) = (Some(run.clone()), Some(identity.clone()));
            }
        }
        Ok(swap)
    }

    /// Makes a run of each delivery; those that are as they were stay.
    fn each_its_run(&mut self, services: Services<'_>) -> Result<Swap, IntakeError> {
        let mut swap = Swap::default();
        let mut stays: BTreeSet<RunId> = BTreeSet::new();
        for at in 0..self.after.deliveries.len() {
            let made_of = self.made_of(&[at]);
            let identity = self.shelf.identity(&made_of);
            let id = self.after.deliveries.get(at).map(|held| held.id.clone()).unwrap_or_default();
            let former = self.before.deliveries.iter().find(|held| held.id == id);
            let former = former.and_then(|held| Some((held.run.clone()?, held.identity.clone())));
            let run = match former {
                Some((run, known)) if known.as_ref() == Some(&identity) => run,
                former => {
                    let mut sealed = self.write(services, &[at], &made_of, &identity)?;
                    let run = sealed.manifest().run_id.clone();
                    sealed.replaces = former.map(|(run, _)| run);
                    stays.extend(sealed.replaces.clone());
                    swap.runs.push(sealed);
                    run
                }
            };
            stays.insert(run.clone());
            if let Some(held) = self.after.deliveries.get_mut(at) {
                (held.run, held.identity) = (Some(run), Some(identity));
            }
        }
        let gone = self.before.deliveries.iter().filter_map(|held| held.run.clone());
        swap.retract = gone.filter(|run| !stays.contains(run)).collect();
        Ok(swap)
    }

    /// Says what a run of these deliveries is made of.
    fn made_of(&self, served: &[usize]) -> Vec<Contribution> {
        let one = |at: &usize| {
            let held = self.after.deliveries.get(*at)?;
            let found = held.found.as_ref()?;
            let part = found.part.as_ref().and_then(|path| path.rsplit_once('/')).map_or("", |(_, name)| name);
            // Which rows of an `append` delivery are served follows from others; of an `upsert` feed all are named.
            let choice = self.merged.choices.get(*at)?.as_ref().filter(|_| self.mode != Mode::Upsert);
            let choice = choice.map(|choice| format!("{:032x}", choice.digest())).unwrap_or_default();
            let (mapping, name, made_for) = (&found.mapping, &held.name, &self.after.made_for);
            let replayed = found.replayed.as_deref().unwrap_or_default();
            Some(Contribution {
                delivery: held.id.clone(),
                date: held.delivery_date,
                sha256: held.sha256.clone(),
                account: held.account.clone().unwrap_or_default(),
                content: [mapping, replayed, part, &choice, name, made_for].join("\n"),
            })
        };
        served.iter().filter_map(one).collect()
    }

    fn write(
        &self,
        services: Services<'_>,
        served: &[usize],
        made_of: &[Contribution],
        identity: &str,
    ) -> Result<Sealed, IntakeError> {
        let rows = |sink: &mut Sink<'_>| {
            if let Some(onto) = &self.merged.onto {
                self.hand_over_served(services, onto, sink)?;
            }
            served.iter().try_for_each(|at| self.hand_over(services, *at, sink))
        };
        let encoded = self.served_whole(served).map(|(part, source_file)| Encoded {
            source_file,
            splice: Box::new(move |splicer: &Splicer, take: &mut Taking<'_>| {
                part.splice(services.output, splicer, take)
            }),
        });
        self.shelf.write(&self.publishing, made_of, identity, &Content { rows: &rows, encoded })
    }

    /// Returns the kept part of a run whose rows are all of one delivery, and all its rows; and the name of its file.
    fn served_whole(&self, served: &[usize]) -> Option<(&Part, &str)> {
        let ([at], None) = (served, &self.merged.onto) else { return None };
        let Rows::Kept(part) = self.rows.get(*at)? else { return None };
        let choice = self.merged.choices.get(*at)?.as_ref()?;
        let is_whole = choice.is_served.iter().all(|is_served| *is_served);
        is_whole.then_some((part, &self.after.deliveries.get(*at)?.name))
    }

    /// Hands over the rows of a delivery that are served.
    fn hand_over(&self, services: Services<'_>, at: usize, sink: &mut Sink<'_>) -> Result<(), IntakeError> {
        let chosen = (self.rows.get(at), self.merged.choices.get(at), self.after.deliveries.get(at));
        let (Some(rows), Some(Some(choice)), Some(held)) = chosen else { return Ok(()) };
        let mut passed = 0;
        rows.each_batch(services.output, &[], |batch, key| {
            let is_served = choice.is_served.get(passed..passed + batch.num_rows());
            let is_served = is_served.ok_or_else(|| IntakeError::Foreign { key: key.to_owned() })?;
            passed += batch.num_rows();
            give(batch, is_served, &held.name, sink)
        })
    }

    /// Hands over the rows that are served and stay.
    fn hand_over_served(&self, services: Services<'_>, onto: &Onto, sink: &mut Sink<'_>) -> Result<(), IntakeError> {
        let publication = self.shelf.desk.publication;
        let foreign = || IntakeError::Foreign { key: publication.path() };
        let served = Served::of(services.output, publication)?.ok_or_else(foreign)?;
        let schema = served.schema()?;
        let is_ours =
            |at: &usize| schema.fields().get(*at).is_some_and(|field| self.shelf.table.column(field.name()).is_some());
        let columns: Vec<usize> = (0..schema.fields().len()).filter(is_ours).collect();
        let schema: SchemaRef = schema.project(&columns)?.into();
        let mut passed = 0;
        for batch in served.batches(services.output, &schema) {
            let batch = batch?;
            let range = passed..passed + batch.num_rows();
            let (deliveries, stays) = (onto.deliveries.get(range.clone()), onto.stays.get(range));
            let (deliveries, stays) = deliveries.zip(stays).ok_or_else(foreign)?;
            let mut from = 0;
            for of_one in deliveries.chunk_by(|one, other| one == other) {
                let held = of_one.first().and_then(|at| self.after.deliveries.get(*at as usize)).ok_or_else(foreign)?;
                let rows = batch.slice(from, of_one.len());
                let stays = stays.get(from..from + of_one.len()).ok_or_else(foreign)?;
                give(&rows, stays, &held.name, sink)?;
                from += of_one.len();
            }
            passed += batch.num_rows();
        }
        if passed == onto.stays.len() { Ok(()) } else { Err(foreign()) }
    }

    /// Keeps the index that belongs to a run.
    fn keep_index(&mut self, services: Services<'_>, run: &RunId) -> Result<Option<String>, IntakeError> {
        let Some(index) = self.merged.index.take() else { return Ok(None) };
        let publication = self.shelf.desk.publication;
        let path = index.keep(services.output, |name| {
            let path = Publication::helper_path(run, name);
            (format!("{publication}/{path}"), path)
        });
        Ok(Some(path?.0))
    }
}

fn give(batch: &RecordBatch, is_served: &[bool], name: &str, sink: &mut Sink<'_>) -> Result<(), IntakeError> {
    let batch = filter_record_batch(batch, &BooleanArray::from(is_served.to_vec()))?;
    if batch.num_rows() == 0 { Ok(()) } else { sink(&batch, name) }
}
