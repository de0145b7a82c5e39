//! The lake that a command works on: its configuration, its stores and its ledger.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use carelake_core::config::{Environment, Location};
use carelake_core::ledger::{Ledger, Runs, SqliteLedger};
use carelake_core::names::{Publication, RunId, Scope};
use carelake_core::publish::Desk;
use carelake_core::store::{LocalStore, Store};
use carelake_core::{ErrorKind, nearest};
use carelake_pipeline::{all_named, named, publications};
use carelake_tabular::config::Config;
use carelake_tabular::inputs::Inputs;
use jiff::Timestamp;

use crate::deployment::{self, Deployment};
use crate::execution;
use crate::failure::Failure;
use crate::options::Global;
use crate::output;
use crate::place::{self, Folders};
use crate::registry;
use crate::reserve;
use crate::tenant::{find_scope, refuse_shared};

/// What the command works on.
#[derive(Debug)]
pub(crate) struct Lake {
    pub config: Arc<Config>,
    pub environment: String,
    /// Whose data it is.
    pub scope: Scope,
    pub input: Arc<dyn Store>,
    pub output: Arc<dyn Store>,
    pub rejects: Arc<dyn Store>,
    /// What was received and must never expire.
    pub raw: Arc<dyn Store>,
    /// The options with which a command works on the same lake, as one types them.
    pub options: String,
    place: Place,
}

/// Where the lake is.
#[derive(Debug)]
enum Place {
    /// In folders of this machine.
    Folders(Folders),
    /// In buckets, with a deployment beside them.
    Aws(Box<Deployment>),
}

/// The ledger, in the folder of what is kept of runs.
const LEDGER: &str = "ledger.sqlite";

impl Lake {
    /// Reads the configuration and finds the stores; nothing is written.
    pub(crate) fn open(global: &Global) -> Result<Self, Failure> {
        let config = Arc::new(registry::known(|known| Config::load_for(known, &global.config))?);
        let scope = find_scope(&config, global.tenant.as_deref())?;
        let environment = find_environment(&config, &global.env)?.of(&scope);
        let named = global.input();
        let places = [&environment.input, &environment.output, &environment.rejects];
        let is_remote = places.iter().any(|place| matches!(place, Location::S3 { .. }));
        if is_remote && (named.is_none() || global.output.is_none()) {
            return Self::on_aws(config, &environment, scope, global);
        }
        let input = match &named {
            Some(folder) => place::named("--input", folder)?,
            None => folder(&environment, &environment.input)?,
        };
        let (output, rejects) = match &global.output {
            Some(folder) => {
                let output = place::named("--output", folder)?;
                let rejects = place::rejects_beside(&output)?;
                (place::below(output, &scope), place::below(rejects, &scope))
            }
            None => (folder(&environment, &environment.output)?, folder(&environment, &environment.rejects)?),
        };
        let mut folders = Folders::new(input, output, rejects);
        let mut raw = folders.input.clone();
        // A lake that is named on the command line is whole in itself.
        if let (None, Some(places)) = (&global.output, config.head.places(&environment.name)) {
            let named =
                |place: &Option<Location>| place.as_ref().map(|it| folder(&environment, &it.of(&scope))).transpose();
            folders.scratch = named(&places.scratch)?;
            folders.state = named(&places.state)?.unwrap_or(folders.state);
            if places.raw != environment.input {
                raw = folder(&environment, &places.raw.of(&scope))?;
            }
        }
        if let Some(overlap) = folders.overlap() {
            return Err(if named.is_some() || global.output.is_some() {
                Failure::argument(overlap).advise("name a folder of its own for each of --input and --output")
            } else {
                let message = format!("{}: environments.{}: {overlap}", global.config.display(), environment.name);
                Failure::new(ErrorKind::INVALID_CONFIG, message)
            });
        }
        Ok(Self {
            config,
            environment: environment.name,
            scope,
            input: Arc::new(LocalStore::new(folders.input.clone())),
            output: Arc::new(LocalStore::new(folders.output.clone())),
            rejects: Arc::new(LocalStore::new(folders.rejects.clone())),
            raw: Arc::new(LocalStore::new(raw)),
            options: global.as_typed(),
            place: Place::Folders(folders),
        })
    }

    fn on_aws(config: Arc<Config>, environment: &Environment, scope: Scope, global: &Global) -> Result<Self, Failure> {
        let name = &environment.name;
        if global.input().is_some() || global.output.is_some() {
            return Err(Failure::argument(format!(
                "environment `{name}` is on AWS, and one folder alone cannot replace it"
            ))
            .advise("name folders with both --input DIR and --output DIR, or neither"));
        }
        let deployment = Deployment::connect(name, &scope)?;
        let store = |location: &Location| match location {
            Location::S3 { bucket, prefix } => Ok(Arc::new(deployment.store(bucket, prefix))),
            Location::Local(_) => Err(Failure::new(
                ErrorKind::INVALID_CONFIG,
                format!(
                    "environment `{name}` is at {location} and in buckets too; give all three places as s3://bucket/prefix"
                ),
            )),
        };
        Ok(Self {
            input: store(&environment.input)?,
            output: store(&environment.output)?,
            rejects: store(&environment.rejects)?,
            raw: store(config.head.places(name).map_or(&environment.input, |places| &places.raw))?,
            environment: name.clone(),
            scope,
            options: global.as_typed(),
            config,
            place: Place::Aws(Box::new(deployment)),
        })
    }

