//! Deliveries that are refused as a whole.

use carelake_core::ErrorKind;
use carelake_core::account::Account;
use carelake_records::{Reading, Source, WantedTable};

use super::world::{Sent, World, feed, judge, sent};
use crate::error::IntakeError;
use crate::feed::Mode;
use crate::mapping::{ColumnMapping, From, Value};
use crate::publish::publication;
use crate::state::refused_rejects;
use crate::state::thresholds::{Admission, Columns, Figures, check, readable};

fn account(published: u64, rejected: u64) -> Account {
    let refused = Some(("encoding".to_owned(), rejected)).filter(|_| rejected > 0).into_iter().collect();
    Account { read: published + rejected, published, rejected: refused, ..Account::default() }
}

fn columns(filled: u64, invalid: u64) -> Columns {
    [("birth_date".to_owned(), (filled, invalid))].into()
}

/// What a delivery is, what the one before was, and rows of the state before and with it.
type Case = (&'static str, Mode, (u64, u64, u64, u64), Option<(u64, u64, u64)>, (Option<u64>, u64), &'static str);

#[test]
fn a_delivery_is_refused_for_what_is_wrong_with_it_and_for_nothing_else() {
    let none = (None, 0);
    let cases: [Case; 17] = [
        ("a first one", Mode::Full, (100, 0, 90, 10), None, none, ""),
        ("as many refused as may be", Mode::Full, (95, 5, 95, 0), None, none, ""),
        ("one more", Mode::Full, (94, 6, 94, 0), None, none, "RejectThreshold"),
        ("no rows left", Mode::Append, (0, 0, 0, 0), None, none, ""),
        ("as few as may be gone", Mode::Full, (70, 0, 70, 0), Some((100, 100, 0)), none, ""),
        ("one more", Mode::Full, (69, 0, 69, 0), Some((100, 100, 0)), none, "VolumeDrop"),
        ("of an append feed any", Mode::Append, (10, 0, 10, 0), Some((100, 100, 0)), none, ""),
        ("of an upsert feed any", Mode::Upsert, (10, 0, 10, 0), Some((100, 100, 0)), (Some(100), 100), ""),
        ("but not of its state", Mode::Upsert, (100, 0, 100, 0), Some((100, 100, 0)), (Some(100), 69), "VolumeDrop"),
        ("half of the values left", Mode::Full, (100, 0, 50, 0), Some((100, 100, 0)), none, ""),
        ("fewer", Mode::Full, (100, 0, 49, 0), Some((100, 100, 0)), none, "ContentLoss"),
        ("fewer rows with as many values", Mode::Full, (80, 0, 40, 0), Some((100, 50, 0)), none, ""),
        ("fewer of an append feed", Mode::Append, (100, 0, 0, 0), Some((100, 100, 0)), none, ""),
        ("a few values say nothing", Mode::Full, (100, 0, 0, 0), Some((100, 4, 0)), none, ""),
        ("a fifth more invalid", Mode::Append, (100, 0, 70, 30), Some((100, 90, 10)), none, ""),
        ("more than that", Mode::Append, (100, 0, 69, 31), Some((100, 90, 10)), none, "ContentLoss"),
        ("where there was nothing before", Mode::Append, (100, 0, 0, 100), Some((100, 0, 0)), none, ""),
    ];
    for (what, mode, (published, rejected, filled, invalid), before, served, expected) in cases {
        let (now, held) = (account(published, rejected), columns(filled, invalid));
        let former = before.map(|(rows, filled, invalid)| (account(rows, 0), columns(filled, invalid)));
        let former = former.as_ref().map(|(account, columns)| (account, columns));
        let figures = Figures { table: "persons", account: &now, columns: &held, former, served };
        let decide = |accept_rejects, accept_loss| {
            let admission = Admission { delivery: "", accept_rejects, accept_loss };
            check(&feed(mode), admission, std::slice::from_ref(&figures))
        };
        let name = |decided: Result<(), IntakeError>| decided.err().map_or("", |error| error.kind().name);
        assert_eq!(name(decide(false, false)), expected, "{what}");
        let is_loss = matches!(expected, "VolumeDrop" | "ContentLoss");
        assert_eq!(name(decide(!is_loss, is_loss)), "", "{what}, and is accepted");
    }
}

