//! Gathers batches of numbers into two publications: a list with state and helpers, and one in parts. What failed for good becomes
//! a letter.

use carelake_arrivals::letters::{Letter, Letters};
use carelake_core::ErrorKind;
use carelake_core::account::Account;
use carelake_core::names::{Column, Publication, Scope, ScopeError};
use carelake_core::publish::{Desk, Details, Draft, Keep, Opening, Part, Publishing, Sealed, Serves, Swap};
use carelake_core::table::{Field, Kind, Label, Lineage, PartWriter, Table};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::POISONED;
use crate::taken::Taken;

/// The day that every batch is of.
const AS_OF: Date = jiff::civil::date(2026, 11, 1);

const TABLE: Table = Table { fields: &[Field::new("n", Kind::Int32, "a number that was given")] };

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Given {
    tenant: String,
    batch: String,
    numbers: Vec<i32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Batch {
    tenant: String,
    batch: String,
    numbers: Vec<i32>,
    execution: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Lost {
    tenant: String,
    batch: String,
    error: String,
}

fn scope(tenant: &str) -> Result<Scope, Failure> {
    tenant.parse().map_err(|error: ScopeError| Failure::new(POISONED, error.to_string()))
}

pub(crate) fn gather(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let Ok(batch) = serde_json::from_value::<Batch>(payload.clone()) else {
        return Err(Failure::new(POISONED, "no batch"));
    };
    if batch.numbers.is_empty() {
        return Err(Failure::new(POISONED, "a batch without numbers"));
    }
    let (ledger, now) = (context.services.ledger, (context.services.now)());
    publish(context, &batch, "toy/things", &[(None, batch.numbers.clone())])?;
    let (even, odd): (Vec<i32>, Vec<i32>) = batch.numbers.iter().partition(|n| *n % 2 == 0);
    let parts = [(Some("even"), even), (Some("odd"), odd)];
    let parts: Vec<_> = parts.into_iter().filter(|(_, numbers)| !numbers.is_empty()).collect();
    publish(context, &batch, "toy/parts", &parts)?;
    // Whoever is killed before this publishes the same once more, which changes nothing.
    let is_new = ledger.take(&scope(&batch.tenant)?, &batch.batch, now)?;
    Ok(json!({"rows": batch.numbers.len(), "is_new": is_new}))
}

/// Serves a run for each part by one move of the pointer.
fn publish(
    context: &Context<'_>,
    batch: &Batch,
    name: &str,
    parts: &[(Option<&str>, Vec<i32>)],
) -> Result<(), Failure> {
    let services = context.services;
    let publication: Publication = Publication::from_path(name);
    let desk = Desk { store: services.output, ledger: services.ledger, publication: &publication, now: services.now };
    let opening = Opening {
        serves: Serves::Log,
        owner: format!("toy {}", batch.batch),
        execution: Some(format!("toy_gather-{}", batch.execution)),
        baseline: Default::default(),
        lease_secs: 60,
    };
    let publishing = Publishing::open(desk, opening)?;
    let (mut runs, mut helpers) = (Vec::new(), Vec::new());
    for (part, numbers) in parts {
        let identity = format!("{name} {} {}", batch.batch, part.unwrap_or_default());
        let given = services.ledger.id_for(&identity, AS_OF, (services.now)())?;
        let draft = publishing.draft(given.run_id.clone())?;
        write(&draft, name, &given.run_id.to_string(), given.first_given_at, numbers)?;
        helpers.push(draft.add_helper("count", numbers.len().to_string().as_bytes())?);
        runs.push(seal(draft, batch, *part, given.first_given_at, numbers.len() as u64)?);
    }
    let helpers = if parts.len() == 1 { Some(helpers) } else { None };
    let swap = Swap { runs, state: Some(json!({"batch": batch.batch})), helpers, ..Swap::default() };
    publishing.commit(swap, Keep::ALL)?;
    Ok(())
}

fn write(draft: &Draft<'_>, name: &str, run: &str, at: Timestamp, numbers: &[i32]) -> Result<(), Failure> {
    let label = Label::new(&TABLE, name, run, AS_OF, "test");
    let lineage = Lineage { run_id: run.to_owned(), ingested_at: at, source_file: String::new() };
    let mut writer = PartWriter::new(TABLE, lineage, &label, numbers.len()).map_err(defect)?;
    for number in numbers {
        writer.row(|row| row.integer(Some(*number))).map_err(defect)?;
    }
    for part in writer.finish().map_err(defect)? {
        draft.add(Part { path: "part-00000.snappy.parquet".into(), rows: part.rows, bytes: part.bytes })?;
    }
    Ok(())
}

fn defect(error: impl std::fmt::Display) -> Failure {
    Failure::new(ErrorKind::INTERNAL, error.to_string())
}

fn seal(draft: Draft<'_>, batch: &Batch, part: Option<&str>, at: Timestamp, rows: u64) -> Result<Sealed, Failure> {
    let column = |field: Field| Column {
        name: field.name.into(),
        kind: field.kind.name().into(),
        nullable: true,
        description: field.description.into(),
    };
    let account = Account { read: rows, published: rows, ..Account::default() };
    Ok(draft.seal(Details {
        origin: batch.batch.clone(),
        made_by: "toy".into(),
        part: part.map(Into::into),
        joined: Vec::new(),
        as_of: AS_OF,
        started_at: at,
        schema: TABLE.all().map(column).collect(),
        inputs: Vec::new(),
        counts: [(batch.batch.clone(), account)].into(),
        measures: Default::default(),
        losses: Vec::new(),
        details: Value::Null,
        code_version: "test".into(),
    })?)
}

pub(crate) fn bury(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let Ok(lost) = serde_json::from_value::<Lost>(payload.clone()) else {
        return Err(Failure::new(POISONED, "nothing to bury"));
    };
    let now = (context.services.now)();
    let letter = Letter {
        id: lost.batch,
        room: "toy".into(),
        subject: "batches".into(),
        function: "toy_gather".into(),
        error: lost.error,
        reason: "it was poisoned".into(),
        message: payload.clone(),
        attempts: 1,
        first_failed_at: now,
        failed_at: now,
        execution: None,
        location: None,
        sha256: None,
        redrive: None,
    };
    Letters::new(context.services.ledger, &scope(&lost.tenant)?).add(&letter)?;
    Ok(Value::Null)
}
