//! The types of the contract.

use super::*;
use crate::mapping::Moment;

const DATE: Rule = Rule::Date { not_after_delivery: false };
const BIRTH: Rule = Rule::Date { not_after_delivery: true };

#[test]
fn text_is_cleaned_and_tokens_are_nothing() {
    check(
        "last_name",
        &Rule::Text,
        &[],
        &[
            (Text(" Nun\u{303}ez  Vega\u{a0}"), Some("Nuñez Vega"), true),
            (Text("n/a"), None, true),
            (Text(""), None, true),
            (Text("=1+1"), Some("=1+1"), true),
            (Number("12.50"), Some("12.50"), true),
            (Is::Boolean("true"), Some("true"), true),
            (Is::Date("2026-08-31"), Some("2026-08-31"), true),
            (Is::DateTime("2026-08-31T14:05:00"), Some("2026-08-31T14:05:00"), true),
            (Is::List(vec![Nothing, Text("NULL"), Text("b"), Text("c")]), Some("b"), true),
            (Nothing, None, true),
        ],
    );
}

#[test]
fn identifiers_keep_their_zeros_and_numbers_their_digits() {
    check(
        "patient_id",
        &Rule::Identifier,
        &[],
        &[
            (Text("00123"), Some("00123"), true),
            (Text("12345.0"), Some("12345.0"), true),
            (Text("1e5"), Some("1e5"), true),
            (Number("12345"), Some("12345"), true),
            (Number("12345678901234567890123"), Some("12345678901234567890123"), true),
        ],
    );
}

#[test]
fn dates_are_from_1880_to_a_year_after_the_delivery() {
    let steps = [Step::Date(vec![Moment::Format("%m/%d/%Y".to_owned())])];
    check(
        "seen_on",
        &DATE,
        &steps,
        &[
            (Text("01/01/1880"), Some("1880-01-01"), true),
            (Text("12/31/1879"), None, false),
            (Text("08/03/2027"), Some("2027-08-03"), true),
            (Text("08/04/2027"), None, false),
            (Text("02/29/2023"), None, false),
            (Text("02/29/2024"), Some("2024-02-29"), true),
            (Text("13/30/1985"), None, false),
            (Text("N/A"), None, true),
        ],
    );
    check(
        "birth_date",
        &BIRTH,
        &steps,
        &[(Text("08/03/2026"), Some("2026-08-03"), true), (Text("08/04/2026"), None, false)],
    );
}

#[test]
fn a_date_takes_the_local_date_of_a_time_in_the_zone_of_the_feed() {
    let steps = [Step::Date(vec![Moment::Iso, Moment::EpochMillis])];
    for steps in [&steps[..], &[]] {
        check(
            "seen_on",
            &DATE,
            steps,
            &[
                (Is::Date("2026-08-01"), Some("2026-08-01"), true),
                (Is::DateTime("2026-08-01T23:59:59.999999999"), Some("2026-08-01"), true),
                (Is::Instant("2026-08-01T03:59:59Z"), Some("2026-07-31"), true),
                (Text("2026-08-01T03:59:59Z"), Some("2026-07-31"), true),
                (Text("2026-08-01T03:59:59+14:00"), Some("2026-07-31"), true),
                (Text("soon"), None, false),
            ],
        );
    }
    check("seen_on", &DATE, &steps, &[(Number("1785556799000"), Some("2026-07-31"), true)]);
    let excel = [Step::Date(vec![Moment::Excel])];
    check(
        "seen_on",
        &DATE,
        &excel,
        &[(Number("46235"), Some("2026-08-01"), true), (Number("46235.75"), Some("2026-08-01"), true)],
    );
}

#[test]
fn an_offset_in_the_value_wins_else_the_zone_of_the_feed_holds() {
    let steps = [Step::DateTime(vec![Moment::Iso, Moment::Format("%m/%d/%Y %H:%M".to_owned())])];
    check(
        "encounter_start_datetime",
        &Rule::Timestamp,
        &steps,
        &[
            (Text("2026-07-01T12:00:00+02:00"), Some("2026-07-01T10:00:00"), true),
            (Text("2026-07-01T12:00:00"), Some("2026-07-01T16:00:00"), true),
            (Text("01/15/2026 12:00"), Some("2026-01-15T17:00:00"), true),
            (Is::DateTime("2026-07-01T12:00:00.123456789"), Some("2026-07-01T16:00:00.123456"), true),
            (Is::Instant("2026-07-01T12:00:00Z"), Some("2026-07-01T12:00:00"), true),
            (Text("2026-03-08T02:30:00"), Some("2026-03-08T07:30:00"), true),
            (Text("2026-11-01T01:30:00"), Some("2026-11-01T05:30:00"), true),
            (Text("2026-11-01T01:30:00-05:00"), Some("2026-11-01T06:30:00"), true),
            (Text("noon"), None, false),
        ],
    );
}

