//! Carrying out definitions on this machine, and following executions wherever they are.
//!
//! [`Local`] is the runner of this machine: it binds the functions of every room by name, and what else a definition may call
//! (`bound.rs`). Executions run side by side, each with its history. [`Companion`] goes along with one and knows what it is for.
//! [`Follow`] tells what happens from a history, be it of this machine or of AWS.

mod bound;
mod called;
mod companion;
#[cfg(test)]
mod contract;
mod due;
mod follow;
mod listen;
mod local;
mod notifier;
mod objects;
mod queue;
mod recorder;
mod report;
mod rooms;
mod subjects;
#[cfg(test)]
pub(crate) mod tests;
mod walk;

pub(crate) use companion::{Companion, Plain};
pub(crate) use due::{Scheduled, due};
pub(crate) use follow::{End, Follow, News, What};
pub(crate) use local::{Local, unnamed};
pub(crate) use notifier::send;
pub(crate) use objects::Buckets;
pub(crate) use queue::deliver_left;
pub(crate) use rooms::Rooms;
pub(crate) use subjects::Subjects;
