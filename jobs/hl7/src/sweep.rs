//! Making up for what was cut off: whatever is kept and not known to the catalogue is read and entered, and each message lies in staging
//! or in the error zone, and not in both.

use std::collections::BTreeSet;

use carelake_core::store::{Object, StoreError};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Indexed, Standing, State};
use crate::receive::{self, Arrival};
use crate::world::{Hl7Error, World, day_of};
use crate::zones::{self, Keys, RAW};

/// How far before the last sweep things are looked at again: clocks differ, and what was kept by a process that was killed is shown late.
const AGAIN: SignedDuration = SignedDuration::from_hours(26);

/// What a sweep found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// Messages that were looked at.
    pub looked_at: u64,
    /// Messages that were kept and not entered, and are in staging now.
    pub stored: u64,
    /// Messages that were kept and not entered, and are the same as others.
    pub duplicates: u64,
    /// Messages that were kept and not entered, and are in the error zone now.
    pub errors: u64,
    /// Files that were missing, torn or left over, and are mended.
    pub mended: u64,
    /// Messages that are younger than is swept.
    pub young: u64,
}

/// Makes up for what was cut off. `after` is how old a message must be, so that one that is under way is left to who is at it; `all` looks
/// at every message that there ever was.
///
/// # Errors
/// [`Hl7Error`] when a store or the ledger fails; what was mended stays.
pub fn sweep(world: &World<'_>, after: SignedDuration, all: bool) -> Result<Swept, Hl7Error> {
    let catalog = Catalog::of(world);
    world.raw.settle()?;
    world.output.settle()?;
    world.rejects.settle()?;
    let begun = world.time();
    let since = if all { None } else { catalog.swept()?.and_then(|at| at.checked_sub(AGAIN).ok()) };
    let mut swept = Swept::default();
    let mut days = BTreeSet::new();
    for object in kept(world, since)? {
        if begun.duration_since(object.modified) < after {
            swept.young += 1;
            continue;
        }
        swept.looked_at += 1;
        days.extend(day_in(&object.key));
        one(world, &catalog, &object, &mut swept)?;
    }
    swept.mended += tidy(world, &days)?;
    world.output.settle()?;
    world.rejects.settle()?;
    catalog.set_swept(begun)?;
    Ok(swept)
}

