//! What becomes of rows.

use std::collections::BTreeSet;

use carelake_records::Select;

use super::*;
use crate::feed::Order;
use crate::judged::Values;
use crate::mapping::{Filter, Moment, Operation, Subject, Test};

const COLUMNS: [&str; 9] = [
    "data_source",
    "patient_id",
    "last_name",
    "birth_date",
    "ssn",
    "ssn_last4",
    "updated_at",
    "delivery_date",
    "incomplete_fields",
];

/// Persons: cells are id, name, birth date, SSN, last change, operation.
fn persons() -> Feed {
    let rules = [
        Rule::Made,
        Rule::Identifier,
        Rule::Text,
        Rule::Date { not_after_delivery: true },
        Rule::Ssn,
        Rule::SsnLast4,
        Rule::Timestamp,
        Rule::Made,
        Rule::Made,
    ];
    let columns = COLUMNS.iter().zip(rules).map(|(name, rule)| column(name, rule)).collect();
    let mut mapping = mapping(vec![
        mapped("patient_id", cell(0, vec![])),
        mapped("last_name", cell(1, vec![])),
        mapped("birth_date", cell(2, vec![Step::Date(vec![Moment::Iso])])),
        mapped("ssn_last4", cell(3, vec![])),
        mapped("ssn", cell(3, vec![])),
        mapped("updated_at", cell(4, vec![Step::DateTime(vec![Moment::Iso])])),
    ]);
    mapping.required = vec!["patient_id".to_owned()];
    mapping.complete = ["last_name", "birth_date", "email"].map(str::to_owned).to_vec();
    mapping.filters = vec![Filter {
        rule: "test_patient".to_owned(),
        of: Subject::Column("last_name".to_owned()),
        test: Test::OneOf(vec!["ZZTEST".to_owned()]),
    }];
    mapping.operation = Some(Operation { value: cell(5, vec![]), remove: vec!["D".to_owned()] });
    let mut feed = feed(table(columns), mapping, 6);
    feed.tables[0].key = vec!["patient_id".to_owned()];
    feed
}

fn person(id: &'static str, name: &'static str) -> Vec<Is> {
    vec![Text(id), Text(name), Text("1970-01-02"), Text(""), Text(""), Text("U")]
}

fn texts(values: &[Option<&str>]) -> Vec<Option<String>> {
    values.iter().map(|value| value.map(str::to_owned)).collect()
}

#[test]
fn rows_are_judged_in_the_order_of_the_contract() {
    let rows = vec![
        vec![Nothing; 6],
        person("MRN", "NAME"),
        person("1", "A"),
        person("2", "B"),
        person("3", "C"),
        person("", "zzTEST"),
        person("N/A", "D"),
        person("4", "E"),
        person("4", "F"),
    ];
    let states = [
        State::Blank,
        State::HeaderRepeat,
        State::Encoding,
        State::FieldCount,
        State::Malformed,
        State::Data,
        State::Data,
        State::Data,
        State::Data,
    ];
    let judged = judge_one(&persons(), batch_of(2, &rows, &states));
    let counts =
        |pairs: &[(&str, u64)]| pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<BTreeMap<_, _>>();
    assert_eq!((judged.account.read, judged.account.published), (9, 1));
    assert_eq!(judged.account.filtered, counts(&[("blank_row", 1), ("header_repeat", 1), ("test_patient", 1)]));
    assert_eq!(
        judged.account.rejected,
        counts(&[("encoding", 1), ("field_count", 1), ("record_malformed", 1), ("required_missing", 1)])
    );
    assert_eq!(judged.account.duplicate, counts(&[("key", 1)]));
    let rejects: Vec<_> =
        judged.rejects.iter().map(|reject| (reject.place.number, &*reject.rule, reject.column.as_deref())).collect();
    assert_eq!(
        rejects,
        [
            (4, "encoding", None),
            (5, "field_count", None),
            (6, "record_malformed", None),
            (8, "required_missing", Some("patient_id"))
        ]
    );
    assert_eq!(judged.rejects[3].raw, b"N/AD1970-01-02U");
    assert_eq!(values(&judged, "last_name"), texts(&[Some("F")]));
    assert_eq!(values(&judged, "_number"), texts(&[Some("10")]));
    assert_eq!(values(&judged, "data_source"), texts(&[Some("bay")]));
    assert_eq!(values(&judged, "delivery_date"), texts(&[Some("2026-08-03")]));
}

