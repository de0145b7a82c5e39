//! Rooms and what they do: functions, definitions, and the runner that carries them out; and the functions of the monthly run.
//!
//! A [`Room`] is a table of [`Function`]s and [`Definition`]s. A function gets a [`Context`] and a JSON payload, and answers JSON
//! or a [`Failure`](pipeline::Failure). Payloads and answers are the same on a laptop and on AWS. They hold names, counts and
//! keys, never rows and never values from the data.

mod cause;
mod cells;
mod close;
mod command;
mod comparison;
mod context;
mod deployed;
mod evidence;
mod extract;
mod function;
mod http;
mod memory;
pub mod monthly;
mod notice;
pub mod page;
pub mod pipeline;
mod place;
mod plan;
mod report;
mod reported;
mod request;
mod room;
mod runner;
mod schedule;
mod secrets;
mod steps;
mod task;
mod usage;

pub use close::{Ending, Expense, close};
pub use command::again;
pub use context::{Context, Figure, Log, Question, Tables, Way};
pub use deployed::deployed;
pub use extract::extract;
pub use function::{Access, BatchSource, Form, Function, Handler, Need, Part, Place, SMALL, Size, Task, answered};
pub use http::{Call, Caller, Guard, Http, Issuer, KeySource, Route};
pub use notice::{Notice, Teller, change, notice};
pub use page::Pages;
pub use place::{machine_name, machine_placeholder, placeholder};
pub use plan::{Plan, PlanError, all_named, named, plan, publications, sources};
pub use report::{ABORTED, Attempt, FileNow, GoodFile, Outcome, OutcomeStatus, RUNS, RunReport, Serving, SourceFiles};
pub use reported::Reported;
pub use request::RunRequest;
pub use room::{Definition, Listen, Room};
pub use runner::{Described, ExecutionStatus, Listed, Runner, RunnerError};
pub use schedule::Calendar;
pub use secrets::{MachineSecrets, Secrets};
pub use steps::Steps;
pub use task::{ExtractTask, PlanTask, ReportTask};
pub use usage::Usage;
