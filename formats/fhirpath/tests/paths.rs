//! Expressions of FHIRPath, each with what it gives for one resource.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use carelake_fhirpath::{Reader, References, Settings, Source, Views};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A resource with something of everything.
fn resource() -> Value {
    json!({
        "resourceType": "Patient", "id": "p", "active": true, "birthDate": "1970-06",
        "name": [{"use": "official", "family": "Ei", "given": ["Ada", "Bo"]}, {"use": "usual", "given": ["Addie"]}],
        "telecom": [{"rank": 1, "value": " x "}, {"rank": 2, "value": "y"}, {"rank": 2, "value": "y"}],
        "multipleBirthInteger": 2,
        "contact": [{"period": {"start": "2020-01-01T05:00:00Z", "end": "2020-01-01T06:00:00+01:00"}}],
        "extension": [{"url": "u:a", "valueDecimal": 1.50}, {"url": "u:b", "valueQuantity": {"value": 0.1}}, {"url": "u:c", "valueTime": "12:34"}],
        "managingOrganization": {"reference": "https://here.example.org/r4/Organization/o/_history/2"},
        "generalPractitioner": [{"reference": "#contained"}, {"reference": "https://other.example.org/Practitioner/x"}, {"reference": "urn:uuid:1"}, {"display": "Dr."}],
        "in": "reserved"
    })
}

/// Returns what an expression gives, or what is wrong with it.
fn given(path: &str) -> Result<Value, String> {
    let view = json!({"resource": "Patient", "constant": [{"name": "born", "valueDate": "1970-06"}], "select": [{"column": [{"name": "v", "path": path, "collection": true}]}]});
    let text = serde_json::to_vec(&view).unwrap();
    let settings = Settings { as_of: "2026-11-30T05:06:07.008Z".parse::<Timestamp>().unwrap() };
    let views = Views::compile(&[Source { file: "v.json", text: &text }], settings);
    let views = views.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    let line = serde_json::to_vec(&resource()).unwrap();
    let mut reader = Reader::new(views.names());
    let read = reader.read(&line).unwrap();
    let mut rows = String::new();
    let references = References::new(["https://here.example.org/r4/"]);
    views.json_rows(0, &read, &references, None, &mut rows).map_err(|error| error.to_string())?;
    let row: Value = serde_json::from_str(rows.trim()).unwrap();
    Ok(row.get("v").unwrap().clone())
}

