//! Serving what was made: one move of each pointer, that of the messages last, so that who joins takes the messages that it lists.

use carelake_core::publish::{Desk, Details, Keep, Opening, Pointer, Publishing, Swap, current, manifest};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::parts::State;
use super::publish::{LEASE_SECS, Made, run_id};
use super::tables::{TABLES, publication};
use crate::world::{Hl7Error, World};

/// What was served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Pointers that were moved.
    pub moved: u64,
    /// Rows that are served by all of them now.
    pub rows: u64,
}

/// Serves the runs of parts. `through` is the time through which they have everything; nothing of those that were asked for by name.
///
/// # Errors
/// [`Hl7Error`]; what was served before still is, and a plan made again finds what is left to do.
pub fn settle(
    world: &World<'_>,
    made: &[Made],
    through: Option<Timestamp>,
    execution: Option<&str>,
) -> Result<Settled, Hl7Error> {
    let mut settled = Settled::default();
    for table in &TABLES {
        let publication = publication(table);
        let pointer = current(world.output, &publication)?;
        let served = |run: &str| {
            run_id(run).is_some_and(|run| pointer.as_ref().is_some_and(|pointer| pointer.entry(&run).is_some()))
        };
        let runs = made.iter().filter_map(|made| made.runs.get(&publication.path()));
        let new: Vec<&String> = runs.filter(|run| !served(run)).collect();
        // A month that is one part takes the place of its days.
        let months: Vec<&str> = made.iter().map(|made| made.part.as_str()).filter(|part| part.len() == 7).collect();
        let is_joined = |part: &str| part.parse::<Date>().is_ok() && months.iter().any(|month| part.starts_with(month));
        let entries = pointer.iter().flat_map(|pointer| &pointer.runs);
        let gone: Vec<_> = entries
            .filter(|entry| entry.part.as_deref().is_some_and(is_joined))
            .map(|entry| entry.run_id.clone())
            .collect();
        if new.is_empty() && gone.is_empty() {
            settled.rows += rows(pointer.as_ref());
            continue;
        }
        let opening = Opening::log(format!("hl7 {}", execution.unwrap_or("by hand")), execution, LEASE_SECS);
        let desk = Desk { store: world.output, ledger: world.ledger, publication: &publication, now: world.now };
        let publishing = Publishing::open(desk, opening)?;
        let mut sealed = Vec::new();
        for run in new.iter().filter_map(|run| run_id(run)) {
            let found = manifest(world.output, &publication, &run)?;
            let draft = publishing.draft(run)?;
            draft.again(&found)?;
            sealed.push(draft.seal(Details {
                origin: found.origin,
                made_by: found.made_by,
                part: found.part,
                joined: found.joined,
                as_of: found.as_of,
                started_at: found.started_at,
                schema: found.schema,
                inputs: found.inputs,
                counts: found.counts,
                measures: found.measures,
                losses: found.losses,
                details: found.details,
                code_version: found.code_version,
            })?);
        }
        let before = pointer.and_then(|pointer| State::deserialize(&pointer.state).ok()).unwrap_or_default();
        let state = State { through: through.or(before.through) };
        let swap = Swap { runs: sealed, retract: gone, state: Some(json!(state)), ..Swap::default() };
        publishing.commit(swap, Keep::ALL)?;
        settled.moved += 1;
        settled.rows += rows(current(world.output, &publication)?.as_ref());
    }
    Ok(settled)
}

/// Returns how many rows a pointer serves.
fn rows(pointer: Option<&Pointer>) -> u64 {
    pointer.into_iter().flat_map(|pointer| &pointer.runs).map(|entry| entry.rows).sum()
}
