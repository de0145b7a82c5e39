//! The way of one message: its bytes are kept, it is read, it is written as JSON, and it is entered in the catalogue; then it may be
//! answered.
//!
//! Where this is cut off, nothing is lost and nothing is there by half: the bytes are kept before anything else, the JSON lies there
//! before the catalogue knows of it, and what the catalogue does not know is made up for by [`sweep`](crate::sweep).

mod decide;
mod receipt;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use carelake_core::store::Label;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use receipt::{Place, Receipt, Status};

use crate::catalog::{Catalog, Entered, Indexed, Standing, State};
use crate::facts::Facts;
use crate::read::{Envelope, Reader};
use crate::reason::{Reason, Refusal};
use crate::warning::{At, Warning};
use crate::world::{Hl7Error, World, day_of};
use crate::zones::{self, Keys};

/// Bytes of a message after which the reader of a thread gives its memory back: hundreds of connections have one each.
const LARGE: usize = 1 << 20;
/// How often a message is looked at anew because others were first.
const TRIES: u32 = 200;
/// The longest pause between two of these.
const LONGEST_PAUSE_MILLIS: u64 = 20;

/// A message that has arrived.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The character set that its request says.
    pub encoding: Option<&'a str>,
    /// How it came: `http`, `mllp`, `file`.
    pub way: &'a str,
    /// Who sent it: the subject of a token, the name in a certificate, a user of this machine.
    pub by: &'a str,
    /// Whether its bytes must survive a power cut before it is answered. Who still has the file sees to it later, for all at once.
    pub is_answered: bool,
}

/// A message that could not be taken. What it was is not in it.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct NotTaken {
    /// Whether its bytes are kept all the same, so that it is made up for.
    pub is_durable: bool,
    /// Why.
    #[source]
    pub cause: Hl7Error,
}

/// What was read of a message.
struct Seen {
    facts: Facts,
    json: Vec<u8>,
    warnings: Vec<(Warning, At)>,
    version: String,
    structure: &'static str,
}

thread_local! {
    /// The reader of this thread, which keeps its memory, and what it reads by.
    static READER: RefCell<(crate::Options, Reader)> = RefCell::default();
}

/// Returns the id of a message.
#[must_use]
pub fn message_id(bytes: &[u8]) -> String {
    carelake_core::hex(&Sha256::digest(bytes))
}

/// Takes a message.
///
/// # Errors
/// [`NotTaken`] when a store or the ledger fails: the sender is to send it again.
pub fn receive(world: &World<'_>, arrival: &Arrival<'_>) -> Result<Receipt, NotTaken> {
    let message_id = message_id(arrival.bytes);
    let failed = |is_durable| move |cause: Hl7Error| NotTaken { is_durable, cause };
    let catalog = Catalog::of(world);
    let received_at = world.time();
    let standing = catalog.standing(&message_id).map_err(|cause| failed(false)(cause.into()))?;
    let known = match standing {
        Standing::New => None,
        Standing::Failed(indexed, version) => Some((*indexed, version)),
        Standing::Known(indexed) => return Ok(Receipt::duplicate(message_id, &indexed)),
    };
    let keys = match &known {
        Some((indexed, _)) => keys_beside(world, &message_id, arrival, indexed),
        None => keep(world, &message_id, arrival, received_at).map_err(failed(false))?,
    };
    let received_at = known.as_ref().map_or(received_at, |(indexed, _)| indexed.received_at);
    finish(world, (&message_id, known), arrival, &keys, received_at).map_err(failed(true))
}

/// Does what remains to be done with a message whose bytes are kept. `known` is what the index says of one that is in error, with the
/// version of that.
///
/// # Errors
/// [`Hl7Error`] when a store or the ledger fails.
pub fn finish(
    world: &World<'_>,
    (message_id, known): (&str, Option<(Indexed, u64)>),
    arrival: &Arrival<'_>,
    keys: &Keys,
    received_at: Timestamp,
) -> Result<Receipt, Hl7Error> {
    let read = look(world, arrival);
    let catalog = Catalog::of(world);
    let mut again = known;
    for attempt in 0..TRIES {
        let decided = decide::Decided::of(world, &catalog, message_id, &read)?;
        let mut base = indexed(arrival, keys, received_at);
        decided.note(&mut base, arrival, &read);
        let entered = decided.carry_out(world, &catalog, (message_id, base, again), arrival, keys, &read)?;
        if let Entered::Done { is_conflict, .. } = entered {
            let (application, facility) = decided.sender(arrival, &read);
            catalog.heard(&application, &facility, received_at)?;
            return Ok(decided.receipt(message_id, arrival, &read, is_conflict));
        }
        let millis = u64::from(attempt).min(LONGEST_PAUSE_MILLIS);
        thread::sleep(Duration::from_millis(millis));
        again = match catalog.standing(message_id)? {
            Standing::New => None,
            Standing::Failed(indexed, version) => Some((*indexed, version)),
            Standing::Known(indexed) => return Ok(Receipt::duplicate(message_id.to_owned(), &indexed)),
        };
    }
    Err(Hl7Error::Crowded)
}

