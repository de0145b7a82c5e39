//! What one commit changes: which runs are served after it, in which order.

use jiff::Timestamp;
use serde_json::Value;

use super::document::FORMAT;
use super::error::PublishError;
use super::manifest::Manifest;
use super::pointer::{Entry, Pointer, Serves};
use crate::names::{Publication, RunId};

/// A run that is complete and not served yet.
#[derive(Debug, Clone)]
pub struct Sealed {
    pub(super) manifest: Manifest,
    /// The run whose place in a log it takes; `None` of one that is added at the end.
    pub replaces: Option<RunId>,
}

impl Sealed {
    /// Returns what the run consists of.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn entry(&self) -> Entry {
        Entry { replaces: self.replaces.clone(), ..Entry::of(&self.manifest) }
    }
}

/// Neighbours of a list, and the run that takes their place.
#[derive(Debug, Clone)]
pub struct Join {
    pub(super) gone: Vec<RunId>,
    pub(super) sealed: Sealed,
}

/// What a commit changes, all of it at once. The default changes nothing.
#[derive(Debug, Clone, Default)]
pub struct Swap {
    /// The runs that are served from now on. In a log, one with a part takes the place of the run with the same part, one that
    /// replaces another takes its place, and every other is added at the end.
    pub runs: Vec<Sealed>,
    /// Serve these runs only.
    pub replace_all: bool,
    /// The runs of a log that are served no more.
    pub retract: Vec<RunId>,
    /// Neighbours of a log of which each group becomes one run. A commit fills it in.
    pub joins: Vec<Join>,
    /// The room's own position; `None` leaves it as it is.
    pub state: Option<Value>,
    /// The room's own files that are in force, as [`Draft::add_helper`](super::Draft::add_helper) answered them; `None` leaves them
    /// as they are.
    pub helpers: Option<Vec<String>>,
}

impl Swap {
    /// Serves one run.
    #[must_use]
    pub fn run(sealed: Sealed) -> Self {
        Self { runs: vec![sealed], ..Self::default() }
    }

    /// Returns whether the pointer says already what this would make it say: an earlier attempt moved it and did not live to
    /// tell.
    pub(super) fn is_done(&self, pointer: &Pointer) -> bool {
        let is_served = |sealed: &Sealed| pointer.entry(&sealed.manifest.run_id).is_some();
        let state = self.state.as_ref().is_none_or(|state| *state == pointer.state);
        let gone = self.retract.iter().all(|run_id| pointer.entry(run_id).is_none());
        let joined = self.joins.iter().all(|join| is_served(&join.sealed));
        let has_runs = !self.runs.is_empty() || !self.joins.is_empty();
        let alone = !self.replace_all || pointer.runs.len() == self.runs.len();
        has_runs && alone && self.runs.iter().all(is_served) && joined && state && gone
    }

    /// Returns the runs that are served after the commit.
    pub(super) fn list(
        &self,
        publication: &Publication,
        serves: Serves,
        served: &[Entry],
    ) -> Result<Vec<Entry>, PublishError> {
        let no_such_run =
            |run_id: &RunId| PublishError::NotServed { publication: publication.clone(), run_id: run_id.clone() };
        if serves == Serves::Snapshot {
            let last = self.runs.last().map(Sealed::entry);
            return Ok(last.map_or_else(|| served.to_vec(), |run| vec![run]));
        }
        let mut list = if self.replace_all { Vec::new() } else { served.to_vec() };
        for Join { gone, sealed } in self.joins.iter().filter(|_| !self.replace_all) {
            let first = gone.first().ok_or_else(|| no_such_run(&sealed.manifest.run_id))?;
            let at = list.iter().position(|entry| entry.run_id == *first).ok_or_else(|| no_such_run(first))?;
            let is_there = list.iter().skip(at).zip(gone).all(|(entry, run_id)| entry.run_id == *run_id);
            if !is_there || at + gone.len() > list.len() {
                return Err(no_such_run(first));
            }
            list.splice(at..at + gone.len(), [sealed.entry()]);
        }
        for run_id in &self.retract {
            let at = list.iter().position(|entry| entry.run_id == *run_id).ok_or_else(|| no_such_run(run_id))?;
            list.remove(at);
        }
        for sealed in &self.runs {
            let entry = sealed.entry();
            let is_same_part = |other: &Entry| entry.part.is_some() && other.part == entry.part;
            let place = match &sealed.replaces {
                Some(replaced) if !self.replace_all => {
                    let at = list.iter().position(|other| other.run_id == *replaced);
                    Some(at.ok_or_else(|| no_such_run(replaced))?)
                }
                _ => list.iter().position(|other| is_same_part(other) || other.run_id == entry.run_id),
            };
            match place.and_then(|at| list.get_mut(at)) {
                Some(place) => {
                    let replaces = Some(place.run_id.clone()).filter(|run_id| *run_id != entry.run_id);
                    *place = Entry { replaces, ..entry };
                }
                None => list.push(entry),
            }
        }
        Ok(list)
    }

    /// Returns the pointer that follows another.
    pub(super) fn after(
        &self,
        publication: &Publication,
        serves: Serves,
        last: Option<&Pointer>,
        new: New,
    ) -> Result<Pointer, PublishError> {
        let served = last.map(|last| last.runs.as_slice()).unwrap_or_default();
        let runs = self.list(publication, serves, served)?;
        let changed = last.is_none() || runs != served;
        let state = || last.map(|last| last.state.clone()).unwrap_or_default();
        let helpers = || last.map(|last| last.helpers.clone()).unwrap_or_default();
        let only = runs.last().filter(|_| serves == Serves::Snapshot);
        Ok(Pointer {
            version: FORMAT,
            kind: serves,
            run_id: only.map(|run| run.run_id.clone()),
            manifest: only.map(|run| run.manifest.clone()),
            sequence: new.sequence,
            content: match last {
                Some(last) => last.content + u64::from(changed),
                None => new.sequence,
            },
            runs,
            state: self.state.clone().unwrap_or_else(state),
            helpers: self.helpers.clone().unwrap_or_else(helpers),
            committed_at: new.committed_at,
            execution: new.execution,
            before: last.and_then(|last| if changed { Some(last.sequence) } else { last.before }),
            rolled_back: !changed && last.is_some_and(|last| last.rolled_back),
        })
    }
}

/// What a commit gives its pointer.
#[derive(Debug, Clone)]
pub(super) struct New {
    pub(super) sequence: u64,
    pub(super) committed_at: Timestamp,
    pub(super) execution: Option<String>,
}
