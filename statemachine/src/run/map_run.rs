//! A map run: the children of a Distributed Map, each an execution of its own.
//!
//! The history of the parent tells only how the run began and ended; items are read, and results written, through
//! [`Objects`](crate::Objects).

use std::sync::Arc;

use serde_json::{Value, json};

use super::engine::Engine;
use super::join::Children;
use super::log::{self, LogId};
use super::results::{self, Target};
use super::spread::{Spread, indexed};
use super::strand::{Join, StrandId};
use crate::failure::Failure;
use crate::history::{Details, EventKind};
use crate::items::{self, Batch, Place};
use crate::observer::DataStep;
use crate::state::container::{Map, Tolerance};
use crate::state::distributed::{Distributed, ItemReader, ItemSource, MAX_CHILDREN_AT_ONCE, ResultWriter};

/// A map run under way.
#[derive(Debug, Clone)]
pub(super) struct MapRun<'e> {
    pub(super) arn: String,
    pub(super) id: String,
    pub(super) label: String,
    /// The executions of its children, in the order in which they were started.
    pub(super) children: Vec<LogId>,
    pub(super) writer: Option<(&'e ResultWriter, Option<Value>)>,
}

/// What a reader is told: where, and how many at most.
struct Reading<'e> {
    reader: &'e ItemReader,
    parameters: Value,
    max_items: i64,
}

impl<'e> Engine<'e> {
    /// Starts a map run. Fails when a field of the state cannot be evaluated; later failures are those of the run.
    pub(super) fn start_map_run(
        &mut self,
        strand: StrandId,
        map: &'e Map,
        distributed: &'e Distributed,
        mut spread: Spread,
    ) -> Result<(), Failure> {
        let Some(state) = self.state(strand) else { return Ok(()) };
        let data = &spread.data;
        let surroundings = self.surroundings(strand);
        // What the fields say is found out first: a mistake in them is one of the state, and no run begins.
        let reading = match &distributed.reader {
            None => None,
            Some(reader) => Some(Reading {
                reader,
                max_items: match &reader.max_items {
                    None => 0,
                    Some(amount) => amount.whole("MaxItems", data, &surroundings.scope())?,
                },
                parameters: self.filled(strand, reader.parameters.as_ref(), data.clone())?,
            }),
        };
        let limits = match &distributed.batcher {
            None => None,
            Some(batcher) => Some(batcher.limits(data, &surroundings.scope())?),
        };
        let shared = match distributed.batcher.as_ref().and_then(|batcher| batcher.input.as_ref()) {
            None => None,
            Some(template) => Some(self.filled(strand, Some(template), data.clone())?),
        };
        let writer = match &distributed.writer {
            None => None,
            Some(writer) => {
                let target = writer.target.as_ref();
                let target = target.map(|target| self.filled(strand, Some(target), data.clone())).transpose()?;
                Some((writer, target))
            }
        };
        let (label, id) = (distributed.label(&state.name), self.random.uuid());
        let arn = self.log_of(strand).map(|log| log::map_run_arn(&log.context, &label, &id)).unwrap_or_default();
        let details = Details { map_run_arn: Some(arn.clone()), ..Details::default() };
        self.record(strand, EventKind::MapRunStarted, details);
        let items = std::mem::take(&mut spread.items);
        let inputs = self.child_inputs(strand, map, items, &spread.data, reading.as_ref()).map(|inputs| match limits {
            Some(limits) => items::batches(inputs, limits, shared.as_ref()),
            None => inputs.into_iter().map(|input| Batch { input, items: 1 }).collect(),
        });
        let batches = match inputs {
            Ok(batches) => batches,
            Err(failure) => {
                self.children_failed(strand, &Children::Items(map), failure);
                return Ok(());
            }
        };
        if limits.is_some() {
            let inputs = || batches.iter().map(|batch| batch.input.clone()).collect();
            self.show(strand, DataStep::AfterItemBatcher, inputs);
        }
        let total = batches.iter().map(|batch| batch.items).fold(0, u32::saturating_add);
        if let Some(known) = self.known_result(strand) {
            self.take_known(strand, known, spread.tolerance, total);
            return Ok(());
        }
        let weights = batches.iter().map(|batch| batch.items).collect();
        let inputs = batches.into_iter().map(|batch| batch.input).collect();
        // A child that fails is too many unless the definition says otherwise; the run then fails by that name.
        let none = Tolerance { count: Some(0), percentage: None };
        let tolerance = if spread.tolerance.is_set() { spread.tolerance } else { none };
        let run = MapRun { arn, id, label, children: Vec::new(), writer };
        let join = Join { weights, total, map_run: Some(run), ..Join::new(inputs, tolerance) };
        let concurrency = if spread.concurrency == 0 { MAX_CHILDREN_AT_ONCE } else { spread.concurrency };
        self.start_children(strand, map, join, concurrency);
        Ok(())
    }

