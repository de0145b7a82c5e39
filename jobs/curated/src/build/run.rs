//! Building models in their order.

use std::collections::BTreeMap;

use carelake_core::account::Account;
use carelake_core::ledger::Given;
use carelake_core::names::RunId;
use carelake_core::publish::{Details, Input, Keep, Manifest, PublishError, Sealed, Served, Serves, Swap, manifest};
use carelake_core::{ErrorKind, causes};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use super::error::BuildError;
use super::identity::{fingerprint, identity};
use super::inputs::{InputSet, Table, folders, frames};
use super::kept::{Kept, Standings};
use super::make::make;
use super::plan::{inputs_identity, said, tables};
use super::testing::{Judged, Outcome, TestResult, asked, test};
use super::world::{World, values};
use super::write::write;
use crate::config::{Curated, Model};
use crate::engine::scan;

/// What is asked of a build.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The day of the build.
    pub as_of: Date,
    /// Whether models are made again though nothing changed.
    pub is_full: bool,
}

/// What became of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its rows are served.
    Published,
    /// What is served was made of the same.
    Unchanged,
    /// Something that it is made of failed.
    Skipped,
    /// It failed.
    Failed,
}

/// What became of a model, without a value of a row.
#[derive(Debug, Clone, Serialize)]
pub struct Built {
    /// The model.
    pub model: String,
    /// What became of it.
    pub status: Status,
    /// The run.
    pub run_id: Option<RunId>,
    /// Rows that are served.
    pub rows: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
    /// The name of the error.
    pub error: Option<&'static str>,
    /// Why it failed or was skipped.
    pub message: Option<String>,
    /// How its tests went.
    pub tests: Vec<TestResult>,
    /// The error, for the exit code.
    #[serde(skip)]
    pub kind: Option<&'static ErrorKind>,
}

/// Builds models on one input set, in their order. A model that fails stops nothing but those that are made of it. `each` is told of
/// every model when it is done.
///
/// # Errors
/// [`BuildError`] when the input set cannot be taken, or the ledger fails.
pub fn build(
    world: &World<'_>,
    curated: &Curated,
    models: &[&Model],
    options: Options,
    mut each: impl FnMut(&Built),
) -> Result<Vec<Built>, BuildError> {
    let mut set = InputSet::take(world, curated, models)?;
    let vars = values(curated, options.as_of);
    let standings = Standings::new(world.ledger, world.scope, (world.now)());
    let mut built: Vec<Built> = Vec::new();
    for model in models {
        let below = curated.below(model).find_map(|below| {
            built.iter().find(|it| it.model == below.name && matches!(it.status, Status::Failed | Status::Skipped))
        });
        let one = match below {
            Some(below) => {
                let how = if below.status == Status::Failed { "failed" } else { "was skipped" };
                Built {
                    message: Some(format!("{}, which it is made of, {how}", below.model)),
                    ..nothing(model, Status::Skipped)
                }
            }
            None => {
                let mut work =
                    Work { world, curated, model, vars: &vars, options, set: &set, tests: Vec::new(), run_id: None };
                let done = work.carry_out();
                let (tests, run_id) = (work.tests, work.run_id);
                let one = told(model, done, tests, run_id);
                keep(&standings, model, &one, &fingerprint(model, &vars), world)?;
                one
            }
        };
        if matches!(one.status, Status::Published) {
            set.built(world, model)?;
        }
        each(&one);
        built.push(one);
    }
    set.release(world)?;
    Ok(built)
}

fn nothing(model: &Model, status: Status) -> Built {
    Built {
        model: model.name.clone(),
        status,
        run_id: None,
        rows: 0,
        bytes_read: 0,
        error: None,
        message: None,
        tests: Vec::new(),
        kind: None,
    }
}

fn told(model: &Model, done: Result<Done, BuildError>, tests: Vec<TestResult>, run_id: Option<RunId>) -> Built {
    match done {
        Ok(Done { status, run_id, rows, bytes_read }) => {
            Built { run_id: Some(run_id), rows, bytes_read, tests, ..nothing(model, status) }
        }
        Err(error) => {
            let kind = error.kind();
            let (message, error) = (Some(causes(&error)), Some(kind.name));
            Built { error, message, kind: Some(kind), tests, run_id, ..nothing(model, Status::Failed) }
        }
    }
}

