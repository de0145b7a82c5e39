//! The rooms there are, with the datasets of the monthly one and the kinds of errors of all: explicit lists.

use carelake_core::ErrorKinds;
use carelake_core::config::Section;
use carelake_core::error::ERRORS;
use carelake_tabular::config::Known;
use carelake_tabular::job::{Dataset, Extract};

use crate::runner::Rooms;

/// Every room.
pub(crate) const ROOMS: Rooms = Rooms(&[
    &carelake_monthly::ROOM,
    &carelake_intake::ROOM,
    &carelake_fetch::ROOM,
    &carelake_loads::ROOM,
    &carelake_hl7::ROOM,
    &carelake_matching::ROOM,
    &carelake_streams::ROOM,
    &carelake_fhir::ROOM,
    &carelake_curated::ROOM,
    &carelake_console::ROOM,
]);

/// Rooms whose functions work on one machine only so far: nothing of them is deployed.
pub(crate) const HERE_ONLY: &[&str] = &["curated", "fhir", "matching"];

/// The sections of the configuration that rooms read, beside those that every program knows.
pub(crate) const SECTIONS: &[Section] = &[
    carelake_intake::config::SECTION,
    carelake_fetch::config::SECTION,
    carelake_loads::config::SECTION,
    carelake_matching::SECTION,
    carelake_streams::config::SECTION,
    carelake_fhir::config::SECTION,
    carelake_curated::config::SECTION,
    carelake_hl7::config::SECTION,
    carelake_lookup::config::SECTION,
    carelake_console::config::SECTION,
];

/// Every kind of error, table by table. That of the fetch room is intake's, too.
pub(crate) const KINDS: ErrorKinds = ErrorKinds(&[
    ERRORS,
    carelake_monthly::ROOM.errors,
    carelake_intake::ROOM.errors,
    carelake_matching::ROOM.errors,
    carelake_fhir::ROOM.errors,
    carelake_curated::ROOM.errors,
]);

/// Returns every dataset, in the order in which they are shown and run.
pub(crate) fn datasets() -> impl Iterator<Item = &'static Dataset> {
    ROOMS.functions().flat_map(|function| function.task().datasets())
}