    fn child_inputs(
        &mut self,
        strand: StrandId,
        map: &Map,
        found: Vec<Value>,
        data: &Value,
        reading: Option<&Reading<'_>>,
    ) -> Result<Vec<Value>, Failure> {
        let items = match reading {
            None => found,
            Some(reading) => self.read_items(strand, reading)?,
        };
        if map.item_selector.is_none() {
            return Ok(items);
        }
        self.item_inputs(strand, map, &indexed(items), data)
    }

    fn read_items(&mut self, strand: StrandId, reading: &Reading<'_>) -> Result<Vec<Value>, Failure> {
        let most = match usize::try_from(reading.max_items) {
            Ok(0) => usize::MAX,
            Ok(most) => most,
            Err(_) => return Err(items::unreadable("field MaxItems must be positive")),
        };
        let tasks = Arc::clone(&self.tasks);
        let source = &reading.reader.source;
        let items = items::read(source, Place::of(&reading.parameters), most, tasks.objects())?;
        if matches!(source, ItemSource::Json { pointer: Some(_) }) {
            self.show(strand, DataStep::AfterItemsPointer, || json!(items));
        }
        Ok(items)
    }

    /// Ends a map run whose children are all done.
    pub(super) fn finish_map_run(&mut self, strand: StrandId, map: &'e Map, outputs: Vec<Value>, run: &MapRun<'e>) {
        let output = match &run.writer {
            None => Ok(Value::Array(outputs)),
            Some(_) => self.write_results(run, &[]),
        };
        match output {
            Ok(output) => {
                let succeeded = self.record_aside(strand, EventKind::MapRunSucceeded, Details::default());
                self.record_after(strand, succeeded, EventKind::MapStateSucceeded, Details::default());
                self.hand_on(strand, &output, map.result_selector.as_ref(), &map.result_path);
            }
            Err(failure) => self.children_failed(strand, &Children::Items(map), failure),
        }
    }

    /// Writes the results of a map run of which too many items failed, and returns why the run failed.
    pub(super) fn give_up_map_run(&mut self, run: &MapRun<'e>, pending: &[Value]) -> Failure {
        match self.write_results(run, pending) {
            Ok(_) => Failure::too_many_items(),
            Err(failure) => failure,
        }
    }

    fn write_results(&self, run: &MapRun<'e>, pending: &[Value]) -> Result<Value, Failure> {
        let Some((writer, target)) = &run.writer else { return Ok(Value::Null) };
        let children = run.children.iter().filter_map(|id| self.logs.get(*id));
        let results = results::Results::of(children, pending, writer);
        match target {
            None => Ok(results.in_place()),
            Some(parameters) => {
                let place = Place::of(parameters);
                let target = Target { bucket: place.bucket, prefix: place.prefix, run: &run.id, arn: &run.arn };
                results.write(target, self.tasks.objects())
            }
        }
    }
}
