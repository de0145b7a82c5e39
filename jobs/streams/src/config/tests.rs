//! What the section takes, and what it says of what it does not.

use carelake_core::config::reader::{Mistakes, Spot, parse};

use super::*;

const KEYS: &str = "keys: [{ name: id }]";

fn mistakes(text: &str) -> Vec<String> {
    let mut mistakes = Mistakes::default();
    let root = parse(&format!("visits: {{ {text} }}"), &mut mistakes).unwrap();
    read(&Spot::root(&root), std::path::Path::new("/etc/lake"), &mut mistakes);
    let told = |problem: carelake_core::config::reader::Problem| {
        let near = problem.nearest.map(|near| format!(" ({near}?)")).unwrap_or_default();
        format!("{}: {}{near}", problem.path, problem.message)
    };
    mistakes.into_problems().into_iter().map(told).collect()
}

fn stream(text: &str) -> Stream {
    let mut mistakes = Mistakes::default();
    let root = parse(&format!("visits: {{ {text} }}"), &mut mistakes).unwrap();
    read(&Spot::root(&root), std::path::Path::new("/etc/lake"), &mut mistakes).streams.remove(0)
}

#[test]
fn what_holds_where_nothing_is_said() {
    let found = stream(&format!("kind: dynamodb, {KEYS}"));
    assert_eq!(found.every.as_secs(), 300);
    assert_eq!((found.flush_bytes, found.buckets, found.compact), (128 << 20, 1, Compact::Daily));
    assert_eq!((found.source.as_str(), found.place.as_str()), ("visits", "streams/visits"));
    assert_eq!((found.event_time, found.keeps_old, found.keeps_expired), (EventTime::Arrival, false, false));
    assert_eq!(found.keys[0].from.to_string(), "id");
}

