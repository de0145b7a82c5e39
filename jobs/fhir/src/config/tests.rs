//! What the section takes, and what it says of what it does not.

use std::path::Path;
use std::time::Duration;

use carelake_core::config::Secret;
use carelake_core::config::reader::{Mistakes, Spot, parse};

use super::*;

fn both(text: &str) -> (Vec<Source>, Vec<String>) {
    let mut mistakes = Mistakes::default();
    let root = parse(&format!("sources: {{ ehr: {{ {text} }} }}"), &mut mistakes).unwrap();
    let sources = read(&Spot::root(&root), Path::new("/etc/lake"), &mut mistakes).sources;
    let told = |problem: carelake_core::config::reader::Problem| {
        let near = problem.nearest.map(|near| format!(" ({near}?)")).unwrap_or_default();
        format!("{}: {}{near}", problem.path, problem.message)
    };
    (sources, mistakes.into_problems().into_iter().map(told).collect())
}

fn source(text: &str) -> Source {
    let (mut sources, told) = both(text);
    assert_eq!(told, [""; 0], "{text}");
    sources.remove(0)
}

const BULK: &str = "kind: bulk, base: \"https://fhir.example.org/r4/\"";
const LAKE: &str = "kind: healthlake, datastore: 0123456789abcdef0123456789abcdef, role: \"arn:aws:iam::1:role/x\", \
    kms_key: \"arn:aws:kms:us-east-1:1:key/x\", target: \"s3://b/x\"";

#[test]
fn what_holds_where_nothing_is_said() {
    let found = source(BULK);
    assert_eq!((found.overlap_secs, found.max_files, found.tolerated_files, found.buckets), (60, 10, 0, 1));
    assert_eq!((found.max_reject_ratio, found.max_drop_ratio), (0.01, 0.2));
    assert_eq!((found.types, found.views, found.every), (Types::All, Vec::new(), None));
    assert_eq!(found.bases, ["https://fhir.example.org/r4"]);
    assert_eq!((found.bookmark_every, found.accepts_export_errors), (Duration::from_secs(3_600), false));
    let Kind::Bulk(bulk) = found.kind else { panic!("{:?}", found.kind) };
    assert_eq!((bulk.host.as_str(), bulk.level, bulk.method), ("fhir.example.org", Level::System, Method::Get));
    assert_eq!((bulk.auth, bulk.file_hosts), (Auth::None, Vec::new()));
    let files = source("kind: files");
    assert_eq!(files.kind, Kind::Files(Files { place: "fhir/ehr".to_owned(), is_full: false }));
    let Kind::HealthLake(lake) = source(LAKE).kind else { panic!() };
    assert_eq!((lake.api, lake.level), (Api::Rest, Level::System));
    assert_eq!(
        (files.changes().path(), files.resources().path()),
        ("fhir/ehr/changes".into(), "fhir/ehr/resources".into())
    );
}

#[test]
fn everything_that_may_be_said_is_read() {
    let found = source(&format!(
        "{BULK}, types: [Patient, Observation], views: shipped, schedule: rate(15 minutes), overlap_secs: 0, max_files: 3, \
         tolerated_files: 2, max_reject_ratio: 0.5, max_drop_ratio: 1, buckets: 64, bases: [\"https://old.example.org/r4/\"], \
         accept_export_errors: true, bookmark_every: 5m, level: group/g-1, type_filter: \"Patient?active=true\", method: post, \
         file_hosts: [files.example.org], events: {{ file: true, types: [Patient], max_per_run: 5, include: resource }}, \
         auth: {{ smart: {{ client_id: lake, key: {{ env: FHIR_KEY }}, alg: ES384, scope: system/*.rs, kid: k1, token_url: \"https://a.example/t\" }} }}"
    ));
    assert!(found.types.has("Patient") && !found.types.has("Claim"));
    let views: Vec<&str> = found.views.iter().map(|view| view.name.as_str()).collect();
    assert!(views.contains(&"patients") && views.contains(&"observation_codings") && !views.contains(&"claims"));
    assert_eq!(found.every, Some(Duration::from_secs(900)));
    assert_eq!((found.overlap_secs, found.max_files, found.tolerated_files, found.buckets), (0, 3, 2, 64));
    assert_eq!(found.bases, ["https://fhir.example.org/r4", "https://old.example.org/r4"]);
    let events = found.events.unwrap();
    assert_eq!((events.to, events.max_per_run, events.has_resource), (Sink::File, 5, true));
    let Kind::Bulk(bulk) = found.kind else { panic!() };
    assert_eq!((bulk.level.path(), bulk.method), ("Group/g-1/".to_owned(), Method::Post));
    let Auth::Smart(smart) = bulk.auth else { panic!() };
    assert_eq!((smart.algorithm, smart.key), (Algorithm::Es384, Secret::Env("FHIR_KEY".to_owned())));
    let files = source("kind: files, place: drop/fhir/, mode: full").kind;
    assert_eq!(files, Kind::Files(Files { place: "drop/fhir".to_owned(), is_full: true }));
    assert!(source(&format!("{LAKE}, api: sdk, schedule: rate(1 day)")).every.is_some());
    let (_, told) = both("kind: bulk, base: \"http://127.0.0.1:8080/r4\", auth: { bearer: { secret: { file: t } } }");
    assert_eq!(told, [""; 0]);
}

