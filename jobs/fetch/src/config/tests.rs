//! What the section may say, and how mistakes in it are told.

use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot, parse};

use super::*;

/// Reads a section, and answers what is wrong with it: place, path and message.
fn told(text: &str) -> (Fetch, Vec<String>) {
    let mut mistakes = Mistakes::default();
    let root = parse(text, &mut mistakes).unwrap();
    let fetch = read(&Spot::root(&root).child("fetch").unwrap(), Path::new("/etc/carelake"), &mut mistakes);
    let told = mistakes.into_problems().into_iter().map(|problem| {
        let near = problem.nearest.map(|near| format!(" ({near})")).unwrap_or_default();
        format!("{} {}: {}{near}", problem.line, problem.path, problem.message)
    });
    (fetch, told.collect())
}

#[test]
fn what_is_not_said_is_as_the_real_sites_are() {
    let (fetch, told) = told("fetch:\n  ca_file: ca.pem\n  sources: { dac: { provider_data: mj5m-pzi6 } }\n");
    assert_eq!(told, [] as [String; 0]);
    assert_eq!(
        fetch.sites.all().collect::<Vec<_>>(),
        ["https://data.cms.gov", "https://data.cms.gov", "https://download.cms.gov"]
    );
    assert_eq!((fetch.stale_days, fetch.ca_file.as_deref()), (14, Some(Path::new("/etc/carelake/ca.pem"))));
    let at = At::ProviderData { id: "mj5m-pzi6".to_owned() };
    assert_eq!(fetch.wanted, [Wanted { name: "dac".into(), source: "dac".into(), min_share: 0.8, at }]);
}

#[test]
fn each_way_of_finding_a_file_is_read() {
    let text = "fetch:\n  min_share: 0.5\n  sources:\n    a: { data_cms: { dataset: Hospital Enrollments } }\n    b: { data_cms: { dataset: x, file: PPEF_R }, source: c }\n    d: { nppes: weekly, min_share: 0.1 }\n";
    let (fetch, told) = told(text);
    assert_eq!(told, [] as [String; 0]);
    let shown: Vec<(&str, f64, &At)> =
        fetch.wanted.iter().map(|it| (it.source.as_str(), it.min_share, &it.at)).collect();
    let cms = |dataset: &str, file: Option<&str>| At::DataCms { dataset: dataset.into(), file: file.map(Into::into) };
    let (a, b) = (cms("Hospital Enrollments", None), cms("x", Some("PPEF_R")));
    assert_eq!(shown, [("a", 0.5, &a), ("c", 0.5, &b), ("d", 0.1, &At::Nppes(Cadence::Weekly))]);
}

#[test]
fn mistakes_are_told_with_their_place_and_the_nearest_name() {
    for (text, wanted) in [
        ("fetch: {}\n", "1 fetch.sources: missing; give what is fetched"),
        (
            "fetch:\n  sources:\n    dac: {}\n",
            "3 fetch.sources.dac: must have one of provider_data, data_cms and nppes: where its publisher tells of it",
        ),
        (
            "fetch:\n  sources:\n    dac: { nppes: monthly, provider_data: x }\n",
            "3 fetch.sources.dac: must have one of provider_data, data_cms and nppes: where its publisher tells of it",
        ),
        (
            "fetch:\n  sources:\n    n: { nppes: weakly }\n",
            "3 fetch.sources.n.nppes: must be one of monthly, weekly, not `weakly` (weekly)",
        ),
        (
            "fetch:\n  sources:\n    n: { provider_data: ../x }\n",
            "3 fetch.sources.n.provider_data: must be letters, digits and hyphens, as in mj5m-pzi6, not `../x`",
        ),
        (
            "fetch:\n  sites: { nppes: http://cms.example }\n  sources: {}\n",
            "2 fetch.sites.nppes: must begin with https://; http:// is for a site of this machine or network, such as 127.0.0.1",
        ),
        (
            "fetch:\n  sites: { nppes: https://cms.example/a }\n  sources: {}\n",
            "2 fetch.sites.nppes: must be https:// and a host, without a path, not `https://cms.example/a`",
        ),
        (
            "fetch:\n  hosts: [everywhere]\n  sources: {}\n",
            "2 fetch.hosts[0]: must be hosts such as data.cms.gov or *.cms.gov, not `everywhere`",
        ),
        (
            "fetch:\n  proxy: http://ada:pw@proxy:80\n  sources: {}\n",
            "2 fetch.proxy: must not hold a login; set HTTPS_PROXY where the command runs",
        ),
        ("fetch:\n  min_share: 2\n  sources: {}\n", "2 fetch.min_share: must be a number from 0 to 1, not `2`"),
    ] {
        assert_eq!(told(text).1, [wanted], "{text}");
    }
    assert_eq!(
        told("fetch:\n  sources:\n    dac: { provider_dat: x }\n").1,
        [
            "3 fetch.sources.dac: must have one of provider_data, data_cms and nppes: where its publisher tells of it",
            "3 fetch.sources.dac.provider_dat: unknown key; accepted: provider_data, data_cms, nppes, source, min_share (provider_data)",
        ]
    );
    let misspelt = told("fetch:\n  sorces: {}\n").1;
    assert_eq!(
        misspelt,
        [
            "1 fetch.sources: missing; give what is fetched",
            "2 fetch.sorces: unknown key; accepted: sites, hosts, proxy, ca_file, min_share, stale_days, sources (sources)",
        ]
    );
}

#[test]
fn a_name_is_that_of_an_entry_or_of_its_source_and_what_is_misspelt_is_told_the_nearest() {
    let (fetch, _) =
        told("fetch:\n  sources: { nppes: { nppes: monthly }, weeks: { nppes: weekly, source: nppes } }\n");
    let chosen = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        fetch.chosen(&names).map(|all| all.iter().map(|it| it.name.clone()).collect::<Vec<_>>()).map_err(|it| it.reason)
    };
    assert_eq!(chosen(&[]), Ok(vec!["nppes".to_owned(), "weeks".to_owned()]));
    assert_eq!(chosen(&["nppes"]).unwrap().len(), 2);
    assert_eq!(chosen(&["weeks"]), Ok(vec!["weeks".to_owned()]));
    assert_eq!(chosen(&["npes"]), Err("fetch.sources: there is no `npes`; did you mean `nppes`?".to_owned()));
}
