//! Searching a server: pages, what is included, what is asked for by which way.

use std::sync::Arc;

use carelake_http::Clock as _;

use super::server::{Answer, Fake, Known, Time};
use super::world::source;
use crate::bulk::{Found, Manner, Query, Server};
use crate::config::Kind;
use crate::{EXPORT_FAILED, FhirError};

const PAGE_1: &str = r#"{"resourceType":"Bundle","type":"searchset","total":3,"link":[{"relation":"next","url":"HERE/r4?page=2"}],"entry":[
    {"resource":{"resourceType":"Observation","id":"o1",
        "x":"a b"},"search":{"mode":"match"}},
    {"resource":{"resourceType":"Patient","id":"p1"},"search":{"mode":"include"}},
    {"resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}},
    {"fullUrl":"x"}]}"#;
const PAGE_2: &str = r#"{"resourceType":"Bundle","entry":[
    {"resource":{"resourceType":"Observation","id":"o2"},"search":{"mode":"match"}},
    {"resource":{"resourceType":"Observation","id":"o3"}},
    {"resource":{"resourceType":"Patient","id":"p1"},"search":{"mode":"include"}}]}"#;

fn search(fake: &Fake, time: &Arc<Time>, manner: Manner) -> Result<(Found, Vec<String>), FhirError> {
    let secrets = Known([("TOKEN".to_owned(), "sesame".to_owned())].into());
    let source =
        source(&format!("kind: bulk, base: \"{}\", auth: {{ bearer: {{ secret: {{ env: TOKEN }} }} }}", fake.base()));
    let Kind::Bulk(bulk) = &source.kind else { panic!() };
    let server = Server::new(&source.name, bulk, &secrets, (time.clone(), None))?;
    let query =
        Query::read("Observation?code=http://loinc.org|4548-4&_include=Observation:subject", manner.is_count).unwrap();
    let mut lines = Vec::new();
    let mut put = |line: &str| {
        lines.push(line.to_owned());
        Ok(())
    };
    let wait = |span| {
        time.wait(span);
        Ok(())
    };
    let found = server.search(&query, manner, &wait, &mut put)?;
    Ok((found, lines))
}

#[test]
fn pages_are_followed_each_resource_is_given_once_and_the_query_is_in_the_body() {
    let (fake, time) = (Fake::start(), Time::new());
    fake.will(
        "other",
        [Answer::of(503, "").with("Retry-After", "4"), Answer::of(200, PAGE_1), Answer::of(200, PAGE_2)],
    );
    let (found, lines) = search(&fake, &time, Manner::default()).unwrap();
    assert_eq!(found, Found { matches: 3, included: 1, outcomes: 1, without_resource: 1, pages: 2, total: Some(3) });
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0], r#"{"resourceType":"Observation","id":"o1","x":"a b"}"#, "without the line end in it");
    assert_eq!(time.waited(), [4]);
    let asked = fake.asked();
    assert_eq!((asked[1].line.as_str(), asked[2].line.as_str()), ("POST /r4/Observation/_search", "GET /r4?page=2"));
    assert_eq!(asked[1].body, "code=http%3A%2F%2Floinc.org%7C4548-4&_include=Observation%3Asubject");
    assert!(asked.iter().all(|it| it.header("authorization").as_deref() == Some("Bearer sesame")));
}

#[test]
fn as_many_as_are_wanted_only_their_number_or_by_get() {
    let (fake, time) = (Fake::start(), Time::new());
    fake.will("other", [Answer::of(200, PAGE_1)]);
    let (found, _) = search(&fake, &time, Manner { max: Some(1), ..Manner::default() }).unwrap();
    assert_eq!((found.matches, found.pages), (1, 1));
    fake.will("other", [Answer::of(200, r#"{"resourceType":"Bundle","total":17}"#)]);
    fake.asked();
    let (found, _) = search(&fake, &time, Manner { is_count: true, ..Manner::default() }).unwrap();
    assert_eq!(found.total, Some(17));
    assert!(fake.asked()[0].body.ends_with("&_summary=count"));
    fake.will("other", [Answer::of(200, PAGE_2)]);
    search(&fake, &time, Manner { is_get: true, ..Manner::default() }).unwrap();
    assert!(fake.lines()[0].starts_with("GET /r4/Observation?code="));
    assert!(Query::read("Nonsense?a=b", false).is_none());
}

#[test]
fn what_does_not_end_leads_elsewhere_or_is_no_page_fails() {
    let page = |next: &str| {
        Answer::of(200, format!(r#"{{"resourceType":"Bundle","link":[{{"relation":"next","url":"{next}"}}]}}"#))
    };
    for (answers, expected) in [
        (vec![page("HERE/r4?page=2"); 3], "do not end"),
        (vec![page("https://evil.example/r4?page=2")], "at another server"),
        (vec![page("http://127.0.0.1:1/r4?page=2")], "at another server"),
        (vec![Answer::of(200, "<html>")], "no Bundle"),
        (vec![Answer::of(200, r#"{"resourceType":"Patient"}"#)], "no Bundle"),
        (vec![page("HERE/r4?page=2"), Answer::of(410, "")], "took too long"),
        (vec![Answer::of(400, "secret text")], "does not do what it is asked (400)"),
    ] {
        let (fake, time) = (Fake::start(), Time::new());
        fake.will("other", answers);
        let error = search(&fake, &time, Manner::default()).unwrap_err();
        assert_eq!(error.kind(), EXPORT_FAILED, "{error}");
        assert!(error.to_string().contains(expected) && !error.to_string().contains("4548"), "{error}");
    }
}
