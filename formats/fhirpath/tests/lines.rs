//! Lines as they come: what is a resource, what is none, and why.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use carelake_fhirpath::{LineError, Reader, Shape};
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn what_is_no_resource_says_why() {
    let deep = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels), "]".repeat(levels)).into_bytes();
    let lines: [(&[u8], LineError); 24] = [
        (b"", LineError::Json),
        (b"[]", LineError::Json),
        (b"{", LineError::Json),
        (b"{}x", LineError::Json),
        (b"{\"a\" 1}", LineError::Json),
        (b"{\"a\":}", LineError::Json),
        (b"{\"a\":1,}", LineError::Json),
        (b"{a:1}", LineError::Json),
        (b"{\"a\":01}", LineError::Json),
        (b"{\"a\":1.}", LineError::Json),
        (b"{\"a\":.5}", LineError::Json),
        (b"{\"a\":1e}", LineError::Json),
        (b"{\"a\":+1}", LineError::Json),
        (b"{\"a\":tru}", LineError::Json),
        (b"{\"a\":\"\t\"}", LineError::Json),
        (b"{\"a\":\"\\x\"}", LineError::Json),
        (b"{\"a\":\"\\u12\"}", LineError::Json),
        (b"{\"a\":\"\\ud800\"}", LineError::Json),
        (b"{\"a\":\"\\udc00\"}", LineError::Json),
        (b"{\"skipped\":[{\"b\":\"\\ud800x\"}]}", LineError::Json),
        (b"{\"\\ud800\":1}", LineError::Json),
        (b"{\"a\":\"Jos\xe9\"}", LineError::Encoding),
        (&deep(64), LineError::Depth),
        (b"{\"a\":1}{\"a\":1}", LineError::Json),
    ];
    for (line, error) in lines {
        for mut reader in [Reader::whole(), Reader::new(&names(&["a"])), Reader::new(&names(&["b"]))] {
            assert_eq!(reader.read(line).map(|_| ()), Err(error), "{}", String::from_utf8_lossy(line));
        }
    }
    assert!(Reader::whole().read(&deep(63)).is_ok());
}

/// Returns the names of a view that asks for these members.
fn names(members: &[&str]) -> std::sync::Arc<carelake_fhirpath::Names> {
    let columns: Vec<Value> =
        members.iter().map(|name| serde_json::json!({"name": format!("c_{name}"), "path": name})).collect();
    let view = serde_json::json!({"resource": "Patient", "select": [{"column": columns}]}).to_string();
    let source = carelake_fhirpath::Source { file: "v.json", text: view.as_bytes() };
    let settings = carelake_fhirpath::Settings { as_of: jiff::Timestamp::UNIX_EPOCH };
    carelake_fhirpath::Views::compile(&[source], settings).unwrap().names().clone()
}

