//! A room that keeps something: it publishes a list with state and helpers and one in parts, keeps rows of two tenants apart, has a
//! kind of error of its own, and writes letters about what failed for good.

use carelake_arrivals::letters::{Filter, Letter, Letters};
use carelake_core::account::Account;
use carelake_core::ledger::{Condition, LedgerError, Partition, Rows, Write, Written};
use carelake_core::names::{Column, Publication, Scope};
use carelake_core::publish::{
    Desk, Details, Draft, Keep, Opening, Part, Publishing, Sealed, Served, Serves, Swap, current,
};
use carelake_core::table::{Field, Kind, Label, Lineage, PartWriter, Table};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::*;

const POISONED: &ErrorKind = &ErrorKind {
    name: "Poisoned",
    exit_code: 240,
    is_permanent: true,
    heals_here: false,
    meaning: "a batch that is there to fail",
    advice: "leave it",
};

const KEEPER: Room = Room {
    name: "keep",
    functions: &[
        Function { payload: Form::of::<Batch>(), ..task("keep_gather", &gather) },
        Function { payload: Form::of::<Lost>(), ..task("keep_bury", &bury) },
    ],
    definitions: &[Definition {
        input: Form::of::<Given>(),
        ..definition("keep_gather", include_str!("keep_gather.asl.json"))
    }],
    errors: &[POISONED],
    listens: &[],
    pages: &[],
};

const TABLE: Table = Table { fields: &[Field::new("n", Kind::Int32, "a number that was given")] };

