//! Whatever is asked of whatever resource: there is an answer, and it is the same in rows of JSON and in columns.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use carelake_fhirpath::{Filler, Reader, References, Settings, Source, Views};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Values that somewhere mean something, and some that mean nothing.
fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e12..1e12).prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "a",
            "Patient",
            "Patient/1",
            "Patient/1/_history/2",
            "https://fhir.example.org/r4/Patient/1",
            "urn:uuid:1",
            "#a",
            "2020",
            "2020-02",
            "2020-02-30",
            "2020-02-29T24:00:00Z",
            "2020-02-29T23:59:60.123456789-14:00",
            "0000",
            "9999-12-31T23:59:59Z",
            "12:30",
            "é\u{0}😀",
            "\\\"",
            "1e400",
            "official",
        ])
        .prop_map(Value::from),
    ]
}

/// An object of members that views and expressions ask for.
fn object() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 60, 5, |inner| {
        let name = prop::sample::select(vec![
            "id", "extension", "url", "value", "valueQuantity", "valueString", "valueDateTime", "_valueString", "coding", "code", "system",
            "reference", "name", "_name", "given", "_given", "use", "period", "start", "birthDate", "_birthDate", "meta", "lastUpdated",
            "component", "subject", "category", "resourceType", "type",
        ]);
        prop_oneof![
            2 => prop::collection::vec((name, inner.clone()), 0..8)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Value>()),
            1 => prop::collection::vec(inner, 0..5).prop_map(Value::from),
        ]
    })
}

fn resource(kind: &str) -> impl Strategy<Value = Value> {
    let kind = kind.to_owned();
    prop::collection::vec(object(), 16).prop_map(move |values| {
        let names = [
            "id",
            "extension",
            "valueQuantity",
            "valueString",
            "_valueString",
            "code",
            "name",
            "_name",
            "birthDate",
            "_birthDate",
            "meta",
            "component",
            "subject",
            "category",
            "effectiveDateTime",
            "interpretation",
        ];
        let mut resource: Value = names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), value)).collect();
        resource.as_object_mut().unwrap().insert("resourceType".to_owned(), Value::from(kind.clone()));
        resource
    })
}

/// An expression, or something like one.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "id",
        "name",
        "birthDate",
        "value",
        "extension",
        "subject",
        "$this",
        "$index",
        "%resource",
        "%rowIndex",
        "{}",
        "true",
        "1",
        "0",
        "9223372036854775807",
        "0.1",
        "99999999999999999999999999999999999999",
        "'a'",
        "''",
        "'2020-02'",
        "@2020",
        "@2020-02-29T10:00Z",
        "@T10",
        "today()",
        "Patient",
        "name.given",
        "value.ofType(Quantity)",
        "meta.lastUpdated",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 24, 3, |inner| {
        let function = prop::sample::select(vec![
            "first",
            "last",
            "tail",
            "single",
            "count",
            "empty",
            "exists",
            "not",
            "distinct",
            "isDistinct",
            "hasValue",
            "join",
            "precision",
            "lowBoundary",
            "highBoundary",
            "toString",
            "toInteger",
            "toDecimal",
            "toDate",
            "toDateTime",
            "toTime",
            "toBoolean",
            "length",
            "upper",
            "toChars",
            "trim",
            "getReferenceKey",
            "getResourceKey",
            "convertsToDate",
        ]);
        let with_one = prop::sample::select(vec![
            "where",
            "exists",
            "all",
            "extension",
            "skip",
            "take",
            "substring",
            "indexOf",
            "startsWith",
            "contains",
            "split",
            "join",
            "lowBoundary",
            "highBoundary",
            "matches",
            "coalesce",
            "lastIndexOf",
            "endsWith",
            "matchesFull",
        ]);
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "div", "mod", "&", "|", "=", "!=", "~", "!~", "<", "<=", ">", ">=", "in", "contains",
            "and", "or", "xor", "implies",
        ]);
        let kind =
            prop::sample::select(vec!["string", "Quantity", "date", "dateTime", "boolean", "Patient", "integer"]);
        prop_oneof![
            (inner.clone(), function).prop_map(|(of, function)| format!("({of}).{function}()")),
            (inner.clone(), with_one, inner.clone())
                .prop_map(|(of, function, of_one)| format!("({of}).{function}({of_one})")),
            (inner.clone(), operator, inner.clone())
                .prop_map(|(left, operator, right)| format!("({left}) {operator} ({right})")),
            (inner.clone(), kind.clone()).prop_map(|(of, kind)| format!("({of}).ofType({kind})")),
            (inner.clone(), kind).prop_map(|(of, kind)| format!("({of}) is {kind}")),
            (inner.clone(), inner.clone()).prop_map(|(of, at)| format!("({of})[{at}]")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("iif({a}, {b}, {c})")),
            inner.prop_map(|of| format!("-({of})")),
        ]
    })
}