#[test]
fn each_mistake_is_told_with_its_place_and_the_nearest_name() {
    let attributes = "attributes: [{ name: site_id, from: siteId }, { name: n, type: int64 }]";
    for (text, expected) in [
        ("kind: files", "visits.keys: missing"),
        (KEYS, "visits.kind: missing"),
        (
            "kind: file, keys: [{ name: id }]",
            "visits.kind: must be one of files, dynamodb, kinesis, dms, not `file` (files?)",
        ),
        ("kind: files, keys: []", "visits.keys: must be a list of at least one column"),
        (
            "kind: files, keys: [{ name: id, type: json }]",
            "visits.keys[0].type: must be one of text, int64, decimal, binary",
        ),
        ("kind: files, keys: [{ name: id, unit: ms }]", "visits.keys[0].unit: unknown key"),
        ("kind: files, keys: [{ name: Id }]", "visits.keys[0].name: `Id` must be lower-case"),
        ("kind: files, keys: [{ name: op }]", "visits.keys[0].name: `op` is a column that every row has"),
        ("kind: files, keys: [{ name: id, from: a..b }]", "visits.keys[0].from: must be a path"),
        ("kind: files, keys: [{ name: id }, { name: id }]", "visits.keys[1]: there is another column `id`"),
        ("kind: files, format: json, keys: [{ name: id }]", "visits.format: is for `kind: kinesis`"),
        ("kind: files, keys: [{ name: id }], attribute: []", "visits.attribute: unknown key"),
        ("kind: files, keys: [{ name: id }], event_time: now", "visits.event_time: must be one of arrival"),
        ("kind: files, keys: [{ name: id }], event_time: { from: at }", "visits.event_time.unit: missing"),
        ("kind: files, keys: [{ name: id }], aws: { dev: { arn: a } }", "visits.aws: is for `kind: dynamodb`"),
        (
            "kind: kinesis, keys: [{ name: id }], aws: { dev: { arn: \"arn:aws:dynamodb:r:1:table/v/stream/x\" } }",
            "visits.aws.dev.arn: must be the ARN of a stream: arn:aws:kinesis",
        ),
        (
            "kind: dynamodb, keys: [{ name: id }], aws: { dev: { arn: \"arn:aws:dynamodb:r:1:table/v\" } }",
            "visits.aws.dev.arn: must be the ARN of a stream: arn:aws:dynamodb",
        ),
        ("kind: dynamodb, keys: [{ name: id }], aws: { dev: {} }", "visits.aws.dev.arn: missing"),
        (
            "kind: dynamodb, keys: [{ name: id }], aws: { dev: { arn: \"arn:aws:dynamodb:r:1:table/v/stream/x\", key: k } }",
            "visits.aws.dev.key: must be the ARN of a key",
        ),
        ("kind: dynamodb, keys: [{ name: id }], prefilter: true", "visits.prefilter: is for `kind: dynamodb` with"),
        (
            "kind: kinesis, keys: [{ name: id }], prefilter: true, filter: { events: [INSERT] }",
            "visits.prefilter: is for `kind: dynamodb` with",
        ),
        (
            "kind: files, keys: [{ name: id }], flush: { every: 30s }",
            "visits.flush.every: must be a span of at least 60s",
        ),
        ("kind: files, keys: [{ name: id }], buckets: 101", "visits.buckets: must be a whole number from 1 to 100"),
        (
            "kind: files, keys: [{ name: id }], filter: { where: \"a = \" }",
            "visits.filter.where: character 5: a value must be here",
        ),
        (
            "kind: files, keys: [{ name: id }], filter: { events: [UPDATE] }",
            "visits.filter.events[0]: must be one of INSERT",
        ),
        (
            "kind: files, keys: [{ name: id }], attributes: [{ name: n, unit: ms }]",
            "visits.attributes[0].unit: is for `type: timestamp`",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ lookup: sites, key: ids, columns: [{ name: n }] }]",
            "visits.enrich[0].key: `ids` is no declared column; declare it in `keys` or `attributes` (id?)",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ lookup: sites, key: [id, idd], columns: [{ name: n }] }]",
            "visits.enrich[0].key[1]: `idd` is no declared column; declare it in `keys` or `attributes` (id?)",
        ),
        (
            "kind: files, keys: [{ name: id }], attributes: [{ name: tags, type: text_list }], enrich: [{ lookup: s, key: tags, columns: [{ name: n }] }]",
            "visits.enrich[0].key: is of a type that is no key; a key is text",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ key: id, columns: [{ name: n }] }]",
            "visits.enrich[0]: needs `lookup` (a name of `lookups`) or `http`",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ lookup: s, columns: [{ name: n }] }]",
            "visits.enrich[0].key: missing",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ lookup: s, key: [] }]",
            "visits.enrich[0].key: must be a list of at least one",
        ),
        ("kind: files, keys: [{ name: id }], enrich: [{ lookup: s, key: id }]", "visits.enrich[0].columns: missing"),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ lookup: s, key: id, columns: [] }]",
            "visits.enrich[0].columns: must be a list of at least one column",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ lookup: s, key: id, columns: [{ name: id }] }]",
            "visits.enrich[0].columns[0]: there is another column `id`",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ lookup: s, key: id, columns: [{ name: n }], on_miss: drop }]",
            "visits.enrich[0].on_miss: must be one of null, park",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ lookup: s, key: id, columns: [{ name: n }], cache_secs: -1 }]",
            "visits.enrich[0].cache_secs: must be a whole number from 0 to 86400",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ lookup: s, key: id, columns: [{ name: n }], on_mis: park }]",
            "visits.enrich[0].on_mis: unknown key",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ http: \"https://a.example/b\", lookup: s, take: [{ name: n }] }]",
            "visits.enrich[0]: needs `lookup` (a name of `lookups`) or `http`",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ http: \"https://a.example/b\", send: idd, take: [{ name: n }] }]",
            "visits.enrich[0].send: `idd` is no declared column; declare it in `keys` or `attributes` (id?)",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ http: \"http://a.example/b\", send: id, take: [{ name: n }] }]",
            "visits.enrich[0].http: must be an address such as https://",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ http: \"https://me:sesame@a.example/b\", send: id, take: [{ name: n }] }]",
            "visits.enrich[0].http: must be an address such as https://",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ http: \"https://a.example/b\", send: id, columns: [{ name: n }] }]",
            "visits.enrich[0].columns: goes with `lookup`",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ http: \"https://a.example/b\", send: id, credential: { bearer: sesame } }]",
            "visits.enrich[0].credential.bearer: must be {secrets_manager: NAME}, {env: NAME} or {file: PATH}; never the secret itself",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ http: \"https://a.example/b\", send: id, timeout: 60 }]",
            "visits.enrich[0].timeout: must be a whole number from 1 to 50",
        ),
        (
            "kind: files, keys: [{ name: id }], enrich: [{ lookup: s, key: id, columns: [{ name: n }], timeout: 3 }]",
            "visits.enrich[0].timeout: goes with `http`",
        ),
    ] {
        let found = mistakes(text);
        assert!(found.iter().any(|it| it.starts_with(expected)), "{text}: {found:?}");
    }
    for (by, expected) in [
        (
            "[site]",
            "visits.partition_by[0]: `site` is no declared column; declare it in `attributes`, or leave it out (site_id?)",
        ),
        ("[n]", "visits.partition_by[0]: must be a column of `type: text`"),
        ("[hour]", "visits.partition_by[0]: `hour` must come after `year`"),
        ("[year, month, hour]", "visits.partition_by[2]: `hour` must come after `day`"),
        ("[year, month, day, minute]", "visits.partition_by[3]: would make 1,440 files a day"),
        ("[year, site_id]", "visits.partition_by[1]: must come before year, month, day and hour"),
    ] {
        let found = mistakes(&format!("kind: files, {KEYS}, {attributes}, partition_by: {by}"));
        assert!(found.iter().any(|it| it.starts_with(expected)), "{by}: {found:?}");
    }
}