fn keep(
    standings: &Standings<'_>,
    model: &Model,
    one: &Built,
    fingerprint: &str,
    world: &World<'_>,
) -> Result<(), BuildError> {
    let status = match one.status {
        Status::Published => "published",
        Status::Unchanged => {
            // Its tests went as they did when it was made.
            if standings.of(&model.name)?.is_some_and(|kept| kept.status != "failed") {
                return Ok(());
            }
            "unchanged"
        }
        Status::Skipped | Status::Failed => "failed",
    };
    let kept = Kept {
        status: status.to_owned(),
        error: one.error.map(str::to_owned),
        message: one.message.clone(),
        run_id: one.run_id.clone(),
        fingerprint: fingerprint.to_owned(),
        tests: one.tests.clone(),
        at: (world.now)(),
    };
    Ok(standings.keep(&model.name, &kept)?)
}

/// What was done of a model.
struct Done {
    status: Status,
    run_id: RunId,
    rows: u64,
    bytes_read: u64,
}

/// The work on one model.
struct Work<'w> {
    world: &'w World<'w>,
    curated: &'w Curated,
    model: &'w Model,
    vars: &'w BTreeMap<String, String>,
    options: Options,
    set: &'w InputSet,
    /// How tests went, also where they stop it.
    tests: Vec<TestResult>,
    /// The run, also where it is not served.
    run_id: Option<RunId>,
}