    /// Returns what to do when the store or the ledger of this lake fails.
    pub(crate) fn storage_advice(&self) -> &'static str {
        if self.deployment().is_some() { deployment::ADVICE } else { ErrorKind::STORAGE.advice }
    }

    /// Returns the deployment of an environment on AWS.
    pub(crate) fn deployment(&self) -> Option<&Deployment> {
        match &self.place {
            Place::Aws(deployment) => Some(deployment),
            Place::Folders(_) => None,
        }
    }

    /// Returns the folder of the inputs; for verbs that write files there.
    pub(crate) fn input_folder(&self) -> Result<&Path, Failure> {
        match &self.place {
            Place::Folders(folders) => Ok(&folders.input),
            Place::Aws(_) => Err(Failure::argument(format!(
                "environment `{}` is on AWS, and this verb writes to folders only",
                self.environment
            ))
            .advise("name the folder")),
        }
    }

    /// Returns the folder of the output; for verbs that read files in place.
    pub(crate) fn folder(&self) -> Result<&Path, Failure> {
        match &self.place {
            Place::Folders(folders) => Ok(&folders.output),
            Place::Aws(_) => Err(Failure::argument(format!(
                "environment `{}` is on AWS, and this verb reads folders only",
                self.environment
            ))
            .advise(
                "ask Athena, whose tables are the publications, or copy a run to a folder and name it with --output",
            )),
        }
    }

    /// Returns the folder of the rejected rows; for verbs that read files in place.
    pub(crate) fn rejects_folder(&self) -> Result<&Path, Failure> {
        match &self.place {
            Place::Folders(Folders { rejects, .. }) => Ok(rejects),
            Place::Aws(_) => self.folder(),
        }
    }

    /// Returns the inputs, none of them open yet.
    pub(crate) fn inputs(&self, scratch: &Path) -> Inputs {
        Inputs::new(Arc::clone(&self.config), Arc::clone(&self.input), scratch)
    }

    /// Opens the ledger of an output on this machine, making it and its folder when they are not there yet. Runs whose process
    /// is gone are closed and told of, so that their leases are in nobody's way.
    pub(crate) fn local_ledger(&self) -> Result<SqliteLedger, Failure> {
        let folder = self.state()?;
        let ledger = SqliteLedger::open(&folder.join(LEDGER))?;
        if let Err(failure) = execution::dead::close(self, &ledger) {
            // Whoever asks for something else is to get it; a later command tries again.
            output::aside(format_args!("runs that died could not be closed: {}", failure.message));
        }
        reserve::keep(&folder);
        Ok(ledger)
    }

    /// Opens the ledger, wherever it is; on this machine it is made when it is not there yet.
    pub(crate) fn ledger(&self) -> Result<Box<dyn Ledger>, Failure> {
        match &self.place {
            Place::Aws(deployment) => Ok(Box::new(deployment.ledger())),
            Place::Folders(_) => Ok(Box::new(self.local_ledger()?)),
        }
    }

    /// Opens the ledger of an output that a run has written to. Where it cannot be written, it can be read.
    pub(crate) fn ledger_if_any(&self) -> Result<Option<Box<dyn Ledger>>, Failure> {
        match &self.place {
            Place::Aws(deployment) => Ok(Some(Box::new(deployment.ledger()))),
            Place::Folders(Folders { state, .. }) => {
                let path = state.join(LEDGER);
                if !is_there(&path)? {
                    return Ok(None);
                }
                let ledger = SqliteLedger::open_or_read(&path)?;
                // Whoever only looks is told what there is, also where a run that died cannot be closed.
                let _ = execution::dead::close(self, &ledger);
                Ok(Some(Box::new(ledger)))
            }
        }
    }

    /// Opens the ledger of an output, which must be there.
    pub(crate) fn existing_ledger(&self) -> Result<Box<dyn Ledger>, Failure> {
        self.ledger_if_any()?.ok_or_else(|| {
            Failure::argument(format!("nothing was ever run into {}", self.output.describe()))
                .advise("`carelake run`, or name another output with --output DIR")
        })
    }

    /// Returns a folder for files that are unpacked while a run reads them, on the disk of the output.
    pub(crate) fn scratch(&self) -> Result<PathBuf, Failure> {
        let folder = match &self.place {
            Place::Folders(Folders { scratch: Some(scratch), .. }) => scratch.clone(),
            _ => self.state()?.join("scratch"),
        };
        fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
        Ok(folder)
    }

    /// Does something with the space that is kept for it, on this machine: see [`reserve`].
    pub(crate) fn with_reserve<T>(&self, work: impl FnOnce() -> T) -> T {
        let Ok(folder) = self.state_folder().map(Path::to_owned) else { return work() };
        reserve::give_up(&folder);
        let done = work();
        if folder.join(LEDGER).is_file() {
            reserve::keep(&folder);
        }
        done
    }

    /// Makes the folder of rejected rows readable by its owner only: they may be protected health information.
    pub(crate) fn protect_rejects(&self) -> Result<(), Failure> {
        let Place::Folders(Folders { rejects: folder, .. }) = &self.place else { return Ok(()) };
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
                .map_err(|error| unwritable(folder, &error))?;
        }
        Ok(())
    }

    /// Returns from when on runs could have been: when the folder of what belongs to them was made, where the disk tells.
    pub(crate) fn since(&self) -> Timestamp {
        let made = fs::metadata(self.state_folder().unwrap_or(Path::new("")));
        let made = made.and_then(|folder| folder.created().or_else(|_| folder.modified()));
        made.ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or_else(Timestamp::now)
    }

    /// Returns the folder of what belongs to runs, making it when it is not there yet.
    pub(crate) fn state(&self) -> Result<PathBuf, Failure> {
        let folder = self.state_folder()?.to_owned();
        fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
        Ok(folder)
    }

    fn state_folder(&self) -> Result<&Path, Failure> {
        match &self.place {
            Place::Folders(Folders { state, .. }) => Ok(state),
            Place::Aws(_) => self.folder(),
        }
    }

    /// Returns the publications that a name stands for: a dataset with all its feeds, one feed, `all`, or a pattern.
    pub(crate) fn named(&self, name: &str) -> Result<Vec<Publication>, Failure> {
        refuse_shared(name)?;
        Ok(named(&self.config, name)?)
    }

    /// Returns the publications that names stand for; every publication when there are none.
    pub(crate) fn all_or_named(&self, names: &[String]) -> Result<Vec<Publication>, Failure> {
        if names.is_empty() {
            return Ok(publications(&self.config));
        }
        names.iter().try_for_each(|name| refuse_shared(name))?;
        Ok(all_named(&self.config, names)?)
    }
}

