//! The runner of this machine: every function of every room, and executions side by side.

mod runner;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_core::ledger::SqliteLedger;
use carelake_pipeline::pipeline::Failure as FunctionFailure;
use carelake_pipeline::{
    Context, Definition, Described, ExecutionStatus, Figure, Log, MachineSecrets, RunnerError, Way,
};
use carelake_statemachine::{
    Callbacks, Execution, ExecutionContext, Machine, Notice, Objects, Outcome, RealClock, execute,
};
use carelake_tabular::inputs::Inputs;
use carelake_tabular::job::Services;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::bound::Bound;
use super::companion::Companion;
use super::objects::Buckets;
use super::recorder::Recorder;
use super::report::ended_before;
use super::rooms::Rooms;
use super::walk::Walk;
use crate::failure::Failure;
use crate::host::host;
use crate::kept::Kept;
use crate::lake::Lake;
use crate::output;
use crate::registry::KINDS;
use crate::telling::Telling;

/// Executions that are remembered after their end; what they kept stays.
const REMEMBERED: usize = 100;
/// The longest name of an execution, as on AWS.
const NAME_CHARS: usize = 80;

/// Long enough for anything; whoever waits is told of the end.
const LONG: Duration = Duration::from_secs(3600);

/// Who goes along with an execution of this definition and name.
pub(crate) type Companions = fn(&Definition, &str) -> Arc<dyn Companion>;

/// Who is told how far work is.
pub(crate) type Onlooker = Box<dyn Fn(&str, Way) + Send + Sync>;

/// Carries out definitions on this machine. Clones are the same runner.
#[derive(Clone)]
pub(crate) struct Local(Arc<Shared>);

struct Shared {
    lake: Lake,
    ledger: SqliteLedger,
    inputs: Inputs,
    scratch: PathBuf,
    state: PathBuf,
    version: String,
    host: Option<String>,
    zone: TimeZone,
    rooms: Rooms,
    companions: Companions,
    callbacks: Callbacks,
    objects: Buckets,
    walks: Mutex<BTreeMap<String, Arc<Walk>>>,
    onlooker: OnceLock<Onlooker>,
    telling: Option<Telling>,
}

impl Local {
    /// Takes the lake and what is read; `version` is that of carelake and of the configuration.
    pub(crate) fn new(
        lake: Lake,
        inputs: Inputs,
        version: String,
        rooms: Rooms,
        companions: Companions,
    ) -> Result<Self, Failure> {
        Ok(Self(Arc::new(Shared {
            ledger: lake.local_ledger()?,
            scratch: lake.scratch()?,
            state: lake.state()?,
            objects: Buckets::of(&lake),
            telling: Telling::of(&lake),
            lake,
            inputs,
            version,
            host: host(),
            zone: TimeZone::system(),
            rooms,
            companions,
            callbacks: Callbacks::new(),
            walks: Mutex::default(),
            onlooker: OnceLock::new(),
        })))
    }

    /// Tells somebody from now on how far work is; the first who asks.
    pub(crate) fn look_on(&self, onlooker: Onlooker) {
        drop(self.0.onlooker.set(onlooker));
    }

    pub(crate) fn lake(&self) -> &Lake {
        &self.0.lake
    }

    pub(crate) fn ledger(&self) -> &SqliteLedger {
        &self.0.ledger
    }

    pub(crate) fn inputs(&self) -> &Inputs {
        &self.0.inputs
    }

    /// Returns who tells of executions, if somebody is to be told.
    pub(crate) fn telling(&self) -> Option<&Telling> {
        self.0.telling.as_ref()
    }

    pub(crate) fn rooms(&self) -> Rooms {
        self.0.rooms
    }

    pub(super) fn callbacks(&self) -> &Callbacks {
        &self.0.callbacks
    }

    pub(super) fn objects(&self) -> &dyn Objects {
        &self.0.objects
    }