#[test]
fn a_resource_says_what_it_is() {
    let line = br#"  {"resourceType":"Patient","id":"p","meta":{"versionId":"7","lastUpdated":"2020-01-01T00:00:00.1234567+01:00"},"x":[1,2]} "#;
    for mut reader in [Reader::whole(), Reader::heads(), Reader::new(&names(&["z"]))] {
        let resource = reader.read(line).unwrap();
        assert_eq!((resource.resource_type(), resource.id()), (Some("Patient"), Some("p")));
        assert_eq!(resource.version_id(), Some("7"));
        assert_eq!(resource.last_updated(), Some(1_577_833_200_123_456));
        assert_eq!(resource.text().as_bytes(), line.trim_ascii());
    }
    let mut reader = Reader::whole();
    for text in ["2020-01-01T00:00:00", "2020-01-01T24:00:00Z", "yesterday", "2020-02-30"] {
        let line = format!(r#"{{"id":17,"meta":{{"lastUpdated":"{text}"}}}}"#);
        let resource = reader.read(line.as_bytes()).unwrap();
        assert_eq!((resource.id(), resource.resource_type(), resource.last_updated()), (None, None, None), "{text}");
    }
}

#[test]
fn of_members_of_one_name_the_last_counts() {
    let mut reader = Reader::whole();
    let resource = reader.read(br#"{"id":"a","x":1,"id":"b","x":[true,null],"i\u0064":"c"}"#).unwrap();
    assert_eq!(resource.id(), Some("c"));
    let items: Vec<Shape> = resource.root().member("x").unwrap().items().map(|item| item.shape()).collect();
    assert_eq!(items, [Shape::True, Shape::Null]);
    assert_eq!(resource.root().members().count(), 5);
}

#[test]
fn escapes_are_what_they_stand_for() {
    let mut reader = Reader::whole();
    for (escaped, text) in [
        (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r"\u0041\u00e9\ud7ff\ue000", "A\u{e9}\u{d7ff}\u{e000}"),
        (r"x\ud800\udc00\ud83d\ude00\udbff\udfffy", "x\u{10000}\u{1f600}\u{10ffff}y"),
    ] {
        let line = format!(r#"{{"a":"{escaped}","{escaped}":1}}"#);
        let resource = reader.read(line.as_bytes()).unwrap();
        assert_eq!(resource.root().member("a").unwrap().text(), Some(text));
        assert!(resource.root().member(text).is_some(), "{escaped}");
    }
}

#[test]
fn white_space_between_tokens_is_no_content() {
    let mut reader = Reader::whole();
    let mut compact = Vec::new();
    reader.read(b" {\t\"a b\" : [ 1 , \"c \\\" : d\" ] , \"e\":{ } }\r").unwrap().compact(&mut compact);
    assert_eq!(compact, b"{\"a b\":[1,\"c \\\" : d\"],\"e\":{}}");
}

/// Any value of JSON.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e30..1e30).prop_map(Value::from),
        "[a-z\\\\\"\\n\u{1}é😀]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[a-e_\"é]{0,3}", inner, 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Builds a value anew from what was read.
fn again(node: carelake_fhirpath::Node<'_>) -> Value {
    match node.shape() {
        Shape::Null => Value::Null,
        Shape::True => Value::Bool(true),
        Shape::False => Value::Bool(false),
        Shape::Number => serde_json::from_str(node.raw()).unwrap(),
        Shape::Text => Value::from(node.text().unwrap()),
        Shape::Array => node.items().map(again).collect(),
        Shape::Object => node.members().map(|(name, node)| (name.to_owned(), again(node))).collect(),
    }
}

proptest! {
    #[test]
    fn what_was_written_is_what_is_read(value in value(), is_pretty: bool) {
        let line = serde_json::json!({"a": value});
        let text = if is_pretty { serde_json::to_vec_pretty(&line) } else { serde_json::to_vec(&line) }.unwrap();
        let mut reader = Reader::whole();
        let resource = reader.read(&text).unwrap();
        prop_assert_eq!(again(resource.root()), line.clone());
        let mut compact = Vec::new();
        resource.compact(&mut compact);
        prop_assert_eq!(compact, serde_json::to_vec(&line).unwrap());
    }

    #[test]
    fn any_bytes_are_judged_as_another_reader_judges_them(
        head in "[{\\[\"a:,}\\]0-9.eE+\\-\\\\u trufalsn\u{1}é]{0,24}", tail in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut line = format!("{{\"a\":{head}").into_bytes();
        line.extend(tail);
        let is_object = serde_json::from_slice::<serde_json::Map<String, Value>>(&line).is_ok();
        let mut reader = Reader::new(&names(&["a"]));
        prop_assert_eq!(reader.read(&line).is_ok(), is_object);
        line.push(b'}');
        let is_object = serde_json::from_slice::<serde_json::Map<String, Value>>(&line).is_ok();
        prop_assert_eq!(reader.read(&line).is_ok(), is_object);
    }
}