#[test]
fn the_first_required_column_of_the_table_that_is_missing_is_named() {
    let mut feed = persons();
    feed.tables[0].mapping.required = ["birth_date", "last_name", "patient_id"].map(str::to_owned).to_vec();
    let judged = judge_one(&feed, batch(1, &[vec![Text("1"), Text(""), Text(""), Nothing, Nothing, Nothing]]));
    assert_eq!(judged.rejects[0].column.as_deref(), Some("last_name"));
}

#[test]
fn mapped_columns_that_should_be_complete_and_are_null_are_named_in_the_order_of_the_table() {
    let mut rows = vec![person("1", "A"), person("2", "")];
    rows[1][2] = Text("nonsense");
    let judged = judge_one(&persons(), batch(1, &rows));
    assert_eq!(values(&judged, "incomplete_fields"), texts(&[Some(""), Some("last_name|birth_date")]));
    assert_eq!(judged.account.counted, [("birth_date_invalid".to_owned(), 1)].into());
    assert_eq!(judged.columns["birth_date"], Values { filled: 1, invalid: 1 });
    assert_eq!(judged.columns["last_name"], Values { filled: 1, invalid: 0 });
}

#[test]
fn values_of_refused_rows_count_for_nothing() {
    let mut row = person("", "A");
    row[2] = Text("nonsense");
    let judged = judge_one(&persons(), batch(1, &[row, person("1", "B")]));
    assert!(judged.account.counted.is_empty());
    assert_eq!(judged.columns["birth_date"], Values { filled: 1, invalid: 0 });
    assert_eq!(values(&judged, "last_name"), texts(&[Some("B")]));
}

#[test]
fn the_last_four_are_those_of_the_valid_number_of_the_row() {
    let with = |ssn| {
        let mut row = person("1", "A");
        row[3] = Text(ssn);
        let judged = judge_one(&persons(), batch(1, &[row]));
        (values(&judged, "ssn").remove(0), values(&judged, "ssn_last4").remove(0))
    };
    assert_eq!(with("219-09-9998"), (Some("219099998".to_owned()), Some("9998".to_owned())));
    assert_eq!(with("666-09-9998"), (None, None));
    assert_eq!(with("XXX-XX-9998"), (None, Some("9998".to_owned())));
}

