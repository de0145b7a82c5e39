//! One run of a source at a time, and nobody waits: whoever comes while another runs leaves a mark, and that one runs once more.

use std::sync::{Mutex, PoisonError};

use carelake_core::ledger::{Ask, Claimed, Taken};

use super::result::RunResult;
use crate::config::Source;
use crate::error::FhirError;
use crate::world::{CLAIM_SECS, World};

/// Returns the name of the claim of a source.
#[must_use]
pub fn name_of(world: &World<'_>, source: &Source) -> String {
    world.scope.qualify(&format!("fhir/{}", source.name))
}

/// The right to run a source.
#[derive(Debug)]
pub struct Held<'h> {
    world: &'h World<'h>,
    taken: Mutex<Taken>,
}

impl Held<'_> {
    /// Says that the work goes on.
    ///
    /// # Errors
    /// [`FhirError::Ledger`], a conflict where another has it now: whoever lost it publishes nothing more.
    pub fn beat(&self) -> Result<(), FhirError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = self.world.ledger.renew_claim(&taken, (self.world.now)(), CLAIM_SECS)?;
        Ok(())
    }
}

/// Does something under the claim of a source, once more where somebody came meanwhile.
///
/// # Errors
/// That of the work, and of the ledger.
pub fn with_claim<'w>(
    world: &'w World<'w>,
    source: &Source,
    work: impl Fn(&Held<'w>) -> Result<RunResult, FhirError>,
) -> Result<RunResult, FhirError> {
    let (name, owner) = (name_of(world, source), world.owner());
    let mut all = RunResult { source: source.name.clone(), ..RunResult::default() };
    let mut taken: Taken = loop {
        let now = (world.now)();
        let ask = Ask { owner: &owner, retake: world.execution.is_some(), now, ttl_secs: CLAIM_SECS };
        match world.ledger.claim(&name, &ask)? {
            Claimed::Taken(taken) => break taken,
            Claimed::Busy { owner, since, .. } => {
                // Whoever had it may have given it back just now: then there is nobody to do this work.
                if world.ledger.leave_mark(&name, now)? {
                    return Ok(RunResult { busy: Some((owner, since)), ..all });
                }
            }
        }
    };
    loop {
        let held = Held { world, taken: Mutex::new(taken) };
        let done = work(&held);
        taken = held.taken.into_inner().unwrap_or_else(PoisonError::into_inner);
        match done {
            Ok(result) => all.add(result),
            Err(error) => {
                world.ledger.release_claim(&taken)?;
                return Err(error);
            }
        }
        match world.ledger.release_unless_marked(&taken)? {
            Some(again) => taken = again,
            None => return Ok(all),
        }
    }
}
