//! The abilities of the contract.

use super::*;
use crate::mapping::{Moment, Number as Numbers, Otherwise, Part};

/// What values make of one row in a text column, or in a list with `|` between.
fn made(value: Value, row: Vec<Is>) -> Option<String> {
    let width = row.len();
    let feed = feed(table(vec![column("it", Rule::Text)]), mapping(vec![mapped("it", value)]), width);
    values(&judge_one(&feed, batch(1, &[row])), "it").remove(0)
}

fn listed(value: Value, row: Vec<Is>) -> Option<String> {
    let width = row.len();
    let feed = feed(table(vec![column("it", Rule::TextList)]), mapping(vec![mapped("it", value)]), width);
    values(&judge_one(&feed, batch(1, &[row])), "it").remove(0)
}

fn steps(steps: Vec<Step>, text: &'static str) -> Option<String> {
    made(cell(0, steps), vec![Text(text)])
}

fn split(on: &str, part: Part) -> Vec<Step> {
    vec![Step::Split(on.to_owned(), part)]
}

fn of(from: From) -> Value {
    Value { from, steps: vec![] }
}

#[test]
fn a_value_comes_from_a_cell_the_file_name_or_a_constant() {
    assert_eq!(made(cell(1, vec![]), vec![Text("a"), Text("b")]).as_deref(), Some("b"));
    assert_eq!(made(of(From::Capture("site".to_owned())), vec![]).as_deref(), Some("North"));
    assert_eq!(made(of(From::Capture("ward".to_owned())), vec![]), None);
    assert_eq!(made(of(From::Constant("NULL".to_owned())), vec![]).as_deref(), Some("NULL"));
}

#[test]
fn first_joined_and_list_leave_out_what_is_nothing() {
    let both = || vec![cell(0, vec![]), cell(1, vec![])];
    let row = |a, b| vec![Text(a), Text(b)];
    assert_eq!(made(of(From::First(both())), row("N/A", "b")).as_deref(), Some("b"));
    assert_eq!(made(of(From::First(both())), row("a", "b")).as_deref(), Some("a"));
    let joined = || of(From::Joined(both(), ", ".to_owned()));
    assert_eq!(made(joined(), row("a", "b")).as_deref(), Some("a, b"));
    assert_eq!(made(joined(), row("", "b")).as_deref(), Some("b"));
    assert_eq!(made(joined(), row("", "")), None);
    let list = || of(From::List(both()));
    assert_eq!(listed(list(), row("a", "b")).as_deref(), Some("a|b"));
    assert_eq!(listed(list(), row("a", "a")).as_deref(), Some("a"));
    assert_eq!(listed(list(), vec![Is::List(vec![Text("a"), Text("b")]), Text("b")]).as_deref(), Some("a|b"));
    assert_eq!(listed(list(), row("null", "")).as_deref(), Some(""));
}

#[test]
fn a_date_that_no_column_of_several_holds_is_invalid_only_if_one_held_something() {
    let date = |index| cell(index, vec![Step::Date(vec![Moment::Iso])]);
    let rule = Rule::Date { not_after_delivery: true };
    for (row, value, is_counted) in [
        ([Text("soon"), Text("2026-01-02")], Some("2026-01-02"), false),
        ([Text("soon"), Text("")], None, true),
        ([Text(""), Text("")], None, false),
    ] {
        let columns = mapping(vec![mapped("birth_date", of(From::First(vec![date(0), date(1)])))]);
        let feed = feed(table(vec![column("birth_date", rule.clone())]), columns, 2);
        let judged = judge_one(&feed, batch(1, &[row.to_vec()]));
        assert_eq!(values(&judged, "birth_date"), [value.map(str::to_owned)]);
        assert_eq!(judged.account.counted.contains_key("birth_date_invalid"), is_counted);
    }
}

