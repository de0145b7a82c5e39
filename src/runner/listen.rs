//! What starts when something is published: each pointer's `content` is compared with the mark that its listener keeps.
//!
//! A mark is moved when the execution that it is for has ended, so that one that is stopped, or goes down with its machine, is
//! started again.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::ErrorKind;
use carelake_core::names::Publication;
use carelake_core::publish;
use carelake_pipeline::ExecutionStatus;
use serde_json::json;

use super::local::Local;
use crate::failure::Failure;

/// Where marks are, below the output.
const MARKS: &str = "_carelake/listeners";
/// How a pointer's key ends.
const POINTER: &str = "/_current.json";

/// The content that was seen of each publication.
type Marks = BTreeMap<String, u64>;

impl Local {
    /// Carries out what listens to publications that have changed since it last did, one definition after the other; answers
    /// how many executions that were. What they publish may have listeners too, so this looks until nothing has changed.
    pub(crate) fn listen(&self) -> Result<usize, Failure> {
        let definitions: BTreeSet<&'static str> = self.rooms().listens().map(|listen| listen.definition).collect();
        let mut begun = 0;
        loop {
            let before = begun;
            for definition in &definitions {
                begun += usize::from(self.hear(definition)?);
            }
            if begun == before {
                return Ok(begun);
            }
        }
    }

    /// Carries out one definition if what it listens to has changed, and returns whether it did.
    fn hear(&self, definition: &'static str) -> Result<bool, Failure> {
        let key = format!("{MARKS}/{definition}.json");
        let store = &self.lake().output;
        let there = store.read_versioned(&key)?;
        let damaged =
            |_| Failure::new(ErrorKind::STORAGE, format!("{key} is damaged; remove it, and everything counts as new"));
        let marks: Marks = match &there {
            Some((bytes, _)) => serde_json::from_slice(bytes).map_err(damaged)?,
            None => Marks::new(),
        };
        let mut seen = marks.clone();
        let mut changed = Vec::new();
        for publication in self.heard(definition)? {
            let Some(pointer) = publish::current(&**store, &publication)? else { continue };
            let path = publication.path();
            // What it did itself is no news to it.
            let own = format!("{definition}-");
            let is_own = pointer.execution.as_deref().is_some_and(|execution| execution.starts_with(&own));
            if seen.insert(path.clone(), pointer.content) != Some(pointer.content) && !is_own {
                changed.push(json!({"publication": path, "content": pointer.content}));
            }
        }
        let is_changed = !changed.is_empty();
        if is_changed {
            let told = self.carry_out(definition, None, json!({"trigger": "publication", "changed": changed}))?;
            if told.status == ExecutionStatus::Aborted {
                return Ok(false);
            }
        }
        if seen != marks {
            let bytes = serde_json::to_vec(&seen).map_err(std::io::Error::from)?;
            store.replace(&key, there.as_ref().map(|(_, version)| version), &bytes)?;
        }
        Ok(is_changed)
    }

    /// Returns the publications that a definition listens to, by their pointers in the output.
    fn heard(&self, definition: &str) -> Result<BTreeSet<Publication>, Failure> {
        let mut heard = BTreeSet::new();
        for listen in self.rooms().listens().filter(|listen| listen.definition == definition) {
            let pattern = glob::Pattern::new(listen.pattern).map_err(|_| {
                Failure::new(ErrorKind::INTERNAL, format!("{definition}: no pattern: {}", listen.pattern))
            })?;
            // Whole parts of the name before the first that is a pattern.
            let plain = listen.pattern.split('/').take_while(|part| !part.contains(['*', '?', '[']));
            let prefix: Vec<&str> = plain.collect();
            for object in self.lake().output.list(&prefix.join("/"))? {
                let Some(name) = object.key.strip_suffix(POINTER) else { continue };
                if pattern.matches(name) {
                    heard.insert(Publication::from_path(name));
                }
            }
        }
        Ok(heard)
    }
}
