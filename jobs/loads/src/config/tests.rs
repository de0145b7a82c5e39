//! What the section may say, and how mistakes in it are told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use carelake_core::config::Secret;
use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_database::{Address, Engine, Specials, Strain, Tls, TypeChoice};

use super::*;

/// Reads a section, and answers what is wrong with it: place, path and message.
fn told(text: &str) -> (Loads, Vec<String>) {
    let mut mistakes = Mistakes::default();
    let root = parse(text, &mut mistakes).unwrap();
    let loads = read(&Spot::root(&root).child("loads").unwrap(), Path::new("/etc/carelake"), &mut mistakes);
    let told = mistakes.into_problems().into_iter().map(|problem| {
        let near = problem.nearest.map(|near| format!(" ({near})")).unwrap_or_default();
        format!("{} {}: {}{near}", problem.line, problem.path, problem.message)
    });
    (loads, told.collect())
}

/// Reads a section with one source that says this besides what it must.
fn source(text: &str) -> (Source, Vec<String>) {
    let whole = format!(
        "loads:\n  sources:\n    crm:\n      engine: mysql\n      address: crm.internal\n      secret: {{ env: CRM }}\n{text}"
    );
    let (mut loads, told) = told(&whole);
    (loads.sources.remove(0), told)
}

#[test]
fn a_source_needs_no_more_than_engine_address_and_secret() {
    let (crm, told) = source("");
    assert_eq!(told, [] as [String; 0]);
    assert_eq!(crm.address, Address::Host { host: "crm.internal".to_owned(), port: 3306 });
    assert_eq!(
        (crm.engine, crm.secret.clone().unwrap(), crm.tls.clone()),
        (Engine::Mysql, Secret::Env("CRM".to_owned()), Tls::VerifyFull { ca: None })
    );
    assert_eq!((crm.max_connections, crm.is_replica, crm.zone.as_deref()), (4, false, None));
    assert_eq!((crm.every, crm.max_staleness), (Some(Duration::from_secs(3_600)), Duration::from_secs(86_400)));
    assert_eq!(crm.statement_timeout, Duration::from_secs(900));
    assert_eq!(crm.postgres_database, None, "it is for PostgreSQL");
    assert!(crm.tables.fits("anything") && crm.dynamic.is_none());
    assert_eq!(crm.databases.belongs("anything"), Belongs::To(carelake_core::names::Scope::default()));
    let settings = crm.settings("crm", "accounts");
    assert_eq!(settings, Settings::preset());
    assert_eq!((settings.full_max_rows, settings.keep_runs, settings.max_drop_ratio), (20_000_000, 3, 0.5));
    assert_eq!(settings.bookmark_every, Duration::from_secs(3_600));
    assert_eq!(settings.cursors.first().map(String::as_str), Some("updated_at"));
}

#[test]
fn overrides_that_fit_a_table_add_up_in_file_order_and_masks_are_never_lost() {
    let (crm, told) = source(
        "      overrides:\n        \"*.patients\": { columns: { ssn: drop, mrn: hash }, lag: 1h, latest: view }\n        crm.patients: { columns: { notes: \"null\", zip: first(3) }, latest: none, mode: incremental, cursor: changed }\n        crm.events: { mode: append, cursor: id, specials: text, partition_by: [site] }\n",
    );
    assert_eq!(told, [] as [String; 0]);
    let patients = crm.settings("crm", "patients");
    let columns: Vec<(&str, &Treatment)> = patients.columns.iter().map(|(name, it)| (name.as_str(), it)).collect();
    assert_eq!(
        columns,
        [
            ("ssn", &Treatment::Drop),
            ("mrn", &Treatment::Hash),
            ("notes", &Treatment::Null),
            ("zip", &Treatment::First(3))
        ]
    );
    assert_eq!((patients.lag, patients.latest), (Some(Duration::from_secs(3_600)), Latest::Nothing));
    assert_eq!((patients.mode, patients.cursor.as_deref()), (Some(ModeWord::Incremental), Some("changed")));
    let events = crm.settings("crm", "events");
    assert_eq!(
        (events.mode, events.specials, events.partition_by),
        (Some(ModeWord::Append), Specials::Text, vec!["site".to_owned()])
    );
    assert_eq!(crm.settings("other", "patients").latest, Latest::View);
    assert!(crm.is_named("crm", "patients") && !crm.is_named("other", "patients"));
}

