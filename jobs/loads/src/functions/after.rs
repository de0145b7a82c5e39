//! What follows from a log once it is served: the rows of now, texts for other rooms, the tables of the catalogue.

use carelake_core::causes;
use carelake_pipeline::{Context, Figure};

use super::catalog::follow;
use super::kept;
use crate::publish::{LoadError, Table, World};
use crate::{hand_on, latest};

/// Brings up to the log what follows from it. Returns what failed, for people: the log is served, and the next load makes up for it.
pub(super) fn bring_up(context: &Context<'_>, world: &World<'_>, table: &Table) -> Vec<String> {
    let settled = latest::settle(world, table).map(drop);
    let settled = settled.map_err(|error| format!("the rows of now are those of before: {}", causes(&error)));
    settled.err().into_iter().chain(pass_on(context, world, table)).collect()
}

/// As [`bring_up`], where the rows of now follow already.
pub(super) fn pass_on(context: &Context<'_>, world: &World<'_>, table: &Table) -> Vec<String> {
    let handed = handed(context, world, table).map(drop);
    let handed = handed.map_err(|error| format!("texts were not handed on: {}", causes(&error)));
    handed.err().into_iter().chain(follow(context.tables, table)).collect()
}

/// Hands on the texts of a table that were not yet, and returns how many files are new.
pub(super) fn handed(context: &Context<'_>, world: &World<'_>, table: &Table) -> Result<u64, LoadError> {
    let files = hand_on::hand_on(world, kept(context), context.services.inputs.store(), table)?;
    if files > 0 {
        let figures = [Figure::new("FilesHandedOn", "Count", files)];
        context.log.measured("texts were handed on", Some(&table.publication.to_string()), &figures);
    }
    Ok(files)
}