#[test]
fn records_are_of_the_stream_whose_source_they_name_in_the_environment() {
    let table =
        |name: &str, label: &str| format!("arn:aws:dynamodb:us-east-1:123456789012:table/{name}/stream/{label}");
    let by_name = stream(&format!("kind: dynamodb, {KEYS}"));
    assert!(by_name.is_of("dev", &table("visits", "a")) && by_name.is_in("dev"));
    assert!(!by_name.is_of("dev", &table("visit", "a")));
    // A stream of Kinesis may have the name of a table.
    assert!(!by_name.is_of("dev", "arn:aws:kinesis:us-east-1:123456789012:stream/visits"));
    assert!(!stream(&format!("kind: files, {KEYS}")).is_of("dev", &table("visits", "a")));
    let there =
        stream(&format!("kind: dynamodb, {KEYS}, aws: {{ prod: {{ arn: \"{}\" }} }}", table("visits-prod", "b")));
    assert!(there.is_in("prod") && !there.is_in("dev"));
    // Also of the stream that the table had before.
    assert!(there.is_of("prod", &table("visits-prod", "a")));
    assert!(!there.is_of("prod", &table("visits", "b")) && !there.is_of("dev", &table("visits-prod", "b")));
}

#[test]
fn a_source_is_of_one_stream() {
    let one = format!("kind: dynamodb, {KEYS}");
    let found = |others: &str| {
        let mut mistakes = Mistakes::default();
        let root = parse(&format!("visits: {{ {one} }}\n{others}"), &mut mistakes).unwrap();
        read(&Spot::root(&root), std::path::Path::new("/etc/lake"), &mut mistakes);
        mistakes.into_problems().into_iter().map(|it| format!("{}: {}", it.path, it.message)).collect::<Vec<_>>()
    };
    assert_eq!(
        found(&format!("more: {{ {one}, source: other }}\nthird: {{ kind: kinesis, {KEYS}, source: visits }}")),
        [""; 0]
    );
    let twice = found(&format!("more: {{ {one}, source: visits }}"));
    assert_eq!(twice, ["more: records of its source are those of `visits`; a source has one stream"]);
}

#[test]
fn what_is_looked_up_is_held_against_the_look_ups_there_are() {
    let found = |lookup: &str, key: &str| {
        let text = format!(
            "lookups:\n  sites: {{ table: sites, key: id }}\n  visits: {{ table: visits, key: [pk, {{ name: sk, type: number }}] }}\n\
             streams:\n  visits:\n    kind: files\n    {KEYS}\n    enrich:\n      - {{ lookup: {lookup}, key: {key}, columns: [{{ name: n }}] }}\n"
        );
        let mut mistakes = Mistakes::default();
        let root = parse(&text, &mut mistakes).unwrap();
        check_lookups(&Spot::root(&root), std::path::Path::new(""), &mut mistakes);
        let told = mistakes.into_problems().into_iter().map(|it| {
            let near = it.nearest.map(|near| format!(" ({near}?)")).unwrap_or_default();
            format!("{}:{}: {}{near}", it.line, it.path, it.message)
        });
        told.collect::<Vec<_>>()
    };
    for (lookup, key) in [("sites", "id"), ("sites", "[id]"), ("visits", "[id, id]")] {
        assert_eq!(found(lookup, key), [""; 0], "{lookup} {key}");
    }
    for (lookup, key, expected) in [
        ("site", "id", "9:streams.visits.enrich[0].lookup: `site` is no look-up; declare it in `lookups` (sites?)"),
        (
            "visits",
            "id",
            "9:streams.visits.enrich[0].key: must be a declared column for each of `lookups.visits.key`, in its order: pk, sk",
        ),
        (
            "sites",
            "[id, id]",
            "9:streams.visits.enrich[0].key: must be a declared column for each of `lookups.sites.key`, in its order: id",
        ),
    ] {
        assert_eq!(found(lookup, key), [expected]);
    }
}