#[test]
fn what_is_handed_on_says_from_which_column_into_which_folder_under_which_names() {
    let (crm, told) = source(
        "      overrides:\n        lis.a: { hand_on: { column: body, to: hl7/drop/lis, name: lis-*.hl7 } }\n        lis.b: { hand_on: { column: body, to: drop } }\n",
    );
    assert_eq!(told, [] as [String; 0]);
    let of = |table: &str| crm.settings("lis", table).hand_on.map(|it| (it.column, it.to, it.name));
    let texts = |(column, to, name): (&str, &str, &str)| Some((column.to_owned(), to.to_owned(), name.to_owned()));
    assert_eq!(of("a"), texts(("body", "hl7/drop/lis", "lis-*.hl7")));
    assert_eq!((of("b"), of("c")), (texts(("body", "drop", "*.txt")), None));
    for wrong in [
        "to: /drop",
        "to: drop/",
        "to: ../drop",
        "to: a//b",
        "to: a b",
        "to: drop, name: a.hl7",
        "to: drop, name: a/*",
        "to: drop, name: \"**\"",
    ] {
        let (_, told) = source(&format!("      overrides: {{ lis.a: {{ hand_on: {{ column: body, {wrong} }} }} }}\n"));
        assert!(told.len() == 1 && told[0].contains("must be"), "{wrong}: {told:?}");
    }
    let (_, told) = source("      overrides: { lis.a: { hand_on: { colum: body } } }\n");
    assert_eq!(told.len(), 3, "{told:?}");
}

#[test]
fn a_pattern_of_databases_tells_whose_they_are_and_the_first_that_fits_counts() {
    let (crm, told) = source(
        "      databases: { crm: shared, \"lis_(?<tenant>[A-Za-z0-9]+)\": tenant }\n      tables: { include: [\"a*\"], exclude: [\"*_bak\"] }\n      dynamic: { databases: [\"udt_(?<tenant>[a-z]+)\", users], max_tables: 7, registry: \"SELECT a, b, c FROM t\" }\n",
    );
    assert_eq!(told, [] as [String; 0]);
    assert_eq!(crm.databases.belongs("crm"), Belongs::To(carelake_core::names::Scope::default()));
    assert_eq!(crm.databases.belongs("lis_acme"), Belongs::To("acme".parse().unwrap()));
    assert_eq!(crm.databases.belongs("lis_ACME"), Belongs::Nameless);
    assert_eq!(crm.databases.belongs("xcrm"), Belongs::Nowhere, "a pattern is of the whole name");
    let names = ["crm".to_owned(), "other".to_owned()];
    assert_eq!(crm.databases.idle(&names).collect::<Vec<_>>(), ["lis_(?<tenant>[A-Za-z0-9]+)"]);
    assert!(crm.tables.fits("accounts") && !crm.tables.fits("accounts_bak") && !crm.tables.fits("bank"));
    let dynamic = crm.dynamic.unwrap();
    assert_eq!((dynamic.max_tables, dynamic.max_connections), (7, 1));
    assert_eq!(dynamic.databases.belongs("udt_b"), Belongs::To("b".parse().unwrap()));
    assert_eq!(dynamic.databases.belongs("users"), Belongs::To(carelake_core::names::Scope::default()));
}

#[test]
fn what_stays_on_this_machine_need_not_be_encrypted_and_everything_else_must() {
    let of = |address: &str, tls: &str| {
        let text = format!(
            "loads:\n  sources:\n    a:\n      engine: postgres\n      address: \"{address}\"\n      secret: {{ file: pw }}\n{tls}"
        );
        let (mut loads, told) = told(&text);
        (loads.sources.pop(), told)
    };
    for (address, expected) in [
        ("127.0.0.1:5433", Tls::Disable),
        ("[::1]:5433", Tls::Disable),
        ("/run/postgresql/.s.PGSQL.5432", Tls::Disable),
        ("db.internal", Tls::VerifyFull { ca: None }),
        ("10.0.0.1:5432", Tls::VerifyFull { ca: None }),
    ] {
        let (source, told) = of(address, "");
        assert_eq!(told, [] as [String; 0], "{address}");
        let source = source.unwrap();
        assert_eq!(source.tls, expected, "{address}");
        assert_eq!(source.secret.unwrap(), Secret::File(PathBuf::from("/etc/carelake/pw")));
        assert_eq!(source.postgres_database.as_deref(), Some("postgres"));
    }
    let (source, _) = of("127.0.0.1", "      tls: { ca: own.pem }\n");
    assert_eq!(source.unwrap().tls, Tls::VerifyFull { ca: Some(PathBuf::from("/etc/carelake/own.pem")) });
    let (_, told) = of("db.internal", "      tls: { mode: disable }\n");
    assert_eq!(
        told,
        [
            "7 loads.sources.a.tls.mode: may be `disable` only where the address is a socket, 127.0.0.1, [::1] or localhost"
        ]
    );
    for address in ["ada:sesame@db:5432", "postgres://ada:sesame@db/x"] {
        let (_, told) = of(address, "");
        assert_eq!(told.len(), 1, "{address}");
        assert!(told[0].contains("`secret`") && !told[0].contains("sesame"), "{told:?}");
    }
    for address in ["db:port", "[::1", "a b", "db:0"] {
        assert_eq!(of(address, "").1.len(), 1, "{address}");
    }
}

