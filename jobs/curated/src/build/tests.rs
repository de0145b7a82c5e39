//! Models over a lake: what is published, what stays, what is skipped, what is told.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_core::ledger::{Runs, SqliteLedger};
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Desk, Details, Keep, Opening, Publishing, Sealed, Served, Serves, Swap, current};
use carelake_core::store::{FaultyStore, LocalStore, Moment, Store};
use carelake_core::table::{BatchWriter, Label, Shape, type_name};
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use tempfile::TempDir;

use super::*;
use crate::config::{Curated, Kind, read};
use crate::engine::{batches, given, scan, take};
use crate::standings::{Outcome, Standings, failing_key};

const SECTION: &str = "
vars: { least: { type: integer, value: 2 } }
models:
  cur_orders:
    zone: curated
    description: one row an order
    inputs: { orders: files/orders }
    sql: cur_orders.sql
    output: { key: [order_id] }
    drives: orders
    columns:
      order_id: { type: bigint, class: internal, tests: [not_null, unique] }
      account: { type: text, tests: [{ accepted_values: [A, B], severity: SEVERITY }] }
      amount: { type: double }
    tests:
      - { expression: 'amount >= 0', name: not_negative }
      - { rows: { min: 1, max_change: 5 } }
  per_account:
    zone: report
    description: orders by account
    sql: per_account.sql
    output: { key: [account] }
    columns: { account: { type: text }, orders: { type: bigint }, day: { type: date } }
    tests: [{ relationships: { column: account, to: cur_orders.account } }]
  beside:
    zone: transformed
    description: orders again
    inputs: { orders: files/orders }
    steps: [{ from: orders, dedupe: { on: [order_id] } }, { sql: beside.sql }]
    contract: none
";

/// A lake in a folder of its own, with models beside it.
pub(super) struct Lake {
    pub(super) folder: TempDir,
    pub(super) store: LocalStore,
    rejects: LocalStore,
    pub(super) ledger: SqliteLedger,
    pub(super) scope: Scope,
    pub(super) now: Mutex<Timestamp>,
}

