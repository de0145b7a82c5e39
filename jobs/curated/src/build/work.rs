//! The work on one model: what is made again, written, judged, and served by one commit.

use std::collections::BTreeMap;

use carelake_core::ledger::Given;
use carelake_core::names::RunId;
use carelake_core::publish::{
    Details, Input, Keep, Manifest, PublishError, Publishing, Sealed, Served, Serves, Swap, manifest,
};
use polars::prelude::{DataFrame, LazyFrame, col};
use serde_json::{Value, json};

use super::account::account;
use super::error::BuildError;
use super::extent::{Extent, together};
use super::inputs::{InputSet, Table, folders, frames};
use super::make::{Made, make, ordered};
use super::parts::{Remade, Rows};
use super::plan::tables;
use super::run::{Options, Status};
use super::state::{State, part_of};
use super::testing::{Judged, asked, test};
use super::world::World;
use super::write::write;
use crate::config::{Curated, Increment, Kind, Model};
use crate::engine::{EngineError, Tables, polars_type, scan, take};
use crate::standings::{Outcome, TestResult};

/// What was done of a model.
pub(super) struct Done {
    pub(super) status: Status,
    pub(super) how: String,
    pub(super) run_id: Option<RunId>,
    pub(super) rows: u64,
    pub(super) bytes_read: u64,
}

/// The work on one model.
pub(super) struct Work<'w> {
    pub(super) world: &'w World<'w>,
    pub(super) curated: &'w Curated,
    pub(super) model: &'w Model,
    pub(super) vars: &'w BTreeMap<String, String>,
    pub(super) options: Options,
    pub(super) set: &'w InputSet,
    /// How tests went, also where they stop it.
    pub(super) tests: Vec<TestResult>,
    /// The run, also where it is not served.
    pub(super) run_id: Option<RunId>,
}