impl Work<'_> {
    fn carry_out(&mut self) -> Result<Done, BuildError> {
        let Self { world, curated, model, vars, options, set, .. } = *self;
        if (world.is_cancelled)() {
            return Err(BuildError::Aborted);
        }
        let tables = tables(world, curated, model, set)?;
        let own = fingerprint(model, vars);
        let identity = identity(model, &own, &tables, options.as_of);
        let publication = model.publication();
        let before = Served::of(world.store, &publication)?;
        if let Some(served) = before.as_ref().filter(|_| !options.is_full)
            && said(served, "identity").as_deref() == Some(&identity)
            && let Some(last) = served.manifests.last()
        {
            let rows = served.manifests.iter().map(|manifest| manifest.rows).sum();
            return Ok(Done { status: Status::Unchanged, run_id: last.run_id.clone(), rows, bytes_read: 0 });
        }
        let (given, inputs) = self.given(&identity)?;
        self.run_id = Some(given.run_id.clone());
        let made = make(model, &frames(world, curated, model, &tables)?, vars, options.as_of)?;
        let serves = if model.output.is_log { Serves::Log } else { Serves::Snapshot };
        let publishing = world.open(&publication, serves)?;
        let draft = publishing.draft(given.run_id.clone())?;
        let run = given.run_id.to_string();
        let schema = write(world, model, &made, &draft, (&run, options.as_of))?;
        let rows = made.rows.height() as u64;
        drop(made);
        let sealed = draft.seal(Details {
            origin: identity.clone(),
            made_by: model.name.clone(),
            part: None,
            joined: Vec::new(),
            as_of: options.as_of,
            started_at: given.first_given_at,
            schema,
            inputs: inputs.unwrap_or_else(|| tables.values().flat_map(Table::inputs).collect()),
            counts: self.account(&tables, rows),
            measures: BTreeMap::new(),
            losses: Vec::new(),
            details: self.details(&tables, &own, &identity)?,
            code_version: world.code_version.to_owned(),
        })?;
        self.tests = self.judge(&sealed, before.as_ref(), &tables)?;
        let failed: Vec<&str> =
            self.tests.iter().filter(|it| it.outcome == Outcome::Failed).map(|it| it.test.as_str()).collect();
        if !failed.is_empty() {
            return Err(BuildError::Tests { model: model.name.clone(), tests: failed.join(", ") });
        }
        let swap = Swap { replace_all: model.output.is_log, ..Swap::run(sealed) };
        let published = publishing.commit(swap, Keep::ALL)?;
        let bytes_read = tables.values().map(Table::bytes).sum();
        Ok(Done { status: Status::Published, run_id: given.run_id, rows: published.rows, bytes_read })
    }

    /// Takes the id of the run: the same whenever it is made of the same, so that a retry finds its own files. A ledger that was begun
    /// anew may give an id that another run has. What an earlier attempt completed says of its inputs what it said then.
    fn given(&self, identity: &str) -> Result<(Given, Option<Vec<Input>>), BuildError> {
        let Self { world, model, options, .. } = self;
        let publication = model.publication();
        let mut asked = format!("{publication} {identity} {}", options.as_of);
        loop {
            let given = world.ledger.id_for(&asked, options.as_of, (world.now)())?;
            match manifest(world.store, &publication, &given.run_id) {
                Ok(found) if found.details.get("identity").and_then(Value::as_str) != Some(identity) => {
                    asked.push_str(" again")
                }
                Ok(found) => return Ok((given, Some(found.inputs))),
                Err(PublishError::NoSuchRun { .. }) => return Ok((given, None)),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Says what became of the rows of the driving input; without one, that what was made is published.
    fn account(&self, tables: &BTreeMap<String, Table>, rows: u64) -> BTreeMap<String, Account> {
        let driving = self.model.drives.as_ref().and_then(|name| Some((name.clone(), tables.get(name)?.rows())));
        let (name, account) = match driving {
            Some((name, read)) if read >= rows => {
                let dropped = BTreeMap::from([("not_in_the_answer".to_owned(), read - rows)]);
                (name, Account { read, published: rows, filtered: dropped, ..Account::default() })
            }
            _ => (self.model.name.clone(), Account { read: rows, published: rows, ..Account::default() }),
        };
        BTreeMap::from([(name, account)])
    }

    fn details(
        &self,
        tables: &BTreeMap<String, Table>,
        fingerprint: &str,
        identity: &str,
    ) -> Result<Value, BuildError> {
        let mut read = serde_json::Map::new();
        for (name, table) in tables {
            read.insert(name.clone(), table.told(self.world)?);
        }
        Ok(json!({
            "identity": identity,
            "fingerprint": fingerprint,
            "inputs_identity": inputs_identity(tables),
            "zone": self.model.zone,
            "engine": crate::engine::ENGINE,
            "read": read,
        }))
    }

    /// Asks the tests of what was written and is not served.
    fn judge(
        &self,
        sealed: &Sealed,
        before: Option<&Served>,
        tables: &BTreeMap<String, Table>,
    ) -> Result<Vec<TestResult>, BuildError> {
        let Self { world, curated, model, vars, set, .. } = *self;
        let failed = |cause| BuildError::Engine { model: model.name.clone(), cause };
        let folders = folders(curated, &model.publication());
        let written = written(sealed.manifest());
        let mut all = asked(world, curated, model, tables, set)?;
        all.insert("this".to_owned(), scan(world.store, &[written], &folders).map_err(failed)?);
        let before_rows = before.map(|served| scan(world.store, std::slice::from_ref(served), &folders));
        test(
            world,
            &Judged {
                model,
                tables: all,
                rows: sealed.manifest().rows,
                before: before_rows.transpose().map_err(failed)?,
                rows_before: before.map(|served| served.manifests.iter().map(|manifest| manifest.rows).sum()),
                run_id: &sealed.manifest().run_id,
                vars,
            },
        )
    }
}

/// Looks at a run that is not served as if it were.
fn written(manifest: &Manifest) -> Served {
    use carelake_core::publish::{Entry, Pointer};
    let pointer = Pointer {
        version: manifest.version,
        kind: Serves::Log,
        run_id: None,
        manifest: None,
        sequence: 0,
        content: 0,
        runs: vec![Entry::of(manifest)],
        state: Value::Null,
        helpers: Vec::new(),
        committed_at: manifest.written_at,
        execution: None,
        before: None,
        rolled_back: false,
    };
    Served {
        publication: carelake_core::names::Publication::from_path(&manifest.publication),
        pointer,
        manifests: vec![manifest.clone()],
    }
}