impl Lake {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "cur_orders.sql",
            "SELECT order_id, account, amount FROM orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY seq DESC) = 1",
        );
        write(
            "per_account.sql",
            "SELECT account, count(*) AS orders, :as_of AS day FROM cur_orders GROUP BY account HAVING count(*) >= :least",
        );
        write("beside.sql", "SELECT order_id, account FROM previous");
        Self {
            store: LocalStore::new(folder.path().join("output")),
            rejects: LocalStore::new(folder.path().join("rejects")),
            ledger: SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap(),
            scope: Scope::default(),
            now: Mutex::new("2026-11-02T10:00:00Z".parse().unwrap()),
            folder,
        }
    }

    pub(super) fn curated(&self, severity: &str) -> Curated {
        self.read(&self.section(severity))
    }

    #[expect(clippy::unused_self, reason = "its files are those of this lake")]
    pub(super) fn section(&self, severity: &str) -> String {
        SECTION.replace("SEVERITY", severity)
    }

    pub(super) fn read(&self, section: &str) -> Curated {
        let mut mistakes = Mistakes::default();
        let node = parse(section, &mut mistakes).unwrap();
        let curated = read(&Spot::root(&node), self.folder.path(), &mut mistakes);
        let told: Vec<String> = mistakes.into_problems().iter().map(ToString::to_string).collect();
        assert_eq!(told, [""; 0]);
        curated
    }

    /// Publishes rows as one run more of an input.
    pub(super) fn publish(&self, name: &str, csv: &str) {
        self.put(name, csv, Swap::run);
    }

    /// Publishes rows as a run of an input, in the way that is asked for.
    pub(super) fn put(&self, name: &str, csv: &str, swap: impl FnOnce(Sealed) -> Swap) {
        let publication: Publication = name.parse().unwrap();
        let now = || *self.now.lock().unwrap();
        let rows = take(given(csv).unwrap()).unwrap();
        let header = csv.lines().next().unwrap().split(',').map(|name| name.split_once(':').unwrap_or((name, "text")));
        let columns: Vec<(String, Kind)> =
            header.map(|(name, kind)| (name.to_owned(), Kind::parse(kind).unwrap())).collect();
        let batches: Vec<_> = batches(&rows, &columns).map(Result::unwrap).collect();
        let run = self.ledger.id_for(&format!("{name} {csv}"), date(2026, 11, 2), now()).unwrap().run_id;
        let opening = Opening {
            serves: Serves::Log,
            owner: "test".to_owned(),
            execution: None,
            baseline: Default::default(),
            lease_secs: 60,
        };
        let desk = Desk { store: &self.store, ledger: &self.ledger, publication: &publication, now: &now };
        let publishing = Publishing::open(desk, opening).unwrap();
        let draft = publishing.draft(run.clone()).unwrap();
        let schema = batches[0].schema();
        let label =
            |schema: &arrow_schema::Schema| Label::of(schema, name, &run.to_string(), date(2026, 11, 2), "test");
        let mut writer = BatchWriter::new(schema.clone(), Shape::default(), label).unwrap();
        batches.iter().for_each(|batch| writer.push(batch).unwrap());
        for placed in writer.finish().unwrap() {
            draft.add(placed.into()).unwrap();
        }
        let column = |field: &std::sync::Arc<arrow_schema::Field>| carelake_core::names::Column {
            name: field.name().clone(),
            kind: type_name(field.data_type()).unwrap(),
            nullable: true,
            description: String::new(),
        };
        let sealed = draft
            .seal(Details {
                origin: String::new(),
                made_by: "test".to_owned(),
                part: None,
                joined: Vec::new(),
                as_of: date(2026, 11, 2),
                started_at: now(),
                schema: schema.fields().iter().map(column).collect(),
                inputs: Vec::new(),
                counts: BTreeMap::new(),
                measures: BTreeMap::new(),
                losses: Vec::new(),
                details: Default::default(),
                code_version: "test".to_owned(),
            })
            .unwrap();
        publishing.commit(swap(sealed), Keep::ALL).unwrap();
    }

    pub(super) fn with<T>(&self, store: &dyn Store, work: impl FnOnce(&World<'_>) -> T) -> T {
        let now = || *self.now.lock().unwrap();
        work(&World {
            store,
            rejects: &self.rejects,
            ledger: &self.ledger,
            scope: &self.scope,
            folder: self.folder.path().to_owned(),
            execution: None,
            owner: World::owner_of(None, now()),
            code_version: "test",
            now: &now,
            is_cancelled: &|| false,
        })
    }

    pub(super) fn build_on(&self, store: &dyn Store, curated: &Curated, day: i8) -> Result<Vec<Built>, BuildError> {
        self.build_how(store, curated, Options { as_of: date(2026, 11, day), is_full: false })
    }

    pub(super) fn build_how(
        &self,
        store: &dyn Store,
        curated: &Curated,
        options: Options,
    ) -> Result<Vec<Built>, BuildError> {
        let models: Vec<_> = curated.models.iter().collect();
        self.with(store, |world| build(world, curated, &models, options, |_| {}))
    }

    fn build(&self, curated: &Curated, day: i8) -> Vec<(String, Status)> {
        let built = self.build_on(&self.store, curated, day).unwrap();
        for one in &built {
            assert!(one.message.as_ref().is_none_or(|message| !message.contains("ZQX")), "{one:?}");
        }
        built.into_iter().map(|one| (one.model, one.status)).collect()
    }

    pub(super) fn rows(&self, name: &str) -> String {
        let publication: Publication = name.parse().unwrap();
        let Some(served) = Served::of(&self.store, &publication).unwrap() else { return "nothing".to_owned() };
        let rows = take(scan(&self.store, &[served], &[]).unwrap()).unwrap();
        let names = rows.get_column_names();
        let mut own: Vec<&str> = names.iter().map(|name| name.as_str()).filter(|name| !name.starts_with('_')).collect();
        // What folders tell comes last.
        if name.starts_with("curated/part") {
            own.sort_unstable();
        }
        shown(&rows.select(own).unwrap())
    }
}

