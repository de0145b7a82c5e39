//! What loads publish: tables, where they go, their runs, and the position that moves with them.

mod error;
mod position;
mod run;
mod table;
mod world;

pub use error::LoadError;
pub use position::{LatestView, Position, TableState};
pub(crate) use run::{
    DELETED, Files, GONE, Given, Maker, OP, RunWriter, SEQ, Stamp, THERE, Telling, given, gone, there, with_metadata,
};
pub use table::{LakeColumn, Latest, Mask, MaskKey, Mode, Table};
pub use world::{CLAIM_SECS, World};
