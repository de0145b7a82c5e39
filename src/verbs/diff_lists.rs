//! What changed between two lists of runs: the runs themselves, and their rows by a key.

use carelake_core::names::Publication;
use carelake_core::publish::{self, Entry, Former, Pointer};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::lake::Lake;
use crate::output::{self, thousands};
use crate::published::Run;

/// Two lists of one publication.
pub(super) struct Lists {
    pub(super) earlier: Pointer,
    pub(super) later: Pointer,
}

impl Lists {
    /// Reads the lists of two sequences; the one that is served and the last that differs from it when none are given.
    pub(super) fn read(lake: &Lake, publication: &Publication, between: Option<(u64, u64)>) -> Result<Self, Failure> {
        let store = &*lake.output;
        let current = publish::current(store, publication)?
            .ok_or_else(|| Failure::argument(format!("{publication} was never published")))?;
        let mut all: Vec<Pointer> =
            publish::formers(store, publication, Some(&current))?.into_iter().map(pointer).collect();
        let kept = || all.iter().map(|pointer| pointer.sequence.to_string()).collect::<Vec<_>>().join(", ");
        let (earlier, later) = match between {
            Some((earlier, later)) => {
                let find = |sequence: u64| {
                    let found = all.iter().chain([&current]).find(|pointer| pointer.sequence == sequence).cloned();
                    found.ok_or_else(|| {
                        Failure::argument(format!("{publication} has no list {sequence} any more"))
                            .advise(format!("kept are {}", kept()))
                    })
                };
                (find(earlier)?, find(later)?)
            }
            None => {
                all.retain(|pointer| pointer.content != current.content);
                let earlier = all.pop().ok_or_else(|| {
                    Failure::argument(format!("{publication} has served one list only: there is nothing to compare"))
                })?;
                (earlier, current)
            }
        };
        Ok(Self { earlier, later })
    }

    /// Returns the runs that a list has and the other does not.
    fn only<'p>(of: &'p Pointer, other: &Pointer) -> Vec<&'p Entry> {
        of.runs.iter().filter(|entry| other.entry(&entry.run_id).is_none()).collect()
    }

    pub(super) fn as_json(&self, publication: &Publication) -> Value {
        let runs = |entries: Vec<&Entry>| -> Vec<Value> {
            let told = |entry: &Entry| json!({"run_id": entry.run_id, "origin": entry.origin, "part": entry.part, "rows": entry.rows});
            entries.into_iter().map(told).collect()
        };
        json!({
            "publication": publication.path(), "earlier": self.earlier.sequence, "later": self.later.sequence,
            "runs_added": runs(Self::only(&self.later, &self.earlier)),
            "runs_removed": runs(Self::only(&self.earlier, &self.later)),
        })
    }

    pub(super) fn tell(&self, publication: &Publication) {
        let (earlier, later) = (&self.earlier, &self.later);
        let rows = |pointer: &Pointer| thousands(pointer.rows());
        output::line(format_args!(
            "{publication}: list {} ({} rows) to list {} ({} rows)",
            earlier.sequence,
            rows(earlier),
            later.sequence,
            rows(later)
        ));
        let told = |what: &'static str, entries: Vec<&Entry>| -> Vec<Vec<String>> {
            let row = |entry: &Entry| {
                let part = entry.part.clone().unwrap_or_default();
                vec![what.to_owned(), entry.run_id.to_string(), part, entry.origin.clone(), thousands(entry.rows)]
            };
            entries.into_iter().map(row).collect()
        };
        let added = told("added", Self::only(later, earlier));
        let removed = told("removed", Self::only(earlier, later));
        output::table(&["CHANGE", "RUN", "PART", "MADE FROM", "ROWS"], &["ROWS"], removed.into_iter().chain(added));
    }

    /// Returns the runs of a list with their manifests.
    pub(super) fn runs(lake: &Lake, publication: &Publication, list: &Pointer) -> Result<Vec<Run>, Failure> {
        let read = |entry: &Entry| -> Result<Run, Failure> {
            let manifest = publish::manifest(&*lake.output, publication, &entry.run_id)?;
            Ok(Run { publication: publication.clone(), manifest })
        };
        list.runs.iter().map(read).collect()
    }
}

fn pointer(former: Former) -> Pointer {
    former.pointer
}
