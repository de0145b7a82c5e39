//! What passes, what is refused with what to write instead, and what each engine is asked.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> String {
    match Checked::parse(text) {
        Ok(_) => String::new(),
        Err(found) => found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

fn told(text: &str, engine: Engine) -> String {
    let vars =
        BTreeMap::from([(AS_OF.to_owned(), "DATE '2026-11-02'".to_owned()), ("days".to_owned(), "5".to_owned())]);
    compile(&Checked::parse(text).unwrap(), engine, &vars).unwrap()
}

#[test]
fn what_passes_passes() {
    for text in [
        "SELECT a FROM t",
        "WITH a AS (SELECT k, sum(x) AS sx FROM t GROUP BY k), b AS (SELECT * FROM a WHERE sx > 3) SELECT b.k, u.name FROM b JOIN u ON b.k = u.k",
        "SELECT k, row_number() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM t",
        "SELECT k, sum(x) OVER (PARTITION BY g ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM t",
        "SELECT sum(x) OVER w AS a FROM t WINDOW w AS (PARTITION BY g)",
        "SELECT k FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY ts) = 1",
        "SELECT DISTINCT ON (k) k, ts FROM t ORDER BY k, ts DESC",
        "SELECT g, count(DISTINCT k) AS c, count(*) FILTER (WHERE x > 2) AS f FROM t GROUP BY g HAVING count(*) > 3",
        "SELECT * FROM t WHERE k IN (SELECT k FROM u) AND NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k)",
        "SELECT coalesce(t.k, u.k) AS k FROM t FULL JOIN u ON t.k = u.k",
        "SELECT t.k FROM t JOIN u ON t.k IS NOT DISTINCT FROM u.k",
        "SELECT k FROM t EXCEPT SELECT k FROM u",
        "SELECT date_trunc('month', ts) AS m, extract(year FROM ts) AS y, ts + INTERVAL '24' HOUR AS d FROM t",
        "SELECT try_cast(s AS double) AS v, CAST(k AS varchar) AS w FROM t WHERE d >= DATE '2026-01-03' AND ts >= TIMESTAMP '2026-01-03 00:00:00 UTC'",
        "SELECT CASE g WHEN 'a' THEN 1 ELSE 2 END AS c FROM t WHERE k BETWEEN 1 AND 2 OR k IN (3)",
        "SELECT * FROM (VALUES (1, 'x'), (2, 'y')) AS v (a, b)",
        "SELECT x FROM t ORDER BY x DESC LIMIT 2",
        "SELECT array_agg(k ORDER BY ts) AS a FROM t",
        "SELECT minutes_between(a, b) / 60.0 AS hours FROM t",
    ] {
        assert_eq!(refused(text), "", "{text}");
    }
}

#[test]
fn what_would_differ_in_silence_is_refused_with_its_place_and_what_to_write() {
    for (text, expected) in [
        ("SELECT * FROM t FULL JOIN u USING (k)", "COALESCE(a.k, b.k)"),
        ("SELECT * FROM t NATURAL JOIN u", "JOIN … ON"),
        ("SELECT 7 / 2 AS a FROM t", "1:8: `/` of whole numbers is 3.5 in one engine and 3 in the other"),
        (
            "SELECT x,\n  round(x) AS a FROM t",
            "2:3: `round`: halves are rounded in other ways by each engine; write round_half_up",
        ),
        ("SELECT ts AT TIME ZONE zone AS z FROM t", "local_time(x, zone)"),
        ("SELECT unnest(l) AS v FROM t", "lists are taken apart by steps"),
        ("SELECT v FROM t CROSS JOIN UNNEST(l) AS q (v)", "lists are taken apart by steps"),
        ("SELECT * FROM u, LATERAL (SELECT 1 AS a) AS q", "LATERAL is not read"),
        ("SELECT * FROM e PIVOT (max(value) FOR field IN ('a', 'b'))", "step `pivot`"),
        ("SELECT * FROM w UNPIVOT (v FOR col IN (a, b))", "step `unpivot`"),
        (
            "SELECT count(*) OVER (ORDER BY ts RANGE BETWEEN INTERVAL '72' HOUR PRECEDING AND CURRENT ROW) AS c FROM t",
            "lag for the nearest",
        ),
        ("SELECT sum(x) OVER (ORDER BY ts) AS c FROM t", "ROWS BETWEEN UNBOUNDED PRECEDING"),
        ("SELECT now() AS n FROM t", "use :as_of"),
        ("SELECT current_date AS n FROM t", "use :as_of"),
        ("SELECT random() AS n FROM t", "hash64"),
        ("SELECT x FROM t LIMIT 3", "LIMIT without ORDER BY"),
        ("SELECT approx_percentile(x, 0.9) AS p FROM t", "percentile(p, x)"),
        ("SELECT median(x) AS p FROM t", "percentile(0.5, x)"),
        ("SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY x) AS p FROM t", "percentile(p, x)"),
        ("SELECT ts FROM t WHERE ts > TIMESTAMP '2026-01-01 00:00:00'", "an instant has a zone"),
        ("SELECT x::bigint AS a FROM t", "CAST(x AS type)"),
        ("SELECT k FROM t ANTI JOIN u ON t.k = u.k", "NOT EXISTS"),
        ("SELECT g, count(*) AS c FROM t GROUP BY ALL", "name the columns"),
        ("SELECT * EXCLUDE (x) FROM t", "name the columns"),
        ("SELECT j ->> 'a' AS v FROM t", "json_text"),
        ("SELECT md5(g) AS m FROM t", "hash64"),
        ("SELECT a.b.c FROM t", "table.column"),
        ("SELECT x FROM lake.t", "has several parts"),
        ("SELECT minuts_between(a, b) AS m FROM t", "did you mean `minutes_between`?"),
        ("SELECT percentile(50, x) AS p FROM t", "above 0 and at most 1"),
        ("SELECT string_agg(s, ',') AS s FROM t", "list_join"),
        ("SELECT extract(dow FROM ts) AS d FROM t", "iso_week"),
        ("SELECT k FROM t WHERE x = (SELECT max(x) FROM t)", "write IN (SELECT …)"),
        ("SELECT k, (SELECT max(x) FROM t) AS m FROM u", "write CROSS JOIN"),
        ("SELECT k IN (SELECT k FROM u) AS i FROM t", "LEFT JOIN (SELECT DISTINCT k"),
        ("SELECT k FROM t WHERE x = 1 OR k IN (SELECT k FROM u)", "LEFT JOIN (SELECT DISTINCT k"),
        ("SELECT k FROM t WHERE x = 1 AND NOT (k IN (SELECT k FROM u))", "LEFT JOIN (SELECT DISTINCT k"),
        ("SELECT g, count(*) AS c FROM t GROUP BY ROLLUP (g)", "UNION ALL"),
        ("SELECT g, count(*) AS c FROM t GROUP BY GROUPING SETS ((g), ())", "UNION ALL"),
        ("SELECT k FROM t WHERE a IS DISTINCT FROM b OR k = 1", "put a IS DISTINCT FROM b in brackets"),
        ("SELECT k FROM t WHERE a IS NOT DISTINCT FROM b AND k = 1", "put a IS DISTINCT FROM b in brackets"),
        ("SELECT t.k FROM t LEFT JOIN u ON t.k = u.k AND u.name = 'one'", "filter before the join"),
        ("WITH RECURSIVE r AS (SELECT 1 AS i) SELECT i FROM r", "resolve"),
        ("WITH t AS (SELECT * FROM t) SELECT a FROM t", "give the WITH another name"),
        ("DELETE FROM t", "a model asks and changes nothing"),
        ("SELECT a FROM t; SELECT b FROM t", "something after its end"),
        ("SELECT a FROM t, u", "CROSS JOIN"),
        ("SELECT k / 2.0 AS h FROM t", "decimals get other scales"),
        ("SELECT FROM t", "name the columns"),
        ("SELECT a FROM", "cannot be read"),
        ("SELECT g ILIKE 'a' AS x FROM t", "lower(x) LIKE"),
        ("SELECT array_agg(k) AS a FROM t", "array_agg(x ORDER BY y)"),
    ] {
        let found = refused(text);
        assert!(found.contains(expected), "{text}: {found:?}");
    }
}

#[test]
fn nulls_go_last_wherever_nothing_is_said() {
    // In windows of Polars the order is one key.
    for (engine, order, both) in [
        (Engine::Polars, "cl_order('d', ts)", "cl_order('dA', k, g)"),
        (Engine::Athena, "ts DESC NULLS LAST", "k DESC NULLS LAST, g NULLS FIRST"),
    ] {
        let text =
            told("SELECT k, lag(x) OVER (PARTITION BY k ORDER BY ts DESC) AS b FROM t ORDER BY x DESC, k", engine);
        assert_eq!(
            text,
            format!(
                "SELECT k, lag(x) OVER (PARTITION BY k ORDER BY {order}) AS b FROM t ORDER BY x DESC NULLS LAST, k NULLS LAST"
            )
        );
        assert!(told("SELECT x FROM t ORDER BY x NULLS FIRST", engine).ends_with("NULLS FIRST"));
        let named = told(
            "SELECT sum(x) OVER w AS s FROM t WINDOW w AS (ORDER BY k DESC, g NULLS FIRST ROWS 1 PRECEDING)",
            engine,
        );
        assert!(named.contains(&format!("(ORDER BY {both} ROWS")), "{named}");
        let distinct = told("SELECT DISTINCT ON (k) k, ts FROM t ORDER BY k, ts DESC", engine);
        let direction = if engine == Engine::Polars { "cl_order('ad', k, ts)" } else { "ts DESC NULLS LAST" };
        assert!(distinct.contains(direction), "{distinct}");
    }
}

#[test]
fn what_has_two_names_is_written_for_each_engine() {
    for (text, polars, athena) in [
        (
            "SELECT minutes_between(a, b) AS m FROM t",
            "cl_minutes_between(a, b)",
            "CAST(date_diff('millisecond', a, b) AS DOUBLE) / 60000",
        ),
        (
            "SELECT ratio(a + 1, b) AS r FROM t",
            "cl_ratio((a + 1), b)",
            "CAST((a + 1) AS DOUBLE) / nullif(CAST(b AS DOUBLE), 0)",
        ),
        (
            "SELECT greatest(a, b) AS g FROM t",
            "CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE greatest(a, b) END",
            "greatest(a, b)",
        ),
        ("SELECT try_cast(s AS double) AS v FROM t", "cl_try_double(s)", "TRY_CAST(s AS DOUBLE)"),
        ("SELECT CAST(s AS timestamp) AS v FROM t", "cl_to_timestamp(s)", "CAST(s AS TIMESTAMP(6) WITH TIME ZONE)"),
        (
            "SELECT percentile(0.9, x) FILTER (WHERE y) AS p FROM t",
            "cl_percentile(array_agg(CASE WHEN y THEN x END), 0.9)",
            "count(CASE WHEN y THEN x END)",
        ),
        ("SELECT x FROM t WHERE d < :as_of", "d < DATE '2026-11-02'", "d < DATE '2026-11-02'"),
        ("SELECT x FROM t WHERE n > -1440 * :days", "n > -1440 * 5", "n > -1440 * 5"),
        (
            "SELECT x FROM t WHERE ts < TIMESTAMP '2026-01-01 00:00:00 UTC'",
            "cl_instant('2026-01-01 00:00:00')",
            "TIMESTAMP '2026-01-01 00:00:00 UTC'",
        ),
        ("SELECT A, \"B\" FROM T", "SELECT a, \"b\" FROM t", "SELECT a, \"b\" FROM t"),
    ] {
        let (own, other) = (told(text, Engine::Polars), told(text, Engine::Athena));
        assert!(own.contains(polars), "{own}");
        assert!(other.contains(athena), "{other}");
    }
}

#[test]
fn athena_is_asked_without_qualify_and_distinct_on() {
    let text =
        told("SELECT k, ts FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY ts DESC) = 1", Engine::Athena);
    assert_eq!(
        text,
        "SELECT k, ts FROM (SELECT k, ts, row_number() OVER (PARTITION BY k ORDER BY ts DESC NULLS LAST) = 1 AS stays_ FROM t) AS kept_ WHERE stays_"
    );
    let text = told("SELECT DISTINCT ON (k) k, ts FROM t ORDER BY k, ts DESC", Engine::Athena);
    assert!(text.starts_with("SELECT k, ts FROM (SELECT k, ts, row_number() OVER (PARTITION BY k ORDER BY k NULLS LAST, ts DESC NULLS LAST) = 1"), "{text}");
}

#[test]
fn tables_and_values_are_found_with_their_places_and_white_space_is_nothing() {
    let text =
        "WITH a AS (SELECT * FROM orders)\nSELECT x\nFROM a -- what\nJOIN Results r ON r.k = a.k WHERE r.n > :days";
    let checked = Checked::parse(text).unwrap();
    let tables: Vec<_> = checked.tables.iter().map(|it| (it.name.as_str(), it.line)).collect();
    assert_eq!(tables, [("orders", 1), ("results", 4)]);
    assert_eq!(checked.vars.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["days"]);
    let other = Checked::parse(&text.replace(" -- what", "").replace('\n', "   ")).unwrap();
    assert_eq!(checked.text(), other.text());
    assert!(!Checked::parse("SELECT k FROM t WHERE k NOT IN (SELECT k FROM u)").unwrap().warnings.is_empty());
}

#[test]
fn every_function_of_ours_is_read_again_for_each_engine() {
    for ours in &OURS {
        let argument = |(at, name): (usize, &&str)| match (*name, at) {
            ("p", _) => "0.5".to_owned(),
            ("group" | "digits", _) => "1".to_owned(),
            ("path", _) => "'$.a'".to_owned(),
            (_, at) => format!("a{at}"),
        };
        let arguments = ours.arguments.iter().enumerate().map(argument).collect::<Vec<_>>().join(", ");
        let text = format!("SELECT {}({arguments}) AS x FROM t", ours.name);
        for engine in [Engine::Polars, Engine::Athena] {
            let text = told(&text, engine);
            assert!(parse::parse_query(&text).is_ok(), "{text}");
            assert!(!text.contains('{') && !text.contains('\u{1}'), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn the_checker_never_panics_and_what_passes_compiles(text in "(SELECT|FROM|WHERE|WITH|,|\\(|\\)|a|t|'x'|1|/|\\*|CASE|WHEN|END|JOIN|ON|=|:d|ratio| |\n){0,40}") {
        if let Ok(checked) = Checked::parse(&text) {
            let vars = checked.vars.iter().map(|var| (var.name.clone(), "1".to_owned())).collect();
            for engine in [Engine::Polars, Engine::Athena] {
                let told = compile(&checked, engine, &vars);
                prop_assert!(told.is_ok(), "{text}");
                prop_assert!(parse::parse_query(&told.unwrap()).is_ok(), "{text}");
            }
        }
    }
}