#[test]
fn each_mistake_is_told_with_its_place_and_the_nearest_name() {
    for (text, expected) in [
        ("kind: bulk", "sources.ehr.base: missing"),
        ("kind: folder", "sources.ehr.kind: must be one of bulk, healthlake, files, not `folder`"),
        ("types: all", "sources.ehr.kind: missing"),
        ("kind: files, typs: all", "sources.ehr.typs: unknown key"),
        ("kind: files, types: [Pateint]", "sources.ehr.types[0]: `Pateint` is no type of FHIR (Patient?)"),
        ("kind: files, types: []", "sources.ehr.types: must be a list of at least one type, or all"),
        ("kind: files, types: some", "sources.ehr.types: must be one of all, not `some`"),
        ("kind: files, views: [changes]", "sources.ehr.views[0]: `changes` is a publication that every source has"),
        ("kind: files, views: [patients, resources]", "sources.ehr.views[1]: `resources` is a publication"),
        (
            "kind: files, views: [patient]",
            "sources.ehr.views[0]: `patient` is no shipped view, and /etc/lake/views/patient.json cannot be read",
        ),
        (
            "kind: files, views: [claims], types: [Patient]",
            "sources.ehr.views[0]: is of Claim, which `types` does not have",
        ),
        ("kind: files, views: [Patients]", "sources.ehr.views[0]: `Patients` must be lower-case"),
        (
            "kind: files, schedule: hourly",
            "sources.ehr.schedule: must be rate(N minutes), rate(N hours), rate(N days) or never",
        ),
        ("kind: files, schedule: rate(0 hours)", "sources.ehr.schedule: must be rate(N minutes)"),
        ("kind: files, buckets: 101", "sources.ehr.buckets: must be a whole number from 1 to 100"),
        ("kind: files, buckets: 0", "sources.ehr.buckets: must be a whole number from 1 to 100"),
        ("kind: files, max_reject_ratio: 1.5", "sources.ehr.max_reject_ratio: must be a number from 0 to 1"),
        ("kind: files, base: \"https://a.example\"", "sources.ehr.base: is for `kind: bulk`"),
        ("kind: files, place: ../x", "sources.ehr.place: must be a folder among the inputs"),
        ("kind: files, place: \"s3://bucket/x\"", "sources.ehr.place: must be a folder among the inputs"),
        ("kind: files, place: /etc", "sources.ehr.place: must be a folder among the inputs"),
        ("kind: files, target: \"s3://b\"", "sources.ehr.target: is for `kind: healthlake`"),
        ("kind: files, level: system", "sources.ehr.level: is for `kind: bulk`"),
        ("kind: bulk, base: \"http://fhir.example.org\"", "sources.ehr.base: must be the base URL of the server"),
        (
            "kind: bulk, base: \"https://me:sesame@fhir.example.org\"",
            "sources.ehr.base: must be the base URL of the server",
        ),
        ("kind: bulk, base: \"https://a.example/r4\", place: x", "sources.ehr.place: is for `kind: files`"),
        (
            "kind: bulk, base: \"https://a.example\", level: group/",
            "sources.ehr.level: must be system, patient or group/ID",
        ),
        (
            "kind: bulk, base: \"https://a.example\", level: everybody",
            "sources.ehr.level: must be system, patient or group/ID",
        ),
        (
            "kind: bulk, base: \"https://a.example\", file_hosts: [\"https://b.example\"]",
            "sources.ehr.file_hosts[0]: must be the name of a host",
        ),
        ("kind: bulk, base: \"https://a.example\", auth: basic", "sources.ehr.auth: must be one of none"),
        (
            "kind: bulk, base: \"https://a.example\", auth: { bearer: { secret: sesame } }",
            "sources.ehr.auth.bearer.secret: must be {secrets_manager: NAME}, {env: NAME} or {file: PATH}; never the secret itself",
        ),
        (
            "kind: bulk, base: \"https://a.example\", auth: { smart: { key: { env: K }, scope: s } }",
            "sources.ehr.auth.smart.client_id: missing",
        ),
        (
            "kind: bulk, base: \"https://a.example\", auth: { smart: { client_id: c, key: { env: K }, scope: s, alg: HS256 } }",
            "sources.ehr.auth.smart.alg: must be one of RS384, ES384",
        ),
        (
            "kind: bulk, base: \"https://a.example\", auth: { smart: { client_id: c, key: { env: K }, scope: s, token_url: \"http://a.example\" } }",
            "sources.ehr.auth.smart.token_url: must be an address",
        ),
        ("kind: files, events: { types: [Patient] }", "sources.ehr.events: needs `bus: NAME` or `file: true`"),
        (
            "kind: files, events: { bus: b, types: [patient] }",
            "sources.ehr.events.types[0]: `patient` is no type of FHIR (Patient?)",
        ),
    ] {
        let (_, told) = both(text);
        assert!(told.iter().any(|it| it.starts_with(expected)), "{text}: {told:?}");
    }
    for (more, expected) in [
        ("api: sdk, schedule: rate(12 hours)", "sources.ehr.schedule: `api: sdk` exports the whole data store"),
        ("api: sdk, level: patient", "sources.ehr.level: `api: sdk` exports whole data stores"),
        ("api: soap", "sources.ehr.api: must be one of rest, sdk"),
    ] {
        let (_, told) = both(&format!("{LAKE}, {more}"));
        assert!(told.iter().any(|it| it.starts_with(expected)), "{more}: {told:?}");
    }
    let (_, told) = both("kind: healthlake, datastore: x, role: r, kms_key: k, target: t");
    assert_eq!(told.len(), 4, "{told:?}");
}
