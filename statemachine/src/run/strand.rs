//! A strand: one thread of control through a flow. The machine is one, every branch and every item another.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::log::LogId;
use super::map_run::MapRun;
use crate::scope::Variables;
use crate::state::container::Tolerance;
use crate::state::handler::RetryCounts;
use crate::state::{Flow, State};

/// The number of a strand.
pub(super) type StrandId = usize;

/// When a timer fires, and its place among those of the same moment.
pub(super) type TimerKey = (Timestamp, Rank, u64);

/// Which timers of one moment fire first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Before the others.
    First,
    /// After the others, and after what those lead to in the same moment.
    Last,
}

/// One thread of control.
pub(super) struct Strand<'e> {
    pub(super) flow: &'e Flow,
    /// The execution it belongs to.
    pub(super) log: LogId,
    /// The strand it was split off from, and its place among its siblings.
    pub(super) parent: Option<(StrandId, usize)>,
    /// The last event of this strand, to which the next one refers.
    pub(super) last_event: u64,
    pub(super) variables: Variables,
    /// The item a Map gave it: index and value.
    pub(super) item: Option<Value>,
    pub(super) iteration: Vec<usize>,
    pub(super) visit: Option<Visit<'e>>,
    pub(super) alive: bool,
}

/// One visit to a state, from entering it to leaving it, retries included.
pub(super) struct Visit<'e> {
    pub(super) state: &'e State,
    pub(super) input: Value,
    pub(super) entered_id: u64,
    pub(super) entered_at: Timestamp,
    pub(super) counts: RetryCounts,
    pub(super) retries: u32,
    /// How many attempts the retrier that matched last allows.
    pub(super) of: Option<u32>,
    pub(super) token: Option<String>,
    pub(super) stage: Stage<'e>,
}

/// What a visit waits for.
pub(super) enum Stage<'e> {
    /// Nothing.
    Working,
    /// A task's answer.
    Calling(u64),
    /// A timer: a Wait, or the pause before a retry.
    Sleeping(TimerKey),
    /// Branches or items.
    Joining(Box<Join<'e>>),
}

/// The branches or items under way.
pub(super) struct Join<'e> {
    /// What each branch or item starts with; a Map's items wait here until there is room for them.
    pub(super) inputs: Vec<Value>,
    /// The items of an inline Map for the context object, next to `inputs`.
    pub(super) items: Vec<Value>,
    /// How many items are in each of `inputs`, where those are batches; one each when empty.
    pub(super) weights: Vec<u32>,
    /// How many items there are in all.
    pub(super) total: u32,
    /// The run of a Distributed Map.
    pub(super) map_run: Option<MapRun<'e>>,
    pub(super) next: usize,
    pub(super) running: BTreeSet<StrandId>,
    pub(super) results: Vec<Option<Value>>,
    pub(super) done: usize,
    pub(super) failed: u32,
    pub(super) tolerance: Tolerance,
}

impl Join<'_> {
    pub(super) fn new(inputs: Vec<Value>, tolerance: Tolerance) -> Self {
        let results = vec![None; inputs.len()];
        let total = u32::try_from(inputs.len()).unwrap_or(u32::MAX);
        Self {
            inputs,
            items: Vec::new(),
            weights: Vec::new(),
            total,
            map_run: None,
            next: 0,
            running: BTreeSet::new(),
            results,
            done: 0,
            failed: 0,
            tolerance,
        }
    }

    /// Counts a failed child, and returns whether the others go on.
    pub(super) fn tolerates_failure_of(&mut self, index: usize) -> bool {
        self.done += 1;
        self.failed = self.failed.saturating_add(self.weights.get(index).copied().unwrap_or(1));
        self.tolerance.is_set() && !self.tolerance.is_exceeded(self.failed, self.total)
    }

    /// Returns the inputs of children that were never started.
    pub(super) fn pending(&self) -> &[Value] {
        self.inputs.get(self.next..).unwrap_or_default()
    }
}
