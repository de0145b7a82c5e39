//! Loads of a real PostgreSQL: late commits, savepoints, deletes, updates that no window shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::Served;
use carelake_core::store::LocalStore;
use carelake_database::{Engine, Kind, Session, Specials, checksum};
use carelake_loads::latest::settle;
use carelake_loads::publish::{LakeColumn, Latest, MaskKey, Mode, Table, World};
use carelake_loads::reconcile::{By, How, Reconciled, reconcile};
use carelake_loads::window::{Outcome, View, give_back, load, take};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

#[path = "../../database/tests/servers/mod.rs"]
#[expect(
    dead_code,
    clippy::print_stderr,
    reason = "servers are for tests of sessions, too, and say why they are passed over"
)]
mod servers;

struct Lake {
    folder: TempDir,
    store: LocalStore,
    ledger: SqliteLedger,
}

impl Lake {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::new(folder.path().join("output"));
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        Self { folder, store, ledger }
    }

    fn with<T>(&self, act: impl FnOnce(&World<'_>) -> T) -> T {
        let (scope, now) = (Scope::default(), Timestamp::now);
        act(&World {
            store: &self.store,
            ledger: &self.ledger,
            scratch: self.folder.path(),
            scope: &scope,
            execution: None,
            code_version: "0.1.0",
            now: &now,
            log: None,
        })
    }

    fn load(&self, session: &mut dyn Session, table: &Table) -> Outcome {
        self.with(|world| {
            let turn = take(world, table).unwrap().unwrap();
            let mut view = View::open(session).unwrap();
            let outcome = load(world, &mut view, &turn, table).unwrap();
            view.close().unwrap();
            give_back(world, turn, table).unwrap();
            outcome
        })
    }

    fn compare(&self, session: &mut dyn Session, table: &Table, begins_whole: bool) -> Reconciled {
        let how = How { by: By::Row, begins_whole, least_rows: 100 };
        let sum = |columns: &[(&Kind, &ArrayRef)]| checksum(Engine::Postgres, columns);
        self.with(|world| {
            let turn = take(world, table).unwrap().unwrap();
            let mut view = View::open(session).unwrap();
            let found = reconcile(world, &mut view, &turn, table, how, &sum).unwrap();
            view.close().unwrap();
            give_back(world, turn, table).unwrap();
            found
        })
    }

    /// Returns the rows that are there now, by the number of the key.
    fn latest(&self, table: &Table) -> BTreeMap<i64, Option<String>> {
        self.with(|world| settle(world, table)).unwrap();
        self.rows(&table.latest_publication())
    }

    fn rows(&self, publication: &Publication) -> BTreeMap<i64, Option<String>> {
        let served = Served::of(&self.store, publication).unwrap().unwrap();
        let schema = served.schema().unwrap();
        let mut rows = BTreeMap::new();
        for batch in served.batches(&self.store, &schema) {
            let batch = batch.unwrap();
            let ids = batch.column_by_name("id").unwrap().as_primitive::<Int64Type>();
            let notes = batch.column_by_name("note").unwrap().as_string::<i32>();
            for row in 0..batch.num_rows() {
                rows.insert(ids.value(row), notes.is_valid(row).then(|| notes.value(row).to_owned()));
            }
        }
        rows
    }
}

fn table(session: &mut dyn Session, name: &str, mode: Mode) -> Table {
    let relations = session.relations(&["crm".to_owned()]).unwrap();
    let relation = relations.into_iter().find(|relation| relation.name == name).unwrap();
    let columns = relation.columns.iter().enumerate();
    let columns = columns
        .map(|(at, column)| LakeColumn::of(Engine::Postgres, &relation, at, &column.name, None, Specials::Null, None));
    Table {
        source: "crm".to_owned(),
        publication: Publication::from_path(&format!("loads/crm/crm/{name}")),
        columns: columns.collect::<Option<_>>().unwrap(),
        former: Vec::new(),
        mode,
        lag: SignedDuration::ZERO,
        deleted: None,
        keeps_deleted: false,
        partition_by: Vec::new(),
        latest: Latest::Merge,
        hand_on: None,
        specials: Specials::Null,
        max_reject_ratio: 0.0,
        max_drop_ratio: 0.5,
        accepts_loss: false,
        piece_rows: None,
        bookmark_every: SignedDuration::from_hours(1),
        generation: "1".to_owned(),
        whole: false,
        since: None,
        secret: MaskKey::default(),
        relation,
    }
}

