//! What `validate` accepts can be run: no configuration that it accepts ends in InvalidConfig or Internal.
//!
//! The shipped configuration is changed at random, in the ways in which a person would change it, and run over the inputs of
//! the golden cases. `CARELAKE_CASES` sets how many are tried.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_core::ledger::SqliteLedger;
use carelake_core::store::{LocalStore, Store};
use carelake_pipeline::publications;
use carelake_tabular::config::{Config, Known};
use carelake_tabular::inputs::Inputs;
use carelake_tabular::job::{Dataset, Request, Services, run};
use carelake_tabular::source::SourceError;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config as Cases, RngAlgorithm, TestRng, TestRunner};
use tempfile::TempDir;

const SHIPPED: &str = include_str!("../pipeline_config.yaml");
/// How many changed configurations are tried by the suite.
const CASES: u32 = 32;

fn datasets() -> Vec<Dataset> {
    carelake_monthly::ROOM.functions.iter().flat_map(|function| function.task().datasets()).copied().collect()
}

/// A line of the configuration is replaced by others.
#[derive(Debug, Clone)]
struct Change {
    /// Which of the lines that can be changed so.
    at: Index,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// A column is taken out, is called otherwise, or is found under a name that no file has.
    NoColumn,
    OtherName(&'static str),
    OtherHeader,
    /// A column gets another type, or another handling of bad values.
    Type(&'static str),
    Handling(&'static str),
    /// A list of names in brackets loses one, or turns round: required columns, keys, orders, sources, codes.
    Shorter(Index),
    Turned,
    /// A key or an order is another.
    Key(Vec<&'static str>),
    Order(Vec<&'static str>),
    /// A source or a dataset gets a setting.
    Source(&'static str),
    Dataset(&'static str),
    /// A feed is made of another source.
    Feed(&'static str),
}

const NAMES: [&str; 12] = [
    "npi",
    "state",
    "enrollment_id",
    "facility_id",
    "pac_id",
    "practice_id",
    "zip",
    "phone",
    "telehealth",
    "name",
    "group_members",
    "address_id",
];
const TYPES: [&str; 12] = [
    "text",
    "npi",
    "pac_id",
    "enrollment_id",
    "ccn",
    "state",
    "zip",
    "phone",
    "date",
    "flag",
    "integer, range: [0, 99999999]",
    "integer, range: [0, 5]",
];
const HANDLINGS: [&str; 6] = [
    "invalid: null",
    "invalid: reject",
    "blank: null",
    "blank: reject",
    "blank: false",
    "invalid: null, blank: reject",
];
const ORDERS: [&str; 9] = [
    "line asc",
    "line desc",
    "enrollment_date desc",
    "enrollment_id asc",
    "zip desc",
    "name asc",
    "telehealth desc",
    "group_members asc",
    "state desc",
];
const SETTINGS: [&str; 12] = [
    "optional: true",
    "optional: false",
    "null_tokens: [FL, CA, ME]",
    "null_tokens: [N, \"0\"]",
    "delimiter: \"|\"",
    "date_format: \"%Y%m%d\"",
    "date_format: \"%d.%m.%Y\"",
    "on_new_column: fail",
    "npi_first_digit: strict",
    "file: \"*.csv\"",
    "file: \"*[*.csv\"",
    "encoding: utf-8",
];
const RULES: [&str; 12] = [
    "partition_by: [source, state]",
    "partition_by: [state]",
    "partition_by: [telehealth, state]",
    "partition_by: [city]",
    "max_reject_ratio: 0",
    "max_reject_ratio: 1",
    "min_rows: 0",
    "min_rows: 9",
    "max_drop_ratio: 0",
    "keep_runs: 1",
    "memory_mib: 512",
    "max_reject_ratio: 25",
];
const SOURCES: [&str; 5] = ["dac", "ppef_enrollment", "nppes", "revocations", "hospital_enrollments"];

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        1 => Just(Kind::NoColumn),
        1 => select(&NAMES[..]).prop_map(Kind::OtherName),
        1 => Just(Kind::OtherHeader),
        3 => select(&TYPES[..]).prop_map(Kind::Type),
        4 => select(&HANDLINGS[..]).prop_map(Kind::Handling),
        2 => any::<Index>().prop_map(Kind::Shorter),
        1 => Just(Kind::Turned),
        2 => proptest::collection::vec(select(&NAMES[..]), 1..4).prop_map(Kind::Key),
        2 => proptest::collection::vec(select(&ORDERS[..]), 1..4).prop_map(Kind::Order),
        3 => select(&SETTINGS[..]).prop_map(Kind::Source),
        3 => select(&RULES[..]).prop_map(Kind::Dataset),
        1 => select(&SOURCES[..]).prop_map(Kind::Feed),
    ]
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    proptest::collection::vec((any::<Index>(), kind()).prop_map(|(at, kind)| Change { at, kind }), 1..4)
}

/// Makes one change; a line that does not have what is changed stays as it is.
#[cfg(test)]
fn change(text: &str, Change { at, kind }: &Change) -> String {
    let columns = text.find("\nsources:").unwrap()..text.find("\ndatasets:").unwrap();
    let mut start = 0;
    let lines: Vec<(usize, &str)> = text
        .split_inclusive('\n')
        .map(|line| {
            start += line.len();
            (start - line.len(), line)
        })
        .collect();
    let in_sources = |(start, _): &(usize, &str)| columns.contains(start);
    let is_column = |line: &str| line.starts_with("      ") && !line.trim_start().starts_with(['-', '#']);
    let chosen: Vec<usize> = (0..lines.len())
        .filter(|number| {
            let line = &lines[*number];
            match kind {
                Kind::Shorter(_) | Kind::Turned => line.1.contains('[') && !line.1.trim_start().starts_with('#'),
                Kind::Key(_) => line.1.contains(" key: ["),
                Kind::Order(_) => line.1.contains(" order: ["),
                Kind::Source(_) => in_sources(line) && line.1.starts_with("    encoding:"),
                Kind::Dataset(_) => line.1.starts_with("    sources:") || line.1.starts_with("    feeds:"),
                Kind::Feed(_) => line.1.starts_with("      hospital_") && line.1.contains("key:"),
                _ => in_sources(line) && is_column(line.1),
            }
        })
        .collect();
    let number = chosen[at.index(chosen.len())];
    let line = lines[number].1;
    let bracket = |open: usize| line.get(open..).unwrap().find(']').map(|close| (open + 1, open + close));
    let list = line.find('[').and_then(bracket);
    let with_list = |edit: &dyn Fn(Vec<&str>) -> Vec<String>| match list {
        Some((from, to)) => {
            let items = edit(line.get(from..to).unwrap().split(", ").collect());
            format!("{}{}{}", line.get(..from).unwrap(), items.join(", "), line.get(to..).unwrap())
        }
        None => line.to_owned(),
    };
    let of = |word: &str, items: &[&str]| {
        let (from, to) = bracket(line.find(word).unwrap() + word.len() - 1).unwrap();
        format!("{}{}{}", line.get(..from).unwrap(), items.join(", "), line.get(to..).unwrap())
    };
    let name = line.trim_start().split(':').next().unwrap();
    let names = list.map(|(from, to)| line.get(from..to).unwrap()).unwrap_or_default();
    let changed = match kind {
        Kind::NoColumn => String::new(),
        Kind::OtherName(other) => line.replacen(name, other, 1),
        Kind::OtherHeader => with_list(&|_| vec!["no_such_header".to_owned()]),
        Kind::Type(of) => format!("      {name}: {{ type: {of}, names: [{names}] }}\n"),
        Kind::Handling(how) if line.contains(" }") => line.replacen(" }", &format!(", {how} }}"), 1),
        Kind::Handling(how) => format!("      {name}: {{ type: text, names: [{names}], {how} }}\n"),
        Kind::Shorter(which) => with_list(&|mut items| {
            items.remove(which.index(items.len()));
            items.into_iter().map(str::to_owned).collect()
        }),
        Kind::Turned => with_list(&|items| items.into_iter().rev().map(str::to_owned).collect()),
        Kind::Key(names) => of(" key: [", names),
        Kind::Order(orders) => of(" order: [", orders),
        Kind::Source(setting) if setting.starts_with("encoding") => format!("    {setting}\n"),
        Kind::Source(setting) => format!("{line}    {setting}\n"),
        Kind::Dataset(rule) => format!("    {rule}\n{line}"),
        Kind::Feed(source) => line.replacen(name, source, 1),
    };
    lines.iter().enumerate().map(|(at, (_, line))| if at == number { changed.as_str() } else { line }).collect()
}

/// The inputs of the golden cases together, made once.
#[cfg(test)]
fn inputs() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for case in ["enrollments/typical", "hospitals/typical", "providers/with_nppes", "clinicians/typical"] {
        for file in fs::read_dir(fixtures.join(case).join("input")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
    }
    folder
}

/// Runs what `validate` accepts, twice, and answers with each failure that it should have told. `None` when it is not accepted.
#[cfg(test)]
fn run_all(text: &str, input: &Path) -> Option<Vec<String>> {
    let declared = datasets();
    let known = Known { datasets: &declared, ..Known::default() };
    let config = Arc::new(Config::parse_for(known, text, Path::new("pipeline_config.yaml")).ok()?);
    let place = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(LocalStore::new(input.to_owned()));
    let inputs = Inputs::new(Arc::clone(&config), store, place.path());
    let is_ours = |kind: &ErrorKind| [ErrorKind::INVALID_CONFIG, ErrorKind::INTERNAL].contains(&kind);
    let sources: BTreeSet<&String> = config.datasets.iter().flat_map(|dataset| &dataset.sources).collect();
    let told = |error: Arc<SourceError>| is_ours(error.kind());
    if sources.into_iter().any(|source| inputs.open_if_any(source).is_err_and(told)) {
        return None;
    }
    let (output, rejects) =
        (LocalStore::new(place.path().join("output")), LocalStore::new(place.path().join("rejects")));
    let ledger = SqliteLedger::open(&place.path().join("ledger.sqlite")).unwrap();
    let services = Services::new(&config, &inputs, &output, &rejects, &ledger);
    let mut failures = Vec::new();
    for run_id in ["2026-11-01.1", "2026-11-01.2"] {
        for publication in publications(&config) {
            let all = datasets();
            let dataset = all.iter().find(|dataset| dataset.name == publication.dataset()).unwrap();
            let request = Request::new(publication.clone(), run_id.parse().unwrap());
            if let Err(error) = run(services, &request, dataset)
                && is_ours(error.kind())
            {
                failures.push(format!("{publication}: {}: {}", error.kind(), error.reason()));
            }
        }
    }
    Some(failures)
}

#[test]
fn no_configuration_that_validate_accepts_ends_in_invalid_config_or_internal() {
    let cases = std::env::var("CARELAKE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let input = inputs();
    assert_eq!(run_all(SHIPPED, input.path()), Some(Vec::new()), "the shipped configuration");
    let settings = Cases { cases, failure_persistence: None, ..Cases::default() };
    let mut runner = TestRunner::new_with_rng(settings, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut accepted, mut refused) = (0, 0);
    let tried = std::sync::Mutex::new((&mut accepted, &mut refused));
    let outcome = runner.run(&changes(), |changes| {
        let text = changes.iter().fold(SHIPPED.to_owned(), |text, one| change(&text, one));
        let answer = run_all(&text, input.path());
        let mut tried = tried.lock().unwrap();
        match answer {
            None => *tried.1 += 1,
            Some(failures) => {
                *tried.0 += 1;
                prop_assert_eq!(failures, Vec::<String>::new());
            }
        }
        Ok(())
    });
    println!("{accepted} accepted and run, {refused} refused");
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(accepted > cases / 8 && refused > cases / 8, "{accepted} accepted, {refused} refused");
}
