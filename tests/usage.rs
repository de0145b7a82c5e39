//! How datasets are named on the command line, and what becomes of what is mistyped.

use std::fs;

use crate::support::{DAC, Place, Ran, clinician, dac};
use serde_json::Value;

#[cfg(test)]
fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stderr).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
}

#[test]
fn wrong_usage_is_an_object_where_json_is_asked_for() {
    let place = Place::new();
    for (arguments, said) in [
        (&["run", "clinicans", "--json"][..], "clinicians"),
        (&["run", "--as-of", "yesterday", "--json"], "2026-11-01"),
        (&["run", "--datasett", "clinicians", "--json"], "--dataset"),
        (&["rerun", "--json"], "DATASET"),
        (&["rnu", "--json"], "run"),
        (&["query", "select 1 from clinicans", "--json"], "clinicans"),
    ] {
        let ran = place.carelake(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        let error = json(&ran);
        assert_eq!((&error["error"], &error["exit_code"]), (&"Usage".into(), &2.into()), "{arguments:?}: {error}");
        assert!(error.to_string().contains(said), "{arguments:?}: {error}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
    let help = place.carelake(&["run", "--help", "--json"]);
    assert!(help.code == Some(0) && help.stdout.contains("Examples:"), "help is no failure");
}

#[test]
fn datasets_are_named_by_patterns_a_slash_at_the_end_or_all() {
    let place = Place::new();
    place.write(DAC, dac(300));
    for (name, published) in [("clin*", true), ("clinicians/", true), ("practices", false)] {
        let ran = place.carelake(&["run", "--as-of", "2026-11-01", name, "--json"]);
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.stderr);
        assert_eq!(place.path().join("output/practices").exists(), !published, "{name}");
    }
    assert_eq!(place.carelake(&["rerun", "p*s", "clinicians"]).code, Some(11), "providers has no enrollments here");
    let ran = place.carelake(&["validate", "hospitals/*", "--json"]).json();
    assert_eq!(ran["sources"].as_array().unwrap().len(), 2);
    let all = place.carelake(&["validate", "all", "--json"]).json();
    assert_eq!(all, place.carelake(&["validate", "--json"]).json());
    let one = place.carelake(&["rollback", "hospitals"]);
    assert!(one.code == Some(2) && one.stderr.contains("choose one of hospitals/"), "{}", one.stderr);
}

#[test]
fn a_validation_of_rows_says_whether_a_run_would_fail() {
    let place = Place::new();
    let bad: String = (300..306).map(|n| clinician(n).replacen(',', "x,", 1) + "\n").collect();
    place.write(DAC, dac(300) + &bad);
    let ran = place.carelake(&["validate", "--rows", "clinicians", "--json"]);
    assert_eq!(ran.code, Some(13), "{}", ran.stderr);
    let share = &ran.json()["datasets"][0];
    assert_eq!((&share["rows"], &share["rejected"], &share["would_fail"]), (&306.into(), &6.into(), &true.into()));
    let shown = place.carelake(&["validate", "--rows", "clinicians"]).stdout;
    assert!(shown.contains("1.96 %") && shown.contains("1.00 %") && shown.contains("would fail"), "{shown}");
    place.run_clinicians(&[]).refused("RejectThreshold", 13);
    place.configure("max_reject_ratio: 0.25", "max_reject_ratio: 0.25\n    min_rows: 1");
    place.configure(
        "    sources: [dac]\n    key: [npi, state]",
        "    max_reject_ratio: 0.02\n    sources: [dac]\n    key: [npi, state]",
    );
    assert_eq!(place.carelake(&["validate", "--rows", "clinicians"]).code, Some(0));
}

#[test]
fn a_feed_with_a_misspelt_column_is_refused_with_its_line() {
    let place = Place::new();
    place.configure("      address: [address]\n", "      adress: [address]\n");
    place.configure("      first_name: [provider_first_name, frst_nm, first_name]\n", "");
    place.configure(
        "graduation_year: { type: integer, range: [0, 32767]",
        "graduation_year: { type: integer, range: [0, 40000]",
    );
    place.configure(
        "      facility_id: { type: ccn, names: [ccn] }",
        "      facility_id: { type: ccn, names: [ccn], invalid: null }",
    );
    let text = fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    let line = |wanted: &str| 1 + text.lines().position(|line| line.contains(wanted)).unwrap();
    for verb in [&["validate"][..], &["validate", "--rows"], &["run"]] {
        let ran = place.carelake(verb);
        assert_eq!(ran.code, Some(10), "{}", ran.stderr);
        for told in [
            format!(
                ":{}:7: sources.hospital_general_information.columns.adress: hospitals has no column",
                line("adress:")
            ),
            "(nearest: address)".to_owned(),
            "sources.dac.columns.first_name: missing; it is read with type text by clinicians, providers".to_owned(),
            "sources.dac.columns.graduation_year.range: must end at 32767 or below".to_owned(),
            "sources.hospital_enrollments.columns.facility_id.invalid: must be `invalid: reject`".to_owned(),
        ] {
            assert!(ran.stderr.contains(&told), "{told}: {}", ran.stderr);
        }
    }
}
