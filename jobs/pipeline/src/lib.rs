//! A run: the request that starts it, the plan of its jobs, and the report and notice at its end.
//!
//! These are the inputs and answers of the state machine's tasks, the same on a laptop and on AWS. They hold names,
//! counts and keys, never rows and never values from the data.

mod cause;
mod close;
mod command;
mod evidence;
mod extract;
mod notice;
pub mod pipeline;
mod place;
mod plan;
mod report;
mod request;
mod steps;
mod task;
mod usage;

pub use close::{Ending, Expense, close};
pub use command::again;
pub use extract::extract;
pub use notice::{Notice, Teller, change, notice};
pub use place::placeholder;
pub use plan::{Plan, PlanError, all_named, named, plan, publications, sources};
pub use report::{ABORTED, Attempt, FileNow, GoodFile, Outcome, OutcomeStatus, RUNS, RunReport, Serving, SourceFiles};
pub use request::RunRequest;
pub use steps::Steps;
pub use task::{ExtractTask, PlanTask, ReportTask};
pub use usage::Usage;