#[test]
fn a_date_without_a_time_is_nothing_to_a_datetime_and_midnight_to_updated_at() {
    let steps = [Step::DateTime(vec![Moment::Format("%Y-%m-%d".to_owned())])];
    check(
        "encounter_start_datetime",
        &Rule::Timestamp,
        &steps,
        &[(Text("2026-07-01"), None, true), (Is::Date("2026-07-01"), None, true), (Text("2026-07-32"), None, false)],
    );
    check("updated_at", &Rule::Timestamp, &steps, &[(Text("2026-07-01"), Some("2026-07-01T04:00:00"), true)]);
}

#[test]
fn codes_that_are_none_are_unknown_and_counted() {
    let code = |otherwise: Option<&str>| Rule::Code {
        values: ["female", "male", "unknown"].map(str::to_owned).to_vec(),
        otherwise: otherwise.map(str::to_owned),
    };
    let list = BTreeMap::from([("M".to_owned(), "male".to_owned())]);
    let steps = [Step::Map(Arc::new(list), crate::mapping::Otherwise::Keep)];
    check(
        "sex",
        &code(Some("unknown")),
        &steps,
        &[
            (Text(" m"), Some("male"), true),
            (Text("FEMALE"), Some("female"), true),
            (Text("unknown"), Some("unknown"), true),
            (Text("ZQ"), Some("unknown"), false),
            (Text("NULL"), None, true),
        ],
    );
    let counted = |otherwise| becomes("sex", code(otherwise), steps.to_vec(), Text("ZQ"));
    assert_eq!(counted(Some("unknown")), (Some("unknown".to_owned()), vec!["sex_unknown 1".to_owned()]));
    assert_eq!(counted(None), (None, vec!["sex_unknown 1".to_owned()]));
}

#[test]
fn what_breaks_its_type_is_nothing_and_counted() {
    for (rule, good, bad) in [
        (Rule::Ssn, ("219-09-9998", "219099998"), "666-09-9998"),
        (Rule::SsnLast4, ("XXX-XX-1234", "1234"), "XXX-XX-0000"),
        (Rule::Mbi, ("1eg4-te5-mk73", "1EG4TE5MK73"), "1EG4TE5MK7"),
        (Rule::State, ("fl", "FL"), "XX"),
        (Rule::Zip, ("33701-1234", "337011234"), "K1A"),
        (Rule::Phone, ("(727) 555-0134", "7275550134"), "555-1234"),
        (Rule::Email, ("A@B.example", "a@b.example"), "none@"),
        (Rule::Npi, ("1234567893", "1234567893"), "1234567890"),
        (Rule::Ccn, ("010001", "010001"), "A10001"),
        (Rule::Nubc(2), ("1", "01"), "100"),
        (Rule::Boolean, ("True", "true"), "maybe"),
        (Rule::Integer, ("12", "12"), "12.5"),
        (Rule::Decimal { precision: 6, scale: 2 }, ("68.175", "68.18"), "10000"),
    ] {
        let (value, counted) = becomes("it", rule.clone(), vec![], Text(good.0));
        assert_eq!((value.as_deref(), counted.len()), (Some(good.1), 0), "{rule:?}");
        let broken = becomes("it", rule.clone(), vec![], Text(bad));
        assert_eq!(broken, (None, vec!["it_invalid 1".to_owned()]), "{rule:?}");
    }
}

#[test]
fn lost_zeros_come_back_and_are_counted() {
    assert_eq!(
        becomes("npi", Rule::Npi, vec![], Number("6")),
        (Some("0000000006".to_owned()), vec!["npi_padded 1".to_owned()])
    );
    assert_eq!(
        becomes("ccn", Rule::Ccn, vec![], Number("10001")),
        (Some("010001".to_owned()), vec!["ccn_padded 1".to_owned()])
    );
    check(
        "zip_code",
        &Rule::Zip,
        &[],
        &[(Number("2134"), Some("02134"), true), (Text("213400001"), Some("213400001"), true)],
    );
}

#[test]
fn decimals_are_exact_and_round_half_away_from_zero() {
    let money = Rule::Decimal { precision: 18, scale: 2 };
    check(
        "charge_amount",
        &money,
        &[],
        &[
            (Number("0.1"), Some("0.10"), true),
            (Number("9999999999999999.99"), Some("9999999999999999.99"), true),
            (Number("-2.345"), Some("-2.35"), true),
            (Number("2.345"), Some("2.35"), true),
            (Number("2.3449999999999999999"), Some("2.34"), true),
            (Number("10000000000000000"), None, false),
            (Text("1,234.50"), None, false),
        ],
    );
}

#[test]
fn lists_have_each_value_once_and_leave_misfits_out() {
    check(
        "tags",
        &Rule::TextList,
        &[],
        &[
            (Is::List(vec![Text("a"), Nothing, Text(" a "), Text("N/A"), Number("1")]), Some("a|1"), true),
            (Text("a"), Some("a"), true),
            (Nothing, Some(""), true),
        ],
    );
    let codes = Is::List(vec![Text("UNK"), Text("e11.9"), Text("I10"), Text("E119"), Text("1234567")]);
    let (value, counted) = becomes("diagnosis_codes", Rule::Diagnoses, vec![], codes);
    assert_eq!((value.as_deref(), counted), (Some("E119|I10"), vec!["diagnosis_codes_invalid 2".to_owned()]));
}
