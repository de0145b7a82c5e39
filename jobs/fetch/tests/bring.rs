//! Bringing files from sites on good and on bad days: what lies in the input place afterwards, and what was asked of the sites.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]

mod sites;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use carelake_core::ledger::SqliteLedger;
use carelake_core::names::Scope;
use carelake_core::store::{FaultyStore, LocalStore, Moment, Store};
use carelake_fetch::bring::{Accepts, Desk, Found, Mode, Outcome};
use carelake_fetch::config::{Fetch, SECTION};
use carelake_fetch::record::{Record, Records};
use carelake_fetch::{FetchError, Site};
use carelake_http::Clock;
use carelake_tabular::config::{Config, Known};
use carelake_tabular::meter::Meter;
use carelake_tabular::source::locate;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use sites::{DAC, Fault, REASSIGNMENTS, Sites};
use tempfile::TempDir;

/// Time passes by itself, so that no attempt waits.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn wait(&self, _: Duration) {}
}

/// A folder with an input place and a ledger, and the sites.
struct Place {
    folder: TempDir,
    sites: Sites,
    config: Config,
}

impl Place {
    fn new() -> Self {
        let sites = Sites::start();
        let shipped = include_str!("../../../pipeline_config.yaml");
        let text = ["https://data.cms.gov", "https://download.cms.gov"]
            .iter()
            .fold(shipped.to_owned(), |text, site| text.replace(site, &sites.base()));
        let sections = [SECTION];
        let known: Known<'_> = Known { sections: Some(&sections), ..Known::default() };
        let config = Config::parse_for(known, &text, Path::new("pipeline_config.yaml")).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), sites, config }
    }

    fn store(&self) -> LocalStore {
        LocalStore::new(self.folder.path().join("input"))
    }

    fn fetch(&self, name: &str) -> Result<Vec<Outcome>, FetchError> {
        self.fetch_into(&self.store(), name, (Mode::Bring, None, None))
    }

    fn fetch_into(
        &self,
        store: &dyn Store,
        name: &str,
        (mode, until, accepts): (Mode, Option<Date>, Option<Accepts<'_>>),
    ) -> Result<Vec<Outcome>, FetchError> {
        let ledger = SqliteLedger::open(&self.folder.path().join("ledger.sqlite")).unwrap();
        let fetch = Fetch::of_config(&self.config).unwrap();
        let (site, scope) = (Site::open(&fetch, None, Some(Arc::new(Still))).unwrap(), Scope::default());
        let desk = Desk {
            config: &self.config,
            site: &site,
            store,
            records: Records::new(&ledger, &scope),
            meter: &Meter::default(),
            now: &Timestamp::now,
        };
        let chosen = fetch.chosen(&[name.to_owned()]).unwrap();
        let wanted = chosen.into_iter().find(|wanted| wanted.name == name).unwrap();
        desk.fetch(wanted, mode, until, accepts)
    }

    fn records(&self, name: &str) -> Vec<Record> {
        let ledger = SqliteLedger::open(&self.folder.path().join("ledger.sqlite")).unwrap();
        Records::new(&ledger, &Scope::default()).of(name, Timestamp::now()).unwrap()
    }

    /// Returns every file below the input place, also those that no store shows, with the hash of its bytes.
    fn files(&self) -> BTreeMap<String, String> {
        let store = self.store();
        let visible = store.list("").unwrap().into_iter().map(|object| {
            let hash = store.edition(&object.key).unwrap().name().to_owned();
            (object.key, hash)
        });
        visible.collect()
    }

    fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    /// Tells what the monthly run would read.
    fn read(&self, source: &str) -> String {
        locate(self.config.source(source).unwrap(), &self.store()).unwrap().file.shown()
    }
}

fn shown(outcomes: &[Outcome]) -> Vec<(Found, &str)> {
    outcomes.iter().map(|it| (it.found, it.name.as_str())).collect()
}

