//! The verbs of the command, one file each: what it takes, and what it does.

pub(crate) mod asl;
pub(crate) mod compact;
pub(crate) mod config;
pub(crate) mod describe;
pub(crate) mod diff;
mod diff_lists;
pub(crate) mod doctor;
pub(crate) mod feeds;
pub(crate) mod functions;
pub(crate) mod gc;
pub(crate) mod intake;
pub(crate) mod letters;
pub(crate) mod profile;
pub(crate) mod publish;
pub(crate) mod query;
mod redrive;
pub(crate) mod rejects;
pub(crate) mod replay;
pub(crate) mod rerun;
pub(crate) mod retract;
pub(crate) mod rollback;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod sample;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod validate;
