//! The law of increments: after any sequence of publications, replacements, removals, rollbacks, failures and builds, what increments made
//! is what a build of all would make of the same inputs.

use carelake_core::names::Publication;
use carelake_core::publish::{Desk, Swap, Target, compact, current, retract, rollback};
use carelake_core::store::{FaultyStore, Moment};
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::tests::Lake;
use super::{Options, Status};
use crate::config::Curated;

const SECTION: &str = "
models:
  part:
    zone: curated
    description: one row an order, its newest version
    inputs: { orders: files/orders, accounts: files/accounts }
    sql: newest.sql
    output: { kind: log, key: [id], partition_by: [month] }
    incremental: { by: partition, dimensions: { accounts: rebuild } }
    columns: &columns { id: { type: bigint, tests: [not_null, unique] }, month: { type: date }, name: { type: text }, n: { type: bigint } }
  part_full:
    zone: curated
    description: the same, made as a whole
    inputs: { orders: files/orders, accounts: files/accounts }
    sql: newest.sql
    output: { key: [id] }
    columns: { id: { type: bigint }, month: { type: date }, name: { type: text }, n: { type: bigint } }
  part_lines:
    zone: curated
    description: one row a row
    inputs: { orders: files/orders, accounts: files/accounts }
    sql: lines.sql
    output: { kind: log, key: [id, seq] }
    incremental: { by: run, dimensions: { accounts: rebuild } }
    columns: { id: { type: bigint }, seq: { type: bigint }, double: { type: bigint }, name: { type: text } }
  part_lines_full:
    zone: curated
    description: the same, made as a whole
    inputs: { orders: files/orders, accounts: files/accounts }
    sql: lines.sql
    output: { key: [id, seq] }
    columns: { id: { type: bigint }, seq: { type: bigint }, double: { type: bigint }, name: { type: text } }
  part_below:
    zone: transformed
    description: orders by name, of what increments made
    sql: below.sql
    output: { kind: log, key: [name, month], partition_by: [month] }
    incremental: { by: partition, group: [month] }
    columns: { name: { type: text }, month: { type: date }, orders: { type: bigint }, total: { type: bigint } }
  part_below_full:
    zone: transformed
    description: the same, made as a whole
    sql: below_full.sql
    output: { key: [name, month] }
    columns: { name: { type: text }, month: { type: date }, orders: { type: bigint }, total: { type: bigint } }
";

/// What happens to the inputs between two builds.
#[derive(Debug, Clone)]
enum Event {
    /// Rows come, as one run more: order, month, account, a number, a version, whether it is deleted.
    Rows(Vec<(i64, i8, i64, i64, i64, bool)>),
    /// A run is replaced by other rows.
    Replace(usize, Vec<(i64, i8, i64, i64, i64, bool)>),
    /// A run is taken out.
    Retract(usize),
    /// What was served before is served again.
    Rollback,
    /// Runs are joined.
    Compact,
    /// The names of accounts change.
    Accounts(u8),
    /// What increments published is rolled back.
    RollbackModel,
    /// A part is taken out of a model by hand.
    RetractPart(usize),
    /// A build that fails at a call of the store.
    Fault(u64),
    /// A build.
    Build,
}

fn rows() -> impl Strategy<Value = Vec<(i64, i8, i64, i64, i64, bool)>> {
    prop::collection::vec((1..9_i64, 1..4_i8, 1..4_i64, 0..50_i64, 0..6_i64, prop::bool::weighted(0.15)), 1..7)
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => rows().prop_map(Event::Rows),
        2 => (any::<usize>(), rows()).prop_map(|(at, rows)| Event::Replace(at, rows)),
        2 => any::<usize>().prop_map(Event::Retract),
        1 => Just(Event::Rollback),
        1 => Just(Event::Compact),
        1 => (0..3_u8).prop_map(Event::Accounts),
        1 => Just(Event::RollbackModel),
        1 => any::<usize>().prop_map(Event::RetractPart),
        1 => (1..200_u64).prop_map(Event::Fault),
        4 => Just(Event::Build),
    ]
}

fn csv(rows: &[(i64, i8, i64, i64, i64, bool)], salt: usize) -> String {
    let mut text = "id:bigint,month:date,account:bigint,n:bigint,seq:bigint,deleted:boolean,salt:bigint\n".to_owned();
    for (id, month, account, n, seq, deleted) in rows {
        // Versions are in one order: two rows of a key with one version are the same row.
        let (account, n) = (account + seq % 2, n - n % 50 + seq * 7 + id);
        let month = (i64::from(*month) + seq) % 4 + 1;
        text.push_str(&format!("{id},2026-0{month}-01,{account},{n},{seq},{deleted},{salt}\n"));
    }
    text
}