impl Work<'_> {
    /// Makes what has to be made, and publishes it.
    pub(super) fn carry_out(&mut self) -> Result<Done, BuildError> {
        let Self { world, curated, model, vars, options, set, .. } = *self;
        if (world.is_cancelled)() {
            return Err(BuildError::Aborted);
        }
        let tables = tables(world, curated, model, set)?;
        let now = State::now(model, vars, &tables, options.as_of);
        let publication = model.publication();
        let before = Served::of(world.store, &publication)?;
        let extent = Extent::of(world, model, &tables, (&now, before.as_ref()), options.is_full)?;
        if let (Extent::Unchanged, Some(before)) = (&extent, &before) {
            return Ok(Done {
                status: Status::Unchanged,
                how: extent.told(model).1,
                ..done(before.manifests.iter(), 0)
            });
        }
        let serves = if model.output.is_log { Serves::Log } else { Serves::Snapshot };
        let publishing = world.open(&publication, serves)?;
        // From here on nobody else moves it: what somebody moved before that is seen now.
        let before = Served::of(world.store, &publication)?;
        let extent = Extent::of(world, model, &tables, (&now, before.as_ref()), options.is_full)?;
        let (mut word, mut why) = extent.told(model);
        let changed = match (&extent, &before) {
            (Extent::Changed(changes), Some(before)) => {
                let is_shared = State::of(before).is_some_and(|kept| kept.is_shared);
                Remade::changed(self, &tables, before, (changes, is_shared))?
            }
            (Extent::Unchanged, Some(before)) => {
                return Ok(Done {
                    status: Status::Unchanged,
                    how: extent.told(model).1,
                    ..done(before.manifests.iter(), 0)
                });
            }
            _ => None,
        };
        let remade = match changed {
            Some(remade) => remade,
            None => {
                if word != "full" {
                    (word, why) = ("full", "there are more partitions than a list may have".to_owned());
                }
                Remade::whole(self, &tables, before.as_ref().filter(|before| State::of(before).is_some()))?
            }
        };
        let how = format!("{word}: {why}");
        let bytes_read = tables.values().map(Table::bytes).sum();
        let now = State { is_shared: remade.is_shared, ..now };
        self.publish(&publishing, remade, &tables, (&now, before.as_ref())).and_then(|(swap, whole)| {
            let is_same = swap.runs.is_empty() && swap.retract.is_empty();
            let state = now.serving(whole.iter().map(|manifest| manifest.run_id.clone()));
            publishing.commit(Swap { state: Some(state), ..swap }, Keep::ALL)?;
            let (status, how) = match is_same {
                true => (Status::Unchanged, format!("{how}; the same rows came out")),
                false => (Status::Published, how),
            };
            Ok(Done { status, how, ..done(whole.iter(), bytes_read) })
        })
    }

    /// Writes and judges what was made. Answers what is to be changed, and all that is served after it.
    fn publish(
        &mut self,
        publishing: &Publishing<'_>,
        remade: Remade,
        tables: &BTreeMap<String, Table>,
        (now, before): (&State, Option<&Served>),
    ) -> Result<(Swap, Vec<Manifest>), BuildError> {
        let mut sealed: Vec<Sealed> = Vec::new();
        let mut kept = remade.kept;
        for (part, rows) in remade.parts {
            let (made, of) = match rows {
                Rows::Made(made) => (made, Vec::new()),
                Rows::OfRun(source, of) => (self.of_run(tables, &source)?, of),
            };
            // One that comes out as it is served stays: whoever reads it sees no change.
            let is_same = part.is_empty()
                && !self.options.is_full
                && before.is_some_and(|before| State::of(before).is_some_and(|it| it.fingerprint == now.fingerprint));
            if let Some(before) = before.filter(|_| is_same)
                && self.is_served(before, "", &made)?
            {
                kept.insert(part);
                continue;
            }
            sealed.push(self.write(publishing, (&part, &made, of), tables, now)?);
        }
        let stays = |manifest: &&Manifest| kept.contains(manifest.part.as_deref().unwrap_or_default());
        let mut whole: Vec<Manifest> =
            before.iter().flat_map(|before| &before.manifests).filter(stays).cloned().collect();
        whole.extend(sealed.iter().map(|sealed| sealed.manifest().clone()));
        self.tests = self.judge(&whole, before, tables)?;
        let failed: Vec<&str> =
            self.tests.iter().filter(|it| it.outcome == Outcome::Failed).map(|it| it.test.as_str()).collect();
        if !failed.is_empty() {
            return Err(BuildError::Tests { model: self.model.name.clone(), tests: failed.join(", ") });
        }
        let is_made =
            |part: &str| !part.is_empty() && sealed.iter().any(|it| it.manifest().part.as_deref() == Some(part));
        let entries = before.iter().flat_map(|before| &before.pointer.runs);
        let gone = entries.filter(|entry| {
            let is_again = sealed.iter().any(|it| it.manifest().run_id == entry.run_id);
            !kept.contains(part_of(entry)) && !is_made(part_of(entry)) && !is_again
        });
        let retract = match self.model.output.is_log {
            true => gone.map(|entry| entry.run_id.clone()).collect(),
            false => Vec::new(),
        };
        Ok((Swap { runs: sealed, retract, ..Swap::default() }, whole))
    }

    /// Writes a part, which nobody is served yet.
    fn write(
        &mut self,
        publishing: &Publishing<'_>,
        (part, made, of): (&str, &Made, Vec<String>),
        tables: &BTreeMap<String, Table>,
        now: &State,
    ) -> Result<Sealed, BuildError> {
        let as_of = self.options.as_of;
        let (given, inputs) = self.given(&now.identity, part)?;
        self.run_id = Some(given.run_id.clone());
        let draft = publishing.draft(given.run_id.clone())?;
        let run = given.run_id.to_string();
        let schema = write(self.world, self.model, made, &draft, (&run, as_of))?;
        let rows = made.rows.height() as u64;
        Ok(draft.seal(Details {
            origin: now.identity.clone(),
            made_by: self.model.name.clone(),
            part: Some(part.to_owned()).filter(|part| !part.is_empty()),
            joined: Vec::new(),
            as_of,
            started_at: given.first_given_at,
            schema,
            inputs: inputs.unwrap_or_else(|| tables.values().flat_map(Table::inputs).collect()),
            counts: account(self, tables, rows, part.is_empty())?,
            measures: BTreeMap::new(),
            losses: Vec::new(),
            details: self.details(tables, now, of)?,
            code_version: self.world.code_version.to_owned(),
        })?)
    }

    /// Takes the id of the run: the same whenever it is made of the same by the same, which its files tell, so that a retry finds its own.
    /// A ledger that was begun anew may give an id that another run has. What an earlier attempt completed says of its inputs what it said then.
    fn given(&self, identity: &str, part: &str) -> Result<(Given, Option<Vec<Input>>), BuildError> {
        let Self { world, model, options, .. } = self;
        let publication = model.publication();
        let mut asked =
            format!("{publication} {identity} {} {} {part}", options.as_of, world.code_version).trim_end().to_owned();
        loop {
            let given = world.ledger.id_for(&asked, options.as_of, (world.now)())?;
            match manifest(world.store, &publication, &given.run_id) {
                Ok(found)
                    if found.details.get("identity").and_then(Value::as_str) != Some(identity)
                        || found.code_version != world.code_version =>
                {
                    asked.push_str(" again")
                }
                Ok(found) => return Ok((given, Some(found.inputs))),
                Err(PublishError::NoSuchRun { .. }) => return Ok((given, None)),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn details(&self, tables: &BTreeMap<String, Table>, now: &State, of: Vec<String>) -> Result<Value, BuildError> {
        let mut read = serde_json::Map::new();
        for (name, table) in tables {
            read.insert(name.clone(), table.told(self.world)?);
        }
        let mut details = json!({
            "identity": now.identity,
            "fingerprint": now.fingerprint,
            "zone": self.model.zone,
            "engine": crate::standings::ENGINE,
            "read": read,
        });
        if let Some(members) = details.as_object_mut().filter(|_| self.model.increment == Increment::Run) {
            members.insert("of".to_owned(), json!(of));
        }
        Ok(details)
    }

    /// Asks the tests of what will be served.
    fn judge(
        &self,
        whole: &[Manifest],
        before: Option<&Served>,
        tables: &BTreeMap<String, Table>,
    ) -> Result<Vec<TestResult>, BuildError> {
        let Self { world, curated, model, vars, set, .. } = *self;
        let Some(last) = whole.last() else { return Ok(Vec::new()) };
        let publication = model.publication();
        let folders = folders(curated, &publication);
        let scanned = |served: &Served| scan(world.store, std::slice::from_ref(served), &folders);
        let mut all = asked(world, curated, model, tables, set)?;
        let this = scanned(&together(&publication, whole.to_vec())).map_err(|cause| self.failed(cause))?;
        all.insert("this".to_owned(), this);
        test(
            world,
            &Judged {
                model,
                tables: all,
                rows: whole.iter().map(|manifest| manifest.rows).sum(),
                before: before.map(scanned).transpose().map_err(|cause| self.failed(cause))?,
                rows_before: before.map(|served| served.manifests.iter().map(|manifest| manifest.rows).sum()),
                run_id: self.run_id.as_ref().unwrap_or(&last.run_id),
                vars,
            },
        )
    }

    /// Makes the rows of one run of the table that drives.
    fn of_run(&self, tables: &BTreeMap<String, Table>, source: &Served) -> Result<Made, BuildError> {
        let mut narrowed = tables.clone();
        for (name, table) in &mut narrowed {
            if self.model.follows(name) {
                *table = Table::Served(vec![source.clone()]);
            }
        }
        self.make(&frames(self.world, self.curated, self.model, &narrowed)?)
    }

    /// Makes rows of tables.
    pub(super) fn make(&self, tables: &Tables) -> Result<Made, BuildError> {
        make(self.model, tables, self.vars, self.options.as_of)
    }

    /// Returns rows of the model that are served, as they are made.
    pub(super) fn rows_of(&self, served: &Served, columns: &[(String, Kind)]) -> Result<LazyFrame, BuildError> {
        let folders = folders(self.curated, &served.publication);
        let frame =
            scan(self.world.store, std::slice::from_ref(served), &folders).map_err(|cause| self.failed(cause))?;
        let own = columns.iter().map(|(name, kind)| col(name.as_str()).cast(polars_type(kind)));
        Ok(frame.select(own.collect::<Vec<_>>()))
    }

    /// Returns whether a part is served with these rows.
    pub(super) fn is_served(&self, before: &Served, part: &str, made: &Made) -> Result<bool, BuildError> {
        let own = before.only(|manifest| manifest.part.as_deref().unwrap_or_default() == part);
        let rows: u64 = own.manifests.iter().map(|manifest| manifest.rows).sum();
        if rows != made.rows.height() as u64 || own.manifests.is_empty() {
            return Ok(false);
        }
        let folders = folders(self.curated, &own.publication);
        let mut frame =
            scan(self.world.store, std::slice::from_ref(&own), &folders).map_err(|cause| self.failed(cause))?;
        let schema = frame.collect_schema().map_err(|error| self.failed(EngineError::of_question(&error)))?;
        if made.columns.iter().any(|(name, kind)| schema.get(name) != Some(&polars_type(kind))) {
            return Ok(false);
        }
        let served = ordered(self.model, self.rows_of(&own, &made.columns)?, made.columns.clone())?;
        Ok(served.rows.equals_missing(&made.rows))
    }

    /// Takes the rows of a frame.
    pub(super) fn take(&self, frame: LazyFrame) -> Result<DataFrame, BuildError> {
        take(frame).map_err(|cause| self.failed(cause))
    }

    /// Says that the engine could not do it.
    pub(super) fn failed(&self, cause: EngineError) -> BuildError {
        BuildError::Engine { model: self.model.name.clone(), cause }
    }
}

fn done<'m>(served: impl Iterator<Item = &'m Manifest>, bytes_read: u64) -> Done {
    let (mut rows, mut run_id) = (0, None);
    for manifest in served {
        rows += manifest.rows;
        run_id = Some(manifest.run_id.clone());
    }
    Done { status: Status::Published, how: String::new(), run_id, rows, bytes_read }
}