    /// Does something with what functions work with.
    pub(crate) fn with_context<T>(
        &self,
        is_cancelled: &(dyn Fn() -> bool + Sync),
        run: impl FnOnce(&Context<'_>) -> Result<T, FunctionFailure>,
    ) -> Result<T, FunctionFailure> {
        let Shared { lake, ledger, inputs, scratch, state, version, host, zone, .. } = &*self.0;
        run(&Context {
            services: Services {
                config: &lake.config,
                inputs,
                output: &*lake.output,
                rejects: &*lake.rejects,
                ledger,
                now: &Timestamp::now,
                is_cancelled,
            },
            raw: &*lake.raw,
            scratch,
            state: Some(state.as_path()),
            environment: &lake.environment,
            scope: &lake.scope,
            options: &lake.options,
            host: host.as_deref(),
            zone,
            kinds: KINDS,
            code_version: version,
            is_paid: false,
            since: &|| Ok(lake.since()),
            runner: self,
            secrets: &MachineSecrets,
            tables: None,
            log: &Aside { onlooker: self.0.onlooker.get() },
        })
    }

    /// Enters an execution, which begins with [`Local::walk`]; answers whether it is new: a name that was given before has its
    /// execution already.
    pub(crate) fn enter(
        &self,
        definition: &Definition,
        name: &str,
        companion: Arc<dyn Companion>,
    ) -> Result<(Arc<Walk>, bool), RunnerError> {
        let (name, started_at) = (checked(name)?.to_owned(), Timestamp::now());
        let id = context(definition.name, &name, started_at).id().to_owned();
        let mut walks = self.0.walks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = walks.get(&id) {
            return Ok((Arc::clone(there), false));
        }
        let ended = |walk: &&Arc<Walk>| walk.describe().status != ExecutionStatus::Running;
        let oldest = walks.values().filter(ended).min_by_key(|walk| walk.started_at).map(|walk| walk.id.clone());
        if let Some(oldest) = oldest.filter(|_| walks.len() >= REMEMBERED) {
            walks.remove(&oldest);
        }
        let walk = Arc::new(Walk::new((id.clone(), name, definition.name), started_at, companion));
        walks.insert(id, Arc::clone(&walk));
        Ok((walk, true))
    }

    /// Walks through a definition to its end. What happens is kept as it happens.
    pub(crate) fn walk(&self, walk: &Arc<Walk>, machine: &Machine, input: Value) -> Outcome {
        let mut recorder = Recorder::default();
        let root = self.0.lake.folder().map(ToOwned::to_owned).ok();
        let mut look = |notice: &Notice<'_>| {
            let event = match notice {
                Notice::Event(event) => Some(event.to_aws()),
                _ => None,
            };
            if let Some(event) = &event {
                walk.add(event.clone());
                recorder.add(event, || Some(root.as_ref()?.join(walk.companion.kept()?.history_key())));
            }
            walk.companion.look(notice, event.as_ref());
        };
        let course = (walk.definition, walk.name.as_str(), walk.started_at);
        if let (Some(telling), Some(kept)) = (self.telling(), walk.companion.kept()) {
            telling.begun(&kept, course);
        }
        let outcome = execute(Execution {
            machine,
            input,
            context: context(walk.definition, &walk.name, walk.started_at),
            tasks: Arc::new(Bound { local: self.clone(), walk: Arc::clone(walk) }),
            clock: &RealClock,
            observer: &mut look,
            abort: walk.stop.clone(),
        });
        walk.companion.ended(self, &outcome);
        if let Some(telling) = self.telling() {
            let kept = walk.companion.kept().unwrap_or_else(|| Kept::of_execution(walk.definition, &walk.name));
            // A run is told of with its report, by who goes along with it.
            if !kept.is_of_run() {
                telling.over(self.lake(), &kept, course, &outcome);
            }
            telling.settle();
        }
        if let Err(error) = recorder.settle() {
            output::aside(format_args!("the history of this run is not whole: {error}"));
        }
        walk.end(&outcome);
        outcome
    }

    /// Begins an execution on a thread of its own.
    pub(super) fn begin(&self, definition: &str, name: Option<&str>, input: Value) -> Result<Arc<Walk>, RunnerError> {
        let definition = self.known_definition(definition)?;
        let machine = self.machine(definition).map_err(|failure| unavailable(failure.message))?;
        let given = name.map_or_else(unnamed, str::to_owned);
        let (walk, is_new) = self.enter(definition, &given, (self.0.companions)(definition, &given))?;
        if !is_new {
            return Ok(walk);
        }
        let begun = self.recalled_or_begun(&walk, machine, input, name.is_some());
        if begun.is_err() {
            self.0.walks.lock().unwrap_or_else(PoisonError::into_inner).remove(&walk.id);
        }
        begun.map(|()| walk)
    }

