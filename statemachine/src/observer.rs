//! What an onlooker is told while an execution runs.

use std::time::Duration;

use crate::failure::Failure;
use crate::history::Event;

/// Something worth showing.
#[derive(Debug)]
pub enum Notice<'a> {
    /// An event has joined the history.
    Event(&'a Event),
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
        /// How long it waits first.
        wait: Duration,
        /// Which attempt comes next, counted from 1.
        number: u32,
        /// How many attempts its retrier allows, the first included.
        of: u32,
    },
}

/// Looks on while an execution runs. Any `FnMut(&Notice)` is one.
pub trait Observer {
    /// Is told something.
    fn notice(&mut self, notice: &Notice<'_>);
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
