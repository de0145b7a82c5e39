//! What holds for any rows.

use std::ops::ControlFlow;

use proptest::prelude::*;

use super::super::judge_read;
use super::*;
use crate::mapping::{Filter, Moment, Operation, Subject, Test};

fn person() -> impl Strategy<Value = (Vec<Is>, State)> {
    let id = prop_oneof![8 => "[0-9]{1,2}", 1 => Just("N/A".to_owned()), 1 => Just(String::new())];
    let name = prop_oneof![4 => "[A-Z]{1,3}", 1 => Just("ZZTEST".to_owned()), 1 => "\\PC{0,6}"];
    let day = prop_oneof![4 => "2026-0[1-9]-[0-3][0-9]", 1 => Just("soon".to_owned())];
    let codes = prop::collection::vec(prop_oneof![Just("E11.9"), Just("i10"), Just("UNK")], 0..4);
    let state = prop_oneof![
        20 => Just(State::Data), 1 => Just(State::Blank), 1 => Just(State::HeaderRepeat), 1 => Just(State::Encoding),
        1 => Just(State::FieldCount), 1 => Just(State::Malformed)
    ];
    (id, name, day, codes, prop_oneof![4 => Just("U"), 1 => Just("D")], state).prop_map(
        |(id, name, day, codes, op, state)| {
            let codes = codes.into_iter().map(Text).collect();
            (vec![Is::Owned(id), Is::Owned(name), Is::Owned(day), Is::List(codes), Text(op)], state)
        },
    )
}

fn persons(is_upsert: bool) -> Feed {
    let columns = vec![
        column("data_source", Rule::Made),
        column("patient_id", Rule::Identifier),
        column("last_name", Rule::Text),
        column("updated_at", Rule::Timestamp),
        column("primary_diagnosis_code", Rule::Made),
        column("diagnosis_codes", Rule::Diagnoses),
        column("incomplete_fields", Rule::Made),
    ];
    let mut mapping = mapping(vec![
        mapped("patient_id", cell(0, vec![])),
        mapped("last_name", cell(1, vec![])),
        mapped("updated_at", cell(2, vec![Step::DateTime(vec![Moment::Iso])])),
        mapped("diagnosis_codes", cell(3, vec![])),
    ]);
    mapping.required = vec!["patient_id".to_owned()];
    mapping.complete = vec!["last_name".to_owned()];
    mapping.filters = vec![Filter {
        rule: "test_patient".to_owned(),
        of: Subject::Column("last_name".to_owned()),
        test: Test::OneOf(vec!["ZZTEST".to_owned()]),
    }];
    mapping.operation = Some(Operation { value: cell(4, vec![]), remove: vec!["D".to_owned()] });
    let mut feed = feed(table(columns), mapping, 5);
    feed.tables[0].key = vec!["patient_id".to_owned()];
    if is_upsert {
        feed.tables[0].order = vec![crate::feed::Order { column: "updated_at".to_owned(), is_descending: true }];
    }
    feed
}

/// All that a table was judged to be, without where its batches were cut.
fn told(table: &JudgedTable) -> String {
    let columns = [
        "data_source",
        "patient_id",
        "last_name",
        "updated_at",
        "primary_diagnosis_code",
        "diagnosis_codes",
        "incomplete_fields",
        "_number",
        "_removal",
    ];
    let rows: Vec<_> = columns.iter().map(|column| values(table, column)).collect();
    format!("{rows:?} {:?} {:?} {:?} {:?}", table.account, table.rejects, table.columns, table.missing)
}