/// Does something with what a configuration is held against.
pub(crate) fn known<T>(work: impl FnOnce(Known<'_, Extract>) -> T) -> T {
    let datasets: Vec<Dataset> = datasets().copied().collect();
    let names: Vec<&str> = datasets.iter().map(|dataset| dataset.name).collect();
    let functions: Vec<&str> = ROOMS.functions().map(|function| function.name).collect();
    work(Known {
        datasets: &datasets,
        names: Some(&names),
        functions: Some(&functions),
        sections: Some(SECTIONS),
        across: &[carelake_streams::config::check_lookups],
    })
}

/// Returns the dataset with this name.
pub(crate) fn dataset(name: &str) -> Option<&'static Dataset> {
    datasets().find(|dataset| dataset.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use carelake_tabular::config::Config;
    use carelake_tabular::config::Need;

    use super::*;

    fn shipped() -> Config {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline_config.yaml");
        known(|known| Config::load_for(known, &file)).unwrap()
    }

    /// Columns that are declared so that their header names are known, and that no dataset reads.
    const READ_BY_NOBODY: [&str; 5] = [
        "ppef_additional_npis.npi",
        "ppef_practice_location.city",
        "ppef_practice_location.state",
        "ppef_practice_location.zip",
        "ppef_secondary_specialty.provider_type_code",
    ];

    fn document(name: &str) -> String {
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
    }

    #[test]
    fn the_pages_on_aws_show_every_room_that_is_deployed() {
        let shown = document("jobs/console/src/main.rs");
        let is_shown = |name: &str| name != carelake_console::NAME && !HERE_ONLY.contains(&name);
        for room in ROOMS.0.iter().filter(|room| is_shown(room.name)) {
            assert!(shown.contains(&format!("&carelake_{}::ROOM,", room.name)), "{}", room.name);
        }
    }

    #[test]
    fn no_two_kinds_of_errors_share_a_name_or_an_exit_code() {
        let names: BTreeSet<&str> = KINDS.all().map(|kind| kind.name).collect();
        let codes: BTreeSet<u8> = KINDS.all().map(|kind| kind.exit_code).collect();
        assert_eq!((names.len(), codes.len()), (KINDS.all().count(), KINDS.all().count()));
        assert!(codes.iter().all(|code| (10..130).contains(code)), "{codes:?}");
    }

    #[test]
    fn every_kind_of_error_is_in_the_readme_and_has_a_section_of_the_runbook_with_its_exit_code() {
        let (readme, runbook) = (document("README.md"), document("docs/operations.md"));
        for kind in KINDS.all() {
            let cell = format!("| {} | {} |", kind.exit_code, kind.name);
            assert!(readme.contains(&cell), "README.md has no cell {cell}");
            let section = runbook.split("\n## ").find(|section| section.starts_with(&format!("{}\n", kind.name)));
            let code = format!("Exit code {}", kind.exit_code);
            assert!(section.is_some_and(|section| section.contains(&code)), "the runbook lacks {kind}, {code}");
        }
    }

    #[test]
    fn what_the_shipped_configuration_fetches_are_sources_and_each_is_found_by_its_own_patterns() {
        let config = shipped();
        let fetch = carelake_fetch::config::Fetch::of_config(&config).unwrap();
        for wanted in &fetch.wanted {
            assert!(config.source(&wanted.source).is_some(), "{}", wanted.name);
        }
        let is_fetched = |name: &str| fetch.wanted.iter().any(|wanted| wanted.source == name);
        let not_fetched: Vec<&str> =
            config.sources.iter().map(|source| source.name.as_str()).filter(|name| !is_fetched(name)).collect();
        assert_eq!(not_fetched, ["revocations"]);
    }

    #[test]
    fn the_shipped_configuration_declares_what_the_datasets_read_and_little_else() {
        let config = shipped();
        let mut unread: BTreeSet<String> = BTreeSet::new();
        for source in &config.sources {
            unread.extend(source.columns.iter().map(|column| format!("{}.{}", source.name, column.name)));
        }
        for dataset in datasets() {
            let spec = config.dataset(dataset.name).unwrap();
            let named: Vec<&str> = dataset.reads.iter().filter_map(|reads| reads.source).collect();
            assert!(named.is_empty() || named == spec.sources, "{}", dataset.name);
            for source in &spec.sources {
                let columns = &config.source(source).unwrap().columns;
                for wanted in dataset.wanted(source) {
                    let declared = columns.iter().find(|column| column.name == wanted.name);
                    let kind = declared.map(|column| column.kind.name());
                    let is_left_out = wanted.need == Need::May && kind.is_none();
                    assert!(is_left_out || kind == Some(wanted.kind), "{source}.{}: {kind:?}", wanted.name);
                    unread.remove(&format!("{source}.{}", wanted.name));
                }
            }
        }
        assert_eq!(unread.iter().map(String::as_str).collect::<Vec<_>>(), READ_BY_NOBODY);
    }

    #[test]
    fn a_feed_may_have_each_column_of_its_dataset_and_the_state() {
        let hospitals = dataset("hospitals").unwrap();
        let wanted: BTreeSet<&str> = hospitals.wanted("any").iter().map(|column| column.name).collect();
        let published = hospitals.table.fields.iter().map(|field| field.name).chain(["state"]);
        assert_eq!(wanted, published.collect());
    }

    #[test]
    fn rows_come_from_sources_that_the_dataset_reads() {
        let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline_config.yaml");
        let config = carelake_tabular::config::Config::load(&shipped).unwrap();
        for dataset in datasets() {
            let sources = &config.dataset(dataset.name).unwrap().sources;
            // The first source makes rows; of a dataset of feeds each does.
            assert!(dataset.rows_from().next().is_none_or(|name| name == sources[0]), "{}", dataset.name);
        }
    }

    #[test]
    fn crates_and_configuration_name_the_same_datasets_in_one_order() {
        let config = shipped();
        let configured: Vec<&str> = config.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
        let declared: Vec<&str> = datasets().map(|dataset| dataset.name).collect();
        assert_eq!(configured, declared);
    }
}
