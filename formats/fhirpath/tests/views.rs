//! Views that are wrong, and values that do not fit: each is said or counted under its own name.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float64Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use carelake_fhirpath::{Bundle, Filler, Reader, References, Settings, Source, Views};
use jiff::Timestamp;
use serde_json::{Value, json};

fn compile(view: &Value) -> Result<Views, Vec<String>> {
    let text = serde_json::to_vec(view).unwrap();
    let source = Source { file: "views/v.json", text: &text };
    let views = Views::compile(&[source], Settings { as_of: Timestamp::UNIX_EPOCH });
    views.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// Fills columns with resources; answers them and what was counted.
fn fill(view: &Value, resources: &[Value], bundle: Option<&Bundle>) -> (RecordBatch, Vec<(String, u64)>) {
    let views = Arc::new(compile(view).unwrap());
    let references = Arc::new(References::new(["https://here.example.org/r4"]));
    let (mut filler, mut reader) = (Filler::new(&views, &references), Reader::new(views.names()));
    for resource in resources {
        let line = resource.to_string();
        filler.push(&reader.read(line.as_bytes()).unwrap(), bundle);
    }
    let batch = filler.finish(0).unwrap();
    let mut counts: Vec<(String, u64)> = filler.counts().map(|count| (count.name(), count.rows)).collect();
    counts.sort();
    (batch, counts)
}

/// A view of patients with these columns: name, path, type.
fn patients(columns: &[(&str, &str, &str)]) -> Value {
    let columns: Vec<Value> =
        columns.iter().map(|(name, path, kind)| json!({"name": name, "path": path, "type": kind})).collect();
    json!({"resource": "Patient", "select": [{"column": columns}]})
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_place() {
    let errors = compile(&json!({
        "resourceType": "ViewDefinition", "resource": "Pateint", "fhirVersin": "4.0.1",
        "constant": [
            {"name": "a", "valueInteger": "1"}, {"name": "b", "valueStrng": "x"}, {"name": "c", "valueCode": "x", "valueString": "x"},
            {"name": "d", "valueDate": "2020-13"}, {"name": "e", "valueString": "x"}, {"name": "e", "valueString": "x"}],
        "where": [{"path": "name.wher(use = 'x')"}, {"pth": "x"}],
        "select": [
            {"colum": [], "forEach": "name", "forEachOrNull": "name", "column": [{"name": "a", "path": "id", "type": "strng"}, {"name": "a", "path": "id"}, {"name": "1", "path": "id"}]},
            {"repeat": ["item.", 1], "column": [{"name": "b", "path": "id", "collection": "yes", "tag": [{"name": "ansi/type", "value": "DECIMAL(39,0)"}]}, {"path": "id"}]},
            {"unionAll": [{"column": [{"name": "c", "path": "id"}]}, {"column": [{"name": "d", "path": "id"}]}]},
        ],
    }));
    let wanted = [
        "constant[0].valueInteger: is no integer",
        "constant[1].valueStrng: unknown member; did you mean `valueString`?",
        "constant[1]: a constant without a value",
        "constant[2]: a constant has one value",
        "constant[3].valueDate: is no date",
        "constant[5].name: a second constant `e`",
        "fhirVersin: unknown member; did you mean `fhirVersion`?",
        "resource: unknown resource `Pateint`; did you mean `Patient`?",
        "where[1].pth: unknown member; did you mean `path`?",
        "where[1].path: is missing",
        "select[0].colum: unknown member; did you mean `column`?",
        "select[0].column[0].type: unknown type `strng`; did you mean `string`?",
        "select[0].column[2].name: `1` is not letters, digits and `_`, the first a letter",
        "select[0]: has more than one of forEach, forEachOrNull and repeat",
        "select[1].column[0].tag[0].value: unknown type `DECIMAL(39,0)`; known are DOUBLE, DECIMAL(p,s) with p to 38 and s to p, VARCHAR",
        "select[1].column[0].collection: must be true or false",
        "select[1].column[1].name: is missing",
        "select[1].repeat[1]: must be text",
        "where[0].path: unknown function `wher`; did you mean `where`? at character 6",
        "select[1].repeat[0]: a name is missing at character 6",
        "select[2].unionAll[1]: its columns are d, those of the first branch c",
        "select[0].column[1].path: a second column `a`",
    ];
    let mut errors = errors.unwrap_err();
    let mut wanted: Vec<String> = wanted.iter().map(|error| format!("views/v.json: {error}")).collect();
    errors.sort();
    wanted.sort();
    assert_eq!(errors, wanted);
    for (view, wanted) in [
        (json!({"resource": "Patient"}), "select: is missing"),
        (json!({"resource": "Patient", "select": [{}]}), "select: has no column"),
        (json!({"resource": "Patient", "select": {}}), "select: must be a list"),
        (
            json!({"resourceType": "Patient", "resource": "Patient", "select": [{"column": [{"name": "a", "path": "id"}]}]}),
            "resourceType: `Patient` is no ViewDefinition",
        ),
    ] {
        assert!(compile(&view).unwrap_err().iter().any(|error| error.ends_with(wanted)), "{view}");
    }
}

#[test]
fn two_views_have_two_names() {
    let text = patients(&[("id", "id", "id")]).to_string();
    let source = |file| Source { file, text: text.as_bytes() };
    let settings = Settings { as_of: Timestamp::UNIX_EPOCH };
    let views = Views::compile(&[source("a/one.json"), source("two.json")], settings).unwrap();
    assert_eq!(views.iter().map(carelake_fhirpath::View::name).collect::<Vec<_>>(), ["one", "two"]);
    let errors = Views::compile(&[source("a/one.json"), source("b/one.json")], settings).unwrap_err();
    assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), ["b/one.json: name: a second view `one`"]);
}

