//! Loads a batch of tables. What became of each is noted as it ends, so that another attempt does only what is left.

use std::cell::Cell;

use carelake_core::ErrorKind;
use carelake_core::ledger::{Ask, Claimed, LedgerError, Taken};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::SignedDuration;
use serde_json::Value;

use super::course::{Loaded, TablesTask};
use super::loading::Loading;
use super::lookout::{CLAIM_SECS, Lookout};
use super::source::Door;
use super::{answer, kept, read, section};
use crate::kept::Branch;

/// After so long no other table is begun: a function has fifteen minutes.
const LONGEST: SignedDuration = SignedDuration::from_mins(8);

/// Loads what is left of a batch, as far as there is time.
pub(crate) fn tables(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    with_batch(context, payload, |loading| loading.carry_out())
}

/// Takes connections of the source for a batch, and does with the batch what is to be done while it is looked after.
pub(super) fn with_batch(
    context: &Context<'_>,
    payload: &Value,
    carry_out: impl FnOnce(&Loading<'_>) -> Result<u64, Failure>,
) -> Result<Value, Failure> {
    let TablesTask { execution, batch: task } = read(payload)?;
    let loads = section(context)?;
    let source = loads.source(&task.source)?;
    let (kept, now) = (kept(context), (context.services.now)());
    let batch = kept.batch(&execution, &task.batch, now)?.ok_or_else(|| {
        Failure::new(ErrorKind::INTERNAL, format!("batch {} of this execution is not there any more", task.batch))
    })?;
    let (name, most) = match (&source.dynamic, task.branch) {
        (Some(dynamic), Branch::Dynamic) => ("dynamic", dynamic.max_connections),
        _ => ("connections", source.max_connections),
    };
    let name = context.scope.qualify(&format!("loads/{}/{name}", source.name));
    // Nobody waits for a table of DynamoDB to be read.
    let looks = most > 1 && !source.is_dynamodb();
    let uses: &[&str] = if looks { &["reads", "looks"] } else { &["reads"] };
    let connections = Connections { context, name, most, owner: format!("{execution}/{}", task.batch) };
    let Some(slots) = connections.all(uses)? else {
        return answer(&Loaded { batch: task.batch, left: batch.tables.len() as u64, waits: true });
    };
    let loaded = Door::of(context.secrets, source, &format!("carelake/{execution}")).and_then(|door| {
        let open = || door.open();
        // Where one connection is all there is, nobody looks: a table is let go once it is read.
        let lookout = Lookout::new(context, looks.then_some(&open));
        lookout.keep(slots.clone());
        let (execution, until) = (execution.as_str(), now + LONGEST);
        let (door, lookout) = (&door, &lookout);
        let connections = &connections;
        let (batch, waits) = (&batch, Cell::default());
        let loading = Loading { context, kept, source, execution, batch, until, door, connections, lookout, waits };
        lookout.during(|| carry_out(&loading)).map(|left| (left, loading.waits.get()))
    });
    slots.iter().try_for_each(|slot| connections.give_back(slot))?;
    let (left, waits) = loaded?;
    answer(&Loaded { batch: task.batch, left, waits })
}

/// The connections that a batch may have, of those that its source allows.
pub(super) struct Connections<'c> {
    context: &'c Context<'c>,
    name: String,
    most: u32,
    owner: String,
}

impl Connections<'_> {
    /// Takes one for each use. None where they are not to be had now.
    fn all(&self, uses: &[&str]) -> Result<Option<Vec<Taken>>, LedgerError> {
        let mut slots = Vec::new();
        for one in uses {
            match self.one(one)? {
                Some(slot) => slots.push(slot),
                None => {
                    slots.iter().try_for_each(|slot| self.give_back(slot))?;
                    return Ok(None);
                }
            }
        }
        Ok(Some(slots))
    }

    /// Takes one more, where there is one.
    pub(super) fn one(&self, for_what: &str) -> Result<Option<Taken>, LedgerError> {
        let owner = format!("{}/{for_what}", self.owner);
        let ask = Ask { owner: &owner, retake: true, now: (self.context.services.now)(), ttl_secs: CLAIM_SECS };
        Ok(match self.context.services.ledger.claim_slot(&self.name, self.most, &ask)? {
            Claimed::Taken(slot) => Some(slot),
            Claimed::Busy { .. } => None,
        })
    }

    /// Gives one back.
    pub(super) fn give_back(&self, slot: &Taken) -> Result<(), LedgerError> {
        self.context.services.ledger.release_claim(slot)
    }
}