#[test]
fn a_column_may_be_hidden_or_have_another_type() {
    let (crm, told) = source(
        "      overrides:\n        crm.a: { columns: { a: bool, b: \"decimal(20,4)\", c: uuid, d: json, e: repair(latin1_utf8), f: null } }\n",
    );
    assert_eq!(told, [] as [String; 0]);
    let kinds: Vec<Treatment> = crm.settings("crm", "a").columns.into_iter().map(|(_, it)| it).collect();
    let types = [
        TypeChoice::Boolean,
        TypeChoice::Decimal { precision: 20, scale: 4 },
        TypeChoice::Uuid,
        TypeChoice::Json,
        TypeChoice::Repaired,
    ];
    let expected: Vec<Treatment> = types.into_iter().map(Treatment::Type).chain([Treatment::Null]).collect();
    assert_eq!(kinds, expected);
    for wrong in ["first(0)", "first", "decimal(39,2)", "decimal(4,5)", "hashed", "drop(1)"] {
        let (_, told) = source(&format!("      overrides:\n        crm.a: {{ columns: {{ a: \"{wrong}\" }} }}\n"));
        assert_eq!(told.len(), 1, "{wrong}");
        assert!(told[0].starts_with("8 loads.sources.crm.overrides.crm.a.columns.a: must be drop"), "{told:?}");
    }
}

#[test]
fn mistakes_are_told_with_their_place_and_the_nearest_name() {
    for (text, wanted) in [
        ("      engin: mysql\n", "engin: unknown key"),
        (
            "      schedule: hourly\n",
            "schedule: must be rate(N minutes), rate(N hours), rate(N days) or never, not `hourly`",
        ),
        ("      schedule: rate(0 minutes)\n", "schedule: must be rate(N minutes)"),
        ("      max_connections: 0\n", "max_connections: must be a whole number from 1 to 64, not `0`"),
        ("      statement_timeout: 15\n", "statement_timeout: must be a span such as 90s, 10m, 1h or 30d, not `15`"),
        ("      statement_timeout: 15mm\n", "statement_timeout: must be a span"),
        ("      postgres_database: x\n", "postgres_database: is for `engine: postgres`"),
        ("      overrides: { accounts: { lag: 1h } }\n", "overrides.accounts: `accounts` must be DATABASE.TABLE"),
        (
            "      overrides: { crm.a: { mode: incremntal } }\n",
            "mode: must be one of full, incremental, append, xid, not `incremntal` (incremental)",
        ),
        ("      databases: { \"lis_*[\": shared }\n", "is no regular expression"),
        ("      databases: { lis: tenant }\n", "a tenant's databases need a pattern that names the tenant"),
        ("      dynamic: { include: [\"*\"] }\n", "dynamic: must have `databases`, `registry` or both"),
        ("      dynamic: { registry: DELETE FROM t }\n", "registry: must be a SELECT"),
        ("      secret: sesame\n", "the key is already set"),
    ] {
        let (_, told) = source(text);
        assert_eq!(told.len(), 1, "{text}: {told:?}");
        assert!(told[0].contains(wanted) && told[0].starts_with("7 loads.sources.crm."), "{text}: {told:?}");
    }
    let (_, told) = told("loads:\n  sources:\n    crm: { engine: mysqll, secret: sesame }\n");
    assert_eq!(told.len(), 3);
    assert!(told.iter().any(|it| it.contains("crm.address: missing")));
    assert!(told.iter().any(|it| it.ends_with("(mysql)")) && !told.iter().any(|it| it.contains("sesame")), "{told:?}");
}

#[test]
fn a_source_that_is_not_there_is_told_the_nearest() {
    let (loads, _) = told(
        "loads:\n  defaults: { lag: 5m, full_max_rows: 10 }\n  sources:\n    crm: { engine: mysql, address: a, secret: { env: A } }\n",
    );
    assert_eq!(loads.source("crn").unwrap_err().reason, "loads.sources: there is no `crn`; did you mean `crm`?");
    let settings = loads.source("crm").unwrap().settings("a", "b");
    assert_eq!((settings.lag, settings.full_max_rows), (Some(Duration::from_secs(300)), 10));
}

#[test]
fn a_server_is_too_busy_when_more_runs_or_a_replica_is_farther_behind_than_is_said() {
    let of = |pause: &str| {
        let (crm, told) = source(&format!("      pause_when: {{ {pause} }}\n"));
        (crm.pause_when, told.len())
    };
    let at = |running: u64, secs: u64| Strain { running, replica_lag: Duration::from_secs(secs) };
    let (both, mistakes) = of("running: 50, replica_lag: 60s");
    assert_eq!((both.is_any(), mistakes), (true, 0));
    assert_eq!(both.reason(at(50, 60)), None);
    assert_eq!(both.reason(at(51, 0)).as_deref(), Some("51 statements run, more than the 50 of pause_when"));
    assert_eq!(both.reason(at(0, 61)).as_deref(), Some("a replica is 61 s behind, more than the 60 s of pause_when"));
    let stopped = Strain { running: 0, replica_lag: Duration::MAX };
    assert!(both.reason(stopped).is_some_and(|why| why.contains("stopped following")));
    let (running, _) = of("running: 1");
    assert_eq!(running.reason(at(0, 100_000)), None);
    assert!(!PauseWhen::default().is_any());
    assert_eq!(of("replica_lag: soon").1, 1);
    assert_eq!(of("runing: 1").1, 1);
}
