//! From records to judged rows of the common tables.
//!
//! A [`Plan`] is a feed made ready for one delivery. Batches of records are judged by a [`BatchJudge`], on as many threads as there
//! are, and put together by a [`Gather`] in file order; [`Judge`] is both on one thread, and [`judge_read`] reads and judges side by
//! side. A row is judged in this order: blank and header repeat; `encoding`, `field_count`, `record_malformed`; mapping (`program`,
//! `step`) and the types of its columns (`column`, `identity`); filters; `required_missing`; duplicates (`contest`).

mod batch;
mod clean;
mod codes;
mod column;
mod contest;
mod exact;
mod flow;
mod gather;
mod identity;
mod making;
mod moment;
mod pattern;
mod plan;
mod program;
mod side;
mod sink;
mod step;
mod table;
mod zone;

#[cfg(test)]
mod tests;

pub use batch::{BatchJudge, JudgedBatch};
pub use gather::Gather;
pub use pattern::{Pattern, UnknownDirective};
pub use plan::{DeliveryFacts, Judge, JudgeError, Plan};
pub use side::judge_read;
pub use step::Unready;