impl From<carelake_pipeline::PlanError> for Failure {
    fn from(error: carelake_pipeline::PlanError) -> Self {
        Self::argument(error.to_string())
    }
}

/// Takes a publication of a lake, to change it.
pub(crate) fn desk<'l>(lake: &'l Lake, ledger: &'l dyn Ledger, publication: &'l Publication) -> Desk<'l> {
    Desk { store: &*lake.output, ledger, publication, now: &Timestamp::now }
}

/// How many runs are looked through for the one that was meant.
const RUNS: usize = 1_000;

/// A run that was named and that there never was.
pub(crate) fn unknown_run(ledger: &dyn Runs, run: &RunId) -> Failure {
    let runs = ledger.runs(RUNS).unwrap_or_default();
    let known: Vec<String> = runs.iter().map(|run| run.run_id.to_string()).collect();
    let run = run.to_string();
    let failure = Failure::argument(format!("there is no run {run}"));
    match nearest(&run, known.iter().map(String::as_str)) {
        Some(name) => failure.advise(format!("did you mean {name}? `carelake runs` lists them")),
        None => failure.advise("`carelake runs` lists them"),
    }
}

/// Reads a run such as 2026-11-01.3.
pub(crate) fn run_id(text: &str) -> Result<RunId, String> {
    text.parse().map_err(|error: carelake_core::names::RunIdError| error.to_string())
}

/// Returns the environment with this name.
pub(crate) fn find_environment<'c>(config: &'c Config, name: &str) -> Result<&'c Environment, Failure> {
    config.environment(name).ok_or_else(|| {
        let known = config.environments.iter().map(|environment| environment.name.as_str());
        Failure::unknown("--env", name, known)
    })
}

fn folder(environment: &Environment, location: &Location) -> Result<PathBuf, Failure> {
    match location {
        Location::Local(folder) => {
            place::resolved(folder).map_err(|error| Failure::argument(format!("{}: {error}", folder.display())))
        }
        Location::S3 { .. } => Err(Failure::new(
            ErrorKind::INVALID_CONFIG,
            format!(
                "environment `{}` is at {location} and in folders too; give all three places alike",
                environment.name
            ),
        )),
    }
}

/// Returns whether a file is there; a folder that may not be looked into is no answer.
fn is_there(path: &Path) -> Result<bool, Failure> {
    path.try_exists().map_err(|error| {
        Failure::new(ErrorKind::STORAGE, format!("{}: cannot be read: {error}", path.display()))
            .advise(ErrorKind::STORAGE.advice)
    })
}

fn unwritable(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::new(ErrorKind::STORAGE, format!("{}: cannot be written: {error}", folder.display()))
        .advise(ErrorKind::STORAGE.advice)
}