/// Returns the messages that were kept since a moment, by day where their keys have days.
fn kept(world: &World<'_>, since: Option<Timestamp>) -> Result<Vec<Object>, Hl7Error> {
    let Some(since) = since else { return Ok(world.raw.list(RAW)?) };
    let mut found = Vec::new();
    if world.config.is_original {
        found = world.raw.list(RAW)?;
    } else {
        let (mut day, last) = (day_of(since), day_of(world.time()));
        while day <= last {
            found.extend(world.raw.list(&format!("{RAW}received={day}/"))?);
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
    }
    found.retain(|object| object.modified >= since);
    Ok(found)
}

fn one(world: &World<'_>, catalog: &Catalog<'_>, object: &Object, swept: &mut Swept) -> Result<(), Hl7Error> {
    // The name of an object is the id of its message, but for those that have the names of the original.
    let named = object.key.rsplit('/').next().and_then(|name| name.strip_suffix(".er7"));
    let mut bytes = None;
    let message_id = match named.filter(|name| name.len() == 64) {
        Some(name) => name.to_owned(),
        None => receive::message_id(bytes.insert(world.raw.read(&object.key)?)),
    };
    let read = |bytes: Option<Vec<u8>>| bytes.map_or_else(|| world.raw.read(&object.key), Ok);
    match catalog.standing(&message_id)? {
        Standing::Known(indexed) => mend(world, &message_id, &indexed, || read(bytes.take()), swept),
        Standing::Failed(indexed, _) => mend(world, &message_id, &indexed, || read(bytes.take()), swept),
        Standing::New => {
            let label = world.raw.label(&object.key)?;
            let said = |name: &str| label.metadata.get(name).map(String::as_str);
            let bytes = read(bytes.take())?;
            let arrival = Arrival {
                bytes: &bytes,
                encoding: said("encoding"),
                way: said("way-in").unwrap_or("unknown"),
                by: said("by").unwrap_or_default(),
                is_answered: true,
            };
            let received_at = said("received-at").and_then(|at| at.parse().ok()).unwrap_or(object.modified);
            let keys = keys(world, &message_id, &arrival, object, received_at);
            let receipt = receive::finish(world, (&message_id, None), &arrival, &keys, received_at)?;
            match receipt.status {
                receive::Status::Stored => swept.stored += 1,
                receive::Status::Duplicate => swept.duplicates += 1,
                receive::Status::Error | receive::Status::Conflict => swept.errors += 1,
            }
            // Its day may be published already.
            Ok(catalog.note_changed(day_of(received_at))?)
        }
    }
}

fn keys(world: &World<'_>, message_id: &str, arrival: &Arrival<'_>, object: &Object, received_at: Timestamp) -> Keys {
    if world.config.is_original {
        let envelope = crate::Envelope::of(arrival.bytes, arrival.encoding);
        let keys = Keys::of_original(message_id, day_of(received_at), envelope.as_ref());
        return if keys.raw == object.key { keys } else { keys.beside(message_id) };
    }
    // The day is that of the key, whatever the clock said when the label was written.
    Keys::of(message_id, day_in(&object.key).unwrap_or_else(|| day_of(received_at)))
}

/// Returns the day that a key has.
fn day_in(key: &str) -> Option<Date> {
    key.split('/').find_map(|part| part.strip_prefix("received=")?.parse().ok())
}

/// Sees to it that a message that is known lies where it belongs, and nowhere else.
fn mend(
    world: &World<'_>,
    message_id: &str,
    indexed: &Indexed,
    read: impl FnOnce() -> Result<Vec<u8>, StoreError>,
    swept: &mut Swept,
) -> Result<(), Hl7Error> {
    if indexed.state == State::Duplicate {
        return Ok(());
    }
    let (store, wanted) = match indexed.state {
        State::Stored => (world.output, indexed.key_bytes),
        State::Error | State::Duplicate => (world.rejects, indexed.bytes),
    };
    let is_there = match store.size(&indexed.key) {
        Ok(size) => size == wanted,
        Err(error) if error.is_not_found() => false,
        Err(error) => return Err(error.into()),
    };
    if is_there {
        return Ok(());
    }
    let bytes = read()?;
    let arrival = Arrival {
        bytes: &bytes,
        encoding: indexed.encoding.as_deref(),
        way: &indexed.way_in,
        by: "",
        is_answered: true,
    };
    let keys = receive::keys_beside(world, message_id, &arrival, indexed);
    match indexed.state {
        State::Stored => {
            if let Some(json) = receive::json_of(world, &arrival) {
                receive::stage(world, &keys, &json)?;
                swept.mended += 1;
            }
        }
        State::Error | State::Duplicate => {
            zones::put(world.rejects, &indexed.key, &bytes, &zones::made_of(&indexed.raw_key))?;
            swept.mended += 1;
        }
    }
    Ok(())
}

/// Removes from staging and the error zone of some days what the catalogue does not have there.
fn tidy(world: &World<'_>, days: &BTreeSet<Date>) -> Result<u64, Hl7Error> {
    let catalog = Catalog::of(world);
    let mut removed = 0;
    for day in days {
        for (store, zone, ending, state) in [
            (world.output, zones::STAGING, ".json", State::Stored),
            (world.rejects, zones::ERROR, ".er7", State::Error),
        ] {
            for object in store.list(&format!("{zone}received={day}/"))? {
                let Some(id) = object.key.rsplit('/').next().and_then(|name| name.strip_suffix(ending)) else {
                    continue;
                };
                let indexed = catalog.message(id)?;
                if indexed.is_some_and(|indexed| indexed.state != state) {
                    match state {
                        State::Error => zones::remove_error(store, &object.key)?,
                        State::Stored | State::Duplicate => store.delete(&object.key)?,
                    }
                    removed += 1;
                }
            }
        }
    }
    Ok(removed)
}
