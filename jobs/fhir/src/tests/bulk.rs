//! Exports of a server: every answer has its reaction.

use std::io::Write as _;

use carelake_core::ErrorKind;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::rig::{DAY_1, DAY_2, Rig, patient};
use super::server::{Answer, Fake};
use super::world::source;
use crate::EXPORT_FAILED;
use crate::run::RunRequest;

/// What it is about, what the server answers, what comes of it, and the seconds that are waited.
type Case = (&'static str, Vec<Answer>, Result<(), &'static ErrorKind>, Vec<u64>);

fn running() -> Answer {
    Answer::of(202, "")
}

#[test]
fn an_export_is_asked_for_waited_for_published_and_given_back_and_the_next_goes_on_from_there() {
    let rig = Rig::new(", types: [Patient, Observation], type_filter: \"Patient?active=true\"");
    rig.fake.will("poll", [running().with("X-Progress", "half"), running().with("Retry-After", "7")]);
    let result = rig.run().unwrap();
    assert_eq!(
        (result.exports, result.partial, rig.there()),
        (1, false, vec!["Patient/a@1".to_owned(), "Patient/b@1".to_owned()])
    );
    assert_eq!(rig.time.waited(), [30, 7]);
    assert_eq!(
        rig.until(),
        [("Patient", "2026-03-01T02:00:00Z"), ("Observation", "2026-03-01T02:00:00Z")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into()
    );
    let asked = rig.fake.asked();
    assert_eq!(asked[0].line, "GET /r4/$export?_type=Observation%2CPatient&_typeFilter=Patient%3Factive%3Dtrue");
    assert_eq!(asked[0].header("prefer").as_deref(), Some("respond-async"));
    assert_eq!(asked[0].header("accept").as_deref(), Some("application/fhir+json"));
    let lines: Vec<&str> = asked[1..].iter().map(|it| it.line.as_str()).collect();
    assert_eq!(lines, ["GET /status/1", "GET /status/1", "GET /status/1", "GET /files/p.ndjson", "DELETE /status/1"]);
    assert!(asked[4].header("accept-encoding").unwrap_or_default().contains("identity"));
    assert!(asked[4].headers.contains("accept-encoding: gzip"));

    rig.fake.exports(DAY_2, &[patient("b"), patient("c")]);
    let result = rig.run().unwrap();
    assert_eq!(result.counts["Patient"].counted["known"], 1);
    assert!(rig.fake.lines()[0].contains("_since=2026-03-01T01%3A59%3A00.000Z"));
    assert_eq!(rig.there().len(), 3);
    // Everything: what it lacks is gone.
    rig.fake.exports("2026-03-03T02:00:00Z", &[patient("a"), patient("c"), patient("d"), patient("e"), patient("f")]);
    let full = RunRequest { full: true, accept_loss: true, ..RunRequest::default() };
    assert_eq!(rig.ask(&full).unwrap().counts["Patient"].counted["absent"], 1);
    assert!(!rig.fake.lines()[0].contains("_since"));
    assert!(!rig.there().contains(&"Patient/b@1".to_owned()));
}

#[test]
fn levels_and_methods_are_asked_for_as_the_protocol_has_them() {
    for (more, expected) in [
        (", level: patient", "GET /r4/Patient/$export"),
        (", level: group/g-1", "GET /r4/Group/g-1/$export"),
        (", method: post, types: [Patient]", "POST /r4/$export"),
    ] {
        let rig = Rig::new(more);
        rig.run().unwrap();
        let asked = rig.fake.asked();
        assert_eq!(asked[0].line, expected);
        if more.contains("post") {
            let body = r#"{"resourceType":"Parameters","parameter":[{"name":"_type","valueString":"Patient"}]}"#;
            assert_eq!(asked[0].body, body);
        }
    }
}

#[test]
fn each_answer_to_the_request_for_an_export_has_its_reaction() {
    let retry = |status, after: &str| Answer::of(status, "").with("Retry-After", after);
    let many = |answer: Answer, count| vec![answer; count];
    let cases: Vec<Case> = vec![
        ("401", many(Answer::of(401, ""), 1), Err(ErrorKind::REFUSED), vec![]),
        ("403", many(Answer::of(403, "secret text"), 1), Err(ErrorKind::REFUSED), vec![]),
        ("no location", many(Answer::of(202, ""), 1), Err(EXPORT_FAILED), vec![]),
        (
            "another host",
            many(Answer::of(202, "").with("Content-Location", "https://evil.example/status/1"), 1),
            Err(EXPORT_FAILED),
            vec![],
        ),
        ("200", many(Answer::of(200, "{}"), 1), Err(EXPORT_FAILED), vec![]),
        (
            "200 with a location",
            vec![Answer::of(200, "{}").with("Content-Location", "/status/1")],
            Err(EXPORT_FAILED),
            vec![],
        ),
        ("404", many(Answer::of(404, ""), 1), Err(EXPORT_FAILED), vec![]),
        ("422", many(Answer::of(422, ""), 1), Err(EXPORT_FAILED), vec![]),
        ("a circle", many(Answer::of(302, "").with("Location", "HERE/r4/$export"), 9), Err(EXPORT_FAILED), vec![]),
        ("429 with seconds", vec![retry(429, "5")], Ok(()), vec![5]),
        ("429 with a date", vec![retry(429, "Sat, 07 Mar 2026 06:00:20 GMT")], Ok(()), vec![20]),
        (
            "429 with too little and too much",
            vec![retry(429, "0"), retry(429, "5000")],
            Ok(()),
            [vec![1], vec![40; 22], vec![20]].concat(),
        ),
        ("429 ten times", many(Answer::of(429, "").with("Retry-After", "1"), 10), Ok(()), vec![1; 10]),
        (
            "429 once more",
            many(Answer::of(429, "").with("Retry-After", "1"), 11),
            Err(ErrorKind::UNAVAILABLE),
            vec![1; 10],
        ),
        ("503 thrice", many(Answer::of(503, ""), 3), Ok(()), vec![2, 4, 8]),
        ("500 once more", many(Answer::of(500, ""), 4), Err(ErrorKind::UNAVAILABLE), vec![2, 4, 8]),
    ];
    for (name, answers, expected, waited) in cases {
        let rig = Rig::new("");
        rig.fake.will("kick", answers);
        match expected {
            Ok(()) => assert!(rig.run().is_ok(), "{name}"),
            Err(kind) => assert_eq!(rig.kind(), kind, "{name}"),
        }
        assert_eq!(rig.time.waited(), waited, "{name}");
        let published = if expected.is_ok() { 2 } else { 0 };
        assert_eq!(rig.there().len(), published, "{name}");
    }
    let rig = Rig::new("");
    let gone = format!("kind: bulk, base: \"http://127.0.0.1:{}/r4\"", free_port());
    let rig = Rig { source: source(&gone), ..rig };
    assert_eq!((rig.kind(), rig.time.waited()), (ErrorKind::UNAVAILABLE, vec![2, 4, 8]), "nobody is there");
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn each_answer_to_asking_after_an_export_has_its_reaction() {
    let manifest = |text: &str| Answer::of(200, text);
    let cases: Vec<Case> = vec![
        (
            "429 and 5xx are no end",
            vec![Answer::of(429, "").with("Retry-After", "3"), Answer::of(502, "")],
            Ok(()),
            vec![3, 2],
        ),
        (
            "waits that are too short and too long",
            vec![running().with("Retry-After", "0"), running().with("Retry-After", "5000")],
            Ok(()),
            [vec![1], vec![40; 22], vec![20]].concat(),
        ),
        ("5xx for ever", vec![Answer::of(500, ""); 4], Err(ErrorKind::UNAVAILABLE), vec![2, 4, 8]),
        ("gone once", vec![Answer::of(404, "")], Ok(()), vec![]),
        ("gone twice", vec![Answer::of(404, ""), Answer::of(410, "")], Err(EXPORT_FAILED), vec![]),
        ("401", vec![Answer::of(401, "")], Err(ErrorKind::REFUSED), vec![]),
        ("400", vec![Answer::of(400, "")], Err(EXPORT_FAILED), vec![]),
        ("no time", vec![manifest(r#"{"output":[]}"#)], Err(EXPORT_FAILED), vec![]),
        ("no manifest", vec![manifest("<html>")], Err(EXPORT_FAILED), vec![]),
        ("an unknown status", vec![Answer::of(204, "")], Err(EXPORT_FAILED), vec![]),
        (
            "pages in a circle",
            vec![
                manifest(&format!(
                    r#"{{"transactionTime":"{DAY_1}","link":[{{"relation":"next","url":"HERE/status/1"}}]}}"#
                ));
                3
            ],
            Err(EXPORT_FAILED),
            vec![],
        ),
        (
            "a page elsewhere",
            vec![manifest(&format!(
                r#"{{"transactionTime":"{DAY_1}","link":[{{"relation":"next","url":"https://evil.example/2"}}]}}"#
            ))],
            Err(EXPORT_FAILED),
            vec![],
        ),
        (
            "two pages",
            vec![manifest(&format!(
                r#"{{"transactionTime":"{DAY_1}","link":[{{"relation":"next","url":"/status/1?page=2"}}]}}"#
            ))],
            Ok(()),
            vec![],
        ),
    ];
    for (name, answers, expected, waited) in cases {
        let rig = Rig::new("");
        rig.fake.will("poll", answers);
        match expected {
            Ok(()) => assert!(rig.run().is_ok(), "{name}"),
            Err(kind) => assert_eq!(rig.kind(), kind, "{name}"),
        }
        assert_eq!(rig.time.waited(), waited, "{name}");
        assert_eq!(rig.there().len(), if expected.is_ok() { 2 } else { 0 }, "{name}");
        assert_eq!(rig.until().len(), usize::from(expected.is_ok()), "{name}");
    }
    let rig = Rig::new("");
    rig.fake.will("poll", vec![running().with("Retry-After", "900"); 30]);
    assert_eq!(rig.kind(), EXPORT_FAILED, "an export that does not end is cancelled");
    assert_eq!(rig.fake.lines().last().unwrap(), "DELETE /status/1");
    assert!(rig.time.waited().iter().all(|secs| *secs <= 40), "a sign of life at least every 40 s");
}

#[test]
fn each_answer_to_asking_for_a_file_has_its_reaction() {
    let whole = [patient("a"), patient("b")].join("\n");
    let packed = {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(whole.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let cases: Vec<Case> = vec![
        ("packed", vec![Answer::of(200, packed).with("Content-Encoding", "gzip")], Ok(()), vec![]),
        ("cut", vec![Answer::of(200, whole.clone()).cut_after(30)], Ok(()), vec![2]),
        (
            "cut for ever",
            vec![Answer::of(200, whole.clone()).cut_after(30); 4],
            Err(ErrorKind::UNAVAILABLE),
            vec![2, 4, 8],
        ),
        ("500", vec![Answer::of(500, ""); 3], Ok(()), vec![2, 4, 8]),
        ("too few lines once", vec![Answer::of(200, patient("a"))], Ok(()), vec![]),
        ("too few lines twice", vec![Answer::of(200, patient("a")); 2], Err(EXPORT_FAILED), vec![]),
        (
            "a line that is cut, twice",
            vec![Answer::of(200, whole.as_bytes()[..whole.len() - 2].to_vec()); 2],
            Err(EXPORT_FAILED),
            vec![],
        ),
        ("403", vec![Answer::of(403, "")], Err(EXPORT_FAILED), vec![]),
        ("404", vec![Answer::of(404, "")], Err(EXPORT_FAILED), vec![]),
        ("410", vec![Answer::of(410, "")], Err(EXPORT_FAILED), vec![]),
        ("401", vec![Answer::of(401, "")], Err(ErrorKind::REFUSED), vec![]),
        (
            "to another host",
            vec![Answer::of(302, "").with("Location", "https://evil.example/p.ndjson")],
            Err(EXPORT_FAILED),
            vec![],
        ),
    ];
    for (name, answers, expected, waited) in cases {
        let rig = Rig::new("");
        rig.fake.will("file", answers);
        match expected {
            Ok(()) => assert!(rig.run().is_ok(), "{name}"),
            Err(kind) => assert_eq!(rig.kind(), kind, "{name}"),
        }
        assert_eq!(rig.time.waited(), waited, "{name}");
        assert_eq!(rig.there().len(), if expected.is_ok() { 2 } else { 0 }, "{name}");
    }
}

#[test]
fn a_file_at_a_host_that_nobody_named_is_not_asked_for() {
    let rig = Rig::new("");
    let elsewhere = Fake::start();
    for url in [
        format!("http://localhost:{}/files/p.ndjson?sig=1", elsewhere.address.port()),
        "http://169.254.169.254/latest/meta-data?sig=1".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        rig.fake.script().manifest =
            format!(r#"{{"transactionTime":"{DAY_1}","output":[{{"type":"Patient","url":"{url}"}}]}}"#);
        assert_eq!(rig.kind(), EXPORT_FAILED);
    }
    assert_eq!(elsewhere.lines(), [""; 0]);
}

#[test]
fn who_we_are_is_told_where_it_must_be_and_nowhere_else() {
    let auth = ", auth: { bearer: { secret: { env: TOKEN } } }";
    for (requires, expected) in [(false, None), (true, Some("Bearer sesame"))] {
        let rig = Rig::new(auth);
        let manifest = rig
            .fake
            .script()
            .manifest
            .replace("requiresAccessToken\":false", &format!("requiresAccessToken\":{requires}"));
        rig.fake.script().manifest = manifest;
        rig.run().unwrap();
        for asked in rig.fake.asked() {
            let is_file = asked.line.contains("/files/");
            let told = if is_file { expected } else { Some("Bearer sesame") };
            assert_eq!(asked.header("authorization").as_deref(), told, "{}", asked.line);
        }
    }
    // A redirect to another server never carries it, though its host is named.
    let rig = Rig::new(&format!("{auth}, file_hosts: [localhost]"));
    let other = Fake::start();
    other.script().files.insert("p.ndjson".to_owned(), [patient("a"), patient("b")].join("\n").into_bytes());
    let manifest = rig.fake.script().manifest.replace("requiresAccessToken\":false", "requiresAccessToken\":true");
    rig.fake.script().manifest = manifest;
    let there = format!("http://localhost:{}/files/p.ndjson", other.address.port());
    rig.fake.will("file", [Answer::of(302, "").with("Location", there)]);
    rig.run().unwrap();
    let asked = other.asked();
    assert_eq!((asked.len(), asked[0].header("authorization")), (1, None));
}

#[test]
fn what_went_wrong_on_the_server_makes_a_run_partial_and_the_bookmark_stays() {
    let outcome = |severity: &str| {
        format!(
            r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"{severity}","diagnostics":"secret text"}}]}}"#
        )
    };
    for (severity, more, is_partial) in [
        ("warning", "", false),
        ("error", "", true),
        ("fatal", "", true),
        ("error", ", accept_export_errors: true", false),
    ] {
        let rig = Rig::new(more);
        let manifest = rig
            .fake
            .script()
            .manifest
            .replace("\"error\":[]", "\"error\":[{\"type\":\"OperationOutcome\",\"url\":\"HERE/files/e.ndjson\"}]");
        rig.fake.script().manifest = manifest;
        rig.fake.script().files.insert("e.ndjson".to_owned(), outcome(severity).into_bytes());
        let result = rig.run().unwrap();
        assert_eq!(result.partial, is_partial, "{severity} {more}");
        assert!(
            result.warnings[0].contains(severity) && !result.warnings[0].contains("secret"),
            "{:?}",
            result.warnings
        );
        assert_eq!(rig.until().is_empty(), is_partial, "{severity} {more}");
        assert_eq!(rig.there().len(), 2);
    }
}

#[test]
fn files_that_fail_within_what_is_tolerated_make_a_run_partial_and_the_next_covers_the_gap() {
    let rig = Rig::new(", tolerated_files: 1");
    rig.fake.script().manifest = format!(
        r#"{{"transactionTime":"{DAY_1}","output":[{{"type":"Patient","url":"HERE/files/p.ndjson"}},{{"type":"Patient","url":"HERE/files/lost.ndjson"}}]}}"#
    );
    let result = rig.run().unwrap();
    assert_eq!((result.partial, result.failed_files), (true, 1));
    assert_eq!(result.failed.keys().collect::<Vec<_>>(), ["Patient.2.ndjson"]);
    assert_eq!((rig.there().len(), rig.until().len()), (2, 0));
    rig.fake.script().files.insert("lost.ndjson".to_owned(), patient("lost").into_bytes());
    let result = rig.run().unwrap();
    assert_eq!((result.partial, rig.there().len(), rig.until().len()), (false, 3, 1));
}
