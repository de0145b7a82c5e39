//! What pages of the suite do that is no room's: to publications, letters and notices.

use carelake_arrivals::letters::{Filter, Letters, again};
use carelake_core::ErrorKind;
use carelake_core::ledger::Notices;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{self, Desk, PublishError, Target};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Room};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Serves a run that is kept.
pub(crate) const ROLLBACK: &str = "console_rollback";
/// Takes a run out of a list.
pub(crate) const RETRACT: &str = "console_retract";
/// Does letters again.
pub(crate) const REDRIVE: &str = "console_redrive";
/// Notes that a notice was seen.
pub(crate) const ACKNOWLEDGE: &str = "console_acknowledge";

/// Something that is done in somebody's name.
type Own = fn(&Context<'_>, &'static [&'static Room], &Value, &str) -> Result<Value, Failure>;

/// Returns what carries out an action of the suite.
pub(super) fn find(function: &str) -> Option<Own> {
    match function {
        ROLLBACK => Some(rollback),
        RETRACT => Some(retract),
        REDRIVE => Some(redrive),
        ACKNOWLEDGE => Some(acknowledge),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Back {
    publication: String,
    to: RunId,
    instead_of: String,
}

fn rollback(context: &Context<'_>, _: &'static [&'static Room], payload: &Value, _: &str) -> Result<Value, Failure> {
    let Back { publication, to, instead_of } = read(payload)?;
    let publication = named(context, &publication)?;
    let served = publish::current(context.services.output, &publication)?.and_then(|it| it.run_id);
    if served.is_some_and(|run| run.to_string() != instead_of) {
        let reason = format!("{publication} serves another run by now than {instead_of}; look at it again");
        return Err(Failure::new(ErrorKind::INVALID_CONFIG, reason));
    }
    let done = publish::rollback(desk(context, &publication), &Target::Run(to.clone()))?;
    moved(context, &publication, &done.warnings)?;
    Ok(json!({"says": format!("{publication} serves run {to} again")}))
}

/// Has the table of a publication follow its pointer, and tells what was not as it should be.
fn moved(context: &Context<'_>, publication: &Publication, warnings: &[PublishError]) -> Result<(), Failure> {
    warnings.iter().for_each(|warning| context.log.warning(&carelake_core::causes(warning)));
    context.tables.map_or(Ok(()), |tables| tables.flip(publication))
}

#[derive(Deserialize)]
struct Out {
    publication: String,
    run: RunId,
}

fn retract(context: &Context<'_>, _: &'static [&'static Room], payload: &Value, _: &str) -> Result<Value, Failure> {
    let Out { publication, run } = read(payload)?;
    let publication = named(context, &publication)?;
    let done = publish::retract(desk(context, &publication), &run)?;
    moved(context, &publication, &done.warnings)?;
    Ok(json!({"says": format!("run {run} of {publication} is served no more")}))
}

#[derive(Deserialize)]
struct Again {
    letters: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    room: String,
    id: String,
}

/// Does letters again, each once: what somebody else had done before is told and not done.
fn redrive(
    context: &Context<'_>,
    rooms: &'static [&'static Room],
    payload: &Value,
    by: &str,
) -> Result<Value, Failure> {
    let Again { letters: named } = read(payload)?;
    let now = (context.services.now)();
    let all = Letters::new(context.services.ledger, context.scope).list(&Filter::default(), now)?;
    let (mut done, mut before, mut failed) = (0_u64, 0_u64, Vec::new());
    for Named { room, id } in named {
        let Some(letter) = all.iter().find(|letter| letter.room == room && letter.id == id) else { continue };
        match again::redrive(context, rooms, letter, by)? {
            again::Done::Now => done += 1,
            again::Done::Before { .. } => before += 1,
            again::Done::Failed(why) => failed.push(format!("{id} failed again: {why}")),
        }
    }
    if failed.is_empty() {
        let others = if before > 0 { format!("; {before} were done before by somebody else") } else { String::new() };
        return Ok(json!({"says": format!("{done} done again{others}")}));
    }
    let reason = format!("{done} done again, {} waits again: {}", failed.len(), failed.join("; "));
    Err(Failure::new(ErrorKind::INTERNAL, reason))
}

#[derive(Deserialize)]
struct Seen {
    id: String,
    recipient: String,
}

fn acknowledge(
    context: &Context<'_>,
    _: &'static [&'static Room],
    payload: &Value,
    by: &str,
) -> Result<Value, Failure> {
    let Seen { id, recipient } = read(payload)?;
    let now = (context.services.now)();
    Notices::new(context.services.ledger, context.scope).acknowledged(&id, &recipient, by, now)?;
    Ok(json!({"says": "acknowledged"}))
}

fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, Failure> {
    serde_json::from_value(payload.clone()).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))
}

fn named(context: &Context<'_>, name: &str) -> Result<Publication, Failure> {
    let declared = carelake_pipeline::publications(context.services.config);
    let found = declared.into_iter().find(|publication| publication.path() == name);
    found.ok_or_else(|| Failure::new(ErrorKind::INVALID_CONFIG, format!("there is no publication {name}")))
}

fn desk<'c>(context: &Context<'c>, publication: &'c Publication) -> Desk<'c> {
    let services = context.services;
    Desk { store: services.output, ledger: services.ledger, publication, now: services.now }
}