fn compile(sources: &[Source<'_>]) -> Arc<Views> {
    Arc::new(Views::compile(sources, Settings { as_of: Timestamp::UNIX_EPOCH }).unwrap())
}

/// Fills columns with a resource, and writes its rows; where no row is refused, there are as many in both.
fn answer(views: &Arc<Views>, resource: &Value) {
    let references = Arc::new(References::new(["https://fhir.example.org/r4"]));
    let line = serde_json::to_vec(resource).unwrap();
    let mut reader = Reader::new(views.names());
    let read = reader.read(&line).unwrap();
    let mut filler = Filler::new(views, &references);
    filler.push(&read, None);
    for (index, view) in views.iter().enumerate() {
        let mut rows = String::new();
        let written = views.json_rows(index, &read, &references, None, &mut rows);
        let filled = filler.rows(index);
        let batch = filler.finish(index).unwrap();
        assert_eq!((batch.num_rows(), filler.rows(index)), (filled, 0));
        for line in rows.lines() {
            let row: Value = serde_json::from_str(line).unwrap_or(Value::Null);
            assert!(written.is_err() || row.is_object(), "{line}");
        }
        match written {
            Ok(count) => {
                assert_eq!((count, rows.lines().count()), (filled, filled), "{}", view.name());
                assert!(filler.counts().all(|count| count.rows > 0));
            }
            Err(error) => assert!(filler.counts().any(|count| count.view == view.name()), "{error} is not counted"),
        }
    }
}

static SHIPPED: LazyLock<Arc<Views>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jobs/fhir/views");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    let texts: Vec<(String, Vec<u8>)> =
        files.map(|file| (file.display().to_string(), fs::read(&file).unwrap())).collect();
    compile(&texts.iter().map(|(file, text)| Source { file, text }).collect::<Vec<_>>())
});

proptest! {
    #[test]
    fn shipped_views_take_any_resource(patient in resource("Patient"), observation in resource("Observation")) {
        answer(&SHIPPED, &patient);
        answer(&SHIPPED, &observation);
    }

    #[test]
    fn any_expression_has_an_answer_or_an_error(
        path in expression(), each in expression(), condition in expression(), resource in resource("Patient"), is_collection: bool,
        kind in prop::sample::select(vec!["string", "integer", "decimal", "date", "dateTime", "boolean", "Quantity", "positiveInt", "id"]),
    ) {
        let view = json!({"resource": "Patient", "where": [{"path": condition}], "select": [
            {"column": [{"name": "a", "path": path, "type": kind, "collection": is_collection}, {"name": "b", "path": path}]},
            {"forEachOrNull": each, "column": [{"name": "c", "path": path, "tag": [{"name": "ansi/type", "value": "VARCHAR"}]}], "select": [{"repeat": ["component", "extension"], "column": [{"name": "d", "path": "value"}]}]},
        ]});
        let text = serde_json::to_vec(&view).unwrap();
        let source = Source { file: "v.json", text: &text };
        if Views::compile(&[source], Settings { as_of: Timestamp::UNIX_EPOCH }).is_ok() {
            answer(&compile(&[source]), &resource);
        }
    }

    #[test]
    fn any_text_is_an_expression_or_an_error(path in "[a-z$%@'`(){}.,<>=~|&+*/ 0-9\\-\\[\\]\\\\é]{0,40}") {
        let view = json!({"resource": "Patient", "select": [{"column": [{"name": "a", "path": path}]}]}).to_string();
        let source = Source { file: "v.json", text: view.as_bytes() };
        if let Err(errors) = Views::compile(&[source], Settings { as_of: Timestamp::UNIX_EPOCH }) {
            prop_assert!(errors.iter().all(|error| error.to_string().contains(" at character ")), "{:?}", errors);
        }
    }

    #[test]
    fn any_json_is_a_view_or_an_error(select in object(), constant in object(), condition in object()) {
        let view = json!({"resource": "Patient", "select": [select], "constant": constant, "where": condition}).to_string();
        let errors = Views::compile(&[Source { file: "v.json", text: view.as_bytes() }], Settings { as_of: Timestamp::UNIX_EPOCH });
        prop_assert!(errors.is_err());
    }
}
