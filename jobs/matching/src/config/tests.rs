//! What the section takes, and what it says of what it does not.

use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot, parse};

use super::*;
use crate::compare::Kind;

const PLAIN: &str = "
input: { publications: [intake/persons/*], required: [first_name, ssn] }
reference: { from: [intake/persons/*] }
fields:
  first_name: { compare: first_name, swaps_with: last_name }
  last_name: { compare: last_name }
  birth_date: { compare: date }
  ssn: { compare: ssn }
  chart: { compare: edit, column: medicaid_id }
block: [[ssn], [last_name.metaphone, birth_date]]
thresholds: { exact: 18, propose: 2 }
";

fn matchers(text: &str) -> (Matching, Vec<String>) {
    let mut mistakes = Mistakes::default();
    let root = parse(text, &mut mistakes).unwrap();
    let read = read(&Spot::root(&root), Path::new("/etc/lake"), &mut mistakes);
    let told = |problem: carelake_core::config::reader::Problem| {
        let near = problem.nearest.map(|near| format!(" ({near}?)")).unwrap_or_default();
        format!("{}: {}{near}", problem.path, problem.message)
    };
    (read, mistakes.into_problems().into_iter().map(told).collect())
}

/// Reads the plain matcher with a line more, or with one in the place of that of the same key.
fn with(lines: &str) -> (Matcher, Vec<String>) {
    let key = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
    let replaced: Vec<String> = lines.lines().map(key).collect();
    let mut text = String::from("matchers:\n  people:\n");
    let mut is_replaced = false;
    for line in PLAIN.lines().filter(|line| !line.is_empty()) {
        if !line.starts_with(' ') {
            is_replaced = replaced.contains(&key(line));
        }
        if !is_replaced {
            text.push_str(&format!("    {line}\n"));
        }
    }
    lines.lines().for_each(|line| text.push_str(&format!("    {line}\n")));
    let (mut read, told) = matchers(&text);
    (read.matchers.remove(0), told)
}

#[test]
fn what_holds_where_nothing_is_said() {
    let (matcher, told) = with("");
    assert_eq!(told, [] as [&str; 0]);
    assert_eq!((matcher.max_block, matcher.one_to_one, matcher.serves), (2_000, OneToOne::Delivery, false));
    assert_eq!(matcher.thresholds, Thresholds { exact: 18.0, propose: 2.0, margin: 0.0 });
    assert_eq!(
        (matcher.review.sample_exact, matcher.review.sample_none, matcher.review.expire_days),
        (0.01, 0.002, 180)
    );
    assert_eq!((matcher.max_shift, matcher.model, matcher.accepts_ssn), (0.2, None, Feeds::Named(Vec::new())));
    let frequent: Vec<bool> = matcher.fields.iter().map(|field| field.is_frequent).collect();
    assert_eq!(frequent, [true, true, false, false, false]);
    assert_eq!((matcher.fields[0].swaps_with, matcher.fields[4].kind), (Some(1), Kind::Edit));
    assert_eq!(matcher.fields[4].column, Column::Flat("medicaid_id".to_owned()));
}

#[test]
fn a_second_look_is_of_columns_or_of_a_share() {
    for (second, columns, share) in [("[zip_code]", 1, 0.0), ("always", 0, 1.0), ("0.25", 0, 0.25)] {
        let (matcher, told) = with(&format!("review: {{ second: {second} }}"));
        assert_eq!((matcher.review.second.len(), matcher.review.second_share, told.len()), (columns, share, 0));
    }
    for (second, expected) in
        [("never", "must be columns, always"), ("2", "must be columns, always"), ("[zip_cod]", "there is no column")]
    {
        let (_, told) = with(&format!("review: {{ second: {second} }}"));
        assert!(told[0].starts_with("matchers.people.review.second") && told[0].contains(expected), "{told:?}");
    }
}

#[test]
fn conditions_are_sets_of_levels() {
    let rule =
        "rules: [{ name: a, all: [\"ssn =\", \"last_name ?~ part\", \"birth_date !=\", same_patient_id], is: exact }]";
    let (matcher, told) = with(rule);
    assert_eq!(told, [] as [&str; 0]);
    let level = |field, levels| Test::Level { field, levels };
    assert_eq!(
        matcher.rules[0].when.all,
        [level(3, 1), level(1, 0b11 | 1 << 15), level(2, 1 << 4), Test::SamePatientId]
    );
}

#[test]
fn each_mistake_is_told_with_its_place_and_the_nearest_name() {
    for (lines, expected) in [
        ("fields: {}", "fields: must be a map of at least one field"),
        ("fields: { ssn: {} }\nblock: [[ssn]]", "fields.ssn.compare: missing"),
        ("fields: { ssn: { compare: sns } }\nblock: [[ssn]]", "fields.ssn.compare: must be one of exact"),
        ("fields: { ssn: { compare: date } }\nblock: [[ssn]]", "fields.ssn: `compare: date` does not fit"),
        ("fields: { ssn: { compare: ssn, within: 2 } }\nblock: [[ssn]]", "fields.ssn.within: is for `compare: number`"),
        (
            "fields: { ssn: { compare: ssn, swaps_with: sn } }\nblock: [[ssn]]",
            "fields.ssn.swaps_with: there is no field `sn` (ssn?)",
        ),
        (
            "fields: { ssn: { compare: ssn, swaps_with: ssn } }\nblock: [[ssn]]",
            "fields.ssn.swaps_with: is for a field of `compare: first_name`",
        ),
        ("block: []", "block: must be a list of at least one pass"),
        ("block: [[snn]]", "block[0][0]: there is no field `snn` (ssn?)"),
        ("block: [[ssn.year]]", "block[0][0]: `compare: ssn` has no such part"),
        ("block: [[birth_date.yaer]]", "block[0][0]: unknown part; accepted: soundex"),
        ("block: [[names]]", "block[0][0]: the only key of `names` is `names.sorted`"),
        ("block: [[ssn], [ssn]]", "block[1]: there is another pass of these parts"),
        ("max_block: 0", "max_block: must be a whole number from 1"),
        ("thresholds: { exact: 1, propose: 2 }", "thresholds.exact: is below `propose: 2`"),
        ("thresholds: { exact: 1 }", "thresholds.propose: missing"),
        ("must_agree: [sx]", "must_agree[0]: there is no field `sx`"),
        ("missing: { first_nam: [x] }", "missing.first_nam: there is no field `first_nam` (first_name?)"),
        ("repair: [zip_code, zip_code]", "repair[1]: `zip_code` stands twice"),
        ("repair: [{ together: [city, state] }, { together: [city] }]", "repair[1].together[0]: `city` stands twice"),
        ("repair: [zipcode]", "repair[0]: there is no column `zipcode` (zip_code?)"),
        ("repair: [ssn]", "repair[0]: is no column; name social_security_number"),
        ("never: [{ name: a, is: never }]", "never[0]: needs conditions"),
        ("never: [{ name: a, all: [\"ssn =\"] }]", "never[0].is: missing"),
        (
            "never: [{ name: a, all: [\"ssn =\"], is: never }, { name: a, all: [\"ssn !=\"], is: never }]",
            "never[1]: there is another rule `a`",
        ),
        (
            "rules: [{ name: a, all: [\"ssn ~ last5\"], is: exact }]",
            "rules[0].all[0]: `compare: ssn` has no level `last5`",
        ),
        ("rules: [{ name: a, all: [\"snn =\"], is: exact }]", "rules[0].all[0]: there is no field `snn` (ssn?)"),
        ("rules: [{ name: a, all: [\"ssn == x\"], is: exact }]", "rules[0].all[0]: unknown operator"),
        ("rules: [{ name: a, all: [\"ssn\"], is: exact }]", "rules[0].all[0]: must be a condition such as"),
        ("rules: [{ name: a, all: [\"ssn in 4871\"], is: exact }]", "rules[0].all[0]: must be values in brackets"),
        (
            "rules: [{ name: a, all: [\"ssn missing\", \"birth_date missing\"], is: exact }]",
            "rules[0]: no pass of `block` brings up a pair",
        ),
        (
            "rules: [{ name: a, at_least: { count: 2, of: [\"ssn =\"] }, is: exact }]",
            "rules[0].at_least.count: more than the 1 conditions",
        ),
        (
            "rules: [{ name: a, all: [same_patient_id], is: exact, links_reference: true }]",
            "rules[0].links_reference: is for a rule of `is: exact`",
        ),
        ("input: { publications: [], required: [ssn] }", "input.publications: must be a list of at least one pattern"),
        ("input: { publications: [a], required: [] }", "input.required: must be a list of at least one column"),
        ("input: { publications: [a], required: [ssn], row: all }", "input.row: unknown key"),
        (
            "reference: { from: [matching/people/persons/*] }",
            "reference.from[0]: what matching publishes is no evidence",
        ),
        ("colour: red", "colour: unknown key"),
    ] {
        let (_, told) = with(lines);
        let path = format!("matchers.people.{expected}");
        assert!(told.iter().any(|told| told.starts_with(&path) || told == &path), "{lines}: {told:?}");
    }
}

#[test]
fn one_matcher_serves_a_feed() {
    let plain: String = PLAIN.lines().map(|line| format!("    {line}\n")).collect();
    let two = |serve: &str| {
        let text = format!("matchers:\n  a:\n{plain}    serve: true\n  b:\n{plain}    serve: {serve}\n");
        matchers(&text).1
    };
    assert_eq!(two("false"), [] as [&str; 0]);
    assert_eq!(two("true"), ["matchers.b: serves feeds that `a` serves; one matcher serves a feed"]);
}

#[test]
fn a_database_has_a_host_and_a_login_that_is_kept_elsewhere() {
    let told = |database: &str| matchers(&format!("database: {database}\nmatchers: {{}}")).1;
    assert_eq!(told("{ host: db, login: { env: DB_LOGIN } }"), [] as [&str; 0]);
    assert!(told("{ host: db, login: hunter2 }")[0].contains("never the secret itself"));
    assert!(told("{ login: { env: DB_LOGIN } }")[0].starts_with("database.host: missing"));
    let with_tls = |host: &str, tls: &str| told(&format!("{{ host: {host}, login: {{ env: DB_LOGIN }}, tls: {tls} }}"));
    assert_eq!(with_tls("db", "{ ca: rds.pem }"), [] as [&str; 0]);
    assert_eq!(with_tls("localhost", "{ mode: disable }"), [] as [&str; 0]);
    assert!(with_tls("db", "{ mode: disable }")[0].starts_with("database.tls.mode: may be `disable` only where"));
}
