//! Which file of a source is read, of several, packed and unpacked; and what is told when there is none.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use crate::support::archives::zip;
use crate::support::{DAC, Place, Ran, dac, npi};
use serde_json::Value;

const FULL: &str = "npidata_pfile_20050523-20260712.csv";
const WEEK_1: &str = "npidata_pfile_20260713-20260719.csv";
const WEEK_2: &str = "npidata_pfile_20260720-20260726.csv";
const HEADER: &str = "NPI,Entity Type Code,Other Provider Identifier Type Code_1\n";

/// Makes a place with ten providers.
fn place() -> Place {
    let place = Place::new();
    place.write(DAC, dac(10));
    place.write("input/PPEF_Enrollment_Extract_2026.07.17.csv", enrollment());
    place
}

fn enrollment() -> String {
    let header = "NPI,MULTIPLE_NPI_FLAG,PECOS_ASCT_CNTL_ID,ENRLMT_ID,PROVIDER_TYPE_CD,PROVIDER_TYPE_DESC,STATE_CD,FIRST_NAME,MDL_NAME,LAST_NAME,ORG_NAME";
    format!("{header}\n{},N,1000000067,I20040115000101,14-11,INTERNAL MEDICINE,ME,A,,B,\n", npi(1))
}

/// Returns a file of the NPI registry: numbers of providers, and whether each has a Medicaid identifier.
fn nppes(rows: &[(u32, bool)]) -> String {
    let row = |(number, has): &(u32, bool)| format!("{},1,{}\n", npi(*number), if *has { "05" } else { "01" });
    HEADER.to_owned() + &rows.iter().map(row).collect::<String>()
}

fn full() -> String {
    nppes(&(1..=10).map(|number| (number, number <= 3)).collect::<Vec<_>>())
}

/// Packs a file of the registry with what CMS puts beside it.
fn dissemination(name: &str, text: &str) -> Vec<u8> {
    let stem = name.strip_suffix(".csv").unwrap();
    let header_file = format!("{stem}_fileheader.csv");
    let others = format!("othername_pfile_{}", stem.trim_start_matches("npidata_pfile_"));
    zip(&[
        ("NPPES_Data_Dissemination_CodeValues.pdf", b"%PDF"),
        (&format!("{others}.csv"), b"NPI,Provider Other Organization Name\n"),
        (&format!("{others}_fileheader.csv"), b"NPI,Provider Other Organization Name\n"),
        (name, text.as_bytes()),
        (&header_file, HEADER.as_bytes()),
    ])
}

fn run(place: &Place, dataset: &str, arguments: &[&str]) -> Ran {
    let run = ["run", "--as-of", "2026-08-01", "--dataset", dataset, "--json"];
    place.carelake(&[&run, arguments].concat())
}

fn outcome(ran: &Ran, publication: &str) -> Value {
    let report = ran.json();
    let all = report.get("publications").and_then(Value::as_array).unwrap();
    all.iter().find(|outcome| outcome["publication"] == publication).unwrap().clone()
}

/// Runs `providers` and answers its outcome.
fn providers(place: &Place) -> Value {
    let ran = run(place, "providers", &[]);
    let outcome = outcome(&ran, "providers");
    assert_eq!(ran.code, Some(0), "{outcome:#}");
    outcome
}

/// Returns why a dataset failed.
fn refused(ran: &Ran, dataset: &str, error: &str, code: i32) -> String {
    let outcome = outcome(ran, dataset);
    assert_eq!((outcome.get("error").and_then(Value::as_str), ran.code), (Some(error), Some(code)), "{outcome:#}");
    outcome.get("reason").and_then(Value::as_str).unwrap().to_owned()
}

fn assert_says(told: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(told.contains(wanted), "`{wanted}` is not in: {told}");
    }
}

/// Returns the numbers of providers with a Medicaid identifier.
fn with_medicaid(place: &Place) -> Vec<u32> {
    let found = place.query("select npi from providers where medicaid order by npi");
    (1..=10).filter(|number| found.contains(&npi(*number))).collect()
}