#[test]
fn what_does_not_fit_is_null_and_counted() {
    let view = patients(&[
        ("day", "birthDate", "date"),
        ("at", "deceased.ofType(dateTime)", "dateTime"),
        ("number", "multipleBirth.ofType(integer)", "integer"),
        ("rank", "telecom.rank", "positiveInt"),
        ("is", "active", "boolean"),
        ("text", "gender", "code"),
        ("name", "name", "HumanName"),
    ]);
    let good = json!({"resourceType": "Patient", "birthDate": "1970", "deceasedDateTime": "2020-01-01T00:00:60+01:00", "multipleBirthInteger": 2.0, "telecom": [{"rank": 1e1}], "active": true, "gender": "", "name": [{"family": "x"}]});
    let wrong = json!({"resourceType": "Patient", "birthDate": 19700101, "deceasedDateTime": "2020-01-01T24:00:00Z", "multipleBirthInteger": 1.5, "telecom": [{"rank": 0}], "active": "true", "gender": {"x": 1}, "name": ["x"]});
    let more = json!({"resourceType": "Patient", "birthDate": "1970-01-01T00:00:00Z", "deceasedDateTime": "2020-01-01T00:00:00", "multipleBirthInteger": 2_147_483_648_i64, "telecom": [{"rank": 1}, {"rank": 2}], "gender": ["a", 1]});
    let (batch, counts) = fill(&view, &[good, wrong, more], None);
    for column in batch.columns().iter().filter(|column| column.data_type() != &arrow_schema::DataType::Utf8) {
        assert_eq!((column.is_valid(0), column.is_valid(1), column.is_valid(2)), (true, false, false));
    }
    assert_eq!(batch.column(1).as_primitive::<TimestampMicrosecondType>().value(0), 1_577_833_259_000_000);
    assert_eq!(batch.column(2).as_primitive::<Int32Type>().value(0), 2);
    assert_eq!(batch.column(3).as_primitive::<Int32Type>().value(0), 10);
    assert!(batch.column(5).is_null(0), "FHIR has no empty text");
    assert_eq!(batch.column(6).as_string::<i32>().value(0), "{\"family\":\"x\"}");
    let counts: Vec<(&str, u64)> = counts.iter().map(|(name, rows)| (name.as_str(), *rows)).collect();
    assert_eq!(
        counts,
        [
            ("v.at_invalid", 2),
            ("v.day_invalid", 2),
            ("v.is_invalid", 1),
            ("v.name_invalid", 1),
            ("v.number_invalid", 2),
            ("v.rank_invalid", 1),
            ("v.rank_many", 1),
            ("v.text_invalid", 1),
            ("v.text_many", 1),
        ]
    );
}