#[test]
fn values_within_values_are_cleaned_before_the_next_one_is_looked_at() {
    let part = |part| Value { from: From::First(vec![cell(0, split(",", Part::Start(part)))]), steps: vec![] };
    let first = || of(From::First(vec![part(2), part(1)]));
    assert_eq!(made(first(), vec![Text("DOE, n/a ")]).as_deref(), Some("DOE"));
    assert_eq!(made(first(), vec![Text("DOE, ANA")]).as_deref(), Some("ANA"));
    let lines = of(From::Joined(vec![cell(0, vec![]), cell(1, vec![])], "\n".to_owned()));
    assert_eq!(made(lines, vec![Text("e"), Text("\u{301}x")]).as_deref(), Some("e \u{301}x"));
    let raw = Value { from: From::Cell(0), steps: split("\t", Part::Start(1)) };
    assert_eq!(made(raw, vec![Text("Ana\u{200b}  Ruiz\tx")]).as_deref(), Some("Ana Ruiz"));
}

#[test]
fn split_takes_a_part_from_either_end_or_the_rest() {
    for (on, part, text, value) in [
        (",", Part::Start(1), "DOE, JOHN Q", Some("DOE")),
        (",", Part::Start(2), "DOE, JOHN Q", Some("JOHN Q")),
        (",", Part::Start(3), "DOE, JOHN Q", None),
        ("^", Part::Start(2), "DOE^^Q", None),
        (" ", Part::End(1), "TAMPA, FL 33601", Some("33601")),
        (" ", Part::End(2), "TAMPA, FL 33601", Some("FL")),
        (" ", Part::End(4), "TAMPA, FL 33601", None),
        (" ", Part::From(2), "Ana de la Cruz", Some("de la Cruz")),
        (" ", Part::From(2), "Ana", None),
        (",", Part::Start(2), "DOE,N/A", None),
        ("\n", Part::Start(2), "12 Main St\nApt 4", Some("Apt 4")),
    ] {
        assert_eq!(steps(split(on, part), text).as_deref(), value, "{text}");
    }
}

#[test]
fn a_list_is_cut_and_steps_apply_value_by_value() {
    let list = vec![Step::SplitList(";".to_owned()), Step::Upper];
    assert_eq!(listed(cell(0, list), vec![Text("a; b;;a ")]).as_deref(), Some("A|B"));
    assert_eq!(listed(cell(0, vec![Step::SplitList(";".to_owned())]), vec![Text(";")]).as_deref(), Some(""));
}

#[test]
fn extract_takes_the_first_capture_or_the_whole_match() {
    let extract = |pattern: &str| vec![Step::Extract(regex_lite::Regex::new(pattern).unwrap())];
    let line = "TAMPA, FL  33601-1234";
    assert_eq!(steps(extract(r"^(.*), [A-Z]{2} "), line).as_deref(), Some("TAMPA"));
    assert_eq!(steps(extract(r", ([A-Z]{2}) \d"), line).as_deref(), Some("FL"));
    assert_eq!(steps(extract(r"[\d-]+$"), line).as_deref(), Some("33601-1234"));
    assert_eq!(steps(extract(r"(x)"), line), None);
    assert_eq!(steps(extract(r"TAMPA(x)?"), line), None);
}

#[test]
fn replace_case_pad_and_strip_are_literal() {
    let pad = |width, any_text| Step::Pad { with: '0', width, any_text };
    for (step, text, value) in [
        (Step::Replace("-".to_owned(), String::new()), "a-b-c", Some("abc")),
        (Step::Replace("a-b-c".to_owned(), String::new()), "a-b-c", None),
        (Step::Upper, "Straße", Some("STRASSE")),
        (Step::Upper, "abc", Some("ABC")),
        (Step::Lower, "ÑANDÚ", Some("ñandú")),
        (pad(8, false), "123", Some("00000123")),
        (pad(2, false), "123", Some("123")),
        (pad(8, false), "A123", Some("A123")),
        (pad(8, true), "A123", Some("0000A123")),
        (Step::StripStart("MR-".to_owned()), "MR-500", Some("500")),
        (Step::StripStart("MR-".to_owned()), "500", Some("500")),
        (Step::StripStart("MR-".to_owned()), "MR-", None),
        (Step::StripEnd("-X".to_owned()), "500-X", Some("500")),
    ] {
        assert_eq!(steps(vec![step.clone()], text).as_deref(), value, "{step:?} {text}");
    }
    assert_eq!(made(cell(0, vec![pad(8, false)]), vec![Number("123")]).as_deref(), Some("00000123"));
}

