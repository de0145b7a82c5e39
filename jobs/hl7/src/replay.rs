//! Trying messages again that could not be used: the same bytes, by the code of today.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, ErrorRow, Open, Standing};
use crate::receive::{self, Arrival};
use crate::world::{Hl7Error, World};

/// Which messages are tried again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Those that could not be used for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Those of this day of receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// This one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What came of trying.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// Messages that were tried.
    pub tried: u64,
    /// Those that are in staging now, or the same as others.
    pub stored: u64,
    /// Those that stay in the error zone, by reason.
    pub errors: std::collections::BTreeMap<String, u64>,
}

/// Tries messages again. They keep the time at which they were received; trying what is in staging by now changes nothing.
///
/// # Errors
/// [`Hl7Error::Unknown`] where one is named that there is not; [`Hl7Error`] when a store or the ledger fails.
pub fn replay(world: &World<'_>, wanted: &Wanted) -> Result<Replayed, Hl7Error> {
    let catalog = Catalog::of(world);
    world.raw.settle()?;
    let mut replayed = Replayed::default();
    let named: Vec<String> = match &wanted.message {
        Some(message_id) => {
            if catalog.message(message_id)?.is_none() {
                return Err(Hl7Error::Unknown { what: "message" });
            }
            vec![message_id.clone()]
        }
        None => {
            let entries = catalog.errors(wanted.reason.as_deref(), wanted.day)?;
            entries
                .into_iter()
                .filter(|row: &ErrorRow| row.state == Open::Open)
                .map(|row| row.message_id)
                .rev()
                .collect()
        }
    };
    for message_id in named {
        let Standing::Failed(indexed, version) = catalog.standing(&message_id)? else { continue };
        let bytes = world.raw.read(&indexed.raw_key)?;
        let (encoding, way) = (indexed.encoding.clone(), indexed.way_in.clone());
        let arrival = Arrival { bytes: &bytes, encoding: encoding.as_deref(), way: &way, by: "", is_answered: true };
        let keys = receive::keys_beside(world, &message_id, &arrival, &indexed);
        let received_at = indexed.received_at;
        let known = Some((*indexed, version));
        let receipt = receive::finish(world, (&message_id, known), &arrival, &keys, received_at)?;
        replayed.tried += 1;
        match receipt.reason {
            None => replayed.stored += 1,
            Some(reason) => *replayed.errors.entry(reason.name().to_owned()).or_default() += 1,
        }
    }
    world.output.settle()?;
    world.rejects.settle()?;
    Ok(replayed)
}
