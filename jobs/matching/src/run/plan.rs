//! What a run reads: the incomplete records of its inputs, in ranges.

use carelake_core::ledger::Pins;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{Served, current, manifest};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::MatchError;
use super::handed;
use super::linker::Engine;
use super::model::{Using, using};
use super::served::{Cells, files, served};
use super::world::{CLAIM_SECS, World};
use crate::reference::{Columns, Key, Reference, ReferenceDatabase};

/// Incomplete records of a range.
const RANGE: usize = 20_000;

/// What a run of a matcher works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The matcher.
    pub matcher: String,
    /// SHA-256 of its configuration.
    pub config_sha256: String,
    /// Its model.
    pub model: Using,
    /// What is read, in the order of the names.
    pub inputs: Vec<PlannedInput>,
    /// Runs of the reference, each as `publication run`.
    pub reference: Vec<String>,
    /// Which state the reference is in.
    pub generation: i64,
    /// The newest as-of date of what is read: the same whenever the same is read.
    pub as_of: Date,
    /// Rows that have all that is required.
    pub complete: u64,
    /// Rows that are looked up.
    pub records: u64,
    /// How many ranges there are.
    pub ranges: u32,
    /// Persons by which records were known whose values are others now.
    pub aliases: Vec<(Key, String)>,
}

/// An input of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedInput {
    /// The publication.
    pub publication: Publication,
    /// How often its list had changed.
    pub content: u64,
    /// The runs that it served.
    pub runs: Vec<RunId>,
}

/// Rows of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Piece {
    pub(super) publication: Publication,
    pub(super) run_id: RunId,
    pub(super) path: String,
    pub(super) rows: Vec<u32>,
}

impl PlannedInput {
    fn of(served: &Served) -> Self {
        Self {
            publication: served.publication.clone(),
            content: served.pointer.content,
            runs: served.pointer.runs.iter().map(|entry| entry.run_id.clone()).collect(),
        }
    }

    /// Returns it as it was planned.
    pub(super) fn served(&self, world: &World<'_>) -> Result<Served, MatchError> {
        let manifests = self.runs.iter().map(|run| manifest(world.store, &self.publication, run));
        let manifests = manifests.collect::<Result<Vec<_>, _>>()?;
        let moved = || MatchError::Handed { key: self.publication.path() };
        let served = Served::of(world.store, &self.publication)?.ok_or_else(moved)?;
        Ok(Served { manifests, ..served })
    }

    /// Returns the last part of its name, which that of what is published of it ends with.
    #[must_use]
    pub fn feed(&self) -> String {
        let path = self.publication.path();
        path.rsplit('/').next().unwrap_or(&path).to_owned()
    }

    /// Returns what is published of it.
    #[must_use]
    pub fn persons(&self, matcher: &str) -> Publication {
        Publication::from_path(&format!("matching/{matcher}/persons/{}", self.feed()))
    }
}