fn cut(rows: &[(Vec<Is>, State)], sizes: &[usize]) -> Vec<Batch> {
    let (mut batches, mut rest, mut first) = (Vec::new(), rows, 1);
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let (now, after) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
        let (cells, states): (Vec<_>, Vec<_>) = now.iter().cloned().unzip();
        batches.push(batch_of(first, &cells, &states));
        first += now.len() as u64;
        rest = after;
    }
    batches
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_row_is_accounted_for(rows in prop::collection::vec(person(), 0..60)) {
        let judged = judge_all(&persons(true), &cut(&rows, &[7])).tables.remove(0);
        let account = &judged.account;
        let filtered: u64 = account.filtered.values().sum();
        prop_assert_eq!(account.read, rows.len() as u64);
        prop_assert_eq!(account.read, account.published + account.rejects() + filtered + account.duplicates());
        prop_assert_eq!(account.published, judged.rows.num_rows());
        prop_assert_eq!(account.rejects(), judged.rejects.len() as u64);
    }

    #[test]
    fn any_cut_into_batches_any_number_of_threads_and_any_memory_give_the_same(
        rows in prop::collection::vec(person(), 0..60), sizes in prop::collection::vec(1usize..20, 1..5), threads in 1usize..4,
        is_upsert: bool, memory_bytes in prop_oneof![Just(0), Just(20_000), Just(1 << 30)]
    ) {
        let feed = persons(is_upsert);
        let whole = told(&judge_all(&feed, &cut(&rows, &[1000])).tables.remove(0));
        let batches = cut(&rows, &sizes);
        prop_assert_eq!(&told(&judge_all(&feed, &batches).tables.remove(0)), &whole);
        let facts = facts();
        let plan = Plan::new(&feed, &facts, None).unwrap().with_memory_bytes(memory_bytes);
        let judged = judge_read(&plan, threads, |take| {
            for batch in batches {
                assert_eq!(take(batch), ControlFlow::Continue(()));
            }
            Ok(Reading { records: 1, ..Reading::default() })
        });
        prop_assert_eq!(&told(&judged.unwrap().tables.remove(0)), &whole);
    }

    #[test]
    fn no_cell_makes_judging_fail(cells in prop::collection::vec(any::<Vec<u8>>(), 5)) {
        let feed = persons(true);
        let mut batch = Batch::default();
        let cells = cells.iter().map(|text| batch.push_text(Kind::Text, text)).collect();
        let place = Place { number: 1, item: 0 };
        batch.tables = vec![Rows { rows: vec![Row { place, state: State::Data, raw: (0, 0) }], cells }];
        prop_assert_eq!(judge_one(&feed, batch).account.read, 1);
    }
}

#[test]
fn a_reader_that_fails_fails_the_whole_after_any_number_of_batches() {
    let feed = persons(false);
    let facts = facts();
    let plan = Plan::new(&feed, &facts, None).unwrap();
    for batches in [0, 1, 100] {
        let judged = judge_read(&plan, 2, |take| {
            for number in 0..batches {
                assert_eq!(take(batch(number, &[vec![Text("1"); 5]])), ControlFlow::Continue(()));
            }
            Err(carelake_records::Malformed::new(carelake_records::Reason::Truncated, "the end is missing").into())
        });
        assert_eq!(judged.unwrap_err().to_string(), "truncated: the end is missing");
    }
}

#[test]
fn no_value_is_in_a_rule_a_counter_or_a_column_name() {
    const PLANTED: &str = "planted-7f3a";
    let feed = persons(true);
    let row = vec![Text(PLANTED); 5];
    let states = [State::Data, State::Malformed, State::Data];
    let mut rows = vec![row.clone(), row.clone(), row];
    rows[2][0] = Text("");
    let judged = judge_one(&feed, batch_of(1, &rows, &states));
    assert_eq!(judged.rejects.len(), 2);
    let told = judged
        .rejects
        .iter()
        .map(|reject| format!("{} {:?} {:?} {}", reject.place, reject.part, reject.column, reject.rule));
    let told = format!("{:?} {:?} {:?} {:?}", told.collect::<Vec<_>>(), judged.account, judged.columns, judged.missing);
    assert!(!told.contains("planted"), "{told}");
}
