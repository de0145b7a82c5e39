//! Map: finding its items, and what each child starts with.

use serde_json::{Value, json};

use super::engine::Engine;
use super::strand::{Join, Stage, StrandId};
use crate::failure::Failure;
use crate::history::{Details, EventKind};
use crate::observer::DataStep;
use crate::state::container::{Map, Tolerance};

/// What a Map has found out before its items are worked on.
pub(super) struct Spread {
    pub(super) data: Value,
    pub(super) items: Vec<Value>,
    pub(super) concurrency: usize,
    pub(super) tolerance: Tolerance,
}

impl<'e> Engine<'e> {
    /// Spreads a strand over the items of a Map.
    pub(super) fn spread(&mut self, strand: StrandId, map: &'e Map) -> Result<(), Failure> {
        let data = self.effective_input(strand)?;
        let surroundings = self.surroundings(strand);
        let concurrency = map.max_concurrency.concurrency(&data, &surroundings.scope())?;
        self.show(strand, DataStep::MaxConcurrency, || json!(concurrency));
        let has_reader = map.distributed.as_ref().is_some_and(|distributed| distributed.reader.is_some());
        // A reader's items are not in the data, whatever ItemsPath says.
        let items = if has_reader { Vec::new() } else { map.items(&data, &surroundings.scope())? };
        if !has_reader {
            self.show(strand, DataStep::AfterItemsPath, || json!(items));
        }
        self.record(strand, EventKind::MapStateStarted, Details { length: Some(items.len()), ..Details::default() });
        let tolerance = map.tolerance(&data, &surroundings.scope())?;
        self.show_tolerance(strand, tolerance);
        let spread = Spread { data, items, concurrency, tolerance };
        match &map.distributed {
            Some(distributed) => self.start_map_run(strand, map, distributed, spread),
            None => self.spread_inline(strand, map, spread),
        }
    }

    fn spread_inline(&mut self, strand: StrandId, map: &'e Map, spread: Spread) -> Result<(), Failure> {
        let items = indexed(spread.items);
        let inputs = self.item_inputs(strand, map, &items, &spread.data)?;
        let join = Join { items, ..Join::new(inputs, spread.tolerance) };
        if let Some(known) = self.known_result(strand) {
            self.take_known(strand, known, spread.tolerance, join.total);
            return Ok(());
        }
        self.start_children(strand, map, join, spread.concurrency);
        Ok(())
    }

    /// Starts as many items as may be worked on at once, or ends the Map when there is none.
    pub(super) fn start_children(&mut self, strand: StrandId, map: &'e Map, join: Join<'e>, concurrency: usize) {
        let count = join.inputs.len();
        self.set_stage(strand, Stage::Joining(Box::new(join)));
        let at_once = if concurrency == 0 { count } else { concurrency.min(count) };
        let started = self.last_event(strand);
        for _ in 0..at_once {
            self.start_child(strand, &map.processor, started);
        }
        if count == 0 {
            self.joined(strand);
        }
    }

    fn show_tolerance(&mut self, strand: StrandId, tolerance: Tolerance) {
        if let Some(count) = tolerance.count {
            self.show(strand, DataStep::ToleratedFailureCount, || json!(count));
        }
        if let Some(percentage) = tolerance.percentage {
            self.show(strand, DataStep::ToleratedFailurePercentage, || json!(percentage));
        }
    }

    /// Returns what each item becomes by ItemSelector.
    pub(super) fn item_inputs(
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
}

/// Returns items as the context object has them.
pub(super) fn indexed(items: Vec<Value>) -> Vec<Value> {
    items.into_iter().enumerate().map(|(index, value)| json!({"Index": index, "Value": value})).collect()
}