#[test]
fn each_source_comes_under_the_dated_name_that_the_monthly_run_reads() {
    let place = Place::new();
    for (source, name) in [
        ("dac", DAC),
        ("hospital_general_information", "Hospital_General_Information_2026.10.18.csv"),
        ("ppef_enrollment", "PPEF_Enrollment_Extract_2026.10.01.csv"),
        ("ppef_reassignment", REASSIGNMENTS),
        ("nppes", "NPPES_Data_Dissemination_October_2026_V2.zip"),
        ("nppes_weekly", "NPPES_Data_Dissemination_101226_101826_Weekly_V2.zip"),
    ] {
        if source == "hospital_general_information" {
            place.sites.nest();
        }
        let outcomes = place.fetch(source).unwrap();
        assert_eq!(shown(&outcomes), [(Found::New, name)]);
        let [record] = place.records(source).try_into().unwrap();
        assert_eq!((record.name.as_str(), Some(&record.sha256)), (name, place.files().get(name)), "{source}");
        assert!(record.etag.is_some() && record.url.starts_with(&place.sites.base()), "{source}");
    }
    assert_eq!(place.read("dac"), DAC);
    let nppes = locate(place.config.source("nppes").unwrap(), &place.store()).unwrap();
    assert_eq!(nppes.file.shown(), "NPPES_Data_Dissemination_October_2026_V2.zip/npidata_pfile_20050523-20261011.csv");
    assert_eq!(nppes.increments.len(), 1);
    assert_eq!(place.records("dac")[0].next_expected, Some(date(2026, 10, 28)));
}

#[test]
fn what_is_there_is_not_downloaded_again_and_a_new_release_lies_beside_the_old() {
    let place = Place::new();
    place.fetch("dac").unwrap();
    assert_eq!(place.sites.downloads(), 1);
    assert_eq!(shown(&place.fetch("dac").unwrap()), [(Found::Unchanged, DAC)]);
    assert_eq!(place.sites.downloads(), 0);
    place.sites.release("2026-11");
    let newer = "DAC_NationalDownloadableFile_2026.11.18.csv";
    assert_eq!(shown(&place.fetch("dac").unwrap()), [(Found::New, newer)]);
    assert_eq!(place.names(), [DAC, newer]);
    assert_eq!(place.read("dac"), newer);
}

#[test]
fn other_content_under_an_old_name_and_date_is_a_correction_beside_it() {
    let place = Place::new();
    place.fetch("dac").unwrap();
    let before = place.files();
    place.sites.fail("DAC_", Fault::Changed, 2);
    let corrected = "DAC_NationalDownloadableFile_2026.10.18_correction_1.csv";
    assert_eq!(shown(&place.fetch("dac").unwrap()), [(Found::Correction, corrected)]);
    assert_eq!(shown(&place.fetch("dac").unwrap()), [(Found::Unchanged, corrected)]);
    assert_eq!(place.files().get(DAC), before.get(DAC), "the old file is kept");
    assert_eq!(place.read("dac"), corrected);
    // The site takes it back: that is another correction, not the old file.
    let again = "DAC_NationalDownloadableFile_2026.10.18_correction_2.csv";
    assert_eq!(shown(&place.fetch("dac").unwrap()), [(Found::Correction, again)]);
    assert_eq!(place.records("dac").iter().map(|it| it.correction).collect::<Vec<_>>(), [2, 1, 0]);
}

#[test]
fn a_file_that_somebody_put_there_is_known_by_its_bytes() {
    let place = Place::new();
    place.fetch("dac").unwrap();
    let fresh = Place::new();
    fresh.store().create(DAC, &place.store().read(DAC).unwrap()).unwrap();
    assert_eq!(shown(&fresh.fetch("dac").unwrap()), [(Found::Unchanged, DAC)]);
    assert_eq!((fresh.names().len(), fresh.records("dac").len()), (1, 1));
    fresh.sites.asked();
    fresh.fetch("dac").unwrap();
    assert_eq!(fresh.sites.downloads(), 0, "noted now");
}

