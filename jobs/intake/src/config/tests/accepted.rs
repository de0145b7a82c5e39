//! What is accepted, and what becomes of it.

use carelake_records::{Select, Source};

use super::{SOUND, changed, sound};
use crate::feed::{Expected, Mode, Order};
use crate::mapping::{From, Moment, Otherwise, Step, Value};

/// A page as it is described to who writes one.
const ROSTER: &str = r##"
intake:
  defaults: { settle_secs: 10, max_reject_ratio: 0.05, max_drop_ratio: 0.3, min_rows: 1 }
  code_lists: { sex_mf: { M: male, F: female, U: unknown } }
  tables: { immunizations: { key: [data_source, immunization_id], columns: { immunization_id: identifier, given_on: date } } }
  feeds:
    bayview_roster:
      partner: bayview
      path: "PAT_{delivery:%Y%m%d}*.csv"             # inside the partner's folder, never outside
      format: { type: csv, delimiter: "|", encoding: windows-1252, title_lines: 3, footer: { starts_with: "TOTAL", count: rows } }
      delivery: full                                 # full | append | upsert
      expected: { every: month, by_day: 5 }
      time_zone: America/New_York
      notify: [integration@bayview.example]
      tables:
        persons:
          key: [patient_id]
          order: [updated_at desc, line desc]        # which of several rows of a key wins
          required: [patient_id]
          complete: [last_name, first_name, birth_date, sex]
          filter: [{ column: last_name, equals: ZZTEST, rule: test_patient }]
          columns:
            patient_id: { from: MRN, pad: { left: "0", width: 8 } }
            last_name:  { from: NAME, split: { on: ",", part: 1 } }
            birth_date: { from: [DOB, BIRTH_DT], date: ["%m/%d/%Y", "%m/%d/%y"] }
            sex:        { from: SEX, map: sex_mf }
"##;

#[test]
fn a_page_is_read_as_it_is_meant() {
    let intake = sound(ROSTER);
    let feed = intake.feed("bayview_roster").unwrap();
    assert_eq!((feed.partner.as_str(), feed.mode, feed.settle_secs), ("bayview", Mode::Full, 10));
    assert_eq!(feed.expected, Some(Expected::Month(5)));
    assert_eq!(feed.notify, ["integration@bayview.example"]);
    let table = &feed.tables[0];
    assert_eq!(table.key, ["patient_id"]);
    let order = |column: &str| Order { column: column.to_owned(), is_descending: true };
    assert_eq!(table.order, [order("updated_at"), order("line")]);
    assert_eq!(table.mapping.required, ["patient_id"]);
    assert_eq!(table.mapping.complete, ["last_name", "birth_date", "sex"], "what is mapped of it");
    let source = |path: &str| Source { path: path.to_owned(), up: 0, is_list: false };
    assert_eq!(feed.wanted.tables[0].sources, ["MRN", "NAME", "DOB", "BIRTH_DT", "SEX"].map(source));
    assert!(intake.tables.iter().any(|table| table.name == "immunizations"));
}

/// Returns how `patient_id` is made where the page says so, and what is wanted for it.
fn value(text: &str) -> (Value, Vec<Source>) {
    let intake = sound(&changed("patient_id: MRN", &format!("patient_id: {text}")));
    let feed = &intake.feeds[0];
    (feed.tables[0].mapping.columns[0].value.clone(), feed.wanted.tables[0].sources.clone())
}

fn shown(text: &str) -> String {
    let (value, sources) = value(text);
    shape(&value, &sources)
}

fn shape(value: &Value, sources: &[Source]) -> String {
    let several = |values: &[Value]| values.iter().map(|value| shape(value, sources)).collect::<Vec<_>>().join(", ");
    let from = match &value.from {
        From::Cell(place) => {
            let Source { path, up, is_list } = &sources[*place];
            format!("{path}{}{}", "^".repeat(usize::from(*up)), if *is_list { "[]" } else { "" })
        }
        From::Capture(name) => format!("{{{name}}}"),
        From::Constant(text) => format!("'{text}'"),
        From::First(values) => format!("first({})", several(values)),
        From::Joined(values, with) => format!("joined({}; '{with}')", several(values)),
        From::List(values) => format!("list({})", several(values)),
    };
    value.steps.iter().fold(from, |from, step| format!("{from} {}", step_shape(step)))
}

fn step_shape(step: &Step) -> String {
    let other = |otherwise: &Otherwise| match otherwise {
        Otherwise::Keep => String::new(),
        other => format!(" else {other:?}"),
    };
    match step {
        Step::Map(list, otherwise) => format!("Map{list:?}{}", other(otherwise)),
        Step::Lookup(list, otherwise) => format!("Lookup{list:?}{}", other(otherwise)),
        Step::Extract(regex) => format!("Extract({})", regex.as_str()),
        step => format!("{step:?}"),
    }
}