#[derive(Debug, Serialize, Deserialize)]
struct Given {
    tenant: String,
    batch: String,
    numbers: Vec<i32>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Batch {
    tenant: String,
    batch: String,
    numbers: Vec<i32>,
    execution: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Lost {
    tenant: String,
    batch: String,
    error: String,
}

/// Which batches were taken: what the room keeps, once for every ledger.
trait Taken {
    /// Notes a batch. Answers whether it is the first time.
    fn take(&self, scope: &Scope, batch: &str, now: Timestamp) -> Result<bool, LedgerError>;
    /// Counts the batches of a scope.
    fn taken(&self, scope: &Scope, now: Timestamp) -> Result<usize, LedgerError>;
}

impl<R: Rows + ?Sized> Taken for R {
    fn take(&self, scope: &Scope, batch: &str, now: Timestamp) -> Result<bool, LedgerError> {
        let key = Partition::new(scope, "keep", "batches").key(batch);
        let row = Default::default();
        Ok(self.write(&Write::put(key, row).when(Condition::Absent), now)? != Written::Refused)
    }

    fn taken(&self, scope: &Scope, now: Timestamp) -> Result<usize, LedgerError> {
        Ok(self.query(&Partition::new(scope, "keep", "batches").begin("", 100), now)?.rows.len())
    }
}

fn scope(tenant: &str) -> Result<Scope, Failure> {
    tenant.parse().map_err(|error: carelake_core::names::ScopeError| Failure::new(POISONED, error.to_string()))
}

fn gather(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let Ok(batch) = serde_json::from_value::<Batch>(payload.clone()) else {
        return Err(Failure::new(POISONED, "no batch"));
    };
    if batch.numbers.is_empty() {
        return Err(Failure::new(POISONED, "a batch without numbers"));
    }
    let (ledger, now) = (context.services.ledger, (context.services.now)());
    publish(context, &batch, "keep/things", &[(None, batch.numbers.clone())])?;
    let (even, odd): (Vec<i32>, Vec<i32>) = batch.numbers.iter().partition(|n| *n % 2 == 0);
    let parts = [(Some("even"), even), (Some("odd"), odd)];
    let parts: Vec<_> = parts.into_iter().filter(|(_, numbers)| !numbers.is_empty()).collect();
    publish(context, &batch, "keep/parts", &parts)?;
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
        owner: format!("keep {}", batch.batch),
        execution: Some(format!("keep_gather-{}", batch.execution)),
        baseline: Default::default(),
        lease_secs: 60,
    };
    let publishing = Publishing::open(desk, opening)?;
    let (mut runs, mut helpers) = (Vec::new(), Vec::new());
    for (part, numbers) in parts {
        let identity = format!("{name} {} {}", batch.batch, part.unwrap_or_default());
        let given = services.ledger.id_for(&identity, "2026-11-01".parse().unwrap(), (services.now)())?;
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
    let label = Label::new(&TABLE, name, run, "2026-11-01".parse().unwrap(), "test");
    let lineage = Lineage { run_id: run.to_owned(), ingested_at: at, source_file: String::new() };
    let mut writer = PartWriter::new(TABLE, lineage, &label, numbers.len()).unwrap();
    numbers.iter().for_each(|n| writer.row(|row| row.integer(Some(*n))).unwrap());
    for part in writer.finish().unwrap() {
        draft.add(Part { path: "part-00000.snappy.parquet".into(), rows: part.rows, bytes: part.bytes })?;
    }
    Ok(())
}

fn seal(draft: Draft<'_>, batch: &Batch, part: Option<&str>, at: Timestamp, rows: u64) -> Result<Sealed, Failure> {
    let column = |field: Field| Column {
        name: field.name.into(),
        kind: field.kind.name().into(),
        nullable: true,
        description: field.description.into(),
    };
    let account = Account { rows_read: rows, accepted: rows, ..Account::default() };
    Ok(draft.seal(Details {
        origin: batch.batch.clone(),
        made_by: "keep".into(),
        part: part.map(Into::into),
        joined: Vec::new(),
        as_of: "2026-11-01".parse().unwrap(),
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

fn bury(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let Ok(lost) = serde_json::from_value::<Lost>(payload.clone()) else {
        return Err(Failure::new(POISONED, "nothing to bury"));
    };
    let now = (context.services.now)();
    let letter = Letter {
        id: lost.batch,
        room: "keep".into(),
        subject: "batches".into(),
        function: "keep_gather".into(),
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

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let local = Place::runner_of(&folder, &[&KEEPER]);
    Place { folder, local }
}

fn given(place: &Place, tenant: &str, batch: &str, numbers: &[i32]) -> Described {
    place.run("keep_gather", json!({"tenant": tenant, "batch": batch, "numbers": numbers}))
}

fn served(place: &Place, name: &str) -> (Vec<u64>, Value) {
    let store = &*place.local.lake().output;
    let served = Served::of(store, &Publication::from_path(name)).unwrap().unwrap();
    let schema = served.schema().unwrap();
    let read: usize = served.batches(store, &schema).map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(read as u64, served.pointer.rows());
    (served.pointer.runs.iter().map(|run| run.rows).collect(), served.pointer.state)
}

#[test]
fn a_room_publishes_a_list_and_parts_and_a_batch_that_comes_twice_changes_nothing() {
    let place = place();
    let told = given(&place, "acme", "a", &[1, 2, 3]);
    assert_eq!(told.output, Some(json!({"rows": 3, "is_new": true})), "{:?}", told.cause);
    assert_eq!(given(&place, "acme", "b", &[4]).status, ExecutionStatus::Succeeded);
    assert_eq!(served(&place, "keep/things"), (vec![3, 1], json!({"batch": "b"})));
    // The even part was replaced, the odd one was not touched.
    assert_eq!(served(&place, "keep/parts"), (vec![1, 2], json!({"batch": "b"})));
    let before = current(&*place.local.lake().output, &Publication::from_path("keep/things")).unwrap().unwrap();
    assert_eq!(given(&place, "acme", "b", &[4]).output, Some(json!({"rows": 1, "is_new": false})));
    let after = current(&*place.local.lake().output, &Publication::from_path("keep/things")).unwrap().unwrap();
    assert_eq!(before, after);
    assert!(after.execution.unwrap().starts_with("keep_gather-"));
    let helper = place.folder.path().join("output/keep/things").join(&after.helpers[0]);
    assert_eq!(std::fs::read_to_string(helper).unwrap(), "1");
}

#[test]
fn what_a_room_keeps_of_two_tenants_is_apart() {
    let place = place();
    for (tenant, batch) in [("acme", "a"), ("acme", "b"), ("zenith", "c")] {
        given(&place, tenant, batch, &[1]);
    }
    let ledger = place.local.lake().existing_ledger().unwrap();
    let taken = |tenant: &str| ledger.taken(&tenant.parse().unwrap(), Timestamp::now()).unwrap();
    assert_eq!((taken("acme"), taken("zenith"), taken("nobody")), (2, 1, 0));
}

#[test]
fn what_fails_for_good_ends_with_the_rooms_own_name_and_as_a_letter() {
    let place = place();
    let told = given(&place, "acme", "bad", &[]);
    assert_eq!((told.status, told.error.as_deref()), (ExecutionStatus::Failed, Some("Poisoned")));
    let ledger = place.local.lake().existing_ledger().unwrap();
    let scope = "acme".parse().unwrap();
    let found = Letters::new(&*ledger, &scope).list(&Filter::default(), Timestamp::now()).unwrap();
    let told: Vec<_> = found.iter().map(|letter| (letter.id.as_str(), letter.error.as_str())).collect();
    assert_eq!(told, [("bad", "Poisoned")]);
    assert!(!place.folder.path().join("output/keep").exists());
}
