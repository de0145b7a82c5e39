//! Pages of many tables, of tables with odd names, and of those that are too old.

use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_core::ledger::{Rows, SqliteLedger};
use carelake_core::names::Scope;
use carelake_pipeline::page::{Cell, Page, View};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{actions, source, sources, tables};
use crate::config::{Source, read};
use crate::kept::{Entry, Kept, SourceEntry};
use crate::standing::{self, Counts, SourceLine, TableLine};

fn now() -> Timestamp {
    "2026-11-28T06:00:00Z".parse().unwrap()
}

fn of(server: &str) -> Source {
    let text = format!("defaults: {{ forget_after: 7d }}\nsources: {{ crm: {{ {server}, max_staleness: 2h }} }}");
    let mut mistakes = Mistakes::default();
    let root = parse(&text, &mut mistakes).unwrap();
    let source = read(&Spot::root(&root), std::path::Path::new(""), &mut mistakes).sources.remove(0);
    let problems: Vec<String> = mistakes.into_problems().into_iter().map(|it| it.message).collect();
    assert_eq!(problems, [] as [String; 0]);
    source
}

fn mysql() -> Source {
    of("engine: mysql, address: a, secret: { env: A }, schedule: rate(15 minutes), dynamic: { databases: [\"lis_*\"] }")
}

fn entry(database: &str, table: &str, more: &Value) -> Entry {
    let mut entry = json!({"database": database, "table": table, "publication": "loads/crm/x", "is_dynamic": false,
        "state": "published", "first_seen": "2026-11-01T00:00:00Z", "mode": "incremental", "rows": 7, "last_ok": now()});
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(entry).unwrap()
}

fn many(source: &Source) -> Vec<TableLine> {
    let tenants = (0..2_000).flat_map(|tenant| (0..20).map(move |table| (tenant, table)));
    let of_users = json!({"is_dynamic": true});
    let line = |(tenant, table)| entry(&format!("lis_{tenant:04}"), &format!("t{table:02}"), &of_users);
    tenants.map(|it| TableLine::of(source, line(it), now())).collect()
}

fn longest(page: &Page) -> usize {
    page.tables.iter().map(|table| table.rows.len()).max().unwrap_or_default()
}

#[test]
fn the_tables_of_two_thousand_tenants_are_fifty_rows_a_page() {
    let source = mysql();
    let lines = many(&source);
    let line = SourceLine {
        source: "crm".to_owned(),
        kind: "mysql",
        state: "ok".to_owned(),
        last_ok: None,
        planned_at: None,
        next_due: None,
        stale_from: None,
        late: false,
        error: None,
        counts: Counts::of(&lines),
        tables: lines.clone(),
    };
    assert_eq!((line.counts.tables, line.counts.of_users, line.counts.rows), (40_000, 40_000, 280_000));
    let all = sources::page("Sources", std::slice::from_ref(&line), now());
    let mut view = View::default();
    let one = source::page("--env dev", &source, line, &view, now()).unwrap();
    assert_eq!((longest(&all), longest(&one)), (1, 50));
    let page = tables::page("Tables", lines.clone(), &view, String::new());
    assert_eq!(longest(&page), 50);
    for page in [all, one, page.clone()] {
        assert!(serde_json::to_string(&page).unwrap().len() < 60_000);
    }
    view.query = page.tables[0].next.clone().unwrap();
    let second = tables::page("Tables", lines, &view, String::new());
    let first = |page: &Page| match &page.tables[0].rows[0].cells[1] {
        Cell::Link { text, .. } => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((first(&page), first(&second)), ("lis_0000.t00".to_owned(), "lis_0002.t10".to_owned()));
}

#[test]
fn a_source_is_late_once_its_last_good_load_is_too_old_and_forgotten_tables_are_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
    let scope = Scope::default();
    let (kept, source) = (Kept::new(&ledger as &dyn Rows, &scope), mysql());
    let ago = |hours: i64| now().checked_sub(SignedDuration::from_hours(hours)).unwrap();
    let gone = |hours| json!({"state": "gone", "gone_since": ago(hours)});
    for (table, more) in [
        ("fresh", json!({"last_ok": ago(1)})),
        ("old", json!({"last_ok": ago(3)})),
        ("gone", gone(24)),
        ("forgotten", gone(24 * 8)),
        ("a.b", json!({"state": "failed", "error": "Unavailable", "last_ok": null})),
    ] {
        kept.keep("crm", &entry("crm", table, &more), now()).unwrap();
    }
    let told = |source: &Source| standing::sources(&kept, [source], now()).unwrap().remove(0);
    let line = told(&source);
    assert!(!line.late && line.stale_from.is_none() && line.next_due == Some(now()), "it was never loaded: {line:?}");
    let counts = line.counts;
    assert_eq!((counts.tables, counts.stale, counts.gone, counts.failed), (4, 1, 1, 1));
    let states: Vec<(&str, &str)> = line.tables.iter().map(|it| (it.entry.table.as_str(), it.state())).collect();
    assert_eq!(states, [("a.b", "Unavailable"), ("fresh", "published"), ("gone", "gone"), ("old", "stale")]);
    for (hours, is_late) in [(1, false), (3, true)] {
        let entry = SourceEntry { last_ok: Some(ago(hours)), planned_at: Some(ago(1)), ..SourceEntry::default() };
        kept.keep_source("crm", &entry, now()).unwrap();
        let line = told(&source);
        assert_eq!((line.late, line.next_due), (is_late, ago(1).checked_add(SignedDuration::from_mins(15)).ok()));
    }
    let cell = |line: &SourceLine| {
        sources::page("Sources", std::slice::from_ref(line), now()).tables[0].rows[0].cells[8].clone()
    };
    assert_eq!(cell(&told(&source)), Cell::Seconds(3_600.0), "by one hour");
    let found = |name: &str| standing::table(&kept, &source, name, now()).unwrap().map(|it| it.entry.table);
    assert_eq!((found("crm.a.b"), found("crm.none"), found("crm")), (Some("a.b".to_owned()), None, None));
    let all = standing::every_table(&kept, &source, now()).unwrap();
    assert_eq!(all.len(), 5, "the verb that looks tells all");
}

#[test]
fn what_can_be_done_fits_how_a_table_is_loaded_and_is_typed_as_a_shell_reads_it() {
    let source = mysql();
    let labels = |source: &Source, database: &str, table: &str, more: Value| -> Vec<String> {
        let line = TableLine::of(source, entry(database, table, &more), now());
        let actions = actions::of_table("--env dev", source, &line).unwrap();
        actions.into_iter().map(|action| action.command).collect()
    };
    let windows = labels(&source, "crm", "a", json!({}));
    let expected = ["carelake load crm/crm.a --env dev", "carelake load crm/crm.a --full --env dev"];
    assert_eq!(windows[..2], expected);
    assert_eq!(windows[2..], ["carelake load crm/crm.a --reconcile --env dev"]);
    assert_eq!(labels(&source, "crm", "a", json!({"mode": "full"})), ["carelake load crm/crm.a --env dev"]);
    let quoted = labels(&source, "crm", "Order Lines", json!({"mode": "full"}));
    assert_eq!(quoted, ["carelake load 'crm/crm.Order Lines' --env dev"]);
    // Said as they are called, these would mean other tables.
    for (database, table) in [("crm", "a*"), ("c.m", "a")] {
        assert_eq!(labels(&source, database, table, json!({})), [] as [String; 0], "{database}.{table}");
    }
    let dynamodb = of("engine: dynamodb");
    assert_eq!(labels(&dynamodb, "crm", "a", json!({})).len(), 2, "it answers no checksums");
}
