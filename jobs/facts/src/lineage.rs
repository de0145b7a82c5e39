//! What a publication was made from, and what is made of it.

use carelake_core::config::reader::{Node, Value};
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{self, Input, Manifest, PublishError};
use rayon::prelude::*;
use serde::Serialize;

use super::{FactError, Lake, all};

/// Runs of a list whose inputs are told: the last ones.
const MOST_RUNS: usize = 50;

/// Both sides of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lineage {
    /// What the served runs were made from, the last run first; of a long list, the last 50 runs.
    pub up: Vec<Up>,
    /// What reads it or hears of it.
    pub down: Vec<Down>,
}

/// Something that a run was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Up {
    /// The run.
    pub run_id: RunId,
    /// `file`, `table`, `export`, `stream`, `publication` or `delivery`.
    pub kind: &'static str,
    /// The source, stream, feed or publication.
    pub of: String,
    /// Which of it: a file, a table, an export, a shard, a delivery; nothing of a publication.
    pub what: String,
    /// From where to where, in the words of the source, where it is a part.
    pub part: Option<String>,
    /// Its size in bytes, where it is known.
    pub bytes: Option<u64>,
    /// Its hash, in hexadecimal, where it has one.
    pub sha256: Option<String>,
}

/// Something that reads a publication or hears of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Down {
    /// `definition`, which starts when it changes; `publication`, which was made of it; `configuration`, which names it.
    pub kind: &'static str,
    /// The definition, the publication, or the place in the configuration.
    pub name: String,
    /// The room of a definition.
    pub room: Option<&'static str>,
}

/// Returns what a publication was made from and what is made of it.
///
/// # Errors
/// [`FactError::Publish`].
pub fn lineage(lake: &Lake<'_>, publication: &Publication) -> Result<Lineage, FactError> {
    Ok(Lineage { up: up(lake, publication)?, down: down(lake, publication)? })
}

fn up(lake: &Lake<'_>, publication: &Publication) -> Result<Vec<Up>, FactError> {
    let Some(pointer) = publish::current(lake.output, publication)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in pointer.runs.iter().rev().take(MOST_RUNS) {
        let manifest = publish::manifest(lake.output, publication, &entry.run_id)?;
        found.extend(manifest.inputs.iter().map(|input| Up::of(&manifest, input)));
    }
    Ok(found)
}

impl Up {
    fn of(manifest: &Manifest, input: &Input) -> Self {
        let up = |kind, of: &str, what: &str| Self {
            run_id: manifest.run_id.clone(),
            kind,
            of: of.to_owned(),
            what: what.to_owned(),
            part: None,
            bytes: None,
            sha256: None,
        };
        match input {
            Input::File(file) => Self {
                bytes: Some(file.bytes),
                sha256: Some(file.sha256.clone()),
                ..up("file", &file.source, &file.file)
            },
            // A position may be a value of the data: it is not told.
            Input::Table { source, table, from, to } => {
                let part = match (from, to) {
                    (None, None) => "whole",
                    (None, Some(_)) => "from the first row on",
                    (Some(_), _) => "what came after the window before",
                };
                Self { part: Some(part.to_owned()), ..up("table", source, table) }
            }
            Input::Export { source, job } => up("export", source, job),
            Input::Stream { stream, shard, from, to } => {
                Self { part: Some(format!("{from} to {to}")), ..up("stream", stream, shard) }
            }
            Input::Publication { publication, content, .. } => {
                Self { part: Some(format!("list {content}")), ..up("publication", &publication.path(), "") }
            }
            Input::Delivery { feed, delivery, sha256 } => {
                Self { sha256: Some(sha256.clone()), ..up("delivery", feed, delivery) }
            }
        }
    }
}

fn down(lake: &Lake<'_>, publication: &Publication) -> Result<Vec<Down>, FactError> {
    let path = publication.path();
    let mut found = Vec::new();
    for room in lake.rooms {
        let heard = room.listens.iter().filter(|listen| is_match(listen.pattern, &path));
        found.extend(heard.map(|listen| Down {
            kind: "definition",
            name: listen.definition.to_owned(),
            room: Some(room.name),
        }));
    }
    found.extend(readers(lake, publication)?);
    let mut places = Vec::new();
    named(&lake.config.root, "", &path, &mut places);
    found.extend(places.into_iter().map(|name| Down { kind: "configuration", name, room: None }));
    found.dedup();
    Ok(found)
}

fn is_match(pattern: &str, path: &str) -> bool {
    glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(path))
}

/// Returns the publications whose last served run was made of this one. One that cannot be read says nothing of this one.
fn readers(lake: &Lake<'_>, publication: &Publication) -> Result<Vec<Down>, FactError> {
    let is_it = |input: &Input| matches!(input, Input::Publication { publication: of, .. } if of == publication);
    let read = |other: &Publication| match publish::current_run(lake.output, other) {
        Ok(Some((_, manifest))) if manifest.inputs.iter().any(is_it) => Ok(Some(other.path())),
        Ok(_) | Err(PublishError::Unreadable { .. } | PublishError::Newer { .. } | PublishError::NoSuchRun { .. }) => {
            Ok(None)
        }
        Err(error) => Err(error),
    };
    let others: Vec<Publication> = all(lake)?.into_iter().filter(|other| other != publication).collect();
    let found: Vec<Option<String>> = others.par_iter().map(read).collect::<Result<_, _>>()?;
    Ok(found.into_iter().flatten().map(|name| Down { kind: "publication", name, room: None }).collect())
}

/// Finds the places of the configuration whose value is the name of a publication.
fn named(node: &Node, at: &str, path: &str, found: &mut Vec<String>) {
    match &node.value {
        Value::Text { text, .. } if text == path && !at.is_empty() => found.push(at.to_owned()),
        Value::List(nodes) => nodes.iter().for_each(|node| named(node, at, path, found)),
        Value::Map(entries) => {
            for entry in entries {
                let at = if at.is_empty() { entry.key.clone() } else { format!("{at}.{}", entry.key) };
                named(&entry.value, &at, path, found);
            }
        }
        Value::Nothing | Value::Text { .. } => {}
    }
}
