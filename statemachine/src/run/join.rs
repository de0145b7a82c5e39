//! Parallel and Map: splitting a strand, and joining what it was split into.

use serde_json::Value;

use super::engine::{Engine, Step};
use super::map_run::MapRun;
use super::strand::{Join, Stage, Strand, StrandId};
use crate::failure::Failure;
use crate::history::{Details, EventKind};
use crate::scope::Variables;
use crate::state::container::{Map, Parallel, Tolerance};
use crate::state::{Flow, StateKind};
use crate::tasks::KnownResult;

/// What kind of children a strand has.
pub(super) enum Children<'e> {
    Branches(&'e Parallel),
    Items(&'e Map),
}

impl Children<'_> {
    /// Returns whether each child is an execution of its own.
    fn are_executions(&self) -> bool {
        matches!(self, Self::Items(map) if map.distributed.is_some())
    }
}

impl<'e> Engine<'e> {
    /// Splits a strand into the branches of a Parallel.
    pub(super) fn split(&mut self, strand: StrandId, parallel: &'e Parallel) -> Result<(), Failure> {
        let data = self.selected_input(strand)?;
        let input = self.filled(strand, parallel.parameters.as_ref(), data)?;
        self.record(strand, EventKind::ParallelStateStarted, Details::default());
        if let Some(known) = self.known_result(strand) {
            self.take_known(strand, known, Tolerance::NONE, 0);
            return Ok(());
        }
        let inputs = vec![input; parallel.branches.len()];
        let join = Join::new(inputs, Tolerance::NONE);
        self.set_stage(strand, Stage::Joining(Box::new(join)));
        let started = self.last_event(strand);
        for flow in &parallel.branches {
            self.start_child(strand, flow, started);
        }
        Ok(())
    }

    /// Returns what the branches or items come to, when that is known without running them.
    pub(super) fn known_result(&self, strand: StrandId) -> Option<KnownResult> {
        self.tasks.known_result(&self.state(strand)?.name)
    }

    /// Takes a known result for that of the branches or items.
    pub(super) fn take_known(&mut self, strand: StrandId, known: KnownResult, tolerance: Tolerance, total: u32) {
        let too_many = tolerance.is_set() && tolerance.is_exceeded(known.failed_items, total);
        let failure = match known.result {
            Ok(_) if too_many => Failure::too_many_items(),
            Ok(results) => return self.hand_on_results(strand, &results),
            Err(error) => error.into(),
        };
        if let Some(children) = self.children(strand) {
            self.children_failed(strand, &children, failure);
        }
    }

    /// Starts the next branch or item of a join, if there is one left.
    pub(super) fn start_child(&mut self, parent: StrandId, flow: &'e Flow, previous: u64) {
        let child = self.strands.len();
        let Some(join) = self.join_mut(parent) else { return };
        let index = join.next;
        let Some(input) = join.inputs.get_mut(index).map(Value::take) else { return };
        let item = join.items.get(index).cloned();
        let run = join.map_run.as_ref().map(|run| (run.label.clone(), run.arn.clone()));
        join.next += 1;
        join.running.insert(child);
        let mut last_event = previous;
        if item.is_some() {
            let details = Details { index: Some(index), ..Details::default() };
            last_event = self.record_after(parent, previous, EventKind::MapIterationStarted, details);
        }
        let own = run.map(|(label, arn)| self.start_execution(parent, &label, &arn, &input));
        if let (Some(log), Some(run)) = (own, self.join_mut(parent).and_then(|join| join.map_run.as_mut())) {
            run.children.push(log);
        }
        let Some(origin) = self.strands.get(parent) else { return };
        let mut iteration = origin.iteration.clone();
        iteration.extend((item.is_some() || own.is_some()).then_some(index));
        // A child of a map run knows neither the variables nor the item of its parent, and its history begins anew.
        let strand = Strand {
            flow,
            log: own.unwrap_or(origin.log),
            parent: Some((parent, index)),
            last_event: if own.is_some() { 0 } else { last_event },
            variables: if own.is_some() { Variables::new() } else { origin.variables.clone() },
            item: if own.is_some() { None } else { item.or_else(|| origin.item.clone()) },
            iteration,
            visit: None,
            alive: true,
        };
        self.strands.push(strand);
        self.queue(child, Step::Enter(flow.start_at.clone(), input));
    }

