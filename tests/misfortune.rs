//! What is damaged, mistyped or killed: the rest goes on, and what is said helps.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use crate::support::{DAC, Place, clinician, dac};
use serde_json::Value;

/// Makes a place with a small sample and one run of everything.
fn published() -> Place {
    let place = Place::new();
    let ran = place.carelake(&["sample", "--rows", "1000", "--dirt", "0.002", "input"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = place.carelake(&["run", "--as-of", "2026-11-01"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    place
}

fn check(doctor: &Value, what: &str) -> (bool, String) {
    let checks = doctor["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["what"] == what).unwrap();
    (check["well"].as_bool().unwrap(), check["found"].as_str().unwrap().to_owned())
}

#[test]
fn a_damaged_pointer_leaves_every_other_dataset_reported_and_readable() {
    let place = published();
    fs::write(place.path().join("output/clinicians/_current.json"), "{").unwrap();
    let ran = place.carelake(&["run", "--as-of", "2026-12-01", "--dataset", "clinicians,practices", "--json"]);
    assert_eq!(ran.code, Some(16), "{}", ran.stderr);
    let report = ran.json();
    let of = |name: &str| {
        report["publications"].as_array().unwrap().iter().find(|one| one["publication"] == name).unwrap().clone()
    };
    assert_eq!(of("practices")["status"], "published");
    assert!(of("clinicians")["serving_unknown"].as_str().unwrap().contains("_current.json is damaged"));
    assert!(!place.query("select count(*) from practices").is_empty());
    let asked = place.carelake(&["query", "select * from clinicians"]);
    assert!(asked.stderr.contains("_current.json is damaged"), "{}", asked.stderr);
    let doctor = place.carelake(&["doctor", "--json"]).json();
    assert!(!check(&doctor, "clinicians").0 && check(&doctor, "practices").0);
    let gc = place.carelake(&["gc"]);
    assert!(gc.stdout.is_empty() && gc.stderr.contains("is damaged"), "{gc:?}");
    let again = place.carelake(&["run", "--if-changed", "--as-of", "2026-11-01", "--dataset", "practices", "--json"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    fs::remove_file(place.path().join("output/clinicians/_current.json")).unwrap();
    let mended = place.carelake(&["rerun", "clinicians", "--as-of", "2026-12-01"]);
    assert_eq!(mended.code, Some(0), "{}", mended.stderr);
}

#[test]
fn doctor_finds_a_published_file_whose_bytes_have_changed() {
    let place = published();
    let folder = place.path().join("output/practices/current");
    let state = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
    let file = state.join("source=dac/part-00000.snappy.parquet");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let ran = place.carelake(&["doctor", "--json"]);
    let (well, found) = check(&ran.json(), "practices");
    assert!(!well && found.starts_with("1 of "), "{found}");
    assert_eq!(ran.code, Some(1));
}

/// Runs `clinicians` and kills it while it holds its lease.
fn killed(place: &Place) {
    let run = ["run", "--as-of", "2026-12-01", "--dataset", "clinicians", "--accept-loss"];
    let mut run = place.command(&run).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "clinicians: running"));
    std::thread::sleep(Duration::from_millis(60));
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn after_a_kill_every_verb_knows_that_the_run_is_dead() {
    let place = published();
    // Enough rows for the kill to come while they are read.
    let ran = place.carelake(&["sample", "--rows", "400000", "--force", "input"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for (verb, code) in [(&["gc"][..], 0), (&["rollback", "clinicians"], 2), (&["doctor"], 1), (&["status"], 0)] {
        killed(&place);
        let ran = place.carelake(verb);
        assert_eq!(ran.code, Some(code), "{verb:?}: {}{}", ran.stdout, ran.stderr);
        let runs = place.carelake(&["runs", "--json"]).json();
        assert_eq!(runs[0]["status"], "aborted");
    }
}

#[test]
fn a_damaged_manifest_leaves_the_other_runs_to_go_to() {
    let place = Place::new();
    place.write(DAC, dac(300));
    place.run_clinicians(&[]).published();
    place.run_clinicians(&[]).published();
    fs::write(place.path().join("output/clinicians/_manifests/2026-11-01.2.json"), "{").unwrap();
    let doctor = place.carelake(&["doctor", "--json"]).json();
    let checks = doctor["checks"].as_array().unwrap();
    let next = checks.iter().find(|check| check["what"] == "clinicians").unwrap()["next"].as_str().unwrap();
    assert!(next.starts_with("carelake rollback clinicians --to 2026-11-01.1 "), "{next}");
    assert_eq!(place.carelake(&["rollback", "clinicians", "--to", "2026-11-01.1"]).code, Some(0));
    assert_eq!(place.carelake(&["gc"]).code, Some(0));
    assert!(place.path().join("output/clinicians/_runs/2026-11-01.2").exists(), "what is damaged is kept");
    place.run_clinicians(&[]).published();
}

#[test]
fn what_is_mistyped_is_refused_before_anything_is_run() {
    let place = published();
    for (arguments, said) in [
        (&["run", "--inject", "clinician:Storage:1"][..], "there is no `"),
        (&["run", "--inject", "Report:Storage:1"], "there is no `"),
        (&["run", "--inject", "clinicians:Foo:1"], "choose from InvalidConfig"),
        (&["run", "clinician"], "did you mean `clinicians`?"),
        (&["run", "hospitals/hospital_enrolments"], "did you mean `hospitals/hospital_enrollments`?"),
        (&["validate", "Clinicians"], "did you mean `clinicians`?"),
        (&["status", "2026-11-01.7"], "did you mean 2026-11-01.1?"),
        (&["validate", "--env", "locl"], "did you mean `local`?"),
        (&["run", "--source", "dac=/nowhere.csv"], "there is no file /nowhere.csv"),
        (&["rejects", "clinicians", "--rule", "npi_chksum"], "npi_checksum"),
        (&["rejects", "clinicians", "--run", "2026-11-01.9"], "not asked for clinicians"),
        (&["rollback", "clinicians", "--to", "2026-10-01.1"], "carelake runs DATASET"),
    ] {
        let ran = place.carelake(arguments);
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.code, Some(2), "{arguments:?}");
        assert!(ran.stderr.starts_with("carelake: Usage: "), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(place.carelake(&["runs", "--json"]).json().as_array().unwrap().len(), 1);
}

#[test]
fn the_command_to_type_next_works_on_the_same_lake() {
    let place = Place::new();
    place.write(DAC, "no\n");
    place.run_clinicians(&["--output", "./an other"]).refused("SchemaDrift", 12);
    let ran = place.carelake(&["status", "--output", "./an other"]);
    let output = place.path().join("an other");
    let wanted = format!("--output '{}'", fs::canonicalize(&output).unwrap().display());
    let config =
        format!("--config {} ", fs::canonicalize(place.path()).unwrap().join("pipeline_config.yaml").display());
    let last =
        ran.stdout.lines().find(|line| line.starts_with("  carelake rerun clinicians --as-of 2026-11-01")).unwrap();
    assert!(last.ends_with(&wanted) && last.contains(&config), "{last}");
    let notice = fs::read_to_string(output.join("_carelake/runs/2026-11-01.1/notice.txt")).unwrap();
    assert!(notice.contains(last), "{notice}");
}

#[test]
fn rejected_rows_leave_with_their_run() {
    let place = Place::new();
    let rejects = || {
        let folder = fs::read_dir(place.path().join("rejects/clinicians")).unwrap();
        let mut runs: Vec<String> = folder.map(|run| run.unwrap().file_name().into_string().unwrap()).collect();
        runs.sort();
        runs
    };
    // A row with a letter in its NPI is refused.
    place.write(DAC, dac(300) + &clinician(300).replacen(',', "x,", 1) + "\n");
    for _ in 0..5 {
        place.run_clinicians(&[]).published();
    }
    // Three runs of the month are kept, and the rows of the run that just left stay until the next.
    assert_eq!(rejects(), ["2026-11-01.2", "2026-11-01.3", "2026-11-01.4", "2026-11-01.5"]);
    let gc = place.carelake(&["gc", "--json"]).json();
    assert_eq!(gc["removed"][0]["why"], "rejected rows of a run that is gone");
    assert_eq!(rejects(), ["2026-11-01.3", "2026-11-01.4", "2026-11-01.5"]);
    let kept = place.carelake(&["runs", "clinicians", "--json"]).json();
    let states: Vec<&Value> = kept.as_array().unwrap().iter().map(|run| &run["state"]).collect();
    assert_eq!(states, ["served", "kept", "kept"]);
    let gone = place.carelake(&["rejects", "clinicians", "--run", "2026-11-01.1"]);
    assert!(gone.code == Some(2) && gone.stderr.contains("are gone"), "{gone:?}");
    // An earlier date says nothing of when a run was: its rows stay with it, also where it failed.
    let earlier = |date: &str| place.carelake(&["run", "--as-of", date, "--dataset", "clinicians"]);
    assert_eq!(earlier("2020-01-01").code, Some(0));
    let bad: String = (0..300).map(|n| clinician(n).replacen(',', "x,", 1) + "\n").collect();
    place.write(DAC, dac(300) + &bad);
    assert_eq!(earlier("2019-01-01").code, Some(13));
    place.carelake(&["gc"]);
    assert_eq!(rejects(), ["2019-01-01.1", "2020-01-01.1", "2026-11-01.4", "2026-11-01.5"]);
}

#[test]
fn a_feed_is_not_optional() {
    let place = published();
    let source = "  hospital_enrollments:\n";
    place.configure(source, &format!("{source}    optional: true\n"));
    let ran = place.carelake(&["validate"]);
    assert_eq!(ran.code, Some(10));
    assert!(ran.stderr.contains("cannot be a feed while its source is `optional`"), "{}", ran.stderr);
}

#[test]
fn an_optional_file_that_lies_there_with_another_ending_is_not_passed_over() {
    let place = published();
    place.write("input/npidata_pfile_2026.csv.bz2", "BZh");
    let ran = place.carelake(&["validate"]);
    assert_eq!(ran.code, Some(11), "{}", ran.stdout);
    assert!(ran.stdout.contains("npidata_pfile_2026.csv.bz2 is there"), "{}", ran.stdout);
}
