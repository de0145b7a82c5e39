//! One part of each publication, made of the messages that were received on its days.

use std::collections::BTreeMap;

use arrow_schema::Schema;
use carelake_core::account::Account;
use carelake_core::ledger::Given;
use carelake_core::names::{Column, RunId};
use carelake_core::publish::{
    Desk, Details, Draft, Manifest, Opening, PublishError, Publishing, current, manifest, manifest_columns,
};
use carelake_core::table::{BatchWriter, Label, PlacedPart, Shape};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::builder::Builder;
use super::parts::Part;
use super::rows::{About, fill};
use super::tables::{TABLES, Table, publication};
use crate::catalog::{Catalog, Indexed, State};
use crate::facts::Facts;
use crate::read::Reader;
use crate::world::{Hl7Error, World, day_of};
use crate::zones::RAW;

/// Seconds after which a publication is free again where nothing is heard of who changes it.
pub(super) const LEASE_SECS: u64 = 15 * 60;
/// Rows of a table that are encoded together.
const BATCH: usize = 20_000;
/// What made the runs.
const MADE_BY: &str = "hl7.day";

/// A part that was made, and is not served yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The part.
    pub part: String,
    /// The runs, by publication.
    pub runs: BTreeMap<String, String>,
    /// Messages that were received, published, rejected, duplicate.
    pub account: Account,
    /// Rows of all tables.
    pub rows: u64,
    /// Whether everything was made already.
    pub is_unchanged: bool,
}

/// A message of a part.
struct Found {
    id: String,
    indexed: Indexed,
    day: Date,
}

/// Makes the runs of a part. What was made of the same messages before is found again.
///
/// # Errors
/// [`Hl7Error`] when a store or the ledger fails; nobody is served anything else then.
pub fn make(world: &World<'_>, part: &Part, execution: Option<&str>) -> Result<Made, Hl7Error> {
    let found = found(world, part)?;
    let mut account = Account { read: found.len() as u64, ..Account::default() };
    for message in &found {
        match message.indexed.state {
            State::Stored => account.published += 1,
            State::Duplicate => *account.duplicate.entry("content".to_owned()).or_default() += 1,
            State::Error => {
                let reason = message.indexed.reason.clone().unwrap_or_default();
                *account.rejected.entry(reason).or_default() += 1;
            }
        }
    }
    let survivors = survivors(world, &found)?;
    let identity = identity(world, &found, &survivors);
    let mut made = Made { part: part.name.clone(), account, is_unchanged: true, ..Made::default() };
    let mut given: Vec<Given> = Vec::new();
    let mut complete: Vec<Manifest> = Vec::new();
    for table in &TABLES {
        let name = publication(table).path();
        let as_of = part.days.last().copied().unwrap_or_else(|| day_of(world.time()));
        let (one, found) = given_for(world, table, &format!("{name} {} {identity}", part.name), as_of)?;
        complete.extend(found);
        made.runs.insert(name, one.run_id.to_string());
        let served = current(world.output, &publication(table))?;
        made.is_unchanged &= served.is_some_and(|pointer| pointer.entry(&one.run_id).is_some());
        given.push(one);
    }
    made.rows = complete.iter().map(|manifest| manifest.rows).sum();
    if complete.len() < TABLES.len() {
        made.rows = write(world, part, execution, &found, &survivors, &given, &made.account)?;
    }
    Ok(made)
}

/// Returns the messages of the days of a part that the catalogue knows, by id.
fn found(world: &World<'_>, part: &Part) -> Result<Vec<Found>, Hl7Error> {
    let catalog = Catalog::of(world);
    let mut keys = Vec::new();
    if world.config.is_original {
        keys = world.raw.list(RAW)?;
    } else {
        for day in &part.days {
            keys.extend(world.raw.list(&format!("{RAW}received={day}/"))?);
        }
    }
    let mut found: Vec<Found> = Vec::new();
    for object in keys {
        let named = object.key.rsplit('/').next().and_then(|name| name.strip_suffix(".er7"));
        let id = match named.filter(|name| name.len() == 64) {
            Some(name) => name.to_owned(),
            None => crate::receive::message_id(&world.raw.read(&object.key)?),
        };
        let Some(indexed) = catalog.message(&id)? else { continue };
        let day = day_of(indexed.received_at);
        if part.days.contains(&day) {
            found.push(Found { id, indexed, day });
        }
    }
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.dedup_by(|one, other| one.id == other.id);
    Ok(found)
}

fn survivors(world: &World<'_>, found: &[Found]) -> Result<BTreeMap<String, String>, Hl7Error> {
    let catalog = Catalog::of(world);
    let mut survivors = BTreeMap::new();
    for uuid in found.iter().flat_map(|message| &message.indexed.patients) {
        if uuid != crate::catalog::NOBODY && !survivors.contains_key(uuid) {
            survivors.insert(uuid.clone(), catalog.survivor(uuid)?);
        }
    }
    Ok(survivors)
}

/// Returns what the bytes of the runs follow from.
fn identity(world: &World<'_>, found: &[Found], survivors: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    hash.update(world.code_version.as_bytes());
    for Found { id, indexed, .. } in found {
        hash.update(id.as_bytes());
        hash.update([indexed.state as u8]);
    }
    for (uuid, now) in survivors.iter().filter(|(uuid, now)| uuid != now) {
        hash.update(uuid.as_bytes());
        hash.update(now.as_bytes());
    }
    carelake_core::hex(&hash.finalize())
}