#[test]
fn of_several_rows_of_a_key_the_order_decides_and_nulls_are_last() {
    let rows = |changes: &[&'static str]| {
        let row = |(number, change): (usize, &&'static str)| {
            let mut row = person("1", ["A", "B", "C", "D"][number]);
            row[4] = Text(change);
            row
        };
        changes.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    let order = |column: &str, is_descending| Order { column: column.to_owned(), is_descending };
    for (orders, changes, winner) in [
        (vec![], vec!["", "", ""], "C"),
        (vec![order("line", false)], vec!["", "", ""], "A"),
        (vec![order("updated_at", true)], vec!["2026-01-02", "2026-01-03", "2026-01-01"], "B"),
        (vec![order("updated_at", true)], vec!["2026-01-03", "2026-01-03", ""], "B"),
        (vec![order("updated_at", true), order("line", false)], vec!["2026-01-03", "2026-01-03", ""], "A"),
        (vec![order("updated_at", false)], vec!["", "2026-01-03", "2026-01-02"], "C"),
        (vec![order("updated_at", true)], vec!["1969-12-31", "", "1969-12-30"], "A"),
        (vec![order("last_name", true)], vec!["", "", ""], "C"),
        (vec![order("last_name", false)], vec!["", "", ""], "A"),
    ] {
        let mut feed = persons();
        feed.tables[0].order = orders.clone();
        let judged = judge_one(&feed, batch(1, &rows(&changes)));
        assert_eq!(values(&judged, "last_name"), texts(&[Some(winner)]), "{orders:?} {changes:?}");
    }
}

#[test]
fn a_removal_stays_as_a_row_and_can_win_or_lose() {
    let removal = |id| {
        let mut row = person(id, "A");
        row[5] = Text("d");
        row
    };
    let judged = judge_one(&persons(), batch(1, &[person("1", "A"), removal("1"), removal("2"), person("2", "B")]));
    assert_eq!(values(&judged, "_removal"), texts(&[Some("true"), Some("false")]));
    assert_eq!((judged.account.published, judged.account.duplicates()), (2, 2));
}

#[test]
fn filters_look_at_columns_or_values_of_the_file() {
    for (of, test, left) in [
        (Subject::Column("birth_date".to_owned()), Test::OneOf(vec!["1970-01-02".to_owned()]), 0),
        (Subject::Column("birth_date".to_owned()), Test::NoneOf(vec!["1970-01-02".to_owned()]), 1),
        (Subject::Value(cell(5, vec![])), Test::NoneOf(vec!["I".to_owned()]), 0),
        (Subject::Value(cell(4, vec![])), Test::Null, 0),
        (Subject::Value(cell(4, vec![])), Test::NoneOf(vec!["I".to_owned()]), 1),
    ] {
        let mut feed = persons();
        feed.tables[0].mapping.filters = vec![Filter { rule: "out".to_owned(), of: of.clone(), test: test.clone() }];
        let judged = judge_one(&feed, batch(1, &[person("1", "A")]));
        assert_eq!(judged.account.published, left, "{of:?} {test:?}");
    }
}

#[test]
fn an_end_before_its_start_is_nothing_with_its_time_and_counted() {
    let names = ["encounter_start_date", "encounter_end_date", "encounter_start_datetime", "encounter_end_datetime"];
    let rule =
        |name: &str| if name.ends_with("time") { Rule::Timestamp } else { Rule::Date { not_after_delivery: false } };
    let columns = names.iter().map(|name| column(name, rule(name))).collect();
    let value =
        |name: &&str| mapped(name, cell(usize::from(name.contains("_end_")), vec![Step::DateTime(vec![Moment::Iso])]));
    let feed = feed(table(columns), mapping(names.iter().map(value).collect()), 2);
    for (start, end, date, time) in [
        ("2026-07-02T10:00", "2026-07-02T11:00", Some("2026-07-02"), Some("2026-07-02T15:00:00")),
        ("2026-07-02T10:00", "2026-07-02T09:00", None, None),
        ("2026-07-02T10:00", "2026-07-01T11:00", None, None),
        ("2026-07-02", "2026-07-01", None, None),
        ("2026-07-02", "2026-07-02", Some("2026-07-02"), None),
        ("", "2026-07-01", Some("2026-07-01"), None),
    ] {
        let judged = judge_one(&feed, batch(1, &[vec![Text(start), Text(end)]]));
        assert_eq!(values(&judged, "encounter_end_date"), texts(&[date]), "{start} {end}");
        assert_eq!(values(&judged, "encounter_end_datetime"), texts(&[time]), "{start} {end}");
        let is_counted = judged.account.counted.get("date_order") == Some(&1);
        assert_eq!(is_counted, date.is_none(), "{start} {end}");
    }
}

#[test]
fn diagnoses_are_of_the_system_that_the_row_says_and_the_first_is_primary() {
    let codes = Rule::Code { values: vec!["icd-10-cm".to_owned(), "icd-9-cm".to_owned()], otherwise: None };
    let columns = vec![
        column("primary_diagnosis_code", Rule::Made),
        column("diagnosis_codes", Rule::Diagnoses),
        column("diagnosis_code_type", codes),
        column("notes", Rule::TextList),
    ];
    let split = cell(0, vec![Step::SplitList(";".to_owned())]);
    let mapping = mapping(vec![mapped("diagnosis_codes", split), mapped("diagnosis_code_type", cell(1, vec![]))]);
    let rows = [("250.00;e11.9", "ICD-9-CM"), ("250.00;e11.9", "icd-10-cm"), ("i10;I10", ""), ("", "")];
    let rows: Vec<Vec<Is>> = rows.iter().map(|(codes, of)| vec![Text(codes), Text(of)]).collect();
    let judged = judge_one(&feed(table(columns), mapping, 2), batch(1, &rows));
    assert_eq!(values(&judged, "diagnosis_codes"), texts(&[Some("25000|E119"), Some("E119"), Some("I10"), Some("")]));
    assert_eq!(values(&judged, "primary_diagnosis_code"), texts(&[Some("25000"), Some("E119"), Some("I10"), None]));
    assert_eq!(values(&judged, "notes"), texts(&[Some(""); 4]));
    assert_eq!(judged.account.counted, [("diagnosis_codes_invalid".to_owned(), 1)].into());
    assert_eq!(judged.columns["diagnosis_codes"], Values { filled: 3, invalid: 1 });
}

#[test]
fn required_columns_without_a_source_in_the_file_are_missing_unless_there_were_no_records() {
    let mut feed = persons();
    feed.tables[0].mapping.required = ["patient_id", "last_name", "birth_date"].map(str::to_owned).to_vec();
    feed.tables[0].mapping.columns[1].value =
        Value { from: From::First(vec![cell(1, vec![]), cell(5, vec![])]), steps: vec![] };
    let facts = facts();
    let plan = Plan::new(&feed, &facts, None).unwrap();
    let missing = |records, found: [bool; 6]| {
        let reading = Reading { records, found: vec![found.to_vec()], ..Reading::default() };
        Judge::new(&plan).finish(reading).unwrap().tables.remove(0).missing
    };
    assert_eq!(missing(1, [true, false, false, true, true, true]), ["birth_date"]);
    assert_eq!(missing(1, [false; 6]), ["patient_id", "last_name", "birth_date"]);
    assert!(missing(0, [false; 6]).is_empty());
}

#[test]
fn a_table_of_records_of_a_type_misses_nothing_in_a_file_without_such_records() {
    let select = Select { source: "kind".to_owned(), values: vec!["P".to_owned()] };
    let hl7 = Way::Hl7 { encoding: encoding_rs::UTF_8 };
    let each = Some("PV1".to_owned());
    let named = vec![(String::new(), vec!["kind".to_owned()])];
    // Each with its format, its selection, its list or segment, the names of a header, and whether its columns are missing.
    for (way, select, each, headers, is_missing) in [
        (Way::Parquet, None, None, vec![], true),
        (Way::Parquet, Some(&select), None, vec![], false),
        (Way::Parquet, None, Some("visits".to_owned()), vec![], true),
        (Way::Parquet, Some(&select), Some("visits".to_owned()), vec![], true),
        (Way::Parquet, Some(&select), None, named, true),
        (hl7.clone(), None, each.clone(), vec![], false),
        (hl7, Some(&select), each, vec![], false),
    ] {
        let mut feed = persons();
        feed.format.way = way;
        feed.wanted.tables[0].select = select.cloned();
        feed.wanted.tables[0].each = each;
        let facts = facts();
        let plan = Plan::new(&feed, &facts, None).unwrap();
        let reading = Reading { records: 3, found: vec![vec![false; 6]], headers, ..Reading::default() };
        let case = format!("{:?}", (&feed.format.way, &feed.wanted.tables[0].select, &feed.wanted.tables[0].each));
        let missing = |judge: Judge<'_>| judge.finish(reading.clone()).unwrap().tables.remove(0).missing;
        assert_eq!(!missing(Judge::new(&plan)).is_empty(), is_missing, "{case}");
        // One record of it, and what it lacks is missing.
        let mut judge = Judge::new(&plan);
        judge.take(&batch(1, &[person("1", "A")])).unwrap();
        assert!(!missing(judge).is_empty(), "{case}");
    }
}

#[test]
fn only_the_rows_that_are_asked_for_are_judged() {
    let feed = persons();
    let facts = facts();
    let only = BTreeSet::from([Place { number: 2, item: 0 }]);
    let plan = Plan::new(&feed, &facts, Some(&only)).unwrap();
    let mut judge = Judge::new(&plan);
    judge.take(&batch(1, &[person("1", "A"), person("2", "B"), person("3", "C")])).unwrap();
    let judged = judge.finish(Reading::default()).unwrap().tables.remove(0);
    assert_eq!((judged.account.read, values(&judged, "patient_id")), (1, texts(&[Some("2")])));
}

#[test]
fn a_mapping_that_cannot_be_made_ready_names_its_column() {
    let mut feed = persons();
    feed.tables[0].mapping.columns[2].value = cell(2, vec![Step::Date(vec![Moment::Format("%Q".to_owned())])]);
    let facts = facts();
    let error = Plan::new(&feed, &facts, None).unwrap_err();
    assert_eq!(error.to_string(), "column birth_date of persons cannot be mapped");
    feed.tables[0].mapping.columns[2] = mapped("age", cell(2, vec![]));
    assert_eq!(Plan::new(&feed, &facts, None).unwrap_err().to_string(), "persons has no column age");
}