#[test]
fn an_increment_counts_on_top_of_the_full_file_and_never_in_its_place() {
    let place = place();
    place.write(&format!("input/{FULL}"), full());
    place.write(&format!("input/{WEEK_2}"), nppes(&[(5, false), (6, true)]));
    place.write(&format!("input/{WEEK_1}"), nppes(&[(1, false), (5, true)]) + "12x,1,05\n");
    place.write("input/npidata_pfile_20260706-20260712.csv", nppes(&[(9, true)]));
    place.configure("  providers:\n", "  providers:\n    max_reject_ratio: 0.5\n");
    let outcome = providers(&place);
    assert_eq!(with_medicaid(&place), [2, 3, 6]);
    let run_id = outcome["report"]["run_id"].as_str().unwrap();
    let account = &outcome["report"]["sources"]["nppes"]["account"];
    assert_eq!((&account["rows_read"], &account["deduplicated"]), (&15.into(), &14.into()), "{account:#}");
    assert_eq!(account["rejected"], serde_json::json!({"npi_format": 1}));
    let notices = outcome["report"]["notices"].to_string();
    assert_says(&notices, &["on top of it", WEEK_1, WEEK_2, "passed over npidata_pfile_20260706-20260712.csv"]);
    let manifest = fs::read(place.path().join(format!("output/providers/_manifests/{run_id}.json"))).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let inputs: Vec<&str> =
        manifest["inputs"].as_array().unwrap().iter().map(|input| input["file"].as_str().unwrap()).collect();
    assert_eq!(inputs[2..], [FULL, WEEK_1, WEEK_2]);
    let rejects = place.carelake(&["rejects", "providers", "--lines", "--json"]).json();
    assert_eq!((&rejects[0]["rows"][0]["file"], &rejects[0]["rows"][0]["line"]), (&WEEK_1.into(), &4.into()));
}

#[test]
fn a_changed_increment_is_a_change_of_the_inputs() {
    let place = place();
    place.write(&format!("input/{FULL}"), full());
    place.write(&format!("input/{WEEK_1}"), nppes(&[(4, true)]));
    providers(&place);
    assert_eq!(run(&place, "providers", &["--if-changed"]).json()["status"], "unchanged");
    place.write(&format!("input/{WEEK_1}"), nppes(&[(4, true), (5, true)]));
    assert_eq!(run(&place, "providers", &["--if-changed"]).json()["status"], "succeeded");
    assert_eq!(with_medicaid(&place), [1, 2, 3, 4, 5]);
}