#[test]
fn a_value_comes_from_one_place_and_goes_through_its_steps_as_they_are_written() {
    for (text, expected) in [
        ("MRN", "MRN"),
        ("{ from: MRN }", "MRN"),
        ("[A, B]", "first(A, B)"),
        ("{ from: [A, { from: B, pad: 3 }] }", "first(A, B Pad { with: '0', width: 3, any_text: false })"),
        ("{ position: 3 }", "#3"),
        ("{ from: { position: 3 }, case: upper }", "#3 Upper"),
        ("{ slice: 11-18 }", "11-18"),
        ("{ constant: '007' }", "'007'"),
        ("{ capture: site }", "{site}"),
        ("{ parent: mrn }", "mrn^"),
        ("{ parent: mrn, up: 2 }", "mrn^^"),
        ("{ concat: [A, B] }", "joined(A, B; ' ')"),
        ("{ concat: [A, { constant: x }], with: '-' }", "joined(A, 'x'; '-')"),
        ("{ from: A, strip: { start: 'x', end: 'y' } }", "A StripStart(\"x\") StripEnd(\"y\")"),
        (
            "{ from: A, case: lower, pad: { left: '*', width: 9, any_text: true } }",
            "A Lower Pad { with: '*', width: 9, any_text: true }",
        ),
        ("{ from: A, pad: 9, case: lower }", "A Pad { with: '0', width: 9, any_text: false } Lower"),
        ("{ from: A, replace: { '-': '', a: b } }", "A Replace(\"-\", \"\") Replace(\"a\", \"b\")"),
        ("{ from: A, extract: '([0-9]+)$' }", "A Extract(([0-9]+)$)"),
        ("{ from: A, split: { on: ' ', part: -1 } }", "A Split(\" \", End(1))"),
        ("{ from: A, split: { on: ' ', rest: 2 } }", "A Split(\" \", From(2))"),
        (
            "{ from: A, steps: [{ split: { on: ',', part: 2 } }, { split: { on: ' ', part: 1 } }] }",
            "A Split(\",\", Start(2)) Split(\" \", Start(1))",
        ),
        (
            "{ from: { from: A, split: { on: ',', part: 2 } }, split: { on: ' ', part: 1 } }",
            "A Split(\",\", Start(2)) Split(\" \", Start(1))",
        ),
        ("{ from: A, map: { X: y } }", "A Map{\"x\": \"y\"}"),
        ("{ from: A, map: { X: y, else: null } }", "A Map{\"x\": \"y\"} else Null"),
        ("{ from: A, map: { X: y, else: 'null' } }", "A Map{\"x\": \"y\"} else Value(\"null\")"),
        ("{ from: A, map: { list: sex_mf, else: reject } }", "A Map{\"f\": \"female\", \"m\": \"male\"} else Reject"),
        ("{ from: A, date: [iso, '%m/%d/%y'] }", "A Date([Iso, Format(\"%m/%d/%y\")])"),
        ("{ from: A, datetime: epoch_ms }", "A DateTime([EpochMillis])"),
        (
            "{ from: A, number: plain }",
            "A Number(Number { decimal: '.', thousands: None, currency: None, implied_decimals: 0, scale: None })",
        ),
        (
            "{ from: A, number: { decimal: ',', thousands: '.', currency: EUR, implied_decimals: 2, scale: 0.001 } }",
            "A Number(Number { decimal: ',', thousands: Some('.'), currency: Some(\"EUR\"), implied_decimals: 2, scale: Some(\"0.001\") })",
        ),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

/// A feed of encounters with these further columns.
fn encounters(columns: &str) -> String {
    let text = changed("persons:", "encounters:");
    text.replacen(
        "patient_id: MRN\n            sex: { from: SEX, map: sex_mf }",
        &format!("encounter_id: A\n            patient_id: B\n{columns}"),
        1,
    )
}

#[test]
fn a_start_and_an_end_stand_for_the_date_and_the_time_of_one_source() {
    let intake =
        sound(&encounters("            encounter_start: { from: C, datetime: hl7 }\n            encounter_end: D"));
    let columns: Vec<String> = intake.feeds[0].tables[0]
        .mapping
        .columns
        .iter()
        .skip(2)
        .map(|column| format!("{} {}", column.column, shape(&column.value, &intake.feeds[0].wanted.tables[0].sources)))
        .collect();
    let expected = [
        "encounter_start_date C Date([Hl7])",
        "encounter_start_datetime C DateTime([Hl7])",
        "encounter_end_date D Date([Iso])",
        "encounter_end_datetime D DateTime([Iso])",
    ];
    assert_eq!(columns, expected);
}

#[test]
fn lists_are_made_of_several_sources_of_a_repeated_one_or_of_one_that_is_split() {
    for (text, expected) in [
        ("{ list: [X, Y] }", "list(X, Y)"),
        ("{ all: dx }", "dx[]"),
        ("{ from: X, split: ';' }", "X SplitList(\";\")"),
        ("X", "X"),
    ] {
        let intake =
            sound(&encounters(&format!("            encounter_start: C\n            diagnosis_codes: {text}")));
        let column = intake.feeds[0].tables[0].mapping.columns.last().unwrap();
        assert_eq!(shape(&column.value, &intake.feeds[0].wanted.tables[0].sources), expected);
    }
}

#[test]
fn a_column_may_depend_on_another_source() {
    let intake =
        sound(&changed("sex: { from: SEX, map: sex_mf }", "sex: { from: SEX, when: { from: KIND, is: [a, b] } }"));
    let feed = &intake.feeds[0];
    let (subject, is) = feed.tables[0].mapping.columns[1].when.clone().unwrap();
    assert_eq!(
        (shape(&subject, &feed.wanted.tables[0].sources), is),
        ("KIND".to_owned(), vec!["a".to_owned(), "b".to_owned()])
    );
}

#[test]
fn records_of_a_type_are_rows_of_a_table() {
    let fixed = "{ type: fixed_width, record_type: 1, records: { P: { type: 1, MRN: 9, SEX: 20-21 } } }";
    let intake = sound(&changed("{ type: csv }", fixed).replacen("columns:", "record: P\n          columns:", 1));
    let wanted = &intake.feeds[0].wanted.tables[0];
    assert_eq!(wanted.select, Some(Select { source: "type".to_owned(), values: vec!["P".to_owned()] }));
}

#[test]
fn a_sheet_may_be_named_after_the_delivery_date() {
    let text = changed("{ type: csv }", "{ type: workbook }").replacen(
        "columns:",
        "sheet: '{delivery:%b %Y}'\n          columns:",
        1,
    );
    assert_eq!(sound(&text).feeds[0].wanted.tables[0].part.as_deref(), Some("{%b %Y}"));
}

#[test]
fn a_delivery_date_may_stand_in_the_file() {
    let text = changed("PAT_{delivery:%Y%m%d}_{site}.csv", "PAT_{sequence}.csv");
    let text = text.replacen("delivery: full", "delivery: full\n      declared_in: { from: made_on, date: iso }", 1);
    let declared = sound(&text).feeds[0].declared_in.clone().unwrap();
    assert_eq!((declared.source.as_str(), declared.formats), ("made_on", vec![Moment::Iso]));
    let fixed =
        "{ type: fixed_width, record_type: 1, records: { H: { type: 1, made_on: 8 }, P: { MRN: 2-9, SEX: 10-10 } } }";
    let text = text.replacen("{ type: csv }", fixed, 1).replacen("{ from: made_on", "{ record: H, from: made_on", 1);
    assert_eq!(sound(&text).feeds[0].declared_in.clone().unwrap().source, "H:2-9");
}

#[test]
fn partners_have_what_is_said_of_them_and_of_all() {
    let text = SOUND.replacen("intake:", "intake:\n  defaults: { max_concurrency: 3 }\n  partners: { bay: { networks: [192.0.2.0/24, '2001:db8::/32'] } }", 1);
    let intake = sound(&text);
    assert_eq!(intake.feeds[0].networks, ["192.0.2.0/24", "2001:db8::/32"]);
    assert_eq!((intake.partner("bay").max_concurrency, intake.partner("other").max_concurrency), (3, 3));
}

#[test]
fn the_mapping_is_another_where_judging_may_differ_and_only_there() {
    let own = sound(SOUND).feeds[0].mapping.clone();
    for (from, to, is_same) in [
        ("delivery: full", "delivery: full # all of it", true),
        ("delivery: full", "delivery: full\n      notify: [a@bay.example]", true),
        ("delivery: full", "delivery: full\n      max_reject_ratio: 0.5", true),
        ("delivery: full", "delivery: full\n      expected: { every: day }", true),
        ("{ type: csv }", "\n        type: csv", true),
        ("sex_mf: { M: male, F: female }", "sex_mf: { M: male, F: female }\n    other: { A: b }", true),
        ("sex_mf: { M: male, F: female }", "sex_mf: { M: male, F: female, U: unknown }", false),
        ("delivery: full", "delivery: full\n      null_tokens: [x]", false),
        ("America/New_York", "America/Chicago", false),
        ("{ type: csv }", "{ type: csv, delimiter: ';' }", false),
        ("patient_id: MRN", "patient_id: Id", false),
        ("patient_id: MRN", "patient_id: { from: MRN, pad: 8 }", false),
        ("columns:", "complete: [sex]\n          columns:", false),
    ] {
        let other = sound(&changed(from, to)).feeds[0].mapping.clone();
        assert_eq!(other == own, is_same, "{to}");
    }
}
