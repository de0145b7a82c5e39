//! A run of a matcher: the reference is brought to what is served, incomplete records are looked up in it, and what follows is published.

mod asked;
mod chunk;
mod dry;
mod error;
mod explain;
mod find;
mod given;
mod handed;
mod linker;
mod loading;
mod memory;
mod model;
mod outcomes;
mod persons;
mod plan;
mod publish;
mod served;
mod settle;
mod shares;
mod standing;
#[cfg(test)]
mod tests;
mod training;
mod undo;
mod weighed;
mod world;

pub use chunk::{Judged, Judgement, Rival, judge};
pub use dry::dry_run;
pub use error::{MATCH_SPIKE, MatchError};
pub use explain::{Explanation, FieldOf, PairOf, explain};
pub use find::find;
pub use linker::Engine;
pub use loading::load;
pub(crate) use memory::day_of;
pub use memory::{engine, forget, index};
pub use model::{Using, using};
pub use plan::{Plan, PlannedInput, plan};
pub use settle::{Settled, Settling, settle};
pub use shares::{Shares, State, Told};
pub use standing::{Standing, WeightOf, standing};
pub use training::{Labels, Training, train};
pub use undo::{Undone, last_run, shown_sequence, undo};
pub use weighed::Weighing;
pub use world::{CLAIM_SECS, World};
