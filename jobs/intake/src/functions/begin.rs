//! What a file that arrived becomes: an execution, a note in the ledger, or nothing.

use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::answer;
use super::claim::{Claim, claim_arrival};
use super::desk::Desk;
use crate::course::Arrived;
use crate::deliveries::Delivery;

/// The definition that a delivery goes through.
pub(crate) const DEFINITION: &str = "intake";
/// Digits of a hash in the name of an execution.
const HASH_DIGITS: usize = 16;

/// What a file that arrived becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// An execution of this name, with this input.
    Execution {
        /// The name.
        name: String,
        /// The input.
        input: Value,
        /// What the file was found to be.
        claim: Claim,
    },
    /// Nothing more: the ledger has what there is to say.
    Noted(Claim),
}

/// Claims a file and says what is to be started for it. Asked again, it says the same.
///
/// # Errors
/// `Storage` when the ledger or a store fails; `InvalidConfig` without feeds.
pub fn begin(context: &Context<'_>, arrived: &Arrived) -> Result<Begun, Failure> {
    let desk = Desk::open(context)?;
    let claim = claim_arrival(&desk, arrived)?;
    if claim.delivery.as_ref().is_some_and(|delivery| delivery.status.is_pending()) {
        let name = claim.delivery.as_ref().map(Delivery::execution_name).unwrap_or_default();
        return Ok(Begun::Execution { name, input: answer(arrived)?, claim });
    }
    if claim.is_news {
        // Nothing runs, but somebody is to be told.
        let hash: String = arrived.arrival.sha256.chars().take(HASH_DIGITS).collect();
        let name = format!("set-aside-{hash}");
        return Ok(Begun::Execution { name, input: answer(arrived)?, claim });
    }
    Ok(Begun::Noted(claim))
}