struct Told {
    lake: Lake,
    curated: Curated,
    runs: usize,
}

impl Told {
    fn new() -> Self {
        let lake = Lake::new();
        let write = |name: &str, text: &str| std::fs::write(lake.folder.path().join(name), text).unwrap();
        write(
            "newest.sql",
            "WITH newest AS (SELECT * FROM orders QUALIFY row_number() OVER (PARTITION BY id ORDER BY seq DESC, month DESC, n DESC, account DESC, deleted) = 1)
            SELECT o.id, o.month, a.name, o.n FROM newest o LEFT JOIN accounts a ON a.account = o.account WHERE NOT o.deleted",
        );
        write(
            "lines.sql",
            "SELECT o.id, o.seq, o.n * 2 AS double, a.name FROM orders o LEFT JOIN accounts a ON a.account = o.account WHERE NOT o.deleted",
        );
        let below = "SELECT name, month, count(*) AS orders, sum(n) AS total FROM part GROUP BY name, month";
        write("below.sql", below);
        write("below_full.sql", &below.replace("FROM part", "FROM part_full"));
        let curated = lake.read(&SECTION.replace("&columns ", ""));
        let told = Self { lake, curated, runs: 0 };
        told.accounts(0);
        told
    }

    fn accounts(&self, which: u8) {
        let csv = format!("account:bigint,name\n1,one\n2,two\n3,three{which}\n");
        self.lake.put("files/accounts", &csv, |sealed| Swap { replace_all: true, ..Swap::run(sealed) });
    }

    fn now(&self) -> jiff::Timestamp {
        *self.lake.now.lock().unwrap()
    }

