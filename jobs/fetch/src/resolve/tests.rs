//! Answers in the shapes of the sites, and the releases that are read from them.

use jiff::civil::{Date, date};

use super::*;
use crate::config::Cadence;

const FLAT: &[u8] = include_bytes!("../../tests/goldens/provider_data_flat.json");
const NESTED: &[u8] = include_bytes!("../../tests/goldens/provider_data_nested.json");
const CATALOG: &[u8] = include_bytes!("../../tests/goldens/data_cms_catalog.json");
const RESOURCES: &[u8] = include_bytes!("../../tests/goldens/data_cms_resources.json");
const PAGE: &[u8] = include_bytes!("../../tests/goldens/nppes_page.html");

#[test]
fn both_shapes_of_the_provider_data_catalog_tell_one_release() {
    let wanted = Release {
        date: date(2026, 10, 18),
        url: "https://data.cms.gov/provider-data/sites/default/files/resources/69a75aa9_1760000000/DAC_NationalDownloadableFile.csv".into(),
        file: "DAC_NationalDownloadableFile.csv".into(),
        size_bytes: None,
        next_expected: Some(date(2026, 11, 19)),
    };
    for answer in [FLAT, NESTED] {
        assert_eq!(provider_data_current(answer, "mj5m-pzi6"), Ok(wanted.clone()));
    }
}

#[test]
fn an_answer_of_the_catalog_that_is_something_else_is_told() {
    for (answer, wanted) in [
        (&b"<html>"[..], "it is no dataset in JSON"),
        (FLAT.get(..FLAT.len() - 20).unwrap(), "it is no dataset in JSON"),
        (br#"{"identifier": "xubh-q36u", "distribution": []}"#, "it is of another dataset"),
        (br#"{"identifier": "mj5m-pzi6", "distribution": [{"downloadURL": "https://x/a.csv"}]}"#, "it has no date of release"),
        (br#"{"identifier": "mj5m-pzi6", "released": "2026-10-18", "distribution": [{"downloadURL": "https://x/a.pdf"}]}"#, "no CSV file"),
    ] {
        let told = provider_data_current(answer, "mj5m-pzi6").unwrap_err().to_string();
        assert!(told.contains(wanted), "{told}");
    }
}

fn newest(wanted: &str, until: Option<Date>) -> Option<Newest> {
    data_cms_newest(CATALOG, wanted, until).unwrap()
}

#[test]
fn the_newest_release_is_that_of_the_latest_time_whatever_was_modified_last() {
    for wanted in ["2457ea29-fc82-48b0-86ec-3b0755de7515", "Medicare Fee-For-Service Public Provider Enrollment"] {
        let Newest { release, resources } = newest(wanted, None).unwrap();
        assert_eq!(release.file, "PPEF_Enrollment_Extract_2026.10.01.csv", "{wanted}");
        assert_eq!((release.date, release.next_expected), (date(2026, 10, 1), Some(date(2027, 1, 1))));
        assert_eq!(resources.as_deref(), Some("7c8e2a51-0000-4000-8000-000000000002"));
    }
}

#[test]
fn of_releases_that_begin_after_a_date_none_is_taken() {
    let title = "Medicare Fee-For-Service Public Provider Enrollment";
    let before = newest(title, Some(date(2026, 9, 30))).unwrap();
    assert_eq!(before.release.file, "PPEF_Enrollment_Extract_2025.01.01.csv");
    assert_eq!(newest(title, Some(date(2024, 12, 31))), None);
}

#[test]
fn a_dataset_that_the_catalog_does_not_have_is_told_with_the_nearest() {
    let told = data_cms_newest(CATALOG, "Hospital Enrolments", None).unwrap_err();
    assert_eq!(
        told.to_string(),
        "the catalog of data.cms.gov has no dataset `Hospital Enrolments`; the nearest is `Hospital Enrollments`"
    );
    assert_eq!(told.kind(), ErrorKind::REFUSED);
    let broken = data_cms_newest(b"{\"dataset\": [", "x", None).unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::INPUT_MALFORMED);
}

#[test]
fn a_file_of_a_release_is_chosen_by_its_own_name_and_not_by_what_it_is_called() {
    let release = newest("2457ea29-fc82-48b0-86ec-3b0755de7515", None).unwrap().release;
    let file = |stem: &str| data_cms_file(RESOURCES, &release, stem, |name| name.starts_with(stem));
    let places = file("PPEF_Practice_Location_Extract").unwrap();
    assert_eq!(places.file, "PPEF_Practice_Location_Extract_2026.10.01.csv");
    assert_eq!((places.size_bytes, places.next_expected), (Some(31_000_000), Some(date(2027, 1, 1))));
    let told = file("PPEF_Practise_Location_Extract_2026").unwrap_err().to_string();
    assert!(told.ends_with("the nearest is `PPEF_Practice_Location_Extract_2026.10.01.csv`"), "{told}");
}

fn listed(cadence: Cadence, until: Option<Date>) -> Vec<(Date, String)> {
    let releases = nppes_listed(PAGE, "https://download.cms.gov/nppes", cadence, until).unwrap();
    for release in &releases {
        assert_eq!(release.url, format!("https://download.cms.gov/nppes/{}", release.file));
    }
    releases.into_iter().map(|release| (release.date, release.file)).collect()
}

#[test]
fn the_page_of_nppes_tells_the_newest_month_and_every_week_by_either_quote() {
    let monthly = |month: u8, name: &str| {
        vec![(date(2026, i8::try_from(month).unwrap(), 1), format!("NPPES_Data_Dissemination_{name}.zip"))]
    };
    assert_eq!(listed(Cadence::Monthly, None), monthly(10, "October_2026_V2"));
    // Of a month with both layouts the second counts.
    assert_eq!(listed(Cadence::Monthly, Some(date(2026, 3, 31))), monthly(3, "March_2026_V2"));
    assert_eq!(listed(Cadence::Monthly, Some(date(2026, 2, 28))), monthly(2, "February_2026"));
    let weekly = |range: &str| format!("NPPES_Data_Dissemination_{range}_Weekly_V2.zip");
    let weeks = vec![(date(2026, 10, 18), weekly("101226_101826")), (date(2026, 10, 25), weekly("101926_102526"))];
    assert_eq!(listed(Cadence::Weekly, None), weeks);
    assert_eq!(listed(Cadence::Weekly, Some(date(2026, 10, 18))), weeks[..1]);
}

#[test]
fn a_page_without_files_of_nppes_is_told() {
    let told = nppes_listed(b"<html><body>Scheduled maintenance</body></html>", "https://x", Cadence::Weekly, None);
    assert_eq!(told.unwrap_err().to_string(), "the page with the files of NPPES has no weekly file");
}
