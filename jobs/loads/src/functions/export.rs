//! Starts the export of a table of DynamoDB, and asks after it. No function waits for one: the definition does.

use carelake_core::ErrorKind;
use carelake_core::account::Account;
use carelake_core::config::Location;
use carelake_core::hex;
use carelake_core::publish::current;
use carelake_database::{Relation, RelationKind};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::course::{ExportTask, Exported};
use super::loading::failure;
use super::prepared::{prepared, with_known};
use super::source::{failed, reach};
use super::{answer, kept, read, section};
use crate::config::Source;
use crate::exports::{Record, next};
use crate::kept::{Entry, State};
use crate::publish::{Mode, Position, Table, TableState};

/// Where exports lie in the output, beside the publications of the room.
const HANDED: &str = "loads/_handed";

/// Returns the bucket that exports of a source are written to, and where in it; none where the output is a folder.
pub(super) fn place(context: &Context<'_>, source: &str) -> Option<(String, String)> {
    let environment = context.services.config.environment(context.environment)?;
    match environment.output.of(context.scope) {
        Location::S3 { bucket, prefix } if prefix.is_empty() => Some((bucket, format!("{HANDED}/{source}"))),
        Location::S3 { bucket, prefix } => Some((bucket, format!("{prefix}/{HANDED}/{source}"))),
        Location::Local(_) => None,
    }
}

/// Returns the folder of an export in the output; none before it was started.
pub(super) fn handed(source: &str, record: &Record) -> Option<String> {
    record.folder().map(|folder| format!("{HANDED}/{source}/{folder}"))
}

/// Starts the next export of a table, or asks after the one that was started.
pub(crate) fn export(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let ExportTask { execution, batch: task } = read(payload)?;
    let loads = section(context)?;
    let source = loads.source(&task.source)?;
    let (kept, now) = (kept(context), (context.services.now)());
    let told = |waits, is_complete| answer(&Exported { batch: task.batch.clone(), waits, is_complete });
    let batch = kept.batch(&execution, &task.batch, now)?;
    let Some((batch, name)) = batch.as_ref().and_then(|batch| Some((batch, batch.tables.first()?))) else {
        return told(false, false);
    };
    let name = (name.0.as_str(), name.1.as_str());
    let Some(entry) = kept.entry(&source.name, name, now)? else { return told(false, false) };
    let is_loaded = entry.execution.as_deref() == Some(&execution) && entry.state == State::Published;
    let is_over = entry.execution.as_deref() == Some(&execution) && matches!(entry.state, State::Left | State::Gone);
    let mut reached = reach(context.secrets, source, &format!("carelake/{execution}"))?;
    let relations = reached.session.relations(&[name.0.to_owned()]).map_err(failed)?;
    let relation = relations.iter().find(|relation| relation.name == name.1);
    let note = |entry: Entry| {
        let entry = Entry { execution: Some(execution.clone()), ended_at: Some(now), ..entry };
        kept.keep(&source.name, &entry, now)
    };
    let Some(relation) = relation.filter(|_| !is_over) else {
        if !is_over {
            note(Entry { state: State::Gone, gone_since: Some(now), ..entry })?;
        }
        return told(false, false);
    };
    // What attributes an export has is seen when it is read.
    let known = &with_known(&kept, source, relation, now)?;
    let table = match prepared(context, &kept, (source, batch), &mut reached, (&entry, known))? {
        Ok(table) => table,
        Err((error, reason)) => {
            note(Entry { state: State::Failed, reason, error: Some(error.name.to_owned()), ..entry })?;
            return told(false, false);
        }
    };
    let (Mode::Exported { goes_on, .. }, RelationKind::Items { recoverable: Some(states) }) =
        (table.mode, relation.kind)
    else {
        let changed = carelake_database::DatabaseError::Changed { table: relation.shown() };
        return Err(failed(changed));
    };
    let pointer = current(context.services.output, &table.publication).map_err(|error| failure(error.into()))?;
    let state = TableState::of(pointer.as_ref(), &relation.shown()).map_err(failure)?;
    let position = position(state.as_ref(), &table).filter(|_| goes_on && (is_loaded || !batch.is_whole));
    let before = kept.export(&source.name, name, now)?;
    let fits = |record: &Record| {
        record.generation == table.generation
            && (record.from.is_none() && !is_loaded || record.from == position && position.is_some())
    };
    let record = match before.filter(fits) {
        Some(record) => record,
        None => match next(position, states).filter(|_| goes_on || !is_loaded) {
            Some((from, to)) => Record {
                token: token(&execution, &table, from, to),
                from,
                to,
                arn: None,
                generation: table.generation.clone(),
            },
            None => {
                if !is_loaded {
                    // Nothing is due: what is served is as fresh as it can be.
                    let account = Some(Account::default());
                    note(Entry { state: State::Published, last_ok: Some(now), account, error: None, ..entry })?;
                }
                return told(false, false);
            }
        },
    };
    if record.arn.is_none() {
        // Kept before it is started, so that another attempt asks for the same.
        kept.keep_export(&source.name, name, Some(&record), now)?;
    }
    match advance(context, source, relation, &record)? {
        Step::Started(arn) => {
            kept.keep_export(&source.name, name, Some(&Record { arn: Some(arn), ..record }), now)?;
            told(true, false)
        }
        Step::GoesOn => told(true, false),
        Step::Complete => told(false, true),
        Step::Failed(code) => {
            kept.keep_export(&source.name, name, None, now)?;
            let why = format!("{}: its export failed (code {code}); the next load asks for another", relation.shown());
            Err(Failure::new(ErrorKind::UNAVAILABLE, why))
        }
    }
}

