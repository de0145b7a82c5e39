//! What the pinned engine answers: functions, traps, steps. An engine that changes its answer changes what models publish.

use std::collections::BTreeMap;

use jiff::civil::date;
use polars::prelude::{DataFrame, LazyFrame};

use super::*;
use crate::config::{Action, Aggregate, OrderBy, Step, Unit};
use crate::sql::{Checked, Engine, compile};

fn tables() -> Tables {
    let t = "k:bigint,g,x:double,ts:timestamp,d:date,s,b:boolean
1,a,1.5,2026-01-01 10:00:00,2026-01-01,12,true
2,a,,2026-01-02 10:00:00,2026-01-02, 12 ,false
3,b,2.5,2026-01-03 10:00:00,2026-01-03,abc,
4,b,2.5,2026-01-04 10:00:00,2026-01-04,,true
";
    let u = "k:bigint,name,zone,at:timestamp
1,one,America/New_York,2026-03-08 06:30:00
1,uno,UTC,2026-11-01 05:30:00
3,three,Asia/Tokyo,2026-12-31 20:00:00
9,nine,,2026-01-01 00:00:00
";
    Tables::from([("t".to_owned(), given(t).unwrap()), ("u".to_owned(), given(u).unwrap())])
}

fn shown(rows: &DataFrame) -> String {
    crate::build::shown(rows)
}

fn told(text: &str) -> String {
    let vars = BTreeMap::from([("as_of".to_owned(), "DATE '2026-11-02'".to_owned())]);
    let checked = Checked::parse(text).unwrap_or_else(|found| panic!("{text}: {found:?}"));
    let text = compile(&checked, Engine::Polars, &vars).unwrap();
    match ask(&tables(), &text).and_then(take) {
        Ok(rows) => shown(&rows),
        Err(error) => format!("{error}"),
    }
}

