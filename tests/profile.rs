//! What `profile` measures is what SQL counts.

use crate::support::{DAC, Place, clinician, dac};
use serde_json::Value;

/// Publishes clinicians of two states, some without a telephone or a suite, and hospitals as of their fixtures.
fn published() -> Place {
    let place = Place::new();
    let other = (40..55).map(|n| clinician(n).replace(",ME,041011234,2075550101,", ",NH,03031,,") + "\n");
    place.write(DAC, dac(40) + &other.collect::<String>());
    let enrollments = include_bytes!("fixtures/hospitals/typical/input/Hospital_Enrollments_2026.07.01.csv");
    place.write("input/Hospital_Enrollments_2026.07.01.csv", enrollments);
    let general = include_bytes!("fixtures/hospitals/typical/input/Hospital_General_Information.csv");
    place.write("input/Hospital_General_Information.csv", general);
    for dataset in ["clinicians", "hospitals"] {
        let ran = place.carelake(&["run", "--as-of", "2026-11-01", "--dataset", dataset]);
        assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    }
    place
}

#[test]
fn every_column_of_every_publication_is_as_sql_counts_it() {
    let place = published();
    let mut measured = 0;
    for dataset in ["clinicians", "hospitals"] {
        let answer = place.carelake(&["profile", dataset, "--json"]).json();
        for publication in answer["publications"].as_array().unwrap() {
            let table = publication["publication"].as_str().unwrap();
            for column in publication["columns"].as_array().unwrap() {
                let name = column["name"].as_str().unwrap();
                let sql = format!(
                    "select count(*) as rows, count(*) - count(\"{name}\") as nulls, count(distinct \"{name}\") as n, \
                     min(\"{name}\") as least, max(\"{name}\") as most, min(length(\"{name}\")) as shortest, \
                     max(length(\"{name}\")) as longest from \"{table}\""
                );
                let counted = place.carelake(&["query", "--json", &sql]).json()[0].clone();
                assert_eq!(publication["rows"], counted["rows"], "{table}");
                assert_eq!(
                    (&column["nulls"], &column["distinct"]),
                    (&counted["nulls"], &counted["n"]),
                    "{table} {name}"
                );
                assert_eq!(column["distinct_is_exact"], true);
                // SQL has numbers for booleans.
                let number =
                    |value: &Value| value.as_bool().map_or_else(|| value.clone(), |flag| u8::from(flag).into());
                assert_eq!(number(&column["least"]), counted["least"], "{table} {name}");
                assert_eq!(number(&column["most"]), counted["most"], "{table} {name}");
                let lengths = if column["type"] == "text" {
                    (&counted["shortest"], &counted["longest"])
                } else {
                    (&Value::Null, &Value::Null)
                };
                assert_eq!((&column["shortest"], &column["longest"]), lengths, "{table} {name}");
                measured += 1;
            }
        }
    }
    assert_eq!(measured, 35 + 2 * 22);
}

#[test]
fn a_table_tells_shares_and_cuts_long_values() {
    let place = published();
    let told = place.carelake(&["profile", "clinicians"]).stdout;
    let line = |name: &str| {
        let words =
            told.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap_or_else(|| panic!("{told}"));
        words.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(told.starts_with("clinicians: 55 rows of run 2026-11-01.1\n"), "{told}");
    assert_eq!(line("phone"), ["phone", "text", "15", "27.3", "1", "10", "10", "2075550101", "2075550101"]);
    assert_eq!(line("state"), ["state", "text", "0", "2", "2", "2", "ME", "NH"]);
    assert_eq!(line("telehealth"), ["telehealth", "bool", "0", "1", "true", "true"]);
    assert!(line("_source_file").last().unwrap().ends_with('…'), "{told}");
}

#[test]
fn what_was_never_published_has_no_profile() {
    let place = Place::new();
    let ran = place.carelake(&["profile", "clinicians"]);
    assert!(ran.code != Some(0) && ran.stderr.contains("clinicians was never published"), "{ran:?}");
    assert!(ran.stderr.contains("carelake run --dataset clinicians"), "{ran:?}");
    let wrong = place.carelake(&["profile", "clinicans"]);
    assert!(wrong.code != Some(0) && wrong.stderr.contains("there is no dataset `clinicans`"), "{wrong:?}");
}

#[test]
fn the_columns_of_the_sources_are_told_as_they_were_read() {
    let place = published();
    let answer = place.carelake(&["profile", "clinicians", "--json"]).json();
    let dac = &answer["publications"][0]["sources"]["dac"];
    assert_eq!((&dac["rows"], &dac["columns"]["phone"]["null"]), (&55.into(), &15.into()), "{answer:#}");
    let shown = place.carelake(&["profile", "clinicians"]).stdout;
    let line = shown.lines().find(|line| line.starts_with("dac") && line.contains(" phone ")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["dac", "phone", "55", "15", "27.3", "0"]);
}