/// Keeps the bytes of a message, and answers the keys that it has.
fn keep(world: &World<'_>, message_id: &str, arrival: &Arrival<'_>, received_at: Timestamp) -> Result<Keys, Hl7Error> {
    let keys = keys(world, message_id, arrival, received_at);
    let mut metadata = BTreeMap::from([
        ("received-at".to_owned(), received_at.to_string()),
        ("way-in".to_owned(), arrival.way.to_owned()),
    ]);
    let plain = |text: &str| text.chars().filter(|c| c.is_ascii_graphic()).take(200).collect::<String>();
    for (name, value) in [("by", Some(arrival.by)), ("encoding", arrival.encoding)] {
        let value = value.map(plain).filter(|value| !value.is_empty());
        metadata.extend(value.map(|value| (name.to_owned(), value)));
    }
    let label = Label { metadata, ..Label::default() };
    let put = |key: &str| match arrival.is_answered {
        true => world.raw.keep_labelled(key, arrival.bytes, &label),
        false => world.raw.stage_labelled(key, arrival.bytes, &label),
    };
    match put(&keys.raw) {
        Err(error) if error.is_conflict() && world.config.is_original => {
            let keys = keys.beside(message_id);
            put(&keys.raw)?;
            Ok(keys)
        }
        kept => Ok(kept.map(|_| keys)?),
    }
}

fn keys(world: &World<'_>, message_id: &str, arrival: &Arrival<'_>, received_at: Timestamp) -> Keys {
    let day = day_of(received_at);
    match world.config.is_original {
        true => Keys::of_original(message_id, day, Envelope::of(arrival.bytes, arrival.encoding).as_ref()),
        false => Keys::of(message_id, day),
    }
}

/// Returns the keys of a message whose bytes have a key already.
#[must_use]
pub fn keys_beside(world: &World<'_>, message_id: &str, arrival: &Arrival<'_>, indexed: &Indexed) -> Keys {
    let keys = keys(world, message_id, arrival, indexed.received_at);
    if keys.raw == indexed.raw_key { keys } else { Keys { raw: indexed.raw_key.clone(), ..keys.beside(message_id) } }
}

/// Reads a message. Where reading it fails here, that is a reason as any.
fn look(world: &World<'_>, arrival: &Arrival<'_>) -> Result<Seen, Refusal> {
    let charset = charset(world, arrival);
    let options = world.config.options();
    let seen = catch_unwind(AssertUnwindSafe(|| {
        READER.with_borrow_mut(|(of, reader)| {
            if *of != options {
                (*of, *reader) = (options, Reader::new(options));
            }
            let read = reader.read_and(arrival.bytes, charset.as_deref(), |whole| Facts::of(whole, world.config));
            let seen = read.map(|(read, facts)| Seen {
                facts,
                json: read.json.to_vec(),
                warnings: read.warnings.iter().collect(),
                version: read.header.version.clone(),
                structure: read.structure,
            });
            if arrival.bytes.len() > LARGE {
                *reader = Reader::new(options);
            }
            seen
        })
    }));
    seen.unwrap_or_else(|_| {
        READER.with_borrow_mut(|(_, reader)| *reader = Reader::new(options));
        Err(Reason::Internal.into())
    })
}

/// Returns the character set that the request says, or that holds for a sender who says none.
fn charset(world: &World<'_>, arrival: &Arrival<'_>) -> Option<String> {
    let config = world.config;
    let said = arrival.encoding.map(str::to_owned);
    if said.is_some() || (config.default_charset.is_none() && config.senders.is_empty()) {
        return said;
    }
    let envelope = Envelope::of(arrival.bytes, None).filter(|it| it.raw(18).is_empty())?;
    let of_sender = config.sender(envelope.component(3, 1), envelope.component(4, 1));
    of_sender.and_then(|sender| sender.charset.clone()).or_else(|| config.default_charset.clone())
}

fn indexed(arrival: &Arrival<'_>, keys: &Keys, received_at: Timestamp) -> Indexed {
    Indexed {
        state: State::Stored,
        received_at,
        way_in: arrival.way.to_owned(),
        bytes: arrival.bytes.len() as u64,
        raw_key: keys.raw.clone(),
        key: String::new(),
        key_bytes: 0,
        encoding: arrival.encoding.map(str::to_owned),
        control_id: String::new(),
        sender: Default::default(),
        event: String::new(),
        version: String::new(),
        structure: String::new(),
        sent_at: None,
        patients: Vec::new(),
        warnings: Vec::new(),
        reason: None,
        same_as: None,
        content: String::new(),
    }
}

/// Returns the JSON of a message, if it can be read, for whoever makes it anew.
pub(crate) fn json_of(world: &World<'_>, arrival: &Arrival<'_>) -> Option<Vec<u8>> {
    look(world, arrival).ok().map(|seen| seen.json)
}

/// Writes a message into staging.
pub(crate) fn stage(world: &World<'_>, keys: &Keys, json: &[u8]) -> Result<(), Hl7Error> {
    Ok(zones::put(world.output, &keys.staging, json, &zones::made_of(&keys.raw))?)
}