/// Gives a run its id, with its manifest where it is complete. One that another run has, because the ledger was begun anew, is passed over.
fn given_for(
    world: &World<'_>,
    table: &Table,
    identity: &str,
    as_of: Date,
) -> Result<(Given, Option<Manifest>), Hl7Error> {
    let mut asked = identity.to_owned();
    loop {
        let given = world.ledger.id_for(&asked, as_of, world.time())?;
        match manifest(world.output, &publication(table), &given.run_id) {
            Ok(other) if other.details.get("identity").and_then(|it| it.as_str()) != Some(identity) => {
                asked.push_str(" again");
            }
            Ok(found) => return Ok((given, Some(found))),
            Err(PublishError::NoSuchRun { .. }) => return Ok((given, None)),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes the runs, and completes them.
fn write(
    world: &World<'_>,
    part: &Part,
    execution: Option<&str>,
    found: &[Found],
    survivors: &BTreeMap<String, String>,
    given: &[Given],
    account: &Account,
) -> Result<u64, Hl7Error> {
    let publications: Vec<_> = TABLES.iter().map(publication).collect();
    let mut builders: Vec<Builder> = TABLES.iter().map(Builder::new).collect();
    let mut runs = Vec::new();
    for ((builder, publication), given) in builders.iter().zip(&publications).zip(given) {
        let opening = Opening::log(format!("hl7 {}", execution.unwrap_or("by hand")), execution, LEASE_SECS);
        let desk = Desk { store: world.output, ledger: world.ledger, publication, now: world.now };
        let publishing = Publishing::open(desk, opening)?;
        let (name, run_id) = (publication.path(), given.run_id.to_string());
        let label = |schema: &Schema| Label::of(schema, &name, &run_id, given.run_id.as_of(), world.code_version);
        let shape = Shape { partition_by: vec!["received".to_owned()], ..Shape::default() };
        let writer = BatchWriter::new(builder.schema(), shape, label)?;
        let draft = publishing.draft(given.run_id.clone())?;
        runs.push((publishing, draft, writer));
    }
    let mut reader = Reader::new(world.config.options());
    let mut rows = 0;
    for message in found.iter().filter(|message| message.indexed.state == State::Stored) {
        let bytes = world.raw.read(&message.indexed.raw_key)?;
        let read = reader.read_and(&bytes, message.indexed.encoding.as_deref(), |whole| {
            let facts = Facts::of(whole, world.config);
            let about = About {
                message_id: &message.id,
                indexed: &message.indexed,
                received: message.day,
                facts: &facts,
                survivors,
            };
            fill(whole, world.config, &about, &mut builders);
        });
        // What was read once is read again, but for a configuration that changed; then it has no rows until it is tried again.
        drop(read);
        for ((builder, run), given) in builders.iter_mut().zip(&mut runs).zip(given) {
            if builder.rows >= BATCH {
                rows += flush(builder, run, given)?;
            }
        }
    }
    let mut unreadable = 0;
    for (((builder, mut run), given), table) in builders.iter_mut().zip(runs).zip(given).zip(&TABLES) {
        rows += flush(builder, &mut run, given)?;
        unreadable += builder.unreadable;
        let (publishing, draft, writer) = run;
        let schema = manifest_columns(writer.file_schema())?;
        for placed in writer.finish()? {
            add(&draft, placed)?;
        }
        let name = publication(table).path();
        let identity = format!("{name} {} {}", part.name, identity(world, found, survivors));
        let mut counts = account.clone();
        if unreadable > 0 {
            counts.counted.insert("unreadable".to_owned(), unreadable);
        }
        draft.seal(details(world, part, given, schema, counts, &identity))?;
        drop(publishing);
    }
    Ok(rows)
}

fn flush(
    builder: &mut Builder,
    (publishing, draft, writer): &mut (Publishing<'_>, Draft<'_>, BatchWriter),
    given: &Given,
) -> Result<u64, Hl7Error> {
    publishing.beat()?;
    let count = builder.rows as u64;
    writer.push(&builder.take(given)?)?;
    writer.take_finished().into_iter().try_for_each(|placed| add(draft, placed))?;
    Ok(count)
}

fn add(draft: &Draft<'_>, placed: PlacedPart) -> Result<(), Hl7Error> {
    Ok(draft.add(placed.into())?)
}

fn details(
    world: &World<'_>,
    part: &Part,
    given: &Given,
    schema: Vec<Column>,
    account: Account,
    identity: &str,
) -> Details {
    Details {
        origin: part.name.clone(),
        made_by: MADE_BY.to_owned(),
        part: Some(part.name.clone()),
        joined: Vec::new(),
        as_of: given.run_id.as_of(),
        started_at: given.first_given_at,
        schema,
        inputs: Vec::new(),
        counts: [("messages".to_owned(), account)].into(),
        measures: BTreeMap::new(),
        losses: Vec::new(),
        details: json!({ "identity": identity, "days": part.days }),
        code_version: world.code_version.to_owned(),
    }
}

/// Returns the id of a run from its text.
pub(super) fn run_id(text: &str) -> Option<RunId> {
    text.parse().ok()
}