#[test]
fn answers_are_those_of_trino() {
    let mut wrong: Vec<String> = Vec::new();
    for (text, expected) in [
        // Nulls go last also where the greatest comes first: another row would win.
        ("SELECT k FROM t WHERE g = 'a' QUALIFY row_number() OVER (PARTITION BY g ORDER BY x DESC) = 1", "1"),
        ("SELECT k FROM t ORDER BY x DESC, k LIMIT 1", "3"),
        // One direction up, another down; nulls where the question wants them; rows that are equal in order share a rank.
        (
            "SELECT k, row_number() OVER (ORDER BY g DESC, k) AS a, row_number() OVER (ORDER BY x NULLS FIRST, k DESC) AS b, rank() OVER (ORDER BY x DESC) AS c, dense_rank() OVER (ORDER BY x DESC) AS d FROM t",
            "1,3,2,3,2|2,4,1,4,3|3,1,4,1,1|4,2,3,1,1",
        ),
        ("SELECT k, lag(k) OVER w AS b FROM t WINDOW w AS (PARTITION BY g ORDER BY x DESC, ts DESC)", "1,|2,1|3,4|4,"),
        (
            "SELECT int_div(7, 2) AS a, int_div(-7, 2) AS b, int_div(1, 0) AS c, ratio(7, 2) AS d, ratio(1, 0) AS e FROM u WHERE k = 9",
            "3,-3,,3.5,",
        ),
        (
            "SELECT round_half_up(2.5, 0) AS a, round_half_up(-2.5, 0) AS b, round_half_up(1.25, 1) AS c, floor_int(-1.5) AS d FROM u WHERE k = 9",
            "3,-3,1.3,-2",
        ),
        (
            "SELECT k, try_cast(s AS double) AS a, try_cast(s AS bigint) AS b FROM t WHERE k <= 4",
            "1,12,12|2,12,12|3,,|4,,",
        ),
        ("SELECT k, greatest(x, 2.0) AS g, coalesce(x, 0.0) AS c FROM t WHERE k IN (1, 2)", "1,2,1.5|2,,0"),
        ("SELECT k, g || '-' || s AS a FROM t WHERE k IN (1, 4)", "1,a-12|4,"),
        ("SELECT concat_ws('-', g, s) AS a FROM t WHERE k IN (1, 4)", "a-12|b"),
        ("SELECT t.k FROM t WHERE k NOT IN (SELECT k FROM u)", "2|4"),
        ("SELECT t.k FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k)", "2|4"),
        ("SELECT coalesce(t.k, u.k) AS k, u.name FROM t FULL JOIN u ON t.k = u.k", "1,one|1,uno|2,|3,three|4,|9,nine"),
        (
            "SELECT t.k, u.name FROM t LEFT JOIN (SELECT k, name FROM u WHERE name = 'one') AS u ON t.k = u.k",
            "1,one|2,|3,|4,",
        ),
        (
            "SELECT a.k, b.k AS other FROM t a JOIN t b ON a.g = b.g AND b.ts > a.ts AND b.ts <= a.ts + INTERVAL '24' HOUR",
            "1,2|3,4",
        ),
        (
            "SELECT g, count(*) AS n, count(x) AS f, sum(x) AS s, max(x) AS m FROM t GROUP BY g",
            "a,2,1,1.5,1.5|b,2,2,5,2.5",
        ),
        (
            "SELECT g, count(*) FILTER (WHERE x > 2) AS n, sum(k) FILTER (WHERE k > 9) AS s FROM t GROUP BY g",
            "a,0,|b,2,",
        ),
        ("SELECT count(*) AS c, sum(x) AS s FROM t WHERE k = 99", "0,"),
        (
            "SELECT g, percentile(0.5, x) AS p, percentile(0.9, ts) AS q FROM t GROUP BY g",
            "a,1.5,2026-01-02T10:00:00Z|b,2.5,2026-01-04T10:00:00Z",
        ),
        (
            "SELECT percentile(0.5, CAST(x AS decimal(10,2))) AS p, percentile(1.0, d) AS q, percentile(0.1, g) AS r FROM t",
            "2.50,2026-01-04,a",
        ),
        ("SELECT g, max_by(k, x) AS a, min_by(s, ts) AS b FROM t GROUP BY g", "a,1,12|b,3,abc"),
        ("SELECT g, bool_or(b) AS o, bool_and(b) AS a FROM t GROUP BY g", "a,true,false|b,true,true"),
        ("SELECT g, list_join(s, '+', k) AS j FROM t GROUP BY g", "a,12+ 12 |b,abc"),
        (
            "SELECT minutes_between(ts, ts + INTERVAL '90' MINUTE) AS m, days_between(DATE '2026-01-31', d) AS n FROM t WHERE k = 1",
            "90,-30",
        ),
        (
            "SELECT add_minutes(ts, -60) AS a, start_of_day(:as_of) AS b FROM t WHERE k = 1",
            "2026-01-01T09:00:00Z,2026-11-02T00:00:00Z",
        ),
        // One clock is put forward, one back; a zone may be a column.
        (
            "SELECT local_time(at, zone) AS a, local_date(at, zone) AS b, local_month(at, zone) AS c, iso_week(at, zone) AS d, local_hour(at, zone) AS e FROM u",
            ",,,,|2026-03-08 01:30:00,2026-03-08,2026-03-01,2026-03-02,1|2026-11-01 05:30:00,2026-11-01,2026-11-01,2026-10-26,5|2027-01-01 05:00:00,2027-01-01,2027-01-01,2026-12-28,5",
        ),
        ("SELECT k FROM t WHERE ts >= TIMESTAMP '2026-01-03 00:00:00 UTC' AND d < DATE '2026-01-04'", "3"),
        ("SELECT DATE '2026-01-31' + INTERVAL '1' MONTH AS d FROM u WHERE k = 9", "2026-02-28"),
        (
            "SELECT CAST(ts AS date) AS d, CAST(k AS varchar) AS s, date_trunc('month', d) AS m, extract(hour FROM ts) AS h FROM t WHERE k = 2",
            "2026-01-02,2,2026-01-01,10",
        ),
        (
            "SELECT regexp_extract('a12b', '([0-9]+)', 1) AS a, regexp_extract('ab', '([0-9]+)', 1) AS b, regexp_replace('a1b2', '([0-9])', '<$1>') AS c, regexp_like('ab', '^a') AS d FROM u WHERE k = 9",
            "12,,a<1>b<2>,true",
        ),
        (
            "SELECT json_text('{\"a\": {\"b\": [1]}}', '$.a.b[0]') AS j, hash64('carelake') = hash64('carelake') AS h FROM u WHERE k = 9",
            "1,true",
        ),
        (
            "SELECT k, lag(k) OVER (PARTITION BY g ORDER BY ts) AS a, sum(k) OVER (PARTITION BY g ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM t",
            "1,,1|2,1,3|3,,3|4,3,7",
        ),
        ("SELECT DISTINCT ON (g) g, k FROM t ORDER BY g, ts DESC", "a,2|b,4"),
        ("SELECT k FROM t WHERE (x IS DISTINCT FROM 2.5) OR k = 4", "1|2|4"),
        (
            "SELECT date_trunc('week', d) AS a, date_trunc('quarter', ts) AS b, date_trunc('hour', at) AS c FROM t JOIN u ON t.k = u.k WHERE t.k = 3",
            "2025-12-29,2026-01-01T00:00:00Z,2026-12-31T20:00:00Z",
        ),
        ("SELECT k FROM t WHERE g = 'a' UNION ALL SELECT k FROM u WHERE k = 9", "1|2|9"),
        ("SELECT k FROM t EXCEPT SELECT k FROM u", "2|4"),
        ("SELECT k, one.m FROM u CROSS JOIN (SELECT max(x) AS m FROM t) AS one WHERE k = 9", "9,2.5"),
        ("SELECT K FROM T WHERE G = 'a'", "1|2"),
        ("SELECT CASE WHEN b THEN 'y' WHEN NOT b THEN 'n' END AS c FROM t", "|n|y|y"),
    ] {
        let found = told(text);
        if found != expected {
            wrong.push(format!("{text}\n  {found}\n  {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_list_of_in_is_joined_and_never_put_beside_every_row() {
    for (text, rows) in [
        ("SELECT k FROM t WHERE k IN (SELECT k FROM u WHERE k IS NOT NULL)", "1|3"),
        ("SELECT k FROM t WHERE k NOT IN (SELECT k FROM u WHERE k IS NOT NULL)", "2|4"),
        ("SELECT k FROM t WHERE x > 2 AND k IN (SELECT k FROM u)", "3"),
        ("SELECT k FROM t WHERE k NOT IN (SELECT CAST(NULL AS bigint) AS k FROM u)", ""),
        ("SELECT k FROM t WHERE k = 2 AND x NOT IN (SELECT CAST(k AS double) AS x FROM u WHERE k > 99)", "2"),
        ("SELECT k FROM t WHERE k IN (SELECT int_div(k, 3) AS k FROM u)", "1|3"),
    ] {
        assert_eq!(told(text), rows, "{text}");
        let compiled = compile(&Checked::parse(text).unwrap(), Engine::Polars, &BTreeMap::new()).unwrap();
        let plan = ask(&tables(), &compiled).unwrap().describe_plan().unwrap();
        assert!(plan.contains("SEMI") || plan.contains("ANTI"), "{text}: {plan}");
        assert!(!plan.contains("implode") && !plan.contains("is_in"), "{text}: {plan}");
    }
}

#[test]
fn what_does_not_fit_is_told_before_a_row_is_read_and_without_a_value() {
    for (text, expected) in [
        ("SELECT CAST(x AS bigint) AS a FROM t", "double cannot be converted; a double is rounded in other ways"),
        ("SELECT CAST(x AS varchar) AS a FROM t", "each engine writes it in another way"),
        ("SELECT minutes_between(d, ts) AS a FROM t", "argument 1 must be a timestamp, and is a date"),
        ("SELECT ratio(s, 1) AS a FROM t", "argument 1 must be a number, and is text"),
        ("SELECT kk FROM t", "kk"),
        // These are found in rows.
        ("SELECT CAST(s AS double) AS a FROM t", "CAST AS double: values are none"),
        ("SELECT local_date(at, name) AS a FROM u", "a zone is none that is known"),
    ] {
        let found = told(text);
        assert!(found.contains(expected), "{text}: {found}");
        assert!(!found.contains("abc") && !found.contains("uno"), "{found}");
    }
}

#[test]
fn work_past_its_share_of_memory_is_stopped_and_what_follows_is_not() {
    let many: String = (0..3000).map(|k| format!("{k}\n")).collect();
    let tables = Tables::from([("t".to_owned(), given(&format!("k:bigint\n{many}")).unwrap())]);
    let count = |text: &str| ask(&tables, text).and_then(take).map(|rows| shown(&rows));
    // Nine million rows that are sorted do not fit into 64 MiB.
    let large = "SELECT a.k, b.k AS other FROM t a CROSS JOIN t b ORDER BY other, k";
    let (done, peak) = within(64 << 20, || count(large));
    assert!(
        matches!(done, Err(Stopped::PastShare { peak_bytes }) if peak_bytes > 64 << 20 && peak_bytes <= peak),
        "{done:?}"
    );
    let (done, _) = within(u64::MAX, || count("SELECT CAST(count(*) AS bigint) AS n FROM t"));
    assert_eq!(done.unwrap().unwrap(), "3000");
    let (done, _) = within(u64::MAX, || -> u8 { panic!("a value") });
    assert_eq!(done, Err(Stopped::GaveUp));
}

fn steps(text: &str, actions: Vec<Action>) -> String {
    let mut steps: Vec<Step> = actions.into_iter().map(|action| Step { from: None, named: None, action }).collect();
    steps[0].from = Some("in".to_owned());
    let tables = Tables::from([("in".to_owned(), given(text).unwrap())]);
    match follow(&steps, &tables, &BTreeMap::new(), date(2026, 4, 15)).and_then(take) {
        Ok(rows) => shown(&rows),
        Err(error) => error.to_string(),
    }
}

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_newest_row_of_a_key_stays_and_two_newest_that_differ_fail() {
    let latest = || {
        let by = |column: &str| OrderBy { column: column.to_owned(), is_descending: true };
        vec![Action::Latest { key: list(&["k"]), order: vec![by("at"), by("seq")] }]
    };
    let rows = "k:bigint,at:date,seq:bigint,v\n1,2026-01-01,1,old\n1,2026-02-01,1,new\n1,2026-02-01,1,new\n2,,1,a\n2,2026-01-01,0,b\n";
    assert_eq!(steps(rows, latest()), "1,2026-02-01,1,new|2,2026-01-01,0,b");
    let told = steps(&format!("{rows}1,2026-02-01,1,other\n"), latest());
    assert!(told.contains("1 keys have two newest rows that differ"), "{told}");
}

#[test]
fn columns_become_rows_and_rows_columns() {
    let unpivot = Action::Unpivot {
        keep: list(&["k"]),
        columns: Vec::new(),
        except: list(&["seq"]),
        name: "field".to_owned(),
        value: "value".to_owned(),
        drop_nulls: true,
    };
    assert_eq!(
        steps("k:bigint,c_a,c_b,seq:bigint,_run_id\n1,x,,7,r\n2,y,z,8,r\n", vec![unpivot]),
        "1,c_a,x|2,c_a,y|2,c_b,z"
    );
    let pivot = |aggregate, drops_new| {
        vec![Action::Pivot {
            rows: list(&["k"]),
            name: "f".to_owned(),
            value: "v".to_owned(),
            aggregate,
            values: list(&["A b", "C"]),
            drops_new,
        }]
    };
    let rows = "k:bigint,f,v\n1,C,3\n1,A b,1\n2,C,4\n";
    assert_eq!(steps(rows, pivot(Aggregate::Fail, false)), "1,1,3|2,,4");
    assert!(steps(&format!("{rows}2,D,5\n"), pivot(Aggregate::Fail, false)).contains("1 values of f are not listed"));
    assert_eq!(steps(&format!("{rows}2,D,5\n"), pivot(Aggregate::Fail, true)), "1,1,3|2,,4");
    assert!(steps(&format!("{rows}2,C,5\n"), pivot(Aggregate::Fail, false)).contains("1 cells have several values"));
    assert_eq!(steps(&format!("{rows}2,C,5\n"), pivot(Aggregate::Max, false)), "1,1,3|2,,5");
}

#[test]
fn a_second_match_fails_where_one_is_said() {
    let tables = Tables::from([
        ("in".to_owned(), given("k:bigint,v\n1,a\n2,b\n").unwrap()),
        ("other".to_owned(), given("k:bigint,w\n1,x\n1,y\n").unwrap()),
    ]);
    let step = |is_one| {
        let action = Action::Join { with: "other".to_owned(), on: list(&["k"]), is_inner: false, is_one };
        [Step { from: Some("in".to_owned()), named: None, action }]
    };
    let told = |is_one| follow(&step(is_one), &tables, &BTreeMap::new(), date(2026, 1, 1)).and_then(take);
    assert!(told(true).unwrap_err().to_string().contains("1 keys of other are there more than once"));
    assert_eq!(shown(&told(false).unwrap()), "1,a,x|1,a,y|2,b,");
}

#[test]
fn periods_without_rows_get_one() {
    let spine =
        |to_as_of| vec![Action::Spine { unit: Unit::Month, column: "m".to_owned(), by: list(&["g"]), to_as_of }];
    let rows = "g,m:date,n:bigint\na,2026-01-01,1\na,2026-03-01,3\nb,2026-03-01,2\n";
    assert_eq!(steps(rows, spine(false)), "a,2026-01-01,1|a,2026-02-01,|a,2026-03-01,3|b,2026-03-01,2");
    assert_eq!(
        steps(rows, spine(true)),
        "a,2026-01-01,1|a,2026-02-01,|a,2026-03-01,3|a,2026-04-01,|b,2026-03-01,2|b,2026-04-01,"
    );
}

#[test]
fn merges_lead_to_the_last_and_a_circle_fails() {
    let resolve =
        || vec![Action::Resolve { id: "k".to_owned(), into: "to".to_owned(), named: "last".to_owned(), depth: 10 }];
    assert_eq!(steps("k:bigint,to:bigint\n1,\n2,1\n3,2\n4,99\n", resolve()), "1,,1|2,1,1|3,2,1|4,99,99");
    assert!(steps("k:bigint,to:bigint\n1,3\n2,1\n3,2\n", resolve()).contains("merged in a circle"));
}

#[test]
fn a_history_has_no_overlap_and_gaps_only_where_a_key_is_gone() {
    let scd2 = || vec![Action::Scd2 { key: list(&["k"]), copy: "copy".to_owned(), compare: list(&["v"]) }];
    let rows = "k:bigint,copy,v\n1,2026-01-01.1,a\n1,2026-02-01.1,a\n1,2026-03-01.9,b\n1,2026-03-01.10,c\n2,2026-01-01.1,x\n2,2026-03-01.10,x\n3,2026-03-01.10,\n";
    let expected = "1,1,a,2026-01-01,2026-03-01,false,|1,2,c,2026-03-01,,true,v|2,1,x,2026-01-01,2026-02-01,false,|2,2,x,2026-03-01,,true,|3,1,,2026-03-01,,true,";
    assert_eq!(steps(rows, scd2()), expected);
    let mut lines: Vec<&str> = rows.lines().collect();
    lines[1..].reverse();
    assert_eq!(steps(&format!("{}\n", lines.join("\n")), scd2()), expected);
}

#[test]
fn a_contract_takes_what_loses_nothing_and_nothing_else() {
    use crate::config::{Column, Kind};
    let column = |name: &str, kind| Column { name: name.to_owned(), kind, class: None, description: String::new() };
    let frame = || -> LazyFrame { given("a:integer,b:double,c\n1,1.5,x\n").unwrap() };
    let told = |columns: &[Column]| {
        shape(frame(), Some(columns)).map(|shaped| shaped.columns.len()).map_err(|error| error.to_string())
    };
    let (a, b, c) = (column("a", Kind::Bigint), column("b", Kind::Double), column("c", Kind::Text));
    assert_eq!(told(&[c.clone(), a.clone(), b.clone()]), Ok(3));
    assert!(told(&[a.clone(), b.clone()]).unwrap_err().contains("column c is not declared"));
    assert!(
        told(&[a.clone(), b.clone(), c.clone(), column("d", Kind::Text)])
            .unwrap_err()
            .contains("column d is declared as text and is not there")
    );
    assert!(
        told(&[column("a", Kind::Smallint), b, c.clone()])
            .unwrap_err()
            .contains("column a is declared as smallint and is integer")
    );
    assert!(
        told(&[a, column("b", Kind::Bigint), c]).unwrap_err().contains("column b is declared as bigint and is double")
    );
}

#[test]
fn a_double_that_is_no_number_is_not_published() {
    use crate::config::Kind;
    let rows = take(ask(&tables(), "SELECT CAST(1 AS DOUBLE) / 0 AS x FROM t").unwrap()).unwrap();
    let columns = [("x".to_owned(), Kind::Double)];
    let told = batches(&rows, &columns).next().unwrap().unwrap_err().to_string();
    assert!(told.contains("column x: 4 values are NaN or infinite"), "{told}");
}
