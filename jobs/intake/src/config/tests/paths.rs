//! Names of files held against patterns.

use crate::config::path::PathPattern;

fn told(pattern: &str, name: &str) -> Option<String> {
    let captures = PathPattern::parse(pattern).unwrap().matches(name)?;
    let delivery = captures.delivery.map(|date| date.to_string());
    let sequence = captures.sequence.map(|number| format!("#{number}"));
    let named = captures.named.iter().map(|(name, text)| format!("{name}={text}"));
    Some(delivery.into_iter().chain(sequence).chain(named).collect::<Vec<_>>().join(" "))
}

#[test]
fn whole_names_are_held_against_a_pattern() {
    for (pattern, name, expected) in [
        ("a.csv", "a.csv", Some("")),
        ("a.csv", "A.csv", None),
        ("a.csv", "xa.csv", None),
        ("a.csv", "a.csvx", None),
        ("a*.csv", "a.csv", Some("")),
        ("a*.csv", "a_b.c.csv", Some("")),
        ("a*.csv", "a/b.csv", None),
        ("in/a*.csv", "in/ab.csv", Some("")),
        ("*é*", "café.csv", Some("")),
        ("{delivery:%Y%m%d}.csv", "20260831.csv", Some("2026-08-31")),
        ("{delivery:%Y%m%d}.csv", "20260931.csv", None),
        ("{delivery:%Y%m%d}.csv", "20260230.csv", None),
        ("{delivery:%Y%m%d}.csv", "20240229.csv", Some("2024-02-29")),
        ("{delivery:%Y%m%d}*.csv", "20260831_resend.csv", Some("2026-08-31")),
        ("*{delivery:%Y%m%d}*", "1234567820260831", Some("2026-08-31")),
        ("{delivery:%m%d%y}.csv", "083126.csv", Some("2026-08-31")),
        ("{delivery:%-m-%-d-%Y}.csv", "8-3-2026.csv", Some("2026-08-03")),
        ("{delivery:%-m-%-d-%Y}.csv", "11-13-2026.csv", Some("2026-11-13")),
        ("{delivery:%d %b %Y}", "31 Aug 2026", Some("2026-08-31")),
        ("{delivery:%d-%B-%Y}", "01-MAY-2026", Some("2026-05-01")),
        ("{delivery:%Y%j}", "2026243", Some("2026-08-31")),
        ("{delivery:%Y%j}", "2026366", None),
        ("{delivery:%Y%m%dT%H%M%S}", "20260831T235959", Some("2026-08-31")),
        ("{delivery:%Y%m%dT%H%M%S}", "20260831T246060", None),
        ("E{sequence}.txt", "E007.txt", Some("#7")),
        ("E{sequence}.txt", "E.txt", None),
        ("E{sequence}*.txt", "E12b.txt", Some("#12")),
        ("E{sequence}.txt", "E9999999999.txt", None),
        (
            "{site}_{delivery:%Y%m%d}_{kind}.csv",
            "north_east_20260831_a_b.csv",
            Some("2026-08-31 site=north_east kind=a_b"),
        ),
        ("{site}/x.csv", "/x.csv", None),
    ] {
        assert_eq!(told(pattern, name).as_deref(), expected, "{pattern} {name}");
    }
}

#[test]
fn many_stars_take_no_longer_than_they_must() {
    let pattern = format!("{}x", "*a".repeat(60));
    let name = "a".repeat(1_000);
    assert_eq!(told(&pattern, &name), None);
}

#[test]
fn a_pattern_that_cannot_be_is_refused() {
    for (pattern, expected) in [
        ("../a.csv", "must be a name inside the partner's folder, without `..`, `\\` or a `/` at an end"),
        ("/a.csv", "must be a name inside the partner's folder, without `..`, `\\` or a `/` at an end"),
        ("a\\b.csv", "must be a name inside the partner's folder, without `..`, `\\` or a `/` at an end"),
        ("a{b.csv", "has a `{` without `}`"),
        ("ab}.csv", "has a `}` without `{`"),
        ("{delivery}", "`{delivery}` needs its format, such as {delivery:%Y%m%d}"),
        ("{delivery:%Y-%m}", "`%Y-%m` names no date; it needs a year, a month and a day"),
        ("{delivery:%Y%-m%-d}", "`%Y%-m%-d` can be read in two ways; put a sign after %-m and %-d"),
        ("{delivery:%Q}", "`%Q` must be made of %Y %y %m %-m %b %B %d %-d %j %H %M %S"),
        ("{sequence:%Y}", "`{sequence:` has a format; only the date has one: {delivery:%Y%m%d}"),
        ("{Site}", "`{Site}` must be {delivery:FORMAT}, {sequence} or a name of lower-case letters"),
        ("{a}_{a}", "has {a} twice; keep one of the two"),
        ("{sequence}_{sequence}", "has {sequence} twice; keep one of the two"),
    ] {
        assert_eq!(PathPattern::parse(pattern).unwrap_err(), expected, "{pattern}");
    }
}
