//! What was made of what, told in events of OpenLineage 2-0-2: when an execution or the run of a dataset begins, and how it ends.
//!
//! Events are made from what is known anyway: the plan, the report and the manifests of a run, and the configuration. They hold
//! names, counts and types, never a value of the data. [`Book`] keeps them beside the run, each once; [`send`] hands over what a
//! [`Receiver`] has not been told yet, in order, and begins again where it stopped. Nothing here fails a run.

mod book;
mod columns;
mod dataset;
mod event;
mod execution;
mod facets;
mod identity;
mod mark;
mod monthly;
mod naming;
mod receiver;
mod sending;

pub use book::{Book, BookError};
pub use event::{Dataset, Event, EventType, Job, RunOf};
pub use execution::{Course, End, begun, over};
pub use monthly::{Run, dataset_started, run_ended, run_started};
pub use naming::Naming;
pub use receiver::{Https, Lines, Receiver, Untaken};
pub use sending::{Sent, Standing, Trouble, send};
