//! What judging costs a row: a roster of 17 columns as a clinic exports it, mapped and judged, without reading or writing.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench, not a part of the product")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use carelake_intake::common::{CommonColumn, CommonTable, Rule};
use carelake_intake::feed::{Feed, FeedTable, Mode, Thresholds};
use carelake_intake::judge::{BatchJudge, DeliveryFacts, Gather, JudgedBatch, Plan};
use carelake_intake::mapping::{
    ColumnMapping, Filter, From, Moment, Otherwise, Step, Subject, TableMapping, Test, Value,
};
use carelake_records::{Batch, Format, Kind, Place, Reading, Row, Rows, Source, State, Wanted, WantedTable, Way};
use jiff::civil::date;
use jiff::tz::TimeZone;

/// Rows of a batch.
const ROWS: u64 = 8_192;
/// Batches of a delivery.
const BATCHES: u64 = 24;

fn main() {
    divan::main();
}

/// Mapping and types, of one batch.
#[divan::bench]
fn map(bencher: divan::Bencher<'_, '_>) {
    let (feed, facts) = (feed(), facts());
    let plan = Plan::new(&feed, &facts, None).unwrap();
    let mut judge = BatchJudge::new(&plan);
    let batch = batch(0);
    bencher.counter(ROWS).bench_local(|| judge.judge(&batch).unwrap());
}

/// Finding the winners of keys, of all batches.
#[divan::bench(sample_count = 10)]
fn gather(bencher: divan::Bencher<'_, '_>) {
    let (feed, facts) = (feed(), facts());
    let plan = Plan::new(&feed, &facts, None).unwrap();
    let batches: Vec<Batch> = (0..BATCHES).map(batch).collect();
    let judged = || -> Vec<JudgedBatch> {
        let mut judge = BatchJudge::new(&plan);
        batches.iter().map(|batch| judge.judge(batch).unwrap()).collect()
    };
    bencher.counter(ROWS * BATCHES).with_inputs(judged).bench_local_values(|judged| {
        let mut gather = Gather::new(&plan);
        judged.into_iter().for_each(|batch| gather.take(batch).unwrap());
        gather.finish(Reading::default()).unwrap()
    });
}

fn facts() -> DeliveryFacts {
    DeliveryFacts { delivery_date: date(2026, 8, 3), captures: BTreeMap::new() }
}

/// Rows of which 2 in 100 have a flaw, and 1 in 100 comes twice.
fn batch(number: u64) -> Batch {
    let (mut batch, mut table) = (Batch::default(), Rows::default());
    let mut line = String::new();
    for row in 0..ROWS {
        let id = number * ROWS + if row % 100 == 99 { row - 1 } else { row };
        let spread = id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        line.clear();
        write!(
            line,
            "{:012}|{}|{}|{}||{:02}/{:02}/{}|{}|{}|{}|{:03}-{:02}-{:04}|{} {} St||{}|{}|{:05}|({}) {}-{:04}|user{}@mail.example",
            id,
            ["Smith", "Garcia-Lopez", "Núñez", "O'Brien", "Washington"][(spread % 5) as usize],
            ["Mary", "José", "Robert", "Patricia"][(spread % 4) as usize],
            ["", "A", "Q", ""][(spread % 4) as usize],
            spread % 12 + 1,
            if row % 50 == 0 { 31 } else { spread % 28 + 1 },
            1930 + spread % 90,
            ["F", "M", "U", "f"][(spread % 4) as usize],
            ["W", "B", "A", "O"][(spread % 4) as usize],
            ["Y", "N", "U"][(spread % 3) as usize],
            spread % 600 + 1,
            spread % 98 + 1,
            spread % 9_998 + 1,
            spread % 9_000 + 1,
            ["Oak", "Main", "Martin Luther King Jr"][(spread % 3) as usize],
            ["Tampa", "St. Petersburg", "Clearwater"][(spread % 3) as usize],
            ["FL", "fl", "GA"][(spread % 3) as usize],
            spread % 99_999,
            spread % 700 + 200,
            spread % 700 + 200,
            spread % 10_000,
            spread % 100_000,
        )
        .unwrap();
        let start = batch.text.len() as u32;
        table.cells.extend(line.split('|').map(|cell| batch.push_text(Kind::Text, cell.as_bytes())));
        let place = Place { number: number * ROWS + row + 2, item: 0 };
        table.rows.push(Row { place, state: State::Data, raw: (start, batch.text.len() as u32 - start) });
    }
    batch.tables = vec![table];
    batch
}