#[test]
fn rejected_rows_of_a_file_and_of_its_increment_are_exported_and_replayed_each_with_its_header() {
    let place = place();
    place.write(&format!("input/{FULL}"), full() + "12x,1,05\n");
    let other = format!("Other Provider Identifier Type Code_1,NPI\n05,{}\n05,1x\n05,2x\n", npi(4));
    place.write(&format!("input/{WEEK_1}"), other);
    place.configure("  providers:\n", "  providers:\n    max_reject_ratio: 0.5\n");
    providers(&place);
    assert_eq!(with_medicaid(&place), [1, 2, 3, 4]);
    let ran = place.carelake(&["rejects", "providers", "--export", "out"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let text = |name: &str| fs::read_to_string(place.path().join("out").join(name)).unwrap();
    assert_eq!(text("nppes.csv"), format!("{HEADER}12x,1,05\n"));
    assert_eq!(text("nppes-2.csv"), "Other Provider Identifier Type Code_1,NPI\n05,1x\n05,2x\n");
    let ran = place.carelake(&["replay", "providers", "--dry-run"]);
    assert_says(&ran.stdout, &["nppes: 0 of 3 rejected rows are valid now"]);
}

#[test]
fn increments_without_their_full_file_are_refused_and_not_taken_for_it() {
    let place = place();
    place.write(&format!("input/{WEEK_1}"), nppes(&[(4, true)]));
    let reason = refused(&run(&place, "providers", &[]), "providers", "InputMissing", 11);
    assert_says(&reason, &["only increments", WEEK_1]);
}

#[test]
fn a_file_of_header_names_beside_the_data_is_no_candidate() {
    let place = place();
    place.write(&format!("input/{FULL}"), full());
    place.write("input/npidata_pfile_20050523-20260712_fileheader.csv", HEADER);
    providers(&place);
    assert_eq!(with_medicaid(&place), [1, 2, 3]);
    // Where it is not excluded, what is said of the two is true.
    place.configure("    exclude: [\"*_fileheader.csv\"]\n", "");
    let reason = refused(&run(&place, "providers", &[]), "providers", "InvalidConfig", 10);
    assert_says(&reason, &["_fileheader.csv", "same date"]);
}

#[test]
fn the_monthly_and_weekly_archives_are_read_as_they_are_published() {
    let place = place();
    place.write("input/NPPES_Data_Dissemination_July_2026.zip", dissemination(FULL, &full()));
    place.write("input/NPPES_Data_Dissemination_071326_071926_Weekly.zip", dissemination(WEEK_1, &nppes(&[(4, true)])));
    let outcome = providers(&place);
    assert_eq!(with_medicaid(&place), [1, 2, 3, 4]);
    let file = &outcome["report"]["sources"]["nppes"]["file"];
    assert_eq!(*file, format!("NPPES_Data_Dissemination_July_2026.zip/{FULL}"));
    // The same once more, unpacked beside it; and an archive of another year.
    place.write(&format!("input/{FULL}"), full());
    let older = dissemination("npidata_pfile_20050523-20250713.csv", &nppes(&[(9, true)]));
    place.write("input/NPPES_Data_Dissemination_July_2025_V2.zip", older);
    let outcome = providers(&place);
    assert_eq!(with_medicaid(&place), [1, 2, 3, 4]);
    assert_eq!(outcome["report"]["sources"]["nppes"]["file"], FULL);
    assert_says(&outcome["report"]["notices"].to_string(), &["read unpacked", "npidata_pfile_20050523-20250713.csv"]);
}

#[test]
fn an_archive_without_the_file_and_one_that_is_cut_off_are_named() {
    let place = place();
    let name = "NPPES_Data_Dissemination_July_2026.zip";
    place.write(&format!("input/{name}"), zip(&[("endpoint_pfile_20050523-20260712.csv", b"NPI\n")]));
    let reason = refused(&run(&place, "providers", &[]), "providers", "InputMissing", 11);
    assert_says(&reason, &[name, "npidata_pfile_*.csv"]);
    let whole = dissemination(FULL, &full());
    place.write(&format!("input/{name}"), &whole[..whole.len() - 30]);
    let reason = refused(&run(&place, "providers", &[]), "providers", "SchemaDrift", 12);
    assert_says(&reason, &[name, "cut off"]);
}

#[test]
fn ranges_that_start_on_different_days_are_refused_where_nothing_says_which_is_whole() {
    let place = Place::new();
    place.write("input/DAC_NationalDownloadableFile_20260101-20260701.csv", dac(30));
    place.write("input/DAC_NationalDownloadableFile_20260702-20260708.csv", dac(2));
    let reason = place.run_clinicians(&[]).refused("InvalidConfig", 10);
    assert_says(&reason, &["(2026.01.01 to 2026.07.01)", "(2026.07.02 to 2026.07.08)"]);
    fs::remove_file(place.path().join("input/DAC_NationalDownloadableFile_20260702-20260708.csv")).unwrap();
    assert_eq!(place.run_clinicians(&[]).published()["report"]["rows"], 30);
}

#[test]
fn a_folder_or_a_link_in_the_place_of_the_file_is_named_as_what_it_is() {
    for (make, wanted) in [
        (
            (|at| fs::create_dir_all(at).and_then(|()| fs::write(at.join("part-00000.csv"), dac(3))))
                as fn(&Path) -> std::io::Result<()>,
            "is a folder with 1 part;",
        ),
        (|at| fs::create_dir_all(at), "is an empty folder"),
        (|at| std::os::unix::fs::symlink("/nowhere/dac.csv", at), "is a link to /nowhere/dac.csv, which is not there"),
        (|at| std::os::unix::fs::symlink(".", at), "is a link to ., which is a folder"),
    ] {
        let place = Place::new();
        fs::create_dir_all(place.path().join("input")).unwrap();
        make(&place.path().join(DAC)).unwrap();
        let reason = place.run_clinicians(&[]).refused("InputMissing", 11);
        assert_says(&reason, &["DAC_NationalDownloadableFile.csv", wanted]);
    }
}

#[test]
fn a_dead_link_of_a_newer_release_is_not_passed_over_for_an_older_file() {
    let place = Place::new();
    place.write("input/DAC_NationalDownloadableFile_2026.09.csv", dac(30));
    let link = place.path().join("input/DAC_NationalDownloadableFile_2026.10.csv");
    std::os::unix::fs::symlink("gone.csv", link).unwrap();
    assert_says(&place.run_clinicians(&[]).refused("InputMissing", 11), &["2026.10.csv is a link to gone.csv"]);
}

/// Makes a place where `enrollments` can be made, with the release of each sub-file.
fn enrollments(reassignment: &str, additional: &str) -> Place {
    let place = place();
    let id = "I20040115000101";
    place.write(
        &format!("input/PPEF_Reassignment_Extract_{reassignment}.csv"),
        format!("REASGN_BNFT_ENRLMT_ID,RCV_BNFT_ENRLMT_ID\n{id},O20040115000102\n"),
    );
    place.write(
        "input/PPEF_Practice_Location_Extract_2026.07.17.csv",
        format!("ENRLMT_ID,CITY_NAME,STATE_CD,ZIP_CD\n{id},PORTLAND,ME,04101\n"),
    );
    place.write(
        "input/PPEF_Secondary_Specialty_Extract_2026.07.17.csv",
        format!("ENRLMT_ID,PROVIDER_TYPE_CD,PROVIDER_TYPE_DESC\n{id},14-11,X\n"),
    );
    place.write(&format!("input/PPEF_Additional_NPIs_{additional}.csv"), format!("ENRLMT_ID,NPI\n{id},{}\n", npi(2)));
    place
}

#[test]
fn sub_files_of_other_quarters_are_told_everywhere_and_refused_where_that_is_wished() {
    let told = [
        "different releases",
        "2026.07.17 (ppef_enrollment,",
        "2026.04.01 (ppef_additional_npis)",
        "2025.10.01 (ppef_reassignment)",
    ];
    let place = enrollments("2025.10.01", "2026.04.01");
    let validate =
        |place: &Place, json: &[&str]| place.carelake(&[&["validate", "--dataset", "enrollments"], json].concat());
    for json in [&[][..], &["--json"]] {
        let ran = validate(&place, json);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_says(&ran.stdout, &told);
    }
    let ran = run(&place, "enrollments", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert_says(&outcome(&ran, "enrollments")["report"]["notices"].to_string(), &told);
    let notice = format!("output/_carelake/runs/{}/notice.txt", ran.json()["run_id"].as_str().unwrap());
    assert_says(&fs::read_to_string(place.path().join(notice)).unwrap(), &told);
    place.configure("  enrollments:\n", "  enrollments:\n    same_release: required\n");
    let reason = refused(&run(&place, "enrollments", &[]), "enrollments", "InputMissing", 11);
    assert_says(&reason, &told);
    let ran = validate(&place, &[]);
    assert_eq!(ran.code, Some(11), "{}", ran.stdout);
    // The same quarter: nothing is told, and nothing refused.
    let place = enrollments("2026.07.17", "2026.07.17");
    place.configure("  enrollments:\n", "  enrollments:\n    same_release: required\n");
    let ran = run(&place, "enrollments", &[]);
    let notices = outcome(&ran, "enrollments")["report"]["notices"].to_string();
    assert!(ran.code == Some(0) && !notices.contains("release"), "{notices}");
}

#[test]
fn every_missing_source_of_a_dataset_is_named_at_once() {
    let place = enrollments("2026.07.17", "2026.07.17");
    for gone in ["PPEF_Reassignment_Extract_2026.07.17.csv", "PPEF_Additional_NPIs_2026.07.17.csv"] {
        fs::remove_file(place.path().join("input").join(gone)).unwrap();
    }
    let reason = refused(&run(&place, "enrollments", &[]), "enrollments", "InputMissing", 11);
    assert_says(&reason, &["PPEF_Reassignment_Extract_*.csv", "PPEF_Additional_NPIs_*.csv"]);
}
