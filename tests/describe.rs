//! What `describe` tells of publications, before and after they are published, and what their files say of themselves.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;

use crate::support::{DAC, Place, Ran, dac};
use serde_json::{Value, json};

/// Publishes `clinicians`, and the two feeds of hospitals as of their fixtures.
fn published() -> Place {
    let place = Place::new();
    place.write(DAC, dac(30));
    let enrollments = include_bytes!("fixtures/hospitals/typical/input/Hospital_Enrollments_2026.07.01.csv");
    place.write("input/Hospital_Enrollments_2026.07.01.csv", enrollments);
    let general = include_bytes!("fixtures/hospitals/typical/input/Hospital_General_Information.csv");
    place.write("input/Hospital_General_Information.csv", general);
    place.run_clinicians(&[]).published();
    let ran = place.carelake(&["run", "--as-of", "2026-11-01", "--dataset", "hospitals"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    place
}

/// Returns what is told of one publication.
fn one(place: &Place, name: &str) -> Value {
    let answer = place.carelake(&["describe", name, "--json"]).json();
    assert_eq!(answer["publications"].as_array().map(Vec::len), Some(1), "{answer:#}");
    answer["publications"][0].clone()
}

fn column<'d>(details: &'d Value, name: &str) -> &'d Value {
    let columns = details["columns"].as_array().unwrap();
    columns.iter().find(|column| column["name"] == name).unwrap_or_else(|| panic!("no {name}: {details:#}"))
}

#[test]
fn columns_are_told_before_anything_was_published() {
    let place = Place::new();
    let details = one(&place, "clinicians");
    assert_eq!(details["served"], Value::Null);
    assert_eq!(details["key"], json!(["npi", "state"]));
    assert_eq!(column(&details, "npi")["from"], json!(["dac.npi"]));
    let told = place.carelake(&["describe", "clinicians"]);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    assert!(told.stdout.contains("never published: carelake run --dataset clinicians --env local"), "{}", told.stdout);
    let list = place.carelake(&["describe"]);
    assert_eq!((list.code, list.stdout.matches("never published").count()), (Some(0), 6), "{}", list.stdout);
    assert!(!place.path().join("output").exists(), "describe writes nothing");
}

#[test]
fn a_publication_is_told_with_meanings_sources_and_age() {
    let place = published();
    let details = one(&place, "clinicians");
    let served = &details["served"];
    assert_eq!((&served["run_id"], &served["rows"], &served["files"]), (&"2026-11-01.1".into(), &30.into(), &1.into()));
    assert_eq!(
        (&served["as_of"], &served["age_days"], &served["is_stale"]),
        (&"2026-11-01".into(), &0.into(), &false.into())
    );
    assert_eq!(
        *column(&details, "npi"),
        json!({"name": "npi", "type": "text", "description": "National Provider Identifier, 10 digits", "from": ["dac.npi"], "is_partition": false})
    );
    assert_eq!(
        (&column(&details, "years_enrolled")["type"], &column(&details, "years_enrolled")["from"]),
        (&"int16".into(), &json!([]))
    );
    assert_eq!(
        (&column(&details, "state")["is_partition"], &column(&details, "state")["from"]),
        (&true.into(), &json!(["dac.state"]))
    );
    assert_eq!(details["sources"][0]["file"], "DAC_NationalDownloadableFile.csv");
    assert_eq!(details["sources"][0]["release"], Value::Null);

    let feed = one(&place, "hospitals/hospital_enrollments");
    assert_eq!(feed["sources"][0]["release"], "2026-07-01");
    assert_eq!(column(&feed, "npi")["from"], json!(["hospital_enrollments.npi"]));
    assert_eq!(column(&feed, "county")["from"], json!([]), "the feed has no such column");

    let both = place.carelake(&["describe", "hospitals", "--json"]).json();
    assert_eq!(both["publications"].as_array().map(Vec::len), Some(2));
    let wrong = place.carelake(&["describe", "clinicans"]);
    assert!(wrong.code != Some(0) && wrong.stderr.contains("there is no dataset `clinicans`"), "{wrong:?}");
}

#[test]
fn what_is_old_is_told_as_stale() {
    let place = published();
    let pointer = fs::read(place.path().join("output/clinicians/_current.json")).unwrap();
    let pointer: Value = serde_json::from_slice(&pointer).unwrap();
    let manifest = place.path().join("output/clinicians").join(pointer["manifest"].as_str().unwrap());
    let mut told: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    told["written_at"] = "2020-01-01T00:00:00Z".into();
    fs::write(&manifest, told.to_string()).unwrap();
    assert_eq!(one(&place, "clinicians")["served"]["is_stale"], true);
    let list = place.carelake(&["describe"]);
    assert!(list.stdout.contains(" days, stale"), "{}", list.stdout);
}

#[test]
fn its_own_ready_query_answers_from_any_folder() {
    let place = published();
    for name in ["clinicians", "hospitals/hospital_enrollments"] {
        let details = one(&place, name);
        let queries = details["queries"].as_array().unwrap();
        let engines: Vec<&str> = queries.iter().map(|ready| ready["engine"].as_str().unwrap()).collect();
        assert_eq!(engines, ["carelake", "DuckDB", "Polars", "pandas"]);
        let typed = queries[0]["query"].as_str().unwrap();
        let program = env!("CARGO_BIN_EXE_carelake");
        let typed = typed.replacen("carelake", &format!("'{program}'"), 1);
        let ran = Ran::of(Command::new("sh").args(["-c", &typed]).current_dir("/"));
        assert_eq!(ran.code, Some(0), "{typed}: {}", ran.stderr);
        assert!(ran.stdout.lines().count() > 1, "{}", ran.stdout);
        let folder = fs::canonicalize(place.path()).unwrap().join("output").join(name).join("current");
        assert!(folder.is_dir());
        let place_of = |query: &Value| query["query"].as_str().unwrap().contains(&format!("output/{name}/current"));
        assert!(queries.iter().skip(1).all(place_of), "{queries:#?}");
    }
}

/// The figures of the run are in each file, and the bytes are the same however many threads wrote them.
#[test]
fn files_say_whose_they_are_and_stay_the_same_bytes() {
    let files = |threads: &str| {
        let place = Place::new();
        place.write(
            DAC,
            dac(30) + &dac(60).lines().skip(31).map(|row| row.replace(",ME,", ",NH,") + "\n").collect::<String>(),
        );
        let run = ["run", "--as-of", "2026-11-01", "--dataset", "clinicians"];
        assert_eq!(Ran::of(place.command(&run).env("RAYON_NUM_THREADS", threads)).code, Some(0));
        ["ME", "NH"].map(|state| {
            let file =
                format!("output/clinicians/_runs/2026-11-01.1/state={state}/source=dac/part-00000.snappy.parquet");
            fs::read(place.path().join(file)).unwrap()
        })
    };
    let one = files("1");
    assert_eq!(one, files("4"));
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for (key, value) in [
        ("carelake.publication", "clinicians"),
        ("carelake.run_id", "2026-11-01.1"),
        ("carelake.as_of", "2026-11-01"),
        ("carelake.version", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(one.iter().all(|bytes| has(bytes, key) && has(bytes, value)), "{key}");
    }
    assert!(one.iter().all(|bytes| has(bytes, "ARROW:schema")));
}