    /// Begins an execution, unless one of its name has ended in an earlier process.
    fn recalled_or_begun(
        &self,
        walk: &Arc<Walk>,
        machine: Machine,
        input: Value,
        is_named: bool,
    ) -> Result<(), RunnerError> {
        if is_named {
            let kept = Kept::of_execution(walk.definition, &walk.name);
            let before = ended_before(&self.0.lake, &kept).map_err(|failure| unavailable(failure.message))?;
            if let Some(before) = before {
                walk.recall(before);
                return Ok(());
            }
        }
        let (local, walked) = (self.clone(), Arc::clone(walk));
        thread::Builder::new()
            .name(format!("execution of {}", walk.definition))
            .spawn(move || drop(local.walk(&walked, &machine, input)))
            .map(drop)
            .map_err(|error| unavailable(error.to_string()))
    }

    /// Carries an execution out to its end; one of this name that ended before is not carried out again.
    pub(crate) fn carry_out(
        &self,
        definition: &str,
        name: Option<&str>,
        input: Value,
    ) -> Result<Described, RunnerError> {
        let walk = self.begin(definition, name, input)?;
        while !walk.has_ended_within(LONG) {}
        Ok(walk.describe())
    }

    /// Stops every execution.
    pub(crate) fn stop_all(&self) {
        let walks = self.0.walks.lock().unwrap_or_else(PoisonError::into_inner);
        walks.values().for_each(|walk| walk.abort());
    }

    /// Returns whether an execution is under way.
    pub(crate) fn is_busy(&self) -> bool {
        let walks = self.0.walks.lock().unwrap_or_else(PoisonError::into_inner);
        walks.values().any(|walk| walk.describe().status == ExecutionStatus::Running)
    }

    /// Reads a definition.
    pub(crate) fn machine(&self, definition: &Definition) -> Result<Machine, Failure> {
        let problem =
            |problems: carelake_statemachine::Problems| Failure::new(ErrorKind::INTERNAL, problems.to_string());
        Machine::parse(&self.0.rooms.text(definition)?).map_err(problem)
    }

    fn known_definition(&self, name: &str) -> Result<&'static Definition, RunnerError> {
        self.0.rooms.definition(name).ok_or_else(|| RunnerError::UnknownDefinition { name: name.to_owned() })
    }

    fn known(&self, execution: &str) -> Result<Arc<Walk>, RunnerError> {
        let walks = self.0.walks.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = || RunnerError::UnknownExecution { execution: execution.to_owned() };
        walks.get(execution).map(Arc::clone).ok_or_else(unknown)
    }
}

/// Returns the name of an execution that nobody named.
pub(crate) fn unnamed() -> String {
    // Two of one process may begin within the same tick of the clock.
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{}-{}-{number}", Timestamp::now().as_nanosecond(), std::process::id())
}

fn context(definition: &str, name: &str, started_at: Timestamp) -> ExecutionContext {
    ExecutionContext::new(name, &format!("carelake-{definition}"), started_at)
}

fn unavailable(cause: String) -> RunnerError {
    RunnerError::Unavailable { action: "start an execution", cause }
}

/// A name becomes a folder, so it is as plain as AWS wants it.
fn checked(name: &str) -> Result<&str, RunnerError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > NAME_CHARS || name.starts_with('.') || !name.chars().all(is_plain) {
        let most = format!("its name must be 1 to {NAME_CHARS} letters, digits, hyphens, underscores and points");
        return Err(unavailable(most));
    }
    Ok(name)
}

/// On this machine an operator reads what the command says beside its answer. Figures are in the report.
struct Aside<'l> {
    onlooker: Option<&'l Onlooker>,
}

impl Log for Aside<'_> {
    fn warning(&self, message: &dyn std::fmt::Display) {
        output::aside(message);
    }

    fn measured(&self, _message: &str, _publication: Option<&str>, _figures: &[Figure]) {}

    fn under_way(&self, subject: &str, way: Way) {
        if let Some(onlooker) = self.onlooker {
            onlooker(subject, way);
        }
    }
}