    /// Takes note that a strand's flow has ended well.
    pub(super) fn ended(&mut self, strand: StrandId, output: Value) {
        let Some((parent, index)) = self.bury(strand) else {
            self.succeed(output);
            return;
        };
        let last = self.last_event(strand);
        let Some(children) = self.children(parent) else { return };
        if children.are_executions() {
            let details = Details { output: Some(output.clone()), ..Details::default() };
            self.end_execution(strand, EventKind::ExecutionSucceeded, details);
        }
        if let Some(join) = self.join_mut(parent) {
            join.running.remove(&strand);
            join.done += 1;
            if let Some(slot) = join.results.get_mut(index) {
                *slot = Some(output);
            }
        }
        match children {
            Children::Branches(_) => self.set_last_event(parent, last),
            Children::Items(map) if map.distributed.is_some() => self.start_child(parent, &map.processor, last),
            Children::Items(map) => {
                let details = Details { index: Some(index), ..Details::default() };
                let id = self.record_after(parent, last, EventKind::MapIterationSucceeded, details);
                self.set_last_event(parent, id);
                self.start_child(parent, &map.processor, last);
            }
        }
        self.joined(parent);
    }

    /// Hands on the results once all branches or items are done.
    pub(super) fn joined(&mut self, strand: StrandId) {
        let Some(join) = self.join_mut(strand) else { return };
        if join.done < join.results.len() {
            return;
        }
        let results: Vec<Value> = join.results.drain(..).flatten().collect();
        let run = join.map_run.take();
        self.set_stage(strand, Stage::Working);
        match (run, self.children(strand)) {
            (Some(run), Some(Children::Items(map))) => self.finish_map_run(strand, map, results, &run),
            _ => self.hand_on_results(strand, &Value::Array(results)),
        }
    }

    fn hand_on_results(&mut self, strand: StrandId, results: &Value) {
        match self.children(strand) {
            Some(Children::Branches(parallel)) => {
                self.record_aside(strand, EventKind::ParallelStateSucceeded, Details::default());
                self.hand_on(strand, results, parallel.result_selector.as_ref(), &parallel.result_path);
            }
            Some(Children::Items(map)) => {
                self.record_aside(strand, EventKind::MapStateSucceeded, Details::default());
                self.hand_on(strand, results, map.result_selector.as_ref(), &map.result_path);
            }
            None => {}
        }
    }

    /// Takes note that a strand's flow has failed.
    pub(super) fn strand_failed(&mut self, strand: StrandId, failure: Failure) {
        let Some((parent, _)) = self.bury(strand) else {
            self.fail_execution(failure);
            return;
        };
        let last = self.last_event(strand);
        let Some(children) = self.children(parent) else { return };
        if let Some(join) = self.join_mut(parent) {
            join.running.remove(&strand);
        }
        match children {
            Children::Branches(_) => {
                self.set_last_event(parent, last);
                self.stop_children(parent);
                self.children_failed(parent, &children, failure);
            }
            Children::Items(map) if map.distributed.is_some() => self.execution_failed(strand, parent, map, failure),
            Children::Items(map) => self.item_failed(strand, parent, map, failure),
        }
    }

    /// Takes note that an item of an inline Map has failed.
    fn item_failed(&mut self, strand: StrandId, parent: StrandId, map: &'e Map, failure: Failure) {
        let (last, index) = (self.last_event(strand), self.index(strand));
        let details = Details { index: Some(index), ..Details::default() };
        let id = self.record_after(parent, last, EventKind::MapIterationFailed, details);
        let is_tolerated =
            failure.can_be_handled() && self.join_mut(parent).is_some_and(|join| join.tolerates_failure_of(index));
        if is_tolerated {
            self.set_last_event(parent, id);
            self.start_child(parent, &map.processor, last);
            self.joined(parent);
            return;
        }
        let is_counted = failure.can_be_handled() && self.join_mut(parent).is_some_and(|join| join.tolerance.is_set());
        self.set_last_event(parent, last);
        self.stop_children(parent);
        let failure = if is_counted { Failure::too_many_items() } else { failure };
        self.children_failed(parent, &Children::Items(map), failure);
    }

