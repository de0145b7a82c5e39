//! Parallel and Map: splitting a strand, and joining what it was split into.

use serde_json::{Value, json};

use super::engine::{Engine, Step};
use super::strand::{Join, Stage, Strand, StrandId};
use crate::failure::Failure;
use crate::history::{Details, EventKind};
use crate::observer::DataStep;
use crate::state::container::{Map, Parallel, Tolerance};
use crate::state::{Flow, StateKind};
use crate::tasks::KnownResult;

/// What kind of children a strand has.
enum Children<'e> {
    Branches(&'e Parallel),
    Items(&'e Map),
}

impl<'e> Engine<'e> {
    /// Splits a strand into the branches of a Parallel.
    pub(super) fn split(&mut self, strand: StrandId, parallel: &'e Parallel) -> Result<(), Failure> {
        let data = self.selected_input(strand)?;
        let input = self.filled(strand, parallel.parameters.as_ref(), data)?;
        self.record(strand, EventKind::ParallelStateStarted, Details::default());
        if let Some(known) = self.known_result(strand) {
            self.take_known(strand, known, Tolerance::NONE, parallel.branches.len());
            return Ok(());
        }
        let inputs = vec![input; parallel.branches.len()];
        let join = Join::new(inputs, Vec::new(), Tolerance::NONE);
        self.set_stage(strand, Stage::Joining(Box::new(join)));
        let started = self.last_event(strand);
        for flow in &parallel.branches {
            self.start_child(strand, flow, started);
        }
        Ok(())
    }

    /// Spreads a strand over the items of a Map.
    pub(super) fn spread(&mut self, strand: StrandId, map: &'e Map) -> Result<(), Failure> {
        let data = self.effective_input(strand)?;
        let surroundings = self.surroundings(strand);
        let concurrency = map.max_concurrency.concurrency(&data, &surroundings.scope())?;
        self.show(strand, DataStep::MaxConcurrency, || json!(concurrency));
        let items = map.items(&data, &surroundings.scope())?;
        self.show(strand, DataStep::AfterItemsPath, || json!(items));
        self.record(strand, EventKind::MapStateStarted, Details { length: Some(items.len()), ..Details::default() });
        let tolerance = map.tolerance(&data, &surroundings.scope())?;
        self.show_tolerance(strand, tolerance);
        let items: Vec<Value> =
            items.into_iter().enumerate().map(|(index, value)| json!({"Index": index, "Value": value})).collect();
        let inputs = self.item_inputs(strand, map, &items, &data)?;
        let count = inputs.len();
        if let Some(known) = self.known_result(strand) {
            self.take_known(strand, known, tolerance, count);
            return Ok(());
        }
        self.set_stage(strand, Stage::Joining(Box::new(Join::new(inputs, items, tolerance))));
        let at_once = if concurrency == 0 { count } else { concurrency.min(count) };
        let started = self.last_event(strand);
        for _ in 0..at_once {
            self.start_child(strand, &map.processor, started);
        }
        if count == 0 {
            self.joined(strand);
        }
        Ok(())
    }

    fn show_tolerance(&mut self, strand: StrandId, tolerance: Tolerance) {
        if let Some(count) = tolerance.count {
            self.show(strand, DataStep::ToleratedFailureCount, || json!(count));
        }
        if let Some(percentage) = tolerance.percentage {
            self.show(strand, DataStep::ToleratedFailurePercentage, || json!(percentage));
        }
    }

    /// Returns what the branches or items come to, when that is known without running them.
    fn known_result(&self, strand: StrandId) -> Option<KnownResult> {
        self.tasks.known_result(&self.state(strand)?.name)
    }

    /// Takes a known result for that of the branches or items.
    fn take_known(&mut self, strand: StrandId, known: KnownResult, tolerance: Tolerance, count: usize) {
        let total = u32::try_from(count).unwrap_or(u32::MAX);
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

    fn item_inputs(
        &mut self,
        strand: StrandId,
        map: &Map,
        items: &[Value],
        data: &Value,
    ) -> Result<Vec<Value>, Failure> {
        let value = |item: &Value| item.get("Value").cloned().unwrap_or_default();
        if map.item_selector.is_none() {
            return Ok(items.iter().map(value).collect());
        }
        let outer = self.strands.get(strand).and_then(|strand| strand.item.clone());
        let mut inputs = Vec::with_capacity(items.len());
        for item in items {
            self.set_item(strand, Some(item.clone()));
            let input = self.filled(strand, map.item_selector.as_ref(), data.clone());
            self.set_item(strand, outer.clone());
            inputs.push(input?);
        }
        self.show(strand, DataStep::AfterItemSelector, || json!(inputs));
        Ok(inputs)
    }

    fn set_item(&mut self, strand: StrandId, item: Option<Value>) {
        if let Some(strand) = self.strands.get_mut(strand) {
            strand.item = item;
        }
    }

    /// Starts the next branch or item of a join, if there is one left.
    fn start_child(&mut self, parent: StrandId, flow: &'e Flow, previous: u64) {
        let child = self.strands.len();
        let Some(join) = self.join_mut(parent) else { return };
        let index = join.next;
        let Some(input) = join.inputs.get_mut(index).map(Value::take) else { return };
        let item = join.items.get(index).cloned();
        join.next += 1;
        join.running.insert(child);
        let mut last_event = previous;
        if item.is_some() {
            let details = Details { index: Some(index), ..Details::default() };
            last_event = self.record_after(parent, previous, EventKind::MapIterationStarted, details);
        }
        let Some(origin) = self.strands.get(parent) else { return };
        let mut iteration = origin.iteration.clone();
        iteration.extend(item.as_ref().map(|_| index));
        let strand = Strand {
            flow,
            parent: Some((parent, index)),
            last_event,
            variables: origin.variables.clone(),
            item: item.or_else(|| origin.item.clone()),
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
        if let Some(join) = self.join_mut(parent) {
            join.running.remove(&strand);
            join.done += 1;
            if let Some(slot) = join.results.get_mut(index) {
                *slot = Some(output);
            }
        }
        match children {
            Children::Branches(_) => self.set_last_event(parent, last),
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
    fn joined(&mut self, strand: StrandId) {
        let Some(join) = self.join_mut(strand) else { return };
        if join.done < join.results.len() {
            return;
        }
        let results: Vec<Value> = join.results.drain(..).flatten().collect();
        let results = Value::Array(results);
        self.set_stage(strand, Stage::Working);
        self.hand_on_results(strand, &results);
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
        let Some((parent, index)) = self.bury(strand) else {
            self.fail_execution(failure);
            return;
        };
        let last = self.last_event(strand);
        let Some(children) = self.children(parent) else { return };
        let mut failure = failure;
        if let Some(join) = self.join_mut(parent) {
            join.running.remove(&strand);
        }
        if let Children::Items(map) = children {
            let details = Details { index: Some(index), ..Details::default() };
            let id = self.record_after(parent, last, EventKind::MapIterationFailed, details);
            if failure.can_be_handled() && self.tolerated(parent) {
                self.set_last_event(parent, id);
                self.start_child(parent, &map.processor, last);
                self.joined(parent);
                return;
            }
            if failure.can_be_handled() && self.join_mut(parent).is_some_and(|join| join.tolerance.is_set()) {
                failure = Failure::too_many_items();
            }
        }
        self.set_last_event(parent, last);
        self.stop_children(parent);
        self.children_failed(parent, &children, failure);
    }

    /// Counts a failed item, and returns whether the Map goes on.
    fn tolerated(&mut self, parent: StrandId) -> bool {
        let Some(join) = self.join_mut(parent) else { return false };
        join.failed += 1;
        join.done += 1;
        let total = u32::try_from(join.results.len()).unwrap_or(u32::MAX);
        join.tolerance.is_set() && !join.tolerance.is_exceeded(join.failed, total)
    }

    fn children_failed(&mut self, parent: StrandId, children: &Children<'_>, failure: Failure) {
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

    /// Stops the branches or items that still run, because one of them has failed.
    fn stop_children(&mut self, parent: StrandId) {
        let is_map = matches!(self.children(parent), Some(Children::Items(_)));
        let running = self.join_mut(parent).map(|join| std::mem::take(&mut join.running)).unwrap_or_default();
        for child in running {
            let (index, last) = (self.strands.get(child).and_then(|child| child.parent), self.last_event(child));
            self.cancel_strand(child);
            if is_map {
                let details = Details { index: index.map(|(_, index)| index), ..Details::default() };
                self.record_after(parent, last, EventKind::MapIterationAborted, details);
            }
        }
        self.set_stage(parent, Stage::Working);
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
            Stage::Joining(join) => join.running.into_iter().for_each(|child| self.cancel_strand(child)),
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

    fn join_mut(&mut self, strand: StrandId) -> Option<&mut Join> {
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