#[test]
fn what_a_code_list_does_not_have_is_kept_nothing_another_value_or_refuses_the_row() {
    let list = Arc::new(BTreeMap::from([("A1".to_owned(), "one".to_owned())]));
    let map = |otherwise| vec![Step::Map(Arc::clone(&list), otherwise)];
    assert_eq!(steps(map(Otherwise::Reject), " a1").as_deref(), Some("one"));
    assert_eq!(steps(map(Otherwise::Keep), "Zq").as_deref(), Some("Zq"));
    assert_eq!(steps(map(Otherwise::Null), "Zq"), None);
    assert_eq!(steps(map(Otherwise::Value("two".to_owned())), "Zq").as_deref(), Some("two"));
    assert_eq!(steps(vec![Step::Lookup(Arc::clone(&list), Otherwise::Null)], "A1").as_deref(), Some("one"));
    assert_eq!(steps(map(Otherwise::Reject), "null"), None);
    let columns = mapping(vec![mapped("it", cell(0, map(Otherwise::Reject)))]);
    let judged = judge_one(&feed(table(vec![column("it", Rule::Text)]), columns, 1), batch(7, &[vec![Text("Zq")]]));
    assert_eq!(judged.account.rejected, [("code_unknown".to_owned(), 1)].into());
    assert_eq!(judged.rejects[0].column.as_deref(), Some("it"));
}

#[test]
fn a_code_list_may_say_what_is_otherwise_nothing() {
    let list = BTreeMap::from([("X".to_owned(), "N/A".to_owned())]);
    assert_eq!(steps(vec![Step::Map(Arc::new(list), Otherwise::Keep)], "x").as_deref(), Some("N/A"));
}

#[test]
fn numbers_are_read_as_declared() {
    let number = |number: Numbers| [Step::Number(number)];
    let plain = Numbers { decimal: '.', thousands: None, currency: None, implied_decimals: 0, scale: None };
    let money = Rule::Decimal { precision: 18, scale: 2 };
    let dollars = Numbers { thousands: Some(','), currency: Some("$".to_owned()), ..plain.clone() };
    check(
        "charge_amount",
        &money,
        &number(dollars),
        &[
            (Text("($1,234.50)"), Some("-1234.50"), true),
            (Text("12.00-"), Some("-12.00"), true),
            (Number("12.5"), Some("12.50"), true),
            (Text("twelve"), None, false),
            (Text("n/a"), None, true),
        ],
    );
    let euro = Numbers { decimal: ',', thousands: Some('.'), ..plain.clone() };
    check(
        "charge_amount",
        &money,
        &number(euro),
        &[(Text("1.234,50"), Some("1234.50"), true), (Number("1234.5"), Some("1234.50"), true)],
    );
    let cents = Numbers { implied_decimals: 2, ..plain.clone() };
    check(
        "charge_amount",
        &money,
        &number(cents),
        &[(Text("0000012345"), Some("123.45"), true), (Number("5"), Some("0.05"), true)],
    );
    let pounds = Numbers { scale: Some("0.45359237".to_owned()), ..plain };
    check(
        "weight_kg",
        &Rule::Decimal { precision: 6, scale: 2 },
        &number(pounds),
        &[
            (Number("150.3"), Some("68.17"), true),
            (Text("0.0110231131092439"), Some("0.01"), true),
            (Text("99999"), None, false),
        ],
    );
}

#[test]
fn a_column_has_a_value_only_when_another_source_says_so() {
    for (kind, value) in [("home", Some("1 Main St")), ("HOME ", Some("1 Main St")), ("work", None), ("", None)] {
        let when = Some((cell(1, vec![]), vec!["Home".to_owned()]));
        let columns = mapping(vec![ColumnMapping { when, ..mapped("address", cell(0, vec![])) }]);
        let feed = feed(table(vec![column("address", Rule::Text)]), columns, 2);
        let judged = judge_one(&feed, batch(1, &[vec![Text("1 Main St"), Text(kind)]]));
        assert_eq!(values(&judged, "address"), [value.map(str::to_owned)], "{kind}");
    }
}