/// Returns where the last export ended, if what it is of goes on.
fn position(state: Option<&TableState>, table: &Table) -> Option<i64> {
    let state = state.filter(|state| state.generation == table.generation)?;
    if let Some(Position::Time(at)) = state.position { Some(at) } else { None }
}

/// Returns what makes an export this one: another attempt of the same execution asks for the same, and pays for one.
fn token(execution: &str, table: &Table, from: Option<i64>, to: i64) -> String {
    let said = format!("{execution}\n{}\n{}\n{from:?}\n{to}", table.publication, table.generation);
    hex(&Sha256::digest(said.as_bytes())).chars().take(32).collect()
}

/// How far an export came.
#[cfg_attr(not(feature = "dynamodb"), expect(dead_code, reason = "a build that reaches no AWS has no exports to make"))]
enum Step {
    Started(String),
    GoesOn,
    Complete,
    Failed(String),
}

/// Starts an export, or asks after it.
#[cfg(feature = "dynamodb")]
fn advance(context: &Context<'_>, source: &Source, relation: &Relation, record: &Record) -> Result<Step, Failure> {
    use carelake_database::{Asked, Exports, Wish};
    let exports = Exports::new(&source.name, &source.address).map_err(failed)?;
    if let Some(arn) = &record.arn {
        return Ok(match exports.ask(arn).map_err(failed)? {
            Asked::GoesOn => Step::GoesOn,
            Asked::Complete => Step::Complete,
            Asked::Failed(code) => Step::Failed(code),
        });
    }
    let nowhere =
        || Failure::new(ErrorKind::INVALID_CONFIG, "the output is a folder, which exports cannot be written to");
    let (bucket, prefix) = place(context, &source.name).ok_or_else(nowhere)?;
    let wish = Wish { token: &record.token, bucket: &bucket, prefix: &prefix, from: record.from, to: record.to };
    exports.start(relation, &wish).map(Step::Started).map_err(failed)
}

/// Says that this build has no client of AWS.
#[cfg(not(feature = "dynamodb"))]
fn advance(_: &Context<'_>, source: &Source, _: &Relation, _: &Record) -> Result<Step, Failure> {
    Err(failed(carelake_database::DatabaseError::NoAws { server: source.name.clone() }))
}