/// Finds the records of a matcher, writes their ranges, and keeps the runs from being removed while they are read.
///
/// # Errors
/// [`MatchError`].
pub fn plan(world: &World<'_>, engine: &Engine, reference: &ReferenceDatabase) -> Result<Plan, MatchError> {
    let matcher = &engine.matcher;
    let found = served(world, &matcher.name, &matcher.input.publications)?;
    let inputs: Vec<PlannedInput> = found.iter().map(PlannedInput::of).collect();
    pin(world, &matcher.name, &inputs)?;
    let mut plan = Plan {
        matcher: matcher.name.clone(),
        config_sha256: engine.sha256(),
        model: using(matcher, reference)?,
        inputs,
        reference: reference.loaded()?.into_iter().map(|run| format!("{} {}", run.publication, run.run_id)).collect(),
        generation: reference.generation()?,
        as_of: date(1970, 1, 1),
        complete: 0,
        records: 0,
        ranges: 0,
        aliases: Vec::new(),
    };
    let of_runs = plan.inputs.iter().flat_map(|input| input.runs.iter().map(RunId::as_of));
    let of_reference = plan.reference.iter().filter_map(|run| run.rsplit_once(' ')?.1.parse::<RunId>().ok());
    plan.as_of = of_runs.chain(of_reference.map(|run| run.as_of())).max().unwrap_or(plan.as_of);
    let aliases = reference.aliases()?;
    let mut ranges = Ranges { world, folder: world.handed(&matcher.name), pieces: Vec::new(), rows: 0, written: 0 };
    handed::remove(world.store, &ranges.folder)?;
    let mut seen: Vec<(Key, [u8; 32])> = Vec::new();
    for served in &found {
        for file in files(served) {
            let mut piece = Piece {
                publication: served.publication.clone(),
                run_id: file.run_id.clone(),
                path: file.path.clone(),
                rows: Vec::new(),
            };
            let mut before = 0;
            for batch in file.batches(world.store)? {
                let cells = Cells::of(&batch);
                let rows: Vec<Columns> = (0..batch.num_rows()).map(|row| cells.columns(row)).collect();
                let prepared = engine.prepare(rows.iter().map(|row| (row, file.run_id.as_of())));
                for (row, prepared) in prepared.iter().enumerate() {
                    let is_incomplete = matcher.input.takes_all || !engine.missing(prepared).is_empty();
                    match cells.key(row).filter(|_| is_incomplete) {
                        None => plan.complete += 1,
                        Some(key) => {
                            plan.records += 1;
                            piece.rows.push(before + u32::try_from(row).unwrap_or(u32::MAX));
                            if aliases.binary_search_by(|alias| alias.key.cmp(&key)).is_ok() {
                                seen.push((key, engine.fingerprint(prepared)));
                            }
                            if ranges.rows + piece.rows.len() >= RANGE {
                                let rest = Piece { rows: Vec::new(), ..piece.clone() };
                                ranges.add(std::mem::replace(&mut piece, rest))?;
                                ranges.write()?;
                            }
                        }
                    }
                }
                before += u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
            }
            ranges.add(piece)?;
        }
    }
    ranges.write()?;
    plan.ranges = ranges.written;
    let is_same = |alias: &crate::reference::Alias| seen.contains(&(alias.key.clone(), alias.fingerprint));
    let others = aliases.iter().filter(|alias| !is_same(alias));
    plan.aliases = others.map(|alias| (alias.key.clone(), alias.person_id.clone())).collect();
    handed::write(world.store, &plan_key(world, &matcher.name), &plan)?;
    Ok(plan)
}

impl Plan {
    /// Reads the plan of an execution.
    ///
    /// # Errors
    /// [`MatchError::Handed`] when it is not there.
    pub fn of_execution(world: &World<'_>, matcher: &str) -> Result<Self, MatchError> {
        handed::read(world.store, &plan_key(world, matcher))
    }
}

pub(super) fn plan_key(world: &World<'_>, matcher: &str) -> String {
    format!("{}/plan.json", world.handed(matcher))
}

pub(super) fn range_key(world: &World<'_>, matcher: &str, range: u32) -> String {
    format!("{}/range-{range:05}.json", world.handed(matcher))
}

/// Returns the inputs that serve something else than was planned.
pub(super) fn moved(world: &World<'_>, plan: &Plan) -> Result<bool, MatchError> {
    for input in &plan.inputs {
        let now = current(world.store, &input.publication)?.map(|pointer| pointer.content);
        if now != Some(input.content) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn pin(world: &World<'_>, matcher: &str, inputs: &[PlannedInput]) -> Result<(), MatchError> {
    let (now, pins) = ((world.now)(), Pins::new(world.ledger));
    let until = now.checked_add(SignedDuration::from_secs(CLAIM_SECS.cast_signed())).unwrap_or(Timestamp::MAX);
    let reader = reader(world, matcher);
    inputs.iter().try_for_each(|input| pins.pin(&input.publication, &reader, &input.runs, until, now))?;
    Ok(())
}

/// Lets go of what was pinned.
pub(super) fn unpin(world: &World<'_>, plan: &Plan) -> Result<(), MatchError> {
    let (now, pins) = ((world.now)(), Pins::new(world.ledger));
    let reader = reader(world, &plan.matcher);
    plan.inputs.iter().try_for_each(|input| pins.release(&input.publication, &reader, now))?;
    Ok(())
}

fn reader(world: &World<'_>, matcher: &str) -> String {
    format!("{} {matcher}", world.owner())
}

struct Ranges<'r> {
    world: &'r World<'r>,
    folder: String,
    pieces: Vec<Piece>,
    rows: usize,
    written: u32,
}

impl Ranges<'_> {
    fn add(&mut self, piece: Piece) -> Result<(), MatchError> {
        self.rows += piece.rows.len();
        if !piece.rows.is_empty() {
            self.pieces.push(piece);
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), MatchError> {
        if self.pieces.is_empty() {
            return Ok(());
        }
        let key = format!("{}/range-{:05}.json", self.folder, self.written);
        handed::write(self.world.store, &key, &self.pieces)?;
        self.pieces.clear();
        self.rows = 0;
        self.written += 1;
        Ok(())
    }
}