#[test]
fn a_bad_moment_is_got_over_and_the_file_is_whole() {
    for (fault, times) in [
        (Fault::Cut, 1),
        (Fault::Cut, 3),
        (Fault::Length, 1),
        (Fault::Status(503), 2),
        (Fault::Status(429), 3),
        (Fault::Status(500), 1),
        (Fault::NoLength, 1),
        (Fault::WeakEtag, 1),
    ] {
        let (place, good) = (Place::new(), Place::new());
        place.sites.fail("DAC_", fault, times);
        place.fetch("dac").unwrap_or_else(|error| panic!("{fault:?}: {}", carelake_core::causes(&error)));
        good.fetch("dac").unwrap();
        assert_eq!(place.files(), good.files(), "{fault:?}");
    }
}

#[test]
fn a_cut_transfer_goes_on_where_it_was_cut_unless_the_site_sends_all() {
    let (place, stubborn) = (Place::new(), Place::new());
    place.sites.fail("DAC_", Fault::Cut, 1);
    place.fetch("dac").unwrap();
    let ranges = |sites: &Sites| {
        sites.asked().into_iter().filter(|it| it.is_file()).map(|it| (it.from.is_some(), it.status)).collect::<Vec<_>>()
    };
    assert_eq!(ranges(&place.sites), [(false, 200), (true, 206)]);
    stubborn.sites.fail("DAC_", Fault::Cut, 1);
    stubborn.sites.fail("DAC_", Fault::NoRange, 1);
    stubborn.fetch("dac").unwrap();
    assert_eq!(ranges(&stubborn.sites), [(false, 200), (true, 200)]);
    assert_eq!(place.files(), stubborn.files());
}

#[test]
fn what_is_wrong_for_good_is_told_and_replaces_nothing() {
    for (path, fault, source, kind, told) in [
        ("DAC_", Fault::Html, "dac", "InputMalformed", "not_the_format: CSV is due, and it looks like an HTML page"),
        (
            "NPPES_Data",
            Fault::Html,
            "nppes",
            "InputMalformed",
            "not_the_format: a ZIP archive is due, and it looks like an HTML page",
        ),
        ("PPEF_Reas", Fault::Short, "ppef_reassignment", "InputMalformed", "truncated: it has"),
        ("DAC_", Fault::Drift, "dac", "SchemaDrift", "state"),
        ("DAC_", Fault::Shrunken, "dac", "ContentLoss", "--accept-loss"),
        ("DAC_", Fault::Cut, "dac", "Unavailable", "cut"),
        ("DAC_", Fault::Status(503), "dac", "Unavailable", "503"),
        ("DAC_", Fault::Status(404), "dac", "Refused", "404"),
        ("DAC_", Fault::Status(403), "dac", "Refused", "403"),
        ("DAC_", Fault::Redirect, "dac", "Refused", "127.0.0.2"),
        ("mj5m-pzi6", Fault::BrokenJson, "dac", "InputMalformed", "no dataset in JSON"),
        ("mj5m-pzi6", Fault::Html, "dac", "InputMalformed", "no dataset in JSON"),
        ("mj5m-pzi6", Fault::Elsewhere, "dac", "Refused", "fetch.hosts"),
        ("data.json", Fault::Html, "ppef_reassignment", "InputMalformed", "no catalog in JSON"),
        ("dataset-resources", Fault::BrokenJson, "ppef_reassignment", "InputMalformed", "no list of files in JSON"),
        ("NPI_Files", Fault::Status(503), "nppes", "Unavailable", "503"),
    ] {
        let place = Place::new();
        place.fetch(source).unwrap();
        let before = (place.files(), place.records(source));
        // The same release with other bytes is offered under a fault that lasts.
        place.sites.release("2026-11");
        place.sites.fail(path, fault, 99);
        let error = place.fetch(source).unwrap_err();
        let why = carelake_core::causes(&error);
        assert_eq!(error.kind().name, kind, "{fault:?}: {why}");
        assert!(why.contains(told), "{fault:?}: {why}");
        assert_eq!((place.files(), place.records(source)), before, "{fault:?}");
        let left = std::fs::read_dir(place.folder.path().join("input")).unwrap().count();
        assert_eq!(left, 1, "{fault:?}: nothing is left beside the old file");
    }
}