    fn on<T>(&self, name: &str, work: impl FnOnce(Desk<'_>) -> T) -> T {
        let publication: Publication = name.parse().unwrap();
        let now = || self.now();
        work(Desk { store: &self.lake.store, ledger: &self.lake.ledger, publication: &publication, now: &now })
    }

    /// Returns the run of a publication at a place in its list.
    fn run(&self, name: &str, at: usize) -> Option<carelake_core::names::RunId> {
        let pointer = current(&self.lake.store, &name.parse().unwrap()).unwrap()?;
        let at = if at == usize::MAX { pointer.runs.len() - 1 } else { at.checked_rem(pointer.runs.len())? };
        pointer.runs.get(at).map(|entry| entry.run_id.clone())
    }

    fn happens(&mut self, event: &Event) {
        self.runs += 1;
        match event {
            Event::Rows(rows) => self.lake.publish("files/orders", &csv(rows, self.runs)),
            Event::Replace(at, rows) => {
                let replaces = self.run("files/orders", *at);
                self.lake.put("files/orders", &csv(rows, self.runs), |mut sealed| {
                    sealed.replaces = replaces;
                    Swap::run(sealed)
                });
            }
            Event::Retract(at) => {
                let is_last = self.run("files/orders", 0) == self.run("files/orders", usize::MAX);
                if let Some(run) = self.run("files/orders", *at).filter(|_| !is_last) {
                    self.on("files/orders", |desk| retract(desk, &run)).unwrap();
                }
            }
            // There may be nothing before.
            Event::Rollback => drop(self.on("files/orders", |desk| rollback(desk, &Target::Before))),
            Event::Compact => drop(self.on("files/orders", compact).unwrap()),
            Event::Accounts(which) => self.accounts(*which),
            Event::RollbackModel => drop(self.on("curated/part", |desk| rollback(desk, &Target::Before))),
            Event::RetractPart(at) => {
                for name in ["curated/part", "curated/part_lines"] {
                    if let Some(run) = self.run(name, *at) {
                        self.on(name, |desk| retract(desk, &run)).unwrap();
                    }
                }
            }
            Event::Fault(call) => {
                let faulty = FaultyStore::failing_once(&self.lake.store, *call, Moment::Before);
                drop(self.lake.build_on(&faulty, &self.curated, 2));
                let later = self.now() + 1.hour();
                *self.lake.now.lock().unwrap() = later;
            }
            Event::Build => self.holds(),
        }
    }

    /// Builds, and holds what increments made against what was made as a whole.
    fn holds(&self) {
        for built in self.lake.build_on(&self.lake.store, &self.curated, 2).unwrap() {
            assert!(matches!(built.status, Status::Published | Status::Unchanged), "{built:?}");
        }
        self.same();
    }

    fn same(&self) {
        for name in ["part", "part_lines", "part_below"] {
            let (ours, whole) =
                (self.lake.rows(&format!("curated/{name}")), self.lake.rows(&format!("curated/{name}_full")));
            assert_eq!(ours, whole, "{name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn increments_make_what_a_build_of_all_makes(first in rows(), events in prop::collection::vec(event(), 1..12)) {
        let mut told = Told::new();
        told.happens(&Event::Rows(first));
        told.holds();
        for event in &events {
            told.happens(event);
        }
        told.holds();
        // All again, by hand: it is what is served already.
        let before = told.lake.rows("curated/part");
        let options = Options { as_of: date(2026, 11, 2), is_full: true };
        told.lake.build_how(&told.lake.store, &told.curated, options).unwrap();
        assert_eq!(told.lake.rows("curated/part"), before);
        told.same();
    }
}

/// Returns how a model was built.
fn how(told: &Told, model: &str) -> String {
    let built = told.lake.build_on(&told.lake.store, &told.curated, 2).unwrap();
    built.into_iter().find(|built| built.model == model).map(|built| built.how).unwrap()
}

fn parts(told: &Told, model: &str) -> Vec<(String, String)> {
    let pointer = current(&told.lake.store, &format!("curated/{model}").parse().unwrap()).unwrap().unwrap();
    let mut parts: Vec<_> =
        pointer.runs.iter().map(|entry| (entry.part.clone().unwrap(), entry.run_id.to_string())).collect();
    parts.sort();
    parts
}

#[test]
fn a_row_that_loses_touches_nothing_and_one_that_wins_the_month_where_its_key_was_too() {
    let lines = "id:bigint,month:date,account:bigint,n:bigint,seq:bigint,deleted:boolean,salt:bigint\n";
    let told = Told::new();
    told.lake.publish(
        "files/orders",
        &format!("{lines}1,2026-01-01,1,1,5,false,0\n2,2026-02-01,1,1,5,false,0\n3,2026-03-01,1,1,5,false,0\n"),
    );
    assert_eq!(how(&told, "part"), "full: nothing is served of it");
    let before = parts(&told, "part");
    assert_eq!(before.len(), 3);
    told.lake.publish("files/orders", &format!("{lines}1,2026-03-01,1,9,4,false,1\n"));
    assert_eq!(how(&told, "part"), "partitions: 1 runs came, 0 left; the same rows came out");
    assert_eq!(parts(&told, "part"), before);
    told.lake.publish("files/orders", &format!("{lines}1,2026-02-01,1,9,6,false,2\n"));
    assert_eq!(how(&told, "part"), "partitions: 1 runs came, 0 left");
    let after = parts(&told, "part");
    // January has no row any more, February was made again, March was not.
    assert_eq!(after.len(), 2);
    assert_ne!(after[0].1, before[1].1);
    assert_eq!(after[1], before[2]);
    told.same();
    // A run of the driving table is a run of the model; nothing else is made again.
    let lines_before = parts(&told, "part_lines");
    told.lake.publish("files/orders", &format!("{lines}7,2026-02-01,1,9,6,false,3\n"));
    assert_eq!(how(&told, "part_lines"), "runs: 1 runs came, 0 left");
    assert_eq!(parts(&told, "part_lines")[..3], lines_before);
    told.same();
}

#[test]
fn more_partitions_than_a_list_may_have_share_parts() {
    let told = Told::new();
    let header = "id:bigint,month:date,account:bigint,n:bigint,seq:bigint,deleted:boolean,salt:bigint\n";
    let row = |id: i64, salt: i64| {
        let month = date(2000, 1, 1).saturating_add(id.months());
        format!("{id},{month},1,{id},1,false,{salt}\n")
    };
    let some: String = (0..99).map(|id| row(id, 0)).collect();
    told.lake.publish("files/orders", &format!("{header}{some}"));
    told.holds();
    assert_eq!(parts(&told, "part").len(), 99);
    told.lake.publish("files/orders", &format!("{header}{}{}", row(99, 1), row(100, 1)));
    assert_eq!(how(&told, "part"), "full: there are more partitions than a list may have");
    assert!(parts(&told, "part").iter().all(|(part, _)| part.starts_with("shared-")));
    told.same();
    told.lake.publish("files/orders", &format!("{header}{}", row(101, 2)));
    assert_eq!(how(&told, "part"), "partitions: 1 runs came, 0 left");
    told.same();
}