pub(super) const ORDERS: &str =
    "order_id:bigint,account,amount:double,seq:bigint\n1,A,1.5,1\n1,A,2.5,2\n2,A,3,1\n3,B,4,1\n";

fn all(status: Status) -> [(String, Status); 3] {
    ["cur_orders", "per_account", "beside"].map(|name| (name.to_owned(), status))
}

#[test]
fn a_build_publishes_and_a_second_one_is_unchanged() {
    let lake = Lake::new();
    lake.publish("files/orders", ORDERS);
    let curated = lake.curated("error");
    assert_eq!(lake.build(&curated, 2), all(Status::Published));
    assert_eq!(lake.rows("curated/cur_orders"), "1,A,2.5|2,A,3|3,B,4");
    assert_eq!(lake.rows("curated/per_account"), "A,2,2026-11-02");
    assert_eq!(lake.build(&curated, 2), all(Status::Unchanged));
    // The day is in one model only.
    let statuses: Vec<Status> = lake.build(&curated, 3).into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses, [Status::Unchanged, Status::Published, Status::Unchanged]);
    assert_eq!(lake.rows("curated/per_account"), "A,2,2026-11-03");
}

#[test]
fn rows_say_their_run_and_the_day_and_manifests_what_was_read() {
    let lake = Lake::new();
    lake.publish("files/orders", ORDERS);
    lake.build(&lake.curated("error"), 2);
    let served = Served::of(&lake.store, &"curated/cur_orders".parse().unwrap()).unwrap().unwrap();
    let manifest = &served.manifests[0];
    assert_eq!(manifest.details["read"]["orders"]["rows"], 4);
    assert_eq!(manifest.details["read"]["orders"]["manifests"][0]["sha256"].as_str().unwrap().len(), 64);
    let account = &manifest.counts["orders"];
    assert_eq!((account.read, account.published, account.duplicate["key"]), (4, 3, 1));
    assert!(account.filtered.is_empty());
    let rows = take(scan(&lake.store, std::slice::from_ref(&served), &[]).unwrap()).unwrap();
    let own = shown(&rows.select(["_run_id", "_ingested_at", "_source_file"]).unwrap());
    assert!(own.starts_with(&format!("{},2026-11-02T00:00:00Z,|", manifest.run_id)), "{own}");
}

#[test]
fn what_fails_leaves_what_is_served_and_what_is_made_of_it_is_skipped() {
    let lake = Lake::new();
    lake.publish("files/orders", ORDERS);
    let curated = lake.curated("error");
    lake.build(&curated, 2);
    lake.publish("files/orders", "order_id:bigint,account,amount:double,seq:bigint\n4,ZQXACME,-1,1\n");
    let statuses: Vec<Status> = lake.build(&curated, 2).into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses, [Status::Failed, Status::Skipped, Status::Published]);
    assert_eq!(lake.rows("curated/cur_orders"), "1,A,2.5|2,A,3|3,B,4");
    let now = *lake.now.lock().unwrap();
    let kept = Standings::new(&lake.ledger, &lake.scope, now).of("cur_orders").unwrap().unwrap();
    assert_eq!((kept.status.as_str(), kept.error.as_deref()), ("failed", Some("TestFailed")));
    let failed: Vec<(&str, u64)> =
        kept.tests.iter().filter(|it| it.outcome == Outcome::Failed).map(|it| (it.test.as_str(), it.failing)).collect();
    assert_eq!(failed, [("accepted_values_account", 1), ("not_negative", 1)]);
    let rows = lake.rejects.read(&failing_key("cur_orders", &kept.run_id.unwrap(), "accepted_values_account")).unwrap();
    assert_eq!(String::from_utf8(rows).unwrap(), "order_id,account\n4,ZQXACME\n");
    // Said and done: a source that is mended is built again.
    let curated = lake.curated("warn");
    lake.publish("files/orders", "order_id:bigint,account,amount:double,seq:bigint\n4,ZQXACME,1,2\n");
    let statuses: Vec<Status> = lake.build(&curated, 2).into_iter().map(|(_, status)| status).collect();
    // The account has one order only: of the report the same rows come out, which are not served anew.
    assert_eq!(statuses, [Status::Published, Status::Unchanged, Status::Unchanged]);
}

