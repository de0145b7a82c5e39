//! A run: the request that starts it, the plan of its jobs, and the report and notice at its end.
//!
//! These are the inputs and answers of the state machine's tasks, the same on a laptop and on AWS. They hold names,
//! counts and keys, never rows and never values from the data.

mod close;
mod extract;
mod notice;
pub mod pipeline;
mod plan;
mod report;
mod request;
mod task;
mod usage;

pub use close::{Ending, close};
pub use extract::extract;
pub use notice::{Notice, again, change, notice};
pub use plan::{Plan, PlanError, all_named, named, plan, publications};
pub use report::{Attempt, Outcome, OutcomeStatus, RUNS, RunReport, Serving};
pub use request::RunRequest;
pub use task::ExtractTask;
pub use usage::Usage;