#[test]
fn a_header_that_lacks_a_column_names_it_and_the_nearest() {
    let place = Place::new();
    place.sites.fail("DAC_", Fault::Drift, 1);
    let why = carelake_core::causes(&place.fetch("dac").unwrap_err());
    assert!(why.contains("state") && why.contains("stat"), "{why}");
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn a_far_smaller_file_waits_until_somebody_accepts_it_and_that_is_noted() {
    let place = Place::new();
    place.fetch("dac").unwrap();
    place.sites.release("2026-11");
    place.sites.fail("DAC_", Fault::Shrunken, 2);
    assert!(matches!(place.fetch("dac"), Err(FetchError::Shrunken { .. })));
    let accepts = Some(Accepts { by: "ada" });
    place.fetch_into(&place.store(), "dac", (Mode::Bring, None, accepts)).unwrap();
    let by: Vec<Option<String>> = place.records("dac").into_iter().map(|it| it.accepted_by).collect();
    assert_eq!(by, [Some("ada".to_owned()), None]);
}

#[test]
fn looking_brings_nothing_and_tells_what_would_be_brought() {
    let place = Place::new();
    let look = |mode| place.fetch_into(&place.store(), "dac", (mode, None, None)).unwrap();
    assert_eq!(shown(&look(Mode::Check)), [(Found::New, DAC)]);
    assert_eq!(shown(&look(Mode::DryRun)), [(Found::New, DAC)]);
    assert_eq!((place.names().len(), place.sites.downloads()), (0, 0));
    place.fetch("dac").unwrap();
    place.sites.asked();
    assert_eq!(shown(&look(Mode::Check)), [(Found::Unchanged, DAC)]);
    place.sites.fail("DAC_", Fault::Changed, 1);
    let corrected = "DAC_NationalDownloadableFile_2026.10.18_correction_1.csv";
    assert_eq!(shown(&look(Mode::Check)), [(Found::Correction, corrected)]);
    assert_eq!(shown(&look(Mode::DryRun)), [(Found::Unchanged, DAC)], "headers tell it, and no file was asked");
    assert_eq!((place.names(), place.sites.downloads()), (vec![DAC.to_owned()], 0));
}

#[test]
fn releases_that_begin_after_a_date_are_left_where_there_is_a_choice() {
    let place = Place::new();
    let until = |source: &str, until: Date| {
        let outcomes = place.fetch_into(&place.store(), source, (Mode::DryRun, Some(until), None)).unwrap();
        outcomes.into_iter().map(|it| it.name).collect::<Vec<_>>()
    };
    assert_eq!(until("nppes", date(2026, 9, 30)), [""; 0]);
    assert_eq!(until("nppes", date(2026, 10, 31)), ["NPPES_Data_Dissemination_October_2026_V2.zip"]);
    assert_eq!(until("dac", date(2026, 9, 30)), [DAC], "that site offers one release");
}

/// A process that is killed in a call, before or after its effect, leaves the old file or the new one, and the next one goes on.
#[test]
fn a_store_that_fails_at_any_call_leaves_whole_files_only() {
    let good = Place::new();
    good.fetch("dac").unwrap();
    good.sites.release("2026-11");
    good.fetch("dac").unwrap();
    let whole = good.files();
    for call in 1..12 {
        for moment in [Moment::Before, Moment::After] {
            let place = Place::new();
            place.fetch("dac").unwrap();
            place.sites.release("2026-11");
            let store = place.store();
            let faulty = FaultyStore::failing_from(&store, call, moment);
            let ended = place.fetch_into(&faulty, "dac", (Mode::Bring, None, None));
            for (name, hash) in place.files() {
                assert_eq!(whole.get(&name), Some(&hash), "{call} {moment:?}: {name}");
            }
            assert!(ended.is_err() || faulty.calls() < call, "{call} {moment:?}");
            place.fetch("dac").unwrap();
            assert_eq!(place.files(), whole, "{call} {moment:?}");
            assert_eq!(place.records("dac").len(), 2, "{call} {moment:?}");
        }
    }
}