fn truth(server: &servers::Postgres, name: &str) -> BTreeMap<i64, Option<String>> {
    let text = server.run(&format!("SELECT id || '=' || note FROM crm.{name} ORDER BY id"));
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(id, note)| (id.parse().unwrap(), Some(note.to_owned())))
        .collect()
}

fn made(server: &servers::Postgres, name: &str, key: &str) {
    server.run("CREATE SCHEMA IF NOT EXISTS crm");
    server.run(&format!(
        "CREATE TABLE crm.{name} (id bigint NOT NULL, code text NOT NULL, note text, updated_at timestamptz DEFAULT now(), PRIMARY KEY ({key}));
         CREATE INDEX ON crm.{name} (updated_at);
         INSERT INTO crm.{name} SELECT n, 'Key ' || n, 'first ' || n FROM generate_series(1, 5000) n"
    ));
}

/// Commits late, inside a savepoint, what was begun before loads that are made meanwhile.
fn late(server: &servers::Postgres, name: &str, loads: impl FnOnce()) {
    let statements = format!(
        "BEGIN; SAVEPOINT a; UPDATE crm.{name} SET note = 'late', updated_at = now() WHERE id BETWEEN 10 AND 12; RELEASE a; SELECT pg_sleep(6); COMMIT"
    );
    let mut holding = server.psql("postgres", &statements).stdout(std::process::Stdio::null()).spawn().unwrap();
    while server.run("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(6)%' AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL") == "0" {
        sleep(Duration::from_millis(50));
    }
    sleep(Duration::from_millis(500));
    loads();
    assert!(holding.wait().unwrap().success());
}

#[test]
fn windows_of_a_real_server_lose_nothing_and_a_comparison_finds_the_rest() {
    let Some(server) = servers::Postgres::start() else { return };
    for (name, key, mode) in [
        ("by_time", "id", Mode::Incremental { cursor: 3 }),
        ("by_transaction", "id", Mode::Xid),
        ("by_text", "code", Mode::Incremental { cursor: 3 }),
        ("by_both", "code, id", Mode::Xid),
    ] {
        made(&server, name, key);
        let (lake, mut session) = (Lake::new(), server.session());
        let table = table(&mut *session, name, mode);
        assert_eq!(lake.load(&mut *session, &table).account.published, 5000);
        let change = |statement: &str| server.run(&format!("{} ", statement.replace("TABLE", &format!("crm.{name}"))));
        late(&server, name, || {
            change("UPDATE TABLE SET note = 'now', updated_at = now() WHERE id = 20");
            let window = lake.load(&mut *session, &table);
            assert_eq!(window.account.published, 1, "{name}: {:?}", window.account);
            change("INSERT INTO TABLE VALUES (6000, 'new', 'new')");
            assert_eq!(lake.load(&mut *session, &table).account.published, 1, "{name}");
        });
        assert_eq!(lake.load(&mut *session, &table).account.published, 3, "{name}: what was committed late");
        assert_eq!(lake.latest(&table), truth(&server, name));
        change("DELETE FROM TABLE WHERE id IN (30, 4000)");
        change("UPDATE TABLE SET note = 'silent' WHERE id = 40");
        let found = lake.compare(&mut *session, &table, name == "by_time");
        assert_eq!((found.changed, found.gone), (1, 2), "{name}: {found:?}");
        let is_cut = key == "id";
        assert_eq!((found.ranges > 10, found.read < 1000), (is_cut, is_cut), "{name}: {found:?}");
        assert_eq!(lake.latest(&table), truth(&server, name));
        let again = lake.compare(&mut *session, &table, true);
        assert_eq!((again.ranges, again.differing, again.read), (1, 0, 0), "{name}: {again:?}");
        let window = lake.load(&mut *session, &table);
        assert_eq!(window.account.published, 0, "{name}: what a comparison published is known");
        server.run(&format!("ALTER TABLE crm.{name} ALTER COLUMN note TYPE text USING note || ''"));
        let table = crate::table(&mut *session, name, mode);
        let window = lake.load(&mut *session, &table);
        let is_whole = (window.reason, window.account.published > 0);
        assert_eq!(is_whole, if mode == Mode::Xid { (Some("rewritten"), true) } else { (None, false) }, "{name}");
        assert_eq!(lake.latest(&table), truth(&server, name));
    }
    let log = server.log();
    assert!(!log.contains("carelake") || !log.contains("ERROR"), "the server refused something");
}

