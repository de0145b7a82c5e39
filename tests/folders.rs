//! Rows are distributed over folders by any columns of few values; what no folder tells is in the files.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;

use crate::support::{DAC, DAC_HEADER, Place, npi};

/// NPI, state, gender and year of graduation: two states, two years and none, two genders and none.
const ROWS: [[&str; 4]; 4] = [
    ["1000000004", "ME", "F", "1999"],
    ["1000011175", "ME", "", ""],
    ["1234567893", "PR", "F", "1999"],
    ["1245319599", "PR", "N/B", "2004"],
];

/// Makes a place with the rows, whose folders are these.
fn place(partition_by: &str) -> Place {
    let place = Place::new();
    let row = |[npi, state, gender, year]: &[&str; 4]| {
        let mut cells = [""; 31];
        for (at, cell) in [(0, npi), (2, &"I20040309000221"), (3, &"DOE"), (7, gender), (10, year), (25, state)] {
            cells[at] = cell;
        }
        cells.join(",") + "\n"
    };
    place.write(DAC, format!("{DAC_HEADER}\n{}", ROWS.iter().map(row).collect::<String>()));
    partition(&place, "    sources: [dac]\n    key: [npi, state]", partition_by);
    place
}

fn partition(place: &Place, before: &str, partition_by: &str) {
    place.configure(before, &format!("    partition_by: {partition_by}\n{before}"));
}

/// Returns the folders of the files that are served, in order.
fn folders(place: &Place) -> Vec<String> {
    fn walk(folder: &Path, under: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, under, found);
            } else {
                found.push(folder.strip_prefix(under).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let served = place.path().join("output/clinicians/current").canonicalize().unwrap();
    let mut found = Vec::new();
    walk(&served, &served, &mut found);
    found.sort();
    found
}

/// What every way to distribute the rows must answer.
fn holds_all(place: &Place) {
    let told = place.query("select npi, state, source, gender, graduation_year from clinicians order by npi");
    let expected = ROWS.map(|[npi, state, gender, year]| format!("{npi},{state},dac,{gender},{year}"));
    assert_eq!(told, expected);
}

#[test]
fn the_order_of_folders_is_that_of_the_configuration() {
    let place = place("[source, state]");
    place.run_clinicians(&[]).published();
    assert_eq!(folders(&place), ["source=dac/state=ME", "source=dac/state=PR"]);
    holds_all(&place);
}

#[test]
fn one_column_is_enough_and_the_others_are_in_the_files() {
    for (partition_by, expected) in [("[state]", &["state=ME", "state=PR"][..]), ("[source]", &["source=dac"])] {
        let place = place(partition_by);
        place.run_clinicians(&[]).published();
        assert_eq!(folders(&place), expected);
        holds_all(&place);
    }
}

#[test]
fn a_number_and_a_text_are_folders_and_their_null_is_that_of_hive() {
    let none = "__HIVE_DEFAULT_PARTITION__";
    let place = place("[graduation_year, gender]");
    place.run_clinicians(&[]).published();
    let expected = [
        "graduation_year=1999/gender=F".to_owned(),
        "graduation_year=2004/gender=N%2FB".to_owned(),
        format!("graduation_year={none}/gender={none}"),
    ];
    assert_eq!(folders(&place), expected);
    holds_all(&place);
    assert_eq!(place.query("select npi from clinicians where graduation_year is null"), ["1000011175"]);
    let described = place.carelake(&["describe", "clinicians", "--json"]).json();
    let columns = described["publications"][0]["columns"].as_array().unwrap().clone();
    let told: Vec<(&str, bool)> = columns
        .iter()
        .map(|column| (column["name"].as_str().unwrap(), column["is_partition"].as_bool().unwrap()))
        .filter(|(name, _)| ["state", "source", "gender", "graduation_year"].contains(name))
        .collect();
    assert_eq!(told, [("state", false), ("source", false), ("graduation_year", true), ("gender", true)]);
}

#[test]
fn other_folders_than_last_time_are_no_loss() {
    let place = place("[state]");
    place.run_clinicians(&[]).published();
    place.configure("partition_by: [state]", "partition_by: [gender, source]");
    let again = place.run_clinicians(&[]).published();
    assert!(again["report"]["rows"] == 4 && again["report"].get("losses").is_none(), "{again:#}");
    assert_eq!(folders(&place).len(), 3);
    holds_all(&place);
}

#[test]
fn too_many_folders_are_refused_and_nothing_is_published() {
    let place = place("[practice_name]");
    let row = |at: u32| {
        let mut cells = vec![String::new(); 31];
        (cells[0], cells[3], cells[25]) = (npi(at), "DOE".to_owned(), "ME".to_owned());
        (cells[2], cells[18]) = ("I20040309000221".to_owned(), format!("PRACTICE {at}"));
        cells.join(",") + "\n"
    };
    let text = |rows: u32| format!("{DAC_HEADER}\n{}", (0..rows).map(row).collect::<String>());
    place.write(DAC, text(4_097));
    let ran = place.run_clinicians(&[]);
    assert_eq!(ran.clinicians()["error"], "InvalidConfig", "{}", ran.stdout);
    assert!(ran.stdout.contains("fall into more than 4096 folders by [practice_name]"), "{}", ran.stdout);
    assert!(!place.path().join("output/clinicians/current").exists());
}

#[test]
fn rows_of_two_sources_may_share_a_folder() {
    let place = place("[state]");
    partition(&place, "    sources: [dac, ppef_enrollment, nppes]", "[state]");
    place.write(
        "input/PPEF_Enrollment_Extract_2026.07.01.csv",
        "NPI,MULTIPLE_NPI_FLAG,PECOS_ASCT_CNTL_ID,ENRLMT_ID,PROVIDER_TYPE_CD,PROVIDER_TYPE_DESC,STATE_CD,FIRST_NAME,MDL_NAME,\
         LAST_NAME,ORG_NAME\n1922000009,N,42114,I20040309000222,14-11,X,ME,JO,,DOE,\n",
    );
    let ran = place.carelake(&["run", "--as-of", "2026-11-01", "--dataset", "providers", "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    let files = std::fs::read_dir(place.path().join("output/providers/current/state=ME")).unwrap();
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["part-00000.snappy.parquet", "part-00001.snappy.parquet"]);
    let told = place.query("select state, source, count(*) from providers group by 1, 2 order by 1, 2");
    assert_eq!(told, ["ME,dac,2", "ME,ppef_enrollment,1", "PR,dac,2"]);
}
