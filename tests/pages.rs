//! Pages of rooms: they say what verbs say, page by page, and nothing else.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::process::{Child, Command};

use crate::serve::{get, listening};
use crate::support::Place;
use carelake_arrivals::letters::Letters;
use carelake_core::ledger::{Rows, SqliteLedger};
use carelake_core::names::Scope;
use carelake_fetch::record::{Look, Record, Records};
use carelake_loads::kept::{Entry, Kept, SourceEntry};
use carelake_loads::schema::{Now, Shape};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A server of pages, and the key of their owner.
pub(super) struct Served<'p> {
    place: &'p Place,
    serve: Child,
    address: String,
    key: String,
}

impl<'p> Served<'p> {
    pub(super) fn start(place: &'p Place) -> Self {
        let (serve, address) = listening(place, &[]);
        let key = std::fs::read_to_string(place.path().join("output/_carelake/serve.key")).unwrap();
        Self { place, serve, address, key }
    }

    fn ask(&self, path: &str) -> String {
        get(&self.address, &format!("/api/pages/{path}"), &format!("Authorization: Bearer {}\r\n", self.key))
    }

    pub(super) fn page(&self, path: &str) -> Value {
        let answer = self.ask(path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    pub(super) fn code(&self, path: &str) -> u16 {
        self.ask(path).split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Returns the rows of a table with those of all pages after it.
    fn rows(&self, path: &str, table: usize) -> Vec<Value> {
        let (mut rows, mut query) = (Vec::new(), String::new());
        loop {
            let page = self.page(&format!("{path}{query}"));
            let table = &page["tables"][table];
            let some = table["rows"].as_array().unwrap();
            assert!(some.len() <= 50, "{}", some.len());
            rows.extend(some.clone());
            if table["next"].is_null() {
                return rows;
            }
            let next: BTreeMap<String, String> = serde_json::from_value(table["next"].clone()).unwrap();
            query = format!("?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(next).finish());
        }
    }

    /// Calls a function, as whoever redrives a letter does.
    pub(super) fn call(&self, function: &str, payload: &Value) {
        let ledger = ledger(self.place);
        let scope = Scope::default();
        let letter = json!({
            "id": "call", "room": "streams", "subject": "call", "function": function, "error": "Storage", "reason": "x",
            "message": payload, "attempts": 1, "first_failed_at": "2026-11-01T06:00:00Z",
            "failed_at": "2026-11-01T06:14:00Z", "execution": null, "location": null, "sha256": null, "redrive": null,
        });
        Letters::new(&ledger, &scope).add(&serde_json::from_value(letter).unwrap()).unwrap();
        let done = self.place.carelake(&["letters", "redrive", "call"]);
        assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        Command::new("kill").args(["-s", "TERM", &self.serve.id().to_string()]).status().unwrap();
        self.serve.wait().unwrap();
    }
}

fn ledger(place: &Place) -> SqliteLedger {
    std::fs::create_dir_all(place.path().join("output/_carelake")).unwrap();
    SqliteLedger::open(&place.path().join("output/_carelake/ledger.sqlite")).unwrap()
}

const LOADS: &str = "
loads:
  sources:
    crm:
      engine: mysql
      address: 127.0.0.1
      secret: { env: CRM_LOGIN }
      schedule: rate(15 minutes)
      dynamic: { databases: [\"udt_*\"] }
";

fn entry(database: &str, table: &str, more: &Value) -> Entry {
    let mut entry = json!({"database": database, "table": table, "publication": format!("loads/crm/{database}/{table}"),
        "is_dynamic": database.starts_with("udt"), "state": "published", "first_seen": "2026-11-01T00:00:00Z",
        "mode": "incremental", "reason": "by updated_at", "rows": 7, "last_ok": Timestamp::now()});
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(entry).unwrap()
}

fn with_loads() -> Place {
    let place = Place::new();
    let config = std::fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    place.write("pipeline_config.yaml", config + LOADS);
    place
}

#[test]
fn pages_of_loads_say_what_the_verbs_say_fifty_tables_at_a_time() {
    let place = with_loads();
    let (ledger, scope, now) = (ledger(&place), Scope::default(), Timestamp::now());
    let kept = Kept::new(&ledger as &dyn Rows, &scope);
    for n in 0..118 {
        kept.keep("crm", &entry("crm", &format!("t{n:03}"), &json!({})), now).unwrap();
    }
    let failed = json!({"state": "failed", "error": "Unavailable", "reason": "no answer", "last_ok": null});
    kept.keep("crm", &entry("crm", "a.b/c", &failed), now).unwrap();
    let nothing = json!({"state": "needs_mode", "mode": null, "reason": "no key, no cursor"});
    kept.keep("crm", &entry("crm", "line\nbreak", &nothing), now).unwrap();
    for n in 0..120 {
        kept.keep("crm", &entry(&format!("udt_{:02}", n / 2), &format!("u{n}"), &json!({})), now).unwrap();
    }
    let column = |name: &str, number| Now {
        name: name.to_owned(),
        number,
        declared: "int".to_owned(),
        class: "int32".to_owned(),
        is_left: false,
    };
    let shape = Shape::first("1", vec!["id".to_owned()], vec![column("id", 1), column("Full Name", 2)]);
    kept.keep_shape("crm", ("crm", "t007"), &shape, now).unwrap();
    let standing = SourceEntry {
        since: Some(now),
        planned_at: Some(now),
        last_ok: Some(now),
        state: "partial".to_owned(),
        error: None,
    };
    kept.keep_source("crm", &standing, now).unwrap();
    let status = place.carelake(&["loads", "status", "--json"]).json()["sources"][0].clone();
    assert_eq!(status["counts"]["tables"], json!(240));
    let served = Served::start(&place);

    let row = served.page("loads/sources")["tables"][0]["rows"][0]["cells"].clone();
    let shown = json!([
        row[0]["link"]["text"],
        row[1]["text"],
        row[2]["text"],
        row[6]["moment"],
        row[7]["moment"],
        row[12]["moment"]
    ]);
    let told = ["source", "kind", "state", "planned_at", "last_ok", "next_due"].map(|name| status[name].clone());
    assert_eq!(shown, json!(told));
    let counts = [3, 4, 5, 9, 10].map(|at: usize| row[at]["count"].clone());
    let told = ["tables", "of_users", "rows", "failed", "needs_mode"].map(|name| status["counts"][name].clone());
    assert_eq!(counts, told);

    let tables: Vec<&Value> = status["tables"].as_array().unwrap().iter().collect();
    let fixed: Vec<&&Value> = tables.iter().filter(|it| it["is_dynamic"] == json!(false)).collect();
    let rows = served.rows("loads/sources/crm", 0);
    assert_eq!((rows.len(), fixed.len()), (120, 120));
    for (row, table) in rows.iter().zip(fixed) {
        let item = format!("crm/{}.{}", table["database"].as_str().unwrap(), table["table"].as_str().unwrap());
        assert_eq!(row["cells"][0]["link"]["to"]["page"]["item"], json!(item), "in one order, each once");
        assert_eq!(row["cells"][3]["text"], table["reason"], "{item}");
        assert_eq!(row["cells"][2]["text"], table["mode"], "{item}");
        assert!(!row["cells"][0]["link"]["text"].as_str().unwrap().contains('\n'));
    }
    let folded = served.rows("loads/sources/crm", 1);
    assert_eq!((folded.len(), &folded[59]["cells"][1]["count"]), (60, &json!(2)), "users' tables by database");

    assert_eq!(served.rows("loads/tables", 0).len(), 240);
    let failed = served.page("loads/tables?state=failed");
    assert_eq!(failed["facts"][0]["cell"]["count"], json!(1));
    assert_eq!(failed["tables"][0]["rows"][0]["cells"][2]["text"], json!("Unavailable"));

    let schema = place.carelake(&["loads", "schema", "crm/crm.t007", "--json"]).json()["tables"][0].clone();
    let table = served.page("loads/tables/crm/crm.t007");
    let shown: Vec<Value> =
        table["tables"][0]["rows"].as_array().unwrap().iter().map(|row| row["cells"][1]["text"].clone()).collect();
    let told = schema["shape"]["columns"].as_array().unwrap().iter().map(|column| column["lake"].clone());
    assert_eq!(shown, told.collect::<Vec<_>>());
    assert_eq!(shown[1], json!("full_name"));
    let action = |page: &Value, at: usize| page["actions"][at].clone();
    assert_eq!(action(&table, 1)["does"]["start"]["input"]["full"], json!(true));
    assert!(action(&table, 2)["command"].as_str().unwrap().starts_with("carelake load crm/crm.t007 --reconcile --env"));
    assert!(action(&table, 1)["effect"].as_str().unwrap().contains("about 7 rows of crm/crm.t007"));
    // A name that an URL and a pattern take in another way is found all the same.
    assert_eq!(served.page("loads/tables/crm/crm.a.b%2Fc")["facts"][1]["cell"]["text"], json!("Unavailable"));
    for nowhere in ["loads/sources/none", "loads/tables/crm/crm.none", "loads/tables/none/crm.t007", "loads/tables/crm"]
    {
        assert_eq!(served.code(nowhere), 404, "{nowhere}");
    }
}

#[test]
fn pages_say_what_to_do_next_where_nothing_is_configured() {
    let place = Place::new();
    let config = std::fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    let without = config.split("\nfetch:").next().unwrap().to_owned() + "\n";
    place.write("pipeline_config.yaml", without);
    let served = Served::start(&place);
    for (page, says) in [
        ("loads/sources", "docs/rooms/loads.md"),
        ("loads/tables", "docs/rooms/loads.md"),
        ("streams/streams", "docs/rooms/streams.md"),
        ("fetch/fetched", "docs/rooms/fetch.md"),
        ("curated/models", "docs/rooms/curated.md"),
    ] {
        let table = served.page(page)["tables"][0].clone();
        assert_eq!(table["rows"], json!([]), "{page}");
        assert!(table["empty"].as_str().unwrap().contains(says), "{page}: {table}");
        assert_eq!(served.code(&format!("{page}/x")), 404, "{page}");
    }
}

#[test]
fn the_page_of_fetched_files_says_what_sources_say_and_asks_no_site() {
    let place = Place::new();
    let (ledger, scope, now) = (ledger(&place), Scope::default(), Timestamp::now());
    let records = Records::new(&ledger, &scope);
    for month in 1..=3_i8 {
        let release = jiff::civil::date(2026, month, 1);
        let record = Record {
            source: "dac".to_owned(),
            release,
            name: format!("DAC_{month}.csv"),
            correction: 0,
            url: "https://data.cms.gov/x".to_owned(),
            etag: None,
            modified: None,
            sha256: "0".repeat(64),
            bytes: 1_000 + u64::from(month.unsigned_abs()),
            fetched_at: now,
            next_expected: Some(jiff::civil::date(2026, month + 1, 1)),
            accepted_by: None,
        };
        records.note(&record, now).unwrap();
    }
    let looked_at = now.checked_sub(jiff::SignedDuration::from_hours(1)).unwrap();
    records.looked("dac", &Look { at: looked_at, error: Some("Unavailable".to_owned()) }, now).unwrap();
    let told = place.carelake(&["sources", "--json"]).json();
    let served = Served::start(&place);
    let page = served.page("fetch/fetched");
    let rows = page["tables"][0]["rows"].as_array().unwrap();
    let told = told.as_array().unwrap();
    assert_eq!(rows.len(), told.len());
    for (row, line) in rows.iter().zip(told) {
        let cells = &row["cells"];
        assert_eq!(
            (&cells[0]["link"]["text"], &cells[1]["text"], &cells[6]["moment"]),
            (&line["source"], &line["state"], &line["looked_at"])
        );
        let record = &line["record"];
        let shown = (&cells[2]["text"], &cells[4]["text"], &cells[5]["bytes"], &cells[9]["text"]);
        assert_eq!(shown, (&record["release"], &record["name"], &record["bytes"], &line["error"]), "{row}");
    }
    assert!(told.iter().any(|line| line["state"] == "failed") && told.iter().any(|line| line["state"] == "never"));
    let one = served.page("fetch/fetched/dac");
    let files: Vec<&Value> =
        one["tables"][0]["rows"].as_array().unwrap().iter().map(|row| &row["cells"][1]["text"]).collect();
    assert_eq!(files, [&json!("DAC_3.csv"), &json!("DAC_2.csv"), &json!("DAC_1.csv")]);
    assert_eq!(one["actions"][0]["does"]["start"]["input"]["sources"], json!(["dac"]));
}
