//! The `pipeline_config.yaml` of this repository, against a table of facts.

use std::path::Path;

use carelake_core::config::{Location, normalised_name};

use crate::config::{
    ColumnKind, Config, Direction, Encoding, NpiFirstDigit, OnBlank, OnInvalid, OnNewColumn, SourceSpec,
};

fn shipped() -> Config {
    let text = include_str!("../../../../../pipeline_config.yaml");
    Config::parse(text, Path::new("/srv/pipeline_config.yaml")).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn sources_are_the_published_ones() {
    use Encoding::{Utf8, Windows1252};
    let facts = [
        ("dac", "DAC_NationalDownloadableFile*.csv", Utf8, 28, false),
        ("ppef_enrollment", "PPEF_Enrollment_Extract_*.csv", Windows1252, 11, false),
        ("ppef_reassignment", "PPEF_Reassignment_Extract_*.csv", Windows1252, 2, false),
        ("ppef_practice_location", "PPEF_Practice_Location_Extract_*.csv", Windows1252, 4, false),
        ("ppef_secondary_specialty", "PPEF_Secondary_Specialty_Extract_*.csv", Windows1252, 3, false),
        ("ppef_additional_npis", "PPEF_Additional_NPIs_*.csv", Windows1252, 2, false),
        ("revocations", "Revocation_Extract_*.csv", Windows1252, 4, true),
        ("nppes", "npidata_pfile_*.csv", Utf8, 51, true),
        ("hospital_general_information", "Hospital_General_Information*.csv", Utf8, 13, false),
        ("hospital_enrollments", "Hospital_Enrollments_*.csv", Windows1252, 13, false),
    ];
    let config = shipped();
    let read: Vec<_> = config
        .sources
        .iter()
        .map(|source| {
            (source.name.as_str(), source.pattern.as_str(), source.encoding, source.columns.len(), source.optional)
        })
        .collect();
    assert_eq!(read, facts);
    for source in &config.sources {
        assert_eq!((source.delimiter, source.on_new_column), (b',', OnNewColumn::Warn), "{}", source.name);
        assert_eq!(source.npi_first_digit, NpiFirstDigit::Any, "{}", source.name);
    }
    let tokens = |name| config.source(name).map(|source| source.null_tokens.clone());
    assert_eq!(tokens("hospital_general_information"), Some(vec!["Not Available".to_owned()]));
    let format = |name| config.source(name).map(|source| source.date_format.clone());
    assert_eq!(format("revocations"), Some("%m/%d/%Y".to_owned()));
    assert_eq!(format("hospital_enrollments"), Some("%m/%d/%Y".to_owned()));
}

#[test]
fn columns_are_judged_as_their_types_say() {
    use {ColumnKind as Kind, OnBlank as Blank, OnInvalid as Invalid};
    let config = shipped();
    for (source, name, kind, on_invalid, on_blank) in [
        ("dac", "npi", Kind::Npi, Invalid::Reject, Blank::Reject),
        ("dac", "state", Kind::State, Invalid::Reject, Blank::Reject),
        ("dac", "enrollment_id", Kind::EnrollmentId, Invalid::Null, Blank::Null),
        ("dac", "telehealth", Kind::Flag, Invalid::Null, Blank::False),
        ("dac", "group_members", Kind::Integer { min: 0, max: 2_147_483_647 }, Invalid::Null, Blank::Null),
        ("dac", "graduation_year", Kind::Integer { min: 0, max: 32_767 }, Invalid::Null, Blank::Null),
        ("ppef_enrollment", "enrollment_id", Kind::EnrollmentId, Invalid::Reject, Blank::Reject),
        ("ppef_reassignment", "enrollment_id", Kind::EnrollmentId, Invalid::Reject, Blank::Reject),
        ("ppef_reassignment", "group_enrollment_id", Kind::EnrollmentId, Invalid::Null, Blank::Null),
        ("ppef_practice_location", "state", Kind::Text, Invalid::Null, Blank::Null),
        ("nppes", "type_50", Kind::Text, Invalid::Null, Blank::Null),
        ("hospital_general_information", "facility_id", Kind::Ccn, Invalid::Reject, Blank::Reject),
        ("hospital_general_information", "emergency_services", Kind::Flag, Invalid::Null, Blank::Null),
        ("hospital_general_information", "birthing_friendly", Kind::Flag, Invalid::Null, Blank::False),
        (
            "hospital_general_information",
            "overall_rating",
            Kind::Integer { min: 1, max: 5 },
            Invalid::Null,
            Blank::Null,
        ),
        ("hospital_enrollments", "npi", Kind::Npi, Invalid::Reject, Blank::Null),
        ("hospital_enrollments", "enrollment_id", Kind::EnrollmentId, Invalid::Reject, Blank::Reject),
        ("hospital_enrollments", "incorporation_date", Kind::Date, Invalid::Null, Blank::Null),
    ] {
        let columns = &config.source(source).unwrap().columns;
        let column = columns.iter().find(|column| column.name == name).unwrap();
        assert_eq!((column.kind, column.on_invalid, column.on_blank), (kind, on_invalid, on_blank), "{source}.{name}");
    }
    let nppes = &config.source("nppes").unwrap().columns;
    assert_eq!(nppes[7].names, ["other_provider_identifier_type_code_7"]);
}

#[test]
fn datasets_have_the_documented_keys_orders_and_thresholds() {
    let config = shipped();
    let described: Vec<String> = config
        .datasets
        .iter()
        .flat_map(|dataset| {
            dataset.publications.iter().map(move |publication| {
                let order = publication.order.iter().map(|by| match by.direction {
                    Direction::Asc => by.column.clone(),
                    Direction::Desc => format!("{} desc", by.column),
                });
                let name = publication.feed.as_ref().unwrap_or(&dataset.name);
                format!("{name}({}) by {}", publication.key.join(", "), order.collect::<Vec<_>>().join(", "))
            })
        })
        .collect();
    assert_eq!(
        described,
        [
            "clinicians(npi, state) by enrollment_date desc, group_members desc, address_id, line",
            "practices(practice_id, state) by group_members desc, practice_name, line",
            "providers(npi) by enrollment_date desc, group_members desc, address_id, state, line",
            "enrollments(enrollment_id) by line",
            "hospital_general_information(facility_id) by line desc",
            "hospital_enrollments(enrollment_id, facility_id) by line desc",
        ]
    );
    let names: Vec<&str> = config.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
    assert_eq!(names, ["clinicians", "practices", "providers", "enrollments", "hospitals"]);
    for dataset in &config.datasets {
        let reject_ratio = if dataset.name == "hospitals" { 0.25 } else { 0.01 };
        assert_eq!(dataset.thresholds.max_reject_ratio, reject_ratio, "{}", dataset.name);
        assert_eq!((dataset.thresholds.min_rows, dataset.thresholds.max_drop_ratio), (1, 0.2), "{}", dataset.name);
        assert_eq!(
            (dataset.partition_by.join(" "), dataset.keep_runs, dataset.keep_months),
            ("state source".to_owned(), 3, 12),
            "{}",
            dataset.name
        );
    }
    let sources: Vec<usize> = config.datasets.iter().map(|dataset| dataset.sources.len()).collect();
    assert_eq!(sources, [1, 1, 3, 6, 2]);
}

#[test]
fn every_state_has_a_census_region_or_is_a_territory() {
    let lists = shipped().code_lists;
    assert_eq!(lists.states.len(), 62);
    let regions: Vec<_> = lists.census_regions.iter().map(|(name, states)| (name.as_str(), states.len())).collect();
    assert_eq!(regions, [("Northeast", 9), ("Midwest", 12), ("South", 17), ("West", 13)]);
    let sizes: Vec<_> = lists.practice_sizes.iter().map(|(name, edge)| (name.as_str(), *edge)).collect();
    let edges =
        [("Solo", Some(1)), ("Small", Some(10)), ("Medium", Some(50)), ("Large", Some(200)), ("Enterprise", None)];
    assert_eq!(sizes, edges);
    let groups: Vec<_> = lists.credential_groups.iter().map(|(name, codes)| (name.as_str(), codes.join(" "))).collect();
    assert_eq!(
        groups,
        [
            ("Physician", "MD DO DDS DMD DPM OD DC".to_owned()),
            ("Mid-Level", "NP PA AA CNS CNM CNA CRNA".to_owned()),
            ("Nursing", "RN LPN LVN APRN".to_owned()),
        ]
    );
    assert_eq!((lists.credential_group_default.as_str(), lists.census_region_default.as_str()), ("Other", "Territory"));
}

#[test]
fn environments_are_local_dev_and_prod() {
    let config = shipped();
    let names: Vec<&str> = config.environments.iter().map(|environment| environment.name.as_str()).collect();
    assert_eq!(names, ["local", "dev", "prod"]);
    let local = config.environment("local").unwrap();
    assert_eq!(local.input, Location::Local("/srv/input".into()));
    let prod = config.environment("prod").unwrap();
    assert_eq!(prod.rejects, Location::S3 { bucket: "carelake-prod-rejects".into(), prefix: String::new() });
    assert_eq!(config.notify.smtp, None);
}

/// Whether a header name is known to a source: accepted for a column, or unused.
fn is_known(source: &SourceSpec, header: &str) -> bool {
    let name = normalised_name(header);
    let is_unused =
        |unused: &String| unused.strip_suffix('*').map_or(*unused == name, |prefix| name.starts_with(prefix));
    source.columns.iter().any(|column| column.names.contains(&name)) || source.unused.iter().any(is_unused)
}

#[test]
fn every_column_of_the_published_layouts_is_known() {
    let config = shipped();
    for line in include_str!("headers.txt").lines() {
        let (source, header) = line.split_once(": ").unwrap();
        let source = config.source(source).unwrap();
        let unknown: Vec<&str> = header.split('|').filter(|name| !is_known(source, name)).collect();
        assert_eq!(unknown, [""; 0], "{}", source.name);
    }
    assert!(!is_known(config.source("dac").unwrap(), "sec_spec_5"));
}