fn feed() -> Feed {
    let names = [
        ("patient_id", Rule::Identifier),
        ("last_name", Rule::Text),
        ("first_name", Rule::Text),
        ("middle_name", Rule::Text),
        ("name_suffix", Rule::Text),
        ("birth_date", Rule::Date { not_after_delivery: true }),
        ("sex", code(&["female", "male", "other", "unknown"])),
        ("race", code(&["asian", "black or african american", "white", "other race", "unknown"])),
        ("ethnicity", code(&["hispanic or latino", "not hispanic or latino", "unknown"])),
        ("social_security_number", Rule::Ssn),
        ("address", Rule::Text),
        ("address_line_2", Rule::Text),
        ("city", Rule::Text),
        ("state", Rule::State),
        ("zip_code", Rule::Zip),
        ("phone", Rule::Phone),
        ("email", Rule::Email),
    ];
    let list = |codes: &[(&str, &str)]| {
        let list = codes.iter().map(|(code, value)| ((*code).to_owned(), (*value).to_owned())).collect();
        vec![Step::Map(Arc::new(list), Otherwise::Keep)]
    };
    let steps = |name: &str| match name {
        "birth_date" => vec![Step::Date(vec![Moment::Format("%m/%d/%Y".to_owned())])],
        "sex" => list(&[("F", "female"), ("M", "male"), ("O", "other"), ("U", "unknown")]),
        "race" => list(&[("W", "white"), ("B", "black or african american"), ("A", "asian"), ("O", "other race")]),
        "ethnicity" => list(&[("Y", "hispanic or latino"), ("N", "not hispanic or latino"), ("U", "unknown")]),
        _ => vec![],
    };
    let mapped = |(index, name): (usize, &str)| ColumnMapping {
        column: name.to_owned(),
        value: Value { from: From::Cell(index), steps: steps(name) },
        when: None,
    };
    let mut columns: Vec<ColumnMapping> = names.iter().map(|(name, _)| *name).enumerate().map(mapped).collect();
    columns.push(mapped((9, "ssn_last4")));
    let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mapping = TableMapping {
        columns,
        filters: vec![Filter {
            rule: "test_patient".to_owned(),
            of: Subject::Column("last_name".to_owned()),
            test: Test::OneOf(strings(&["ZZTEST"])),
        }],
        required: strings(&["patient_id"]),
        complete: strings(&["last_name", "first_name", "birth_date", "sex"]),
        operation: None,
        null_tokens: strings(&["NULL", "N/A"]),
    };
    let others = [
        ("ssn_last4", Rule::SsnLast4),
        ("county", Rule::Text),
        ("medicare_id", Rule::Mbi),
        ("updated_at", Rule::Timestamp),
        ("data_source", Rule::Made),
        ("delivery_date", Rule::Made),
        ("incomplete_fields", Rule::Made),
    ];
    let column = |(name, rule): (&str, Rule)| CommonColumn { name: name.to_owned(), rule, description: String::new() };
    let table = CommonTable {
        name: "persons".to_owned(),
        columns: names.clone().into_iter().chain(others).map(column).collect(),
        key: strings(&["data_source", "patient_id"]),
        required: strings(&["patient_id"]),
    };
    let source = |name: &str| Source { path: name.to_owned(), up: 0, is_list: false };
    let sources = names.iter().map(|(name, _)| source(name)).collect();
    Feed {
        name: "bay_roster".to_owned(),
        partner: "bay".to_owned(),
        path: carelake_intake::config::PathPattern::parse("roster.csv").unwrap(),
        owner: None,
        format: Format { packed: vec![], way: Way::Parquet },
        pgp: None,
        mode: Mode::Full,
        expected: None,
        time_zone: TimeZone::UTC,
        notify: vec![],
        declared_in: None,
        tables: vec![FeedTable { table: Arc::new(table), key: strings(&["patient_id"]), order: vec![], mapping }],
        wanted: Wanted { tables: vec![WantedTable { sources, ..WantedTable::default() }] },
        thresholds: Thresholds {
            max_reject_ratio: 1.0,
            max_drop_ratio: 1.0,
            min_rows: 0,
            max_invalid_rise: 1.0,
            max_loss: 1.0,
        },
        settle_secs: 0,
        empty_grace_mins: 0,
        allow_empty: false,
        ready: None,
        networks: vec![],
        fetch: None,
        mapping: String::new(),
    }
}

fn code(values: &[&str]) -> Rule {
    Rule::Code {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        otherwise: Some("unknown".to_owned()),
    }
}