    /// Takes note that a child of a map run has failed; its own error is in its own history only.
    fn execution_failed(&mut self, strand: StrandId, parent: StrandId, map: &'e Map, failure: Failure) {
        let index = self.index(strand);
        let details = Details { error: failure.error, cause: failure.cause, ..Details::default() };
        self.end_execution(strand, EventKind::ExecutionFailed, details);
        let Some(join) = self.join_mut(parent) else { return };
        if join.tolerates_failure_of(index) {
            self.start_child(parent, &map.processor, 0);
            self.joined(parent);
            return;
        }
        let pending = join.pending().to_vec();
        let run = self.stop_children(parent);
        let failure = run.map_or_else(Failure::too_many_items, |run| self.give_up_map_run(&run, &pending));
        self.children_failed(parent, &Children::Items(map), failure);
    }

    fn index(&self, strand: StrandId) -> usize {
        self.strands.get(strand).and_then(|strand| strand.parent).map_or(0, |(_, index)| index)
    }

    pub(super) fn children_failed(&mut self, parent: StrandId, children: &Children<'_>, failure: Failure) {
        if children.are_executions() {
            let details = Details { error: failure.error.clone(), cause: failure.cause.clone(), ..Details::default() };
            self.record(parent, EventKind::MapRunFailed, details);
        }
        if self.retried(parent, &failure) {
            return;
        }
        let kind = match children {
            Children::Branches(_) => EventKind::ParallelStateFailed,
            Children::Items(_) => EventKind::MapStateFailed,
        };
        self.record(parent, kind, Details::default());
        self.catch_or_give_up(parent, failure);
    }

    /// Stops the branches or items that still run, because one of them has failed; returns the map run they belonged to.
    fn stop_children(&mut self, parent: StrandId) -> Option<MapRun<'e>> {
        let is_map = matches!(self.children(parent), Some(Children::Items(_)));
        let join = self.join_mut(parent)?;
        let (running, run) = (std::mem::take(&mut join.running), join.map_run.take());
        for child in running {
            let (index, last) = (self.index(child), self.last_event(child));
            self.cancel_strand(child);
            if run.is_some() {
                self.end_execution(child, EventKind::ExecutionAborted, Details::default());
            } else if is_map {
                let details = Details { index: Some(index), ..Details::default() };
                self.record_after(parent, last, EventKind::MapIterationAborted, details);
            }
        }
        self.set_stage(parent, Stage::Working);
        run
    }

    /// Ends a strand and everything below it: tasks are told to stop, timers are cleared.
    pub(super) fn cancel_strand(&mut self, strand: StrandId) {
        let Some(found) = self.strands.get_mut(strand) else { return };
        found.alive = false;
        let Some(visit) = found.visit.as_mut() else { return };
        match std::mem::replace(&mut visit.stage, Stage::Working) {
            Stage::Working => {}
            Stage::Calling(call) => self.cancel_call(call),
            Stage::Sleeping(key) => self.clear_timer(key),
            Stage::Joining(join) => {
                let is_map_run = join.map_run.is_some();
                for child in join.running {
                    self.cancel_strand(child);
                    if is_map_run {
                        self.end_execution(child, EventKind::ExecutionAborted, Details::default());
                    }
                }
                if is_map_run {
                    self.record(strand, EventKind::MapRunAborted, Details::default());
                }
            }
        }
    }

    /// Ends a strand that has come to its end, and returns where it belongs.
    fn bury(&mut self, strand: StrandId) -> Option<(StrandId, usize)> {
        let strand = self.strands.get_mut(strand)?;
        strand.alive = false;
        strand.parent
    }

    fn children(&self, parent: StrandId) -> Option<Children<'e>> {
        match &self.state(parent)?.kind {
            StateKind::Parallel(parallel) => Some(Children::Branches(parallel)),
            StateKind::Map(map) => Some(Children::Items(map)),
            _ => None,
        }
    }

    fn join_mut(&mut self, strand: StrandId) -> Option<&mut Join<'e>> {
        match &mut self.visit_mut(strand)?.stage {
            Stage::Joining(join) => Some(join),
            _ => None,
        }
    }

    fn set_last_event(&mut self, strand: StrandId, id: u64) {
        if let Some(strand) = self.strands.get_mut(strand) {
            strand.last_event = id;
        }
    }
}
