//! What an onlooker is told while an execution runs.

use std::time::Duration;

use serde_json::Value;

use crate::failure::Failure;
use crate::history::Event;

/// Something worth showing.
#[derive(Debug)]
pub enum Notice<'a> {
    /// An event has joined the history.
    Event(&'a Event),
    /// An event has joined the history of a child of a map run.
    ChildEvent {
        /// The name of the child.
        execution: &'a str,
        /// The event.
        event: &'a Event,
    },
    /// A Task is tried.
    Attempt {
        /// The state.
        state: &'a str,
        /// The indexes of the Map items it belongs to, outermost first.
        iteration: &'a [usize],
        /// Which attempt, counted from 1.
        number: u32,
        /// How many attempts there are at most, as far as is known: the first attempt cannot know which retrier will match.
        of: Option<u32>,
    },
    /// A state failed and will be tried again.
    Retrying {
        /// The state.
        state: &'a str,
        /// The indexes of the Map items it belongs to, outermost first.
        iteration: &'a [usize],
        /// Why it failed.
        failure: &'a Failure,
        /// Which retrier matched, counted from 0.
        retrier: usize,
        /// How long it waits first.
        wait: Duration,
        /// Which attempt comes next, counted from 1.
        number: u32,
        /// How many attempts its retrier allows, the first included.
        of: u32,
    },
    /// A catcher took a state's failure.
    Caught {
        /// The state.
        state: &'a str,
        /// Why it failed.
        failure: &'a Failure,
        /// Which catcher matched, counted from 0.
        catcher: usize,
    },
    /// A state was left.
    Left {
        /// The state.
        state: &'a str,
        /// What it hands on.
        output: &'a Value,
        /// Where it goes; `None` when its flow ends.
        next: Option<&'a str>,
    },
    /// A state's data after a step; told only to those who inspect.
    Data {
        /// The state.
        state: &'a str,
        /// The step.
        step: DataStep,
        /// The data.
        data: &'a Value,
    },
}

/// The steps a state's data go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataStep {
    /// As they came.
    Input,
    /// After `InputPath`.
    AfterInputPath,
    /// After `Parameters`.
    AfterParameters,
    /// The result of a task, or the fixed one of a Pass.
    Result,
    /// After `ResultSelector`.
    AfterResultSelector,
    /// After `ResultPath`.
    AfterResultPath,
    /// The variables after `Assign`.
    Variables,
    /// How many items of a Map are worked on at once.
    MaxConcurrency,
    /// How many items of a Map may fail.
    ToleratedFailureCount,
    /// What share of the items of a Map may fail, in percent.
    ToleratedFailurePercentage,
    /// The items of a Map.
    AfterItemsPath,
    /// The items that `ItemsPointer` names in the object of a Distributed Map.
    AfterItemsPointer,
    /// The items of a Map after `ItemSelector`.
    AfterItemSelector,
    /// The inputs of the children of a Distributed Map after `ItemBatcher`.
    AfterItemBatcher,
}

impl DataStep {
    /// Returns AWS's name of the step, as the TestState API gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::AfterInputPath => "afterInputPath",
            Self::AfterParameters => "afterParameters",
            Self::Result => "result",
            Self::AfterResultSelector => "afterResultSelector",
            Self::AfterResultPath => "afterResultPath",
            Self::Variables => "variables",
            Self::MaxConcurrency => "maxConcurrency",
            Self::ToleratedFailureCount => "toleratedFailureCount",
            Self::ToleratedFailurePercentage => "toleratedFailurePercentage",
            Self::AfterItemsPath => "afterItemsPath",
            Self::AfterItemsPointer => "afterItemsPointer",
            Self::AfterItemSelector => "afterItemSelector",
            Self::AfterItemBatcher => "afterItemBatcher",
        }
    }
}

/// Looks on while an execution runs. Any `FnMut(&Notice)` is one.
pub trait Observer {
    /// Is told something.
    fn notice(&mut self, notice: &Notice<'_>);

    /// Returns whether it wants to see [`Notice::Data`], which cost a copy each.
    fn inspects(&self) -> bool {
        false
    }
}

impl<F: FnMut(&Notice<'_>)> Observer for F {
    fn notice(&mut self, notice: &Notice<'_>) {
        self(notice);
    }
}

/// Looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn notice(&mut self, _notice: &Notice<'_>) {}
}
