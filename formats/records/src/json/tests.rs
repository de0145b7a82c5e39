//! What is read of JSON files.

use crate::format::Json;
use crate::limits::Limits;
use crate::malformed::Reason;
use crate::nested::shown::{Shown, each, select, show, table};
use crate::wanted::WantedTable;

pub(super) fn read(text: &[u8], json: &Json, wanted: &[WantedTable]) -> Result<Shown, Reason> {
    show(wanted, |wanted, take| super::read(&mut &*text, json, wanted, &Limits::default(), take))
}

pub(super) fn array() -> Json {
    Json::Array { path: String::new() }
}

pub(super) fn at(path: &str) -> Json {
    Json::Array { path: path.to_owned() }
}

pub(super) fn columns() -> Json {
    Json::Columns { columns: "columns".to_owned(), rows: "data.rows".to_owned() }
}

#[test]
fn records_are_found_in_each_shape_wherever_they_are() {
    let both = ["1: 1", "2: 2"];
    let cases: &[(Json, &str, &[&str])] = &[
        (array(), r#"[{"id":1},{"id":2}]"#, &both),
        (array(), "\u{feff} [ {\"id\" : 1 } ,\n{\"id\":2}\t] \n", &both),
        (array(), "[]", &[]),
        (array(), "", &[]),
        (array(), " \n ", &[]),
        (
            at("data.patients"),
            r#"{"a":[{"b":"]}\""}],"data":{"x":1,"patients":[{"id":1},{"id":2}],"y":{}},"z":[[]]}"#,
            &both,
        ),
        (at("data.patients"), r#"{"data":{"patients":null}}"#, &[]),
        (at("sites.patients"), r#"{"sites":[{"patients":[{"id":1}]},{"patients":[{"id":2}]}]}"#, &both),
        (at(r#""a.b""#), r#"{"a.b":[{"id":1},{"id":2}]}"#, &both),
        (Json::Lines, "{\"id\":1}\n{\"id\":2}\n", &both),
        (Json::Lines, "\n\n{\"id\":1}\r\n\r\n{\"id\":2}", &both),
        (Json::Lines, "{\"id\":1}{\"id\":2}", &both),
        (Json::Lines, "{\n\"id\":\n1\n}\n{\n\"id\":2\n}", &both),
        (columns(), r#"{"columns":["x","id"],"data":{"rows":[[0,1],[0,2]]}}"#, &both),
        (columns(), r#"{"data":{"n":2,"rows":[[0,1],[0,2]]},"columns":["x","id"]}"#, &both),
        (
            Json::Bundle,
            r#"{"entry":[{"resource":{"id":1}},{"search":{"id":9},"resource":{"id":2}}],"resourceType":"Bundle"}"#,
            &both,
        ),
        (Json::Bundle, r#"{"entry":[{"fullUrl":"x"},{"resource":{"id":2}}]}"#, &["2: 2"]),
    ];
    for (json, text, rows) in cases {
        let shown = read(text.as_bytes(), json, &[table(&["id"])]).unwrap_or_else(|reason| panic!("{text}: {reason}"));
        assert_eq!(shown.rows[0], *rows, "{text}");
        assert_eq!(shown.reading.records, rows.len() as u64, "{text}");
        assert_eq!(shown.reading.unpacked_bytes, text.len() as u64, "{text}");
    }
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_value = format!("[{{\"id\":{}1{}}}]", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let deep_aside = format!("{{\"x\":{deep},\"a\":[]}}");
    let wide = format!("[{{\"x\":\"{}\"}}]", "a".repeat((1 << 20) + 1));
    let wide_number = format!("[{{\"x\":{}}}]", "1".repeat((1 << 20) + 1));
    let cases: &[(Json, &str, Reason)] = &[
        (array(), r#"[{"id":1},{"id":2,"na"#, Reason::Truncated),
        (array(), r#"[{"id":1}"#, Reason::Truncated),
        (array(), "[", Reason::Truncated),
        (at("a"), r#"{"a":[{"id":1}]"#, Reason::Truncated),
        (array(), r#"[{"id":1}] garbage"#, Reason::NotTheFormat),
        (array(), r#"[{"id":1}] []"#, Reason::NotTheFormat),
        (array(), r#"[{"id":1},]"#, Reason::NotTheFormat),
        (array(), r#"[{"id":1,}]"#, Reason::NotTheFormat),
        (array(), r#"[{"id" 1}]"#, Reason::NotTheFormat),
        (array(), r#"[{"id":01}]"#, Reason::NotTheFormat),
        (array(), r#"[{"id":+1}]"#, Reason::NotTheFormat),
        (array(), r#"[{"id":1.}]"#, Reason::NotTheFormat),
        (array(), r#"[{"id":NaN}]"#, Reason::NotTheFormat),
        (array(), r#"[{"id":"\x"}]"#, Reason::NotTheFormat),
        (array(), "[{\"id\":\"a\nb\"}]", Reason::NotTheFormat),
        (array(), r#"[{"id":1]}"#, Reason::NotTheFormat),
        (array(), r#"{"id":1}"#, Reason::NotTheFormat),
        (array(), "id,name\n1,Ada\n", Reason::NotTheFormat),
        (array(), "\u{89}PNG\r\n", Reason::NotTheFormat),
        (array(), "<html></html>", Reason::NotTheFormat),
        (at("a"), "[]", Reason::NoRecords),
        (at("a.b"), r#"{"a":{"c":[]},"b":[]}"#, Reason::NoRecords),
        (at("a"), r#"{"a":{}}"#, Reason::NotTheFormat),
        (at("a"), r#"{"b":nonsense,"a":[]}"#, Reason::NotTheFormat),
        (Json::Lines, r#"[{"id":1}]"#, Reason::NotTheFormat),
        (Json::Lines, "id,name\n", Reason::NotTheFormat),
        (columns(), r#"{"data":{"rows":[[1]]}}"#, Reason::NoRecords),
        (columns(), r#"{"columns":[1],"data":{"rows":[]}}"#, Reason::NotTheFormat),
        (Json::Bundle, r#"{"resourceType":"OperationOutcome"}"#, Reason::NoRecords),
        (array(), &deep, Reason::TooDeep),
        (array(), &deep_value, Reason::TooDeep),
        (at("a"), &deep_aside, Reason::TooDeep),
        (Json::Lines, deep_value.get(1..).unwrap(), Reason::TooDeep),
        (array(), &wide, Reason::TooWide),
        (array(), &wide_number, Reason::TooWide),
    ];
    for (json, text, reason) in cases {
        let told: String = text.chars().take(60).collect();
        assert_eq!(read(text.as_bytes(), json, &[table(&["id"])]).err(), Some(*reason), "{told}");
    }
}

#[test]
fn a_record_beyond_its_bytes_is_too_wide() {
    let value = format!("\"{}\",", "a".repeat(1 << 20));
    let text = format!("[{{\"x\":[{}0]}}]", value.repeat(65));
    assert_eq!(read(text.as_bytes(), &array(), &[table(&["id"])]).err(), Some(Reason::TooWide));
}

#[test]
fn cells_are_what_the_paths_lead_to() {
    let text = r#"[{"id":"7","name":[{"family":"Doe","given":["Ada","B."]},{"family":"Roe","given":"C."}],"dx":["I10",null,"E11.9"],
        "one":"x","telecom":[{"value":"a@b.c","system":"email"},{"value":"555","system":"phone"},{"system":"phone","value":"556"}],
        "odd.name":{"a[b":1},"t":true,"f":false,"n":null,"o":{},"empty":[],"m":[[1,2],[3]]}]"#;
    let cases = [
        ("id", "'7'"),
        ("name.family", "'Doe'"),
        ("*name.family", "['Doe', 'Roe']"),
        ("*name.given", "['Ada', 'B.', 'C.']"),
        ("name[0].given", "'Ada'"),
        ("name[1].given", "'C.'"),
        ("name[1].given[0]", "'C.'"),
        ("name[2].given", "-"),
        ("dx", "'I10'"),
        ("*dx", "['I10', 'E11.9']"),
        ("*dx[*]", "['I10', 'E11.9']"),
        ("dx[1]", "-"),
        ("dx[2]", "'E11.9'"),
        ("*one", "['x']"),
        ("one[*]", "'x'"),
        ("telecom[system=phone].value", "'555'"),
        ("*telecom[system=phone].value", "['555', '556']"),
        ("telecom[system=fax].value", "-"),
        (r#""odd.name"."a[b""#, "1"),
        ("t", "true"),
        ("f", "false"),
        ("n", "-"),
        ("*n", "[]"),
        ("o", "-"),
        ("empty", "-"),
        ("*empty", "[]"),
        ("*m", "[1, 2, 3]"),
        ("m[1]", "3"),
        ("m[0][1]", "2"),
        ("id.x", "-"),
        ("nothing", "-"),
        ("*nothing", "-"),
    ];
    let sources: Vec<&str> = cases.iter().map(|(path, _)| *path).collect();
    let shown = read(text.as_bytes(), &array(), &[table(&sources)]).unwrap();
    let cells: Vec<&str> = shown.rows[0][0].trim_start_matches("1: ").split(" | ").collect();
    for (index, (path, cell)) in cases.iter().enumerate() {
        assert_eq!(cells[index], *cell, "{path}");
        let is_missing = ["name[2].given", "telecom[system=fax].value", "id.x", "nothing", "*nothing"].contains(path);
        assert_eq!(shown.reading.found[0][index], !is_missing, "{path}");
    }
    assert_eq!(shown.reading.others, [] as [&str; 0]);
}

#[test]
fn of_a_key_that_comes_twice_the_last_counts() {
    let text = r#"[{"id":1,"a":{"b":1,"c":2},"id":"2","a":{"b":3},"v":[{"x":1}],"v":[{"x":2},{"x":3}]}]"#;
    let shown = read(text.as_bytes(), &array(), &[table(&["id", "a.b", "a.c"]), each("v", &["x", "^id"])]).unwrap();
    assert_eq!(shown.rows[0], ["1: '2' | 3 | -"]);
    assert_eq!(shown.rows[1], ["1.1: 2 | '2'", "1.2: 3 | '2'"]);
}

#[test]
fn a_member_of_a_key_that_came_before_counts_for_nothing() {
    let text = r#"{"a":{"b":1},"a":{"c":2}}{"a":{"b":3,"c":4}}{"a":[{"b":5}]}{"a":6}{"a":{"b":[]}}{"a":{"b":null}}"#;
    let shown = read(text.as_bytes(), &Json::Lines, &[table(&["a.b", "*a.c", "a"])]).unwrap();
    let rows = ["1: - | [2] | -", "2: 3 | [4] | -", "3: 5 | - | -", "4: - | - | 6", "5: - | - | -", "6: - | - | -"];
    assert_eq!(shown.rows[0], rows);
    assert_eq!(shown.reading.found[0], [true; 3]);
}

#[test]
fn a_key_that_is_written_with_escapes_is_not_taken_for_one_without() {
    let text =
        "{\"a\\\"b\":1,\"c\":2}\n{\"a\"b\":3,\"c\":4}\n{\"a\\u0022b\":5}\n{\"a\\\\\":6}\n{\"a\\\":7}\n{\"a\\\"b\":8}";
    let shown = read(text.as_bytes(), &Json::Lines, &[table(&[r#""a\"b""#, "c"])]).unwrap();
    let rows = ["1: 1 | 2", "2 Malformed: - | -", "3: 5 | -", "4: - | -", "5 Malformed: - | -", "6: 8 | -"];
    assert_eq!(shown.rows[0], rows);
}

#[test]
fn keys_are_read_without_escapes() {
    let shown = read(br#"[{"n\u0061me":"x","\"":"y"}]"#, &array(), &[table(&["name", r#""\"""#])]).unwrap();
    assert_eq!(shown.rows[0], ["1: 'x' | 'y'"]);
}

#[test]
fn items_of_nested_lists_are_rows_with_what_is_around_them() {
    let text = r#"[{"site":"s","patients":[{"id":1,"visits":[{"csn":"a"},{"csn":"b"}]},{"id":2,"visits":[]},{"id":3,"visits":{"csn":"c"}}]},
        {"site":"t","patients":[]},{"site":"u"},{"site":"v","patients":[{"id":4,"visits":null},{"id":5,"visits":["d",{"csn":"e"}]}]}]"#;
    let visits = each("patients.visits", &["csn", "^id", "^^site", "."]);
    let shown = read(text.as_bytes(), &array(), &[each("patients", &["id", "^site"]), visits]).unwrap();
    assert_eq!(shown.rows[0], ["1.1: 1 | 's'", "1.2: 2 | 's'", "1.3: 3 | 's'", "4.1: 4 | 'v'", "4.2: 5 | 'v'"]);
    assert_eq!(
        shown.rows[1],
        [
            "1.1: 'a' | 1 | 's' | -",
            "1.2: 'b' | 1 | 's' | -",
            "1.3: 'c' | 3 | 's' | -",
            "4.1: - | 5 | 'v' | 'd'",
            "4.2: 'e' | 5 | 'v' | -"
        ]
    );
    assert_eq!(shown.reading.records, 4);

    let inside = r#"[{"id":1,"data":{"visits":[{"csn":"a"}]}}]"#;
    let shown = read(inside.as_bytes(), &array(), &[each("data.visits", &["csn", "^id"])]).unwrap();
    assert_eq!(shown.rows[0], ["1.1: 'a' | 1"]);
}

#[test]
fn a_record_of_many_items_is_several_batches() {
    let items = vec!["{\"x\":7}"; 10_000].join(",");
    let record = format!("{{\"id\":\"a\\u0062\",\"v\":[{items}]}}");
    let text = format!("[{record}]");
    let shown = read(text.as_bytes(), &array(), &[each("v", &["x", "^id"])]).unwrap();
    assert_eq!(shown.rows[0].len(), 10_000);
    assert_eq!(shown.rows[0][9_999], "1.10000: 7 | 'ab'");
    assert!(shown.raws.iter().all(|raw| *raw == record));
}

#[test]
fn tables_choose_their_records() {
    let text = r#"{"type":"P","id":1}
{"type":"E","id":2}
{"id":3}
{"type":"X","id":4}
{"type":["X","P"],"id":5}
{"type":"E","id":"\ud800"}
"#;
    let tables = [select("type", &["P", "Q"], &["id"]), select("type", &["E"], &["id", "no"])];
    let shown = read(text.as_bytes(), &Json::Lines, &tables).unwrap();
    assert_eq!(shown.rows[0], ["1: 1", "5: 5"]);
    assert_eq!(shown.rows[1], ["2: 2 | -", "6 Malformed: - | -"]);
    assert_eq!(shown.reading.records, 4);
    assert_eq!(shown.reading.found, [vec![true], vec![true, false]]);
}

#[test]
fn a_broken_line_is_one_row_and_the_rest_is_read() {
    let cases: &[(&str, &[&str])] = &[
        ("{\"id\":1}\n{\"id\":2,\"na\n{\"id\":3}\n", &["1: 1", "2 Malformed: -", "3: 3"]),
        ("{\"id\":1}\n{\"id\":2,\n{\"id\":3}\n", &["1: 1", "2 Malformed: -", "3: 3"]),
        ("{\"id\":1}\n{\"id\":2,\"x\":[\n{\"id\":3}\n{\"id\":4}", &["1: 1", "2 Malformed: -", "3: 3", "4: 4"]),
        ("{\"id\":1}\n{\"id\":2", &["1: 1", "2 Malformed: -"]),
        ("{\"id\":1}\ngarbage\n12\n{\"id\":4}", &["1: 1", "2 Malformed: -", "3 Malformed: -", "4: 4"]),
        ("{\n\"id\":1,\n oops\n}\n{\"id\":2}", &["1 Malformed: -", "2: 2"]),
        ("{\"id\":1}\n{\"id\":\"\\ude00\"}\n{\"id\":3}", &["1: 1", "2 Malformed: -", "3: 3"]),
    ];
    for (text, rows) in cases {
        let shown = read(text.as_bytes(), &Json::Lines, &[table(&["id"])]).unwrap();
        assert_eq!(shown.rows[0], *rows, "{text}");
    }
    let shown = read(b"{\"id\":1}\n{\"id\":2,\"na\n{\"id\":3}\n", &Json::Lines, &[table(&["id"])]).unwrap();
    assert_eq!(shown.raws, ["{\"id\":1}", "{\"id\":2,\"na", "{\"id\":3}"]);
}

#[test]
fn records_that_are_no_text_or_of_other_columns_are_told() {
    let shown = read(b"[{\"id\":\"a\"},{\"id\":\"\xff\"},{\"id\":\"c\"},5]", &array(), &[table(&["id"])]).unwrap();
    assert_eq!(shown.rows[0], ["1: 'a'", "2 Encoding: -", "3: 'c'", "4 Malformed: -"]);
    let text = br#"{"columns":["id","x"],"data":{"rows":[[1,2],[1],[1,2,3],{"id":1},[[1,9],2]]}}"#;
    let shown = read(text, &columns(), &[table(&["id", "*id"])]).unwrap();
    assert_eq!(shown.rows[0][..3], ["1: 1 | [1]", "2 FieldCount: - | -", "3 FieldCount: - | -"]);
    assert_eq!(shown.rows[0][4], "5: 1 | [1, 9]");
}

#[test]
fn what_nobody_wants_is_told() {
    let text = r#"[{"id":1,"name":{"last":"x","first":"y"},"v":[{"a":1,"b.c":2},{"d":{"e":null}}],"w":[]}]"#;
    let shown = read(text.as_bytes(), &array(), &[table(&["id", "name.last", "v.a"])]).unwrap();
    assert_eq!(shown.reading.others, ["name.first", "v.\"b.c\"", "v.d.e"]);
    let bundle = r#"{"entry":[{"x":1,"resource":{"id":1,"b":{"c":2}}}]}"#;
    let shown = read(bundle.as_bytes(), &Json::Bundle, &[table(&["id"])]).unwrap();
    assert_eq!(shown.reading.others, ["b.c"]);
    assert_eq!(shown.raws, [r#"{"id":1,"b":{"c":2}}"#]);
}

#[test]
fn names_without_end_are_not_kept() {
    let records: Vec<String> = (0..50_000).map(|index| format!("{{\"id\":{index},\"k{index}\":1}}")).collect();
    let shown = read(records.join("\n").as_bytes(), &Json::Lines, &[table(&["id"])]).unwrap();
    assert_eq!(shown.rows[0].len(), 50_000);
    assert_eq!(shown.rows[0][49_999], "50000: 49999");
    assert_eq!(shown.reading.others.len(), 1_000);
}

#[test]
fn reading_stops_when_no_more_is_taken() {
    let text = format!("[{}oops", "{\"id\":1},".repeat(10_000));
    let wanted = crate::Wanted { tables: vec![table(&["id"])] };
    let mut rows = 0;
    let reading = super::read(&mut text.as_bytes(), &array(), &wanted, &Limits::default(), &mut |batch| {
        rows += batch.tables[0].rows.len();
        std::ops::ControlFlow::Break(())
    });
    assert_eq!((rows, reading.unwrap().records), (4_096, 4_096));
}

#[test]
fn a_value_that_a_file_says_of_itself_is_found_before_and_after_its_records() {
    let declared = |text: &str, path: &str| super::declared(&mut text.as_bytes(), path, &Limits::default()).unwrap();
    let cases = [
        (r#"{"generated":"2026-08-03","data":[1,"#, "generated", Some("2026-08-03")),
        (r#"{"data":[{"generated":"x"}],"generated":"2026-08-03"}"#, "generated", Some("2026-08-03")),
        (r#"{"meta":{"n":[1],"at":20260803}}"#, "meta.at", Some("20260803")),
        (r#"{"meta":[{"k":"a","v":"1"},{"k":"b","v":"2"}]}"#, "meta[k=b].v", Some("2")),
        (r#"{"meta":{"at":null}}"#, "meta.at", None),
        (r#"{"a":1}"#, "b", None),
        ("{\"a\":1}\n{\"b\":2}", "b", Some("2")),
        ("", "b", None),
    ];
    for (text, path, value) in cases {
        assert_eq!(declared(text, path).as_deref(), value, "{text}");
    }
}
