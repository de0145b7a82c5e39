//! The right to load a table, held by one at a time, and what it served when the right was taken.

use std::cell::Cell;

use carelake_core::ledger::{Ask, Claimed, Taken};
use carelake_core::publish::current;
use jiff::{SignedDuration, Timestamp};

use crate::publish::{CLAIM_SECS, LoadError, Table, World};

/// The right to load a table.
#[derive(Debug)]
pub struct Turn {
    taken: Taken,
    /// When the ledger was told last that the load goes on.
    renewed: Cell<Timestamp>,
    /// How often the pointer had been moved.
    pub(crate) sequence: Option<u64>,
}

fn name(world: &World<'_>, table: &Table) -> String {
    world.scope.qualify(&table.publication.path())
}

/// Takes the right to load a table. Answers none where another load has it: that one is told to look once more before it ends.
/// To be called before the snapshot is opened.
///
/// # Errors
/// Those of ledger and store.
pub fn take(world: &World<'_>, table: &Table) -> Result<Option<Turn>, LoadError> {
    let (owner, now) = (world.owner(), (world.now)());
    let ask = Ask { owner: &owner, retake: world.execution.is_some(), now, ttl_secs: CLAIM_SECS };
    let name = name(world, table);
    loop {
        if let Claimed::Taken(taken) = world.ledger.claim(&name, &ask)? {
            return Turn::of(world, table, taken).map(Some);
        }
        // Whoever had it may have given it back just now: then there is nobody to do this load's work.
        if world.ledger.leave_mark(&name, now)? {
            return Ok(None);
        }
    }
}

impl Turn {
    fn of(world: &World<'_>, table: &Table, taken: Taken) -> Result<Self, LoadError> {
        let sequence = current(world.store, &table.publication)?.map(|pointer| pointer.sequence);
        Ok(Self { taken, renewed: Cell::new((world.now)()), sequence })
    }

    /// Takes note of a pointer that this load moved.
    pub(crate) const fn moved(&mut self, sequence: Option<u64>) {
        if sequence.is_some() {
            self.sequence = sequence;
        }
    }

    /// Returns the claim, to be kept while another table is read.
    #[must_use]
    pub const fn claim(&self) -> &Taken {
        &self.taken
    }

    /// Says that the load goes on, if a third of the claim's time is over.
    pub(crate) fn renew(&self, world: &World<'_>) -> Result<(), LoadError> {
        let now = (world.now)();
        if now.duration_since(self.renewed.get()) >= SignedDuration::from_secs((CLAIM_SECS / 3).cast_signed()) {
            world.ledger.renew_claim(&self.taken, now, CLAIM_SECS)?;
            self.renewed.set(now);
        }
        Ok(())
    }
}

/// Gives the right back. Answers one more turn where another load came meanwhile and left its work to this one.
///
/// # Errors
/// Those of ledger and store.
pub fn give_back(world: &World<'_>, turn: Turn, table: &Table) -> Result<Option<Turn>, LoadError> {
    let Some(taken) = world.ledger.release_unless_marked(&turn.taken)? else { return Ok(None) };
    Turn::of(world, table, taken).map(Some)
}

/// Gives the right back, whoever asked for another load meanwhile: the one who gives it back loads the table itself, later.
///
/// # Errors
/// Those of the ledger.
pub fn let_go(world: &World<'_>, turn: Turn) -> Result<(), LoadError> {
    let mut taken = turn.taken;
    while let Some(marked) = world.ledger.release_unless_marked(&taken)? {
        taken = marked;
    }
    Ok(())
}