#[test]
fn two_sessions_read_a_large_table_as_it_was_at_one_moment() {
    let Some(server) = servers::Postgres::start() else { return };
    made(&server, "large", "id");
    let (mut first, mut second) = (server.session(), server.session());
    let mut table = table(&mut *first, "large", Mode::Full);
    (table.relation.rows, table.piece_rows) = (Some(5000), Some(500));
    let (lake, before) = (Lake::new(), truth(&server, "large"));
    lake.with(|world| {
        let turn = take(world, &table).unwrap().unwrap();
        let mut view = View::open(&mut *first).unwrap();
        server.run("DELETE FROM crm.large WHERE id < 100; INSERT INTO crm.large VALUES (9000, 'new', 'later')");
        assert!(view.share(&mut *second).unwrap());
        let outcome = load(world, &mut view, &turn, &table).unwrap();
        assert_eq!((outcome.account.read, outcome.account.published), (5000, 5000));
        view.close().unwrap();
        give_back(world, turn, &table).unwrap();
    });
    assert_eq!(lake.rows(&table.publication), before);
}

/// Of what is written anew an older snapshot sees nothing, or it lies elsewhere than it was looked for.
#[test]
fn a_table_that_is_written_anew_while_it_is_read_is_not_taken_for_empty() {
    let Some(server) = servers::Postgres::start() else { return };
    made(&server, "moved", "id");
    let (mut first, mut second) = (server.session(), server.session());
    for (anew, pieces) in [
        ("ALTER TABLE crm.moved ALTER COLUMN note TYPE text USING note || ''", false),
        ("TRUNCATE crm.moved", false),
        ("VACUUM FULL crm.moved", true),
    ] {
        for mode in [Mode::Full, Mode::Incremental { cursor: 3 }] {
            server.run("TRUNCATE crm.moved");
            server.run("INSERT INTO crm.moved SELECT n, 'Key ' || n, 'first ' || n FROM generate_series(1, 5000) n");
            let mut table = table(&mut *first, "moved", mode);
            (table.relation.rows, table.piece_rows) = (Some(5000), pieces.then_some(500));
            let lake = Lake::new();
            lake.with(|world| {
                let turn = take(world, &table).unwrap().unwrap();
                let mut view = View::open(&mut *first).unwrap();
                assert!(view.share(&mut *second).unwrap());
                server.run(anew);
                let error = load(world, &mut view, &turn, &table).unwrap_err();
                // Of a change of type the server tells itself that it is not what was planned.
                assert!(error.is_cut() || error.to_string().contains("not what it was"), "{anew}: {error}");
                view.close().unwrap();
                give_back(world, turn, &table).unwrap();
            });
            assert!(Served::of(&lake.store, &table.publication).unwrap().is_none());
        }
    }
}