#[test]
fn few_rows_are_counted_over_all_tables_and_removals_are_rows() {
    let mut feed = feed(Mode::Append);
    feed.thresholds.min_rows = 3;
    let admission = Admission { delivery: "", accept_rejects: false, accept_loss: false };
    let none = Columns::new();
    let few = |accounts: [&Account; 2]| {
        let figures = |account| Figures { table: "t", account, columns: &none, former: None, served: (None, 0) };
        check(&feed, admission, &accounts.map(figures)).err().map(|error| error.to_string())
    };
    let removals = Account { read: 2, filtered: [("removal".to_owned(), 2)].into(), ..Account::default() };
    assert_eq!(few([&account(2, 0), &account(1, 0)]), None);
    assert_eq!(few([&account(1, 0), &removals]), None);
    let told = "roster: 2 rows, fewer than the 3 of min_rows; if that is right, accept it with --accept-loss";
    assert_eq!(few([&account(2, 0), &account(0, 0)]).as_deref(), Some(told));
}

#[test]
fn a_delivery_without_records_or_without_a_required_column_says_so() {
    let mut judged = judge(&sent(1, 0..0, 0));
    assert!(matches!(readable(&feed(Mode::Full), &judged), Err(IntakeError::Empty { .. })));
    let allowed = crate::feed::Feed { allow_empty: true, ..feed(Mode::Full) };
    assert!(readable(&allowed, &judged).is_ok());
    judged = judge(&sent(1, 0..3, 0));
    judged.reading =
        Reading { headers: vec![(String::new(), vec!["personKey".into(), "sex".into()])], ..judged.reading };
    let table = judged.tables.iter_mut().find(|table| table.name == "persons").unwrap();
    table.missing = vec!["patient_id".into()];
    let mut feed = feed(Mode::Full);
    let value = Value { from: From::First(vec![Value { from: From::Cell(0), steps: Vec::new() }]), steps: Vec::new() };
    feed.tables[0].mapping.columns = vec![ColumnMapping { column: "patient_id".into(), value, when: None }];
    let source = Source { path: "personId".into(), up: 0, is_list: false };
    feed.wanted.tables = vec![WantedTable { sources: vec![source], ..WantedTable::default() }];
    let error = readable(&feed, &judged).unwrap_err();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::SCHEMA_DRIFT, Some("patient_id")));
    let told = "roster, persons: nothing in the file feeds patient_id; the nearest column is `personKey`";
    assert_eq!(error.to_string(), told);
}

#[test]
fn a_refused_delivery_changes_nothing_and_its_refused_rows_are_there_until_it_comes_again() {
    let world = World::new(Mode::Full);
    let (first, bad) = (sent(1, 0..20, 0), sent(2, 0..20, 10));
    let settled = world.admit(std::slice::from_ref(&first), false, false).unwrap();
    let error = world.admit(&[first.clone(), bad.clone()], false, false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::REJECT_THRESHOLD);
    assert_eq!(world.settle(std::slice::from_ref(&first)).unwrap().tables, settled.tables);
    let persons = publication("persons", "roster");
    let refused = |sent: &Sent| refused_rejects(&world.rejects, &persons, &sent.accepted()).unwrap().len();
    assert_eq!(refused(&bad), 10);
    let good = Sent { content: 1, ..sent(2, 0..20, 0) };
    world.admit(&[first.clone(), good], false, false).unwrap();
    assert_eq!(refused(&bad), 0);
    world.admit(&[first, bad.clone()], true, false).unwrap();
    assert_eq!(refused(&bad), 0, "they are with the delivery");
}
