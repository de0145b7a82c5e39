//! Which staged batches are published, and which are still to be.

use std::collections::BTreeSet;

use carelake_core::publish::current;
use jiff::Timestamp;
use jiff::civil::Date;

use super::state::State;
use crate::config::Stream;
use crate::publish::{StreamError, World};
use crate::take::{StagedName, days_from, list};

/// What is staged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pending {
    /// Batches that are not published yet, oldest name first.
    pub(crate) batches: Vec<StagedName>,
    /// The names of those that are, as far as they are remembered.
    pub(crate) passed: BTreeSet<String>,
}

impl Pending {
    /// Finds what is staged and not published.
    pub(crate) fn of(world: &World<'_>, stream: &Stream, state: &State, now: Timestamp) -> Result<Self, StreamError> {
        let passed: BTreeSet<String> = match &state.passed {
            Some(path) => {
                let key = format!("{}/{path}", stream.changes());
                let text = String::from_utf8(world.store.read(&key)?);
                let text = text.map_err(|_| StreamError::Damaged { key })?;
                text.lines().map(str::to_owned).collect()
            }
            None => BTreeSet::new(),
        };
        let from = state.staged_from.unwrap_or(Date::MIN);
        let mut batches = list(world.raw, stream, from, now)?;
        batches.retain(|name| !passed.contains(&name.path()));
        Ok(Self { batches, passed })
    }

    /// Finds it by what is served now.
    pub(crate) fn now(world: &World<'_>, stream: &Stream) -> Result<(State, Self), StreamError> {
        let state = State::of(stream, current(world.store, &stream.changes())?.as_ref())?;
        let pending = Self::of(world, stream, &state, (world.now)())?;
        Ok((state, pending))
    }

    /// Cuts off what is more than is published at once; answers whether anything is.
    pub(super) fn cut(&mut self, most_bytes: u64) -> Option<Date> {
        let mut bytes = 0_u64;
        let count = self.batches.iter().take_while(|name| {
            let is_in = bytes == 0 || bytes + name.bytes <= most_bytes;
            bytes += name.bytes;
            is_in
        });
        let count = count.count();
        let left = self.batches.split_off(count);
        left.iter().map(|name| name.day).min()
    }

    /// Returns the day from which on batches are looked for when these are published, and the names that are remembered.
    pub(super) fn after(&self, left: Option<Date>, now: Timestamp) -> (Date, BTreeSet<String>) {
        let from = left.into_iter().chain([days_from(now)]).min().unwrap_or_default();
        let first = from.to_string();
        let names = self.passed.iter().cloned().chain(self.batches.iter().map(StagedName::path));
        (from, names.filter(|name| name.as_str() >= first.as_str()).collect())
    }
}
