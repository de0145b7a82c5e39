//! Tables of a real PostgreSQL, loaded through the real command. Passed over, aloud, where no server is installed; servers are started as
//! in the tests of `carelake_database`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../jobs/database/tests/servers/mod.rs"]
#[expect(dead_code, clippy::print_stderr, reason = "the tests of sessions use the rest; it says why it is passed over")]
mod servers;

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{Place, Ran};
use serde_json::{Value, json};
use servers::Postgres;

const TABLES: &str = "
    CREATE SCHEMA crm; CREATE SCHEMA udt;
    CREATE TABLE crm.accounts (id int PRIMARY KEY, name text, ssn text, updated_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX ON crm.accounts (updated_at);
    INSERT INTO crm.accounts SELECT n, 'name ' || n, 'MARKER' || n, now() - interval '1 day' FROM generate_series(1, 100) n;
    CREATE TABLE crm.\"Order Lines\" (id int PRIMARY KEY, x text);
    INSERT INTO crm.\"Order Lines\" VALUES (1, 'MARKER');
    CREATE VIEW crm.seen AS SELECT id FROM crm.accounts;
    CREATE TABLE udt.u1 (id int);
    INSERT INTO udt.u1 VALUES (1), (2);
";

/// A folder whose configuration loads from a server with tables.
pub(super) fn place(more: &str) -> Option<(Place, Postgres)> {
    place_of(Postgres::start()?, more)
}

fn place_of(server: Postgres, more: &str) -> Option<(Place, Postgres)> {
    server.run(TABLES);
    let place = Place::new();
    let config = std::fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    let section = format!(
        "\nloads:\n  sources:\n    crm:\n      engine: postgres\n      address: 127.0.0.1:{}\n      secret: {{ env: CRM_LOGIN }}\n      dynamic: {{ databases: [udt] }}\n{more}",
        server.port
    );
    place.write("pipeline_config.yaml", config + &section);
    Some((place, server))
}

pub(super) fn carelake(place: &Place, arguments: &[&str]) -> Ran {
    let ran = Ran::of(place.command(arguments).env("CRM_LOGIN", "lab:PASSWORD"));
    for text in ["MARKER", "PASSWORD"] {
        assert!(!ran.stdout.contains(text) && !ran.stderr.contains(text), "{}{}", ran.stdout, ran.stderr);
    }
    ran
}

/// Returns state and published rows of each table of a load.
fn told(ran: &Ran) -> Vec<(String, String, Value)> {
    let told = ran.json();
    let table = |it: &Value| {
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        (text("table"), text("state"), it["account"]["published"].clone())
    };
    told["tables"].as_array().unwrap().iter().map(table).collect()
}

fn rows(place: &Place, publication: &str) -> String {
    let asked = format!("SELECT count(*) AS n FROM \"{publication}\"");
    carelake(place, &["query", &asked, "--json"]).stdout
}

#[test]
fn tables_come_whole_the_first_time_and_then_what_is_new() {
    let Some((place, server)) = place("      overrides: { crm.accounts: { columns: { ssn: drop } } }\n") else {
        return;
    };
    let tables = carelake(&place, &["loads", "tables", "crm", "--why", "--json"]).json();
    let modes: Vec<(&str, &str)> = tables["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["table"].as_str().unwrap(), it["mode"].as_str().unwrap()))
        .collect();
    assert_eq!(modes, [("Order Lines", "full"), ("accounts", "incremental"), ("u1", "full")], "a view is none");
    let first = carelake(&place, &["load", "--json"]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let loaded = |table: &str, rows: u64| (table.to_owned(), "published".to_owned(), json!(rows));
    assert_eq!(told(&first), [loaded("Order Lines", 1), loaded("accounts", 100), loaded("u1", 2)]);
    assert!(rows(&place, "loads/crm/crm/accounts").contains("100"));
    assert!(rows(&place, "loads/crm/crm/order_lines").contains('1'));
    server.run("UPDATE crm.accounts SET name = 'new', updated_at = now() WHERE id <= 3; INSERT INTO crm.accounts VALUES (101, 'x', 'y')");
    let second = carelake(&place, &["load", "crm/crm.accounts", "--json"]);
    assert_eq!(told(&second), [loaded("accounts", 4)]);
    assert!(rows(&place, "loads/crm/crm/accounts").contains("104"));
    assert!(rows(&place, "loads/crm/crm/accounts__latest").contains("101"));
    let third = carelake(&place, &["load", "crm/crm.accounts", "--json"]);
    assert_eq!(told(&third), [loaded("accounts", 0)], "nothing is doubled");
    let status = carelake(&place, &["loads", "status"]).stdout;
    assert!(status.contains("crm/crm.accounts") && status.contains("incremental"), "{status}");
    let bookmark = carelake(&place, &["loads", "bookmark", "crm/crm.accounts", "--to", "2020-01-01T00:00:00Z"]);
    assert!(bookmark.stdout.contains("2020-01-01"), "{}{}", bookmark.stdout, bookmark.stderr);
    let forward = carelake(&place, &["loads", "bookmark", "crm/crm.accounts", "--to", "2040-01-01T00:00:00Z"]);
    assert_eq!(forward.code, Some(2), "{}", forward.stderr);
}

#[test]
fn what_changes_about_a_table_is_told_and_a_table_that_fails_leaves_the_others_alone() {
    let Some((place, server)) =
        place("      overrides: { crm.accounts: { evolve: fail }, \"crm.Order Lines\": { columns: { y: drop } } }\n")
    else {
        return;
    };
    let first = carelake(&place, &["load", "--json"]);
    assert_eq!(first.code, Some(10), "a mask of a column that is not there: {}", first.stdout);
    let states = |ran: &Ran| told(ran).into_iter().map(|(table, state, _)| (table, state)).collect::<Vec<_>>();
    let state = |table: &str, state: &str| (table.to_owned(), state.to_owned());
    let others = [state("Order Lines", "failed"), state("accounts", "published"), state("u1", "published")];
    assert_eq!(states(&first), others);
    server.run(
        "ALTER TABLE crm.\"Order Lines\" ADD y text; ALTER TABLE crm.accounts RENAME name TO title; DROP TABLE udt.u1",
    );
    let second = carelake(&place, &["load", "--json"]);
    assert_eq!(second.code, Some(12), "{}", second.stdout);
    assert_eq!(states(&second), [state("Order Lines", "published"), state("accounts", "failed")]);
    let schema = carelake(&place, &["loads", "schema", "crm/crm.accounts"]).stdout;
    assert!(schema.contains("title: renamed from name: text"), "{schema}");
    assert_eq!(carelake(&place, &["load", "crm/crm.accounts", "--full", "--json"]).code, Some(0));
    let status = carelake(&place, &["loads", "status", "--json"]).json();
    let tables = status["sources"][0]["tables"].as_array().unwrap();
    let gone: Vec<&str> =
        tables.iter().filter(|it| it["state"] == "gone").map(|it| it["table"].as_str().unwrap()).collect();
    assert_eq!((gone, tables.len()), (vec!["u1"], 3));
}

#[test]
fn every_change_of_a_table_is_a_row_once_with_the_time_that_the_server_remembers() {
    let Some(server) = Postgres::start_with(|_| "-c track_commit_timestamp=on".to_owned()) else { return };
    let Some((place, server)) = place_of(server, "") else { return };
    let changes = || {
        let asked = "SELECT \"table\", \"column\", change, before, after, changed_at <= seen_at AS is_before \
                     FROM \"loads/crm/_schemas\" ORDER BY seen_at, \"table\", \"column\"";
        let found = carelake(&place, &["query", asked, "--json"]).json();
        let text = |value: &Value| if value.is_null() { "-".to_owned() } else { value.to_string().replace('"', "") };
        let line = |row: &Value| {
            ["table", "column", "change", "before", "after", "is_before"].map(|name| text(&row[name])).join(" ")
        };
        found.as_array().unwrap().iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(carelake(&place, &["load"]).code, Some(0));
    assert!(!place.path().join("output/loads/crm/_schemas").exists(), "what was never seen before did not change");
    server.run("ALTER TABLE crm.accounts ADD age int; ALTER TABLE crm.\"Order Lines\" RENAME x TO y");
    assert_eq!(carelake(&place, &["load"]).code, Some(0));
    let mut expected = vec!["Order Lines y renamed x y 1", "accounts age added - integer 1"];
    assert_eq!(changes(), expected);
    server.run(
        "ALTER TABLE crm.accounts ALTER age TYPE bigint; ALTER TABLE crm.\"Order Lines\" DROP y;
         DROP TABLE udt.u1; CREATE TABLE udt.u1 (id int)",
    );
    for _ in 0..2 {
        assert_eq!(carelake(&place, &["load", "--accept-loss"]).code, Some(0));
    }
    let identity = server.run("SELECT 'udt.u1'::regclass::oid").trim().to_owned();
    let made_again = format!("u1 - made_again - {identity} 1");
    expected.extend(["Order Lines y dropped text - 1", "accounts age widened integer bigint 1", &made_again]);
    assert_eq!(changes(), expected);
}

#[test]
fn a_source_that_does_not_answer_is_told_by_its_exit_code_and_what_is_misspelt_by_the_nearest_name() {
    let Some((place, server)) = place("") else { return };
    drop(server);
    let ran = carelake(&place, &["load", "--json"]);
    assert_eq!(ran.code, Some(20), "{}{}", ran.stdout, ran.stderr);
    let ran = carelake(&place, &["load", "crn"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("did you mean `crm`?"), "{}", ran.stderr);
}

#[test]
fn a_comparison_finds_what_no_load_shows_and_a_cursor_that_misses_rows_is_trusted_no_more() {
    let Some((place, server)) = place("") else { return };
    assert_eq!(carelake(&place, &["load", "--json"]).code, Some(0));
    let found = |ran: &Ran| {
        let told = ran.json();
        let of = |name: &str| told["sources"][0][name].as_u64().unwrap();
        (of("compared"), of("differed"), of("changed"), of("gone"))
    };
    let mode = || {
        let tables = carelake(&place, &["loads", "tables", "crm", "--why", "--json"]).json();
        let of = |it: &&Value| it["table"] == "accounts";
        let accounts = tables["tables"].as_array().unwrap().iter().find(of).unwrap().clone();
        (accounts["mode"].as_str().unwrap().to_owned(), accounts["reason"].as_str().unwrap().to_owned())
    };
    let compare = |changes: &str| {
        server.run(changes);
        let plain = carelake(&place, &["load", "crm", "--json"]);
        assert_eq!(found(&plain), (0, 0, 0, 0), "it is not due, and nobody asks");
        let ran = carelake(&place, &["load", "crm", "--reconcile", "--json"]);
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
        let truth = server.run("SELECT count(*) FROM crm.accounts");
        assert!(rows(&place, "loads/crm/crm/accounts__latest").contains(&truth), "{truth} rows");
        found(&ran)
    };
    assert_eq!(
        compare("DELETE FROM crm.accounts WHERE id IN (5, 50)"),
        (1, 1, 0, 2),
        "of tables that come whole nothing differs"
    );
    assert_eq!(compare("SELECT 1"), (1, 0, 0, 0));
    let late =
        |id: u32| format!("INSERT INTO crm.accounts VALUES ({id}, 'late', 'MARKER', now() - interval '2 hours')");
    assert_eq!(compare(&late(201)), (1, 1, 1, 0));
    assert_eq!(mode().0, "incremental", "once is no habit");
    assert_eq!(compare(&late(202)), (1, 1, 1, 0));
    assert_eq!(mode(), ("full".to_owned(), "its cursor missed rows in two comparisons running".to_owned()));
    let status = carelake(&place, &["loads", "status"]).stdout;
    assert!(status.contains("1 rows differed"), "{status}");
    // A whole load by hand gives the cursor another chance.
    assert_eq!(carelake(&place, &["load", "crm/crm.accounts", "--full", "--json"]).code, Some(0));
    assert_eq!(mode().0, "incremental");
    assert_eq!(carelake(&place, &["load", "crm/crm.accounts", "--json"]).code, Some(0));
    server.run("DELETE FROM crm.accounts WHERE id > 20");
    let lost = carelake(&place, &["load", "crm/crm.accounts", "--reconcile", "--json"]);
    assert_eq!(lost.code, Some(14), "most rows are gone: {}{}", lost.stdout, lost.stderr);
    let taken = carelake(&place, &["load", "crm/crm.accounts", "--reconcile", "--accept-loss", "--json"]);
    assert_eq!((taken.code, found(&taken).3), (Some(0), 81), "{}", taken.stdout);
}

#[test]
fn what_a_rollback_left_behind_is_mended_without_reading_a_row() {
    let Some((place, server)) = place("") else { return };
    assert_eq!(carelake(&place, &["load", "--json"]).code, Some(0));
    server.run("INSERT INTO crm.accounts VALUES (101, 'x', 'y')");
    assert_eq!(carelake(&place, &["load", "--json"]).code, Some(0));
    assert!(rows(&place, "loads/crm/crm/accounts__latest").contains("101"));
    assert_eq!(carelake(&place, &["rollback", "loads/crm/crm/accounts"]).code, Some(0));
    let mend = || {
        let ran = carelake(&place, &["loads", "settle", "crm", "--json"]);
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
        let told = ran.json();
        let accounts =
            told["tables"].as_array().unwrap().iter().find(|it| it["table"] == "crm.accounts").unwrap().clone();
        (accounts["rows"].clone(), accounts["written"].as_u64() > Some(0), accounts["status"].clone())
    };
    assert_eq!(mend(), (json!(100), true, json!(true)));
    assert!(rows(&place, "loads/crm/crm/accounts__latest").contains("100"));
    assert_eq!(mend(), (json!(100), false, json!(false)), "there is nothing left to mend");
    let again = carelake(&place, &["load", "crm/crm.accounts", "--json"]);
    assert_eq!(told(&again), [("accounts".to_owned(), "published".to_owned(), json!(1))], "the window is read again");
}

#[test]
fn the_doctor_names_rights_that_are_missing_or_too_many_and_tables_that_are_too_old() {
    let Some((place, server)) = place("      max_staleness: 1h\n") else { return };
    server.run("CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA crm TO reader; GRANT SELECT ON crm.accounts TO reader");
    let asked = |login: &str| {
        let ran = Ran::of(place.command(&["doctor", "--json"]).env("CRM_LOGIN", format!("{login}:PASSWORD")));
        assert!(!ran.stdout.contains("PASSWORD") && !ran.stderr.contains("PASSWORD"), "{}{}", ran.stdout, ran.stderr);
        ran.stdout
    };
    let reader = asked("reader");
    for text in ["no pg_read_all_stats", "GRANT pg_read_all_stats TO", "no USAGE", "no SELECT"] {
        assert!(reader.contains(text), "{text}: {reader}");
    }
    assert!(asked("lab").contains("may do more than read: superuser"));
    server.run("GRANT pg_read_all_stats, pg_read_all_data TO reader");
    let well = asked("reader");
    assert!(well.contains("its login may read, and nothing else"), "{well}");
    assert_eq!(carelake(&place, &["load", "--json"]).code, Some(0));
    assert!(asked("reader").contains("none too old"));
    let config = std::fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    place.write("pipeline_config.yaml", config.replace("max_staleness: 1h", "max_staleness: 1s"));
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    assert!(asked("reader").contains("are older than max_staleness, such as crm."), "{}", asked("reader"));
}

/// A view that gives no row while somebody holds a lock: reading it lasts until the test says so.
const GATED: &str = "
    CREATE FUNCTION crm.gate() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        WHILE NOT pg_try_advisory_lock_shared(1) LOOP PERFORM pg_sleep(0.05); END LOOP;
        PERFORM pg_advisory_unlock_shared(1);
        RETURN true;
    END $$;
    CREATE TABLE crm.base (id int PRIMARY KEY, name text);
    INSERT INTO crm.base SELECT n, 'name ' || n FROM generate_series(1, 100) n;
    CREATE VIEW crm.gated AS SELECT id, name FROM crm.base WHERE crm.gate();
    CREATE TABLE crm.later AS SELECT 1 AS id;
";

/// Runs a load of the gated view and the tables beside it, with so many connections; `meanwhile` is done while the view is read, before
/// the gate opens. `says` is what the load tells of it, if anything: otherwise another attempt of the execution would do as well.
fn gated(connections: usize, says: Option<&str>, meanwhile: impl FnOnce(&Postgres)) {
    let more = format!("      max_connections: {connections}\n      overrides: {{ crm.gated: {{ mode: full }} }}\n");
    let Some((place, server)) = place(&more) else { return };
    server.run(GATED);
    let mut holder = server.psql("postgres", "SELECT pg_advisory_lock(1); SELECT pg_sleep(600)");
    let mut holder = holder.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until(
        &server,
        "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock'",
    );
    let mut load = place.command(&["load", "--fixed", "--json"]);
    load.env("CRM_LOGIN", "lab:PASSWORD").stdout(Stdio::piped()).stderr(Stdio::piped());
    let load = load.spawn().unwrap();
    let is_over = AtomicBool::new(false);
    let (output, most) = std::thread::scope(|scope| {
        let seen = scope.spawn(|| most_seen(&server, &is_over));
        until(&server, "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'COPY%gated%' AND state = 'active'");
        meanwhile(&server);
        server.run("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");
        drop(holder.wait());
        let output = load.wait_with_output().unwrap();
        is_over.store(true, Ordering::Relaxed);
        (output, seen.join().unwrap())
    });
    let (told, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{told}{said}");
    for message in ["gave way", "was cut"] {
        assert_eq!(said.matches(message).count(), usize::from(says == Some(message)), "{said}{told}");
    }
    assert!((1..=connections).contains(&most), "{most} connections were seen");
    let told: Value = serde_json::from_str(&told).unwrap();
    let published = |name: &str| {
        let tables = told["tables"].as_array().unwrap();
        let table = tables.iter().find(|it| it["table"] == name).unwrap();
        (table["state"].as_str().unwrap().to_owned(), table["account"]["published"].as_u64())
    };
    for (name, rows) in [("gated", 100), ("accounts", 100), ("base", 100), ("later", 1)] {
        assert_eq!(published(name), ("published".to_owned(), Some(rows)), "{name}: {told}");
    }
    assert!(rows(&place, "loads/crm/crm/gated").contains("100"), "nothing is doubled");
}

fn until(server: &Postgres, asked: &str) {
    while server.run(asked) != "t" {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// Returns how many connections of loads the server showed at most, at one time.
fn most_seen(server: &Postgres, is_over: &AtomicBool) -> usize {
    let mut most = 0;
    while !is_over.load(Ordering::Relaxed) {
        let seen = server.run("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'carelake%'");
        most = most.max(seen.parse().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    most
}

#[test]
fn a_load_gives_way_to_who_changes_its_table_and_reads_it_later() {
    // The gate stays closed until the change is made, so it is made before the table was read.
    gated(2, Some("gave way"), |server| {
        drop(server.run("SET statement_timeout = '120s'; ALTER TABLE crm.base ADD x int"))
    });
}

#[test]
fn with_one_connection_nobody_looks_and_a_change_waits_for_one_table_only() {
    let mut change = None;
    gated(1, None, |server| {
        let mut altering = server.psql("postgres", "ALTER TABLE crm.base ADD x int");
        change = Some(altering.stdout(Stdio::null()).spawn().unwrap());
        until(server, "SELECT count(*) = 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted");
    });
    assert!(change.is_none_or(|mut change| change.wait().unwrap().success()));
}

#[test]
fn a_table_whose_connection_is_cut_begins_again_and_the_tables_after_it_are_read_by_another() {
    gated(2, Some("was cut"), |server| {
        let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'COPY%gated%'";
        assert_eq!(server.run(ended), "1");
    });
}