#[test]
fn an_input_that_nobody_published_is_missing_and_a_dry_run_writes_nothing() {
    let lake = Lake::new();
    let curated = lake.curated("error");
    let built = lake.build_on(&lake.store, &curated, 2).unwrap();
    assert_eq!((built[0].status, built[0].error), (Status::Failed, Some("InputMissing")));
    lake.publish("files/orders", ORDERS);
    let models: Vec<_> = curated.models.iter().collect();
    let planned = || lake.with(&lake.store, |world| plan(world, &curated, &models, date(2026, 11, 2), false)).unwrap();
    let told: Vec<(String, &str)> = planned().into_iter().map(|it| (it.model, it.action)).collect();
    assert_eq!(
        told,
        [("cur_orders".to_owned(), "full"), ("per_account".to_owned(), "after"), ("beside".to_owned(), "full")]
    );
    assert!(current(&lake.store, &"curated/cur_orders".parse().unwrap()).unwrap().is_none());
    lake.build(&curated, 2);
    assert!(planned().iter().all(|it| it.action == "unchanged"), "{:?}", planned());
}

#[test]
fn a_store_that_fails_at_any_call_leaves_old_or_new_and_the_next_build_ends_well() {
    let lake = Lake::new();
    lake.publish("files/orders", ORDERS);
    let curated = lake.curated("error");
    lake.build(&curated, 2);
    let old = lake.rows("curated/cur_orders");
    let mut failures = 0;
    for call in (1..400).step_by(7) {
        let amount = 10 + call;
        lake.publish(
            "files/orders",
            &format!("order_id:bigint,account,amount:double,seq:bigint\n3,B,{amount},{amount}\n"),
        );
        let before = lake.rows("curated/cur_orders");
        let faulty = FaultyStore::failing_once(&lake.store, call, Moment::Before);
        let built = lake.build_on(&faulty, &curated, 2);
        let failed = built.is_err() || built.is_ok_and(|built| built.iter().any(|one| one.status != Status::Published));
        let after = lake.rows("curated/cur_orders");
        let new = format!("1,A,2.5|2,A,3|3,B,{amount}");
        assert!(after == before || after == new, "call {call}: {after}");
        let now = *lake.now.lock().unwrap();
        *lake.now.lock().unwrap() = now + 1.hour();
        lake.build(&curated, 2);
        assert_eq!(lake.rows("curated/cur_orders"), new, "call {call}");
        if !failed {
            break;
        }
        failures += 1;
    }
    assert!(failures > 5 && old != lake.rows("curated/cur_orders"), "{failures}");
}

#[test]
fn a_unit_test_needs_no_lake() {
    let lake = Lake::new();
    let curated = lake.curated("error");
    let place = lake.folder.path().join("tests/models/per_account");
    std::fs::create_dir_all(place.join("inputs")).unwrap();
    std::fs::write(place.join("inputs/cur_orders.csv"), "order_id:bigint,account\n1,A\n2,A\n3,B\n").unwrap();
    std::fs::write(place.join("expected.csv"), "account,orders:bigint\nA,2\n").unwrap();
    let model = curated.model("per_account").unwrap();
    let told = |folder: &Path| unit(&curated, model, folder).unwrap().unwrap();
    assert!(told(lake.folder.path()).passed);
    std::fs::write(place.join("expected.csv"), "account,orders:bigint\nA,3\n").unwrap();
    assert_eq!(told(lake.folder.path()).differences, ["- A,3", "+ A,2"]);
}