#[test]
fn decimals_are_rounded_half_to_even_at_nine_places() {
    let view = json!({"resource": "Observation", "select": [{"forEach": "component", "column": [
        {"name": "d", "path": "value.ofType(Quantity).value", "type": "decimal"},
        {"name": "two", "path": "value.ofType(Quantity).value", "type": "decimal", "tag": [{"name": "ansi/type", "value": "decimal(5, 2)"}]},
        {"name": "f", "path": "value.ofType(Quantity).value", "type": "decimal", "tag": [{"name": "ansi/type", "value": "DOUBLE"}]}]}]});
    let cases = [
        ("1", Some(1_000_000_000), Some(100)),
        ("-1.50", Some(-1_500_000_000), Some(-150)),
        ("1.2E+1", Some(12_000_000_000), Some(1_200)),
        ("125e-2", Some(1_250_000_000), Some(125)),
        ("0.0000000005", Some(0), Some(0)),
        ("0.0000000015", Some(2), Some(0)),
        ("0.00000000050000000000000000000000000000000000000001", Some(1), Some(0)),
        ("1.0050", Some(1_005_000_000), Some(100)),
        ("99999999999999999999999999999.999999999", Some(99_999_999_999_999_999_999_999_999_999_999_999_999), None),
        ("99999999999999999999999999999.9999999999", None, None),
        ("100000000000000000000000000000", None, None),
        ("1e400", None, None),
        ("0e400", Some(0), Some(0)),
        ("-1e-400", Some(0), Some(0)),
    ];
    let components: Vec<String> =
        cases.iter().map(|(text, ..)| format!("{{\"valueQuantity\":{{\"value\":{text}}}}}")).collect();
    let line = format!("{{\"resourceType\":\"Observation\",\"component\":[{}]}}", components.join(","));
    let views = Arc::new(compile(&view).unwrap());
    let (mut filler, mut reader) = (Filler::new(&views, &Arc::default()), Reader::new(views.names()));
    filler.push(&reader.read(line.as_bytes()).unwrap(), None);
    let batch = filler.finish(0).unwrap();
    let digits = |at: usize| batch.column(at).as_primitive::<Decimal128Type>().iter().collect::<Vec<_>>();
    assert_eq!(digits(0), cases.map(|(_, wanted, _)| wanted));
    assert_eq!(digits(1), cases.map(|(_, _, wanted)| wanted));
    assert_eq!(batch.column(2).as_primitive::<Float64Type>().value(3), 1.25);
    let of =
        |name: &str| filler.counts().filter(|count| count.name() == name).map(|count| count.rows).collect::<Vec<_>>();
    assert_eq!((of("v.d_invalid"), of("v.two_invalid"), of("v.f_invalid")), (vec![3], vec![4], vec![1]));
    assert_eq!(of("decimal_rounded"), [4, 5]);
}

#[test]
fn references_that_mean_nothing_here_are_counted() {
    let view = patients(&[
        ("any", "managingOrganization.getReferenceKey()", "id"),
        ("patient", "managingOrganization.getReferenceKey(Patient)", "id"),
    ]);
    let resource = |reference: Value| json!({"resourceType": "Patient", "managingOrganization": reference});
    let references = [
        ("Organization/o", true),
        ("Organization/o/_history/3", true),
        ("https://here.example.org/r4/Organization/o", true),
        ("https://here.example.org/r4/Organization/o/_history/3", true),
        ("urn:uuid:1", true),
        ("urn:uuid:2", false),
        ("#o", false),
        ("https://here.example.org/r4x/Organization/o", false),
        ("https://there.example.org/r4/Organization/o", false),
        ("Nonsense/o", false),
        ("Organization/a b", false),
        ("Organization/o/x", false),
        ("o", false),
        ("/o", false),
        ("", false),
    ];
    let mut bundle = Bundle::default();
    bundle.insert("urn:uuid:1", "Organization", "o");
    let mut resources: Vec<Value> = references.iter().map(|(text, _)| resource(json!({"reference": text}))).collect();
    resources.extend([
        resource(json!({"display": "x"})),
        resource(json!({"reference": 1})),
        json!({"resourceType": "Patient"}),
    ]);
    let (batch, counts) = fill(&view, &resources, Some(&bundle));
    let keys: Vec<Option<&str>> = batch.column(0).as_string::<i32>().iter().collect();
    let wanted: Vec<Option<&str>> = references.iter().map(|(_, is_known)| is_known.then_some("o")).collect();
    assert_eq!(keys.get(..references.len()).unwrap(), wanted);
    assert_eq!(batch.column(1).null_count(), resources.len());
    // Ten that are unknown, one without a reference and one that is no text, in both columns; none where there is none.
    assert_eq!(counts, [("reference_unresolved".to_owned(), 12), ("reference_unresolved".to_owned(), 12)]);
}

#[test]
fn a_resource_that_multiplies_beyond_bounds_has_no_row() {
    let view = json!({"resource": "Patient", "select": [
        {"forEach": "name", "column": [{"name": "a", "path": "family"}]}, {"forEach": "contact", "column": [{"name": "b", "path": "gender"}]}]});
    let many = |count: usize| vec![json!({}); count];
    let resources = [
        json!({"resourceType": "Patient", "name": many(1_001), "contact": many(1_000)}),
        json!({"resourceType": "Patient", "name": many(20), "contact": many(10)}),
    ];
    let (batch, counts) = fill(&view, &resources, None);
    assert_eq!((batch.num_rows(), counts), (200, vec![("v.rows_invalid".to_owned(), 1)]));
}