fn check(cases: &[(&str, Value)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(path, wanted)| {
            let given = given(path);
            (given.as_ref() != Ok(wanted)).then(|| format!("{path}: {given:?}, not {wanted}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_and_parts_of_collections() {
    check(&[
        ("name.given", json!(["Ada", "Bo", "Addie"])),
        ("Patient.name.family", json!(["Ei"])),
        ("Observation.name.family", json!([])),
        ("name[1].given", json!(["Addie"])),
        ("name[9].given", json!([])),
        ("`name`.`given`.first()", json!(["Ada"])),
        ("name.given.last()", json!(["Addie"])),
        ("name.given.tail()", json!(["Bo", "Addie"])),
        ("name.given.skip(1).take(1)", json!(["Bo"])),
        ("name.given.take(0)", json!([])),
        ("name.given.skip(-1).count()", json!([3])),
        ("name.family.single()", json!(["Ei"])),
        ("name.where(use = 'usual').given", json!(["Addie"])),
        ("name.where($index = 1).use", json!(["usual"])),
        ("name.where($this.use = 'usual').use", json!(["usual"])),
        ("telecom.rank | name.use", json!([1, 2, "official", "usual"])),
        ("telecom.distinct().count()", json!([2])),
        ("telecom.rank.isDistinct()", json!([false])),
        ("name.isDistinct()", json!([true])),
        ("{}", json!([])),
        ("%resource.id", json!(["p"])),
        ("name.first().where(%resource.active).family", json!(["Ei"])),
        ("multipleBirth", json!([2])),
        ("multipleBirth.ofType(integer)", json!([2])),
        ("multipleBirth.ofType(boolean)", json!([])),
        ("extension.value.ofType(Quantity).value", json!([0.1])),
        ("extension('u:a').value", json!([1.5])),
        ("coalesce(deceased, name.family, id)", json!(["Ei"])),
        ("iif(active, 'yes', 'no')", json!(["yes"])),
        ("iif(deceased.exists(), 'yes')", json!([])),
        ("name.first().iif(use = 'official', family, given)", json!(["Ei"])),
        ("$this.`in`", json!(["reserved"])),
    ]);
}

#[test]
fn logic_has_three_values() {
    check(&[
        ("active and {}", json!([])),
        ("false and {}", json!([false])),
        ("{} and false", json!([false])),
        ("true or {}", json!([true])),
        ("{} or true", json!([true])),
        ("{} or false", json!([])),
        ("true xor false", json!([true])),
        ("true xor {}", json!([])),
        ("{} implies true", json!([true])),
        ("false implies {}", json!([true])),
        ("true implies {}", json!([])),
        ("active.not()", json!([false])),
        ("deceased.not()", json!([])),
        ("name.exists(use = 'usual')", json!([true])),
        ("name.all(given.exists())", json!([true])),
        ("name.all(family.exists())", json!([false])),
        ("deceased.all(false)", json!([true])),
        ("1 = 1 and 2 > 1 or false", json!([true])),
    ]);
}

#[test]
fn numbers_are_exact() {
    check(&[
        ("0.1 + 0.2 = 0.3", json!([true])),
        ("(1 / 3).toString()", json!(["0.333333333333333333"])),
        ("3 / 2", json!([1.5])),
        ("-7 div 2", json!([-3])),
        ("7 mod 2", json!([1])),
        ("-7.5 mod 2", json!([-1.5])),
        ("1 / 0", json!([])),
        ("1 mod 0", json!([])),
        ("1.50 = 1.5", json!([true])),
        ("1.5 ~ 1.54", json!([true])),
        ("1.5 ~ 1.56", json!([false])),
        ("2 > 1.9", json!([true])),
        ("12345678901234567890.5 > 12345678901234567890.4", json!([true])),
        ("1 + 2 * 3 - -1", json!([8])),
        ("extension.value.ofType(decimal) * 2 = 3", json!([true])),
        ("1.587.lowBoundary()", json!([1.5865])),
        ("1.587.highBoundary(2)", json!([1.59])),
        ("1.587.lowBoundary(2)", json!([1.58])),
        ("(-1.587).lowBoundary()", json!([-1.5875])),
        ("1.58700.precision()", json!([5])),
        ("'1.5'.toDecimal() + 1", json!([2.5])),
        ("'x'.toInteger()", json!([])),
        ("'12'.toInteger()", json!([12])),
        ("'1.5'.convertsToInteger()", json!([false])),
        ("'yes'.toBoolean()", json!([true])),
        ("1.toBoolean()", json!([true])),
    ]);
}

#[test]
fn dates_that_cannot_be_told_apart_are_neither_less_nor_equal() {
    check(&[
        ("birthDate = @1970-06", json!([true])),
        ("birthDate = %born", json!([true])),
        ("birthDate = @1970-06-01", json!([])),
        ("birthDate = @1970-07-01", json!([false])),
        ("birthDate ~ @1970-06-01", json!([false])),
        ("birthDate < @1970-06-15", json!([])),
        ("birthDate < @1970-07-01", json!([true])),
        ("birthDate >= @1970", json!([])),
        ("birthDate > @1969", json!([true])),
        ("contact.period.start = contact.period.end", json!([true])),
        ("contact.period.start < @2020-01-01T06:00:00+00:30", json!([true])),
        ("@2020-01-01T05:00:00Z = @2020-01-01T05:00:00.000Z", json!([true])),
        ("@2020-01-01T05:00Z = @2020-01-01T05:00:00Z", json!([])),
        ("@T12:34 < @T12:35", json!([true])),
        ("@T12:34 = @T12:34:10", json!([])),
        ("extension('u:c').value = @T12:34", json!([true])),
        ("birthDate.lowBoundary()", json!(["1970-06-01"])),
        ("birthDate.highBoundary()", json!(["1970-06-30"])),
        ("@2020-02.highBoundary(8)", json!(["2020-02-29"])),
        ("@2014-05-20.lowBoundary(6)", json!(["2014-05"])),
        ("@2010-10-10T.highBoundary()", json!(["2010-10-10T23:59:59.999-12:00"])),
        ("@2010-10-10T.lowBoundary()", json!(["2010-10-10T00:00:00.000+14:00"])),
        ("@2010-10-10T23:59:60Z = @2010-10-10T23:59:59Z", json!([true])),
        ("'2010-10-10T24:00:00Z'.toDateTime()", json!([])),
        ("@T10:30.highBoundary()", json!(["10:30:59.999"])),
        ("contact.period.start.highBoundary()", json!(["2020-01-01T05:00:00.999Z"])),
        ("birthDate.precision()", json!([6])),
        ("contact.period.start.precision()", json!([14])),
        ("@2014-01-05T10:30:00.5Z.precision()", json!([17])),
        ("@T10:30.precision()", json!([4])),
        ("today()", json!(["2026-11-30"])),
        ("now()", json!(["2026-11-30T05:06:07.008Z"])),
        ("now() > birthDate", json!([true])),
        ("'2026-02-30'.toDate()", json!([])),
        ("'2026-02-28T10:00:00Z'.toDate()", json!(["2026-02-28"])),
        ("'12:30'.toTime()", json!(["12:30"])),
    ]);
}

#[test]
fn texts() {
    check(&[
        ("name.given.join('-')", json!(["Ada-Bo-Addie"])),
        ("deceased.join(',')", json!([""])),
        ("telecom[0].value.trim()", json!(["x"])),
        ("'abc'.substring(1)", json!(["bc"])),
        ("'aéc'.substring(1, 1)", json!(["é"])),
        ("'abc'.substring(5)", json!([])),
        ("'abc'.substring(1, 0)", json!([""])),
        ("'aéc'.indexOf('c')", json!([2])),
        ("'abcabc'.lastIndexOf('b')", json!([4])),
        ("'abc'.indexOf('x')", json!([-1])),
        ("'abc'.startsWith('ab') and 'abc'.endsWith('bc') and 'abc'.contains('b')", json!([true])),
        ("'aBc'.upper() & 'aBc'.lower() & {}", json!(["ABCabc"])),
        ("'a' + 'b'", json!(["ab"])),
        ("'a' + {}", json!([])),
        ("'a,b'.split(',')", json!(["a", "b"])),
        ("'ab'.toChars()", json!(["a", "b"])),
        ("'aéc'.length()", json!([3])),
        ("'abc'.replace('b', 'x')", json!(["axc"])),
        ("'abc'.matches('b')", json!([true])),
        ("'abc'.matchesFull('b')", json!([false])),
        ("'11/30/2026'.replaceMatches('(\\\\d+)/(\\\\d+)/(\\\\d+)', '$3-$1-$2')", json!(["2026-11-30"])),
        ("'a\\u00e9\\n\\''", json!(["aé\n'"])),
        ("'A  b' ~ 'a B'", json!([true])),
        ("'b' in name.given | 'b'", json!([true])),
        ("name.given contains 'Bo'", json!([true])),
        ("'x' in {}", json!([false])),
        ("name.given = ('Ada' | 'Bo' | 'Addie')", json!([true])),
        ("name.given != 'Ada'", json!([true])),
        ("active.toString()", json!(["true"])),
        ("1.toString() /* of a number */ // and so on", json!(["1"])),
    ]);
}

#[test]
fn types() {
    check(&[
        ("multipleBirth is integer", json!([true])),
        ("multipleBirth is boolean", json!([false])),
        ("deceased is boolean", json!([])),
        ("multipleBirth as integer", json!([2])),
        ("1 is System.Integer", json!([true])),
        ("'a'.is(string)", json!([true])),
        ("$this is Patient", json!([true])),
        ("$this is FHIR.Observation", json!([false])),
        ("birthDate is date", json!([true])),
        ("@2020 is date", json!([true])),
        ("@2020T is dateTime", json!([true])),
        ("name.ofType(HumanName).family", json!(["Ei"])),
        ("name.ofType(string)", json!([])),
    ]);
}

#[test]
fn keys() {
    check(&[
        ("getResourceKey()", json!(["p"])),
        ("managingOrganization.getReferenceKey()", json!(["o"])),
        ("managingOrganization.getReferenceKey(Organization)", json!(["o"])),
        ("managingOrganization.getReferenceKey(Patient)", json!([])),
        ("generalPractitioner.getReferenceKey()", json!([])),
    ]);
}

#[test]
fn what_has_no_value_for_a_resource_says_so() {
    for (path, wanted) in [
        ("name.given.single()", "v.v: several values"),
        ("name.given + 'x'", "v.v: several values"),
        ("name.where(use)", "v.v: a condition"),
        ("'a' < 1", "v.v: values of types"),
        ("1 + 'a'", "v.v: values of types"),
        ("9223372036854775807 + 1", "v.v: a number with too many digits"),
        ("active.join(',')", "v.v: values of types"),
    ] {
        let error = given(path).unwrap_err();
        assert!(error.starts_with(wanted), "{path}: {error}");
    }
}

#[test]
fn what_is_no_expression_is_said_with_its_place() {
    for (path, wanted) in [
        ("name.frist()", "unknown function `frist`; did you mean `first`? at character 6"),
        ("name.select(use)", "unknown function `select`"),
        ("name.first(1)", "`first` takes 0 arguments, not 1 at character 6"),
        ("name.substring()", "`substring` takes 1 to 2 arguments, not 0 at character 6"),
        ("%bron", "unknown constant `%bron`; did you mean `born`? at character 1"),
        ("%context", "unknown constant `%context`"),
        ("value.ofType(Quantty)", "unknown type `Quantty`; did you mean `Quantity`? at character 14"),
        ("x.getReferenceKey(string)", "`string` is no resource at character 19"),
        ("a and", "the end where an expression should be at character 6"),
        ("a b", "something that does not belong to the expression before it at character 3"),
        ("(a", "`)` is missing at character 3"),
        ("'a", "a quote that is not closed at character 1"),
        ("'\\q'", "an escape that is none at character 2"),
        ("@2020-13", "`@` without a date or time that can be read at character 1"),
        ("é", "`é` means nothing here at character 1"),
        ("4 'mg'", "something that does not belong to the expression before it at character 3"),
        ("$total", "`$total` is not known here"),
        ("'a'.matches('(')", "a pattern that is no regular expression at character 13"),
        ("99999999999999999999", "a number with too many digits at character 1"),
        ("", "the end where an expression should be at character 1"),
    ] {
        let error = given(path).unwrap_err();
        assert!(error.contains(wanted) && error.starts_with("v.json: select[0].column[0].path: "), "{path}: {error}");
    }
    assert_eq!(given(&vec!["1"; 500].join("+")), Ok(json!([500])));
    let deep = format!("{}1{}", "(".repeat(60), ")".repeat(60));
    assert!(given(&deep).unwrap_err().contains("more than 50 expressions in one another"));
    assert!(given(&vec!["1"; 600].join("+")).unwrap_err().contains("more than 1,000 tokens"));
}
